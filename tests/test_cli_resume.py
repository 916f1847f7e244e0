"""`train --resume`: whatever ended a run, it goes on, and nothing of the result tells that it was ended."""

import io
import operator
import os
import shutil
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout, suppress
from functools import reduce
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from micrograd_plus import checkpoint, checkpoint_keeper
from micrograd_plus.cli import main
from tests.command_line import ROOT, answer, contents, files, mistake, run
from tests.killing import killed

pytestmark = pytest.mark.usefixtures("own_folder")

QUICK = ("--hidden", "4", "--epochs", "6", "--no-report")
KILLS = 30


@pytest.fixture(scope="module")
def cosine_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cosine") / "run"
    answer("train", "moons", "--epochs", "2", "--hidden", "3", "--schedule", "cosine", "--no-report", "--out", folder)
    return folder


class Killed(BaseException):
    """The end of a process, as far as a test can make one in its own."""


def killed_after(epochs: int, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> None:
    """Run `train` until it has kept so many epochs."""
    kept = 0

    def keep(self: checkpoint_keeper.CheckpointKeeper, training: object) -> None:
        nonlocal kept
        kept += 1
        self._write(training)
        if kept == epochs:
            raise Killed

    with (
        monkeypatch.context() as patch,
        suppress(Killed),
        redirect_stdout(io.StringIO()),
        redirect_stderr(io.StringIO()),
    ):
        patch.setattr(checkpoint_keeper.CheckpointKeeper, "epoch_done", keep)
        main(["train", *arguments])
        pytest.fail("the run ended before it was killed")


@pytest.mark.parametrize(
    "options",
    [
        ["moons"],
        pytest.param(
            ["iris", "--optimizer", "rmsprop", "--schedule", "one-cycle", "--class-weights", "setosa=2"],
            marks=pytest.mark.slow,
        ),
        pytest.param(
            ["xor", "--backend", "scalar", "--dropout", "0.2", "--patience", "3", "--validation", "0.4"],
            marks=pytest.mark.slow,
        ),
    ],
)
def test_a_killed_run_goes_on_to_the_same_files(options: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    killed_after(3, monkeypatch, *options, *QUICK, "--out", "killed")
    assert files(Path("killed")) == ["unfinished.safetensors"]
    answer("train", "--resume", "killed", "--no-report")
    answer("train", *options, *QUICK, "--out", "whole")
    assert contents("killed") == contents("whole")


@pytest.mark.slow
def test_more_epochs_than_at_first() -> None:
    answer("train", "moons", *QUICK, "--out", "longer")
    answer("train", "--resume", "longer", "--epochs", "9", "--no-report")
    answer("train", "moons", "--hidden", "4", "--epochs", "9", "--no-report", "--out", "whole")
    assert contents("longer") == contents("whole")


def test_an_unfinished_run_is_not_replaced_unless_told_to(monkeypatch: pytest.MonkeyPatch) -> None:
    killed_after(2, monkeypatch, "moons", *QUICK, "--out", "my out")
    before = contents("my out")
    assert mistake("train", "xor", *QUICK, "--out", "my out") == (
        "error: an unfinished run is in my out: go on with --resume 'my out', or add --restart"
    )
    assert contents("my out") == before
    assert answer("train", "xor", *QUICK, "--out", "my out", "--restart")[0].startswith("xor")
    assert not Path("my out/unfinished.safetensors").exists()


@pytest.mark.slow
def test_repeats_go_on_where_they_were_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = answer("train", "moons", *QUICK, "--repeat", "3", "--out", "whole")
    killed_after(8, monkeypatch, "moons", *QUICK, "--repeat", "3", "--out", "killed")  # six epochs, and two
    assert files(Path("killed")) == [
        *(f"seed-0/{name}" for name in ("history.csv", "model.safetensors", "training.safetensors")),
        "seed-1/unfinished.safetensors",
    ]
    goes_on = answer("train", "moons", *QUICK, "--repeat", "3", "--out", "killed")
    assert goes_on[:-3] == whole[:-3]
    assert contents("killed") == contents("whole")
    answer("train", "moons", *QUICK, "--lr", "0.5", "--repeat", "2", "--out", "killed")  # another job begins anew
    assert contents("killed/seed-0") != contents("whole/seed-0")


def test_a_table_is_found_again_and_must_be_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [f"{k % 7},{k},{'no' if k < 20 else 'yes'}\n" for k in range(40)]
    Path("table.csv").write_text("".join(["a,b,label\n", *rows]))
    killed_after(2, monkeypatch, "table.csv", *QUICK, "--out", "out")
    Path("table.csv").write_text("".join(["a,b,label\n", *rows[:-1], "3,39,no\n"]))
    before = contents("out")
    assert mistake("train", "--resume", "out") == ("error: table has changed since the run began: it cannot go on")
    assert contents("out") == before


def test_a_table_for_validation_must_be_the_same_too() -> None:
    for name, labels in (("table.csv", "no,yes"), ("others.csv", "yes,no")):
        rows = [f"{k},{label}" for k, label in enumerate(labels.split(",") * 4)]
        Path(name).write_text("\n".join(["a,label", *rows]))
    answer("train", "table.csv", "--validation", "others.csv", *QUICK, "--out", "out")
    answer("train", "--resume", "out", "--epochs", "9")
    Path("others.csv").write_text("a,label\n1,no\n2,yes\n")
    assert mistake("train", "--resume", "out", "--epochs", "10") == (
        "error: others has changed since the run began: it cannot go on"
    )


@pytest.mark.slow
def test_standard_input_is_given_again() -> None:
    table = "a,label\n" + "".join(f"{k},{'no' if k < 20 else 'yes'}\n" for k in range(40))

    def train(*arguments: str, given: str = table) -> str:
        command = [sys.executable, "-m", "micrograd_plus", "train", *arguments]
        environment = os.environ | {"PYTHONPATH": str(ROOT)}
        return subprocess.run(command, env=environment, input=given, capture_output=True, text=True).stderr

    assert train("-", *QUICK, "--out", "longer") == ""
    assert train("--resume", "longer", "--epochs", "9", given="a,label\n1,no\n2,no\n3,yes\n4,yes\n") == (
        "error: stdin has changed since the run began: it cannot go on\n"
    )
    assert train("-", "--resume", "longer", "--epochs", "9", "--no-report") == ""
    assert train("-", "--hidden", "4", "--epochs", "9", "--no-report", "--out", "whole") == ""
    assert contents("longer") == contents("whole")


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["--resume", "nothing"], "Directory 'nothing' does not exist"),
        (["--resume", "empty"], "empty: no run to go on with (training.safetensors is missing)"),
        (["--resume", "run", "--lr", "0.1"], "--lr does not go with --resume: the run goes on as it was"),
        (["--resume", "run", "--out", "other"], "--out does not go with --resume"),
        (["--resume", "run", "--repeat", "3"], "--repeat does not go with --resume"),
        (["iris", "--resume", "run"], "the run in run is of moons, not of iris"),
        (["--resume", "run", "--epochs", "0"], "epochs is at least 1, not 0"),
        (["--resume", "run", "--epochs", "1"], "the run is one of 2 epochs: it can go on for more, not for fewer"),
        (["--resume", "run", "--epochs", "9"], "the schedule cosine is one of 2 epochs: it cannot go on for others"),
    ],
)
def test_mistakes(arguments: list[str], line: str, cosine_run: Path) -> None:
    Path("empty").mkdir()
    shutil.copytree(cosine_run, "run")
    before = contents("run")
    assert line in mistake("train", *arguments)
    assert contents("run") == before


def test_another_file_in_its_place_is_refused(cosine_run: Path) -> None:
    shutil.copytree(cosine_run, "run")
    Path("run/model.safetensors").replace("run/training.safetensors")
    assert "a checkpoint, but not of a training to go on with" in mistake("train", "--resume", "run")
    Path("run/training.safetensors").write_bytes(b"nonsense")
    assert "not a safetensors file" in mistake("train", "--resume", "run")


HUGE = 10**400


@pytest.mark.parametrize(
    ("place", "value", "words"),
    [
        ("training/record/distance", 0, "training.record.distance is at least 1, not 0"),
        ("training/record/distance", 2, "frames every 2 epochs up to 2, not of [0, 1, 2]"),
        ("training/record/distance", None, "training.record.distance is an integer, not NoneType"),
        ("training/record/epochs", "x", "training.record.epochs is a list, not str: 'x'"),
        ("training/record", {}, "training.record holds epochs, distance, got nothing"),
        ("training/rng/uinteger", -1, "training.rng is no state of a PCG64"),
        ("training/rng/has_uint32", HUGE, "training.rng is no state of a PCG64"),
        ("training/rng/state/inc", -1, "training.rng is no state of a PCG64"),
        ("training/rng/state/state", HUGE, "training.rng is no state of a PCG64"),
        ("training/epochs/0/1", "x", "training.epochs[0].loss is a number, not str"),
        ("training/epochs/1/3", HUGE, "training.epochs[1].validation_loss is a number that a float can hold"),
        ("training/epochs/1", [1], "training.epochs[1] holds number, loss, accuracy"),
        ("training/epochs/1/3", None, "training.epochs[1].validation_loss is a number in this training, not None"),
        ("training/epochs/0/2", None, "training.epochs[0].accuracy is a number in this training, not None"),
        ("training/epochs/1/0", 3, "training.epochs are numbered from 1 on"),
        ("training/lrs/0", HUGE, "training.lrs[0] is a number that a float can hold, not one of 1329 bits"),
        ("training/schedule/lrs", HUGE, "schedule.lrs is a list"),
        ("training/schedule/base_lrs/0", HUGE, "schedule.base_lrs[0] is a number that a float can hold"),
        ("training/schedule", 5, "schedule holds lrs, base_lrs, epoch, got int: 5"),
        ("training/best", None, "training.best is 2, the epoch with the smallest loss, not None"),
        ("training/best", True, "training.best is an integer, not bool"),
        ("training", True, "training holds epochs, best, rng, lrs, schedule, record, got bool: True"),
        ("about/source", 5, "about.source is a text, not int: 5"),
        ("about/target", 5, "about.target is a text, not int: 5"),
        ("about/settings/lr", HUGE, "lr is a number that a float can hold"),
        ("about/settings/epochs", HUGE, "epochs is an integer that a float can hold"),
        ("about/settings/schedule", 5, "a schedule is named by a text such as 'cosine', not by int"),
        ("about/settings/hidden", [10**5], "its settings want a network of 400001 numbers"),
        ("about/settings", None, "settings are an object, not NoneType: None"),
        ("optimizer/0/2", -1.0, "step: wanted a finite number of at least 0, got float: -1.0"),
        ("optimizer/0/2", float("nan"), "optimizer/0/2 holds nan"),
        ("optimizer/0/1", -1.0, "exp_avg_sq: wanted squares, which are at least 0, got float: -1.0"),
        ("best/2.bias", np.array([np.inf]), "wanted finite numbers of shape (1,) as best/2.bias, got nan or inf"),
        ("record/1/update_ratios", np.zeros(3), "wanted a number for each of 2 layers as record/1/update_ratios"),
    ],
)
def test_a_damaged_value_is_refused_in_one_line_and_the_folder_stays(
    place: str, value: Any, words: str, cosine_run: Path
) -> None:
    shutil.copytree(cosine_run, "run")
    path = Path("run/training.safetensors")
    arrays, metadata = checkpoint.load(path)
    if place in arrays:
        arrays[place] = np.asarray(value)
    else:
        *outer, last = (int(key) if key.isdecimal() else key for key in place.split("/"))
        reduce(operator.getitem, outer, metadata)[last] = value
    checkpoint.save(path, arrays, metadata)
    before = contents("run")
    result = run("train", "--resume", "run", "--no-report")
    assert result.status == 2
    (line,) = result.stderr.splitlines()
    assert line.startswith(f"error: {path}: ")
    assert words in line
    assert contents("run") == before


def test_a_run_that_diverges_as_it_goes_on_can_go_on_again() -> None:
    answer("train", "moons", "--epochs", "2", "--hidden", "3", "--backend", "numpy", "--no-report", "--out", "run")
    path = Path("run/training.safetensors")
    arrays, metadata = checkpoint.load(path)
    metadata["training"]["lrs"] = [1e300]
    checkpoint.save(path, arrays, metadata)
    before = path.read_bytes()
    for _ in range(2):
        result = run("train", "--resume", "run", "--epochs", "4", "--no-report")
        assert "the loss became nan in epoch 3" in result.stderr
        assert path.read_bytes() == before


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="signals are POSIX's")
def test_thirty_kills_at_random_moments_lose_nothing(tmp_path: Path) -> None:
    assert killed(KILLS, tmp_path) > 0
