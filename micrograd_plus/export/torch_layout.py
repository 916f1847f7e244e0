"""A classifier's weights as PyTorch names and lays them out: the `state_dict` of a `torch.nn.Sequential`."""

from __future__ import annotations

import json

import numpy as np
from safetensors.numpy import save

from micrograd_plus.export.pipeline import Array, Pipeline

_HEADER_KEY = "classifier"  # one key for all: safetensors writes several in an order that changes from run to run


def torch_layout(pipeline: Pipeline) -> bytes:
    """Return a safetensors file: `0.weight` of shape (outputs, inputs), `0.bias`, `2.weight`, ... in float64.

    An even number is a linear layer, the odd one after it the activation, as in `Sequential(Linear, ReLU, Linear)`. The
    file's metadata holds, as JSON under the key "classifier", the layers, the names of features and classes, and the
    standardiser's mean and scale: the network takes `(x - mean) / scale`, and 0 for a missing value.
    """
    arrays: dict[str, Array] = {}
    layers: list[str] = []
    for k, (weight, bias) in enumerate(pipeline.layers):
        arrays |= {f"{2 * k}.weight": np.ascontiguousarray(weight.T), f"{2 * k}.bias": np.ascontiguousarray(bias)}
        inputs, outputs = weight.shape
        layers += [f"Linear({inputs}, {outputs})", pipeline.activation.name]
    about = {
        "layers": layers[:-1],
        "feature_names": pipeline.feature_names,
        "class_names": pipeline.class_names,
        "mean": pipeline.mean.tolist(),
        "scale": pipeline.scale.tolist(),
    }
    return save(arrays, metadata={_HEADER_KEY: json.dumps(about)})
