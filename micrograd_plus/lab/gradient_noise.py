"""How far the gradient of a mini-batch points away from that of all samples: as drawn, and as theory has it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from micrograd_plus.arguments import integer_at_least
from micrograd_plus.lab.problem import TrainingProblem
from micrograd_plus.seeding import Rng, as_generator

Array = NDArray[Any]

MOST_SAMPLES = 2000  # whose gradients are taken one by one; of more, so many are drawn


@dataclass(frozen=True)
class Spread:
    """How the gradients of single samples lie around the gradient of all `samples` of them, at one point.

    `norm` is the length of the full gradient g, and `trace` that of the covariance of the samples' gradients g_i: the
    mean of |g_i - g|^2.

    >>> spread = Spread(samples=101, norm=3.0, trace=180.0)
    >>> spread.variance(1), spread.variance(20), spread.variance(101)
    (180.0, 7.29, 0.0)
    >>> spread.noise_to_signal(20), spread.noise_scale
    (0.9, 20.0)
    """

    samples: int
    norm: float
    trace: float

    def variance(self, batch_size: int) -> float:
        """Return the mean of |g_B - g|^2 over all mini-batches of that size, drawn without replacement.

        It is trace / B * (n - B) / (n - 1): sampling from a finite population (Cochran, "Sampling Techniques",
        theorem 2.2), which ends at 0 for the batch of all samples.
        """
        n = self.samples
        return self.trace / batch_size * (n - batch_size) / max(n - 1, 1)

    def noise_to_signal(self, batch_size: int) -> float:
        """Return the root of the variance over the length of the full gradient: it falls about as 1 / sqrt(B)."""
        noise = math.sqrt(self.variance(batch_size))
        return noise / self.norm if self.norm else math.inf if noise else 0.0

    def cosine(self, batch_size: int) -> float:
        """Return about what cosine the angle to the full gradient has: of noise at right angles to the signal.

        To a gradient of zero there is no angle: 0.
        """
        return 1.0 / math.hypot(1.0, self.noise_to_signal(batch_size)) if self.norm else 0.0

    @property
    def noise_scale(self) -> float:
        """The batch size at which noise and signal are alike, were there endless samples: trace / |g|^2.

        McCandlish et al., "An Empirical Model of Large-Batch Training" (2018), the simple noise scale.
        """
        return self.trace / self.norm**2 if self.norm else math.inf


@dataclass(frozen=True)
class Draws:
    """Mini-batches of one size at one point: `cosines` of their gradients' angles to the full one, and `variance`.

    A gradient of zero points nowhere: its cosine is 0. `variance` is the mean of |g_B - g|^2 over the draws.
    """

    batch_size: int
    cosines: Array
    variance: float

    @cached_property
    def cosine(self) -> float:
        """The mean of the cosines."""
        return float(self.cosines.mean())


@dataclass(frozen=True)
class GradientNoise:
    """The noise of the gradient at one point: the spread of the samples' gradients, and what draws of batches gave."""

    spread: Spread
    draws: tuple[Draws, ...]


def noise_at(
    problem: TrainingProblem, w: Array, batch_sizes: Sequence[int], *, draws: int = 200, rng: Rng
) -> GradientNoise:
    """Measure the noise of mini-batch gradients at `w`: so many `draws` of each size, without replacement.

    Raises `ValueError` for a batch size above the number of samples.
    """
    rng = as_generator(rng)
    draws = integer_at_least(1, "draws", draws)
    n = problem.samples
    for size in batch_sizes:
        problem.require_batch_size(size)
    full = problem.batch_loss_and_gradient(np.arange(n), w)[1]
    found = []
    for size in batch_sizes:
        batches = (rng.permutation(n)[:size] for _ in range(draws))
        gradients = np.array([problem.batch_loss_and_gradient(rows, w)[1] for rows in batches])
        found.append(Draws(size, _cosines(gradients, full), float(((gradients - full) ** 2).sum(axis=1).mean())))
    return GradientNoise(_spread(problem, w, full, rng), tuple(found))


def _spread(problem: TrainingProblem, w: Array, full: Array, rng: np.random.Generator) -> Spread:
    n = problem.samples
    rows = np.arange(n) if n <= MOST_SAMPLES else rng.permutation(n)[:MOST_SAMPLES]
    gradients = (problem.batch_loss_and_gradient(rows[k : k + 1], w)[1] for k in range(len(rows)))
    trace = sum(float(((gradient - full) ** 2).sum()) for gradient in gradients) / len(rows)
    return Spread(n, float(np.linalg.norm(full)), trace)


def _cosines(gradients: Array, full: Array) -> Array:
    lengths = np.linalg.norm(gradients, axis=1) * np.linalg.norm(full)
    cosines: Array = np.divide(gradients @ full, lengths, out=np.zeros(len(gradients)), where=lengths > 0.0)
    return cosines
