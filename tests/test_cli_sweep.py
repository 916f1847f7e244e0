"""`micrograd-plus sweep`: the files it leaves, how it goes on, the mistakes it answers, Ctrl-C and SIGKILL."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from click import NoSuchOption
from joblib.externals.loky import reusable_executor

from micrograd_plus.classifier import Classifier
from micrograd_plus.viz.lab import heat_map
from tests.command_line import ROOT, answer, files, mistake, rows_of, run
from tests.waiting import LONGEST, wait_until

pytestmark = pytest.mark.usefixtures("own_folder")

QUICK = ("--epochs", "3", "--hidden", "4", "--batch-size", "32", "--jobs", "1", "--out", "out")
RESULTS = ["best.safetensors", "heatmap.png", "report.html", "runs.jsonl", "sweep.csv"]


@pytest.fixture(scope="module", autouse=True)
def _no_processes_are_left() -> Iterator[None]:
    yield
    if reusable_executor._executor is not None:
        reusable_executor._executor.shutdown(wait=True, kill_workers=True)


def rows(folder: str = "out") -> list[dict[str, str]]:
    return rows_of(Path(folder, "sweep.csv"))


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


@pytest.mark.parametrize(("source", "seed"), [("moons", "1"), pytest.param("iris", "0", marks=pytest.mark.slow)])
def test_a_run_is_what_train_does(source: str, seed: str) -> None:
    answer("sweep", source, *QUICK, "--lr", "0.05", "--activation", "tanh", "--seeds", "2")
    same = ("--epochs", "3", "--hidden", "4", "--batch-size", "32", "--lr", "0.05", "--activation", "tanh")
    answer("train", source, *same, "--seed", seed, "--out", "one", "--no-report")
    best = min(rows_of("one/history.csv"), key=lambda row: float(row["validation_loss"]))
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
    assert answer("sweep", "moons", *QUICK, "--lr", "0.1", "--seeds", "1")[0].endswith(": 1 run")
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


def test_settings_with_commas_in_them_are_listed_between_semicolons() -> None:
    lists = ("--class-weights", "balanced;0=2,1=0.5", "--schedule", "cosine;step:step_size=2,gamma=0.5")
    answer("sweep", "moons", *QUICK, "--lr", "0.1", "--seeds", "1", *lists)
    assert {(row["class_weights"], row["schedule"]) for row in rows()} == {
        (weights, schedule)
        for weights in ("balanced", "0=2,1=0.5")
        for schedule in ("cosine", "step:step_size=2,gamma=0.5")
    }
    again = answer("sweep", "moons", *QUICK, "--lr", "0.1", "--seeds", "1", *lists)
    assert again[0].endswith("4 runs, 4 of them done before")


def test_a_rate_that_diverges_is_a_row() -> None:
    lines = answer("sweep", "moons", *QUICK, "--lr", "0.1,1e300", "--seeds", "2")
    assert lines[3].startswith("1e+300")
    assert lines[3].endswith("2, 2 lost")
    assert [row["outcome"] for row in rows()] == ["trained", "trained", "diverged", "diverged"]


def test_a_sweep_in_which_nothing_is_trained_is_said_in_one_line() -> None:
    result = run("sweep", "moons", *QUICK, "--lr", "1e300", "--seeds", "1")
    assert result.status == 2
    assert result.stderr == "error: no run came to its end: see the column error of sweep.csv\n"
    assert ["the loss became nan in epoch 1" in row["error"] for row in rows()] == [True]


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["moonz"], "did you mean 'moons'?"),
        (["moons", "--lr", "0.1,fast"], "Invalid value for '--lr': 'fast' is not a valid float"),
        (["moons", "--lr", "0.1,-1"], "lr is a finite number above 0, not -1.0"),
        (["moons", "--hidden", "8;x"], "'x' is no list of sizes such as 16,16"),
        (["moons", "--optimizer", "adam,sdg"], "unknown optimizer 'sdg'"),
        (["iris", "--loss", "hinge"], "the loss hinge is for 2 classes"),
        (["moons", "--class-weights", "balanced;q=1"], "a weight for an unknown class 'q'; the classes are 0, 1"),
        (["moons", "--seeds", "0"], "Invalid value for '--seeds'"),
        (["moons", "--seeds", "1" + "0" * 20], "Invalid value for '--seeds'"),
        (["moons", "--seeds", "10000"], "a grid has at most 10,000 combinations, not 160,000"),
        (["moons", "--seed", "0"], NoSuchOption("--seed").format_message().rstrip(".")),
        (["moons", "--out", "file/out"], "file/out: Not a directory"),
    ],
)
def test_mistakes(arguments: list[str], line: str) -> None:
    Path("file").write_text("kept")
    assert line in mistake("sweep", *arguments)
    assert files(Path()) == ["file"]


def test_the_table_that_is_read_is_not_written_over() -> None:
    Path("out").mkdir()
    Path("out", "sweep.csv").write_text("x,class\n" + "1,a\n2,b\n" * 5)
    line = mistake("sweep", "out/sweep.csv", "--out", "out", "--restart")
    assert line == f"error: {Path('out', 'sweep.csv')} is the table itself: write to another file"
    assert files(Path("out")) == ["sweep.csv"]


def test_nothing_is_drawn_with_before_the_processes_work() -> None:
    code = "import sys, micrograd_plus.cli.sweep; print(*{'matplotlib', 'distributed'} & set(sys.modules))"
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    assert subprocess.check_output([sys.executable, "-c", code], env=environment, text=True) == "\n"


def test_ctrl_c_while_pictures_are_drawn_drops_them_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    assert answer("sweep", "moons", *QUICK, "--lr", "0.1", "--seeds", "1")[0].endswith(": 1 run")
    monkeypatch.setattr(heat_map, "heat_map", lambda rows: signal.raise_signal(signal.SIGINT))
    result = run("sweep", "moons", *QUICK, "--lr", "0.1", "--seeds", "2")
    assert result.status == 130
    assert result.stderr == ("interrupted: the runs and the best model are kept, not drawn: heatmap.png, report.html\n")
    assert files(Path("out")) == ["best.safetensors", "runs.jsonl", "sweep.csv"]
    assert len(rows()) == 2


# --- cut short

# A sweep that is cut short as soon as it has kept so many runs: no clock says when, and no other process.
CUT_SHORT = """
import os, signal, sys, threading
from micrograd_plus.cli import main
from micrograd_plus.lab.sweep_folder import SweepFolder

count, how = int(sys.argv.pop(1)), sys.argv.pop(1)
add = SweepFolder.add

def cut_short(self, trained):
    add(self, trained)
    if len(self.runs) != count:
        return
    if how == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    # As a terminal does: the processes that train get it too; from a thread, so that it comes in the next run.
    threading.Thread(target=os.killpg, args=(os.getpgrp(), signal.SIGINT)).start()

SweepFolder.add = cut_short
main(prog_name="micrograd-plus")
"""
LONG = ("moons", "--lr", "0.01,0.1", "--batch-size", "16", "--hidden", "8", "--seeds", "6", "--out", "out")


@contextmanager
def started(how: str, count: int, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Give a sweep in a process group of its own, as a terminal makes one; nothing of it is left after the block."""
    command = [sys.executable, "-c", CUT_SHORT, str(count), how, "sweep", *arguments]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, env=environment, text=True, start_new_session=True, **pipes) as sweep:
        try:
            yield sweep
        finally:
            with suppress(ProcessLookupError):
                os.killpg(sweep.pid, signal.SIGKILL)


def is_gone(group: int) -> bool:
    """Tell whether all processes of a group have ended."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return True
    return False


def measured(folder: str) -> list[dict[str, str]]:
    """Return the rows of a sweep without what differs from time to time."""
    return sorted(({**row, "seconds": ""} for row in rows(folder)), key=lambda row: (row["lr"], row["seed"]))


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="process groups are POSIX's")
def test_a_sweep_that_is_cut_short_again_and_again_ends_like_an_unbroken_one() -> None:
    answer("sweep", *LONG[:-1], "whole")
    with started("interrupted", 3, *LONG, "--restart") as sweep:
        printed, errors = sweep.communicate(timeout=LONGEST)
        assert sweep.returncode == 130
        done = len(rows())
        assert 3 <= done < 12
        again = f"micrograd-plus sweep {' '.join(LONG)}"
        assert errors == f"interrupted: {done} of 12 runs are done and kept; to go on: {again}\n"
        assert "out/best.safetensors" in printed
        assert files(Path("out")) == ["best.safetensors", "runs.jsonl", "sweep.csv"]
        wait_until(lambda: is_gone(sweep.pid))
    for count in (done + 1, done + 3):
        with started("killed", count, *LONG) as sweep:
            sweep.communicate(timeout=LONGEST)  # those that train close it when they see that there is no more work
        assert sweep.returncode == -signal.SIGKILL
    answer("sweep", *LONG)
    assert measured("out") == measured("whole")
    for name in ("best.safetensors", "heatmap.png"):
        assert Path("out", name).read_bytes() == Path("whole", name).read_bytes()
