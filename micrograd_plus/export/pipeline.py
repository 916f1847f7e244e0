"""`Pipeline`: all that a classifier computes, as plain arrays and one operation, for the writers to print."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from micrograd_plus.classifier import Classifier
from micrograd_plus.export.formulas import ExportError
from micrograd_plus.nn.mlp import as_arrays
from micrograd_plus.ops import Op

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Pipeline:
    """What takes a row of features to the name of a class.

    The features are standardised, `(x - mean) / scale`, and 0 stands in for what is nan. Each layer is
    `x @ weight + bias`, with a weight of shape (inputs, outputs); all but the last are followed by `activation`. One
    output decides for the second of two classes where it is above 0, of several the largest decides. With
    `has_probabilities` the probabilities are the softmax of the outputs, or of 0 and the one output.
    """

    feature_names: tuple[str, ...]
    class_names: tuple[str, ...]
    mean: Array
    scale: Array
    layers: tuple[tuple[Array, Array], ...]
    activation: Op
    has_probabilities: bool

    @property
    def has_one_output(self) -> bool:
        """Whether one output decides between two classes."""
        return len(self.layers[-1][1]) == 1

    @property
    def title(self) -> str:
        """What it is, in words: `A network 2 -> 16 -> 1 of tanh units`."""
        sizes = [len(self.feature_names), *(len(bias) for _, bias in self.layers)]
        units = f" of {self.activation.name} units" if len(self.layers) > 1 else ""
        return f"A network {' -> '.join(map(str, sizes))}{units}"


def pipeline_of(classifier: Classifier) -> Pipeline:
    """Return what a classifier computes; `ExportError` where a weight is not finite, so that its outputs are none."""
    network = as_arrays(classifier.model)
    layers = tuple((np.asarray(linear.weight.data), np.asarray(linear.bias.data)) for linear in network.linears)
    for k, arrays in enumerate(layers, 1):
        if not all(np.isfinite(array).all() for array in arrays):
            raise ExportError(f"the weights of layer {k} are not finite: the model has diverged")
    return Pipeline(
        classifier.feature_names,
        classifier.class_names,
        classifier.standardiser.mean,
        classifier.standardiser.scale,
        layers,
        network.activation,
        classifier.has_probabilities,
    )
