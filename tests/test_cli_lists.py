"""Lists with commas, as options take them."""

import click
import pytest
from click.testing import CliRunner, Result

from micrograd_plus.cli.lists import list_of


@click.command()
@click.option("--sizes", callback=list_of(int, "sizes such as 16,16"))
def sized(sizes: tuple[int, ...] | None) -> None:
    click.echo(repr(sizes))


def called(*arguments: str) -> Result:
    return CliRunner().invoke(sized, arguments)


@pytest.mark.parametrize(("text", "sizes"), [("8", (8,)), ("16, 8", (16, 8)), (" 1,-2 ", (1, -2))])
def test_a_list_is_taken_apart(text: str, sizes: tuple[int, ...]) -> None:
    assert called("--sizes", text).output == f"{sizes}\n"


def test_without_the_option_there_is_no_list() -> None:
    assert called().output == "None\n"


@pytest.mark.parametrize("text", ["", "8,", "8;8", "1.5"])
def test_what_is_no_list_is_named_with_what_is_wanted(text: str) -> None:
    result = called("--sizes", text)
    assert result.exit_code == 2
    assert f"{text!r} is no list of sizes such as 16,16" in result.output
