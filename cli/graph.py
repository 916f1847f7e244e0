"""`micrograd-plus graph`: forward, backward, a picture of both, and the gradients in a table."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from micrograd_plus import engine
from micrograd_plus.cli.errors import taken_as_mistakes
from micrograd_plus.cli.script import is_script, node_of
from micrograd_plus.engine import CONSTANT
from micrograd_plus.expression import Expression, ExpressionError
from micrograd_plus.naming import places
from micrograd_plus.tensor import Tensor
from micrograd_plus.value import Value
from micrograd_plus.viz.drawing import draw
from micrograd_plus.viz.picture import Numbers, shortened

FORMATS = (".svg", ".png", ".pdf", ".dot")
MOST_ROWS = 20


def _assignments(ctx: click.Context, param: click.Parameter, texts: tuple[str, ...]) -> dict[str, float]:
    found: dict[str, float] = {}
    for text in texts:
        name, _, number = text.partition("=")
        if name.strip() in found:
            raise click.BadParameter(f"{name.strip()} is given two values", ctx, param)
        try:
            found[name.strip()] = float(number)
        except ValueError:
            raise click.BadParameter(f"{text!r} is no NAME=NUMBER such as x=2", ctx, param) from None
    return found


def _picture_file(ctx: click.Context, param: click.Parameter, path: Path) -> Path:
    if path.suffix.lower() not in FORMATS:
        raise click.BadParameter(f"{str(path)!r} wants one of the endings {' '.join(FORMATS)}", ctx, param)
    return path


@click.command()
@click.argument("source", metavar="EXPRESSION|SCRIPT.py[:NAME]")
@click.option(
    "--at", "values", multiple=True, callback=_assignments, metavar="NAME=NUMBER", help="The value of a name."
)
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    default="graph.svg",
    show_default=True,
    callback=_picture_file,
    metavar="FILE",
    help=f"The picture to write: {' '.join(FORMATS)}",
)
def graph(source: str, values: dict[str, float], output: Path) -> None:
    """Compute an expression and its gradients; draw every value in a picture.

    \b
    micrograd-plus graph "tanh(x*w + b)" --at x=2 --at w=-3 --at b=6.9 -o neuron.svg
    micrograd-plus graph neuron.py:loss

    Write -- before an expression that begins with a minus. A script is run as Python runs it, so run only what you
    trust; NAME (default: loss) is a Value, a Tensor, or a function of no arguments that returns one. What it holds is
    computed again from its leaves, and gradients the script has left are forgotten before backward.
    """
    root = _node_of(source, values)
    _forward_and_backward(root)
    drawing = draw(root)
    drawing.save(output)
    _print_numbers(source, root)
    click.echo(f"wrote {output}: {drawing.picture.caption or f'{drawing.picture.values} values'}")


def _node_of(source: str, values: dict[str, float]) -> Value | Tensor:
    if is_script(source):
        if values:
            raise click.UsageError("--at is for expressions; a script sets its values itself")
        return node_of(source)
    try:
        return _valued(Expression(source), values)
    except ExpressionError as error:
        rest = shortened(source[error.column - 1 :].strip(), 30)
        raise click.UsageError(f"{error} (at {rest!r})" if rest else f"{error} (at the end)") from error


def _valued(expression: Expression, values: dict[str, float]) -> Value | Tensor:
    missing = [name for name in expression.names if name not in values]
    if missing:
        raise click.UsageError(f"no value for {', '.join(missing)}: add --at {missing[0]}=NUMBER")
    with taken_as_mistakes():
        return expression(**{name: values[name] for name in (*expression.names, *values)})


def _forward_and_backward(root: Value | Tensor) -> None:
    root.refresh()
    for node in engine.graph(root):
        node.zero_grad()
    root.backward()


# --- what is printed --------------------------------------------------------------------------------------------------


def _print_numbers(source: str, root: Value | Tensor) -> None:
    """Print the result and a table of the leaves but for constants, those with a name first."""
    console = Console(highlight=False)
    console.print(Text(f"{shortened(source, 200)} = {Numbers.of(root.data).low:.6g}", style="bold"))
    nodes = engine.graph(root)
    leaves = sorted((node for node in nodes if node.is_leaf and node.op is not CONSTANT), key=lambda n: not n.label)
    if not leaves:
        return
    scopes = places(nodes)
    table = Table("", "value", "gradient", box=None, pad_edge=False)
    for column in table.columns[1:]:
        column.justify = "right"
    for leaf in leaves[:MOST_ROWS]:
        name = ".".join([*scopes[leaf], leaf.label or "(no name)"])
        table.add_row(Text(shortened(name)), _shown(leaf.data), _shown(leaf.grad))
    console.print(table)
    if len(leaves) > MOST_ROWS:
        console.print(f"... and {len(leaves) - MOST_ROWS:,} more leaves")


def _shown(x: Any) -> str:
    """Return a number in six digits, an array as the range of its numbers."""
    numbers = Numbers.of(x)
    return f"{numbers.low:.6g}" if numbers.count == 1 else str(numbers)
