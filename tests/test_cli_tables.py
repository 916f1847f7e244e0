"""`micrograd-plus train` on tables as they come: through a pipe, with holes, in other encodings."""

import csv
import os
import pty
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from micrograd_plus import data
from micrograd_plus.classifier import Classifier
from tests.command_line import answer, files, mistake, process, run
from tests.waiting import LONGEST

pytestmark = pytest.mark.usefixtures("own_folder")

QUICK = ("--epochs", "2", "--no-report", "--out", "out")


def write_moons(*, share_missing: float = 0.0) -> None:
    """Write moons.csv, with gaps in both columns of numbers."""
    X, y = data.moons(60, rng=0)
    gaps = np.random.default_rng(0).random(X.shape) < share_missing
    with open("moons.csv", "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["east", "north", "moon"])
        for row, missing, k in zip(X.tolist(), gaps, y, strict=True):
            cells = ["" if gap else number for number, gap in zip(row, missing, strict=True)]
            writer.writerow([*cells, ("upper", "lower")[k]])


@pytest.mark.slow
def test_a_pipe_trains_as_the_file_does() -> None:
    write_moons()
    with process("train", "-", *QUICK, cwd=Path(), stdin=subprocess.PIPE) as piped:
        printed, errors = piped.communicate(Path("moons.csv").read_text())
    assert (piped.returncode, errors) == (0, "")
    assert printed.splitlines()[0].startswith("stdin (2 features, 2 classes)")
    weights = Path("out/model.safetensors").read_bytes()
    answer("train", "moons.csv", *QUICK)
    assert Path("out/model.safetensors").read_bytes() == weights


@pytest.mark.slow
def test_a_pipe_is_read_once_for_all_seeds() -> None:
    write_moons()
    with process("train", "-", "--repeat", "2", *QUICK, cwd=Path(), stdin=subprocess.PIPE) as piped:
        _, errors = piped.communicate(Path("moons.csv").read_text())
    assert (piped.returncode, errors) == (0, "")
    results = Path("out/repeats.csv").read_text()
    assert len(results.splitlines()) == 3
    answer("train", "moons.csv", "--repeat", "2", *QUICK)
    assert Path("out/repeats.csv").read_text() == results


def test_a_file_for_validation_has_its_own_notes() -> None:
    write_moons()
    Path("held.csv").write_text(Path("moons.csv").read_text().replace(",", ";"))
    status, _, notes = run("train", "moons.csv", "--validation", "held.csv", *QUICK)
    assert (status, notes) == (0, "note: held.csv: cells are separated by semicolons\n")


@pytest.mark.skipif(sys.platform != "linux", reason="names of files are any bytes on Linux")
def test_a_name_that_is_no_text_is_shown_with_a_blank() -> None:
    write_moons()
    os.rename("moons.csv", b"moons\xff.csv")
    lines = answer("train", "moons\udcff.csv", "--epochs", "2")
    assert lines[0].startswith("moons  (2 features, 2 classes)")
    assert "<h1>moons  (" in Path("runs/moons\udcff/report.html").read_text()
    answer("sweep", "moons\udcff.csv", "--epochs", "2", "--lr", "0.1", "--hidden", "4", "--seeds", "1", "--jobs", "1")
    assert "<h1>Sweep: moons  (" in Path("runs/moons\udcff-sweep/report.html").read_text()


@pytest.mark.slow
def test_a_terminal_is_no_table() -> None:
    ours, theirs = pty.openpty()
    with process("train", "-", cwd=Path(), stdin=theirs) as waiting:
        printed, errors = waiting.communicate(timeout=LONGEST)
    os.close(ours)
    os.close(theirs)
    assert (waiting.returncode, printed) == (2, "")
    assert errors == "error: standard input: a terminal, where a table is wanted: end the command with < table.csv\n"
    assert files(Path()) == []


def test_missing_values_are_a_mistake_until_one_says_what_to_do() -> None:
    write_moons(share_missing=0.1)
    before = files(Path())
    assert "--missing drop leaves such rows out, --missing mean fills them in" in mistake("train", "moons.csv", *QUICK)
    assert "unknown missing 'men': want error, drop, mean; did you mean" in mistake(
        "train", "moons.csv", "--missing", "men"
    )
    assert files(Path()) == before


def test_rows_with_missing_values_are_left_out() -> None:
    write_moons(share_missing=0.1)
    status, printed, notes = run("train", "moons.csv", "--missing", "drop", *QUICK)
    left = len(data.load("moons.csv", missing="drop").y)
    assert (status, notes) == (0, f"note: moons.csv: {60 - left} of 60 rows left out: a value is missing\n")
    *_, training, validation = [int(word) for word in printed.splitlines()[0].split() if word.isdigit()]
    assert training + validation == left < 60


def test_missing_values_are_filled_all_the_way_to_the_report_and_to_predictions() -> None:
    write_moons(share_missing=0.1)
    status, _, notes = run("train", "moons.csv", "--missing", "mean", "--epochs", "2", "--out", "out")
    assert status == 0
    [note] = notes.splitlines()
    assert note.endswith("missing, filled with the mean of the training samples")
    assert {"out/boundary.png", "out/report.html", "out/training.html"} <= {*files(Path())}
    classifier = Classifier.load("out/model.safetensors")
    table = data.load("moons.csv", missing="mean")
    training, _ = data.split(table.X, table.y, rng=0)
    np.testing.assert_allclose(classifier.standardiser.mean, np.nanmean(training[0], axis=0), rtol=1e-12)
    assert len(answer("predict", "out/model.safetensors", "moons.csv")) == 61


def test_a_model_takes_missing_values_also_where_none_were_missing_in_training() -> None:
    write_moons()
    answer("train", "moons.csv", "--missing", "mean", *QUICK)
    Path("gap.csv").write_text("east,north\n1,\n")
    assert len(answer("predict", "out/model.safetensors", "gap.csv")) == 2


def test_a_table_of_an_old_spreadsheet_is_trained_on_with_notes() -> None:
    X, y = data.moons(40, rng=0)
    rows = [f"{east};{north};{('hé', 'ñu')[k]}" for (east, north), k in zip(X.tolist(), y, strict=True)]
    Path("old.csv").write_bytes("\r\n".join(["x;x;größe", *rows]).encode("cp1252"))
    status, _, notes = run("train", "old.csv", *QUICK)
    assert status == 0
    assert notes.splitlines() == [
        "note: old.csv: not UTF-8 text (byte 0xf6 in line 1), read as Windows-1252",
        "note: old.csv: cells are separated by semicolons",
        "note: old.csv: column 2 is named 'x' again: taken as 'x.2'",
    ]
    assert Classifier.load("out/model.safetensors").class_names == ("hé", "ñu")
