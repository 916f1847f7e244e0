"""Random classifiers, and what they compute, to hold exported files against."""

from __future__ import annotations

import ctypes
import runpy
import shutil
import subprocess
import zlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from micrograd_plus import export
from micrograd_plus.classifier import Classifier
from micrograd_plus.nn import ArrayMLP
from micrograd_plus.ops import TABLE
from micrograd_plus.settings import LOSSES, Settings

ACTIVATIONS = sorted(op.name for op in TABLE.values() if op.arity == 1)
# The issue's own bound is 1e-6. Sums are taken in other orders, and ONNX takes roundabout ways to some operations.
TOLERANCES = {".onnx": 1e-12, ".c": 1e-12, ".py": 1e-13}
STRICT = ["-std=c99", "-Wall", "-Wextra", "-Werror", "-pedantic", "-O2"]
DOUBLES = ctypes.POINTER(ctypes.c_double)
Run = Callable[[np.ndarray], tuple[Sequence[str], np.ndarray]]


def random_classifier(seed: int | str, **settings: object) -> Classifier:
    """Return a classifier with random sizes and weights, on features of very different scales."""
    rng = np.random.default_rng(seed if isinstance(seed, int) else zlib.crc32(seed.encode()))
    loss = str(settings.setdefault("loss", rng.choice(list(LOSSES))))
    settings.setdefault("hidden", tuple(rng.integers(1, 9, rng.integers(0, 4)).tolist()))
    settings.setdefault("activation", rng.choice(ACTIVATIONS).item())
    features, classes = int(rng.integers(1, 7)), int(rng.integers(2, 6)) if loss == "cross-entropy" else 2
    X = rng.normal(size=(50, features)) * 10.0 ** rng.integers(-3, 4, features) + rng.normal(size=features)
    names = [f"f{k}" for k in range(features)], [f"class {k}" for k in range(classes)]
    classifier = Classifier.for_samples(X, *names, Settings(**settings))
    network = classifier.model
    assert isinstance(network, ArrayMLP)
    # Inside the domain of rows such as log, so that what is compared are numbers and not only nan.
    low, high = TABLE[classifier.settings.activation].domain[0]
    shift = 3.0 if low >= -1.0 and high > 1.0 else 0.0
    spread = 0.1 if low >= -1.0 and high <= 1.0 else 1.0
    for linear in network.linears:
        size = linear.weight.shape[0]
        linear.weight.data = spread * rng.normal(size=linear.weight.shape) / np.sqrt(size) / (1 + shift)
        linear.bias.data = spread * rng.normal(size=linear.bias.shape) / 2 + shift
    return classifier


def named(classifier: Classifier, names: Sequence[str]) -> Classifier:
    """Return a classifier whose features and classes have other names, as many as there are, in turn."""
    features, classes = len(classifier.feature_names), len(classifier.class_names)
    endless = [name + str(k) * (k // len(names)) for k, name in enumerate(list(names) * 20)]
    return replace(
        classifier, feature_names=tuple(endless[:features]), class_names=tuple(endless[features : features + classes])
    )


def classifier_of(names: Sequence[str]) -> Classifier:
    """Return a classifier with a feature and a class for each of these names."""
    X = np.random.default_rng(0).normal(size=(20, len(names)))
    settings = Settings(hidden=(4,), loss="cross-entropy", activation="tanh")
    classifier = Classifier.for_samples(
        X, list(map(str, range(len(names)))), list(map(str, range(len(names)))), settings
    )
    return replace(classifier, feature_names=tuple(names), class_names=tuple(names))


def samples_for(classifier: Classifier, *, extreme: bool = True) -> np.ndarray:
    """Return ordinary samples, and those with features that are huge, infinite or nan."""
    rng = np.random.default_rng(7)
    mean, scale = classifier.standardiser.mean, classifier.standardiser.scale
    X = mean + scale * rng.normal(size=(20, len(mean)))
    if not extreme:
        return X
    # Of a number like 1e300 a periodic operation gives noise.
    largest = 1e3 if classifier.settings.activation in ("sin", "cos", "tan") else 1e300
    far = [mean + 1e3 * scale, mean - 1e3 * scale, mean + largest * scale, mean, np.full_like(mean, np.inf)]
    return np.vstack([X, *far, np.full_like(mean, np.nan)])


def runner(classifier: Classifier, path: Path) -> Run:
    """Return what runs an exported file; the test is skipped where it cannot be."""
    return {".onnx": _onnx_runner, ".c": _c_runner, ".py": _python_runner}[path.suffix](classifier, path)


def _onnx_runner(classifier: Classifier, path: Path) -> Run:
    onnxruntime = pytest.importorskip("onnxruntime")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])

    def run(X: np.ndarray) -> tuple[list[str], np.ndarray]:
        label, numbers = session.run(None, {"features": X})
        return label.tolist(), numbers

    return run


def _python_runner(classifier: Classifier, path: Path) -> Run:
    module = runpy.run_path(str(path))

    def run(X: np.ndarray) -> tuple[list[str], np.ndarray]:
        numbers = module["predict_proba"](X) if classifier.has_probabilities else module["scores"](X)[:, 0]
        return module["predict"](X).tolist(), numbers

    return run


def _c_runner(classifier: Classifier, path: Path) -> Run:
    library = ctypes.CDLL(str(compiled(path, "-shared", "-fPIC")))
    library.predict.argtypes = [DOUBLES, DOUBLES]
    names = (ctypes.c_char_p * len(classifier.class_names)).in_dll(library, "class_names")
    columns = len(classifier.class_names) if classifier.has_probabilities else 1

    def run(X: np.ndarray) -> tuple[list[str], np.ndarray]:
        X, numbers = np.ascontiguousarray(X), np.empty((len(X), columns))
        winners = [
            library.predict(x.ctypes.data_as(DOUBLES), out.ctypes.data_as(DOUBLES))
            for x, out in zip(X, numbers, strict=True)
        ]
        assert winners == [library.predict(x.ctypes.data_as(DOUBLES), None) for x in X]
        labels = [(names[k] or b"").decode() for k in winners]
        return labels, numbers if classifier.has_probabilities else numbers[:, 0]

    return run


def compiled(path: Path, *options: str) -> Path:
    """Compile a C file as strictly as can be, and return what came out; skip the test where there is no compiler."""
    cc = shutil.which("cc") or pytest.skip("no C compiler (cc)")
    out = path.with_suffix(".so")
    done = subprocess.run([cc, *STRICT, *options, path, "-o", out, "-lm"], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    return out


def numbers_of(classifier: Classifier, X: np.ndarray) -> np.ndarray:
    """Return a classifier's probabilities, or its scores where it has none."""
    return classifier.probabilities(X) if classifier.has_probabilities else classifier.scores(X)


def assert_computes_the_same(classifier: Classifier, path: Path) -> None:
    """Export a classifier, run the file, and hold its labels and numbers against the classifier's own."""
    if path.suffix == ".onnx":
        pytest.importorskip("onnx")
    export.save(classifier, path)
    run, X, tolerance = runner(classifier, path), samples_for(classifier), TOLERANCES[path.suffix]
    labels, numbers = run(X)
    with np.errstate(all="ignore"):
        scores = classifier.scores(X)
        wanted = numbers_of(classifier, X)
        wanted_labels = [classifier.class_names[k] for k in classifier.predict(X)]
        # Near the poles of tan the last bit of a feature changes more than the tolerance.
        sensitivity = np.nan_to_num(np.abs(numbers_of(classifier, X * (1.0 + 1e-14)) - wanted))
        difference = np.abs(numbers - wanted)
    same = (numbers == wanted) | (np.isnan(numbers) & np.isnan(wanted))
    close = difference <= tolerance * (1.0 + np.abs(wanted)) + sensitivity
    assert (same | close & np.isfinite(numbers)).all(), difference
    assert np.isfinite(wanted[:20]).mean() > 0.5
    # Where two classes are all but equal, or nothing is a number, the last bit decides.
    ranked = np.sort(np.column_stack([np.zeros(len(X)), scores]) if scores.ndim == 1 else scores, axis=1)
    with np.errstate(invalid="ignore"):
        clear = ranked[:, -1] - ranked[:, -2] > 1e-6
    assert clear[:20].any()
    assert [a for a, told in zip(labels, clear, strict=True) if told] == [
        b for b, told in zip(wanted_labels, clear, strict=True) if told
    ]
