"""`micrograd-plus sweep`: the files it leaves, how it goes on, the mistakes it answers, Ctrl-C and SIGKILL."""

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest
from joblib.externals.loky import reusable_executor

from micrograd_plus.classifier import Classifier
from tests.command_line import answer, files, mistake, run

QUICK = ("--epochs", "3", "--hidden", "4", "--batch-size", "32", "--jobs", "1", "--out", "out")
RESULTS = ["best.safetensors", "heatmap.png", "runs.jsonl", "sweep.csv"]


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="module", autouse=True)
def _no_processes_are_left() -> Iterator[None]:
    yield
    if reusable_executor._executor is not None:
        reusable_executor._executor.shutdown(wait=True, kill_workers=True)


def rows(folder: str = "out") -> list[dict[str, str]]:
    with Path(folder, "sweep.csv").open() as file:
        return list(csv.DictReader(file))


def test_a_sweep_leaves_a_row_for_each_run_a_heat_map_and_the_best_model() -> None:
    lines = answer("sweep", "moons", *QUICK, "--lr", "0.01,0.1", "--seeds", "2")
    assert lines[0] == "moons (2 features, 2 classes): 4 runs"
    assert lines[1].split() == ["lr", "accuracy", "spread", "loss", "seconds", "runs"]
    assert files(Path("out")) == RESULTS
    found = rows()
    assert {(row["lr"], row["seed"]) for row in found} == {(lr, seed) for lr in ("0.01", "0.1") for seed in "01"}
    best = max(found, key=lambda row: (float(row["validation_accuracy"]), -float(row["validation_loss"])))
    settings = Classifier.load("out/best.safetensors").settings
    assert (settings.lr, settings.seed) == (float(best["lr"]), int(best["seed"]))
    assert Path("out/heatmap.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(("source", "seed"), [("moons", "1"), ("iris", "0")])
def test_a_run_is_what_train_does(source: str, seed: str) -> None:
    answer("sweep", source, *QUICK, "--lr", "0.05", "--activation", "tanh", "--seeds", "2")
    same = ("--epochs", "3", "--hidden", "4", "--batch-size", "32", "--lr", "0.05", "--activation", "tanh")
    answer("train", source, *same, "--seed", seed, "--out", "one", "--no-report")
    with Path("one/history.csv").open() as file:
        best = min(csv.DictReader(file), key=lambda row: float(row["validation_loss"]))
    (of_sweep,) = (row for row in rows() if row["seed"] == seed)
    assert of_sweep["epoch"] == best["epoch"]
    for measure in ("validation_loss", "validation_accuracy"):
        assert of_sweep[measure] == best[measure]
    for measure in ("loss", "accuracy"):
        assert of_sweep[f"training_{measure}"] == best[measure]


def test_the_same_command_does_nothing_again_and_more_values_add_their_runs() -> None:
    answer("sweep", "moons", *QUICK, "--lr", "0.01,0.1", "--seeds", "1")
    before = Path("out/runs.jsonl").read_bytes()
    again = answer("sweep", "moons", *QUICK, "--lr", "0.01,0.1", "--seeds", "1")
    assert again[0] == "moons (2 features, 2 classes): 2 runs, 2 of them done before"
    assert Path("out/runs.jsonl").read_bytes() == before
    more = answer("sweep", "moons", *QUICK, "--lr", "0.1,0.2", "--seeds", "2")
    assert more[0].endswith("4 runs, 1 of them done before")
    assert Path("out/runs.jsonl").read_bytes().startswith(before)
    assert len(rows()) == 5


def test_other_data_or_settings_are_refused_unless_the_sweep_begins_anew() -> None:
    answer("sweep", "moons", *QUICK, "--lr", "0.1", "--seeds", "1")
    assert "holds a sweep of other data" in mistake("sweep", "xor", *QUICK, "--lr", "0.1", "--seeds", "1")
    line = mistake("sweep", "moons", *QUICK, "--lr", "0.1", "--seeds", "1", "--activation", "tanh")
    assert line.startswith("error: out holds a sweep with activation relu, not tanh: choose another folder with --out")
    answer("sweep", "xor", *QUICK, "--lr", "0.2", "--seeds", "1", "--restart")
    assert [row["lr"] for row in rows()] == ["0.2"]


def test_any_setting_of_train_takes_a_list() -> None:
    answer("sweep", "moons", *QUICK, "--lr", "0.1", "--seeds", "1", "--optimizer", "sgd, adam", "--hidden", ";4;3,2")
    assert {(row["optimizer"], row["hidden"]) for row in rows()} == {
        (optimizer, hidden) for optimizer in ("sgd", "adam") for hidden in ("", "4", "3,2")
    }


def test_a_rate_that_diverges_is_a_row() -> None:
    lines = answer("sweep", "moons", *QUICK, "--lr", "0.1,1e300", "--seeds", "2")
    assert lines[3].startswith("1e+300")
    assert lines[3].endswith("2, 2 lost")
    assert [row["outcome"] for row in rows()] == ["trained", "trained", "diverged", "diverged"]


def test_a_sweep_in_which_nothing_is_trained_is_said_in_one_line() -> None:
    result = run("sweep", "moons", *QUICK, "--lr", "1e300", "--seeds", "1")
    assert result.status == 2
    assert result.stderr.startswith("error: every run diverged or failed: the loss became nan in epoch 1")


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["moonz"], "did you mean 'moons'?"),
        (["moons", "--lr", "0.1,fast"], "Invalid value for '--lr': 'fast' is not a valid float"),
        (["moons", "--lr", "0.1,-1"], "lr is a number above 0, not -1.0"),
        (["moons", "--hidden", "8;x"], "'x' is no list of sizes such as 16,16"),
        (["moons", "--optimizer", "adam,sdg"], "unknown optimizer 'sdg'"),
        (["iris", "--loss", "hinge"], "the loss hinge is for 2 classes"),
        (["moons", "--seeds", "0"], "Invalid value for '--seeds'"),
        (["moons", "--seed", "0"], "No such option '--seed'"),
        (["moons", "--out", "file/out"], "file/out/runs.jsonl: Not a directory"),
    ],
)
def test_mistakes(arguments: list[str], line: str) -> None:
    Path("file").write_text("kept")
    assert line in mistake("sweep", *arguments)
    assert files(Path()) == ["file"]
