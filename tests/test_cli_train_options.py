"""The options of `train` that tell how it is trained and judged, as a user meets them."""

import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from micrograd_plus import data
from micrograd_plus.classifier import Classifier
from micrograd_plus.schedule_plan import parse
from tests.command_line import ROOT, answer, files, mistake, rest_of, rows_of

pytestmark = pytest.mark.usefixtures("own_folder")

QUICK = ("--hidden", "4", "--epochs", "5", "--no-report")


def test_the_schedule_is_in_the_history() -> None:
    answer("train", "moons", *QUICK, "--lr", "0.1", "--schedule", "step:step_size=2,gamma=0.5", "--out", "out")
    found = [float(row["lr"]) for row in rows_of("out/history.csv")]
    assert found == parse("step:step_size=2,gamma=0.5").lrs(0.1, 5).tolist() == [0.1, 0.1, 0.05, 0.05, 0.025]


def test_patience_ends_a_run_and_says_so() -> None:
    lines = answer("train", "moons", "--lr", "1", "--epochs", "500", "--patience", "4", "--no-report", "--out", "out")
    found = rows_of("out/history.csv")
    best = min(found, key=lambda row: float(row["validation_loss"]))
    assert len(found) == int(best["epoch"]) + 4 < 500
    assert f"stopped after epoch {len(found)}: none was better than epoch {best['epoch']}" in lines


def test_a_file_for_validation_is_read_by_the_names_of_features_and_classes() -> None:
    X, y = data.blobs(60, classes=3, rng=0)
    names = np.array(["x", "y", "z"])[y]
    Path("train.csv").write_text("a,b,label\n" + "".join(f"{p},{q},{n}\n" for (p, q), n in zip(X, names, strict=True)))
    others, classes = data.blobs(40, classes=3, rng=1)
    kept = classes > 0
    lines = [f"{'yz'[k - 1]},{p + q},{q},{p}\n" for (p, q), k in zip(others[kept], classes[kept], strict=True)]
    Path("others.csv").write_text("label,more,b,a\n" + "".join(lines))
    options = ["--target", "label", "--validation", "others.csv", "--epochs", "30", "--no-report", "--out", "out"]
    first = answer("train", "train.csv", *options)[0]
    assert first == f"train (2 features, 3 classes): 60 training samples, {kept.sum()} validation samples"
    best = min(rows_of("out/history.csv"), key=lambda row: float(row["validation_loss"]))
    right = Classifier.load("out/model.safetensors").predict(others[kept]) == classes[kept]
    assert float(best["validation_accuracy"]) == right.mean() > 0.8


@pytest.mark.parametrize(
    ("table", "line"),
    [
        ("a,label\n1,x\n2,y\n", "others has no feature 'b'"),
        ("a,b,label\n1,2,x\n3,4,why\n", "train has no class 'why'"),
    ],
)
def test_a_file_for_validation_that_does_not_fit_is_refused(table: str, line: str) -> None:
    Path("train.csv").write_text("a,b,label\n1,2,x\n3,4,y\n5,6,x\n")
    Path("others.csv").write_text(table)
    assert line in mistake("train", "train.csv", "--validation", "others.csv")
    assert files(Path()) == ["others.csv", "train.csv"]


def test_the_share_for_validation_may_be_another() -> None:
    first = answer("train", "moons", *QUICK, "--validation", "0.5")[0]
    assert first.endswith("100 training samples, 100 validation samples")


def test_weights_of_classes_shift_what_is_predicted() -> None:
    def share_of_second(*options: str) -> float:
        answer("train", "overlap.csv", "--hidden", "", "--epochs", "60", "--no-report", "--out", "out", *options)
        return float(np.mean(Classifier.load("out/model.safetensors").predict(X)))

    rng = np.random.default_rng(0)
    X = np.concatenate([rng.normal(0.0, 1.0, (90, 1)), rng.normal(1.0, 1.0, (30, 1))])
    labels = ["no"] * 90 + ["yes"] * 30
    Path("overlap.csv").write_text("x,label\n" + "".join(f"{x},{n}\n" for [x], n in zip(X, labels, strict=True)))
    plain, heavy, balanced = (
        share_of_second(),
        share_of_second("--class-weights", "yes=10"),
        share_of_second("--class-weights", "balanced"),
    )
    assert plain < balanced < heavy


def test_repeats_have_a_folder_each_and_a_spread() -> None:
    lines = answer("train", "xor", *QUICK, "--seed", "3", "--repeat", "3", "--out", "out")
    answer("train", "xor", *QUICK, "--seed", "4", "--out", "single")
    assert Path("out/seed-4/model.safetensors").read_bytes() == Path("single/model.safetensors").read_bytes()
    found = rows_of("out/repeats.csv")
    assert [row["seed"] for row in found] == ["3", "4", "5"]
    accuracies = [float(row["validation_accuracy"]) for row in found]
    mean, deviation = np.mean(accuracies), np.std(accuracies, ddof=1)
    [said] = [line for line in lines if line.startswith("validation accuracy: ")]
    assert said == (
        f"validation accuracy: {mean:.4g} +- {deviation:.2g} ({min(accuracies):.4g} to {max(accuracies):.4g})"
    )


@pytest.mark.parametrize(
    ("options", "line"),
    [
        (["--schedule", "cosin"], "unknown schedule 'cosin'"),
        (["--schedule", "step:gama=1"], "the schedule step has no 'gama'"),
        (["--schedule", "warmup:epochs=9+cosine", "--epochs", "9"], "its warm-up leaves nothing of 9 epochs"),
        (["--patience", "0"], "patience is at least 1, not 0"),
        (["--validation", "0"], "validation is a share between 0 and 1, not 0.0"),
        (["--validation", "nothing.csv"], "nothing.csv: No such file or directory"),
        (["--class-weights", "heavy"], "'heavy' is no CLASS=NUMBER such as yes=2"),
        (["--class-weights", "0=1,1=1, 0 =2"], "class '0' is given two weights"),
        (["--class-weights", "2=1"], "a weight for an unknown class '2'; the classes are 0, 1"),
        (["--class-weights", "0=-1"], "the weight of class '0' is a finite number of at least 0, not -1.0"),
        (["--class-weights", "0=0,1=0"], "the class weights leave no class a weight above 0"),
        (["--l2", "nan"], "l2 is a finite number of at least 0, not nan"),
        (["--dropout", "1"], "dropout is a number from 0 to below 1, not 1.0"),
        (["--clip-norm", "0"], "clip_norm is a finite number above 0, not 0.0"),
        (["--repeat", "0"], "--repeat is at least 1, not 0"),
        (["--missing", "mode"], "unknown missing 'mode'"),
    ],
)
def test_mistakes(options: list[str], line: str) -> None:
    assert line in mistake("train", "moons", *options)
    assert files(Path()) == []


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="terminals are POSIX's")
def test_a_terminal_shows_curves_of_both_losses() -> None:
    command = [sys.executable, "-m", "micrograd_plus", "train", "moons", "--epochs", "200", "--no-report"]
    terminal, end = pty.openpty()
    environment = os.environ | {"PYTHONPATH": str(ROOT), "TERM": "xterm-256color", "COLUMNS": "90", "LINES": "40"}
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=end) as training:
        os.close(end)
        shown = rest_of(terminal)
    assert training.returncode == 0
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown.decode())
    last = text[text.rindex("┤") - 1500 :]
    assert re.search(r"[\u2801-\u28ff].* training \S+", last)
    assert re.search(r"validation \S+", last)
    assert "200/200" in last
