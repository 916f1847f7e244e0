"""`train --resume`: whatever ended a run, it goes on, and nothing of the result tells that it was ended."""

import io
import os
import shutil
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout, suppress
from pathlib import Path

import pytest

from micrograd_plus import checkpoint_keeper
from micrograd_plus.cli import main
from tests.command_line import ROOT, answer, contents, files, mistake
from tests.killing import killed

pytestmark = pytest.mark.usefixtures("own_folder")

QUICK = ("--hidden", "4", "--epochs", "6", "--no-report")
KILLS = 50


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
    killed_after(2, monkeypatch, "moons", *QUICK, "--out", "out")
    before = contents("out")
    assert mistake("train", "xor", *QUICK, "--out", "out") == (
        "error: an unfinished run is in out: go on with --resume out, or add --restart"
    )
    assert contents("out") == before
    assert answer("train", "xor", *QUICK, "--out", "out", "--restart")[0].startswith("xor")
    assert not Path("out/unfinished.safetensors").exists()


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


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="signals are POSIX's")
def test_fifty_kills_at_random_moments_lose_nothing(tmp_path: Path) -> None:
    assert killed(KILLS, tmp_path) > 0
