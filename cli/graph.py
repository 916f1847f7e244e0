"""`micrograd-plus graph`: forward, backward, a picture of both, and the gradients in a table."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, cast

import click

from micrograd_plus import engine
from micrograd_plus.atomic_file import atomic_write
from micrograd_plus.cli.completion import a_file
from micrograd_plus.cli.echo import echo
from micrograd_plus.cli.errors import taken_as_mistakes
from micrograd_plus.cli.minus import Minus
from micrograd_plus.cli.pictures import ENDINGS, FORMATS, format_of
from micrograd_plus.cli.script import is_script, node_of
from micrograd_plus.cli.sources import assignments, root_of, value_of
from micrograd_plus.cli.standard_input import standard_input
from micrograd_plus.cli.text_table import table
from micrograd_plus.engine import CONSTANT
from micrograd_plus.naming import places
from micrograd_plus.tensor import Tensor
from micrograd_plus.texts import one_line, shortened
from micrograd_plus.value import Value
from micrograd_plus.viz.collapse import DETAILS
from micrograd_plus.viz.picture import Numbers
from micrograd_plus.viz.zoom import opened

MOST_ROWS = 20
MOST_CHARACTERS = 2**20  # that are read: no expression is so long
STREAM = "-"


def _entry(ctx: click.Context, param: click.Parameter, text: str | None) -> tuple[int, ...] | None:
    if text is None:
        return None
    try:
        return tuple(int(number) for number in text.split(","))
    except ValueError:
        raise click.BadParameter(f"{text!r} is no entry such as 0,2", ctx, param) from None


def _output(ctx: click.Context, param: click.Parameter, path: str) -> str:
    if path != STREAM and ctx.params.get("format") is None and format_of(Path(path)) is None:
        raise click.BadParameter(f"{path!r} wants one of the endings {ENDINGS}", ctx, param)
    return path


@click.command(cls=Minus)
@click.argument("source", metavar="EXPRESSION|SCRIPT.py[:NAME]|-", shell_complete=a_file)
@click.option("--at", "values", multiple=True, callback=assignments, metavar="NAME=NUMBER", help="The value of a name.")
@click.option(
    "--format",
    type=click.Choice(list(FORMATS)),
    is_eager=True,
    metavar="NAME",
    help=f"One of {', '.join(FORMATS)}.  [default: by the ending of FILE, text for -]",
)
@click.option(
    "-o",
    "--output",
    default="graph.svg",
    show_default=True,
    callback=_output,
    metavar="FILE",
    help=f"The picture to write, {ENDINGS}, or - for stdout.",
)
@click.option("--open", "opens", is_flag=True, help="Show the file in the program that opens such files.")
@click.option("--detail", metavar="NAME", help=f"One of {', '.join(DETAILS)}: how much is folded.  [default: auto]")
@click.option(
    "--expand", multiple=True, metavar="SCOPE", help="A scope to draw in full, as layer1/neuron2; repeatable."
)
@click.option("--focus", metavar="NAME", help="Draw only what is around a value: its name, or #4 as in a text tree.")
@click.option("--up", type=int, metavar="N", help="With --focus: operations towards the result.  [default: 2]")
@click.option("--down", type=int, metavar="N", help="With --focus: operations towards the inputs.  [default: 3]")
@click.option("--depth", type=int, metavar="N", help="Levels below the result to draw.")
@click.option("--min-grad", type=float, metavar="NUMBER", help="Leave out values with a smaller gradient.")
@click.option("--shares", is_flag=True, default=None, help="Write on each arrow what it adds to a gradient.")
@click.option("--zoom", callback=_entry, metavar="I,J", help="Draw how this entry of a script's Tensor was computed.")
@click.option("--rankdir", metavar="LR|TB", help="Draw from left to right or from top to bottom.  [default: LR]")
@click.option("--by", metavar="NAME", help="Steps of a .gif or .html: node, layer or contribution.  [default: auto]")
def graph(
    source: str,
    values: dict[str, float],
    format: str | None,
    output: str,
    opens: bool,
    zoom: tuple[int, ...] | None,
    **view: Any,
) -> None:
    """Compute an expression and its gradients; draw every value in a picture.

    \b
    micrograd-plus graph "tanh(x*w + b)" --at x=2 --at w=-3 --at b=6.9 -o neuron.svg
    micrograd-plus graph neuron.py:loss -o neuron.html --open
    echo "x**2 - x" | micrograd-plus graph - --at x=3 -o -

    A script is run as Python runs it, so run only what you trust; NAME (default: loss) is a Value, a Tensor, or a
    function of no arguments that returns one. What it holds is computed again from its leaves, and gradients the script
    has left are forgotten before backward; with --zoom they are kept. With - an expression is read from stdin. What is
    written to stdout is the picture alone.
    """
    format = format or format_of(Path(output)) or "text"
    options = _options(format, view)
    if output == STREAM and opens:
        raise click.UsageError("--open is for files, not for stdout")
    if output == STREAM and not FORMATS[format].is_text and sys.stdout.isatty():
        raise click.UsageError(f"{format} is nothing for a terminal: name a file, or send stdout to one")
    formula = standard_input().read(MOST_CHARACTERS).strip() if source == STREAM else None
    root = _root(source, formula, values, zoom)
    if format == "text" and output == STREAM:
        options["only_ascii"] = not _writes_unicode()
    with taken_as_mistakes():
        made = FORMATS[format].make(root, **options)
    if output == STREAM:
        click.echo(made.content.decode() if FORMATS[format].is_text else made.content, nl=False)
        return
    atomic_write(output, made.content)
    _print_numbers(formula or source, root)
    echo(f"wrote {output}: {made.summary}")
    if opens and click.launch(output):
        raise click.UsageError(f"no program opened {output}, which has been written")


def _options(format: str, view: dict[str, Any]) -> dict[str, Any]:
    """Return the options that were given; `click.UsageError` for one that the format does not heed."""
    given = {name: value for name, value in view.items() if value not in (None, ())}
    for name in given:
        if name not in FORMATS[format].options:
            known = ", ".join(_flag(option) for option in FORMATS[format].options)
            raise click.UsageError(f"{_flag(name)} says nothing to {format}, which heeds {known}")
    return given


def _flag(option: str) -> str:
    return f"--{option.replace('_', '-')}"


def _writes_unicode() -> bool:
    return (sys.stdout.encoding or "utf-8").lower().startswith("utf")


# --- the graph --------------------------------------------------------------------------------------------------------


def _root(source: str, formula: str | None, values: dict[str, float], zoom: tuple[int, ...] | None) -> Value | Tensor:
    """Return what is to be drawn, with its gradients; a formula never names a script."""
    if zoom is None:
        root = root_of(source, values) if formula is None else value_of(formula, values)
        _forward_and_backward(root)
        return root
    if not is_script(source):
        raise click.UsageError("--zoom is for a Tensor that a script computes")
    try:
        with taken_as_mistakes():
            return opened(cast("Tensor", node_of(source, is_number=False)), zoom)
    except (IndexError, RuntimeError) as error:
        raise click.UsageError(str(error)) from error


def _forward_and_backward(root: Value | Tensor) -> None:
    root.refresh()
    for node in engine.graph(root):
        node.zero_grad()
    root.backward()


# --- what is printed --------------------------------------------------------------------------------------------------


def _print_numbers(source: str, root: Value | Tensor) -> None:
    """Print the result and a table of the leaves but for constants, those with a name first."""
    echo(f"{shortened(source, 200)} = {Numbers.of(root.data).low:.6g}")
    nodes = engine.graph(root)
    leaves = sorted((node for node in nodes if node.is_leaf and node.op is not CONSTANT), key=lambda n: not n.label)
    if not leaves:
        return
    scopes = places(nodes)
    rows = [["", "value", "gradient"]]
    for leaf in leaves[:MOST_ROWS]:
        name = ".".join([*scopes[leaf], leaf.label or "(no name)"])
        rows.append([one_line(name), _shown(leaf.data), _shown(leaf.grad)])
    for line in table(rows, " rr"):
        echo(line)
    if len(leaves) > MOST_ROWS:
        echo(f"... and {len(leaves) - MOST_ROWS:,} more leaves")


def _shown(x: Any) -> str:
    """Return a number in six digits, an array as the range of its numbers."""
    numbers = Numbers.of(x)
    return f"{numbers.low:.6g}" if numbers.count == 1 else str(numbers)
