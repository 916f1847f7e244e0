"""C files: compiled without a warning as C99, alone, to the classifier's own numbers."""

import ctypes
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from micrograd_plus import export
from micrograd_plus.classifier import Classifier
from tests.exported import ACTIVATIONS, HOSTILE, Run, assert_computes, named, random_classifier, samples_for

CC = shutil.which("cc")
pytestmark = pytest.mark.skipif(CC is None, reason="no C compiler (cc)")
STRICT = ["-std=c99", "-Wall", "-Wextra", "-Werror", "-pedantic"]
DOUBLES = ctypes.POINTER(ctypes.c_double)


def compiled(path: Path, *options: str) -> Path:
    """Compile a file as strictly as can be, and return what came out."""
    out = path.with_suffix(".so")
    done = subprocess.run([CC, *STRICT, *options, path, "-o", out, "-lm"], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    return out


def runner(classifier: Classifier, path: Path, *options: str) -> Run:
    library = ctypes.CDLL(str(compiled(path, "-shared", "-fPIC", *options)))
    library.predict.argtypes = [DOUBLES, DOUBLES]
    names = (ctypes.c_char_p * len(classifier.class_names)).in_dll(library, "class_names")
    columns = len(classifier.class_names) if classifier.has_probabilities else 1

    def run(X: np.ndarray) -> tuple[list[str], np.ndarray]:
        numbers = np.empty((len(X), columns))
        rows = zip(np.ascontiguousarray(X), numbers, strict=True)
        winners = [library.predict(x.ctypes.data_as(DOUBLES), out.ctypes.data_as(DOUBLES)) for x, out in rows]
        without = [library.predict(x.ctypes.data_as(DOUBLES), None) for x in np.ascontiguousarray(X)]
        assert winners == without
        labels = [(names[k] or b"").decode() for k in winners]
        return labels, numbers if classifier.has_probabilities else numbers[:, 0]

    return run


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_activation(activation: str, tmp_path: Path) -> None:
    classifier = random_classifier(activation, activation=activation, hidden=(5, 3))
    export.save(classifier, tmp_path / "model.c")
    assert_computes(runner(classifier, tmp_path / "model.c"), classifier, samples_for(classifier), tolerance=1e-11)


@pytest.mark.parametrize("seed", range(6))
def test_random_models_when_optimised(seed: int, tmp_path: Path) -> None:
    classifier = random_classifier(seed)
    export.save(classifier, tmp_path / "model.c")
    run = runner(classifier, tmp_path / "model.c", "-O2")
    assert_computes(run, classifier, samples_for(classifier), tolerance=1e-11)


def test_hostile_names_are_only_names(tmp_path: Path) -> None:
    names = [name for name in HOSTILE if name.isprintable()]
    classifier = named(random_classifier(3, loss="cross-entropy"), names)
    export.save(classifier, tmp_path / "model.c")
    assert_computes(runner(classifier, tmp_path / "model.c"), classifier, samples_for(classifier), tolerance=1e-11)


def test_names_that_are_no_text_in_c_still_compile(tmp_path: Path) -> None:
    classifier = named(random_classifier(3, loss="cross-entropy"), ["\0", "\ud800", "\x1b[2J\r\n"])
    export.save(classifier, tmp_path / "model.c")
    compiled(tmp_path / "model.c", "-c")


def test_it_runs_from_a_shell(tmp_path: Path) -> None:
    classifier = random_classifier(5, loss="cross-entropy")
    export.save(classifier, tmp_path / "model.c")
    program = compiled(tmp_path / "model.c", "-DMICROGRAD_PLUS_MAIN")
    X = samples_for(classifier, extreme=False)
    text = "\n".join(",".join(map(repr, row)) for row in X.tolist())
    done = subprocess.run([program], input=text, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    labels, *numbers = zip(*(line.split(",") for line in done.stdout.splitlines()), strict=True)
    assert list(labels) == [classifier.class_names[k] for k in classifier.predict(X)]
    np.testing.assert_allclose(np.array(numbers, float).T, classifier.probabilities(X), rtol=1e-8, atol=1e-12)


def test_a_row_that_is_cut_short_is_told(tmp_path: Path) -> None:
    classifier = random_classifier(4, loss="bce")
    assert len(classifier.feature_names) > 1
    export.save(classifier, tmp_path / "model.c")
    program = compiled(tmp_path / "model.c", "-DMICROGRAD_PLUS_MAIN")
    done = subprocess.run([program], input="1, word", capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (2, "")
    assert re.fullmatch(r"row 1: number 2 of \d is missing or is none\n", done.stderr)
