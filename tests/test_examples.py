"""Every example shows what it says it shows, also from a seed it was not tuned with, in a few seconds and lines."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

from micrograd_plus.own_rows import remove
from tests.cases import each

ROOT = Path(__file__).parent.parent
SCRIPTS = {path.stem: path for path in sorted((ROOT / "examples").glob("*.py"))}
SEED = 31


def _said(pattern: str, text: str) -> list[float]:
    """Return the numbers that a script printed last in the place of the groups of `pattern`."""
    return [float(number) for number in list(re.finditer(f"(?m){pattern}", text))[-1].groups()]


def _gradients_vanish(text: str) -> None:
    share, sizes = {}, {}
    for network in text.strip().split("\n\n"):
        name = network.split(":")[0]
        (share[name],) = _said(r"gradient is (\S+) times", network)
        sizes[name] = [float(size) for size in re.findall(r"layer +\d+ +(\S+)", network)]
    assert share["sigmoid"] < 1e-4
    assert 0.01 < share["tanh"] < 100.0
    assert 0.01 < share["relu"] < 100.0
    assert min(sizes["relu, weights x 3"]) > 1e3 * max(sizes["relu"])


def _newton_is_there_first(text: str) -> None:
    walk = r": (\d+) steps to \[(\S+) +(\S+)\]"
    slow, fast = _said(f"gradient descent{walk}", text), _said(f"Newton's method{walk}", text)
    assert slow[0] > 10 * fast[0]
    assert fast[1:] == [1.0, 1.0]
    *_, before, last = map(float, text.splitlines()[-1].split())
    assert last < 1e-8
    assert np.log(last) / np.log(before) > 1.7  # the distance squares
    assert np.linalg.norm(np.array(slow[1:]) - 1.0) > 0.1


def _no_queen_attacks(text: str) -> None:
    board = [line.split() for line in text.splitlines()[-8:]]
    assert [row.count("Q") for row in board] == [1] * 8
    rows, columns = np.arange(8), np.array([row.index("Q") for row in board])
    assert [len({*line.tolist()}) for line in (columns, columns + rows, columns - rows)] == [8, 8, 8]


def _xor_is_learned(text: str) -> None:
    line, network = re.findall(r"weights: loss (\S+)", text)
    answers = [float(answer) for answer in re.findall(r"it says +(\S+)", text)]
    assert [round(answer) for answer in answers[-4:]] == [0, 1, 1, 0]
    assert float(network) < 0.01 < float(line)


def _are_right(percent: float) -> Callable[[str], None]:
    def check(text: str) -> None:
        assert _said(r"(\S+)% .*right", text)[0] > percent  # what is rounded up to it is not enough

    return check


def _letters_are_looked_back_to(text: str) -> None:
    _are_right(99.0)(text)
    assert text.splitlines()[-1] == f"places looked at: {list(range(12))}"


def _pendulum_is_measured(text: str) -> None:
    assert _said(r"^step .* (\S+) m, (\S+) /s$", text) == pytest.approx((1.7, 0.25), abs=0.02)


def _bigram_is_counted(text: str) -> None:
    learned, counted = _said(r"^step .* loss (\S+)$", text) + _said(r"^counted: +loss (\S+);", text)
    assert 0.0 <= learned - counted < 0.0015


def _gpt_beats_pairs(text: str) -> None:
    bigram = import_module("examples.bigram")
    assert _said(r"^step .* mean loss (\S+),", text)[0] < bigram.counted(*bigram.pairs()) - 0.3


def _code_beats_principal_components(text: str) -> None:
    code, principal = _said(r"^squared error (\S+); of 2 principal components (\S+);", text)
    assert code < 0.9 * principal


def _own_row_learns(text: str) -> None:
    answers = _said(r"XOR learned: \[ *(\S+) +(\S+) +(\S+) +(\S+?) *\]$", text)
    np.testing.assert_allclose(answers, [0, 1, 1, 0], atol=0.05)


def _says_it_all(text: str) -> None:
    """Check nothing more than that it runs: tests of `micrograd-plus graph` check the numbers."""


# What each example prints must pass; an example that is not here fails.
CLAIMS: dict[str, Callable[[str], None]] = {
    "autoencoder": _code_beats_principal_components,
    "bigram": _bigram_is_counted,
    "copy_attention": _letters_are_looked_back_to,
    "copy_recurrent": _are_right(99.0),
    "custom_op": _own_row_learns,
    "digits": _are_right(98.0),
    "microgpt": _gpt_beats_pairs,
    "moons": _are_right(98.0),
    "neuron": _says_it_all,
    "newton": _newton_is_there_first,
    "pendulum": _pendulum_is_measured,
    "queens": _no_queen_attacks,
    "vanishing": _gradients_vanish,
    "xor": _xor_is_learned,
}

PICTURES = {"autoencoder": ["digits.png"], "custom_op": ["mish.svg"], "neuron": ["neuron.svg"]}

# Examples that train for more than a moment, and where they first print how it goes.
FIRST_WORD = {
    "autoencoder": ("EPOCHS", 1),
    "copy_attention": ("STEPS", 15),
    "copy_recurrent": ("STEPS", 100),
    "digits": ("EPOCHS", 1),
    "microgpt": ("STEPS", 50),
    "moons": ("STEPS", 1),
}


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


def _beginning(name: str, text: str) -> str:
    """Return what a script printed; of one that trains for long, up to its first word of how it goes."""
    found = re.search(r"(?ms)\A.*?^(step|epoch) .*?$", text) if name in FIRST_WORD else None
    return found[0] if found else text


@pytest.mark.slow
@pytest.mark.parametrize("name", SCRIPTS)
def test_an_example_shows_what_it_claims(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    script = [sys.executable, SCRIPTS[name], str(SEED)]
    done = subprocess.run(script, env=environment, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    CLAIMS[name](done.stdout)
    # What is drawn stands where the script runs.
    drawn = PICTURES.get(name, [])
    assert [path.name for path in tmp_path.iterdir()] == drawn
    assert all(picture in done.stdout for picture in drawn)
    # The same seed prints the same, another seed something else.
    monkeypatch.chdir(tmp_path)
    module = import_module(f"examples.{name}")
    if name in FIRST_WORD:
        monkeypatch.setattr(module, *FIRST_WORD[name])
    printed = []
    for seed in (SEED, SEED + 1):
        module.main(seed)
        printed.append(_beginning(name, capsys.readouterr().out))
    assert printed[0] == _beginning(name, done.stdout)
    assert (printed[0] == printed[1]) == (name in ("neuron",))
    remove("mish")
