"""What becomes of the walks of a descent, in words that come from their numbers."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from micrograd_plus.lab.descent import PATIENCE, Descent, Walk
from micrograd_plus.notation import short
from micrograd_plus.texts import counted

HEADINGS = {
    "stands": "stands still",
    "slow": "slow but sure",
    "nears": "on its way",
    "arrives": "arrives",
    "jumps": "jumps from side to side",
    "falls": "falls on and on",
    "leaves": "leaves",
}


def heading(found: Descent, walk: Walk) -> str:
    """Return rate and what becomes of a walk at it, in a few words.

    >>> from micrograd_plus.lab.descent import descent
    >>> from micrograd_plus.lab.problem import formula_problem
    >>> found = descent(formula_problem("x**2 - 3*x", {"x": 4.0}), lrs=[0.1, 0.95, 1.5])
    >>> [heading(found, walk) for walk in found.walks]
    ['lr 0.1: on its way', 'lr 0.95: jumps from side to side', 'lr 1.5: leaves']
    """
    return f"lr {short(walk.lr)}: {HEADINGS[found.kind(walk)]}"


def sentence(found: Descent, walk: Walk) -> str:
    """Return what becomes of a walk, with its numbers; it names its minimum where that is not the one of `theory`."""
    told = _SENTENCES[found.kind(walk)](found, walk)
    other = found.other_minimum(walk)
    if other is not None:
        told += f"; its minimum is another one, at {place(found, other)}"
    return f"{told}."


def beginning(found: Descent) -> str:
    """Return what is descended, from where, and how steep it is there."""
    problem, run = found.problem, found.walks[0].run
    return (
        f"{problem.name} from {place(found, run.path[0])}: the loss is {short(float(run.losses[0]))}, "
        f"the slope {short(float(run.gradient_norms[0] if problem.size > 1 else found.walks[0].slopes[0, 0]))}"
    )


def theory(found: Descent) -> str:
    """Return which rates can come to rest at the minimum, from its curvature; empty where there is none."""
    if found.minimum is None:
        return ""
    there = f"The minimum is at {place(found, found.minimum)}"
    if found.limit is None:
        return f"{there}; there is no curvature there that would limit the rate."
    largest = "largest curvature" if found.problem.size > 1 else "curvature"
    curvature = short(2.0 / found.limit)
    limit = f"no rate above 2 / {curvature} = {short(found.limit)} comes to rest there"
    return f"{there}; its {largest} is {curvature}, so {limit}."


def place(found: Descent, w: NDArray[np.float64]) -> str:
    """Return a place by its variables: `x = 1.5, y = 2`."""
    return ", ".join(f"{name} = {short(x)}" for name, x in zip(found.problem.parameter_names, w, strict=True))


def _stands(found: Descent, walk: Walk) -> str:
    return "stands still, for the slope at the start is 0"


def _leaves(found: Descent, walk: Walk) -> str:
    run = walk.longer
    with np.errstate(all="ignore"):
        sizes = np.linalg.norm(walk.updates, axis=1)
    growing = "every step is larger than the one before; " if len(sizes) > 1 and (np.diff(sizes) > 0.0).all() else ""
    if run.steps[-1] == run.diverged_at:
        rise = f"after {_steps(run.diverged_at)} the loss is {short(run.losses[-1])}, from {short(run.losses[0])}"
        return f"leaves: {growing}{rise}"
    return f"leaves: {growing}step {run.diverged_at} goes where the loss is no finite number"


def _falls_on(found: Descent, walk: Walk) -> str:
    first, last = walk.run.losses[[0, -1]]
    slope = float(walk.run.gradient_norms[-1])
    slopes = f"the slope is still {short(slope)}" if slope else "the slope is 0"
    return (
        f"falls on: after {_steps(len(walk.updates))} the loss has gone from {short(first)} to {short(last)}, "
        f"{slopes}, and there is no minimum on the way"
    )


def _jumps(found: Descent, walk: Walk) -> str:
    too_far = walk.went_too_far
    how = f"jumps from side to side: {too_far.sum()} of {_steps(len(too_far))} went too far"
    if walk.rises:
        how += f", {walk.rises} raised the loss"
    if walk.minimum is None:
        return f"{how}; there is no minimum on the way"
    if walk.needed is None:
        return f"{how}; it is not there after {PATIENCE:,} steps"
    return f"{how}; it is within {short(walk.near)} of it after {_steps(walk.needed)}"


def _slow(found: Descent, walk: Walk) -> str:
    needed = "" if walk.needed is None else f"; to {short(walk.near)} it takes {walk.needed:,}"
    return f"small steps, slow but sure: {_still(walk)}{needed}"


def _nears(found: Descent, walk: Walk) -> str:
    needed = "" if walk.needed is None else f"; it reaches it to {short(walk.near)} after {_steps(walk.needed)}"
    return f"goes down steadily: {_still(walk)}{needed}"


def _still(walk: Walk) -> str:
    now = f"after {_steps(len(walk.updates))} it is still {short(walk.distance(), 3)} from the minimum"
    return now if walk.needed is not None else f"{now}, after {PATIENCE:,} {short(walk.distance(walk.longer), 3)}"


def _arrives(found: Descent, walk: Walk) -> str:
    return f"reaches the minimum to {short(walk.near)} after {_steps(walk.needed)}"


def _steps(count: int | None) -> str:
    assert count is not None  # what becomes of the walk tells that it is
    return counted(count, "step")


_SENTENCES: dict[str, Callable[[Descent, Walk], str]] = {
    "stands": _stands,
    "slow": _slow,
    "nears": _nears,
    "arrives": _arrives,
    "jumps": _jumps,
    "falls": _falls_on,
    "leaves": _leaves,
}
