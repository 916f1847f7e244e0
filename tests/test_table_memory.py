"""A large table takes little more memory than its numbers: in reading it, in training on it and in predicting."""

from pathlib import Path

import numpy as np
import pytest

from tests.peak_memory import needs_proc, output_of

ROWS, FEATURES = 150_000, 19
NUMBERS = 8 * ROWS * FEATURES  # bytes of X

pytestmark = [pytest.mark.slow, needs_proc]


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a table with words for labels, a gap in every tenth row and quotes around all labels of its second half."""
    path = tmp_path_factory.mktemp("tables") / "table.csv"
    X = np.random.default_rng(0).normal(size=(ROWS, FEATURES)).round(3)
    with path.open("w") as file:
        file.write(",".join([*(f"x{k}" for k in range(FEATURES)), "kind"]) + "\n")
        for number, row in enumerate(X.tolist()):
            cells = [*map(str, row), ("lower", "upper")[row[0] > row[1]]]
            if number % 10 == 0:
                cells[number % FEATURES] = "NA"
            if number > ROWS // 2:
                cells[-1] = f'"{cells[-1]}"'
            file.write(",".join(cells) + "\n")
    return path


def memory_of(program: str, *arguments: object) -> float:
    """Return what a program takes at its peak, beside what it prints first, in units of the table's numbers."""
    lines = output_of(program, *arguments).splitlines()
    return (int(lines[-1]) - int(lines[0])) / NUMBERS


@pytest.mark.parametrize("missing", ["drop", "mean"])
def test_reading(table: Path, missing: str) -> None:
    program = """
import sys
from micrograd_plus import data
print(peak())
data.load(sys.argv[1], missing=sys.argv[2])
print(peak())
"""
    assert memory_of(program, table, missing) < 3.5


def test_training_and_predicting(table: Path, tmp_path: Path) -> None:
    program = """
import sys
from micrograd_plus.cli import main
import micrograd_plus.cli.train
print(peak())
try:
    main(sys.argv[1:], prog_name="micrograd-plus")
except SystemExit as end:
    assert not end.code, end.code
print(peak())
"""
    options = ["--missing", "mean", "--epochs", 1, "--batch-size", 256, "--hidden", "64", "--no-report"]
    assert memory_of(program, "train", table, *options, "--out", tmp_path / "out") < 5
    model = tmp_path / "out" / "model.safetensors"
    assert memory_of(program, "predict", model, table, "-o", tmp_path / "classes.csv") < 8
