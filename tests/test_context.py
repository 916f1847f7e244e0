"""Scopes, no_grad and watchers, and that they stay within their thread, task and block."""

import asyncio
import math
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import numpy as np
import pytest

from micrograd_plus.anomaly import detect_anomaly
from micrograd_plus.context import Scope, Watch, current, no_grad, recorded, scope, watched
from micrograd_plus.value import Value
from tests.waiting import LONGEST


def test_nodes_know_the_scopes_they_were_made_in() -> None:
    x = Value(1.0)
    with scope("MLP"):
        y = x + 1.0
        with scope("layer1"):
            z = y.tanh()
        after = z * 2.0
    assert x.scope.path == ()
    assert y.scope.path == after.scope.path == ("MLP",)
    assert z.scope.path == ("MLP", "layer1")
    assert repr(z.scope) == "<scope MLP/layer1>"
    assert repr(x.scope) == "<scope top>"


def test_the_same_place_is_the_same_object() -> None:
    with scope("a") as first:
        pass
    with scope("a") as second:
        pass
    assert first is second


def test_names_made_up_in_a_loop_do_not_pile_up() -> None:
    here = Scope()
    for k in range(5000):
        assert here.child(f"step{k}").path == (f"step{k}",)
    assert len(here._children) < 2000


@pytest.mark.parametrize("name", ["", 3, None])
def test_a_scope_wants_a_name(name: Any) -> None:
    with pytest.raises(TypeError, match="a scope's name is a text that is not empty, got"):
        scope(name)


def test_a_block_that_fails_is_left() -> None:
    before = current.get()
    with pytest.raises(ZeroDivisionError), scope("a"), no_grad():
        1 / 0  # noqa: B018 - raises
    assert current.get() is before


def test_no_grad_makes_leaves() -> None:
    x = Value(3.0)
    with no_grad():
        results = [x * x, x.relu(), x**2, 1.0 + x, x.clip(0.0, 1.0), (x > 0.0) and x.where(x, x)]
    for y in results:
        assert y.is_leaf
        y.backward()
    assert not x.has_grad
    assert [y.data for y in results] == [9.0, 3.0, 9.0, 4.0, 1.0, 3.0]


def test_no_grad_keeps_and_takes_scopes() -> None:
    with scope("outer"), no_grad(), scope("inner"):
        y = Value(1.0) * 2.0
    assert y.is_leaf
    assert y.scope.path == ("outer", "inner")


def test_what_follows_no_grad_is_recorded_again() -> None:
    x = Value(3.0)
    with no_grad(), no_grad():
        pass
    (x * x).backward()
    assert x.grad == 6.0


def test_no_grad_is_its_threads_own() -> None:
    x = Value(3.0)
    entered, done = threading.Event(), threading.Event()
    made = {}

    def without() -> None:
        with no_grad(), scope("worker"):
            entered.set()
            done.wait(LONGEST)
            made["without"] = x * x

    thread = threading.Thread(target=without)
    thread.start()
    assert entered.wait(LONGEST)
    made["with"] = x * x
    done.set()
    thread.join()
    assert made["without"].is_leaf
    assert made["without"].scope.path == ("worker",)
    assert not made["with"].is_leaf
    assert made["with"].scope.path == ()


def test_a_new_thread_starts_at_the_top() -> None:
    made = []
    with no_grad(), scope("main"):
        thread = threading.Thread(target=lambda: made.append(Value(1.0) * 2.0))
        thread.start()
        thread.join()
    assert not made[0].is_leaf
    assert made[0].scope.path == ()


def test_no_grad_is_its_tasks_own() -> None:
    x = Value(3.0)

    async def without() -> Value:
        with no_grad(), scope("a"):
            await asyncio.sleep(0)
            return x * x

    async def recorded() -> Value:
        with scope("b"):
            await asyncio.sleep(0)
            return x * x

    async def both() -> list[Value]:
        return await asyncio.gather(without(), recorded(), without(), recorded())

    results = asyncio.run(both())
    assert [y.is_leaf for y in results] == [True, False, True, False]
    assert [y.scope.path for y in results] == [("a",), ("b",)] * 2


class Witness:
    """Writes down what it is shown."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, str, float]] = []

    def made(self, node: Any) -> None:
        self.seen.append(("made", node.symbol, node.data))

    def propagated(self, node: Any) -> None:
        self.seen.append(("propagated", node.symbol, node.grad))


def test_a_watcher_is_shown_every_operation_forward_and_backward() -> None:
    witness = Witness()
    x = Value(3.0)
    with watched(witness), scope("inner"):
        y = x * x + 1.0
        y.backward()
        with no_grad():
            y.sqrt()
    x.exp()
    forward = [("made", "*", 9.0), ("made", "+", 10.0)]
    backward = [("propagated", "+", 1.0), ("propagated", "*", 1.0)]
    assert witness.seen == [*forward, *backward, ("made", "sqrt", math.sqrt(10.0))]


def test_a_graph_is_recorded_within_no_grad_where_it_is_asked_for() -> None:
    x = Value(3.0)
    with no_grad(), scope("outer"):
        with recorded():
            y = x * x
        z = x * x
    assert (y.is_leaf, z.is_leaf) == (False, True)
    assert y.scope.path == ("outer",)


# --- generators and coroutines, whose blocks stay open while they wait ------------------------------------------------


def holding(kind: Callable[[], Any]) -> Iterator[None]:
    while True:
        with kind():
            yield
        yield


KINDS: list[Callable[[], Any]] = [no_grad, recorded, lambda: watched(Watch()), lambda: scope("a"), detect_anomaly]


def test_blocks_may_end_in_any_order() -> None:
    here = current.get()
    rng = np.random.default_rng(0)
    for _ in range(200):
        waiting = [holding(KINDS[k]) for k in rng.integers(len(KINDS), size=4)]
        for k in rng.integers(4, size=rng.integers(1, 20)):
            next(waiting[k])
        for k in rng.permutation(4):
            waiting[k].close()
        assert current.get().records
        assert not current.get().watch
        current.set(here)  # a name may have stayed


def test_a_generator_leaves_its_block_open_for_who_asks_it_and_ends_it() -> None:
    def items() -> Iterator[int]:
        with no_grad():
            yield from range(3)

    x = Value(2.0)
    for _ in items():
        assert not (x * x).inputs
        with scope("a"):
            assert not (x * x).inputs
    assert (x * x).inputs
    unfinished = items()
    next(unfinished)
    assert not (x * x).inputs
    del unfinished
    assert (x * x).inputs
    assert (x * x).scope.path == ()


def test_a_block_that_ends_within_another_does_not_come_back() -> None:
    def items() -> Iterator[int]:
        with no_grad():
            yield 1

    x = Value(2.0)
    waiting = items()
    next(waiting)
    with scope("a"):
        assert list(waiting) == []
    assert (x * x).inputs  # the block around scope("a") has ended
    assert current.get().path == ()


def test_an_asynchronous_generator_that_another_task_closes_leaves_that_alone() -> None:
    async def items() -> AsyncIterator[int]:
        with no_grad():
            yield 1
            yield 2

    async def begin(waiting: AsyncIterator[int]) -> None:
        await anext(waiting)
        assert not (Value(1.0) * 2.0).inputs

    async def main() -> None:
        waiting = items()
        await asyncio.create_task(begin(waiting))
        with scope("main"):
            await waiting.aclose()
            y = Value(1.0) * 2.0
            assert (y.scope.path, len(y.inputs)) == (("main",), 2)

    asyncio.run(main())


def test_a_coroutine_that_waits_within_blocks_keeps_them_for_itself() -> None:
    async def work(name: str) -> list[Any]:
        with scope(name), no_grad() if name == "b" else recorded():
            await asyncio.sleep(0)
            y = Value(1.0) * 2.0
        await asyncio.sleep(0)
        return [y.scope.path, len(y.inputs), current.get().path]

    async def main() -> list[Any]:
        return await asyncio.gather(*map(work, "abab"))

    assert asyncio.run(main()) == [[("a",), 2, ()], [("b",), 0, ()]] * 2
