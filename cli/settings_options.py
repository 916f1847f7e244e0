"""The options of `Settings`, for every command that trains a classifier."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from micrograd_plus.cli.completion import one_of
from micrograd_plus.cli.lists import list_of
from micrograd_plus.ops import TABLE
from micrograd_plus.schedule_plan import SCHEDULES
from micrograd_plus.settings import (
    BACKENDS,
    BATCH_SIZE,
    FEW_FEATURES,
    HIDDEN,
    HIDDEN_OF_MANY,
    LOSSES,
    OPTIMIZERS,
    Settings,
)

_Command = TypeVar("_Command", bound=Callable[..., Any])

_ACTIVATIONS = [name for name, op in TABLE.items() if op.arity == 1]
_FEW, _MANY = (",".join(map(str, sizes)) for sizes in (HIDDEN, HIDDEN_OF_MANY))
_HIDDEN = f"{_FEW}, or {_MANY} for more than {FEW_FEATURES} features"
_LR = ", ".join(f"{Settings(optimizer=name).chosen_lr} for {name}" for name in OPTIMIZERS)
_EPOCHS = ", ".join(f"{Settings(backend=name).chosen_epochs} for {name}" for name in BACKENDS)
_LOSS = f"{Settings().chosen_loss(2)} for two classes, {Settings().chosen_loss(3)} for more"


def settings_options(command: _Command) -> _Command:
    """Give a command an option for each field of `Settings`."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def options_of(*decorators: Callable[[Any], Any]) -> dict[str, click.Option]:
    """Return the options that decorators give to a command, by the names of their parameters, in order."""

    def command(**values: Any) -> None:
        """Take any options."""

    for decorator in reversed(decorators):
        decorator(command)
    return {option.name or "": option for option in click.command()(command).params if isinstance(option, click.Option)}


_sizes = list_of(int, "sizes such as 16,16")


def _hidden(ctx: click.Context, param: click.Parameter, text: str | None) -> tuple[int, ...] | None:
    return () if text is not None and not text.strip() else _sizes(ctx, param, text)


def _class_weights(ctx: click.Context, param: click.Parameter, text: str | None) -> str | dict[str, float] | None:
    if text is None or text == "balanced":
        return text
    found: dict[str, float] = {}
    for part in text.split(","):
        name, _, weight = (piece.strip() for piece in part.rpartition("="))
        if name in found:
            raise click.BadParameter(f"class {name!r} is given two weights", ctx, param)
        try:
            found[name] = float(weight)
        except ValueError:
            raise click.BadParameter(f"{part!r} is no CLASS=NUMBER such as yes=2", ctx, param) from None
    return found


_OPTIONS: tuple[Callable[[Any], Any], ...] = (
    click.option(
        "--hidden",
        show_default=_HIDDEN,
        metavar="SIZES",
        callback=_hidden,
        help='Neurons in each hidden layer; "" for none.',
    ),
    click.option(
        "--activation",
        default=Settings.activation,
        show_default=True,
        metavar="NAME",
        shell_complete=one_of(_ACTIVATIONS),
        help="Any operation of one number: relu, tanh, sigmoid, gelu, ...",
    ),
    click.option(
        "--loss", metavar="NAME", shell_complete=one_of(LOSSES), help=f"One of {', '.join(LOSSES)}.  [default: {_LOSS}]"
    ),
    click.option(
        "--optimizer",
        default=Settings.optimizer,
        show_default=True,
        metavar="NAME",
        shell_complete=one_of(OPTIMIZERS),
        help=f"One of {', '.join(OPTIMIZERS)}.",
    ),
    click.option("--lr", type=float, metavar="NUMBER", help=f"The learning rate.  [default: {_LR}]"),
    click.option(
        "--schedule",
        default=Settings.schedule,
        show_default=True,
        metavar="TEXT",
        shell_complete=one_of(SCHEDULES),
        help=f"How the rate changes: {', '.join(SCHEDULES)}, also as step:step_size=30 or warmup+cosine.",
    ),
    click.option(
        "--batch-size",
        type=int,
        show_default=f"{BATCH_SIZE}, or near it what divides the samples",
        metavar="N",
        help="Samples in each step.",
    ),
    click.option("--epochs", type=int, metavar="N", help=f"Passes over the data.  [default: {_EPOCHS}]"),
    click.option("--patience", type=int, metavar="N", help="End after N epochs that were no better.  [default: never]"),
    click.option(
        "--class-weights",
        callback=_class_weights,
        metavar="TEXT",
        help='"balanced", or numbers such as "yes=5,no=1": how much a sample of each class counts.',
    ),
    click.option(
        "--l1",
        type=float,
        default=Settings.l1,
        metavar="NUMBER",
        help="Add the sum of |weight|, times this, to the loss.",
    ),
    click.option(
        "--l2",
        type=float,
        default=Settings.l2,
        show_default=True,
        metavar="NUMBER",
        help="Add the sum of weight**2, times this, to the loss.",
    ),
    click.option(
        "--dropout",
        type=float,
        default=Settings.dropout,
        metavar="P",
        help="Leave each hidden unit out of a step with this probability.",
    ),
    click.option("--clip-norm", type=float, metavar="NUMBER", help="Scale longer gradients to this norm."),
    click.option(
        "--seed",
        type=int,
        default=Settings.seed,
        show_default=True,
        metavar="N",
        help="Draws data, weights and batches.",
    ),
    click.option(
        "--backend",
        default=Settings.backend,
        show_default=True,
        metavar="NAME",
        shell_complete=one_of(BACKENDS),
        help=f"One of {', '.join(BACKENDS)}: single numbers show every gradient, arrays are fast, programs faster.",
    ),
)
