"""Comparisons made while a graph is built: each is seen once, named, and counted where it comes out otherwise."""

import threading
from typing import Any

import numpy as np
import pytest

from micrograd_plus import Tensor, Value, no_grad
from micrograd_plus.anomaly import AnomalyError, detect_anomaly
from micrograd_plus.compiler.guards import Comparisons, Guard, broken, difference
from micrograd_plus.context import scope, watched
from micrograd_plus.engine import CONSTANT, operations
from micrograd_plus.ops import TABLE


def guards_of(build: Any, *inputs: Any) -> list[Guard]:
    """Return what `build` compares."""
    with watched(comparisons := Comparisons()):
        build(*inputs)
    return comparisons.guards


def named(data: Any, name: str) -> Any:
    return (Tensor if np.ndim(data) else Value)(data, label=name)


@pytest.mark.parametrize("other", [1.0, 2.0, 3.0])
@pytest.mark.parametrize(
    ("row", "mirrored", "compare"),
    [
        ("less", "greater", lambda a, b: a < b),
        ("less_equal", "greater_equal", lambda a, b: a <= b),
        ("greater", "", lambda a, b: a > b),
        ("greater_equal", "", lambda a, b: a >= b),
    ],
)
def test_what_python_compares_is_the_row_of_the_table(row: str, mirrored: str, compare: Any, other: float) -> None:
    pairs = [(Value(2.0), other), (Value(2.0), Value(other)), (Tensor([2.0]), Tensor([other])), (Tensor(2.0), other)]
    for a, b in pairs:
        [guard] = guards_of(compare, a, b)
        if mirrored and not isinstance(b, float):
            assert (guard.comparison, guard.a, guard.b) == (TABLE[mirrored], b, a)
        else:
            assert (guard.comparison, guard.a, guard.b) == (TABLE[row], a, b)
        assert guard.outcome == compare(2.0, other) == bool(float(TABLE[row](a, b)))


@pytest.mark.parametrize("number", [0.0, -1.5, float("nan")])
@pytest.mark.parametrize("kind", [Value, Tensor])
def test_the_truth_of_a_node_is_that_it_is_not_0(kind: Any, number: float) -> None:
    x = kind(number)
    [guard] = guards_of(bool, x)
    assert (guard.comparison, guard.a, guard.b, guard.outcome) == (TABLE["not_equal"], x, 0.0, bool(number))
    assert bool(float(guard.comparison(x, 0.0))) is bool(number)


def test_a_number_on_the_left_is_the_reflected_comparison() -> None:
    [guard] = guards_of(lambda x: 3.0 > x, named(2.0, "x"))  # noqa: SIM300 - this order is what is tested
    assert str(guard) == "x < 3 was True"


def test_functions_of_python_that_compare_are_seen() -> None:
    values = [named(number, name) for name, number in zip("abc", (3.0, 1.0, 2.0), strict=True)]
    assert [str(guard) for guard in guards_of(max, values)] == ["b > a was False", "c > a was False"]
    assert len(guards_of(sorted, values)) >= 2
    assert [str(guard) for guard in guards_of(any, values)] == ["a != 0 was True"]


def test_the_same_comparison_is_one_guard() -> None:
    x, y = named(1.0, "x"), named(2.0, "y")
    found = guards_of(lambda: [x < y, x < y, x < 2.0, x < 2, bool(x), bool(x), y > x])
    assert [str(guard) for guard in found] == ["y > x was True", "x < 2 was True", "x != 0 was True"]


def test_what_cannot_change_is_no_guard() -> None:
    one = Value.leaf(1.0, CONSTANT)
    assert guards_of(lambda: [one < 2.0, bool(one), Tensor.leaf(np.ones(2), CONSTANT) < 1.0]) == []


def test_a_comparison_without_anybody_watching_is_the_same() -> None:
    x = Value(2.0)
    with watched(Comparisons()):
        seen = [x < 1.0, x <= 2.0, x > 1.0, x >= 3.0, bool(x)]
    assert seen == [x < 1.0, x <= 2.0, x > 1.0, x >= 3.0, bool(x)] == [False, True, True, False, True]


def test_comparisons_are_seen_in_scopes_and_in_blocks_that_watch_themselves() -> None:
    def build(x: Value) -> None:
        with scope("inner"), detect_anomaly():
            x > 1.0  # noqa: B015 - compared for the guard
        with no_grad():
            x > 0.0  # noqa: B015 - compared for the guard

    assert [str(guard) for guard in guards_of(build, named(2.0, "x"))] == ["x > 1 was True", "x > 0 was True"]


def test_who_watched_before_goes_on_watching() -> None:
    with detect_anomaly(), watched(Comparisons()), pytest.raises(AnomalyError, match="log gave -inf"):
        Value(0.0).log()


def test_another_thread_is_not_watched() -> None:
    x = Value(1.0)
    with watched(comparisons := Comparisons()):
        thread = threading.Thread(target=lambda: x < 2.0)
        thread.start()
        thread.join()
    assert comparisons.guards == []


def test_guards_count_what_comes_out_otherwise() -> None:
    x, y = Value(1.0), Value(2.0)
    guards = guards_of(lambda: [x < y, x > 0.0, bool(x * y), y > 5.0])
    count = broken(guards)
    assert count.data == 0.0
    for a, b, wanted in [(3.0, 2.0, 1.0), (-1.0, 2.0, 1.0), (0.0, 6.0, 3.0), (float("nan"), 2.0, 2.0)]:
        x.data, y.data = a, b
        now = guards_of(lambda: [x < y, x > 0.0, bool(x * y), y > 5.0])
        assert count.refresh().data == wanted == sum(g.outcome != h.outcome for g, h in zip(guards, now, strict=True))


def test_guards_of_arrays_count_elements() -> None:
    t = Tensor([1.0, -2.0, 3.0], np.float32, label="t")
    guards = guards_of(lambda: [t > 0.0, t < Tensor([2.0, 2.0, 2.0], np.float32), bool(t.sum() + 0.5)])
    assert str(guards[0]) == "t > 0 was True in 2 of 3 elements"
    count = broken(guards)
    assert count.item() == 0.0
    t.data = [-1.0, -2.0, 1.0]
    assert count.refresh().item() == 2.0
    assert count.dtype == np.float32


def test_no_gradient_depends_on_a_guard() -> None:
    x = Value(1.0)
    (broken(guards_of(lambda: [x < 2.0, bool(x * x)])) + 3.0 * x).backward()
    assert x.grad == 3.0


def test_guards_of_either_outcome_are_the_same_operations() -> None:
    x = Value(1.0)
    guards = guards_of(lambda: [x > 2.0, x > 0.0])
    assert [guard.outcome for guard in guards] == [False, True]
    assert [node.symbol for node in operations(broken(guards))] == [">", "!=", ">", "!=", "+"]


def test_what_came_out_otherwise_is_named() -> None:
    x = Value(2.0)

    def build(x: Value, y: Value) -> None:
        if x > 0.0:
            bool(y)

    then = [guard.seen for guard in guards_of(build, Value(1.0), Value(1.0))]
    again = guards_of(build, named(2.0, "x"), named(3.0, "y"))
    assert difference(then, again) == ""
    again = guards_of(build, named(2.0, "x"), named(0.0, "y"))
    assert difference(then, again) == "y != 0 was True"
    again = guards_of(build, named(-2.0, "x"), named(0.0, "y"))
    assert difference(then, again) == "x > 0 was True"
    assert difference(then[:1], guards_of(build, named(2.0, "x"), named(3.0, "y"))).startswith("the build compares")
    again = guards_of(lambda: x >= 0.0 and x != 0.0)
    assert difference(then, again).startswith("the build compares")


def test_names_are_labels_formulas_and_are_not_long() -> None:
    x = named(2.0, "x")
    assert str(guards_of(lambda: x * x + 1.0 > 0.5)[0]) == "x * x + 1 > 0.5 was True"
    long = x
    for _ in range(100):
        long = long * x + 1.0
    [guard] = guards_of(lambda: long > 0.0)
    assert len(str(guard)) < 120
    assert str(guard).endswith("... > 0 was True")
