"""Every loss with its options, on outputs of many shapes, and by its definition."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from micrograd_plus import Value, losses

Array = np.ndarray[Any, Any]
Draw = Callable[[np.random.Generator, tuple[int, ...]], Array]


@dataclass(frozen=True)
class Case:
    """A loss with its options; call it with outputs, a sample weight and a reduction."""

    name: str
    loss: Callable[..., Any]
    outputs: Array
    targets: Array
    options: dict[str, Any]

    def __call__(self, outputs: Any, **more: Any) -> Any:
        return self.loss(outputs, self.targets, **self.options, **more)

    def given(self, outputs: Any, targets: Any, **more: Any) -> Any:
        """Return the loss for other targets."""
        return self.loss(outputs, targets, **self.options, **more)

    @property
    def has_labels(self) -> bool:
        """Whether the targets are classes, which only numbers can be."""
        return self.targets.shape != self.outputs.shape

    def one_hot(self) -> Array:
        """Return the targets as rows, 1 for the class."""
        return np.moveaxis(np.eye(self.outputs.shape[1])[self.targets], -1, 1)


def as_values(outputs: Any) -> Any:
    """Return Values in the nesting of the outputs."""
    return [as_values(row) for row in outputs] if np.ndim(outputs) else Value(outputs)


def normal(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Draw numbers around 0."""
    return np.asarray(rng.normal(scale=2.0, size=shape))


def inside(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Draw numbers between 0 and 1, not near either."""
    return np.asarray(rng.uniform(0.05, 0.95, size=shape))


def signs(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Draw -1 and 1."""
    return np.asarray(rng.choice([-1.0, 1.0], size=shape))


def shares(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Draw probabilities of which some are 0 and some are 1."""
    return np.asarray(np.clip(rng.uniform(-0.5, 1.5, size=shape), 0.0, 1.0))


def log_inside(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Draw logarithms of probabilities."""
    return np.asarray(np.log(inside(rng, shape)))


# How a loss of elements draws its outputs and its targets, and what options it takes.
OF_ELEMENTS: list[tuple[Callable[..., Any], Draw, Draw, list[dict[str, Any]]]] = [
    (losses.mse, normal, normal, [{}]),
    (losses.mae, normal, normal, [{}]),
    (losses.huber, normal, normal, [{}, {"delta": 0.3}, {"delta": 5}]),
    (losses.smooth_l1, normal, normal, [{}, {"beta": 0.3}, {"beta": 0}]),
    (losses.hinge, normal, signs, [{}]),
    (losses.binary_cross_entropy, inside, shares, [{}]),
    (losses.binary_cross_entropy_with_logits, normal, shares, [{}, {"pos_weight": 2.5}]),
    (losses.kl_div, log_inside, shares, [{}]),
]
SHAPES_OF_ELEMENTS: list[tuple[int, ...]] = [(7,), (1,), (3, 4), (1, 3), (3, 1), (2, 3, 2), ()]
SHAPES_OF_CLASSES: list[tuple[int, ...]] = [(7, 4), (1, 3), (5, 1), (3, 4, 2), (2, 3, 2, 2)]


def cases_of_elements() -> Iterator[Case]:
    """Yield every loss of elements with each of its options and for each shape."""
    rng = np.random.default_rng(0)
    for shape, (loss, outputs, targets, options) in itertools.product(SHAPES_OF_ELEMENTS, OF_ELEMENTS):
        by_column = [{"pos_weight": rng.uniform(0.0, 3.0, shape[-1:])}] if "pos_weight" in options[-1] else []
        for chosen in [*options, *by_column]:
            name = f"{loss.__name__} {shape} {_text(chosen)}"
            yield Case(name, loss, outputs(rng, shape), targets(rng, shape), chosen)


def cases_of_classes() -> Iterator[Case]:
    """Yield every loss of classes with each of its options and for each shape."""
    rng = np.random.default_rng(1)
    for shape in SHAPES_OF_CLASSES:
        labels = rng.integers(shape[1], size=shape[:1] + shape[2:])
        rows = np.moveaxis(rng.dirichlet(np.ones(shape[1]), size=labels.shape), -1, 1)
        weights = np.where(np.arange(shape[1]) == 1, 0.0, rng.uniform(0.5, 3.0, shape[1]))
        weights[labels.flat[0]] = 0.7  # so that some target has a weight
        for weight, smoothing, targets in itertools.product((None, weights), (0.0, 0.1, 1.0), (labels, rows)):
            chosen = {"weight": weight, "label_smoothing": smoothing}
            name = f"cross_entropy {shape} {_text(chosen)} of {'classes' if targets is labels else 'probabilities'}"
            yield Case(name, losses.cross_entropy, normal(rng, shape), targets, chosen)
        for weight in (None, weights):
            name = f"nll {shape} {_text({'weight': weight})}"
            yield Case(name, losses.nll, log_inside(rng, shape), labels, {"weight": weight})


def _text(options: dict[str, Any]) -> str:
    texts = {name: "numbers" if isinstance(value, np.ndarray) else value for name, value in options.items()}
    return ", ".join(f"{name}={text}" for name, text in texts.items())


def cases_that_ignore() -> Iterator[Case]:
    """Yield the losses of classes where every second target is one that does not count."""
    for case in cases_of_classes():
        if case.has_labels and case.targets.size > 1:
            for options in ({}, {"ignore_index": 255}):
                targets = case.targets.copy()
                targets.flat[1::2] = options.get("ignore_index", -100)
                yield replace(
                    case, name=f"{case.name}, {options} ignored", targets=targets, options=case.options | options
                )


CASES = [*cases_of_elements(), *cases_of_classes()]
IGNORING = list(cases_that_ignore())


def sample_weight_of(case: Case) -> Array:
    """Return weights of the case's samples, of which one is 0."""
    count = math.prod(case.outputs.shape[:1])
    weights = np.arange(float(count)) * 0.7 if count > 1 else np.full(count, 0.3)
    return weights.reshape(case.outputs.shape[:1])


# --- what losses are by definition ------------------------------------------------------------------------------------


def huber_by_definition(x: Any, t: Any, delta: float = 1.0) -> Any:
    """Return the pieces of the Huber loss."""
    error = np.abs(x - t)
    return np.where(error <= delta, 0.5 * error**2, delta * (error - 0.5 * delta))


def binary_by_definition(x: Any, t: Any, pos_weight: Any = 1.0) -> Any:
    """Return the cross-entropy of the probabilities x."""
    return -(pos_weight * t * np.log(x) + (1.0 - t) * np.log(1.0 - x))


def nll_by_definition(x: Any, t: Any, weight: Any = None, label_smoothing: float = 0.0) -> Any:
    """Return the negative logarithms of likelihoods; t are the probabilities of the classes."""
    wanted = (1.0 - label_smoothing) * t + label_smoothing / x.shape[1]
    weight = np.ones(x.shape[1]) if weight is None else weight
    return -np.einsum("nk...,k->n...", wanted * x, weight)


def log_softmax_by_definition(x: Any) -> Any:
    """Return logarithms of probabilities."""
    return np.log(np.exp(x) / np.exp(x).sum(axis=1, keepdims=True))


# What each element or sample loses, of outputs, targets (rows for classes) and options.
DEFINITIONS: dict[Callable[..., Any], Callable[..., Any]] = {
    losses.mse: lambda x, t: (x - t) ** 2,
    losses.mae: lambda x, t: np.abs(x - t),
    losses.huber: huber_by_definition,
    losses.smooth_l1: lambda x, t, beta=1.0: huber_by_definition(x, t, beta) / beta if beta else np.abs(x - t),
    losses.hinge: lambda x, t: np.maximum(0.0, 1.0 - t * x),
    losses.binary_cross_entropy: binary_by_definition,
    losses.binary_cross_entropy_with_logits: lambda x, t, **o: binary_by_definition(1.0 / (1.0 + np.exp(-x)), t, **o),
    losses.kl_div: lambda x, t: t * (np.log(np.maximum(t, 1e-300)) - x),
    losses.nll: nll_by_definition,
    losses.cross_entropy: lambda x, t, **o: nll_by_definition(log_softmax_by_definition(x), t, **o),
}
