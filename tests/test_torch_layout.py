"""PyTorch's layout: names, shapes and numbers as `torch.nn.Sequential` takes and computes them."""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import load_file

from micrograd_plus import data, export
from micrograd_plus.checkpoint import CheckpointError
from micrograd_plus.classifier import Classifier
from micrograd_plus.settings import Settings
from tests.exported import named, random_classifier, samples_for
from tests.hostile import CODE as HOSTILE

MODULES = {"relu": "ReLU", "tanh": "Tanh", "gelu": "GELU", "silu": "SiLU", "elu": "ELU", "leaky_relu": "LeakyReLU"}


def about(path: Path) -> dict[str, Any]:
    with safe_open(path, "np") as file:
        return json.loads(file.metadata()["classifier"])


def test_weights_are_named_and_laid_out_as_in_a_sequential(tmp_path: Path) -> None:
    classifier = random_classifier(0, hidden=(4, 3), loss="bce", activation="tanh")
    export.save(classifier, tmp_path / "model.safetensors")
    arrays = load_file(tmp_path / "model.safetensors")
    inputs = len(classifier.feature_names)
    assert {name: array.shape for name, array in arrays.items()} == {
        "0.weight": (4, inputs), "0.bias": (4,), "2.weight": (3, 4), "2.bias": (3,), "4.weight": (1, 3), "4.bias": (1,)
    }  # fmt: skip
    for k, linear in enumerate(classifier.model.linears):
        assert np.array_equal(arrays[f"{2 * k}.weight"], linear.weight.data.T)


def test_the_metadata_tells_the_rest(tmp_path: Path) -> None:
    classifier = named(random_classifier(1, hidden=(4,), loss="cross-entropy", activation="tanh"), HOSTILE)
    export.save(classifier, tmp_path / "model.safetensors")
    told = about(tmp_path / "model.safetensors")
    n, k = len(classifier.feature_names), len(classifier.class_names)
    assert told["layers"] == [f"Linear({n}, 4)", "tanh", f"Linear(4, {k})"]
    assert tuple(told["feature_names"]) == classifier.feature_names
    assert tuple(told["class_names"]) == classifier.class_names
    assert np.array_equal(told["mean"], classifier.standardiser.mean)
    assert np.array_equal(told["scale"], classifier.standardiser.scale)


@pytest.mark.slow
@pytest.mark.parametrize("activation", MODULES)
def test_torch_computes_the_same(activation: str, tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    from safetensors.torch import load_file as torch_load_file

    classifier = random_classifier(activation, hidden=(4, 3), loss="cross-entropy", activation=activation)
    export.save(classifier, tmp_path / "model.safetensors")
    told = about(tmp_path / "model.safetensors")
    modules = [
        torch.nn.Linear(*map(int, re.findall(r"\d+", layer))) if "(" in layer else getattr(torch.nn, MODULES[layer])()
        for layer in told["layers"]
    ]
    network = torch.nn.Sequential(*modules).double()
    network.load_state_dict(torch_load_file(tmp_path / "model.safetensors"))
    X = samples_for(classifier, extreme=False)
    outputs = network(torch.from_numpy((X - told["mean"]) / told["scale"]))
    np.testing.assert_allclose(outputs.detach().numpy(), classifier.scores(X), rtol=1e-10, atol=1e-10)


def test_it_is_not_taken_for_a_checkpoint(tmp_path: Path) -> None:
    export.save(random_classifier(0), tmp_path / "model.safetensors")
    with pytest.raises(CheckpointError, match="no checkpoint"):
        Classifier.load(tmp_path / "model.safetensors")


@pytest.mark.slow
def test_the_lines_in_the_documents_load_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("torch")
    page = (Path(__file__).parents[1] / "docs" / "exporting.md").read_text()
    (lines,) = re.findall(r"```python\n(import [^`]*torch[^`]*)```", page)
    iris = data.load("iris")
    classifier = Classifier.for_samples(iris.X, iris.feature_names, iris.class_names, Settings())
    monkeypatch.chdir(tmp_path)
    export.save(classifier, "iris-torch.safetensors")
    found: dict[str, Any] = {"X": iris.X}
    exec(lines, found)  # noqa: S102 - our own lines
    np.testing.assert_allclose(found["logits"].detach().numpy(), classifier.scores(iris.X), rtol=1e-12, atol=1e-12)
