"""Every example shows what it says it shows, also from seeds it was not tuned with, in a few seconds and lines."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from examples import copy_attention
from micrograd_plus.own_rows import remove
from tests.cases import each

ROOT = Path(__file__).parent.parent
SCRIPTS = {path.stem: path for path in sorted((ROOT / "examples").glob("*.py"))}
SEEDS = (31, 32)


def _gradients_vanish(found: dict[str, list[float]]) -> None:
    share = {name: sizes[0] / sizes[-1] for name, sizes in found.items()}
    assert share["sigmoid"] < 1e-4
    assert 0.01 < share["tanh"] < 100.0
    assert 0.01 < share["relu"] < 100.0
    assert min(found["relu, weights x 3"]) > 1e3 * max(found["relu"])


def _newton_is_there_first(walks: dict[str, list[Any]]) -> None:
    slow, fast = walks["gradient descent"], walks["Newton's method"]
    assert len(slow) > 10 * len(fast)
    np.testing.assert_allclose(fast[-1], 1.0, atol=1e-8)
    away = [np.linalg.norm(x - 1.0) for x in fast]
    assert np.log(away[-1]) / np.log(away[-2]) > 1.7  # the distance squares
    assert np.linalg.norm(slow[-1] - 1.0) > 0.1


def _no_queen_attacks(columns: Any) -> None:
    rows = np.arange(8)
    assert [len({*line.tolist()}) for line in (columns, columns + rows, columns - rows)] == [8, 8, 8]


def _xor_is_learned(result: tuple[float, list[float]]) -> None:
    assert [round(answer) for answer in result[1]] == [0, 1, 1, 0]
    assert result[0] < 0.01


def _is_at_least(least: float) -> Callable[[Any], None]:
    def check(result: Any) -> None:
        assert (result[1] if isinstance(result, tuple) else result) >= least

    return check


def _pendulum_is_measured(found: tuple[float, float]) -> None:
    assert found == pytest.approx((1.7, 0.25), abs=0.02)


def _bigram_is_counted(losses: tuple[float, float]) -> None:
    assert 0.0 <= losses[0] - losses[1] < 0.002


def _gpt_beats_pairs(loss: float) -> None:
    assert loss < import_module("examples.bigram").counted(*import_module("examples.bigram").pairs()) - 0.3


def _code_beats_principal_components(errors: tuple[float, float]) -> None:
    assert errors[0] < 0.9 * errors[1]


def _own_row_learns(answers: Any) -> None:
    np.testing.assert_allclose(answers, [0, 1, 1, 0], atol=0.05)


def _says_it_all(nothing: None) -> None:
    """Check nothing more than that it runs: tests of `micrograd-plus graph` check the numbers."""


# What each example returns must pass; an example that is not here fails.
CLAIMS: dict[str, Callable[[Any], None]] = {
    "autoencoder": _code_beats_principal_components,
    "bigram": _bigram_is_counted,
    "copy_attention": _is_at_least(0.99),
    "copy_recurrent": _is_at_least(0.99),
    "custom_op": _own_row_learns,
    "digits": _is_at_least(0.98),
    "microgpt": _gpt_beats_pairs,
    "moons": _is_at_least(0.98),
    "neuron": _says_it_all,
    "newton": _newton_is_there_first,
    "pendulum": _pendulum_is_measured,
    "queens": _no_queen_attacks,
    "vanishing": _gradients_vanish,
    "xor": _xor_is_learned,
}

PICTURES = {"autoencoder": ["digits.png"], "custom_op": ["mish.svg"], "neuron": ["neuron.svg"]}


def test_every_example_claims_something() -> None:
    assert CLAIMS.keys() == SCRIPTS.keys()


def test_the_page_lists_every_example_and_notebook() -> None:
    page = (ROOT / "docs" / "examples.md").read_text()
    notebooks = [path.name for path in (ROOT / "notebooks").glob("*.ipynb")]
    assert sorted(re.findall(r"\]\(\.\./\w+/([^)]+)\)", page)) == sorted(
        [path.name for path in SCRIPTS.values()] + notebooks
    )


@each("name", SCRIPTS)
def test_a_script_is_short_and_says_how_it_is_run(name: str) -> None:
    text = SCRIPTS[name].read_text()
    assert len(text.splitlines()) < 60
    assert f"`python examples/{name}.py" in text.split('"""')[1]


@each("name", ["autoencoder", "digits"])
def test_without_scikit_learn_an_example_of_digits_says_what_to_install(name: str, tmp_path: Path) -> None:
    run = f"runpy.run_path({str(SCRIPTS[name])!r}, None, '__main__')"
    program = f"import runpy, sys; sys.modules['sklearn.datasets'] = None; {run}"
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    script = [sys.executable, "-c", program]
    done = subprocess.run(script, env=environment, cwd=tmp_path, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == 'error: digits needs scikit-learn: pip install "micrograd-plus[data]"\n'


@pytest.mark.slow
@pytest.mark.parametrize("name", SCRIPTS)
def test_an_example_shows_what_it_claims(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    module = import_module(f"examples.{name}")
    printed = []
    for seed in SEEDS:
        CLAIMS[name](module.main(seed))
        printed.append(capsys.readouterr().out)
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    script = [sys.executable, SCRIPTS[name], str(SEEDS[-1])]
    done = subprocess.run(script, env=environment, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    # The same seed prints the same; what is drawn stands where the script runs.
    assert done.stdout.strip()
    assert done.stdout == printed[1]
    assert (printed[0] == printed[1]) == (name in ("neuron",))
    drawn = PICTURES.get(name, [])
    assert [path.name for path in tmp_path.iterdir()] == drawn
    assert all(picture in done.stdout for picture in drawn)
    remove("mish")


@pytest.mark.slow
def test_attention_looks_back_to_what_it_copies(capsys: pytest.CaptureFixture[str]) -> None:
    copy_attention.main(SEEDS[0])
    places = str(list(range(copy_attention.LENGTH)))
    assert capsys.readouterr().out.splitlines()[-1] == f"places looked at: {places}"
