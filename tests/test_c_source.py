"""C files: compiled without a warning as C99, alone, to the classifier's own numbers."""

import re
import subprocess
from pathlib import Path

import numpy as np

from micrograd_plus import export
from tests.exported import compiled, named, random_classifier, samples_for


def test_names_that_are_no_text_in_c_still_compile(tmp_path: Path) -> None:
    classifier = named(random_classifier(3, loss="cross-entropy"), ["\0", "\ud800", "\x1b[2J\r\n"])
    export.save(classifier, tmp_path / "model.c")
    assert compiled(tmp_path / "model.c", "-c").exists()


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
