"""What a run through a deep network shows, in words that come from its numbers."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from micrograd_plus.activation_kinds import FLAT
from micrograd_plus.lab.depth import DeepRun
from micrograd_plus.notation import short
from micrograd_plus.texts import counted

Array = NDArray[np.float64]

# Thresholds, round numbers of our own.
KEPT = 10.0  # a size that changes less than this, over all layers, is kept
NOTABLE = 0.1  # the share of dead or saturated units that is told
ALIKE = 0.01  # samples that differ less than this, by the size of the signal, look alike
GUESSING = math.log(2.0)  # the loss of equal odds for two classes
LEARNT, LEARNING = 0.5 * GUESSING, 0.9 * GUESSING  # a training that ends below has worked, or has begun to

VANISHES, KEEPS, EXPLODES, BREAKS, SYMMETRIC = "vanishes", "keeps its size", "explodes", "breaks", "symmetric"


class Change(NamedTuple):
    """What becomes of a size from the first hidden layer to the last, or back: a word, the factor a layer, a clause."""

    kind: str
    factor: float
    text: str


def change(name: str, sizes: Array, foretold: Array, *, is_back: bool) -> Change:
    """Return the change of what is called `name`; the sizes are in the order in which it goes through the layers.

    >>> change("signal", np.array([1.0, 0.25, 0.0625]), np.array([1.0, 0.5, 0.25]), is_back=False).text
    'the signal shrinks by 0.25 a layer (theory 0.5), after 3 layers to 0.062'
    """
    factor = factor_of(sizes)
    where = "at the first layer" if is_back else f"after {len(sizes)} layers"
    ended = np.flatnonzero(~np.isfinite(sizes) | (sizes == 0.0))
    if ended.size:
        value, layers = sizes[ended[0]], int(ended[0]) + (not is_back)
        text = f"the {name} is {value:.0f} after {counted(layers, 'layer')}{' on its way back' * is_back}"
        return Change(VANISHES if value == 0.0 else BREAKS, factor, text)
    each = f"{short(factor, 3)} a layer (theory {short(factor_of(foretold), 3)})"
    if 1.0 / KEPT <= sizes[-1] / sizes[0] <= KEPT:
        return Change(KEEPS, factor, f"the {name} stays, {each}")
    kind, verb = (VANISHES, "shrinks") if sizes[-1] < sizes[0] else (EXPLODES, "grows")
    return Change(kind, factor, f"the {name} {verb} by {each}, {where} to {_two(sizes[-1])}")


def factor_of(sizes: Array) -> float:
    """Return the geometric mean of the factors from each size to the next; 0 or not finite where the last size is."""
    if sizes[-1] == 0.0:
        return 0.0
    with np.errstate(all="ignore"):
        return float(np.exp((np.log(sizes[-1]) - np.log(sizes[0])) / (len(sizes) - 1)))


def signal_change(run: DeepRun) -> Change:
    """Return what becomes of the signal, from the first hidden layer to the last."""
    return change("signal", run.signal[1:], run.foretold[0][1:], is_back=False)


def gradient_change(run: DeepRun) -> Change:
    """Return what becomes of the gradient, from the last hidden layer back to the first."""
    return change("gradient", run.gradient[:0:-1], run.foretold[1][:0:-1], is_back=True)


def headline(run: DeepRun) -> str:
    """Return the verdict on a run in a word or a few.

    "symmetric" where all units of each layer are the same, else what becomes of signal and gradient: "vanishes",
    "explodes", "keeps its size" or "breaks" (not finite); or, where they differ, of the one that fares worse, as in
    "the gradient vanishes".
    """
    signal, gradient = signal_change(run).kind, gradient_change(run).kind
    if all(place.is_symmetric for place in run.places[1:-1]):
        return SYMMETRIC
    if signal == gradient:
        return signal
    return f"the gradient {gradient}" if signal == KEEPS else f"the signal {signal}"


def verdict(run: DeepRun) -> str:
    """Return one sentence on a run: what becomes of signal and gradient, of the units, and whether it trains."""
    clauses = [signal_change(run).text, gradient_change(run).text, *_units(run), *training(run)]
    kind = headline(run)
    if kind == SYMMETRIC:
        kind += ", all units of a layer are the same"
    return f"{kind}: {'; '.join(clauses)}"


def training(run: DeepRun) -> list[str]:
    """Return the clause on the short training, none if there was none."""
    if not run.losses.size:
        return []
    first, last = float(run.losses[0]), float(run.losses[-1])
    steps = len(run.losses) - 1
    if not math.isfinite(last):
        return [f"training breaks: the loss is {last} after {counted(steps, 'step')}"]
    told = f"loss {_two(first)} to {_two(last)} in {counted(steps, 'step')}"
    return [f"{'trains' if last < LEARNT else 'trains slowly' if last < LEARNING else 'does not train'}: {told}"]


# --- parts ------------------------------------------------------------------------------------------------------------


def _units(run: DeepRun) -> list[str]:
    """Return clauses on units that are dead or saturated, and on samples that look alike."""
    told = []
    if (share := float(run.dead.mean())) >= NOTABLE:
        told.append(f"{share:.0%} of the units are dead")
    if (share := float(run.saturated.mean())) >= NOTABLE:
        told.append(f"{share:.0%} saturated (slope below {FLAT:.0%} of the steepest)")
    signal, spread = run.signal[-1], run.spread[-1]
    if 0.0 < signal < math.inf and spread < ALIKE * signal:
        told.append(f"samples look alike: they differ by {_two(spread / signal)} of the signal")
    return told


def _two(number: float) -> str:
    return short(number, 2)
