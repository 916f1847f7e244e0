"""Trainings side by side, in threads, processes and tasks, give the bits that they give one after the other."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from types import FrameType
from typing import Any

import numpy as np
import pytest

from micrograd_plus import Value, data, detect_anomaly, no_grad, scope
from micrograd_plus.compiler.compilation import compile
from micrograd_plus.engine import Changes, change_number, last_change
from micrograd_plus.nn import MLP, ArrayMLP
from micrograd_plus.optim import Adam
from tests.waiting import LONGEST

X, Y = data.moons(40, rng=0)
SIGNS = np.where(Y == 1, 1.0, -1.0)


def loss_of(model: Any) -> Any:
    if isinstance(model, ArrayMLP):
        return (1.0 - model(X).reshape(-1) * SIGNS).relu().mean()
    terms = [(1.0 - model(x) * sign).relu() for x, sign in zip(X[:4].tolist(), SIGNS[:4].tolist(), strict=True)]
    return sum(terms[1:], terms[0]) / 4.0


def trained(number: int, pause: Callable[[], None] = lambda: None) -> Any:
    """Train a model, of a kind and under a context that depend on its number; return all that came of it as bytes."""
    model: Any = MLP(2, [3, 1], rng=number) if number % 4 == 0 else ArrayMLP(2, [8, 1], rng=number)
    optimizer = Adam(model.parameters(), lr=0.05)
    program = compile(lambda: loss_of(model), optimizer=optimizer) if number % 4 == 1 else None
    found: list[Any] = []
    for _ in range(6):
        pause()
        if program:
            found.append(program.step())
            continue
        with scope(f"model{number}"):
            loss = loss_of(model)
            pause()
            with no_grad():
                assert not (loss * 2.0).inputs
                pause()
            if number % 4 == 2:
                with detect_anomaly():
                    pause()
                    loss = loss_of(model)
        assert loss.inputs
        assert loss.scope.path[0] == f"model{number}"
        optimizer.zero_grad()
        loss.backward()
        pause()
        optimizer.step()
        found.append(float(loss))
    return found, [np.asarray(p.data).tobytes() for p in model.parameters()]


@pytest.fixture
def _hurried() -> Iterator[None]:
    """Let Python change between threads as often as it can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("_hurried")
def test_sixteen_threads_give_the_same_bits_as_one_after_the_other() -> None:
    alone = [trained(number) for number in range(16)]
    ready = threading.Barrier(16)

    def run(number: int) -> Any:
        ready.wait(LONGEST)
        return trained(number, pause=lambda: os.sched_yield() if hasattr(os, "sched_yield") else None)

    with ThreadPoolExecutor(16) as pool:
        assert list(pool.map(run, range(16))) == alone


def test_threads_that_take_turns_at_every_step_do_not_see_each_other() -> None:
    alone = [trained(number) for number in (2, 6)]
    turns = threading.Barrier(2)
    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(lambda number: trained(number, pause=lambda: turns.wait(LONGEST)), (2, 6))) == alone


def test_a_change_that_another_thread_overtakes_hides_no_later_one() -> None:
    slow, x = Value(1.0), Value(3.0)
    reached, go_on = threading.Event(), threading.Event()

    def trace(frame: FrameType, event: str, argument: Any) -> Any:
        if frame.f_code is not change_number.__code__:
            return trace
        if event == "line" and "number" in frame.f_locals and not reached.is_set():
            reached.set()  # the number is taken, and nobody knows of it yet
            go_on.wait(LONGEST)
        return trace

    def change() -> None:
        sys.settrace(trace)
        slow.data = 2.0

    thread = threading.Thread(target=change)
    thread.start()
    assert reached.wait(LONGEST)
    y = x * x
    x.data = 5.0
    newest = Changes.newest
    go_on.set()
    thread.join()
    assert Changes.newest == newest
    with pytest.raises(RuntimeError, match="changed after"):
        y.backward()


@pytest.mark.usefixtures("_hurried")
def test_threads_that_change_data_at_once_leave_the_newest_number() -> None:
    ready = threading.Barrier(8)

    def run(_: int) -> int:
        ready.wait(LONGEST)
        x = Value(0.0)
        for k in range(2000):
            x.data = float(k)
            assert Changes.newest >= last_change(x)
        return last_change(x)

    with ThreadPoolExecutor(8) as pool:
        assert max(pool.map(run, range(8))) == Changes.newest


@pytest.mark.usefixtures("_hurried")
def test_threads_that_make_nodes_at_once_give_each_a_number_of_its_own() -> None:
    ready = threading.Barrier(8)

    def run(_: int) -> list[int]:
        ready.wait(LONGEST)
        return [(Value(1.0) * 2.0).number for _ in range(2000)]

    with ThreadPoolExecutor(8) as pool:
        numbers = [number for found in pool.map(run, range(8)) for number in found]
    assert len(set(numbers)) == len(numbers)


def test_tasks_have_contexts_of_their_own() -> None:
    async def task(number: int) -> list[Any]:
        found: list[Any] = []
        x = Value(number + 1.0)
        with scope(f"task{number}"):
            for _ in range(3):
                await asyncio.sleep(0)
                y = x * x
                with no_grad():
                    await asyncio.sleep(0)
                    assert not (x * x).inputs
                await asyncio.sleep(0)
                y.backward()
                found.append((y.scope.path, x.grad))
        return found

    async def all_tasks() -> list[Any]:
        return await asyncio.gather(*[task(number) for number in range(16)])

    assert asyncio.run(all_tasks()) == [
        [((f"task{number}",), 2.0 * (number + 1.0) * turn) for turn in (1, 2, 3)] for number in range(16)
    ]


@pytest.mark.slow
@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="this system does not fork")
def test_forked_workers_give_the_same_bits() -> None:
    alone = [trained(number) for number in range(8)]
    with no_grad(), multiprocessing.get_context("fork").Pool(4) as pool:
        assert not pool.map(_records, range(4))[0]  # a fork goes on in the context in which it began
    with multiprocessing.get_context("fork").Pool(4) as pool:
        assert pool.map(trained, range(8)) == alone


def _records(number: int) -> bool:
    return bool((Value(1.0) * 2.0).inputs)
