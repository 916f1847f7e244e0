"""ONNX files: valid, run by onnxruntime to the classifier's own numbers, with names and a free batch axis."""

import json
from pathlib import Path

import numpy as np
import pytest

from micrograd_plus import export
from tests.exported import named, random_classifier, runner, samples_for

onnx = pytest.importorskip("onnx")
onnxruntime = pytest.importorskip("onnxruntime")


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


def test_a_name_that_is_no_unicode_is_written_out(tmp_path: Path) -> None:
    classifier = named(random_classifier(0, loss="bce"), ["\ud800"])
    export.save(classifier, tmp_path / "model.onnx")
    labels, _ = runner(classifier, tmp_path / "model.onnx")(samples_for(classifier))
    assert all(label.startswith("\\ud800") for label in labels)
