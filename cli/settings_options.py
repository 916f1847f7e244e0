"""The options of `Settings`, for every command that trains a classifier."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

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

_FEW, _MANY = (",".join(map(str, sizes)) for sizes in (HIDDEN, HIDDEN_OF_MANY))
_HIDDEN = f"{_FEW}, or {_MANY} for more than {FEW_FEATURES} features"
_LR = ", ".join(f"{Settings(optimizer=name).chosen_lr} for {name}" for name in OPTIMIZERS)
_EPOCHS = ", ".join(f"{Settings(backend=name).chosen_epochs} for {name}" for name in BACKENDS)
_LOSS = f"{Settings().chosen_loss(2)} for two classes, {Settings().chosen_loss(3)} for more"


def settings_options(*names: str) -> Callable[[_Command], _Command]:
    """Return a decorator that gives a command the options of these fields of `Settings`, of all if none is named."""

    def decorated(command: _Command) -> _Command:
        for name in reversed(names or tuple(_OPTIONS)):
            command = _OPTIONS[name](command)
        return command

    return decorated


def _sizes(ctx: click.Context, param: click.Parameter, text: str | None) -> tuple[int, ...] | None:
    if text is None:
        return None
    try:
        return tuple(int(size) for size in text.split(",")) if text.strip() else ()
    except ValueError:
        raise click.BadParameter(f"{text!r} is no list of sizes such as 16,16", ctx, param) from None


def _class_weights(ctx: click.Context, param: click.Parameter, text: str | None) -> str | dict[str, float] | None:
    if text is None or text == "balanced":
        return text
    found: dict[str, float] = {}
    for part in text.split(","):
        name, _, weight = part.rpartition("=")
        try:
            found[name.strip()] = float(weight)
        except ValueError:
            raise click.BadParameter(f"{part!r} is no CLASS=NUMBER such as yes=2", ctx, param) from None
    return found


_OPTIONS: dict[str, Callable[[Any], Any]] = {
    "hidden": click.option(
        "--hidden",
        show_default=_HIDDEN,
        metavar="SIZES",
        callback=_sizes,
        help='Neurons in each hidden layer; "" for none.',
    ),
    "activation": click.option(
        "--activation",
        default=Settings.activation,
        show_default=True,
        metavar="NAME",
        help="Any operation of one number: relu, tanh, sigmoid, gelu, ...",
    ),
    "loss": click.option("--loss", metavar="NAME", help=f"One of {', '.join(LOSSES)}.  [default: {_LOSS}]"),
    "optimizer": click.option(
        "--optimizer",
        default=Settings.optimizer,
        show_default=True,
        metavar="NAME",
        help=f"One of {', '.join(OPTIMIZERS)}.",
    ),
    "lr": click.option("--lr", type=float, metavar="NUMBER", help=f"The learning rate.  [default: {_LR}]"),
    "schedule": click.option(
        "--schedule",
        default=Settings.schedule,
        show_default=True,
        metavar="TEXT",
        help=f"How the rate changes: {', '.join(SCHEDULES)}, also as step:step_size=30 or warmup+cosine.",
    ),
    "batch_size": click.option(
        "--batch-size",
        type=int,
        show_default=f"{BATCH_SIZE}, or near it what divides the samples",
        metavar="N",
        help="Samples in each step.",
    ),
    "epochs": click.option("--epochs", type=int, metavar="N", help=f"Passes over the data.  [default: {_EPOCHS}]"),
    "patience": click.option(
        "--patience", type=int, metavar="N", help="End after N epochs that were no better.  [default: never]"
    ),
    "class_weights": click.option(
        "--class-weights",
        callback=_class_weights,
        metavar="TEXT",
        help='"balanced", or numbers such as "yes=5,no=1": how much a sample of each class counts.',
    ),
    "l1": click.option(
        "--l1",
        type=float,
        default=Settings.l1,
        metavar="NUMBER",
        help="Add the sum of |weight|, times this, to the loss.",
    ),
    "l2": click.option(
        "--l2",
        type=float,
        default=Settings.l2,
        show_default=True,
        metavar="NUMBER",
        help="Add the sum of weight**2, times this, to the loss.",
    ),
    "dropout": click.option(
        "--dropout",
        type=float,
        default=Settings.dropout,
        metavar="P",
        help="Leave each hidden unit out of a step with this probability.",
    ),
    "clip_norm": click.option("--clip-norm", type=float, metavar="NUMBER", help="Scale longer gradients to this norm."),
    "seed": click.option(
        "--seed",
        type=int,
        default=Settings.seed,
        show_default=True,
        metavar="N",
        help="Draws data, weights and batches.",
    ),
    "backend": click.option(
        "--backend",
        default=Settings.backend,
        show_default=True,
        metavar="NAME",
        help=f"One of {', '.join(BACKENDS)}: single numbers show every gradient, arrays are fast, programs faster.",
    ),
}
