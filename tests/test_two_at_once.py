"""Two trainings or sweeps into one folder at once: the second is refused, and a killed one is in nobody's way."""

import os
from pathlib import Path

import pytest

from micrograd_plus import data
from micrograd_plus.cli.prepared import alone_in
from micrograd_plus.lab.sweep_folder import SweepFolder
from tests.command_line import answer, files, mistake, process, run
from tests.waiting import wait_until

pytestmark = [
    pytest.mark.usefixtures("own_folder"),
    pytest.mark.skipif(os.name != "posix", reason="locks of POSIX"),
]

QUICK = ("--hidden", "4", "--epochs", "3", "--no-report")


@pytest.mark.parametrize("more", [[], ["--restart"], ["--repeat", "2"]])
def test_of_two_in_one_folder_the_second_is_refused(more: list[str]) -> None:
    with alone_in(Path("two")):
        assert mistake("train", "iris", *QUICK, "--out", "two", *more) == (
            "error: a training or a sweep is under way in two: wait for its end, or choose another with --out"
        )
        assert mistake("demo", "--out", "two").startswith("error: a training or a sweep is under way in two")
        assert mistake("sweep", "moons", "--out", "two").startswith("error: a training or a sweep is under way in two")
        assert files(Path("two")) == []
        answer("train", "iris", *QUICK, "--out", "other")
    answer("train", "iris", *QUICK, "--out", "two")


def test_a_training_is_refused_in_the_folder_of_a_seed_or_of_a_sweep() -> None:
    with alone_in(Path("two/seed-1")):
        result = run("train", "iris", *QUICK, "--out", "two", "--repeat", "2")
        assert result.status == 2
        assert result.stderr.startswith("error: a training or a sweep is under way in two/seed-1:")
        assert {name.partition("/")[0] for name in files(Path("two"))} == {"seed-0"}
    with SweepFolder(Path("two"), data.load("moons", None), {}):
        assert "a training or a sweep is under way in two:" in mistake("train", "iris", *QUICK, "--out", "two")


def test_the_lock_of_a_killed_training_is_gone() -> None:
    with process("train", "iris", "--epochs", "100000", "--out", "two", cwd=Path()) as first:
        wait_until(Path("two/unfinished.safetensors").exists)
        assert "a training or a sweep is under way in two" in mistake("train", "iris", "--out", "two", "--restart")
        first.kill()
    answer("train", "iris", *QUICK, "--out", "two", "--restart")
