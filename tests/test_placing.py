"""Sharing buffers never changes a result: programs against an interpreter that computes each array anew."""

import random
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from micrograd_plus.array_ops import mean, total
from micrograd_plus.compiler.arrays import ACCUMULATE, ARGUMENT, CONSTANT, COPY, STORED, VIEW, Array, Builder
from micrograd_plus.compiler.backward import gradients
from micrograd_plus.compiler.leaves import Leaves
from micrograd_plus.compiler.lifting import lifted
from micrograd_plus.compiler.lowering import lowered
from micrograd_plus.compiler.placing import Plan, composed, is_computed, is_number, placed
from micrograd_plus.compiler.views import View, whole
from micrograd_plus.engine import CONSTANT as CONSTANT_NODE
from micrograd_plus.engine import graph
from micrograd_plus.value import Value
from tests.compiled_values import loaded
from tests.value_programs import FAMILIES, Writer

Pairs = list[tuple[Array, Array]]


def interpreted(roots: Sequence[Array], buffers: dict[str, np.ndarray]) -> list[np.ndarray]:
    """Return the numbers of arrays, each computed once into memory of its own."""
    known: dict[Array, np.ndarray] = {}

    def compute(array: Array) -> np.ndarray:
        inputs = [known[i] for i in array.inputs]
        if array.op in (STORED, ARGUMENT):
            return buffers[array.name].copy()
        if array.op is CONSTANT:
            return np.asarray(array.value)
        if array.op is VIEW:
            return array.window.on(np.ravel(inputs[0])).copy()
        if array.op is COPY:
            return inputs[0].copy()
        if array.op is ACCUMULATE:
            flat = np.zeros(array.size)
            for view, part in zip(array.views, inputs, strict=True):
                np.add.at(flat, view.on(np.arange(array.size)), np.broadcast_to(part, view.shape))
            return flat.reshape(array.shape)
        return np.broadcast_to(np.asarray(array.op.on_arrays(*inputs)), array.shape)

    stack = list(roots)
    while stack:
        array = stack[-1]
        missing = [i for i in array.inputs if i not in known]
        stack += missing
        if not missing:
            stack.pop()
            if array not in known:
                with np.errstate(all="ignore"):
                    known[array] = compute(array)
    return [known[root] for root in roots]


def require_same(numbers: Sequence[Array], destinations: Pairs, buffers: dict[str, np.ndarray]) -> Plan:
    """Compare a program with the interpreter, twice, and see that it left alone what it was given to read."""
    plan = placed(numbers, destinations)
    names = {stored.name for _, stored in destinations}
    inputs = [a for a in {a.base: 0 for a in (*plan.order, *numbers)} if a.op is STORED]
    inputs += [i.base for a in plan.order for i in a.inputs if i.base.op is STORED]
    stored = {a.name: a for a in [*inputs, *(place for _, place in destinations)]}
    program = loaded(plan, numbers, list(stored.values()))
    for name, buffer in buffers.items():
        if name in program.buffers:
            program.buffers[name][...] = buffer
    for _ in range(2):
        before = {name: program.buffers[name].copy() for name in stored if name not in names or name in buffers}
        expected = interpreted([*numbers, *(array for array, _ in destinations)], before | buffers)
        result = program()
        results = result if isinstance(result, tuple) else (result,) if numbers else ()
        for found, wanted in zip(results, expected[: len(numbers)], strict=True):
            np.testing.assert_allclose(found, wanted, rtol=1e-12, atol=1e-12, err_msg=program.source)
        for (_, place), wanted in zip(destinations, expected[len(numbers) :], strict=True):
            found = program.buffers[place.name]
            np.testing.assert_allclose(found, np.broadcast_to(wanted, place.shape), rtol=1e-12, atol=1e-12)
        for name in before.keys() - names:
            np.testing.assert_array_equal(program.buffers[name], before[name])
        if names & buffers.keys():
            break  # what is updated in place is another number at the next run
    return plan


def arrays_of(family: Callable[[Writer], Value], seed: int) -> tuple[list[Array], Pairs, dict[str, np.ndarray]]:
    """Return loss and gradients of a random program, lowered, and the numbers that it reads."""
    rng = random.Random(seed)
    x = [Value(rng.uniform(-1.0, 1.0)) for _ in range(3)]
    loss = family(Writer(rng, x))
    nodes = [node for node in graph(loss) if node.is_leaf and node.op is not CONSTANT_NODE and node not in set(x)]
    batch = rng.choice([None, 2])
    groups = [
        Leaves("parameters", nodes, is_free=rng.random() < 0.7),
        Leaves("x", x, shape=(3,), batched=batch is not None),
    ]
    found = lifted([loss], groups, batch)
    [root] = found.roots
    root = mean(root, axis=None, keepdims=False) if root.shape else root
    [parameters, inputs] = found.stored
    by = gradients(root, [parameters])
    slope = by.get(parameters, found.builder.constant(np.zeros(parameters.shape)))
    place = found.builder.stored("gradients", parameters.shape, np.float64)
    flat = lowered([root, slope, place])
    numbers = np.random.default_rng(seed % 2**32)
    buffers = {a.name: numbers.uniform(-1.5, 1.5, a.shape) for a in (parameters, inputs)}
    return flat[:1], [(flat[1], flat[2])], buffers


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.__name__)
@settings(max_examples=6)
@given(seed=st.integers(0, 2**64 - 1))
def test_programs_that_share_buffers_give_what_the_interpreter_does(
    family: Callable[[Writer], Value], seed: int
) -> None:
    require_same(*arrays_of(family, seed))


@pytest.mark.slow
@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.__name__)
@settings(max_examples=100)
@given(seed=st.integers(0, 2**64 - 1))
def test_many_programs_that_share_buffers_give_what_the_interpreter_does(
    family: Callable[[Writer], Value], seed: int
) -> None:
    require_same(*arrays_of(family, seed))


# --- who stands where -------------------------------------------------------------------------------------------------


def stored(builder: Builder, name: str, *shape: int) -> Array:
    return builder.stored(name, shape, np.float64)


def total_of(x: Any) -> Any:
    return total(x, axis=None, keepdims=False)


def own_buffers(plan: Plan) -> int:
    """Return how many buffers the program makes for itself."""
    return len({place.buffer for place in plan.places.values() if not place.buffer.given})


def test_a_chain_is_computed_in_one_buffer() -> None:
    x = stored(Builder(), "x", 4)
    plan = require_same([total_of(x.tanh().exp().sin())], [], {"x": np.arange(4.0)})
    assert own_buffers(plan) == 1


def test_what_is_read_later_is_not_written_over() -> None:
    x = stored(Builder(), "x", 4)
    y = x.tanh()
    root = total_of(y.exp() * y)
    plan = require_same([root], [], {"x": np.arange(4.0)})
    assert own_buffers(plan) == 2


def test_an_input_that_is_given_is_not_written_over() -> None:
    x = stored(Builder(), "x", 4)
    require_same([total_of(x.tanh() * x)], [], {"x": np.arange(4.0)})


def test_a_matrix_product_has_a_buffer_that_neither_factor_has() -> None:
    builder = Builder()
    x = stored(builder, "x", 3, 3)
    y = x.tanh()
    plan = require_same([total_of((y @ y.mT) @ y.exp())], [], {"x": np.eye(3)})
    for array in plan.order:
        if array.op.name == "matmul":
            assert all(plan.places[array].buffer is not plan.places[i.base].buffer for i in array.inputs)


def test_a_transposed_reading_keeps_the_buffer_from_being_taken_over() -> None:
    x = stored(Builder(), "x", 3, 3)
    y = x.tanh()
    require_same([], [(y + y.mT, stored(y.builder, "out", 3, 3))], {"x": np.arange(9.0).reshape(3, 3)})


def test_a_result_is_computed_where_it_belongs() -> None:
    builder = Builder()
    x, out = stored(builder, "x", 4), stored(builder, "out", 4)
    plan = require_same([], [(x.tanh() * 2.0, out)], {"x": np.arange(4.0)})
    assert plan.copies == []
    assert plan.places[plan.order[-1]].buffer.name == "out"


def test_what_belongs_in_two_places_is_copied() -> None:
    builder = Builder()
    x, out, other = (stored(builder, name, 4) for name in ("x", "out", "other"))
    y = x.tanh()
    require_same([total_of(y)], [(y, out), (y, other)], {"x": np.arange(4.0)})


def test_what_is_stored_or_constant_may_be_wanted_elsewhere() -> None:
    builder = Builder()
    x, out, other = (stored(builder, name, 4) for name in ("x", "out", "other"))
    require_same([], [(x, out), (builder.constant(np.ones(4)), other)], {"x": np.arange(4.0)})


def test_an_update_in_place_reads_the_old_numbers() -> None:
    # As an optimizer does: what is written is read, by the same statement or by one after it.
    builder = Builder()
    x, m = stored(builder, "x", 4), stored(builder, "m", 4)
    first = m * 0.9 + x * x
    numbers = {"x": np.arange(4.0), "m": np.full(4, 2.0)}
    require_same([total_of(m)], [(x - first * 0.1, x), (first, m)], numbers)
    require_same([], [(x - first * 0.1, x), (first + x.tanh() * x, m)], numbers)


def test_an_update_in_place_that_reads_itself_turned_round() -> None:
    builder = Builder()
    x = stored(builder, "x", 3, 3)
    require_same([], [(x + x.mT, x)], {"x": np.arange(9.0).reshape(3, 3)})


def test_parts_are_computed_where_they_are_accumulated() -> None:
    builder = Builder()
    x, out = stored(builder, "x", 3), stored(builder, "out", 6)
    parts = [(View(0, (3,), (1,)), x.tanh()), (View(3, (3,), (1,)), x.exp())]
    plan = require_same([], [(builder.accumulated((6,), np.float64, parts), out)], {"x": np.arange(3.0)})
    assert plan.copies == []
    assert list(plan.entries.values()) == [["there", "there"]]


def test_parts_that_reach_other_elements_are_added() -> None:
    builder = Builder()
    x, out = stored(builder, "x", 3), stored(builder, "out", 5)
    shared = x.sin()
    parts = [
        (View(0, (3,), (1,)), x.tanh()),
        (View(1, (3,), (1,)), shared),
        (View(4, (3,), (-2,)), shared * x),
        (View(2, (), ()), total_of(x)),
    ]
    plan = require_same(
        [total_of(shared)], [(builder.accumulated((5,), np.float64, parts), out)], {"x": np.arange(1.0, 4.0)}
    )
    assert plan.copies == []


def test_a_part_that_is_read_later_is_not_computed_where_more_is_added_to_it() -> None:
    builder = Builder()
    x, y, out = stored(builder, "x", 3), stored(builder, "y", 6), stored(builder, "out", 6)
    part = x.sin()
    parts = [(View(0, (3,), (1,)), part), (View(3, (3,), (1,)), x.exp()), (View(0, (6,), (1,)), y.tanh())]
    found = builder.accumulated((6,), np.float64, parts)
    numbers = {"x": np.arange(3.0), "y": np.arange(6.0)}
    plan = require_same([total_of(found.cos()), total_of(part.exp())], [(found, out)], numbers)
    assert list(plan.entries.values()) == [["copy", "there", "add"]]


def test_elements_that_no_part_reaches_are_zero() -> None:
    builder = Builder()
    x, out = stored(builder, "x", 2), stored(builder, "out", 2, 3)
    parts = [(View(1, (2,), (3,)), x.exp())]
    found = builder.accumulated((2, 3), np.float64, parts)
    require_same([], [(found, out)], {"x": np.arange(2.0)})
    require_same([total_of(found * 2.0)], [(found.tanh(), out)], {"x": np.arange(2.0)})


@given(
    st.lists(st.tuples(st.integers(0, 5), st.integers(1, 3), st.sampled_from([-2, -1, 1, 2])), min_size=1, max_size=5)
)
def test_accumulations_of_any_parts(parts: list[tuple[int, int, int]]) -> None:
    builder = Builder()
    x, out = stored(builder, "x", 3), stored(builder, "out", 8)
    entries = []
    for k, (offset, count, stride) in enumerate(parts):
        ends = offset, offset + stride * (count - 1)
        if min(ends) >= 0 and max(ends) < 8:
            entries.append((View(offset, (count,), (stride,)), (x * (k + 2.0)).sin()[:count]))
    found = builder.accumulated((8,), np.float64, entries)
    if entries:
        require_same([total_of(found.tanh())], [(found, out)], {"x": np.arange(1.0, 4.0)})


# --- what a plan says -------------------------------------------------------------------------------------------------


def test_views_are_not_computed_but_reading_a_number_is() -> None:
    builder = Builder()
    x = stored(builder, "x", 4)
    assert not is_computed(x)
    assert not is_computed(x[1:])
    assert is_computed(x[1])
    assert is_number(x[1])
    assert not is_number(x[1:])
    assert not is_number(stored(builder, "y"))


@pytest.mark.parametrize(
    "outer", [View(2, (3, 4), (4, 1)), View(11, (2, 3), (-6, 1)), View(1, (4, 3), (1, 4)), View(3, (2, 2), (5, 2))]
)
@pytest.mark.parametrize("inner", [whole((2, 2)), View(1, (2,), (2,)), View(3, (2, 2), (-2, -1)), View(0, (), ())])
def test_a_view_within_a_view(outer: View, inner: View) -> None:
    flat = np.arange(30)
    expected = inner.on(np.ascontiguousarray(outer.on(flat)).reshape(-1))
    found = composed(outer, inner)
    if found is not None:
        np.testing.assert_array_equal(found.on(flat), expected)
    assert found is not None or not outer.is_contiguous


def test_what_is_entered_once_is_not_added_to_at_each_run() -> None:
    # A constant part of an accumulation that is itself a part of another, into which more is added.
    builder = Builder()
    x, out = stored(builder, "x", 3), stored(builder, "out", 3)
    inner = builder.accumulated((3,), np.float64, [(whole((3,)), builder.constant(np.full(3, 0.5)))])
    outer = builder.accumulated((3,), np.float64, [(whole((3,)), inner), (whole((3,)), x.exp())])
    require_same([total_of(outer * x)], [(outer.tanh(), out)], {"x": np.arange(3.0)})
