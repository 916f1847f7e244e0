"""Python files: run with NumPy alone, elsewhere, to the classifier's own numbers."""

import json
import runpy
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from micrograd_plus import export
from tests.exported import named, random_classifier, samples_for
from tests.hostile import CODE as HOSTILE


def test_every_name_reads_back(tmp_path: Path) -> None:
    classifier = named(random_classifier(3, loss="cross-entropy"), HOSTILE)
    export.save(classifier, tmp_path / "model.py")
    module = runpy.run_path(str(tmp_path / "model.py"))
    assert (module["FEATURES"], module["CLASSES"]) == (classifier.feature_names, classifier.class_names)


def test_numpy_is_all_it_needs(tmp_path: Path) -> None:
    classifier = random_classifier(8, activation="gelu", hidden=(3,), loss="bce")
    export.save(classifier, tmp_path / "model.py")
    X = samples_for(classifier, extreme=False)
    code = (
        "import json, runpy, sys\n"
        f"model = runpy.run_path({str(tmp_path / 'model.py')!r})\n"
        f"numbers = model['predict_proba']({X.tolist()}).tolist()\n"
        "print(json.dumps([numbers, sorted(name for name in sys.modules if '.' not in name)]))"
    )
    (tmp_path / "empty").mkdir()
    done = subprocess.run([sys.executable, "-I", "-c", code], cwd=tmp_path / "empty", capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    numbers, modules = json.loads(done.stdout)
    np.testing.assert_allclose(numbers, classifier.probabilities(X), rtol=1e-12)
    assert "micrograd_plus" not in modules


def test_every_weight_reads_back_exactly(tmp_path: Path) -> None:
    classifier = random_classifier(9, hidden=(40, 3))
    export.save(classifier, tmp_path / "model.py")
    module = runpy.run_path(str(tmp_path / "model.py"))
    for k, linear in enumerate(classifier.model.linears, 1):
        assert np.array_equal(module[f"W{k}"], linear.weight.data)
        assert np.array_equal(module[f"b{k}"], linear.bias.data)
    assert max(map(len, (tmp_path / "model.py").read_text().splitlines())) <= 120


def test_it_is_clean_to_ruff(tmp_path: Path) -> None:
    pytest.importorskip("ruff")
    for activation in ("gelu", "elu", "relu"):
        classifier = random_classifier(10, activation=activation, hidden=(3,))
        export.save(classifier, tmp_path / f"{activation}.py")
    done = subprocess.run(
        [sys.executable, "-m", "ruff", "check", "--isolated", tmp_path], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout


def test_a_function_is_the_formula_of_its_row(tmp_path: Path) -> None:
    export.save(random_classifier(0, activation="leaky_relu", hidden=(2,)), tmp_path / "model.py")
    assert "def leaky_relu(x):\n    return np.where(x > 0.0, x, 0.01 * x)\n" in (tmp_path / "model.py").read_text()
