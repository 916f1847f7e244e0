"""Schedules: how an optimizer's learning rate changes from epoch to epoch. Names, arguments and values are PyTorch's.

`step(loss)` after each epoch sets the `lr` of each parameter group for the next one; that is all they know of an
optimizer. All but the plateau compute the rate from the rate that the group began with and the number of epochs, so
what is assigned to an `lr` meanwhile lasts until the next step. `schedule_plan` has the names by which users choose
them.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from typing import Any

from micrograd_plus.arguments import finite_number, integer_at_least, number_at_least, number_up_to_one
from micrograd_plus.plain_data import Check, anything, each, maybe
from micrograd_plus.scheduler import Formula, HasGroups, Scheduler, of_groups


class ConstantLR(Formula):
    """The rate times `factor` for the first `total_iters` epochs, then the rate itself."""

    def __init__(self, optimizer: HasGroups, factor: float = 1.0 / 3.0, total_iters: int = 5) -> None:
        self.factor = number_up_to_one("factor", factor)
        self.total_iters = integer_at_least(0, "total_iters", total_iters)
        super().__init__(optimizer)

    def lr_after(self, epoch: int, base_lr: float) -> float:
        return base_lr * (self.factor if epoch < self.total_iters else 1.0)


class StepLR(Formula):
    """The rate times `gamma` after every `step_size` epochs.

    >>> from micrograd_plus import Value, optim
    >>> optimizer = optim.SGD([Value(1.0)], lr=0.5)
    >>> scheduler = StepLR(optimizer, step_size=2, gamma=0.5)
    >>> for _ in range(4):
    ...     print(optimizer.lr)
    ...     scheduler.step()
    0.5
    0.5
    0.25
    0.25
    """

    def __init__(self, optimizer: HasGroups, step_size: int, gamma: float = 0.1) -> None:
        self.step_size = integer_at_least(1, "step_size", step_size)
        self.gamma = number_at_least(0, "gamma", gamma)
        super().__init__(optimizer)

    def lr_after(self, epoch: int, base_lr: float) -> float:
        return base_lr * _power(self.gamma, epoch // self.step_size)


class ExponentialLR(Formula):
    """The rate times `gamma` after every epoch."""

    def __init__(self, optimizer: HasGroups, gamma: float) -> None:
        self.gamma = number_at_least(0, "gamma", gamma)
        super().__init__(optimizer)

    def lr_after(self, epoch: int, base_lr: float) -> float:
        return base_lr * _power(self.gamma, epoch)


class CosineAnnealingLR(Formula):
    """Half a wave of the cosine down to `eta_min` in `T_max` epochs, then up again.

    Loshchilov and Hutter, "SGDR: Stochastic Gradient Descent with Warm Restarts" (2017), equation 5.
    """

    def __init__(self, optimizer: HasGroups, T_max: int, eta_min: float = 0.0) -> None:
        self.T_max = integer_at_least(1, "T_max", T_max)
        self.eta_min = number_at_least(0, "eta_min", eta_min)
        super().__init__(optimizer)

    def lr_after(self, epoch: int, base_lr: float) -> float:
        return _along_cosine(base_lr, self.eta_min, epoch / self.T_max)


class LinearLR(Formula):
    """A straight line from the rate times `start_factor` to the rate times `end_factor` in `total_iters` epochs.

    With its defaults it is a warm-up as in Goyal et al., "Accurate, Large Minibatch SGD" (2017).
    """

    def __init__(
        self, optimizer: HasGroups, start_factor: float = 1.0 / 3.0, end_factor: float = 1.0, total_iters: int = 5
    ) -> None:
        if not number_up_to_one("start_factor", start_factor):
            raise ValueError("start_factor is above 0: an epoch at rate 0 trains nothing")
        self.start_factor = start_factor
        self.end_factor = number_up_to_one("end_factor", end_factor)
        self.total_iters = integer_at_least(1, "total_iters", total_iters)
        super().__init__(optimizer)

    def lr_after(self, epoch: int, base_lr: float) -> float:
        share = min(1.0, epoch / self.total_iters)
        return base_lr * _along_line(self.start_factor, self.end_factor, share)


class OneCycleLR(Formula):
    """From `max_lr / div_factor` up to `max_lr` and down to `max_lr / div_factor / final_div_factor`.

    The way up takes the share `pct_start` of `total_steps`. With `three_phase` the way down first goes back to where it
    began, in as many steps as up. Smith and Topin, "Super-Convergence: Very Fast Training of Neural Networks Using
    Large Learning Rates" (2018). PyTorch cycles the momentum too unless told `cycle_momentum=False`; this does not. The
    rate stays as it is after `total_steps`. `max_lr` may be a list, of a rate for each parameter group.
    """

    def __init__(
        self,
        optimizer: HasGroups,
        max_lr: float | Sequence[float],
        total_steps: int,
        pct_start: float = 0.3,
        anneal_strategy: str = "cos",
        div_factor: float = 25.0,
        final_div_factor: float = 1e4,
        three_phase: bool = False,
    ) -> None:
        if anneal_strategy not in _ANNEALING:
            raise ValueError(f"anneal_strategy is {' or '.join(_ANNEALING)}, not {anneal_strategy!r}")
        total_steps = integer_at_least(1, "total_steps", total_steps)
        if three_phase and number_up_to_one("pct_start", pct_start) > 0.5:
            raise ValueError(f"pct_start is at most 0.5 with three_phase, not {pct_start}")
        up, last = number_up_to_one("pct_start", pct_start) * total_steps - 1.0, total_steps - 1.0
        self._max_lrs = of_groups("max_lr", max_lr, optimizer)
        self._div_factor = number_at_least(1, "div_factor", div_factor)
        self._final_div_factor = number_at_least(1, "final_div_factor", final_div_factor)
        self._along = _ANNEALING[anneal_strategy]
        self._ends = (up, 2.0 * up, last) if three_phase else (up, last)
        super().__init__(optimizer)

    def _lrs_after(self, epoch: int) -> list[float]:
        return [self.lr_after(epoch, max_lr) for max_lr in self._max_lrs]

    def lr_after(self, epoch: int, base_lr: float) -> float:
        """Return the rate after so many epochs of a cycle whose highest rate is `base_lr`."""
        low = base_lr / self._div_factor
        high, lowest = base_lr, low / self._final_div_factor
        rates = (low, high, low, lowest) if len(self._ends) == 3 else (low, high, lowest)
        starts = (0.0, *self._ends)
        phase = next((k for k, end in enumerate(self._ends) if epoch <= end), len(self._ends) - 1)
        start, end = starts[phase], self._ends[phase]
        share = min(1.0, (epoch - start) / (end - start)) if end > start else 1.0
        return self._along(rates[phase], rates[phase + 1], share)


class ReduceLROnPlateau(Scheduler):
    """The rate times `factor` where the loss has not become better for more than `patience` epochs.

    Better than the best is by `threshold`, a share of it ("rel") or a difference ("abs"); `mode` "max" is for measures
    that grow, such as accuracy. For `cooldown` epochs after a cut none are counted; a cut by less than `eps` is left
    out. A loss that is nan or infinite is no better. `min_lr` may be a list, of a rate for each parameter group.
    """

    counts = (*Scheduler.counts, "bad_epochs", "cooldown_left")

    def __init__(
        self,
        optimizer: HasGroups,
        mode: str = "min",
        factor: float = 0.1,
        patience: int = 10,
        threshold: float = 1e-4,
        threshold_mode: str = "rel",
        cooldown: int = 0,
        min_lr: float | Sequence[float] = 0.0,
        eps: float = 1e-8,
    ) -> None:
        if mode not in ("min", "max"):
            raise ValueError(f"mode is min or max, not {mode!r}")
        if threshold_mode not in ("rel", "abs"):
            raise ValueError(f"threshold_mode is rel or abs, not {threshold_mode!r}")
        if number_up_to_one("factor", factor) == 1.0:
            raise ValueError("factor is below 1: it makes the rate smaller")
        self.mode = mode
        self.factor = factor
        self.patience = integer_at_least(0, "patience", patience)
        self.threshold = number_at_least(0, "threshold", threshold)
        self.threshold_mode = threshold_mode
        self.cooldown = integer_at_least(0, "cooldown", cooldown)
        self.min_lrs = of_groups("min_lr", min_lr, optimizer)
        self.eps = number_at_least(0, "eps", eps)
        self.best: float | None = None
        self.bad_epochs = 0
        self.cooldown_left = 0
        super().__init__(optimizer)

    def step(self, loss: float | None = None) -> None:
        """Set the rates for the next epoch; ValueError without the loss of the last one."""
        if loss is None:
            raise ValueError("a plateau is one of the loss: call step(loss)")
        self.epoch += 1
        if self._is_better(loss):
            self.best, self.bad_epochs = float(loss), 0
        else:
            self.bad_epochs += 1
        if self.cooldown_left:
            self.cooldown_left -= 1
            self.bad_epochs = 0
        if self.bad_epochs > self.patience:
            pairs = zip(self.get_last_lr(), self.min_lrs, strict=False)  # `_set` says if they are of other groups
            self._set([self._cut(lr, least) for lr, least in pairs])
            self.cooldown_left, self.bad_epochs = self.cooldown, 0

    def _cut(self, lr: float, least: float) -> float:
        cut = max(lr * self.factor, least)
        return cut if lr - cut > self.eps else lr

    def _is_better(self, loss: float) -> bool:
        if not math.isfinite(loss) or self.best is None:
            return math.isfinite(loss)
        sign = 1.0 if self.mode == "max" else -1.0
        if self.threshold_mode == "rel":
            return sign * loss > sign * self.best * (1.0 + sign * self.threshold)
        return sign * loss > sign * self.best + self.threshold

    def state(self) -> dict[str, Any]:
        return {**super().state(), "best": self.best}

    def set_state(self, state: Mapping[str, Any]) -> None:
        super().set_state(state)
        self.best = state["best"]

    def _checks(self) -> dict[str, Check]:
        return {**super()._checks(), "best": maybe(finite_number)}


class SequentialLR(Scheduler):
    """One scheduler after the other: each later one begins anew at its milestone, a number of epochs.

    All compute from the rates that the optimizer had before the first of them. Other than PyTorch's it takes a
    `ReduceLROnPlateau` too.
    """

    def __init__(self, optimizer: HasGroups, schedulers: Sequence[Scheduler], milestones: Sequence[int]) -> None:
        if not schedulers or any(scheduler.optimizer is not optimizer for scheduler in schedulers):
            raise ValueError("wanted schedulers of this optimizer, at least one")
        if any(isinstance(scheduler, SequentialLR) for scheduler in schedulers):
            raise ValueError("a sequence in a sequence is the same as one sequence: give its schedulers")
        milestones = [integer_at_least(1, "a milestone", milestone) for milestone in milestones]
        if len(milestones) != len(schedulers) - 1 or sorted(set(milestones)) != milestones:
            raise ValueError(f"wanted {len(schedulers) - 1} milestones that rise, got {milestones}")
        self.schedulers = list(schedulers)
        self.milestones = milestones
        for scheduler in schedulers:
            scheduler.base_lrs = schedulers[0].base_lrs
        super().__init__(optimizer)
        self.base_lrs = schedulers[0].base_lrs

    def begin(self) -> None:
        self.schedulers[0].begin()

    def step(self, loss: float | None = None) -> None:
        """Set the rates for the next epoch by the scheduler whose turn it is."""
        self.epoch += 1
        scheduler = self.schedulers[bisect_right(self.milestones, self.epoch)]
        if self.epoch in self.milestones:
            scheduler.begin()
        else:
            scheduler.step(loss)

    def state(self) -> dict[str, Any]:
        return {**super().state(), "schedulers": [scheduler.state() for scheduler in self.schedulers]}

    def set_state(self, state: Mapping[str, Any]) -> None:
        super().set_state(state)
        if len(state["schedulers"]) != len(self.schedulers):
            raise ValueError(f"wanted the states of {len(self.schedulers)} schedulers, got {len(state['schedulers'])}")
        for scheduler, kept in zip(self.schedulers, state["schedulers"], strict=True):
            scheduler.set_state(kept)

    def _checks(self) -> dict[str, Check]:
        return {**super()._checks(), "schedulers": each(anything)}


def _power(gamma: float, times: int) -> float:
    try:
        return gamma**times
    except OverflowError:
        return math.inf  # which an optimizer refuses in words


def _along_line(start: float, end: float, share: float) -> float:
    return start + (end - start) * share


def _along_cosine(start: float, end: float, share: float) -> float:
    return end + (start - end) * (1.0 + math.cos(math.pi * share)) / 2.0


_ANNEALING = {"cos": _along_cosine, "linear": _along_line}
