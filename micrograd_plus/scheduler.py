"""`Scheduler`: what all schedules have in common. It sets the learning rate of each parameter group of an optimizer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Protocol

from micrograd_plus.arguments import integer_at_least, number_at_least
from micrograd_plus.plain_data import Check, each, fields


class HasGroups(Protocol):
    """What a scheduler needs of an optimizer."""

    param_groups: list[dict[str, Any]]


class Scheduler:
    """Sets the learning rates of an optimizer for each epoch. Abstract.

    `epoch` counts the steps taken, `base_lrs` holds the rates that the parameter groups had before.
    """

    counts: tuple[str, ...] = ("epoch",)  # of which the state is made, beside rates

    def __init__(self, optimizer: HasGroups) -> None:
        self.optimizer = optimizer
        self.base_lrs = [number_at_least(0, "lr", group["lr"]) for group in optimizer.param_groups]
        self.epoch = 0
        self.begin()

    def begin(self) -> None:
        """Set the rates for the first epoch."""
        self._set(self.base_lrs)

    def step(self, loss: float | None = None) -> None:
        """Set the rates for the next epoch; `loss` is that of the last one, which only `ReduceLROnPlateau` reads."""
        raise NotImplementedError

    def get_last_lr(self) -> list[float]:
        """Return the rates as they are now, of each parameter group."""
        return [group["lr"] for group in self.optimizer.param_groups]

    def _set(self, lrs: Sequence[float]) -> None:
        groups = self.optimizer.param_groups
        if len(groups) != len(lrs):
            raise ValueError(
                f"the optimizer has {len(groups)} parameter groups, this scheduler was made for {len(lrs)}"
            )
        for group, lr in zip(groups, lrs, strict=True):
            group["lr"] = lr

    def state(self) -> dict[str, Any]:
        """Return what a scheduler made by the same arguments needs to go on, as JSON can hold it."""
        counts = {name: getattr(self, name) for name in self.counts}
        return {"lrs": self.get_last_lr(), "base_lrs": list(self.base_lrs), **counts}

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Go on from what `state()` returned, with its rates; ValueError or TypeError for the state of another kind."""
        kept = fields(self._checks())("schedule", state)
        lrs, base_lrs = kept["lrs"], kept["base_lrs"]
        if not len(lrs) == len(base_lrs) == len(self.base_lrs):
            raise ValueError(f"wanted the rates of {len(self.base_lrs)} parameter groups, got {len(lrs)}")
        vars(self).update({name: kept[name] for name in self.counts}, base_lrs=base_lrs)
        self._set(lrs)

    def _checks(self) -> dict[str, Check]:
        """Return what checks each entry of a state."""
        rates = each(partial(number_at_least, 0))
        return {"lrs": rates, "base_lrs": rates, **dict.fromkeys(self.counts, partial(integer_at_least, 0))}


class Formula(Scheduler):
    """A rate that follows from the number of epochs. Abstract: see `lr_after`."""

    def lr_after(self, epoch: int, base_lr: float) -> float:
        """Return the rate after so many epochs of a parameter group that began with `base_lr`."""
        raise NotImplementedError

    def begin(self) -> None:
        self._set(self._lrs_after(0))

    def step(self, loss: float | None = None) -> None:
        lrs = self._lrs_after(self.epoch + 1)
        self._set(lrs)
        self.epoch += 1

    def _lrs_after(self, epoch: int) -> list[float]:
        return [self.lr_after(epoch, base_lr) for base_lr in self.base_lrs]


def of_groups(name: str, value: float | Sequence[float], optimizer: HasGroups) -> list[float]:
    """Return one number for each parameter group."""
    count = len(optimizer.param_groups)
    values = value if isinstance(value, list | tuple) else [value] * count
    if len(values) != count:
        raise ValueError(f"{name} is a number, or one for each of {count} parameter groups, not {len(values)} of them")
    return [number_at_least(0, name, each) for each in values]
