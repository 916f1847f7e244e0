"""Close names are offered, and nothing where none is close."""

import pytest

from micrograd_plus.suggestions import did_you_mean, require_known


def test_capitals_do_not_matter_and_the_name_is_shown_as_it_is_known():
    assert did_you_mean("SPECIES", ["Species", "width"]) == "; did you mean 'Species'?"


def test_several_close_names_are_all_shown():
    text = did_you_mean("petal", ["petal1", "petal2", "stem"])
    assert "'petal1'" in text
    assert "'petal2'" in text
    assert "stem" not in text


def test_nothing_close_gives_an_empty_text():
    assert did_you_mean("zzz", ["Species"]) == ""


def test_what_is_no_text_is_no_name() -> None:
    for name in (False, None, 1, ["eager"]):
        with pytest.raises(TypeError, match="want a backend by its name, eager, compiled, got"):
            require_known("backend", name, ["eager", "compiled"])
