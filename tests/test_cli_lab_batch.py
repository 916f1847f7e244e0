"""`micrograd-plus lab batch`: what it prints and writes is what the runs gave; mistakes are one line."""

import re
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from micrograd_plus import data, optim
from micrograd_plus.lab.problem import SMALL, training_problem
from micrograd_plus.lab.run import descend
from tests.command_line import answer, files, mistake, rows_of

RESULTS = ["batch.csv", "batch.gif", "batch.png", "noise.csv", "noise.png", "paths.png", "rates.csv", "report.html"]
CALL = ("lab", "batch", "xor", "--sizes", "20,all", "--lrs", "0.3,1", "--epochs", 3, "--seed", 4, "--out")


@pytest.fixture(scope="module")
def called(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """Return the folder that a call wrote to, and what it printed."""
    folder = tmp_path_factory.mktemp("batch")
    return folder, answer(*CALL, folder)


@pytest.mark.slow
def test_the_verdict_is_printed_and_all_results_are_written(called: tuple[Path, list[str]]) -> None:
    folder, lines = called
    assert files(folder) == RESULTS
    page = (folder / "report.html").read_text()
    said = lines[: lines.index("wrote:")]
    assert [sentence.split(" at ")[0] for sentence in said[:2]] == ["batches of 20", "full batch"]
    assert [sentence.split(",")[0] for sentence in said[2:5]] == [
        "Per sample seen",
        "Per update of the weights",
        "Per second",
    ]
    assert all(sentence in page for sentence in said)


@pytest.mark.slow
def test_the_csv_files_hold_the_runs_and_the_noise(called: tuple[Path, list[str]]) -> None:
    problem = training_problem(data.load("xor", rng=4), replace(SMALL, seed=4))
    rows = [row for row in rows_of(called[0] / "batch.csv") if row["batch_size"] == "20"]
    sgd = partial(optim.SGD, lr=float(rows[0]["lr"]))
    run = descend(problem, sgd, 30, batch_size=20, rng=4)
    assert [float(row["loss"]) for row in rows] == run.losses.tolist()
    assert [int(row["samples"]) for row in rows] == [20 * step for step in run.steps]
    assert [float(row["epochs"]) for row in rows] == (run.steps / 10).tolist()
    assert {row["lr"] for row in rows_of(called[0] / "rates.csv")} == {"0.3", "1.0"}
    noise = rows_of(called[0] / "noise.csv")
    assert [(row["place"], row["batch_size"]) for row in noise[::2]] == [
        ("at the start", "20"),
        ("half-way", "20"),
        ("at the end", "20"),
    ]
    assert all(float(row["variance"]) < 1e-20 and float(row["cosine"]) > 0.999999 for row in noise[1::2])
    np.testing.assert_allclose(
        [float(row["variance"]) for row in noise[::2]],
        [float(row["variance_expected"]) for row in noise[::2]],
        rtol=0.3,
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["mons"], "unknown data set 'mons'.*did you mean 'moons'"),
        (["moons", "--sizes", "1,few"], "'1,few' is no list of sizes such as 1,16,all"),
        (["moons", "--sizes", "0"], "a batch size is at least 1, not 0"),
        (["moons", "--sizes", "201"], "a batch of 201 cannot be drawn from 200 samples"),
        (["moons", "--epochs", "0"], "0 is not in the range"),
        (["moons", "--lrs", "-1"], "lr is a finite number above 0, not -1.0"),
        (["moons", "--level", "inf"], "level is a finite loss, not inf"),
        (["moons", "--hidden", "x"], "'x' is no list of sizes"),
        (["nothing.csv"], "nothing.csv: No such file"),
    ],
)
def test_a_mistake_is_one_line_and_nothing_is_written(
    arguments: list[str], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert re.search(message, mistake("lab", "batch", *arguments))
    assert list(tmp_path.iterdir()) == []
