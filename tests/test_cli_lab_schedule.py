"""`micrograd-plus lab schedule`: what it prints and writes is what the runs gave; mistakes are one line."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from micrograd_plus import data
from micrograd_plus.lab.problem import SMALL, training_problem
from micrograd_plus.lab.schedule_runs import ScheduleComparison, compare_schedules
from micrograd_plus.lab.schedule_words import sentence, verdict
from tests.command_line import answer, files, mistake, rows_of

RESULTS = ["paths.png", "rates.csv", "report.html", "schedule.csv", "schedule.gif", "schedule.png"]
TEXTS = ("cosine", "warmup:epochs=2+step:step_size=1")
CALL = ("lab", "schedule", "xor", "--epochs", 4, "--seeds", 2, "--batch-size", 50, "--lrs", "0.3,1", "--seed", 4)


@pytest.fixture(scope="module")
def called(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """Return the folder that a call wrote to, and what it printed."""
    folder = tmp_path_factory.mktemp("schedule")
    schedules = [part for text in TEXTS for part in ("--schedule", text)]
    return folder, answer(*CALL, *schedules, "--out", folder)


@pytest.fixture(scope="module")
def found() -> ScheduleComparison:
    problem = training_problem(data.load("xor", rng=4), replace(SMALL, seed=4))
    return compare_schedules(problem, TEXTS, epochs=4, seeds=2, batch_size=50, rates=(0.3, 1.0), seed=4)


@pytest.mark.slow
def test_the_verdict_is_printed_and_all_results_are_written(
    called: tuple[Path, list[str]], found: ScheduleComparison
) -> None:
    folder, lines = called
    wanted = [*(sentence(found, one) for one in found.order), *verdict(found)]
    assert lines[: lines.index("wrote:")] == wanted
    assert files(folder) == RESULTS
    page = (folder / "report.html").read_text()
    assert all(line in page for line in wanted)


@pytest.mark.slow
def test_the_csv_files_hold_the_runs(called: tuple[Path, list[str]], found: ScheduleComparison) -> None:
    rows = rows_of(called[0] / "schedule.csv")
    assert len(rows) == 3 * 2 * 5
    for text, one in found.runs.items():
        for order, run in enumerate(one.runs):
            mine = [row for row in rows if (row["schedule"], row["order"]) == (text, str(order))]
            assert [row["epoch"] for row in mine] == ["0", "1", "2", "3", "4"]
            assert [float(row["loss"]) for row in mine] == run.losses.tolist()
            assert [row["lr"] for row in mine] == ["", *map(str, run.lrs[:: found.in_epoch].tolist())]
    best = {row["schedule"]: float(row["lr"]) for row in rows_of(called[0] / "rates.csv") if row["best"] == "1"}
    assert best == {text: one.lr for text, one in found.runs.items()}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["mons"], "unknown data set 'mons'.*did you mean 'moons'"),
        (["--schedule", "cosin"], "unknown schedule 'cosin'.*did you mean 'cosine'"),
        (["--schedule", "step:gama=1"], "has no 'gama'"),
        (["--optimizer", "sdg"], "unknown optimizer 'sdg'"),
        (["--optimizer", "sdg", "--lrs", "1"], "unknown optimizer 'sdg'"),
        (["--schedule", "warmup:epochs=9+cosine", "--epochs", "4"], "its warm-up leaves nothing of 4 epochs"),
        (["--lrs", "0"], "lr is a finite number above 0"),
        (["--seeds", "0"], "0 is not in the range"),
    ],
)
def test_a_mistake_is_one_line_and_nothing_is_written(
    arguments: list[str], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert re.search(message, mistake("lab", "schedule", *arguments))
    assert list(tmp_path.iterdir()) == []
