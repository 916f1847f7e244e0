"""The engine's promises: gradients that add up, staleness that is noticed, graphs of any size, no cycles."""

import copy
import gc
import hashlib
import math
import os
import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given

from micrograd_plus.checks import _sum_of_terms
from micrograd_plus.context import no_grad
from micrograd_plus.engine import contributions, data_of, gradient, graph, operations
from micrograd_plus.ops import where
from micrograd_plus.tensor import Tensor
from micrograd_plus.value import Value
from tests.programs import QUARTERS, Program, programs

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


# --- staleness --------------------------------------------------------------------------------------------------------


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


def test_gradient_goes_on_past_what_does_not_lead_to_it() -> None:
    x, other = Value(2.0), Value(5.0)
    early = x * x
    late = other * 3.0
    [slope] = gradient(early * late, [x])
    assert slope.data == 60.0


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


# --- one chain rule for numbers and arrays ----------------------------------------------------------------------------

# What IEEE 754 determines to the last bit, so that ties and kinks are met alike by Python's floats and NumPy's.
EXACT = (
    *("add", "sub", "mul", "div", "neg", "sqrt", "abs", "sign", "heaviside", "relu", "leaky_relu", "clip"),
    *("maximum", "minimum", "where", "less", "less_equal", "greater", "greater_equal", "equal", "not_equal"),
)
SMOOTH = (
    *("add", "sub", "mul", "div", "neg", "power", "exp", "expm1", "log", "log1p", "sqrt", "sin", "cos", "tan"),
    *("arctan", "sinh", "cosh", "tanh", "erf", "sigmoid", "softplus", "silu", "gelu"),
)


def on_tensors(program: Program, rows: list[list[float]]) -> list[tuple[float, list[float], list[bool]]]:
    """Run a program once on Tensors that hold a column each; return result, gradients and has_grad for each row."""
    inputs = [Tensor(column) for column in zip(*rows, strict=True)]
    with np.errstate(all="ignore"):
        y = program.run(inputs)
        y.backward(np.ones(len(rows)))
    gradients = np.array([x.grad if x.has_grad else np.zeros(len(rows)) for x in inputs])
    return [(y.data[k], gradients[:, k].tolist(), [x.has_grad for x in inputs]) for k in range(len(rows))]


@given(programs(QUARTERS, EXACT))
def test_values_tensors_and_batches_agree_to_the_last_bit(program: Program) -> None:
    rows = [list(program.inputs), [-x for x in program.inputs], [x / 2 + 1 for x in program.inputs]]
    values = [[Value(number) for number in row] for row in rows]
    results = [program.run(inputs) for inputs in values]
    assume(isinstance(results[0], Value))
    for y in results:
        y.backward()
    batched = on_tensors(program, rows)
    for k, (y, inputs) in enumerate(zip(results, values, strict=True)):
        [alone] = on_tensors(program, rows[k : k + 1])
        for data, gradients, has_grad in (batched[k], alone):
            np.testing.assert_array_equal(data, y.data)
            np.testing.assert_array_equal(gradients, [x.grad for x in inputs])
            assert has_grad == [x.has_grad for x in inputs]


@given(programs(QUARTERS, SMOOTH))
def test_values_and_tensors_agree_on_smooth_functions(program: Program) -> None:
    inputs = [Value(number) for number in program.inputs]
    y = program.run(inputs)
    assume(isinstance(y, Value))
    slopes = gradient(y, inputs)
    # To first order, how far functions within 4 units in the last place of each other can lead apart.
    allowed = [8 * np.finfo(float).eps * _sum_of_terms(result) for result in (y, *slopes)]
    assume(all(map(math.isfinite, allowed)))
    [(data, gradients, _)] = on_tensors(program, [list(program.inputs)])
    for ours, theirs, apart in zip((y.data, *[g.data for g in slopes]), (data, *gradients), allowed, strict=True):
        assert ours == pytest.approx(theirs, rel=0.0, abs=apart)


# --- size: nothing recurses -------------------------------------------------------------------------------------------


def chain(x: Value, length: int) -> Value:
    y = x
    for _ in range(length):
        y = y + x
    return y


def test_a_long_chain_is_built_derived_and_deleted() -> None:
    x = Value(1.0)
    y = chain(x, 200_000)
    y.backward()
    assert (y.data, x.grad) == (200_001.0, 200_001.0)
    del y


@pytest.mark.slow
def test_a_long_chain_is_copied_refreshed_and_derived_as_a_graph() -> None:
    x = Value(1.0)
    y = chain(x, 50_000)
    x.data = 2.0
    z = copy.deepcopy(y.refresh())
    assert z.data == 100_002.0
    [slope] = gradient(z, [graph(z)[0]])
    assert slope.data == 50_001.0


@pytest.mark.slow
def test_a_million_nodes() -> None:
    x = Value(1.0)
    y = chain(x, 1_000_000)
    y.backward()
    assert (y.data, x.grad) == (1_000_001.0, 1_000_001.0)
    x.data = 2.0
    z = copy.deepcopy(y.refresh())
    del y
    assert z.data == 2_000_002.0
    [slope] = gradient(z, [graph(z)[0]])
    assert slope.data == 1_000_001.0


def test_a_wide_graph_is_linear_not_exponential() -> None:
    x = Value(1.0)
    y = x
    for _ in range(200):
        y = (y + y) * 0.5  # 2**200 paths
    y.backward()
    assert x.grad == 1.0
    assert gradient(y, [x])[0].data == 1.0
    assert len(graph(copy.deepcopy(y))) == len(graph(y)) == 601


# --- memory: no cycles ------------------------------------------------------------------------------------------------


def living_values() -> int:
    return sum(type(thing) is Value for thing in gc.get_objects())


def use(x: Value) -> Value:
    y = (x * x).tanh() + x.where(x, 2.0) ** 3
    y.label = "y"
    return y


def failing(x: Value) -> None:
    y = use(x)
    x.data = 3.0
    with pytest.raises(RuntimeError):
        y.backward()


@pytest.mark.usefixtures("_no_collector")
@pytest.mark.parametrize(
    "work",
    [
        use,
        lambda x: use(x).backward(),
        lambda x: gradient(use(x), [x]),
        lambda x: gradient(gradient(use(x), [x])[0], [x]),
        lambda x: copy.deepcopy(use(x)),
        lambda x: use(x).refresh(),
        lambda x: chain(x, 1000).backward(),
        lambda x: use(x)._backward,
        failing,
    ],
)
def test_a_graph_is_freed_as_soon_as_it_is_dropped(work: Callable[[Value], Any]) -> None:
    x = Value(0.5)
    before = living_values()
    result = work(x)
    del result
    assert living_values() == before
    assert gc.collect() == 0


@pytest.mark.parametrize("kind", [Value, Tensor])
def test_a_shallow_copy_of_a_stale_node_is_stale(kind):
    x = kind(2.0)
    y = x * x
    x.data = 5.0
    with pytest.raises(RuntimeError, match="changed after"):
        copy.copy(y).backward()
    assert copy.copy(y.refresh()).data == 25.0


def test_a_node_made_by_hand_off_the_path_does_not_disturb_gradient():
    x, z = Value(2.0), Value(3.0)
    by_hand = Value(9.0, (z,), "square")
    assert gradient(x * x + by_hand, [x])[0].data == 4.0


def test_gradient_of_arrays_warns_of_nothing():
    x = Tensor([0.0, 1.0])
    root = x.sqrt().sum()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        [slope] = gradient(root, [x])
    assert slope.data.tolist() == [float("inf"), 0.5]


def test_no_grad_keeps_no_input_alive():
    third = Value(3.0)
    before = sys.getrefcount(third)
    with no_grad():
        chosen = where(Value(0.0), Value(1.0), third)
    assert chosen.data == 3.0
    assert sys.getrefcount(third) == before


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


def test_wrong_arguments_of_gradient_are_said():
    x = Value(1.0)
    with pytest.raises(TypeError, match="wanted a Value or a Tensor to derive, got int: 3"):
        gradient(3, [x])
