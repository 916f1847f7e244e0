"""Whole command lines at random, in a folder with tables, sessions, models and scripts, some of them damaged."""

from __future__ import annotations

import contextlib
import random
import re
import shutil
import subprocess
import sys
import warnings
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

import click
from click.testing import CliRunner

from micrograd_plus.classifier import Classifier
from micrograd_plus.cli import main
from micrograd_plus.data import load
from micrograd_plus.saved_session import save_session
from micrograd_plus.session import Session
from micrograd_plus.settings import Settings
from micrograd_plus.value import Value
from tests.fuzz_mutation import HOSTILE, damaged_bytes
from tests.fuzzing import Refused

STATUSES = (0, 1, 2)  # fine; `diagnose` found something; a mistake
_LONG = {"demo", "doctor"}  # commands with next to no arguments: rarely
_AS_PROCESS = 0.03  # of all commands

# Options that set how long a command takes are always given, with little or with nonsense.
_WORK = {
    "--epochs": "1", "--steps": "2", "--repeat": "1", "--seeds": "1", "--jobs": "1", "--samples": "6",
    "--width": "2", "--hidden": "2", "--sizes": "8", "--schedule": "constant", "--lrs": "0.1", "--lr": "0.1",
    "--batch-size": "16", "--optimizers": "sgd", "--depth": "2", "--initialisations": "zeros",
    "--activations": "relu",
}  # fmt: skip
_NONSENSE = (
    "",
    "-1",
    "0",
    "nan",
    "inf",
    "1e999",
    "x",
    "0.5",
    "1,,2",
    "1;2",
    "2,2",
    "é",
    "0x10",
    "[1]",
    " ",
    "auto",
    "a=b",
)
_WORDS = (
    *HOSTILE, "moons", "xor", "iris", "table.csv", "broken.csv", "model.safetensors", "broken.safetensors",
    "session.json", "broken.json", "loss.py:loss", "loss.py", "loss.py:x", "loss.py:nothing", "none.py:loss",
    "x*w + b", "tanh(x)", "x +", "x=2", "w=-3", "b=1", "x=nan", "y=1", "out.svg", "out.dot", "out.png",
    "out.html", "out.onnx", "out.c", "out.py", "out", "kind", "0.1", "3", "tanh", "relu", "sgd", "adam",
    "cosine", "hinge", "drop", "mean", "scalar", "eager", "svg", "dot", "LR", "TB", ".", "..", "table.csv",
    "-", "lines.txt", "numpy", "gain", "layer", "pca", "random", "1,1", "a:2", "balanced",
)  # fmt: skip


_SOURCES = ("tanh(x*w + b)", "loss.py:loss", "session.json", "x**2", "x*x")
_TABLES = ("table.csv", "moons", "xor", "iris", "broken.csv", "rosenbrock", "x**2 + y**2")
_MODELS = ("model.safetensors", "model.safetensors", "broken.safetensors")
_AT = ("x=2", "w=-3", "b=1", "x=nan", "y=1e308")

# What suits an argument or an option, by its name and by the command that takes it; other words come too.
_SUITABLE: dict[str, Sequence[str]] = {
    "train SOURCE": _TABLES[:5], "sweep SOURCE": _TABLES[:5], "predict MODEL": _MODELS, "export MODEL": _MODELS,
    "predict TABLE": ("table.csv", "table.csv", "broken.csv"),
    "export OUTPUT": ("o.onnx", "o.c", "o.py", "o.safetensors"), "lab SOURCE": _TABLES,
    "lab FORMULA": ("x**2", "x**4 + tanh(y)", "x*y"), "graph SOURCE": _SOURCES,
    "step SOURCE": (*_SOURCES, "broken.json"), "compile SOURCE": ("loss.py:loss",),
    "diagnose SOURCE": ("loss.py:loss",), "--at": _AT, "--target": ("kind", "species"),
    "--missing": ("drop", "mean", "error"), "--seed": ("1", "2"), "--activation": ("tanh", "gelu"),
    "--loss": ("hinge", "cross-entropy"), "--optimizer": ("sgd", "adamw"), "--backend": ("scalar", "numpy", "compiled"),
    "--patience": ("1",), "--class-weights": ("balanced",), "--l1": ("0.1",), "--l2": ("0.1",), "--dropout": ("0.5",),
    "--clip-norm": ("1",), "--validation": ("0.5", "table.csv", "none"), "--from": ("1", "1,2"), "--level": ("0.1",),
    "--plane": ("pca", "random"), "--initialisation": ("normal",),
    "--output": ("g.svg", "g.dot", "g.html", "g.json", "out.csv"), "--detail": ("all", "layer"), "--up": ("1",),
    "--down": ("1",), "--min-grad": ("0.1",), "--rankdir": ("TB",), "--commands": ("lines.txt",),
    "--focus": ("x", "#1"),
}  # fmt: skip


class Command(NamedTuple):
    """What is called with what words, what is damaged before, and whether in a process of its own."""

    words: list[str]
    typed: str
    damage: int
    as_process: bool


@cache
def _commands() -> list[tuple[list[str], click.Command]]:
    """Return all commands with the words that call them."""
    found: list[tuple[list[str], click.Command]] = []
    waiting: list[tuple[list[str], click.Command]] = [([], main)]
    while waiting:
        words, command = waiting.pop()
        if isinstance(command, click.Group):
            context = click.Context(command)
            for name in command.list_commands(context):
                waiting.append(([*words, name], command.get_command(context, name)))
        else:
            found.append((words, command))
    return found


def drawn_command(rng: random.Random) -> Command:
    words, command = rng.choice(_commands())
    while words[-1] in _LONG and rng.random() < 0.95:
        words, command = rng.choice(_commands())
    called, words = words[0], list(words)
    for parameter in command.params:
        words += _drawn_words(rng, called, parameter)
    if rng.random() < 0.04:
        words.insert(rng.randint(0, len(words)), _word(rng))
    if rng.random() < 0.05:
        words.append(rng.choice(("--help", "--version", "-x", "--", "--nothing")))
    typed = "\n".join(rng.choices(("step", "why x", "end", "list", "help", "quit", "back", _word(rng)), k=4))
    return Command(words, typed, rng.randrange(2**32), rng.random() < _AS_PROCESS)


def _drawn_words(rng: random.Random, called: str, parameter: click.Parameter) -> list[str]:
    if isinstance(parameter, click.Argument):
        suitable = _SUITABLE[f"{called} {str(parameter.name).upper()}"]
        return [] if rng.random() < 0.03 else [_word(rng, suitable)]
    name = max(parameter.opts, key=len)
    if name in _WORK:
        return [name, _WORK[name] if rng.random() < 0.97 else rng.choice(_NONSENSE)]
    if name == "--open" or rng.random() < 0.8 - 0.6 * (name == "--at"):
        return []
    if parameter.is_flag:
        return [rng.choice([*parameter.opts, *parameter.secondary_opts])]
    choices = parameter.type.choices if isinstance(parameter.type, click.Choice) else ()
    if name == "--at" and rng.random() < 0.7:
        return [word for value in ("x=2", "w=-3", "b=1") for word in (name, value)]
    return [name, _word(rng, _SUITABLE.get(name, choices))]


def _word(rng: random.Random, suitable: Sequence[Any] = ()) -> str:
    """Return one of the suitable words, or any other."""
    if suitable and rng.random() < 0.9:
        return str(rng.choice(suitable))
    # Nothing leads out of the folder, and a process cannot be given a zero byte.
    return re.sub(r"[/~\0]", "", rng.choice(_WORDS))


@cache
def _furniture() -> dict[str, bytes]:
    """Return what the folder holds, by name."""
    iris = load("iris")
    classifier = Classifier.for_samples(iris.X, iris.feature_names, iris.class_names, Settings(hidden=(2,), epochs=1))
    classifier.fit(iris.X, iris.y)
    classifier.save("made")
    model = Path("made").read_bytes()
    x = Value(2.0, label="x")
    save_session(Session((x * x).tanh()), "made")
    session = Path("made").read_bytes()
    lines = files("micrograd_plus.datasets").joinpath("iris.csv").read_bytes().splitlines(keepends=True)
    return {
        "model.safetensors": model,
        "session.json": session,
        "table.csv": b"".join([lines[0], *lines[1::10]]),
        "loss.py": b"from micrograd_plus import Value\nloss = (Value(1.0, label='x') * 3.0).tanh()\nnothing = None\n",
        "lines.txt": b"step\nend\nwhy x\nset x = 2\n",
    }


def read_command(command: Command) -> None:
    """Call a command in a fresh folder; `Refused` for status 2, which has to come with one line that says why."""
    rng = random.Random(command.damage)
    furniture = _furniture()
    folder = Path("folder")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name, content in furniture.items():
        (folder / name).write_bytes(content)
        (folder / ("broken" + Path(name).suffix)).write_bytes(damaged_bytes(rng, content))
    (folder / "broken.py").unlink()  # whatever stands in a script is run
    status, printed, errors = _called(command, folder)
    assert status in STATUSES, (status, errors)
    assert "Traceback (most recent call last)" not in printed + errors, errors
    if status == 2:
        assert errors.splitlines()[-1].startswith("error: "), errors
        raise Refused


def _called(command: Command, folder: Path) -> tuple[int, str, str]:
    if command.as_process:
        called = [sys.executable, "-m", "micrograd_plus", *command.words]
        ended: Any = subprocess.run(
            called, cwd=folder, input=command.typed.encode("utf-8", "replace"), capture_output=True, timeout=150
        )
        return ended.returncode, ended.stdout.decode("utf-8", "replace"), ended.stderr.decode("utf-8", "replace")
    result = _in_folder(command, folder)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout, result.stderr


def _in_folder(command: Command, folder: Path) -> Any:
    with contextlib.chdir(folder), warnings.catch_warnings():
        warnings.simplefilter("default")  # commands print them, a line each
        return CliRunner().invoke(main, command.words, input=command.typed, prog_name="micrograd-plus")
