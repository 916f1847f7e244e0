"""A classifier as an ONNX model in float64: features in, label and probabilities out.

In float32, which runtimes know best, a steep network would be off by more than 1e-6.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np

from micrograd_plus.engine import graph
from micrograd_plus.export.formulas import ExportError, Formula, formula_graph
from micrograd_plus.export.onnx_operations import COMPARISONS, IN_OTHERS, OPERATORS
from micrograd_plus.export.pipeline import Pipeline
from micrograd_plus.ops import FORMULAS, Op

# The oldest in which Softmax is taken along one axis, and what belongs to it.
OPSET, IR_VERSION = 13, 7


def onnx_bytes(pipeline: Pipeline) -> bytes:
    """Return the model: `features` of shape (n, features) to `label` (n,) and `probabilities` (n, classes).

    All numbers are float64, labels are the names of the classes; in place of `probabilities` there is a `score` of
    shape (n,) where the classifier has none. A feature that is nan counts as missing. Raises `ExportError` where the
    package onnx is missing.
    """
    onnx = _onnx()
    helper, types = onnx.helper, onnx.TensorProto
    writer = _Writer(onnx)
    outputs = [helper.make_tensor_value_info("label", types.STRING, ["n"]), _network(writer, pipeline)]
    features = helper.make_tensor_value_info("features", types.DOUBLE, ["n", len(pipeline.feature_names)])
    model = helper.make_model(
        helper.make_graph(writer.nodes, "classifier", [features], outputs, writer.constants),
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
        producer_name="micrograd_plus",
        doc_string=pipeline.title,
    )
    names = {"feature_names": pipeline.feature_names, "class_names": pipeline.class_names}
    helper.set_model_props(model, {key: json.dumps(value) for key, value in names.items()})
    onnx.checker.check_model(model, full_check=True)
    content: bytes = model.SerializeToString(deterministic=True)
    return content


def _onnx() -> Any:
    try:
        import onnx
    except ImportError as error:
        raise ExportError('writing ONNX needs the package onnx: pip install "micrograd-plus[onnx]"') from error
    return onnx


def _network(writer: _Writer, pipeline: Pipeline) -> Any:
    """Write all nodes, and return the declaration of the second output."""
    x = writer.node("Sub", "features", writer.constant(pipeline.mean, "mean"))
    x = writer.node("Div", x, writer.constant(pipeline.scale, "scale"))
    x = writer.node("Where", writer.node("IsNaN", x), writer.number(0.0), x)  # a missing value: the mean
    for k, (weight, bias) in enumerate(pipeline.layers, 1):
        if k > 1:
            x = writer.operation(pipeline.activation, [x])
        x = writer.node("Gemm", x, writer.constant(weight, f"weight{k}"), writer.constant(bias, f"bias{k}"))
    names = [name.encode("utf-8", "backslashreplace") for name in pipeline.class_names]
    classes = writer.constant(np.array(names, dtype=object), "class_names")
    if pipeline.has_one_output:
        score = writer.node("Squeeze", x, writer.constant(np.array([1]), "axis1"))
        winner = writer.cast(writer.node("Greater", score, writer.number(0.0)), "INT64")
    else:
        winner = writer.node("ArgMax", x, axis=1, keepdims=0)
    writer.node("Gather", classes, winner, out="label")
    if not pipeline.has_probabilities:
        writer.node("Identity", score, out="score")
        return writer.declared("score", ["n"])
    if pipeline.has_one_output:
        # The first class has the logit 0.
        x = writer.node("Pad", x, writer.constant(np.array([0, 1, 0, 0]), "before"), writer.number(0.0))
    writer.node("Softmax", x, axis=1, out="probabilities")
    return writer.declared("probabilities", ["n", len(pipeline.class_names)])


class _Writer:
    """Nodes and constants of a graph, in the order in which they are asked for."""

    def __init__(self, onnx: Any) -> None:
        self.onnx = onnx
        self.nodes: list[Any] = []
        self.constants: list[Any] = []
        self._numbers: dict[str, str] = {}

    def node(self, operator: str, *inputs: str, out: str = "", **attributes: Any) -> str:
        """Add a node and return the name of its output."""
        out = out or f"{operator.lower()}_{len(self.nodes)}"
        self.nodes.append(self.onnx.helper.make_node(operator, inputs, [out], name=out, **attributes))
        return out

    def cast(self, x: str, type_name: str) -> str:
        """Add a cast to a type, by ONNX's name of it."""
        return self.node("Cast", x, to=getattr(self.onnx.TensorProto, type_name))

    def constant(self, array: Any, name: str) -> str:
        """Add an array."""
        self.constants.append(self.onnx.numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def number(self, x: float) -> str:
        """Return the name of a number, which is added where it is new."""
        name = f"number_{x!r}"
        if name not in self._numbers:
            self._numbers[name] = self.constant(np.array(x), name)
        return name

    def declared(self, name: str, shape: Sequence[str | int]) -> Any:
        """Return the declaration of an output of numbers."""
        return self.onnx.helper.make_tensor_value_info(name, self.onnx.TensorProto.DOUBLE, shape)

    def operation(self, op: Op, inputs: Sequence[str]) -> str:
        """Add the nodes that compute a row of the table; `ExportError` where there is no way."""
        parameters = [self.number(p) for p in op.parameters.values()]
        if op.name == "where":
            condition, a, b = inputs
            return self.node("Where", self.cast(condition, "BOOL"), a, b)
        if operator := OPERATORS.get(op.name):
            return self.node(operator, *inputs, *parameters)
        if operator := COMPARISONS.get(op.name):
            return self.cast(self.node(operator, *inputs), "DOUBLE")
        formula = IN_OTHERS.get(op.name) or FORMULAS.get(op.name)
        if formula is None:
            raise ExportError(f"the operation {op.name} cannot be written in ONNX")
        return self._formula(op, formula, inputs)

    def _formula(self, op: Op, formula: Formula, inputs: Sequence[str]) -> str:
        leaves, root = formula_graph(op, formula)
        names: dict[Any, str] = dict(zip(leaves, inputs, strict=True))
        for node in graph(root):
            if node not in names:
                known = [names[i] for i in node.inputs]
                names[node] = self.number(node.data) if node.is_leaf else self.operation(node.op, known)
        return names[root]
