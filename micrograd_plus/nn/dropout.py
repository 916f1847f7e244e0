"""Leaving out at random."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from micrograd_plus.arguments import number_below_one
from micrograd_plus.nn.checked import as_tensor, refuse_replay
from micrograd_plus.nn.module import Module
from micrograd_plus.seeding import Rng, as_generator
from micrograd_plus.tensor import Tensor


class Dropout(Module):
    """Sets each number to 0 with probability `p` and divides the others by 1 - p, in training; after eval() nothing.

    Srivastava et al., "Dropout" (2014), with the scaling in training instead of afterwards. A compiled program would
    leave out the same ones in each call: RuntimeError there, in training.

    >>> layer = Dropout(0.5, rng=0)
    >>> layer([1.0, 2.0, 3.0, 4.0]).tolist()
    [2.0, 0.0, 0.0, 0.0]
    >>> layer.eval()([1.0, 2.0, 3.0, 4.0]).tolist()
    [1.0, 2.0, 3.0, 4.0]
    """

    def __init__(self, p: float = 0.5, *, rng: Rng) -> None:
        self.p = number_below_one("p", p)
        self.rng = as_generator(rng)

    def forward(self, x: Any) -> Tensor:
        """Return `x` with some numbers left out, if in training."""
        given = as_tensor(x)
        if not self.training or not self.p:
            return given
        refuse_replay("Dropout in training mode")
        kept: Tensor = given * dropout_mask(given.shape, self.p, self.rng).astype(given.dtype)
        return kept

    def _title(self) -> str:
        return f"Dropout({self.p:g})"


def dropout_mask(shape: tuple[int, ...], p: float, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return what numbers of a shape are multiplied by: 0 with probability `p`, else 1/(1 - p), which keeps their mean.

    >>> dropout_mask((8,), 0.5, np.random.default_rng(0))
    array([2., 0., 0., 0., 2., 2., 2., 2.])
    """
    mask: NDArray[np.float64] = (rng.random(shape) >= p) / (1.0 - p)
    return mask
