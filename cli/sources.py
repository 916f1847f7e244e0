"""What a command works on: an expression with its values, or a script and a name in it."""

from __future__ import annotations

import click

from micrograd_plus.cli.errors import taken_as_mistakes
from micrograd_plus.cli.script import is_script, node_of
from micrograd_plus.expression import Expression, ExpressionError
from micrograd_plus.tensor import Tensor
from micrograd_plus.texts import shortened
from micrograd_plus.value import Value


def assignments(ctx: click.Context, param: click.Parameter, texts: tuple[str, ...]) -> dict[str, float]:
    """Return the numbers of `--at x=2 --at w=-3`, by name; for click."""
    found: dict[str, float] = {}
    for text in texts:
        name, _, number = map(str.strip, text.partition("="))
        if name in found:
            raise click.BadParameter(f"{name} is given two values", ctx, param)
        value = _number(number)
        if not name or value is None:
            raise click.BadParameter(f"{text!r} is no NAME=NUMBER such as x=2", ctx, param)
        found[name] = value
    return found


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def root_of(source: str, values: dict[str, float]) -> Value | Tensor:
    """Return what an expression at `values`, or `script.py:name`, gives; `click.UsageError` for what is wrong in it."""
    if is_script(source):
        if values:
            raise click.UsageError("--at is for expressions; a script sets its values itself")
        return node_of(source)
    return value_of(source, values)


def value_of(formula: str, values: dict[str, float]) -> Value:
    """Return what a formula gives at `values`, whatever its text looks like; `click.UsageError` as for `root_of`."""
    try:
        return _valued(Expression(formula), values)
    except ExpressionError as error:
        rest = shortened(formula[error.column - 1 :].strip(), 30)
        raise click.UsageError(f"{error} (at {rest!r})" if rest else f"{error} (at the end)") from error


def _valued(expression: Expression, values: dict[str, float]) -> Value:
    missing = [name for name in expression.names if name not in values]
    if missing:
        raise click.UsageError(f"no value for {', '.join(missing)}: add --at {missing[0]}=NUMBER")
    with taken_as_mistakes():
        root: Value = expression(**{name: values[name] for name in (*expression.names, *values)})
    return root
