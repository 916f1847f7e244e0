"""Recurrent cells run over sequences (batch, time, features), in layers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from micrograd_plus.arguments import integer_at_least
from micrograd_plus.array_functions.joining import stack, unbind
from micrograd_plus.engine import Node
from micrograd_plus.nn.checked import as_tensor
from micrograd_plus.nn.module import Module
from micrograd_plus.nn.recurrent import GRUCell, LSTMCell, RecurrentCell, RNNCell
from micrograd_plus.seeding import Rng, as_generator
from micrograd_plus.tensor import Tensor


class Recurrent(Module):
    """Abstract: `num_layers` cells, each run over what the one before it gave."""

    cell: type[RecurrentCell]

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        *,
        bias: bool = True,
        batch_first: bool = True,
        rng: Rng,
        **options: Any,
    ) -> None:
        if not batch_first:
            raise ValueError("sequences have the batch first here: (batch, time, features)")
        rng = as_generator(rng)
        sizes = [input_size, *[hidden_size] * (integer_at_least(1, "num_layers", num_layers) - 1)]
        self.cells: list[Any] = [self.cell(size, hidden_size, bias, rng=rng, **options) for size in sizes]

    def forward(self, x: Any, hx: Any = None) -> tuple[Tensor, Any]:
        """Return the states of the last layer at all times (..., time, hidden_size), and those of all at the last time.

        `x` is of shape (..., time, input_size); `hx`, zeros if it is not given, and the last states are of shape
        (num_layers, ..., hidden_size).
        """
        x = as_tensor(x)
        if x.ndim < 2 or not x.shape[-2]:
            raise ValueError(f"{type(self).__name__} wants shape (batch, time, features) with some time, got {x.shape}")
        self.cells[0].checked_input(x)
        steps, last = unbind(x, axis=-2), []
        for cell, h in zip(self.cells, self._states(hx), strict=True):
            for t, step in enumerate(steps):
                h = cell(step, h)
                steps[t] = self._shown(h)
            last.append(h)
        return stack(steps, axis=-2), self._together(last)

    def _states(self, hx: Any) -> list[Any]:
        """Return the first state of each layer."""
        return [None] * len(self.cells) if hx is None else self._of_layers(hx)

    def _of_layers(self, states: Any) -> list[Any]:
        states = as_tensor(states)
        if not states.ndim or len(states) != len(self.cells):
            raise ValueError(f"wanted a first state for each of {len(self.cells)} layers, got shape {states.shape}")
        return unbind(states)

    def _shown(self, state: Any) -> Tensor:
        shown: Tensor = state
        return shown

    def _together(self, states: list[Any]) -> Any:
        return stack(states)

    def _state_members(self) -> Iterator[tuple[str, Module | Node]]:
        for k, cell in enumerate(self.cells):
            for name, member in cell._members():
                yield f"{name}_l{k}", member

    def _title(self) -> str:
        return f"{type(self).__name__}({self.cells[0].input_size}, {self.cells[0].hidden_size})"


class RNN(Recurrent):
    """`RNNCell`s over a sequence (batch, time, input_size); `nonlinearity` is theirs.

    The batch comes first, always. ValueError for shapes that do not fit.

    >>> outputs, last = RNN(3, 5, num_layers=2, rng=0)([[[1.0, 2.0, 3.0]] * 7] * 4)
    >>> outputs.shape, last.shape
    ((4, 7, 5), (2, 4, 5))
    """

    cell = RNNCell


class GRU(Recurrent):
    """`GRUCell`s over a sequence; see `RNN`."""

    cell = GRUCell


class LSTM(Recurrent):
    """`LSTMCell`s over a sequence; first and last states are pairs (h, c), each as of `RNN`.

    >>> outputs, (h, c) = LSTM(3, 5, rng=0)([[[1.0, 2.0, 3.0]] * 7] * 4)
    >>> outputs.shape, h.shape, c.shape
    ((4, 7, 5), (1, 4, 5), (1, 4, 5))
    """

    cell = LSTMCell

    def _of_layers(self, states: Any) -> list[Any]:
        if not isinstance(states, tuple | list) or len(states) != 2:
            raise TypeError("the first states of an LSTM are a pair (h, c)")
        h, c = map(super()._of_layers, states)
        return list(zip(h, c, strict=True))

    def _shown(self, state: Any) -> Tensor:
        shown: Tensor = state[0]
        return shown

    def _together(self, states: list[Any]) -> Any:
        h, c = zip(*states, strict=True)
        return stack(h), stack(c)
