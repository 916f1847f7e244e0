"""Cells that carry a state from one time to the next."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from micrograd_plus.arguments import described, integer_at_least
from micrograd_plus.array_functions.joining import chunk, split
from micrograd_plus.nn.checked import as_tensor, with_features
from micrograd_plus.nn.leaves import parameter
from micrograd_plus.nn.module import Module
from micrograd_plus.ops import relu, sigmoid, tanh
from micrograd_plus.seeding import Rng, as_generator
from micrograd_plus.tensor import Tensor


class RecurrentCell(Module):
    """Abstract: weights for an input and for the state, one matrix each for all `gates`, as PyTorch keeps them."""

    gates = 1

    def __init__(self, input_size: int, hidden_size: int, bias: bool = True, *, rng: Rng) -> None:
        self.input_size = integer_at_least(1, "input_size", input_size)
        self.hidden_size = integer_at_least(1, "hidden_size", hidden_size)
        rng, bound, rows = as_generator(rng), 1.0 / math.sqrt(hidden_size), self.gates * hidden_size

        def drawn(shape: tuple[int, ...], label: str) -> Any:
            return parameter(rng.uniform(-bound, bound, shape), label)

        self.weight_ih = drawn((rows, input_size), "W_ih")
        self.weight_hh = drawn((rows, hidden_size), "W_hh")
        self.bias_ih = drawn((rows,), "b_ih") if bias else None
        self.bias_hh = drawn((rows,), "b_hh") if bias else None

    def sums(self, x: Tensor, h: Tensor) -> tuple[Tensor, Tensor]:
        """Return the weighted sums of the input and of the state."""
        of_input, of_state = x @ self.weight_ih.mT, h @ self.weight_hh.mT
        if self.bias_ih is not None:
            return of_input + self.bias_ih, of_state + self.bias_hh
        return of_input, of_state

    def checked_input(self, x: Any) -> Tensor:
        """Return an input as a Tensor; ValueError for another number of features."""
        return with_features(x, self.input_size, type(self).__name__, "input")

    def checked_state(self, h: Any, x: Tensor, name: str = "hx") -> Tensor:
        """Return a state as a Tensor, zeros for None; ValueError unless it fits the input."""
        shape = (*x.shape[:-1], self.hidden_size)
        found = as_tensor(np.zeros(shape, x.dtype) if h is None else h)
        if found.shape != shape:
            raise ValueError(f"{type(self).__name__} wants {name} of shape {shape} with this input, got {found.shape}")
        return found

    def _title(self) -> str:
        return f"{type(self).__name__}({self.input_size}, {self.hidden_size})"


class RNNCell(RecurrentCell):
    """`tanh(x @ weight_ih.mT + bias_ih + h @ weight_hh.mT + bias_hh)`: from x (..., input_size) and the state h before.

    h is of shape (..., hidden_size), zeros if it is not given; `nonlinearity` is "tanh" or "relu". Weights are uniform
    between plus and minus 1 / sqrt(hidden_size), biases too. ValueError for other shapes. Elman, "Finding Structure in
    Time" (1990).

    >>> cell = RNNCell(3, 5, rng=0)
    >>> h = cell(np.ones((2, 3)))
    >>> cell(np.ones((2, 3)), h).shape
    (2, 5)
    """

    def __init__(
        self, input_size: int, hidden_size: int, bias: bool = True, nonlinearity: str = "tanh", *, rng: Rng
    ) -> None:
        if nonlinearity not in ("tanh", "relu"):
            raise ValueError(f"nonlinearity is 'tanh' or 'relu', not {nonlinearity!r}")
        super().__init__(input_size, hidden_size, bias, rng=rng)
        self.nonlinearity = nonlinearity

    def forward(self, x: Any, hx: Any = None) -> Tensor:
        """Return the state after the input."""
        x = self.checked_input(x)
        of_input, of_state = self.sums(x, self.checked_state(hx, x))
        h: Tensor = (tanh if self.nonlinearity == "tanh" else relu)(of_input + of_state)
        return h


class GRUCell(RecurrentCell):
    """`z * h + (1 - z) * n`: a gate z says how much of the state stays, a gate r what of it enters the new n.

    Arguments and errors as for `RNNCell`. Rows of the weights are those of r, z, n. Cho et al., "Learning Phrase
    Representations using RNN Encoder-Decoder" (2014), with the gate r after the product, as in PyTorch.
    """

    gates = 3

    def forward(self, x: Any, hx: Any = None) -> Tensor:
        """Return the state after the input."""
        x = self.checked_input(x)
        h = self.checked_state(hx, x)
        (gates_x, n_x), (gates_h, n_h) = (split(part, [2 * self.hidden_size], axis=-1) for part in self.sums(x, h))
        r, z = chunk(sigmoid(gates_x + gates_h), 2, axis=-1)
        n = tanh(n_x + r * n_h)
        new: Tensor = n + z * (h - n)
        return new


class LSTMCell(RecurrentCell):
    """`c = f * c + i * g` and `h = o * tanh(c)`: gates say what a memory c forgets, takes in and shows.

    Its state is the pair (h, c). Arguments and errors as for `RNNCell`. Rows of the weights are those of i, f, g, o.
    Hochreiter and Schmidhuber, "Long Short-Term Memory" (1997), with the gate f of Gers et al. (2000).
    """

    gates = 4

    def forward(self, x: Any, hx: Any = None) -> tuple[Tensor, Tensor]:
        """Return the pair (h, c) after the input."""
        x = self.checked_input(x)
        h, c = (None, None) if hx is None else _pair(hx)
        h, c = self.checked_state(h, x, "h"), self.checked_state(c, x, "c")
        of_input, of_state = self.sums(x, h)
        gates, g, o = split(of_input + of_state, [2 * self.hidden_size, 3 * self.hidden_size], axis=-1)
        i, f = chunk(sigmoid(gates), 2, axis=-1)
        c = f * c + i * tanh(g)
        return sigmoid(o) * tanh(c), c


def _pair(hx: Any) -> tuple[Any, Any]:
    if not isinstance(hx, tuple | list) or len(hx) != 2:
        raise TypeError(f"the state of an LSTMCell is a pair (h, c), got {described(hx)}")
    return hx[0], hx[1]
