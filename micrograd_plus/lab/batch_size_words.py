"""What batches of several sizes made of one problem, in words that come from their runs."""

from __future__ import annotations

import math
from collections.abc import Callable

from micrograd_plus.lab.batch_sizes import BatchSizeComparison, BatchSizeRun, Cost
from micrograd_plus.lab.levels import last_tenth, settled
from micrograd_plus.lab.run import Run
from micrograd_plus.lab.wording import at_rate, rate_at_an_end
from micrograd_plus.notation import short
from micrograd_plus.texts import counted, listed


def sentence(found: BatchSizeComparison, run: BatchSizeRun) -> str:
    """Return what a run says about its batch size."""
    name = at_rate(run.name, run.tuned.lr)
    if not math.isfinite(run.tuned.settled):
        return f"{name}: diverges after {_updates(run.run.diverged_at or 0)}."
    parts = [f"{name}: {_reach(found, run)}", _jitter(run.run), *rate_at_an_end(run.tuned)]
    return "; ".join(parts) + "."


def _reach(found: BatchSizeComparison, run: BatchSizeRun) -> str:
    if found.level is None:
        return "does not go down"
    cost = found.reached(run)
    if cost is None:
        last = run.cost(int(run.run.steps[-1]))
        return (
            f"does not reach loss {short(found.level)} in {counted(found.epochs, 'epoch')} "
            f"({_updates(last.updates)}, {_seconds(last.seconds)})"
        )
    return (
        f"reaches loss {short(found.level)} after {_epochs(cost.epochs)}: "
        f"{_updates(cost.updates)}, {_seconds(cost.seconds)}"
    )


def verdict(found: BatchSizeComparison) -> list[str]:
    """Return what the runs say together: which is first per sample, per update and per second; then the noise."""
    if found.level is None:
        return [f"No size of batches goes down on {found.problem.name}.", *_noise(found)]
    if not any(found.reached(run) for run in found.runs):
        return [f"No size of batches reaches loss {short(found.level)} on {found.problem.name}.", *_noise(found)]
    return [
        _first(found, "Per sample seen, and so per epoch", lambda c: c.samples, lambda c: f"{c.samples:,} samples"),
        _first(found, "Per update of the weights", lambda c: c.updates, lambda c: _updates(c.updates)),
        _first(found, "Per second", lambda c: c.seconds, lambda c: _seconds(c.seconds)) + _price(found),
        *_noise(found),
    ]


def _price(found: BatchSizeComparison) -> str:
    """Tell what an update with the largest batches costs, measured in ones with the smallest."""
    small, *_, large = found.runs if len(found.runs) > 1 else found.runs * 2
    if large is small:
        return ""
    samples, seconds = large.batch_size / small.batch_size, large.seconds_per_update / small.seconds_per_update
    return (
        f" An update takes {_seconds(small.seconds_per_update)} with {small.called}, "
        f"{_seconds(large.seconds_per_update)} with {large.called}: {short(samples, 3)} times the samples cost "
        f"{short(seconds, 2)} times the time."
    )


def _first(found: BatchSizeComparison, way: str, measure: Callable[[Cost], float], told: Callable[[Cost], str]) -> str:
    reached = [(run, cost) for run in found.runs if (cost := found.reached(run)) is not None]
    reached.sort(key=lambda pair: measure(pair[1]))
    cost, (last, its) = reached[0][1], reached[-1]
    first = listed([run.called for run, one in reached if measure(one) == measure(cost)])
    text = f"{way}, first at loss {short(found.level or 0.0)}: {first}, after {told(cost)}"
    if measure(its) > measure(cost):
        text += f"; last of those that get there: {last.called}, after {told(its)}"
    return f"{text}."


def _noise(found: BatchSizeComparison) -> list[str]:
    if found.runs[-1].run.diverged_at is not None:
        return []
    first, last = (noise.spread.noise_scale for noise in (found.noise[0], found.noise[-1]))
    if math.isinf(first) and math.isinf(last):
        return ["The gradient over all samples is 0 at both ends: that of smaller batches is noise alone."]
    text = (
        f"The noise is as large as the gradient in batches of {_samples(first)} at the start and of "
        f"{_samples(last)} at the end of the way that {found.runs[-1].called} took"
    )
    if last > 1.5 * first:
        return [f"{text}: small batches point well enough at first, later only larger ones or smaller steps do."]
    if first > 1.5 * last:
        return [f"{text}: on this way the gradient grows clearer."]
    return [f"{text}: on this way it changes little."]


def _jitter(run: Run) -> str:
    """Tell where the last tenth of a run settles, and between which losses it swings if it does."""
    last = last_tenth(run)
    low, high = float(last.min()), float(last.max())
    text = f"settles at {short(settled(run), 3)}"
    return f"{text}, jittering from {short(low, 2)} to {short(high, 2)}" if high > 1.5 * low else text


def _updates(count: int) -> str:
    return counted(count, "update")


def _epochs(count: float) -> str:
    return f"{short(count, 3)} epoch{'s' * (count != 1)}"


def _seconds(seconds: float) -> str:
    for size, unit in ((1.0, "s"), (1e-3, "ms")):
        if seconds >= size:
            return _two_digits(seconds / size, unit)
    return _two_digits(seconds * 1e6, "µs")


def _two_digits(number: float, unit: str) -> str:
    return f"{number:,.0f} {unit}" if number >= 10.0 else f"{number:.1f} {unit}"


def _samples(count: float) -> str:
    return f"{count:.1f}" if count < 10 else f"{count:,.0f}"
