"""Mutants: each place of a source gets one that does something else."""

import pytest

pytest.importorskip("cosmic_ray", reason='mutants are made by cosmic-ray: pip install -e ".[bench]"')

from tests.mutations import mutants

SOURCE = '''"""Say 1 + 1."""

from __future__ import annotations

STEP = 1


def moved(x: int | None, by: int = STEP) -> int | None:
    """Return x + by."""
    return x if x is None else x + by


def clamped(x: int) -> int:
    return 0 if x < 0 else x
'''


def test_each_place_is_mutated_but_for_what_does_nothing() -> None:
    lines = {mutant.line for mutant in mutants(SOURCE)}
    assert lines == {"STEP = 1", "return x if x is None else x + by", "return 0 if x < 0 else x"}


def test_no_mutant_does_what_the_source_or_another_mutant_does() -> None:
    """`not x is None` is `x is not None`, and `-0` is 0."""
    changed = [mutant.becomes for mutant in mutants("def f(x):\n    return 1 if x is None else -0\n")]
    assert len(changed) == len(set(changed))
    assert not {"return 1 if not x is None else -0", "return 1 if x is not None else -0"} <= set(changed)
    assert "return 1 if x is None else +0" not in changed


@pytest.mark.parametrize("seed", [0, 1])
def test_an_edit_elsewhere_changes_no_draw(seed: int) -> None:
    before = [(mutant.line, mutant.becomes) for mutant in mutants(SOURCE, seed=seed)]
    edited = SOURCE.replace("STEP = 1", "WIDE = 7.5\n\n\nSTEP = 1")
    after = [(mutant.line, mutant.becomes) for mutant in mutants(edited, seed=seed)]
    assert [mutant for mutant in after if not mutant[0].startswith("WIDE")] == before


def test_a_mutant_knows_the_lines_of_its_statement() -> None:
    *_, mutant = mutants("def f(x):\n    if x:\n        return (\n            x\n            + y\n        )\n")
    assert (mutant.first, mutant.last) == (3, 6)
