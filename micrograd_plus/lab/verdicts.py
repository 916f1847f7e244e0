"""What runs at several learning rates say of each rate, in words: too small, too large, or just right."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

import numpy as np

from micrograd_plus.lab.run import Run, or_never
from micrograd_plus.lab.stability import StableRate, falls_without_end, is_stable
from micrograd_plus.lab.wording import two_digits
from micrograd_plus.notation import short
from micrograd_plus.texts import counted, listed

# Which share of the way down, from the start to the lowest end of all runs, the runs are timed over.
SHARE = 0.95
# How many times the steps of the fastest a rate may take and be just right: rates are tried at such ratios.
FACTOR = 3.0


class Kind(StrEnum):
    """What a verdict comes to."""

    TOO_SMALL = "too small"
    TOO_LARGE = "too large"
    JUST_RIGHT = "just right"
    NO_MINIMUM = "no minimum"
    STUCK = "stuck"


class Rated(NamedTuple):
    """A learning rate, and the run of plain gradient descent at it."""

    lr: float
    run: Run


class Verdict(NamedTuple):
    """What a run says of its rate; `reached` is the step from which it stays as low as it was timed for, if it does."""

    kind: Kind
    sentence: str
    reached: int | None


def judge(rated: Sequence[Rated], reference: Rated | None = None, *, unit: str = "step") -> list[Verdict]:
    """Return a verdict for each run; all began at one place and had the same number of steps, `unit` is their name.

    `reference` is a run at a rate that is known to be good: with it, all others may be too small or too large. How low
    the runs are timed for is `SHARE` of the way from the start to the lowest end of a stable run (`is_stable`). The
    stable one that gets there first sets the pace; of the rates that are not the reference, one is taken that is within
    `FACTOR` of it. Then

    - what is not stable is too large, even if it comes down later;
    - what gets there within `FACTOR` times the steps is just right;
    - anything slower is too small if its rate is smaller than the pace's, too large if it is larger.

    The verdict on a rate depends on the runs alone, not on their order.
    """
    race = _Race(rated, reference, unit)
    return [race.verdict(one) for one in rated]


def timed_level(rated: Sequence[Rated], reference: Rated | None = None) -> float | None:
    """Return the loss that `judge` times runs for, None where no stable run goes down."""
    race = _Race(rated, reference, "step")
    return race.level if race.pace else None


def summary(rated: Sequence[Rated], verdicts: Sequence[Verdict], reference: Rated | None, stable: StableRate) -> str:
    """Return in a sentence what the verdicts come to, and a rate to try where none is right.

    `reference` is the run that the verdicts were made with, `stable` the search for the largest stable rate.
    """
    kinds = {verdict.kind for verdict in verdicts}
    right = sorted(one.lr for one, verdict in zip(rated, verdicts, strict=True) if verdict.kind is Kind.JUST_RIGHT)
    if right:
        told = listed([f"{lr:g}" for lr in right])
        return f"Just right: {told}." if stable.rate else f"Best of these: {told}; {stable.reason}."
    if kinds in ({Kind.TOO_SMALL}, {Kind.TOO_LARGE}):
        told = f"All {len(rated)} rates are" if len(rated) > 1 else f"The rate {rated[0].lr:g} is"
        told += f" {verdicts[0].kind}"
    elif kinds == {Kind.TOO_SMALL, Kind.TOO_LARGE}:
        told = "The rates are too small or too large, none is right"
    else:
        told = "None of the rates is right"
    if stable.rate is None or reference is None:
        return f"{told}; {stable.reason}."
    return f"{told}; the largest stable rate is {short(stable.rate, 3)}: try {reference.lr:g}."


class _Race:
    """How low is low enough, and which rate was there first."""

    def __init__(self, rated: Sequence[Rated], reference: Rated | None, unit: str) -> None:
        self.unit = unit
        everyone = [*rated, reference] if reference else list(rated)
        self.start = float(everyone[0].run.losses[0])
        self.is_bottomless = any(falls_without_end(one.run) for one in everyone)
        self.lowest = min([self.start, *(float(one.run.losses[-1]) for one in everyone if is_stable(one.run))])
        self.level = self.start - SHARE * (self.start - self.lowest)
        self.reference = reference
        self.pace = self._pace(everyone)

    def _pace(self, everyone: Sequence[Rated]) -> Rated | None:
        """Return the run to compare with: the fastest, of those that were asked for where one is fast enough."""
        there = {id(one): self.reached(one.run) for one in everyone if is_stable(one.run)}
        fastest = min((steps for steps in there.values() if steps is not None), default=None)
        if fastest is None:
            return None
        fast = [one for one in everyone if or_never(there.get(id(one))) <= FACTOR * fastest]
        asked = [one for one in fast if one is not self.reference]
        # Of equally fast ones the smallest: it is the safest.
        return min(asked or fast, key=lambda one: (or_never(there[id(one)]), one.lr))

    def reached(self, run: Run) -> int | None:
        """Return the step from which a run stays at the level or below."""
        if run.diverged_at is not None or self.lowest == self.start:
            return None
        above = np.flatnonzero(run.losses > self.level)
        row = int(above[-1]) + 1 if above.size else 0
        return int(run.steps[row]) if row < len(run.steps) else None

    def verdict(self, one: Rated) -> Verdict:
        run = one.run
        end = short(float(run.losses[-1]))
        if run.diverged_at is not None and not falls_without_end(run):
            return self._as(Kind.TOO_LARGE, f"diverges after {self.steps(run.diverged_at)}")
        if self.is_bottomless:
            return self._as(Kind.NO_MINIMUM, f"{end} after {self.steps(run.steps[-1])}, and the loss falls without end")
        if run.losses[-1] > self.start:
            return self._as(Kind.TOO_LARGE, f"ends at {end}, above the start's {short(self.start)}{self._rises(run)}")
        if not is_stable(run):
            peak = int(run.losses.argmax())
            climbs = f"climbs to {short(float(run.losses[peak]))}, above the start's {short(self.start)}"
            told = f"{climbs}, at {self.unit} {run.steps[peak]}, before it comes down to {end}"
            return self._as(Kind.TOO_LARGE, told)
        if self.pace is None:
            why = "there is no slope at the start" if run.gradient_norms[0] == 0.0 else "no step is felt in it"
            return self._as(Kind.STUCK, f"the loss does not change: {why}")
        fastest, reached = self.reached(self.pace.run), self.reached(run)
        assert fastest is not None
        if reached is not None and reached <= FACTOR * fastest:
            return self._as(
                Kind.JUST_RIGHT, f"down to {short(self.level)} in {self.steps(reached)}{self._rises(run)}", reached
            )
        if one.lr < self.pace.lr:
            return self._as(Kind.TOO_SMALL, self._slow(one, reached, fastest), reached)
        return self._as(Kind.TOO_LARGE, f"{self._late(one, reached, fastest)}{self._rises(run)}", reached)

    def _as(self, kind: Kind, told: str, reached: int | None = None) -> Verdict:
        return Verdict(kind, f"{kind}: {told}", reached)

    # --- parts of sentences

    def steps(self, count: int) -> str:
        return counted(count, self.unit)

    def _slow(self, one: Rated, reached: int | None, fastest: int) -> str:
        if reached is not None:
            return self._late(one, reached, fastest)
        assert self.pace is not None
        # A small rate follows the gradient's flow, where lr * steps is what counts.
        needed = fastest * self.pace.lr / one.lr
        would = f"; as much lr x {self.unit}s takes about {two_digits(needed):,.0f} {self.unit}s"
        return self._late(one, reached, fastest) + (would if needed > one.run.steps[-1] else "")

    def _late(self, one: Rated, reached: int | None, fastest: int) -> str:
        assert self.pace is not None
        name = f"{self.pace.lr:g}" + (" (half the largest stable rate)" if self.pace is self.reference else "")
        if reached is not None:
            return f"{self.steps(reached)} to reach what {name} reaches in {fastest}"
        way = (self.start - float(one.run.losses[-1])) / (self.start - self.level)
        return f"after {self.steps(one.run.steps[-1])} {_percent(way)} of the way that {name} goes in {fastest}"

    def _rises(self, run: Run) -> str:
        """Return on how many steps the loss rose, beyond rounding, if it did."""
        rises = np.diff(run.losses) > 1e-9 * (self.start - self.lowest)
        return (
            f"; it overshoots: the loss rises on {int(rises.sum())} of {self.steps(len(rises))}" if rises.any() else ""
        )


def _percent(share: float) -> str:
    """Return a share in per cent, so that little is not nothing and nearly all is not all."""
    if 0.0 < share < 0.001:
        return "less than 0.1 %"
    return f"{100.0 * share:.1f} %" if share < 0.1 or 0.99 < share < 1.0 else f"{100.0 * share:.0f} %"
