"""`micrograd-plus train`: the folder it leaves behind, the bar it shows, the mistakes it answers, and Ctrl-C."""

import csv
import os
import pty
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from micrograd_plus import data
from micrograd_plus.classifier import Classifier
from micrograd_plus.cli.results import draft_of
from tests.command_line import ROOT, answer, files, heed_interrupts, mistake, run

QUICK = ("--hidden", "4", "--epochs", "3")
RESULTS = ["history.csv", "loss.png", "model.safetensors"]


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def history(folder: str) -> list[dict[str, float]]:
    with Path(folder, "history.csv").open() as file:
        return [{name: float(cell) for name, cell in row.items()} for row in csv.DictReader(file)]


def held_back(name: str, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return the samples that `train` does not train on: a fifth, drawn by the seed."""
    found = data.load(name, rng=seed)
    return data.split(found.X, found.y, 0.2, rng=seed)[1]


def csv_file(*lines: str, name: str = "table.csv") -> str:
    Path(name).write_text("\n".join(lines) + "\n")
    return name


# --- what it does


def test_two_features_give_a_model_a_history_and_two_plots() -> None:
    lines = answer("train", "moons", "--epochs", "30", "--out", "a/b")
    assert lines[0] == "moons (2 features, 2 classes): 160 samples to train on, 40 held back"
    assert files(Path("a/b")) == ["boundary.png", *RESULTS]
    assert all(Path(f"a/b/{name}.png").read_bytes().startswith(b"\x89PNG") for name in ("boundary", "loss"))
    assert [row["epoch"] for row in history("a/b")] == list(range(1, 31))
    assert [line.split()[0] for line in lines[-4:]] == [f"a/b/{n}" for n in (RESULTS[2], *RESULTS[:2], "boundary.png")]


def test_the_printed_accuracy_is_that_of_the_saved_model() -> None:
    lines = answer("train", "moons", "--epochs", "40", "--seed", "3", "--out", "out")
    X, y = held_back("moons", seed=3)
    right = np.mean(Classifier.load("out/model.safetensors").predict(X) == y)
    best = min(history("out"), key=lambda row: row["validation_loss"])
    assert right == best["validation_accuracy"] > 0.9
    assert lines[1:4] == [
        f"best epoch: {best['epoch']:.0f}",
        f"  training:  loss {best['loss']:.3g}, accuracy {best['accuracy']:.1%}",
        f"  held back: loss {best['validation_loss']:.3g}, accuracy {right:.1%}",
    ]


def test_the_folder_is_named_after_the_data_and_four_features_have_no_boundary() -> None:
    assert answer("train", "iris", *QUICK)[0] == "iris (4 features, 3 classes): 120 samples to train on, 30 held back"
    assert files(Path("runs")) == [f"iris/{name}" for name in RESULTS]


def test_a_csv_file_with_words_as_labels() -> None:
    rows = [f"{'left' if k < 20 else 'right'},{k - 20},{k % 7}" for k in range(40)]
    table = csv_file("side,position,noise", *rows)
    answer("train", table, "--target", "side", "--hidden", "", "--epochs", "60", "--out", "out")
    classifier = Classifier.load("out/model.safetensors")
    assert (classifier.feature_names, classifier.class_names) == (("position", "noise"), ("left", "right"))
    assert classifier.predict([[-20.0, 3.0], [20.0, 3.0]]).tolist() == [0, 1]


def test_scalar_and_numpy_backend_train_alike() -> None:
    for backend in ("scalar", "numpy"):
        answer("train", "xor", *QUICK, "--backend", backend, "--out", backend)
    for row, twin in zip(history("scalar"), history("numpy"), strict=True):
        assert row == pytest.approx(twin, rel=1e-9)


def test_the_same_seed_gives_the_same_bytes() -> None:
    for folder in ("a", "b"):
        answer("train", "blobs", *QUICK, "--seed", "5", "--out", folder)
    for name in files(Path("a")):
        assert Path("a", name).read_bytes() == Path("b", name).read_bytes(), name


def test_every_option_reaches_the_settings() -> None:
    options = {"activation": "tanh", "loss": "hinge", "optimizer": "sgd", "backend": "scalar"}
    numbers = {"lr": 0.5, "batch_size": 50, "epochs": 2, "seed": 4}
    given = [part for name, value in (options | numbers).items() for part in (f"--{name.replace('_', '-')}", value)]
    answer("train", "circles", "--hidden", "3,2", *given, "--out", "out")
    settings = Classifier.load("out/model.safetensors").settings
    assert settings.hidden == (3, 2)
    assert {name: getattr(settings, name) for name in options | numbers} == options | numbers


# --- mistakes


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["moonz"], "did you mean 'moons'?"),
        (["nothing.csv"], "nothing.csv: No such file or directory"),
        (["moons", "--target", "x1"], "moons has its classes already"),
        (["moons", "--activation", "rleu"], "unknown activation 'rleu'"),
        (["moons", "--activation", "rleu"], "did you mean 'relu'"),
        (["moons", "--loss", "hing"], "unknown loss 'hing': want hinge, bce, cross-entropy; did you mean 'hinge'?"),
        (["moons", "--optimizer", "adm"], "unknown optimizer 'adm': want sgd, adam; did you mean 'adam'?"),
        (["moons", "--backend", "nunpy"], "unknown backend 'nunpy': want scalar, numpy; did you mean 'numpy'?"),
        (["iris", "--loss", "hinge"], "the loss hinge is for 2 classes, the data have 3"),
        (["moons", "--epochs", "-1"], "epochs is at least 1, not -1"),
        (["moons", "--epochs", "many"], "Invalid value for '--epochs': 'many' is not a valid integer"),
        (["moons", "--lr", "nan"], "not nan"),
        (["moons", "--lr", "-1"], "not -1.0"),
        (["moons", "--batch-size", "0"], "batch_size is at least 1, not 0"),
        (["moons", "--seed", "-1"], "seed is at least 0, not -1"),
        (["moons", "--hidden", "16,x"], "Invalid value for '--hidden': '16,x' is no list of sizes such as 16,16"),
        (["moons", "--hidden", "16,0"], "a hidden layer's number of neurons is at least 1, not 0"),
        (["moons", "--hidden", "10000000,10000000"], "Unable to allocate"),
        ([], "Missing argument 'DATA'"),
    ],
)
def test_mistakes(arguments: list[str], line: str) -> None:
    assert line in mistake("train", *arguments)
    assert files(Path()) == []


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        ([], "table.csv: the file is empty"),
        (["a,b,c"], "table.csv: a header and no rows below it"),
        (["a,b,c", "1,2,x", "3,4,x"], "table.csv, column 'c': one class only ('x'); at least two are wanted"),
        (["a,b,c", "1,2,x", "3,nan,y"], "table.csv, line 3, column 'b': 'nan' is not a finite number"),
        (["a,b,c", "1,two,x", "3,4,y"], "table.csv, line 2, column 'b': 'two' is not a number"),
        (["a,b,c", "1,2,x", "3,y"], "table.csv, line 3: 2 cells where the header has 3"),
        (["a,b,c", "1,2,x", "3,4,y"], "no class has two samples, so none can be held back"),
    ],
)
def test_mistakes_in_tables(lines: list[str], problem: str) -> None:
    Path("table.csv").write_text("".join(f"{line}\n" for line in lines))
    assert mistake("train", "table.csv") == f"error: {problem}"
    assert files(Path()) == ["table.csv"]


def test_an_unknown_column_is_answered_with_close_ones() -> None:
    table = csv_file("width,species", "1,a", "2,b")
    assert mistake("train", table, "--target", "specie") == (
        "error: table.csv: no column 'specie'; did you mean 'species'?"
    )


def test_a_folder_that_cannot_be_is_said_before_training() -> None:
    Path("file").write_text("kept")
    assert mistake("train", "moons", "--out", "file/out") == "error: file/out: Not a directory"
    assert "'file' is a file" in mistake("train", "moons", "--out", "file")
    assert files(Path()) == ["file"]


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="nothing stops root from writing")
def test_a_folder_that_may_not_be_written_to_is_said_before_training() -> None:
    Path("locked").mkdir(mode=0o500)
    assert "Permission denied" in mistake("train", "moons", "--out", "locked")


def test_training_that_diverges_is_one_line_and_leaves_nothing() -> None:
    result = run("train", "moons", "--lr", "1e300", "--out", "a/b")
    assert result.status == 2
    assert result.stderr == "error: the loss became nan in epoch 1: try a learning rate below 1e+300\n"
    assert list(Path().iterdir()) == []


def test_a_run_that_fails_leaves_the_folder_as_it_was() -> None:
    Path("out").mkdir()
    Path("out/model.safetensors").write_text("old")
    with suppress(ZeroDivisionError), draft_of(Path("out")) as draft:
        (draft / "model.safetensors").write_text("new")
        1 / 0  # noqa: B018 - whatever may go wrong
    assert files(Path()) == ["out/model.safetensors"]
    assert Path("out/model.safetensors").read_text() == "old"


# --- in a terminal


@pytest.mark.skipif(os.name != "posix", reason="terminals and signals are POSIX's")
def test_ctrl_c_keeps_the_best_weights_so_far() -> None:
    command = [sys.executable, "-m", "micrograd_plus", "train", "moons", "--epochs", "1000000", "--out", "out"]
    terminal, end = pty.openpty()
    environment = os.environ | {"PYTHONPATH": str(ROOT), "TERM": "xterm", "COLUMNS": "100"}
    with subprocess.Popen(
        command, env=environment, text=True, stdout=subprocess.PIPE, stderr=end, preexec_fn=heed_interrupts
    ) as training:
        os.close(end)
        shown = b""
        while b"right" not in shown:  # the bar says how many are, once an epoch has ended
            shown += os.read(terminal, 1000)
        training.send_signal(signal.SIGINT)
        shown += rest_of(terminal)
        printed = training.communicate(timeout=30)[0]
    assert training.returncode == 130
    rows = history("out")
    assert f"interrupted after epoch {len(rows)}: the best weights so far are kept" in shown.decode()
    assert "1000000" in shown.decode()
    assert "out/model.safetensors" in printed
    X, y = held_back("moons")
    right = np.mean(Classifier.load("out/model.safetensors").predict(X) == y)
    assert right == min(rows, key=lambda row: row["validation_loss"])["validation_accuracy"]


def rest_of(terminal: int) -> bytes:
    """Return what is written to a terminal until the last program that holds it has ended."""
    parts = []
    try:
        while part := os.read(terminal, 1000):
            parts.append(part)
    except OSError:  # how Linux says that there is no more
        pass
    os.close(terminal)
    return b"".join(parts)
