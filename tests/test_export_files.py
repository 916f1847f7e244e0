"""Exporting as such: the ending decides, the same model gives the same bytes, a new row of the table is enough."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from micrograd_plus import export
from micrograd_plus.classifier import Classifier
from tests.exported import random_classifier


def test_the_same_model_gives_the_same_bytes(tmp_path: Path) -> None:
    pytest.importorskip("onnx")
    names = [f"model{ending}" for ending in export.FORMATS]
    (tmp_path / "here").mkdir()
    (tmp_path / "there").mkdir()
    random_classifier(6, activation="gelu", hidden=(3,)).save(tmp_path / "trained.safetensors")
    for name in names:
        export.save(Classifier.load(tmp_path / "trained.safetensors"), tmp_path / "here" / name)
    code = (
        "import sys; from micrograd_plus import export; from micrograd_plus.classifier import Classifier\n"
        "for name in sys.argv[1:]: export.save(Classifier.load('trained.safetensors'), 'there/' + name)"
    )
    environment = os.environ | {"PYTHONHASHSEED": "1", "PYTHONPATH": str(Path(__file__).parents[1])}
    subprocess.run([sys.executable, "-c", code, *names], cwd=tmp_path, env=environment, check=True)
    for name in names:
        assert (tmp_path / "here" / name).read_bytes() == (tmp_path / "there" / name).read_bytes(), name


def test_both_kinds_of_networks_give_the_same_file(tmp_path: Path) -> None:
    arrays = random_classifier(6, hidden=(3, 2), activation="tanh")
    scalars = Classifier(
        arrays.settings, arrays.feature_names, arrays.class_names, arrays.standardiser, arrays.model.to_scalar()
    )
    export.save(arrays, tmp_path / "arrays.py")
    export.save(scalars, tmp_path / "scalars.py")
    assert (tmp_path / "arrays.py").read_bytes() == (tmp_path / "scalars.py").read_bytes()


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("model.pt", "model.pt: for PyTorch write model.safetensors, which runs no code when it is loaded"),
        ("model.h5", "model.h5: want a file that ends in .onnx, .c, .py, .safetensors"),
        ("model", "model: want a file that ends in .onnx, .c, .py, .safetensors"),
    ],
)
def test_other_endings_are_refused(name: str, problem: str) -> None:
    with pytest.raises(export.ExportError) as refusal:
        export.save(random_classifier(0), name)
    assert str(refusal.value) == problem


def test_weights_that_are_no_numbers_are_refused(tmp_path: Path) -> None:
    classifier = random_classifier(0, hidden=(2,))
    classifier.model.linears[1].bias.data = np.full_like(classifier.model.linears[1].bias.data, np.nan)
    with pytest.raises(export.ExportError, match="weights of layer 2 are not finite"):
        export.save(classifier, tmp_path / "model.c")
    assert list(tmp_path.iterdir()) == []


def test_an_old_file_stays_where_writing_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "model.onnx").write_text("old")
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(export.ExportError, match=r"needs the package onnx: pip install .micrograd-plus\[onnx\]"):
        export.save(random_classifier(0), tmp_path / "model.onnx")
    assert (tmp_path / "model.onnx").read_text() == "old"
