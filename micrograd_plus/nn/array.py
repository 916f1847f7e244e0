"""Networks of arrays: one sample a row, one feature a column."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from micrograd_plus.arguments import described, integer_at_least
from micrograd_plus.engine import Node
from micrograd_plus.nn.initial import Initialiser, default_initialiser, drawn_weights
from micrograd_plus.nn.leaves import parameter
from micrograd_plus.nn.module import Module
from micrograd_plus.ops import Op
from micrograd_plus.seeding import Rng
from micrograd_plus.tensor import Tensor


class Linear(Module):
    """`x @ weight + bias`: takes shape (..., nin) to (..., nout); `weight` is of shape (nin, nout), `bias` (nout,).

    The weights are drawn from `rng` with the variance that suits the `nonlinearity` that follows the layer, or by
    `init`, a function of `nn.initial` such as `glorot_uniform`; the bias begins at 0. float64; see `astype`.

    >>> layer = Linear(2, 3, nonlinearity="relu", rng=0)
    >>> layer
    Linear(2, 3) with 9 parameters
    >>> layer(np.ones((5, 2))).shape
    (5, 3)
    """

    _transposed = ("weight",)

    def __init__(
        self,
        nin: int,
        nout: int,
        bias: bool = True,
        *,
        nonlinearity: str = "linear",
        init: Initialiser | None = None,
        rng: Rng,
    ) -> None:
        nin, nout = integer_at_least(1, "nin", nin), integer_at_least(1, "nout", nout)
        init = init or default_initialiser(nonlinearity)
        self.weight = parameter(drawn_weights(init, nin, nout, rng=rng), "W")
        self.bias: Any = parameter(np.zeros(nout), "b") if bias else None

    def forward(self, x: Any) -> Tensor:
        """Return `x @ weight + bias`."""
        out: Tensor = x @ self.weight
        return out if self.bias is None else out + self.bias

    def _title(self) -> str:
        nin, nout = self.weight.shape
        return f"Linear({nin}, {nout})"


class Sequential(Module):
    """Modules and functions, each called on what the one before it gave.

    >>> from micrograd_plus.ops import tanh
    >>> Sequential(Linear(2, 8, rng=0), tanh, Linear(8, 1, rng=1))
    Sequential with 33 parameters
      Linear(2, 8) with 24 parameters
      tanh
      Linear(8, 1) with 9 parameters
    """

    def __init__(self, *layers: Callable[[Any], Any]) -> None:
        for layer in layers:
            if not callable(layer):
                raise TypeError(f"wanted modules and functions as layers, got {described(layer)}")
        self.layers = layers

    def forward(self, x: Any) -> Any:
        """Return what the last layer gives."""
        for layer in self.layers:
            x = layer(x)
        return x

    def _state_members(self) -> Iterator[tuple[str, Module | Node]]:
        for k, layer in enumerate(self.layers):
            if isinstance(layer, Module):
                yield str(k), layer

    def _part_texts(self) -> list[str]:
        return [layer.name if isinstance(layer, Op) else repr(layer) for layer in self.layers]
