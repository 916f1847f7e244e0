"""Errors of the library name what a user has named in one line that a terminal shows, and nothing that it obeys."""

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from micrograd_plus import Tensor, Value, checkpoint, data
from micrograd_plus.anomaly import detect_anomaly, first_anomaly
from micrograd_plus.classifier import Classifier
from micrograd_plus.compiler.compilation import compile
from micrograd_plus.custom_array_operations import array_operation
from micrograd_plus.custom_operations import operation
from micrograd_plus.data import Dataset, aligned
from micrograd_plus.engine import graph
from micrograd_plus.export.files import format_named
from micrograd_plus.lab.plane import require_directions
from micrograd_plus.lab.problem import Problem, formula_problem
from micrograd_plus.lab.run import with_samples
from micrograd_plus.lab.sweep_folder import JOURNAL, SweepFolder
from micrograd_plus.nn import Module, parameter
from micrograd_plus.optim import SGD
from micrograd_plus.optimizer import Optimizer
from micrograd_plus.quiz import Quiz
from micrograd_plus.saved_session import load_session
from micrograd_plus.schedules import StepLR
from micrograd_plus.session import Session
from micrograd_plus.viz.render import render
from micrograd_plus.viz.view import view_of
from micrograd_plus.viz.zoom import opened
from tests.cases import each
from tests.hostile import LINE_ENDS, TERMINAL, UNSEEN

TEXTS = [*TERMINAL, *UNSEEN, *LINE_ENDS, "\x1b[31m\n"]
FILES = [text for text in TEXTS if not set("/\0") & set(text)]


def refused(call: Callable[..., Any], *arguments: Any, **keywords: Any) -> None:
    """Call it; its message must be harmless, and be there."""
    with pytest.raises(Exception) as caught:  # noqa: PT011 - each its own
        call(*arguments, **keywords)
    message = str(caught.value)
    assert message.isprintable(), ascii(message)
    assert message


def anomaly(build: Callable[[], Any]) -> None:
    with detect_anomaly():
        build().backward()


@each("name", TEXTS)
def test_anomalies(name: str) -> None:
    refused(anomaly, lambda: Value(-1.0, label=name).log())
    refused(anomaly, lambda: Value(0.0, label=name).sqrt())
    refused(anomaly, lambda: Tensor([1.0, -1.0], label=name).log().sum())
    refused(anomaly, lambda: Tensor([1.0, 0.0], label=name).sqrt().sum())
    assert str(first_anomaly(Value(float("nan"), label=name) + 1.0)).isprintable()


def module(name: str, shape: tuple[int, ...]) -> Module:
    made = Module()
    setattr(made, name, parameter(np.ones(shape)))
    return made


@each("name", TEXTS)
def test_states(name: str) -> None:
    refused(module("w", (2,)).load_state_dict, {name: np.ones(2)})
    refused(module(name, (2,)).load_state_dict, {"w": np.ones(2)})
    refused(module(name, (2,)).load_state_dict, {name: np.ones(3)})
    optimizer = SGD([Value(1.0)], lr=0.1)
    saved = optimizer.state_dict()
    refused(optimizer.load_state_dict, {name: 1})
    refused(optimizer.load_state_dict, saved | {"state": {name: {}}})
    refused(optimizer.load_state_dict, saved | {"param_groups": [saved["param_groups"][0] | {name: 1}]})
    refused(StepLR(optimizer, 2).set_state, {name: 1})


@each("name", TEXTS)
def test_what_is_not_wanted_is_described(name: str) -> None:
    class Odd:
        def __repr__(self) -> str:
            return name

    for call in (Value, Tensor, compile, graph):
        refused(call, Odd())


def changed(name: str) -> Any:
    x = Value(2.0, label=name)
    y = x * 3.0
    x.data = 4.0
    return y


@each("name", TEXTS)
def test_nodes(name: str) -> None:
    refused(changed(name).backward)
    root = Tensor([1.0, 2.0], label=name).tanh().sum()
    session = Session(root)
    refused(session.set, f"{name.strip()}[7]", 1.0)
    refused(Session(Value(1.0, label=name) * 2.0).set, f"{name.strip()}[7]", 1.0)
    refused(session.set, name + "a", 1.0)
    refused(session.unset, name)
    refused(Quiz, Value(1.0, label=name))
    refused(opened, Tensor([1.0], label=name))
    refused(view_of, graph(root), focus=graph(root)[0], depth=0)


@each("name", TEXTS)
def test_pinned_nodes(name: str) -> None:
    hidden = Value(2.0, label="x") * 3.0
    hidden.label = name
    session = Session(hidden + 1.0)
    session.set(hidden, 5.0)
    refused(session.unset, "x")


@each("name", TEXTS)
def test_programs_that_come_out_otherwise(name: str) -> None:
    def build(x: Value) -> Value:
        x.label = name
        return x * 2.0 if x > 0.0 else x * 3.0

    refused(compile(build, 1.0, on_guard="error"), -1.0)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        compile(build, 1.0)(-1.0)
    assert str(caught[0].message).isprintable()


@pytest.mark.usefixtures("_own_rows_alone")
@each("name", TEXTS)
def test_errors_of_a_users_functions(name: str) -> None:
    def odd(x: Any) -> Any:
        raise TypeError(name)

    def unknown(x: Any) -> Any:
        raise NameError(name)

    for function in (odd, unknown):
        refused(operation, function)
        refused(array_operation(pullbacks=[lambda g, y, x: g]), function)

    class Own(Optimizer):
        rule = staticmethod(lambda *arguments, **settings: odd(0.0))

    w = parameter(1.0)
    refused(compile, w * 2.0, optimizer=Own([w], lr=0.1))


@each("name", TEXTS)
def test_problems(name: str) -> None:
    refused(Problem(name, [Value(1.0)], [name]).set, [1.0, 2.0])
    refused(with_samples, Problem(name, [Value(1.0)], [name]))
    refused(formula_problem, "x**2", {name: float("nan")})
    refused(require_directions, [name, "x"], "y,x")
    refused(require_directions, [name, "x"], f"{name},{name}")
    assert repr(Problem(name, [Value(1.0)], [name])).isprintable()


def test_arrays_of_checkpoints(tmp_path: Path) -> None:
    for name in TEXTS:
        refused(checkpoint.save, tmp_path / "a.safetensors", {name: [1]}, {})
        refused(checkpoint.save, tmp_path / "a.safetensors", {name: np.array(["a"])}, {})


def test_data_sets(tmp_path: Path) -> None:
    for name in TEXTS:
        held = Dataset(np.ones((2, 1)), np.array([0, 1]), (name,), ("a", "b"), name)
        other = Dataset(np.ones((2, 1)), np.array([0, 1]), ("x",), ("a", "b"), name)
        refused(aligned, held, other)
        refused(data.load, name)


def test_files(tmp_path: Path) -> None:
    for name in FILES:
        path = tmp_path / f"a{name}.csv"
        for read in (data.load, checkpoint.load, Classifier.load, load_session, format_named):
            refused(read, path)  # missing, or of no ending that is known
        for content in ("", "a\n1\n", "a,b\n1\n", "a,b\n1,x\ny,x\n", "\0", "PK\x03\x04"):
            path.write_text(content)
            for read in (data.load, checkpoint.load, Classifier.load, load_session):
                refused(read, path)
        checkpoint.save(path, {"w": np.ones(1)}, {name: name})
        refused(Classifier.load, path)


def test_notes_on_data_sets(tmp_path: Path) -> None:
    for name in FILES:
        path = tmp_path / f"a{name}.csv"
        path.write_bytes(b"a;b;kind\n1;2;\xe9\n3;2;x\n")
        assert all(note.isprintable() for note in data.load(path).notes)
        assert len(data.load(path).notes) > 1


def test_folders_of_sweeps(tmp_path: Path) -> None:
    moons = data.load("moons")
    for name in FILES:
        folder = tmp_path / f"a{name}"
        folder.mkdir()
        for content in ("x\n", "[]\n", '{"a": 1}\n'):
            (folder / JOURNAL).write_text(content)
            refused(SweepFolder, folder, moons, {})


def test_programs_that_draw(tmp_path: Path) -> None:
    for name in FILES:
        program = tmp_path / f"a{name}"
        with pytest.warns(RuntimeWarning) as caught:
            render("digraph {}", "svg", engine=str(program), fallback=lambda: "<svg/>")
        assert str(caught[0].message).isprintable(), ascii(str(caught[0].message))
        refused(render, "digraph {}", "pdf", engine=str(program))
