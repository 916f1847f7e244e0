"""Schedules by name, as `--schedule` takes them: `cosine`, `step:step_size=30,gamma=0.1`, `warmup:epochs=5+cosine`.

A name may be followed by arguments of the scheduler (see `micrograd_plus.schedules`); those that are not given suit a
run of 50 to 200 epochs, some of them by their number. `warmup` may be joined to what follows it by a `+`.
"""

from __future__ import annotations

import inspect
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from micrograd_plus.arguments import integer_at_least
from micrograd_plus.scheduler import HasGroups, Scheduler
from micrograd_plus.schedules import (
    ConstantLR,
    CosineAnnealingLR,
    ExponentialLR,
    LinearLR,
    OneCycleLR,
    ReduceLROnPlateau,
    SequentialLR,
    StepLR,
)
from micrograd_plus.suggestions import did_you_mean, require_known

_WARM_UP = 5  # epochs


def _warm_up(optimizer: HasGroups, epochs: int = _WARM_UP, start_factor: float = 0.1) -> LinearLR:
    return LinearLR(optimizer, start_factor, total_iters=integer_at_least(1, "epochs", epochs))


@dataclass(frozen=True)
class _Kind:
    """What makes a scheduler, and what a run of so many epochs at such rates gives it if the user does not say."""

    make: Callable[..., Scheduler]
    defaults: Callable[[int, list[float]], dict[str, Any]] = lambda epochs, lrs: {}

    def parameters(self) -> dict[str, type]:
        """Return the names and types of the arguments that the user may give."""
        parameters = inspect.signature(self.make, eval_str=True).parameters.values()
        # Numbers that may be one for each parameter group are one here.
        types = {p.name: p.annotation if isinstance(p.annotation, type) else float for p in parameters}
        return {name: kind for name, kind in types.items() if name not in ("optimizer", "mode")}


_KINDS = {
    "constant": _Kind(ConstantLR, lambda epochs, lrs: {"factor": 1.0}),
    "step": _Kind(StepLR, lambda epochs, lrs: {"step_size": -(-epochs // 3)}),
    "exponential": _Kind(ExponentialLR, lambda epochs, lrs: {"gamma": 0.98}),
    "cosine": _Kind(CosineAnnealingLR, lambda epochs, lrs: {"T_max": epochs}),
    "linear": _Kind(LinearLR, lambda epochs, lrs: {"start_factor": 1.0, "end_factor": 0.0, "total_iters": epochs}),
    "warmup": _Kind(_warm_up),
    "one-cycle": _Kind(OneCycleLR, lambda epochs, lrs: {"max_lr": lrs, "total_steps": epochs}),
    "plateau": _Kind(ReduceLROnPlateau, lambda epochs, lrs: {"factor": 0.5, "patience": 5}),
}
SCHEDULES = tuple(_KINDS)


class _Rate:
    """A learning rate without an optimizer."""

    def __init__(self, lr: float) -> None:
        self.param_groups: list[dict[str, Any]] = [{"lr": lr}]


@dataclass(frozen=True)
class _Part:
    """One name of a text, with the arguments given to it."""

    name: str
    arguments: Mapping[str, Any]

    def scheduler(self, optimizer: HasGroups, epochs: int, lrs: list[float]) -> Scheduler:
        kind = _KINDS[self.name]
        return kind.make(optimizer, **(kind.defaults(epochs, lrs) | dict(self.arguments)))

    @property
    def depends_on_epochs(self) -> bool:
        shorter, longer = (_KINDS[self.name].defaults(epochs, [1.0]) for epochs in (100, 200))
        return any(shorter[name] != longer[name] for name in shorter if name not in self.arguments)


@dataclass(frozen=True)
class Plan:
    """What a text says of a schedule, before there is an optimizer: see `parse`."""

    text: str
    parts: tuple[_Part, ...]

    def __str__(self) -> str:
        return self.text

    @property
    def depends_on_epochs(self) -> bool:
        """Whether the rates depend on the number of epochs of the whole run, which then cannot be made longer later."""
        return any(part.depends_on_epochs for part in self.parts)

    @property
    def reads_loss(self) -> bool:
        """Whether the rates depend on the losses."""
        return any(part.name == "plateau" for part in self.parts)

    def epochs_after_warm_up(self, epochs: int) -> int:
        """Return how many of a run's epochs are left to what follows a warm-up; `ValueError` if none is."""
        left: int = epochs - sum(part.arguments.get("epochs", _WARM_UP) for part in self.parts[:-1])
        if left < 1:
            raise ValueError(f"schedule {self.text!r}: its warm-up leaves nothing of {epochs} epochs")
        return left

    def scheduler(self, optimizer: HasGroups, epochs: int) -> Scheduler:
        """Return the scheduler for a run of so many epochs; the rates of the optimizer are those of the first of
        them.

        Raises `ValueError` where a warm-up leaves no epoch to what follows it.
        """
        lrs = [group["lr"] for group in optimizer.param_groups]
        *warm_ups, last = self.parts
        left = self.epochs_after_warm_up(epochs)
        milestones = [epochs - left] * len(warm_ups)
        schedulers = [part.scheduler(optimizer, epochs, lrs) for part in warm_ups]
        schedulers.append(last.scheduler(optimizer, left, lrs))
        return SequentialLR(optimizer, schedulers, milestones) if warm_ups else schedulers[0]

    def lrs(self, lr: float, epochs: int, losses: Sequence[float] | None = None) -> NDArray[np.float64]:
        """Return the rate in each of `epochs` epochs, shape (epochs,); a plateau wants the losses after each of them.

        >>> parse("linear").lrs(0.5, 5)
        array([0.5, 0.4, 0.3, 0.2, 0.1])
        """
        if losses is None and self.reads_loss:
            raise ValueError(f"the rates of schedule {self.text!r} depend on the losses: give losses")
        if losses is not None and len(losses) < epochs:
            raise ValueError(f"wanted the losses of {epochs} epochs, got {len(losses)}")
        rate = _Rate(lr)
        scheduler = self.scheduler(rate, epochs)
        lrs = []
        for loss in [None] * epochs if losses is None else losses[:epochs]:
            lrs.append(rate.param_groups[0]["lr"])
            scheduler.step(loss)
        return np.array(lrs)


def parse(text: str) -> Plan:
    """Return what a text says: NAME or NAME:ARGUMENT=VALUE,... and, after a warm-up, + and another; else ValueError.

    >>> plan = parse("warmup:epochs=2+step:step_size=2,gamma=0.5")
    >>> plan.lrs(1.0, 6)
    array([0.1 , 0.55, 1.  , 1.  , 0.5 , 0.5 ])
    >>> parse("step:gama=0.5")
    Traceback (most recent call last):
    ValueError: the schedule step has no 'gama': want step_size, gamma; did you mean 'gamma'?
    """
    if not isinstance(text, str):
        raise TypeError(f"a schedule is named by a text such as 'cosine', not by {type(text).__name__}")
    parts = tuple(_part(part) for part in re.split(r"(?<![0-9.][eE])\+", text))  # 1e+3 is a number
    if len(parts) > 1 and [part.name == "warmup" for part in parts] != [True, False]:
        raise ValueError(f"schedule {text!r}: a + joins warmup and one other, such as warmup:epochs=5+cosine")
    return Plan(text.strip(), parts)


def _part(text: str) -> _Part:
    name, colon, rest = (piece.strip() for piece in text.partition(":"))
    require_known("schedule", name, _KINDS)
    part = _Part(name, _arguments(name, rest.split(",")) if colon else {})
    try:
        part.scheduler(_Rate(1.0), 100, [1.0])
    except (OverflowError, TypeError, ValueError) as error:
        raise ValueError(f"schedule {text.strip()!r}: {error}") from error
    return part


def _arguments(name: str, texts: Sequence[str]) -> dict[str, Any]:
    types = _KINDS[name].parameters()
    arguments: dict[str, Any] = {}
    for text in texts:
        argument, equals, value = (piece.strip() for piece in text.partition("="))
        if not equals:
            raise ValueError(f"wanted {name}:ARGUMENT=VALUE,... with {' or '.join(types)}, not {text.strip()!r}")
        if argument not in types:
            wanted = f"want {', '.join(types)}{did_you_mean(argument, types)}"
            raise ValueError(f"the schedule {name} has no {argument!r}: {wanted}")
        if argument in arguments:
            raise ValueError(f"the schedule {name} is given {argument} twice")
        arguments[argument] = _value(f"{argument} of the schedule {name}", value, types[argument])
    return arguments


def _value(what: str, text: str, kind: type) -> Any:
    """Return the value that a text stands for; ValueError if it is none of its kind."""
    if kind is bool:
        if text not in ("true", "false"):
            raise ValueError(f"{what} is true or false, not {text!r}")
        return text == "true"
    try:
        value = kind(text)
    except ValueError:
        raise ValueError(f"{what} is {'an integer' if kind is int else 'a number'}, not {text!r}") from None
    if kind is float and not math.isfinite(value):
        raise ValueError(f"{what} is a finite number, not {text!r}")
    return value
