"""The engine's promises: gradients that add up, in one order, by one chain rule, as graphs themselves."""

import hashlib
import os
import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest

from micrograd_plus.engine import contributions, data_of, gradient, graph, operations
from micrograd_plus.ops import where
from micrograd_plus.tensor import Tensor
from micrograd_plus.value import Value

ROOT = Path(__file__).parents[1]


# --- accumulation -----------------------------------------------------------------------------------------------------


def test_leaves_add_up_and_computed_nodes_start_afresh() -> None:
    x = Value(3.0)
    square = x * x
    y = square * x
    y.backward()
    assert (y.grad, square.grad, x.grad) == (1.0, 3.0, 27.0)
    y.backward()
    assert (y.grad, square.grad, x.grad) == (1.0, 3.0, 54.0)


@pytest.mark.parametrize(
    "read",
    [
        lambda square, x: square * 2.0,
        lambda square, x: 2.0 * square,
        lambda square, x: -square,
        lambda square, x: square + square,
        lambda square, x: where(square, x, square),
        lambda square, x: where(1.0, square, x),
    ],
)
def test_computed_nodes_start_afresh_wherever_they_are_read(read: Callable[[Value, Value], Value]) -> None:
    x = Value(3.0)
    square = x * x
    y = read(square, x)
    y.backward()
    once = (square.grad, x.grad)
    y.backward()
    assert (square.grad, x.grad) == (once[0], 2 * once[1])


def test_zero_grad_forgets() -> None:
    x = Value(3.0)
    (x * x).backward()
    x.zero_grad()
    assert not x.has_grad
    assert x.grad == 0.0
    (x * x).backward()
    assert x.grad == 6.0


def test_a_leaf_is_its_own_gradient() -> None:
    x = Value(3.0)
    x.backward()
    x.backward()
    assert x.grad == 2.0
    assert gradient(x, [x])[0].data == 1.0


def test_shared_nodes_get_the_sum_over_all_paths() -> None:
    a = Value(2.0)
    b = a + a
    c = b * b
    (c + b).backward()
    assert (b.grad, a.grad) == (2 * b.data + 1, 2 * (2 * b.data + 1))


def test_backward_from_the_middle_leaves_the_rest_alone() -> None:
    x = Value(3.0)
    middle = x * x
    top = middle.exp()
    middle.backward()
    assert x.grad == 6.0
    assert not top.has_grad


def test_a_node_made_by_hand_passes_gradients_to_all_its_inputs():
    leaves = [Value(float(k)) for k in range(4)]
    children = [leaf * 2.0 for leaf in leaves]
    total = Value(sum(child.data for child in children), children, "total")

    def rule():
        for child in children:
            child.grad += total.grad

    total._backward = rule
    total.backward()
    assert [leaf.grad for leaf in leaves] == [2.0] * 4


# --- not computed is not zero -----------------------------------------------------------------------------------------


def test_a_gradient_that_was_not_computed_is_told_from_zero() -> None:
    x, aside = Value(3.0), Value(4.0)
    y = x * 2.0
    assert [node.has_grad for node in (x, y)] == [False, False]
    assert [node.grad for node in (x, y)] == [0.0, 0.0]
    y.backward()
    assert [node.has_grad for node in (x, y, aside)] == [True, True, False]


@pytest.mark.parametrize(
    "flat",
    [
        lambda x: x.sign(),
        lambda x: x.greater(0.0),
        lambda x: x**0,
        lambda x: (-x).relu(),
        lambda x: x * 0.0,
        lambda x: x.heaviside() * x.sign() + 1.0,
    ],
)
def test_zero_through_flat_operations_is_computed(flat: Callable[[Value], Value]) -> None:
    x = Value(2.0)
    flat(x).backward()
    assert x.has_grad
    assert x.grad == 0.0


def test_a_gradient_set_by_hand_counts_as_computed() -> None:
    x = Value(2.0)
    x.grad = 0.0
    assert x.has_grad


# --- order ------------------------------------------------------------------------------------------------------------


def test_graph_and_operations_come_in_order_of_creation() -> None:
    a, b = Value(1.0), Value(2.0)
    unused = a * 3.0
    c = b * a
    d = c + b
    assert graph(d) == [a, b, c, d]
    assert operations(d) == [c, d]
    assert graph(a) == [a]
    assert operations(a) == []
    assert unused not in graph(d)
    assert graph(c, unused) == sorted([a, b, unused.inputs[1], unused, c], key=lambda node: node.number)
    assert graph(d, known={id(c)}) == [b, d]


def test_contributions_are_slope_times_upstream_in_order_of_inputs() -> None:
    a, b = Value(6.0), Value(3.0)
    assert list(contributions(a / b, 2.0, data_of)) == [(a, 1 / 3, 2 / 3), (b, -2 / 3, -4 / 3)]
    assert list(contributions(a * a, 1.0, data_of)) == [(a, 6.0, 6.0), (a, 6.0, 6.0)]


PROGRAM = """
from micrograd_plus import Value
from micrograd_plus.engine import graph, gradient
junk = [bytearray(k) for k in range(1, {junk})]  # other addresses
x = [Value(0.1 * k, label=f"x{{k}}") for k in range(20)]
y = sum((a * b + a).tanh() / (1.3 + b * b) for a in x for b in x)
y.backward()
print([node.grad.hex() for node in graph(y)], [node.symbol + node.label for node in graph(y)])
print([(g.data.hex(), [node.symbol for node in graph(g)]) for g in gradient(y, x[:2])])
"""


def test_the_same_program_gives_the_same_bits_every_run() -> None:
    digests = set()
    for seed, junk in (("1", "2"), ("2", "3000")):
        run = subprocess.run(
            [sys.executable, "-c", PROGRAM.format(junk=junk)],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        )
        assert len(run.stdout) > 10_000
        digests.add(hashlib.sha256(run.stdout).hexdigest())
    assert len(digests) == 1


# --- gradient() -------------------------------------------------------------------------------------------------------


def test_gradients_of_any_order() -> None:
    x = Value(3.0)
    y = x**5
    derivatives = []
    for _ in range(7):
        derivatives.append(y.data)
        [y] = gradient(y, [x])
    assert derivatives == [243.0, 405.0, 540.0, 540.0, 360.0, 120.0, 0.0]


def test_gradient_does_not_touch_grad() -> None:
    x = Value(3.0)
    gradient(x * x, [x])
    assert not x.has_grad


def test_gradient_by_computed_nodes_repeated_ones_and_ones_aside() -> None:
    x, aside = Value(3.0), Value(4.0)
    middle = x * x
    y = middle * x
    by_middle, by_x, again, by_aside, by_y = gradient(y, [middle, x, x, aside, y])
    assert [g.data for g in (by_middle, by_x, again, by_aside, by_y)] == [3.0, 27.0, 27.0, 0.0, 1.0]


def test_mixed_second_derivatives_agree() -> None:
    a, b = Value(0.7), Value(-0.4)
    y = (a * b).sin() * (a / b)
    by_a, by_b = gradient(y, [a, b])
    assert gradient(by_a, [b])[0].data == pytest.approx(gradient(by_b, [a])[0].data, rel=1e-14)


def test_a_gradient_can_be_trained_through() -> None:
    x, w = Value(2.0), Value(3.0)
    [slope] = gradient((w * x).tanh(), [x])
    penalty = slope * slope
    penalty.backward()
    [expected] = gradient(penalty, [w])
    assert w.grad == expected.data != 0.0


def test_gradient_wants_nodes() -> None:
    x = Value(3.0)
    with pytest.raises(TypeError, match=r"wanted Values to derive by, got float: 3.0"):
        gradient(x * x, [3.0])


def test_gradient_goes_on_past_what_does_not_lead_to_it() -> None:
    x, other = Value(2.0), Value(5.0)
    early = x * x
    late = other * 3.0
    [slope] = gradient(early * late, [x])
    assert slope.data == 60.0


def test_a_node_made_by_hand_off_the_path_does_not_disturb_gradient():
    x, z = Value(2.0), Value(3.0)
    by_hand = Value(9.0, (z,), "square")
    assert gradient(x * x + by_hand, [x])[0].data == 4.0
    assert gradient(by_hand, [x])[0].data == 0.0


def test_gradient_of_arrays_warns_of_nothing():
    x = Tensor([0.0, 1.0])
    root = x.sqrt().sum()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        [slope] = gradient(root, [x])
    assert slope.data.tolist() == [float("inf"), 0.5]


def test_wrong_arguments_of_gradient_are_said():
    x = Value(1.0)
    with pytest.raises(TypeError, match="wanted a Value or a Tensor to derive, got int: 3"):
        gradient(3, [x])
