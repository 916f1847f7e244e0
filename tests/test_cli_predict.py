"""`micrograd-plus predict`: classes and probabilities of a table's rows, and the mistakes it answers."""

import csv
import os
import pty
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from micrograd_plus import data
from micrograd_plus.classifier import Classifier
from micrograd_plus.cli.csv_text import csv_content
from micrograd_plus.settings import Settings
from tests.command_line import ROOT, answer, files, mistake, process, rest_of, run
from tests.exported import classifier_of
from tests.hostile import CELLS, TEXTS

pytestmark = pytest.mark.usefixtures("own_folder")

HEADER = "sepal_length,sepal_width,petal_length,petal_width"


@pytest.fixture
def iris(own_folder: Path) -> Classifier:
    """Return a classifier that has been saved as `iris.safetensors`."""
    table = data.load("iris")
    classifier = Classifier.for_samples(table.X, table.feature_names, table.class_names, Settings(epochs=10))
    classifier.fit(table.X, table.y)
    classifier.save(own_folder / "iris.safetensors")
    return classifier


def write_table(X: np.ndarray, header: str = HEADER) -> None:
    lines = [header, *(",".join(map(str, row)) for row in X.tolist())]
    Path("table.csv").write_text("\n".join(lines) + "\n")


def test_classes_and_probabilities_of_every_row(iris: Classifier) -> None:
    X = data.load("iris").X[::10]
    write_table(X)
    header, *rows = csv.reader(answer("predict", "iris.safetensors", "table.csv"))
    assert header == ["class", "p(setosa)", "p(versicolor)", "p(virginica)"]
    assert [row[0] for row in rows] == [iris.class_names[k] for k in iris.predict(X)]
    probabilities = np.array([row[1:] for row in rows], float)
    np.testing.assert_allclose(probabilities, iris.probabilities(X), rtol=1e-5)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1.0, rtol=1e-5)
    assert [header[1 + k][2:-1] for k in probabilities.argmax(axis=1)] == [row[0] for row in rows]


@pytest.mark.usefixtures("iris")
def test_columns_are_found_by_name() -> None:
    X = data.load("iris").X[::30]
    write_table(X)
    expected = answer("predict", "iris.safetensors", "table.csv")
    names = HEADER.split(",")
    write_table(np.column_stack([np.arange(len(X)), X[:, ::-1]]), ",".join(["id", *reversed(names)]))
    assert answer("predict", "iris.safetensors", "table.csv") == expected


@pytest.mark.usefixtures("iris")
def test_a_file_gets_what_the_terminal_would() -> None:
    write_table(data.load("iris").X[:3])
    expected = answer("predict", "iris.safetensors", "table.csv")
    assert answer("predict", "iris.safetensors", "table.csv", "-o", "out.csv") == ["wrote out.csv: 3 rows"]
    assert Path("out.csv").read_text().splitlines() == expected


def test_the_hinge_loss_has_scores() -> None:
    X, y = data.moons(100, rng=0)
    settings = Settings(hidden=(4,), loss="hinge", epochs=5)
    classifier = Classifier.for_samples(X, ["x1", "x2"], ["no", "yes, indeed"], settings)
    classifier.fit(X, y)
    classifier.save("moons.safetensors")
    write_table(X, "x1,x2")
    header, *rows = csv.reader(answer("predict", "moons.safetensors", "table.csv"))
    assert header == ["class", "score"]
    assert {(label, float(score) > 0) for label, score in rows} == {("no", False), ("yes, indeed", True)}


@pytest.mark.usefixtures("iris")
@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["nothing.safetensors", "table.csv"], "nothing.safetensors: No such file or directory"),
        (["table.csv", "table.csv"], "table.csv: not a safetensors file, or one cut short"),
        (["iris.safetensors", "nothing.csv"], "nothing.csv: No such file or directory"),
        (["iris.safetensors", "narrow.csv"], "narrow.csv: no column 'sepal_length', 'sepal_width'"),
        (["iris.safetensors", "text.csv"], "text.csv, line 2, column 'petal_width': 'wide' is not a number"),
        (["iris.safetensors", "empty.csv"], "empty.csv: the file is empty"),
        (["iris.safetensors", "table.csv", "-o", "no/out.csv"], "no/out.csv: No such file or directory"),
        (["iris.safetensors"], "Missing argument 'CSV'"),
    ],
)
def test_mistakes(arguments: list[str], problem: str) -> None:
    write_table(data.load("iris").X[:2])
    Path("narrow.csv").write_text("petal_length,petal_width\n1,2\n")
    Path("text.csv").write_text(f"{HEADER}\n1,2,3,wide\n")
    Path("empty.csv").write_text("")
    before = files(Path())
    assert problem in mistake("predict", *arguments)
    assert files(Path()) == before


@pytest.mark.usefixtures("iris")
def test_a_table_may_come_through_a_pipe() -> None:
    write_table(data.load("iris").X[::30])
    with process("predict", "iris.safetensors", "-", cwd=Path(), stdin=subprocess.PIPE) as piped:
        printed, errors = piped.communicate(Path("table.csv").read_text())
    assert (piped.returncode, errors) == (0, "")
    assert printed.splitlines() == answer("predict", "iris.safetensors", "table.csv")


def test_a_model_that_was_trained_with_missing_values_takes_them(iris: Classifier) -> None:
    Path("table.csv").write_text(f"{HEADER}\n5,3,NA,0.2\n")
    assert "'NA' is not a number (a missing value? only a model" in mistake("predict", "iris.safetensors", "table.csv")
    table = data.load("iris")
    X = table.X.copy()
    X[::9, 2] = np.nan
    filling = Classifier.for_samples(X, table.feature_names, table.class_names, iris.settings)
    filling.fit(X, table.y)
    filling.save("filling.safetensors")
    _, row = csv.reader(answer("predict", "filling.safetensors", "table.csv"))
    mean = np.nanmean(X[:, 2])
    np.testing.assert_allclose([float(cell) for cell in row[1:]], filling.probabilities([[5, 3, mean, 0.2]])[0], 1e-5)


@pytest.mark.usefixtures("iris")
def test_what_is_read_is_not_written_over() -> None:
    write_table(data.load("iris").X[::50])
    before = [Path(name).read_bytes() for name in ("table.csv", "iris.safetensors")]
    for name, what in (("table.csv", "table"), ("iris.safetensors", "model")):
        message = mistake("predict", "iris.safetensors", "table.csv", "-o", name)
        assert message == f"error: {name} is the {what} itself: write to another file"
    assert [Path(name).read_bytes() for name in ("table.csv", "iris.safetensors")] == before


@pytest.mark.usefixtures("iris")
def test_notes_on_the_table_go_to_stderr() -> None:
    Path("table.csv").write_text(f"{HEADER}\n5,3,1,0.2\n".replace(",", ";"))
    status, printed, notes = run("predict", "iris.safetensors", "table.csv")
    assert (status, notes) == (0, "note: table.csv: cells are separated by semicolons\n")
    assert len(printed.splitlines()) == 2


def test_a_name_with_half_a_sign_is_written_with_a_question_mark(iris: Classifier) -> None:
    write_table(data.load("iris").X[:1])
    replace(iris, class_names=("\ud800=1", "@b", "c")).save("half.safetensors")
    printed = answer("predict", "half.safetensors", "table.csv")
    answer("predict", "half.safetensors", "table.csv", "-o", "out.csv")
    assert Path("out.csv").read_text().splitlines() == printed
    assert printed[0] == "class,p(?=1),p(@b),p(c)"


# --- names of classes that are no plain words


@pytest.fixture
def odd(own_folder: Path) -> Classifier:
    """Return a classifier of hostile names, saved as `odd.safetensors`, for whose features there is a `table.csv`."""
    classifier = replace(classifier_of(TEXTS), feature_names=tuple(f"x{k}" for k in range(len(TEXTS))))
    classifier.save("odd.safetensors")
    write_table(np.ones((2, len(TEXTS))), ",".join(classifier.feature_names))
    return classifier


@pytest.mark.usefixtures("odd")
def test_a_pipe_and_a_file_hold_names_as_they_are() -> None:
    printed = run("predict", "odd.safetensors", "table.csv").stdout
    assert printed.startswith(csv_content(["class", *(f"p({name})" for name in TEXTS)], []).decode())
    assert "\x1b[31m" in printed
    answer("predict", "odd.safetensors", "table.csv", "-o", "out.csv")
    assert Path("out.csv").read_bytes() == printed.encode()


@pytest.mark.usefixtures("odd")
def test_a_terminal_gets_nothing_that_it_obeys(own_folder: Path) -> None:
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "micrograd_plus", "predict", "odd.safetensors", "table.csv"]
    with subprocess.Popen(command, cwd=own_folder, stdout=theirs, env=os.environ | {"PYTHONPATH": str(ROOT)}) as shown:
        os.close(theirs)
        printed = rest_of(ours).decode()
    assert shown.returncode == 0
    assert printed.startswith("class,")
    assert all(line.isprintable() for line in printed.replace("\r\n", "\n").split("\n")), ascii(printed)


@pytest.mark.parametrize("name", CELLS)
def test_no_class_is_a_formula(name: str) -> None:
    classifier = Classifier.for_samples([[-1.0], [1.0]], ["x"], [name, f"{name}!"], Settings(hidden=(2,)))
    classifier.save("formula.safetensors")
    write_table(np.linspace(-9.0, 9.0, 4)[:, None], "x")
    answer("predict", "formula.safetensors", "table.csv", "-o", "out.csv")
    with open("out.csv", newline="", encoding="utf-8") as file:
        [_, *rows] = csv.reader(file)
    assert len(rows) == 4
    for cell, *_ in rows:
        assert cell not in classifier.class_names
        assert cell.replace("'", "").rstrip("!") == name.replace("'", "")
