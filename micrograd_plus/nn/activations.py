"""Activations as modules by PyTorch's names: rows of the table of operations, for a `Sequential` or an attribute."""

from __future__ import annotations

from typing import Any

from micrograd_plus.nn.activation_names import activation_named, written
from micrograd_plus.nn.checked import as_tensor
from micrograd_plus.nn.module import Module
from micrograd_plus.ops import Op
from micrograd_plus.tensor import Tensor

# PyTorch's names of parameters -> the row's.
_KEYWORDS = {"negative_slope": "slope"}


class Activation(Module):
    """Abstract: an operation of one input, applied to each number; its parameters are those of the row.

    >>> LeakyReLU(negative_slope=0.2)([-1.0, 2.0]).tolist()
    [-0.2, 2.0]
    >>> Tanh()
    Tanh with 0 parameters
    """

    row: Op

    def __init__(self, *parameters: float, **named: float) -> None:
        self.row = type(self).row.bind(parameters, {_KEYWORDS.get(name, name): x for name, x in named.items()})

    def forward(self, x: Any) -> Tensor:
        """Return what the operation gives for each number."""
        out: Tensor = self.row(as_tensor(x))
        return out

    def _title(self) -> str:
        shown = ", ".join(self.row.shown_parameters().values())
        return f"{type(self).__name__}({shown})" if shown else type(self).__name__


def _of(name: str) -> type[Activation]:
    facts = {"row": activation_named(name), "__module__": __name__, "__doc__": f"The operation `{name}` as a module."}
    return type(written(name), (Activation,), facts)


ReLU = _of("relu")
LeakyReLU = _of("leaky_relu")
ELU = _of("elu")
GELU = _of("gelu")
SiLU = _of("silu")
Tanh = _of("tanh")
Sigmoid = _of("sigmoid")
LogSigmoid = _of("log_sigmoid")
Softplus = _of("softplus")
