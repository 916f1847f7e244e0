"""Data that changed after they were read are noticed and named; `refresh()` computes anew; nothing else is an alarm."""

import copy
import math

import pytest

from micrograd_plus.engine import gradient, graph
from micrograd_plus.tensor import Tensor
from micrograd_plus.value import Value


def test_a_leaf_changed_after_the_graph_was_made_is_named() -> None:
    x, w = Value(2.0, label="x"), Value(3.0, label="w")
    y = (x * w).tanh()
    w.data = 4.0
    for derive in (y.backward, lambda: gradient(y, [x])):
        with pytest.raises(RuntimeError, match=r"the data of 'w' changed after '\*' was computed .* refresh\(\)"):
            derive()
    assert not x.has_grad
    assert not w.has_grad


def test_a_leaf_without_a_label_is_named_by_its_number() -> None:
    x = Value(2.0)
    y = x * x
    x.data = 7.5
    with pytest.raises(RuntimeError, match=r"the data of a node that holds float: 7.5 changed"):
        y.backward()


def test_refresh_computes_again_in_place() -> None:
    x, w = Value(2.0), Value(3.0)
    product = x * w
    aside = w.exp()
    y = product + aside
    before = graph(y)
    x.data = 5.0
    assert y.refresh() is y
    assert graph(y) == before
    assert (product.data, y.data) == (15.0, 15.0 + aside.data)
    y.backward()
    assert (x.grad, w.grad) == (3.0, 5.0 + math.exp(3.0))
    w.data = 1.0
    x.data -= 1.0
    y.refresh().backward()
    assert y.data == 4.0 + math.exp(1.0)
    assert (x.grad, w.grad) == (3.0 + 1.0, (5.0 + math.exp(3.0)) + (4.0 + math.exp(1.0)))


def test_refresh_leaves_alone_what_is_up_to_date() -> None:
    x, w = Value(2.0), Value(3.0)
    fresh, changing = w * w, x * x
    fresh._data = -1.0  # behind the engine's back: to see whether it is computed again
    y = fresh + changing
    x.data = 3.0
    assert y.refresh().data == 8.0


def test_refresh_of_a_part_does_not_hide_that_the_rest_is_stale() -> None:
    x = Value(2.0, label="x")
    left, right = x * x, x * 3.0
    y = left + right
    x.data = 5.0
    left.refresh()
    with pytest.raises(RuntimeError):
        y.backward()
    y.refresh().backward()
    assert (y.data, x.grad) == (40.0, 13.0)


def test_setting_a_computed_node_makes_what_reads_it_stale() -> None:
    x = Value(2.0)
    middle = x * x
    y = middle * 10.0
    middle.data = 5.0
    with pytest.raises(RuntimeError, match=r"a node that holds float: 5.0 changed"):
        y.backward()
    assert y.refresh().data == 50.0


def test_changes_elsewhere_are_no_false_alarm() -> None:
    x, other = Value(2.0), Value(3.0)
    y = x * x
    other.data = 4.0
    y.backward()
    gradient(y, [x])
    assert x.grad == 4.0


def test_a_label_puts_nothing_out_of_date() -> None:
    x, other = Value(2.0), Value(3.0)
    y = x * x
    x.label, y.label = "x", "y"
    other.data = 4.0
    y.backward()
    assert x.grad == 4.0


def test_a_change_before_the_graph_is_no_false_alarm() -> None:
    x = Value(2.0)
    early = x * 2.0
    x.data = 3.0
    late = x * x
    late.backward()
    assert x.grad == 6.0
    with pytest.raises(RuntimeError):
        (early + late).backward()


def test_creation_numbers_rise_and_never_change() -> None:
    a = Value(1.0)
    b = a * 2.0
    numbers = [a.number, b.number]
    assert a.number < b.number
    a.data = 5.0
    b.refresh()
    assert [a.number, b.number] == numbers
    assert Value(1.0).number > b.number


def test_training_by_hand_needs_no_refresh() -> None:
    w = Value(1.0)
    for _ in range(100):
        loss = (w * 3.0 - 6.0) ** 2
        w.zero_grad()
        loss.backward()
        w.data -= 0.05 * w.grad
    assert w.data == pytest.approx(2.0)


@pytest.mark.parametrize("kind", [Value, Tensor])
def test_a_shallow_copy_of_a_stale_node_is_stale(kind):
    x = kind(2.0)
    y = x * x
    x.data = 5.0
    with pytest.raises(RuntimeError, match="changed after"):
        copy.copy(y).backward()
    assert copy.copy(y.refresh()).data == 25.0
