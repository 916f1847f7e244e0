"""`micrograd-plus lab init` and `lab activation`: files, verdicts, and mistakes in one line."""

import csv
from pathlib import Path

import pytest

from micrograd_plus.lab.depth import COLUMNS, DepthSettings, compare_activations, compare_initialisations
from micrograd_plus.lab.depth_words import verdict
from micrograd_plus.lab.initialisations import INITIALISATIONS
from tests.command_line import answer, files, mistake

SMALL = ("--depth", 3, "--width", 6, "--samples", 8, "--steps", 2, "--seed", 4)
SETTINGS = DepthSettings(depth=3, width=6, samples=8, steps=2, seed=4)
WRITTEN = ["histograms.png", "layers.csv", "layers.gif", "losses.csv", "losses.png", "report.html", "sizes.png"]


def table(path: Path) -> tuple[list[str], list[list[str]]]:
    header, *rows = csv.reader(path.read_text().splitlines())
    return header, rows


def test_init_writes_pictures_numbers_and_verdicts(tmp_path: Path) -> None:
    names = ["zeros", "uniform", "default"]
    lines = answer("lab", "init", "--initialisations", ",".join(names), *SMALL, "--out", tmp_path)
    runs = list(compare_initialisations([INITIALISATIONS[name] for name in names], "relu", SETTINGS))
    assert [line.split(maxsplit=1) for line in lines[: len(runs)]] == [[run.name, verdict(run)] for run in runs]
    assert files(tmp_path) == WRITTEN
    header, rows = table(tmp_path / "layers.csv")
    assert header == list(COLUMNS)
    read = [[row[0], *(float(cell) if cell else None for cell in row[1:])] for row in rows]
    assert read == [list(row) for run in runs for row in run.rows()]
    _, losses = table(tmp_path / "losses.csv")
    assert [(name, int(step), float(loss)) for name, step, loss in losses] == [
        (run.name, step, loss) for run in runs for step, loss in enumerate(run.losses)
    ]
    page = (tmp_path / "report.html").read_text()
    for run in runs:
        assert f"<td>{run.name}</td><td>{verdict(run)}</td>" in page


@pytest.mark.slow
def test_activation_draws_the_functions_too(tmp_path: Path) -> None:
    lines = answer("lab", "activation", "--activations", "relu, arctan,relu", *SMALL, "--out", tmp_path)
    runs = list(compare_activations(["relu", "arctan"], INITIALISATIONS["kaiming_normal"], SETTINGS))
    assert [line.split(maxsplit=1) for line in lines[:2]] == [[run.name, verdict(run)] for run in runs]
    assert files(tmp_path) == ["functions.png", *WRITTEN]


@pytest.mark.slow
def test_without_training_there_are_no_losses(tmp_path: Path) -> None:
    answer("lab", "init", "--initialisations", "zeros", *SMALL, "--steps", 0, "--out", tmp_path)
    assert files(tmp_path) == [name for name in WRITTEN if "loss" not in name]


@pytest.mark.slow
def test_the_same_seed_writes_the_same_files(tmp_path: Path) -> None:
    for name in ("a", "b"):
        answer("lab", "activation", "--activations", "gelu", *SMALL, "--out", tmp_path / name)
    for name in files(tmp_path / "a"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("init", "--depth", "1"), "error: depth is at least 2, not 1"),
        (("init", "--activation", "tahn"), "error: unknown activation 'tahn': want an operation of one input; did you"),
        (("init", "--initialisations", "xavier"), "error: unknown initialisation 'xavier': want zeros, small"),
        (("init", "--initialisations", " , "), "error: Invalid value for '--initialisations': wanted at least one"),
        (("activation", "--activations", "log"), "error: log is defined from 0 to inf: a layer gives it all numbers"),
        (("activation", "--initialisation", "one"), "error: unknown initialisation 'one': want zeros, small"),
        (("activation", "--lr", "inf"), "error: lr is a finite number of at least 0, not inf"),
    ],
)
def test_mistakes_are_one_line_and_write_nothing(arguments: tuple[str, ...], message: str, tmp_path: Path) -> None:
    assert mistake("lab", *arguments, "--out", tmp_path / "out").startswith(message)
    assert list(tmp_path.iterdir()) == []
