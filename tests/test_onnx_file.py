"""ONNX files: valid, run by onnxruntime to the classifier's own numbers, with names and a free batch axis."""

import json
from pathlib import Path

import numpy as np
import pytest

from micrograd_plus import export
from micrograd_plus.export import onnx_file
from micrograd_plus.export.formulas import formula_graph
from micrograd_plus.ops import FORMULAS, TABLE
from tests.exported import random_classifier, runner

onnx = pytest.importorskip("onnx")
onnxruntime = pytest.importorskip("onnxruntime")


@pytest.mark.parametrize("name", onnx_file._IN_OTHERS)
def test_what_onnxruntime_lacks_is_the_row_of_the_table(name: str) -> None:
    op = TABLE[name]
    grid = np.concatenate([np.linspace(-20, 20, 4001), [1e-300, -1e-9, 1e-9, 700.0, -710.0, 1e300, np.inf, np.nan]])
    inputs = [grid, grid[::-1].copy()][: op.arity]
    with np.errstate(all="ignore"):
        ours, wanted = onnx_file._IN_OTHERS[name](*inputs), op(*inputs)
    np.testing.assert_allclose(ours, wanted, rtol=4e-13 if name == "tan" else 2e-15, equal_nan=True)


def test_rows_with_an_operator_of_their_own_are_no_formula(tmp_path: Path) -> None:
    export.save(random_classifier(0, activation="relu", hidden=(3, 3)), tmp_path / "model.onnx")
    operators = [node.op_type for node in onnx.load(tmp_path / "model.onnx").graph.node]
    assert operators.count("Relu") == 2
    assert "Max" not in operators


def test_names_and_shapes_are_in_the_file(tmp_path: Path) -> None:
    classifier = random_classifier(1, loss="cross-entropy")
    export.save(classifier, tmp_path / "model.onnx")
    model = onnx.load(tmp_path / "model.onnx")
    onnx.checker.check_model(model, full_check=True)
    names = {entry.key: tuple(json.loads(entry.value)) for entry in model.metadata_props}
    assert names == {"feature_names": classifier.feature_names, "class_names": classifier.class_names}
    assert model.producer_name == "micrograd_plus"
    assert [output.name for output in model.graph.output] == ["label", "probabilities"]
    run = runner(classifier, tmp_path / "model.onnx")
    for n in (0, 1, 7):
        labels, numbers = run(np.zeros((n, len(classifier.feature_names))))
        assert (len(labels), numbers.shape) == (n, (n, len(classifier.class_names)))


def test_the_hinge_loss_has_a_score(tmp_path: Path) -> None:
    classifier = random_classifier(2, loss="hinge")
    export.save(classifier, tmp_path / "model.onnx")
    assert [output.name for output in onnx.load(tmp_path / "model.onnx").graph.output] == ["label", "score"]


def test_a_formula_is_one_step_down() -> None:
    leaves, root = formula_graph(TABLE["silu"], FORMULAS["silu"])
    assert [i.op.name for i in root.inputs] == ["leaf", "sigmoid"]
    assert root.inputs[0] is leaves[0]
