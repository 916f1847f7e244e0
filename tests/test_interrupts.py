"""Ctrl-C at any moment leaves parameters and the optimizer's state as before a step or as after it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from micrograd_plus import Tensor, Value, losses, no_grad, scope
from micrograd_plus.atomic_file import atomic_write
from micrograd_plus.compiler.compilation import compile
from micrograd_plus.compiler.holding import Store
from micrograd_plus.context import current
from micrograd_plus.nn import MLP, ArrayMLP
from micrograd_plus.optim import SGD, Adam, Optimizer
from micrograd_plus.session import Session
from micrograd_plus.train import fit
from tests.interrupting import hit_by_signals, interrupted_everywhere
from tests.optimizer_cases import CASES

Leaves = Callable[[], list[Any]]
X, Y = np.array([[1.0, -1.0], [0.5, 2.0], [-1.0, 0.25]]), np.array([0, 1, 1])


def values() -> list[Any]:
    return [Value(k + 1.0) for k in range(3)]


def tensors() -> list[Any]:
    return [Tensor(np.arange(k + 1.0) - 0.5) for k in range(3)]


def held_values() -> list[Any]:
    return _held(values())


def held_tensors() -> list[Any]:
    return _held(tensors())


def _held(leaves: list[Any]) -> list[Any]:
    Store(leaves)
    return leaves


def loss_of(params: list[Any]) -> Any:
    squares = [p * p if isinstance(p, Value) else (p * p).sum() for p in params]
    return sum(squares[1:], squares[0])


def bits(optimizer: Optimizer) -> Any:
    data = [np.asarray(p.data).tobytes() for p in optimizer.params]
    pairs = zip(optimizer.params, optimizer.state(), strict=True)
    return data, [[np.broadcast_to(x, np.shape(p.data)).tobytes() for x in kept] for p, kept in pairs]


def eager(leaves: Leaves, case: str = "adam") -> tuple[Callable[[], Any], Callable[[], Any]]:
    kind, settings = CASES[case]
    optimizer = kind(leaves(), **settings)
    for _ in range(2):  # the second has a state
        optimizer.zero_grad()
        loss_of(optimizer.params).backward()
        optimizer.step()
    return optimizer.step, lambda: bits(optimizer)


def compiled(leaves: Leaves, case: str = "adam") -> tuple[Callable[[], Any], Callable[[], Any]]:
    kind, settings = CASES[case]
    optimizer = kind(leaves(), **settings)
    program = compile(loss_of(optimizer.params), optimizer=optimizer)
    program.step()
    program()
    return program.update, lambda: bits(optimizer)


def require_whole(prepare: Callable[[], tuple[Callable[[], Any], Callable[[], Any]]]) -> None:
    act, look = prepare()
    before = look()
    act()
    after = look()
    assert after != before
    met = list(interrupted_everywhere(prepare))
    assert met.count(before) + met.count(after) == len(met)
    assert met[0] == before
    assert met[-1] == after


@pytest.mark.parametrize("leaves", [values, tensors, held_values, held_tensors])
def test_an_interrupted_step_moves_all_or_nothing(leaves: Leaves) -> None:
    require_whole(lambda: eager(leaves))


@pytest.mark.parametrize("leaves", [values, tensors])
def test_an_interrupted_program_moves_all_or_nothing(leaves: Leaves) -> None:
    require_whole(lambda: compiled(leaves))


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("leaves", [values, tensors])
@pytest.mark.parametrize("way", [eager, compiled])
def test_every_optimizer_moves_all_or_nothing(way: Any, leaves: Leaves, case: str) -> None:
    require_whole(lambda: way(leaves, case))


def test_a_step_that_raises_moves_nothing() -> None:
    params = [Tensor(1.0), Tensor([1.0, 2.0])]
    loss_of(params).backward()
    optimizer = Adam(params)
    optimizer.set_state([[0.0] * 4, [np.zeros(2), np.zeros(2), 0.0, 0.0]])
    before = bits(optimizer)
    optimizer.param_groups[0]["betas"] = (0.9, 0.99)
    optimizer._states = [*optimizer._states[:1], [0.0]]  # as a rule of the user's own might fail
    kept = optimizer._states
    with pytest.raises(TypeError):
        optimizer.step()
    assert [np.asarray(p.data).tobytes() for p in params] == before[0]
    assert optimizer._states is kept


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # in a generator that is deleted
@pytest.mark.parametrize(
    ("network", "backend", "every"), [(MLP, "eager", 101), (ArrayMLP, "eager", 101), (ArrayMLP, "compiled", 1511)]
)
def test_a_training_interrupted_anywhere_ends_after_a_whole_step(network: Any, backend: str, every: int) -> None:
    states: list[Any] = []

    class Recorded(SGD):
        def settings(self) -> list[dict[str, Any]]:
            if not states or states[-1] != bits(self):
                states.append(bits(self))
            return super().settings()

    def training(kind: type[Optimizer] = SGD) -> tuple[Callable[[], Any], Callable[[], Any]]:
        model = network(2, [2, 1], rng=1)
        optimizer = kind(model.parameters(), lr=0.1, momentum=0.9)

        def act() -> None:
            arguments: dict[str, Any] = {"loss": losses.hinge, "optimizer": optimizer, "backend": backend}
            if fit(model, X, Y, epochs=2, batch_size=2, rng=0, **arguments).interrupted:
                raise KeyboardInterrupt

        return act, lambda: bits(optimizer)

    act, look = training(Recorded)
    act()
    states.append(look())
    assert len(states) == 1 + 2 * 2  # two epochs of two batches
    met = list(interrupted_everywhere(training, every))
    assert len(met) > 30
    assert all(state in states for state in met)
    assert met[0] == states[0]
    assert len({states.index(state) for state in met}) > 2


def in_no_grad() -> None:
    with no_grad():
        pass


def in_scope() -> None:
    with scope("a"):
        pass


@pytest.mark.parametrize("act", [in_no_grad, in_scope, lambda: MLP(1, [1], rng=0)([1.0])])
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # in a generator that is deleted
def test_no_scope_stays_entered(act: Callable[[], Any]) -> None:
    here = current.get()
    for _ in hit_by_signals(act, 300):
        assert current.get() is here
    assert current.get() is here


def sessions(change: Callable[[Session], Any]) -> Callable[[], tuple[Callable[[], Any], Callable[[], Any]]]:
    def prepare() -> tuple[Callable[[], Any], Callable[[], Any]]:
        x, w = Value(2.0, label="x"), Value(-3.0, label="w")
        session = Session((x * w).tanh() + x, optimizer=Adam([x, w], lr=0.1))
        session.train(2)
        session.debugger.end()
        optimizer = session.optimizer
        assert optimizer
        return lambda: change(session), lambda: (bits(optimizer), session.root.data, len(session.done), w.grad)

    return prepare


@pytest.mark.slow
@pytest.mark.parametrize(
    "change",
    [
        lambda session: session.train(),
        lambda session: session.set("x", 5.0),
        lambda session: session.set(session.root.inputs[0], 0.5),
        lambda session: session.undo(),
    ],
    ids=["train", "set", "pin", "undo"],
)
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # in a generator that is deleted
def test_an_interrupted_change_of_a_session_is_all_or_nothing(change: Callable[[Session], Any]) -> None:
    require_whole(sessions(change))


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # of a file that nobody got to close
def test_a_file_that_is_being_written_is_the_old_one_or_the_new_one(tmp_path: Path) -> None:
    path = tmp_path / "file"
    found = set()
    for k, _ in enumerate(hit_by_signals(lambda: atomic_write(path, b"new"), 100)):
        assert os.listdir(tmp_path) in ([], ["file"])
        if path.exists():
            found.add(path.read_bytes())
            path.write_bytes(b"old")
        assert found <= {b"old", b"new"}, k
    assert found == {b"old", b"new"}
