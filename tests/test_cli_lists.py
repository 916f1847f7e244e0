"""Lists with commas, as options take them."""

import click
import pytest
from click.testing import CliRunner, Result

from micrograd_plus.cli.lists import list_of, names, numbers


@click.command()
@click.option("--sizes", callback=list_of(int, "sizes such as 16,16"))
@click.option("--lrs", callback=numbers)
@click.option("--names", default="sgd", callback=names)
def command(**lists: object) -> None:
    click.echo(" ".join(repr(lists[name]) for name in ("sizes", "lrs", "names")))


def called(*arguments: str) -> Result:
    return CliRunner().invoke(command, arguments)


@pytest.mark.parametrize(("text", "sizes"), [("8", (8,)), ("16, 8", (16, 8)), (" 1,-2 ", (1, -2))])
def test_a_list_is_taken_apart(text: str, sizes: tuple[int, ...]) -> None:
    assert called("--sizes", text).output == f"{sizes} None ('sgd',)\n"


def test_without_the_option_there_is_no_list() -> None:
    assert called().output == "None None ('sgd',)\n"


def test_numbers_are_floats_and_names_come_once() -> None:
    assert called("--lrs", "1, 2e-3", "--names", "tanh,relu, tanh,").output == "None (1.0, 0.002) ('tanh', 'relu')\n"
    assert "'1,,2' is no list of numbers such as 0.1,1" in called("--lrs", "1,,2").output
    assert "wanted at least one name" in called("--names", " , ").output


@pytest.mark.parametrize("text", ["", "8,", "8;8", "1.5"])
def test_what_is_no_list_is_named_with_what_is_wanted(text: str) -> None:
    result = called("--sizes", text)
    assert result.exit_code == 2
    assert f"{text!r} is no list of sizes such as 16,16" in result.output
