"""Layers of arrays with shapes of their inputs, and how PyTorch writes the same: the table behind their tests."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from micrograd_plus import Tensor, nn
from micrograd_plus.nn import Module

Shape = tuple[int, ...]

CAUSAL = np.triu(np.ones((5, 5), bool), 1)
PADDING = np.arange(5) >= np.array([[5], [3]])
BIASES = np.random.default_rng(3).normal(size=(5, 5))
OF_HEADS = np.random.default_rng(4).normal(size=(4, 5, 5)) > 1.0


@dataclass(frozen=True)
class Case:
    """A layer that `make(nn)` makes of our `nn`, with `rng=`, and of PyTorch's, and inputs, the shapes of each call.

    `keywords` go to each call, to PyTorch's `in_torch` instead if it is given; `call(layer, *inputs, **keywords)` is
    made where it is not the plain one. Inputs are integers below `limit` if there is one.
    """

    name: str
    make: Callable[..., Any]
    inputs: tuple[tuple[Shape, ...], ...]
    keywords: dict[str, Any] = field(default_factory=dict)
    in_torch: dict[str, Any] | None = None
    call: Callable[..., Any] = lambda layer, *inputs, **keywords: layer(*inputs, **keywords)
    limit: int = 0
    in_training: bool = True

    def layer(self, seed: int = 0) -> Module:
        """Return our layer, with parameters that are neither 0 nor 1."""
        layer: Module = self.make(Seeded(seed))
        rng = np.random.default_rng(seed)
        for p in layer.parameters():
            p.data = p.data + 0.1 * rng.normal(size=p.shape)
        return layer

    def arrays(self, shapes: tuple[Shape, ...], seed: int = 1) -> list[np.ndarray]:
        """Return inputs of these shapes."""
        rng = np.random.default_rng(seed)
        if self.limit:
            return [rng.integers(0, self.limit, shape) for shape in shapes]
        return [rng.normal(size=shape) for shape in shapes]

    def outputs(self, layer: Module, inputs: Any) -> list[Tensor]:
        """Return what our layer gives, several outputs in a flat list."""
        return list(flat(self.call(layer, *inputs, **self.keywords)))

    def weighed(self, layer: Module, inputs: Any) -> Tensor:
        """Return one number that depends on all outputs."""
        return weighed(self.outputs(layer, inputs))

    def __str__(self) -> str:
        return self.name


class Seeded:
    """`nn` whose layers are given a seed where they want one."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)

    def __getattr__(self, name: str) -> Any:
        made = getattr(nn, name)
        draws = name in ("Linear", "Embedding", "Conv2d", "Dropout", "MultiheadAttention", "RNN", "GRU", "LSTM")
        return (lambda *a, **k: made(*a, **k, rng=self.rng)) if draws or name.endswith("Cell") else made


def flat(outputs: Any) -> Iterator[Any]:
    """Yield outputs out of tuples in tuples, without None."""
    if isinstance(outputs, tuple):
        for out in outputs:
            yield from flat(out)
    elif outputs is not None:
        yield outputs


def weighed(outputs: list[Tensor]) -> Tensor:
    """Return the sum of all outputs, each number with a weight of its own."""
    first, *others = [(out * upstream(k, out)).sum() for k, out in enumerate(outputs)]
    return sum(others, first)


def upstream(k: int, out: Any) -> np.ndarray:
    """Return the gradient at the output `k`."""
    return np.random.default_rng(50 + k).normal(size=tuple(out.shape)).astype(str(out.dtype).removeprefix("torch."))


def with_parameters(layer: Module, parameters: Any) -> Module:
    """Return a copy of a layer on other parameters."""
    return copy.deepcopy(layer, {id(p): q for p, q in zip(layer.parameters(), parameters, strict=True)})


def of_itself(attention: Any, x: Any, **keywords: Any) -> Any:
    return attention(x, x, x, **keywords)


def cell_of_pair(cell: Any, x: Any, h: Any, c: Any) -> Any:
    return cell(x, (h, c))


def small_net(nn: Any) -> Any:
    return nn.Sequential(
        nn.Conv2d(1, 2, 3, padding=1),
        nn.BatchNorm2d(2),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Dropout(0.0),
        nn.Linear(12, 3),
        nn.LayerNorm(3),
    )


ACTIVATIONS = ("ReLU", "LeakyReLU", "ELU", "GELU", "SiLU", "Tanh", "Sigmoid", "LogSigmoid", "Softplus")
SEQUENCES = (((2, 5, 3),), ((5, 3),), ((1, 1, 3),), ((0, 2, 3),))
LONG = (((2, 5, 6),), ((5, 6),), ((1, 1, 6),))

CASES = [
    Case("Linear", lambda nn: nn.Linear(3, 4), (((5, 3),), ((3,),), ((2, 1, 3),), ((0, 3),))),
    Case("Linear without bias", lambda nn: nn.Linear(3, 1, bias=False), (((5, 3),), ((1, 3),))),
    *(Case(name, lambda nn, name=name: getattr(nn, name)(), (((2, 3),), ((),), ((0, 2),))) for name in ACTIVATIONS),
    Case("LeakyReLU of a slope", lambda nn: nn.LeakyReLU(negative_slope=0.3), (((2, 3),),)),
    Case("ELU of an alpha", lambda nn: nn.ELU(0.3), (((2, 3),),)),
    Case("LayerNorm", lambda nn: nn.LayerNorm(4), (((5, 4),), ((4,),), ((2, 1, 4),), ((0, 4),), ((1, 4),))),
    Case("LayerNorm of two axes", lambda nn: nn.LayerNorm((3, 4), eps=0.1), (((2, 3, 4),), ((3, 4),), ((5, 1, 3, 4),))),
    Case("LayerNorm of one number", lambda nn: nn.LayerNorm(1), (((3, 1),),)),
    Case("LayerNorm without bias", lambda nn: nn.LayerNorm([4], bias=False), (((5, 4),),)),
    Case("LayerNorm of no parameters", lambda nn: nn.LayerNorm(4, elementwise_affine=False), (((5, 4),),)),
    Case("BatchNorm1d", lambda nn: nn.BatchNorm1d(3), (((4, 3),), ((2, 3, 5),), ((1, 3, 2),), ((2, 3),))),
    Case("BatchNorm1d, mean of all", lambda nn: nn.BatchNorm1d(3, momentum=None), (((4, 3),), ((2, 3),))),
    Case("BatchNorm1d of no parameters", lambda nn: nn.BatchNorm1d(3, 0.1, affine=False), (((4, 3),), ((2, 3, 5),))),
    Case("BatchNorm1d, untracked", lambda nn: nn.BatchNorm1d(3, track_running_stats=False), (((4, 3),),)),
    Case("BatchNorm2d", lambda nn: nn.BatchNorm2d(2), (((3, 2, 4, 5),), ((1, 2, 1, 2),))),
    Case("Embedding", lambda nn: nn.Embedding(5, 3), (((4,),), ((2, 3),), ((),), ((0,),)), limit=5),
    Case("RNNCell", lambda nn: nn.RNNCell(3, 4), (((5, 3),), ((5, 3), (5, 4)), ((3,), (4,)), ((1, 3),), ((0, 3),))),
    Case("RNNCell of relu", lambda nn: nn.RNNCell(3, 4, False, nonlinearity="relu"), (((5, 3), (5, 4)),)),
    Case("GRUCell", lambda nn: nn.GRUCell(3, 4), (((5, 3),), ((5, 3), (5, 4)), ((3,), (4,)))),
    Case("GRUCell without bias", lambda nn: nn.GRUCell(3, 1, bias=False), (((2, 3), (2, 1)),)),
    Case("LSTMCell", lambda nn: nn.LSTMCell(3, 4), (((5, 3),), ((3,),))),
    Case("LSTMCell of a state", lambda nn: nn.LSTMCell(3, 4, False), (((5, 3), (5, 4), (5, 4)),), call=cell_of_pair),
    Case("RNN", lambda nn: nn.RNN(3, 4, batch_first=True), SEQUENCES),
    Case("RNN of states", lambda nn: nn.RNN(3, 4, 2, batch_first=True), (((2, 5, 3), (2, 2, 4)), ((5, 3), (2, 4)))),
    Case("RNN of relu", lambda nn: nn.RNN(3, 4, nonlinearity="relu", bias=False, batch_first=True), (((2, 5, 3),),)),
    Case("GRU", lambda nn: nn.GRU(3, 4, num_layers=2, batch_first=True), SEQUENCES),
    Case("LSTM", lambda nn: nn.LSTM(3, 4, num_layers=2, batch_first=True), SEQUENCES),
    Case(
        "LSTM of states",
        lambda nn: nn.LSTM(3, 4, batch_first=True),
        (((2, 5, 3), (1, 2, 4), (1, 2, 4)),),
        call=cell_of_pair,
    ),
    Case("attention", lambda nn: nn.MultiheadAttention(6, 2, batch_first=True), LONG, call=of_itself),
    Case(
        "attention of one head without bias",
        lambda nn: nn.MultiheadAttention(6, 1, bias=False, batch_first=True),
        LONG,
        {"need_weights": False},
        call=of_itself,
    ),
    Case(
        "attention to others",
        lambda nn: nn.MultiheadAttention(6, 3, batch_first=True),
        (((2, 5, 6), (2, 4, 6), (2, 4, 6)), ((1, 6), (3, 6), (3, 6))),
        {"average_attn_weights": False},
    ),
    Case(
        "causal attention",
        lambda nn: nn.MultiheadAttention(6, 2, batch_first=True),
        (((2, 5, 6),), ((5, 6),)),
        {"is_causal": True},
        {"attn_mask": CAUSAL},
        call=of_itself,
    ),
    Case(
        "attention of padded sequences",
        lambda nn: nn.MultiheadAttention(6, 2, batch_first=True),
        (((2, 5, 6),),),
        {"key_padding_mask": PADDING, "attn_mask": CAUSAL},
        call=of_itself,
    ),
    Case(
        "attention with numbers added",
        lambda nn: nn.MultiheadAttention(6, 2, batch_first=True),
        (((2, 5, 6),), ((5, 6),)),
        {"attn_mask": BIASES},
        call=of_itself,
    ),
    Case(
        "attention with a mask of each head",
        lambda nn: nn.MultiheadAttention(6, 2, batch_first=True),
        (((2, 5, 6),),),
        {"attn_mask": OF_HEADS},
        call=of_itself,
    ),
    Case("Conv2d", lambda nn: nn.Conv2d(2, 3, 3), (((2, 2, 5, 6),), ((2, 4, 3),), ((1, 2, 3, 3),), ((0, 2, 5, 5),))),
    Case("Conv2d of strides", lambda nn: nn.Conv2d(2, 1, (3, 2), (2, 1), 1, bias=False), (((2, 2, 5, 6),),)),
    Case("Conv2d of the same size", lambda nn: nn.Conv2d(1, 2, 3, padding="same"), (((2, 1, 4, 5),),)),
    Case("MaxPool2d", lambda nn: nn.MaxPool2d(2), (((2, 3, 4, 7),), ((3, 4, 4),))),
    Case("MaxPool2d, overlapping", lambda nn: nn.MaxPool2d((3, 2), stride=(2, 1), padding=1), (((2, 1, 5, 4),),)),
    Case("AvgPool2d", lambda nn: nn.AvgPool2d(2), (((2, 3, 4, 7),), ((3, 4, 4),))),
    Case("AvgPool2d, overlapping", lambda nn: nn.AvgPool2d(3, 2, padding=1), (((2, 1, 5, 4),),)),
    Case("Flatten", lambda nn: nn.Flatten(), (((2, 3, 4),), ((5, 1),), ((0, 2, 2),))),
    Case("Flatten of some axes", lambda nn: nn.Flatten(0, 1), (((2, 3, 4),),)),
    Case("Dropout", lambda nn: nn.Dropout(0.4), (((2, 3),), ((0,),)), in_training=False),
    Case("a small net", small_net, (((2, 1, 4, 6),), ((3, 1, 4, 6),))),
]
