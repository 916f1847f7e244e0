"""`micrograd-plus lab optim`: what it prints and writes is what the runs gave; mistakes are one line."""

import re
from functools import partial
from itertools import product
from pathlib import Path

import pytest

from micrograd_plus.lab.levels import settled
from micrograd_plus.lab.optimizer_words import sentence, verdict
from micrograd_plus.lab.optimizers import compare_optimizers
from micrograd_plus.lab.problem import surface
from micrograd_plus.lab.run import descend
from micrograd_plus.settings import OPTIMIZERS
from tests.command_line import answer, files, mistake, rows_of

RESULTS = ["optim.csv", "optim.gif", "optim.png", "rates.csv", "report.html"]
NAMES, RATES, STEPS = ("adam", "sgd"), (0.01, 0.1), 25
CALL = ("lab", "optim", "beale", "--optimizers", "adam,sgd", "--lrs", "0.01,0.1", "--steps", STEPS, "--out")


@pytest.fixture(scope="module")
def called(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """Return the folder that a call wrote to, and what it printed."""
    folder = tmp_path_factory.mktemp("optim")
    return folder, answer(*CALL, folder)


@pytest.mark.slow
def test_the_verdict_is_printed_and_all_results_are_written(called: tuple[Path, list[str]]) -> None:
    folder, lines = called
    found = compare_optimizers(surface("beale"), NAMES, steps=STEPS, rates=RATES)
    wanted = [*(sentence(found, one) for one in found.order), *verdict(found)]
    assert lines[: lines.index("wrote:")] == wanted
    assert files(folder) == RESULTS
    page = (folder / "report.html").read_text()
    assert all(line in page for line in wanted)
    assert page.count("data:image/png") == page.count("data:image/gif") == 1


@pytest.mark.slow
def test_the_csv_files_hold_the_runs(called: tuple[Path, list[str]]) -> None:
    steps, rates = (rows_of(called[0] / name) for name in ("optim.csv", "rates.csv"))
    best = [(row["optimizer"], row["lr"]) for row in steps if row["best"] == "1" and row["step"] == "0"]
    assert [name for name, _ in best] == list(NAMES)
    for name, lr in product(NAMES, RATES):
        run = descend(surface("beale"), partial(OPTIMIZERS[name], lr=lr), STEPS)
        rows = [row for row in steps if (row["optimizer"], float(row["lr"])) == (name, lr)]
        assert [float(row["loss"]) for row in rows] == run.losses.tolist()
        if (name, rows[0]["lr"]) in best:
            assert [[float(row["x"]), float(row["y"])] for row in rows] == run.path.tolist()
        (told,) = (row for row in rates if (row["optimizer"], float(row["lr"])) == (name, lr))
        assert told["diverged_at"] == ("" if run.diverged_at is None else str(run.diverged_at))
        assert float(told["settled"]) == settled(run)


@pytest.mark.slow
def test_the_same_call_writes_the_same_bytes(called: tuple[Path, list[str]], tmp_path: Path) -> None:
    answer(*CALL, tmp_path / "again")
    for name in RESULTS:
        assert (tmp_path / "again" / name).read_bytes() == (called[0] / name).read_bytes()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["mons"], "unknown problem 'mons': want rosenbrock, .*or a formula; did you mean 'moons'"),
        (["x**2 + y**2"], "a formula wants --from X,Y: where to begin"),
        (["x**2 + y**2", "--from", "1"], "--from has a number for each of x, y, not 1"),
        (["x**2", "--from", "one"], "'one' is no list of numbers such as 0.1,1"),
        (["x**", "--from", "1"], "not a formula"),
        (["log(x)", "--from", "-1"], "the loss at the start, or its gradient, is not finite"),
        (
            ["x**2", "--from", "1", "--hidden", "3"],
            "--hidden is for a network that learns data, and x\\*\\*2 is a formula",
        ),
        (["beale", "--activation", "relu"], "--activation is for a network that learns data, and beale is a formula"),
        (["moons", "--from", "1"], "the network for moons begins where its seed says"),
        (["moons", "--target", "y"], "moons has its classes already"),
        (["--optimizers", "sgd,adm"], "unknown optimizer 'adm'.*did you mean 'adam'"),
        (["--lrs", "0.1,zero"], "'0.1,zero' is no list of numbers"),
        (["--lrs", "0"], "lr is a finite number above 0"),
        (["--batch-size", "4"], "rosenbrock has no samples"),
        (["--level", "nan"], "level is a finite loss, not nan"),
        (["--steps", "0"], "0 is not in the range"),
    ],
)
def test_a_mistake_is_one_line_and_nothing_is_written(
    arguments: list[str], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert re.search(message, mistake("lab", "optim", *arguments))
    assert list(tmp_path.iterdir()) == []
