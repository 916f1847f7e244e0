"""`micrograd-plus train`: the folder it leaves behind, the bar it shows, the mistakes it answers, and Ctrl-C."""

import io
import os
import pty
import re
import shutil
import signal
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any, NamedTuple

import click
import numpy as np
import pytest

from micrograd_plus import checkpoint, data
from micrograd_plus.classifier import Classifier
from micrograd_plus.cli.results import Picture
from micrograd_plus.cli.run import run as run_training
from micrograd_plus.settings import Settings
from micrograd_plus.viz.report import Report
from tests.command_line import ROOT, Result, answer, files, mistake, process, rest_of, rows_of, run
from tests.waiting import LONGEST

pytestmark = pytest.mark.usefixtures("own_folder")

QUICK = ("--hidden", "4", "--epochs", "3")
RESULTS = ["history.csv", "loss.png", "model.safetensors", "report.html", "training.html", "training.safetensors"]


def history(folder: str) -> list[dict[str, float]]:
    return [{name: float(cell) for name, cell in row.items()} for row in rows_of(Path(folder, "history.csv"))]


def validation_of(name: str, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return the samples that `train` does not train on: a fifth, drawn by the seed."""
    found = data.load(name, rng=seed)
    return data.split(found.X, found.y, 0.2, rng=seed)[1]


def csv_file(*lines: str, name: str = "table.csv") -> str:
    Path(name).write_text("\n".join(lines) + "\n")
    return name


class Finished(NamedTuple):
    """A training of which everything is drawn: what it printed, and the folder it ran in."""

    lines: list[str]
    folder: Path


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Finished:
    folder = tmp_path_factory.mktemp("finished")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        return Finished(answer("train", "moons", "--epochs", "30", "--out", "a/b"), folder)


# --- what it does


def test_two_features_give_a_model_a_history_and_two_plots(finished: Finished, monkeypatch: pytest.MonkeyPatch) -> None:
    lines, folder = finished
    monkeypatch.chdir(folder)
    assert lines[0] == "moons (2 features, 2 classes): 160 training samples, 40 validation samples"
    assert files(Path("a/b")) == ["boundary.png", *RESULTS]
    assert all(Path(f"a/b/{name}.png").read_bytes().startswith(b"\x89PNG") for name in ("boundary", "loss"))
    assert [row["epoch"] for row in history("a/b")] == list(range(1, 31))
    written = ["model.safetensors", "history.csv", "training.safetensors"]
    written += ["loss.png", "boundary.png", "report.html", "training.html"]
    assert [line.split()[0] for line in lines[-7:]] == [f"a/b/{name}" for name in written]
    for name in ("report", "training"):
        assert "<h1>moons (2 features, 2 classes)</h1>" in Path(f"a/b/{name}.html").read_text()


def test_the_printed_accuracy_is_that_of_the_saved_model() -> None:
    lines = answer("train", "moons", "--epochs", "40", "--seed", "3", "--no-report", "--out", "out")
    X, y = validation_of("moons", seed=3)
    right = np.mean(Classifier.load("out/model.safetensors").predict(X) == y)
    best = min(history("out"), key=lambda row: row["validation_loss"])
    assert right == best["validation_accuracy"] > 0.9
    assert lines[1:4] == [
        f"best epoch: {best['epoch']:.0f}",
        f"  training:   loss {best['loss']:.3g}, accuracy {best['accuracy']:.1%}",
        f"  validation: loss {best['validation_loss']:.3g}, accuracy {right:.1%}",
    ]


def test_the_folder_is_named_after_the_data_and_four_features_have_no_boundary() -> None:
    first = answer("train", "iris", *QUICK)[0]
    assert first == "iris (4 features, 3 classes): 120 training samples, 30 validation samples"
    assert files(Path("runs")) == [f"iris/{name}" for name in RESULTS]


def test_a_report_is_written_unless_it_is_not_wanted() -> None:
    answer("train", "iris", *QUICK, "--no-report")
    assert files(Path("runs/iris")) == [name for name in RESULTS if not name.endswith(".html")]


@pytest.mark.parametrize("name", ["..csv", "...csv", "....csv"])
def test_results_of_a_table_of_any_name_stay_in_the_folder_of_runs(name: str) -> None:
    csv_file("a,b,y", "1,2,u", "2,1,v", "3,4,u", "4,3,v", name=name)
    Path("history.csv").write_text("precious")
    answer("train", name, *QUICK, "--no-report")
    assert sorted(os.listdir()) == sorted([name, "history.csv", "runs"])
    assert Path("history.csv").read_text() == "precious"


def test_a_csv_file_with_words_as_labels() -> None:
    rows = [f"{'left' if k < 20 else 'right'},{k - 20},{k % 7}" for k in range(40)]
    table = csv_file("side,position,noise", *rows)
    answer("train", table, "--target", "side", "--hidden", "", "--epochs", "60", "--no-report", "--out", "out")
    classifier = Classifier.load("out/model.safetensors")
    assert (classifier.feature_names, classifier.class_names) == (("position", "noise"), ("left", "right"))
    assert classifier.predict([[-20.0, 3.0], [20.0, 3.0]]).tolist() == [0, 1]


@pytest.mark.slow
@pytest.mark.parametrize("other", ["scalar", "compiled"])
def test_all_backends_train_alike(other: str) -> None:
    for backend in (other, "numpy"):
        answer("train", "xor", *QUICK, "--no-report", "--backend", backend, "--out", backend)
    for row, twin in zip(history(other), history("numpy"), strict=True):
        assert row == pytest.approx(twin, rel=1e-9)


@pytest.mark.slow
def test_the_same_seed_gives_the_same_bytes() -> None:
    for folder in ("a", "b"):
        answer("train", "blobs", *QUICK, "--seed", "5", "--out", folder)
    for name in files(Path("a")):
        assert Path("a", name).read_bytes() == Path("b", name).read_bytes(), name


def test_every_option_reaches_the_settings() -> None:
    options = {"activation": "tanh", "loss": "hinge", "optimizer": "sgd", "backend": "scalar"}
    numbers = {"lr": 0.5, "batch_size": 50, "epochs": 2, "seed": 4}
    given = [part for name, value in (options | numbers).items() for part in (f"--{name.replace('_', '-')}", value)]
    answer("train", "circles", "--hidden", "3,2", *given, "--no-report", "--out", "out")
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
        (["moons", "--optimizer", "agrad"], "did you mean 'adagrad'"),
        (
            ["moons", "--backend", "nunpy"],
            "unknown backend 'nunpy': want scalar, numpy, compiled; did you mean 'numpy'?",
        ),
        (["iris", "--loss", "hinge"], "the loss hinge is for 2 classes, the data have 3"),
        (["moons", "--epochs", "-1"], "epochs is at least 1, not -1"),
        (["moons", "--epochs", "many"], "Invalid value for '--epochs': 'many' is not a valid integer"),
        (["moons", "--lr", "nan"], "not nan"),
        (["moons", "--lr", "-1"], "not -1.0"),
        (["moons", "--batch-size", "0"], "batch_size is at least 1, not 0"),
        (["moons", "--seed", "-1"], "seed is at least 0, not -1"),
        (["moons", "--hidden", "16,x"], "Invalid value for '--hidden': '16,x' is no list of sizes such as 16,16"),
        (["moons", "--hidden", "16,0"], "a hidden layer's number of neurons is at least 1, not 0"),
        (
            ["moons", "--hidden", "2000,1000"],
            "layers of 2, 2000, 1000, 1 make 2,008,001 weights, and at most 2,000,000",
        ),
        (
            ["moons", "--hidden", "9" * 20],
            f"layers of 2, {'9' * 20}, 1 make 399,999,999,999,999,999,997 weights",
        ),
        (["moons", "--hidden", ",".join("1" * 101)], "101 hidden layers came, and at most 100 are trained"),
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
        (["a,b,c", "1,2,x", "3,inf,y"], "table.csv, line 3, column 'b': 'inf' is not a finite number"),
        (["a,b,c", "1,two,x", "3,4,y"], "table.csv, line 2, column 'b': 'two' is not a number"),
        (["a,b,c", "1,2,x", "3,y"], "table.csv, line 3: 2 cells where the header has 3"),
        (["a,b,c", "1,2,x", "3,4,y"], "no class has two samples, so none can be kept for validation"),
    ],
)
def test_mistakes_in_tables(lines: list[str], problem: str) -> None:
    Path("table.csv").write_text("".join(f"{line}\n" for line in lines))
    assert mistake("train", "table.csv") == f"error: {problem}"
    assert files(Path()) == ["table.csv"]


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("history.csv", ["out/history.csv"]),
        ("repeats.csv", ["out/../out/repeats.csv", "--repeat", "2"]),
        ("history.csv", ["moons", "--validation", "out/history.csv"]),
    ],
)
def test_no_table_that_is_read_is_written_over(name: str, arguments: list[str]) -> None:
    Path("out").mkdir()
    Path("out", name).write_text("x1,x2,class\n1,2,0\n2,1,1\n" + "3,4,0\n4,3,1\n" * 5)
    content = Path("out", name).read_bytes()
    assert f"{Path('out', name)} is the table itself: write to another file" in mistake(
        "train", *arguments, "--out", "out"
    )
    assert Path("out", name).read_bytes() == content
    assert files(Path("out")) == [name]


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


@pytest.mark.parametrize("name", ["model.safetensors", "report.html"])
def test_a_folder_in_the_place_of_a_file_is_said_before_training(name: str) -> None:
    Path("out", name).mkdir(parents=True)
    assert mistake("train", "moons", "--out", "out") == f"error: out/{name}: Is a directory"
    assert files(Path()) == []


def test_training_that_diverges_is_one_line_and_leaves_nothing() -> None:
    result = run("train", "moons", "--lr", "1e300", "--out", "a/b")
    assert result.status == 2
    assert result.stderr == "error: the loss became nan in epoch 1: try a learning rate below 1e+300\n"
    assert list(Path().iterdir()) == []


@pytest.mark.parametrize("backend", ["numpy", "compiled"])
def test_training_that_diverges_later_keeps_the_best_weights(backend: str, finished: Finished) -> None:
    shutil.copytree(finished.folder / "a/b", "out")
    settings = ("--optimizer", "sgd", "--lr", "300", "--l2", "1", "--backend", backend)
    result = run("train", "moons", *settings, "--out", "out")
    assert result.status == 2
    assert result.stderr == (
        "error: the loss became inf in epoch 2: try a learning rate below 300; "
        "out/model.safetensors has the weights of epoch 1\n"
    )
    assert files(Path("out")) == ["history.csv", "model.safetensors"]  # nothing that belongs to the earlier model
    assert [row["epoch"] for row in history("out")] == [1.0]
    answer("train", "moons", *settings, "--epochs", "1", "--no-report", "--out", "one")
    arrays, best = (checkpoint.load(f"{folder}/model.safetensors")[0] for folder in ("out", "one"))
    for name in best:
        np.testing.assert_array_equal(arrays[name], best[name])


def test_training_that_diverges_leaves_the_folder_of_an_earlier_run() -> None:
    answer("train", "moons", *QUICK, "--no-report", "--out", "out")
    before = {name: Path("out", name).read_bytes() for name in files(Path("out"))}
    assert run("train", "moons", "--lr", "1e300", "--out", "out").status == 2
    assert {name: Path("out", name).read_bytes() for name in files(Path("out"))} == before


# --- Ctrl-C, wherever it comes


def press_ctrl_c(report: Report) -> bytes:
    signal.raise_signal(signal.SIGINT)
    return b"not reached"


def run_with(pictures: list[Picture], kind: type[Classifier] = Classifier, **settings: Any) -> Result:
    """Train on moons in this process, with pictures of our own."""
    training, validation = data.moons(40, rng=0), data.moons(40, rng=1)
    chosen = Settings(**{"hidden": (4,), "epochs": 3, **settings})
    classifier = kind.for_samples(training[0], ("x1", "x2"), ("upper", "lower"), chosen)
    with redirect_stdout(io.StringIO()) as printed, redirect_stderr(io.StringIO()) as errors:
        try:
            run_training("moons", Path("out"), classifier, training, validation, pictures)
            status = 0
        except click.exceptions.Exit as ending:
            status = ending.exit_code
    return Result(status, printed.getvalue(), errors.getvalue())


def test_ctrl_c_while_pictures_are_drawn_drops_those_alone() -> None:
    Path("out").mkdir()
    Path("out/c").write_text("of an earlier run")
    Path("out/theirs").write_text("kept")
    result = run_with([Picture("a", "A", lambda report: b"drawn"), *(Picture(x, x, press_ctrl_c) for x in "bc")])
    assert result.status == 130
    assert result.stderr == "interrupted: the model and its history are kept, not drawn: b, c\n"
    assert files(Path("out")) == ["a", "history.csv", "model.safetensors", "theirs"]
    assert [line.split()[0] for line in result.stdout.splitlines()[-3:]] == [
        "out/model.safetensors",
        "out/history.csv",
        "out/a",
    ]
    Classifier.load("out/model.safetensors")
    assert len(history("out")) == 3


def test_ctrl_c_while_the_model_is_written_leaves_it_whole() -> None:
    class Pressed(Classifier):
        def content(self) -> bytes:
            signal.raise_signal(signal.SIGINT)
            return super().content()

    result = run_with([Picture("a", "A", lambda report: b"drawn")], Pressed)
    assert result.status == 130
    assert result.stderr == "interrupted: the model and its history are kept, not drawn: a\n"
    assert files(Path("out")) == ["history.csv", "model.safetensors"]
    Classifier.load("out/model.safetensors")


def test_ctrl_c_pressed_twice_ends_the_training_and_keeps_it() -> None:
    class Pressed(Classifier):
        def fit(self, *samples: Any, **options: Any) -> Any:
            pressed = {"on_epoch": lambda _: signal.raise_signal(signal.SIGINT)}
            history = super().fit(*samples, **(options | pressed))
            signal.raise_signal(signal.SIGINT)
            return history

    result = run_with([Picture("a", "A", lambda report: b"drawn")], Pressed)
    assert result.status == 130
    assert result.stderr.splitlines() == [
        "interrupted after epoch 1: the best weights so far are kept",
        "interrupted: the model and its history are kept, not drawn: a",
    ]
    assert files(Path("out")) == ["history.csv", "model.safetensors"]
    assert len(history("out")) == 1


def test_ctrl_c_before_the_first_epoch_has_ended_leaves_nothing() -> None:
    class Pressed(Classifier):
        def fit(self, *samples: Any, **options: Any) -> Any:
            self.model.layers = (lambda x: signal.raise_signal(signal.SIGINT), *self.model.layers)
            return super().fit(*samples, **options)

    with pytest.raises(click.Abort):
        run_with([], Pressed)
    assert list(Path().iterdir()) == []


def test_ctrl_c_is_pythons_own_again_after_the_run() -> None:
    before = signal.getsignal(signal.SIGINT)
    run_with([])
    assert signal.getsignal(signal.SIGINT) is before


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="signals are POSIX's")
def test_a_second_ctrl_c_in_the_middle_of_drawing_keeps_the_run() -> None:
    with process("train", "moons", *QUICK, "--out", "out", cwd=Path()) as training:
        assert training.stdout
        next(line for line in training.stdout if "validation: " in line)
        training.send_signal(signal.SIGINT)
        printed, errors = training.communicate(timeout=LONGEST)
    assert training.returncode == 130
    assert re.fullmatch(r"interrupted: the model and its history are kept, not drawn: .*training\.html\n", errors)
    there = files(Path("out"))
    assert {"history.csv", "model.safetensors"} <= set(there)
    assert sorted(re.findall(r"out/(\S+)", printed)) == there
    assert len(history("out")) == 3


# --- in a terminal


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="terminals and signals are POSIX's")
def test_ctrl_c_keeps_the_best_weights_so_far() -> None:
    command = [sys.executable, "-m", "micrograd_plus", "train", "moons", "--epochs", "1000000", "--out", "out"]
    terminal, end = pty.openpty()
    environment = os.environ | {"PYTHONPATH": str(ROOT), "TERM": "xterm", "COLUMNS": "100"}
    with subprocess.Popen(command, env=environment, text=True, stdout=subprocess.PIPE, stderr=end) as training:
        os.close(end)
        shown = b""
        while b"right" not in shown:  # the bar says how many are, once an epoch has ended
            shown += os.read(terminal, 1000)
        training.send_signal(signal.SIGINT)
        shown += rest_of(terminal)
        printed = training.communicate(timeout=LONGEST)[0]
    assert training.returncode == 130
    rows = history("out")
    assert f"interrupted after epoch {len(rows)}: the best weights so far are kept" in shown.decode()
    assert "1000000" in shown.decode()
    assert "out/model.safetensors" in printed
    X, y = validation_of("moons")
    right = np.mean(Classifier.load("out/model.safetensors").predict(X) == y)
    assert right == min(rows, key=lambda row: row["validation_loss"])["validation_accuracy"]
