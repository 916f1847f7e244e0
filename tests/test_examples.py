"""The examples that train layers learn what they say they learn, also from seeds they were not tuned with."""

import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from examples import copy_attention, copy_recurrent, digits
from tests.cases import each

ROOT = Path(__file__).parent.parent
SEEDS = (31, 32)


def quiet(*line: object) -> None:
    """Say nothing."""


@pytest.mark.slow
@pytest.mark.parametrize("example", [copy_recurrent, copy_attention], ids=lambda module: module.__name__)
@pytest.mark.parametrize("seed", SEEDS)
def test_letters_are_copied(example: ModuleType, seed: int) -> None:
    _, right = example.train(seed, quiet)
    assert right >= 0.99


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_held_out_digits_are_read(seed: int) -> None:
    _, right = digits.train(seed, quiet)
    assert right >= 0.98


@pytest.mark.slow
def test_attention_looks_back_to_what_it_copies() -> None:
    lines: list[str] = []
    copy_attention.train(SEEDS[0], lines.append)
    places = str(list(range(copy_attention.LENGTH)))
    assert lines[-1] == f"places looked at: {places}"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("digits", "Sequential with 29258 parameters", "epoch 15: last loss "),
        ("copy_recurrent", "Parrot with 17866 parameters", "heard "),
        ("copy_attention", "Copier with 6778 parameters", "places looked at: "),
    ],
)
def test_a_script_prints_what_it_learns(name: str, first: str, last: str) -> None:
    script = [sys.executable, f"examples/{name}.py", "2"]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    output = subprocess.run(script, cwd=ROOT, env=environment, capture_output=True, text=True, check=True).stdout
    assert output.startswith(first)
    assert output.splitlines()[-1].startswith(last)


@each("name", ["digits", "copy_recurrent", "copy_attention"])
def test_a_script_is_short(name: str) -> None:
    assert len((ROOT / "examples" / f"{name}.py").read_text().splitlines()) < 60
