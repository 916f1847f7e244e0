"""An optimizer's state in flat buffers: programs and the optimizer go on from each other's steps."""

import copy
import gc
import pickle
import weakref
from typing import Any

import numpy as np
import pytest

from micrograd_plus import Tensor, Value
from micrograd_plus.compiler.optimizer_state import FlatState, HeldState
from micrograd_plus.optim import SGD, Adam, Optimizer

NUMBERS = (False, False, True, False)  # Adam's: the number of steps is one for all


def adam(dtype: Any = float) -> Adam:
    return Adam([Tensor([[1.0, -2.0], [3.0, 0.5]], dtype=dtype), Tensor(2.0, dtype=dtype)], lr=0.1)


def flat(optimizer: Optimizer, numbers: tuple[bool, ...] = NUMBERS, dtype: Any = float) -> FlatState:
    return FlatState(optimizer, [(0, 1, (2, 2)), (1, 0, ())], 5, dtype, numbers)


def eager_step(optimizer: Optimizer, missing: int | None = None) -> None:
    for k, parameter in enumerate(optimizer.params):
        parameter.zero_grad()
        if k != missing:
            parameter.grad = np.sin(parameter.data)
    optimizer.step()


def flat_step(optimizer: Any, state: FlatState) -> None:
    """Do as a program does: the rule on all elements at once, in the buffers."""
    if not state.is_current():
        state.adopt()
    matrix, number = optimizer.params
    data = np.append(number.data, matrix.data)
    new, *slots = type(optimizer).rule(data, np.sin(data), *state.slots, **optimizer.settings()[0])
    number.data, matrix.data = new[0], new[1:].reshape(2, 2)
    for k, slot in enumerate(slots):
        state.slots[k][:] = slot


def numbers(optimizer: Optimizer) -> list[Any]:
    """Return data and state in full shapes; a state begins as plain zeros."""
    shapes = [parameter.shape for parameter in optimizer.params]
    return [
        *(parameter.data.tolist() for parameter in optimizer.params),
        *(np.broadcast_to(x, s).tolist() for s, kept in zip(shapes, optimizer.state(), strict=True) for x in kept),
    ]


@pytest.mark.parametrize("kinds", [NUMBERS, (False,) * 4])
def test_steps_of_both_kinds_follow_each_other(kinds: tuple[bool, ...]) -> None:
    expected, optimizer = adam(), adam()
    state = flat(optimizer, kinds)
    for is_flat in (True, True, False, True, False, False, True):
        eager_step(expected)
        flat_step(optimizer, state) if is_flat else eager_step(optimizer)
        for ours, theirs in zip(numbers(optimizer), numbers(expected), strict=True):
            np.testing.assert_allclose(ours, theirs, rtol=1e-14)


def test_another_place_for_the_state_goes_on_from_the_first() -> None:
    expected, optimizer = adam(), adam()
    states = [flat(optimizer), flat(optimizer, (False,) * 4)]
    for k in (0, 1, 0, 0, 1):
        eager_step(expected)
        flat_step(optimizer, states[k])
        assert [state.is_current() for state in states] == [k == 0, k == 1]
    np.testing.assert_allclose(optimizer.params[0].data, expected.params[0].data, rtol=1e-14)


def test_adopting_changes_no_number() -> None:
    optimizer = adam()
    eager_step(optimizer)
    before = numbers(optimizer)
    state = flat(optimizer)
    assert not state.is_current()
    assert all(np.all(slot == 0.0) for slot in state.slots)
    state.adopt()
    assert state.is_current()
    assert numbers(optimizer) == before
    mean, square, steps, _ = state.slots
    kept = optimizer.state()
    assert mean.tolist() == [kept[1][0].item(), *kept[0][0].ravel()]
    assert square.tolist() == [kept[1][1].item(), *kept[0][1].ravel()]
    assert type(kept[0][2]) is float
    assert steps.tolist() == [kept[0][2]] == [kept[1][2]]


def test_values_read_floats() -> None:
    optimizer = SGD([Value(1.0), Value(2.0)], lr=0.1, momentum=0.9)
    state = FlatState(optimizer, [(1, 0, None)], 1, float, (False, True))
    optimizer.set_state([[3.0, 0.0], [4.0, 1.0]])
    state.adopt()
    state.slots[0] += 1.0
    assert optimizer.state() == [[3.0, 0.0], [5.0, 1.0]]
    assert type(optimizer.state()[1][0]) is float


def test_what_state_returned_stays_as_it_was() -> None:
    optimizer = adam()
    state = flat(optimizer)
    flat_step(optimizer, state)
    kept = optimizer.state()
    before = copy.deepcopy(kept)
    flat_step(optimizer, state)
    np.testing.assert_equal(kept, before)
    optimizer.set_state(kept)
    assert not state.is_current()
    state.adopt()
    np.testing.assert_equal(optimizer.state(), before)


def test_float32_stays_float32() -> None:
    optimizer = adam(np.float32)
    state = flat(optimizer, dtype=np.float32)
    flat_step(optimizer, state)
    eager_step(optimizer)
    state.adopt()
    eager_step(optimizer)
    for mean, square, steps, _ in optimizer.state():
        assert (mean.dtype, square.dtype, type(steps)) == (np.float32, np.float32, float)
    assert {parameter.dtype for parameter in optimizer.params} == {np.dtype(np.float32)}


def test_parameters_that_missed_steps_share_no_number() -> None:
    optimizer = adam()
    eager_step(optimizer)
    eager_step(optimizer, missing=0)
    before = numbers(optimizer)
    state = flat(optimizer)
    with pytest.raises(ValueError, match="some missed steps"):
        state.adopt()
    assert not state.is_current()
    assert numbers(optimizer) == before
    assert all(np.all(slot == 0.0) for slot in state.slots)
    one_each = flat(optimizer, (False,) * 4)
    one_each.adopt()
    assert numbers(optimizer) == before
    assert one_each.slots[2].tolist() == [2.0, 1.0, 1.0, 1.0, 1.0]


def test_each_cohort_has_its_number() -> None:
    optimizer = adam()
    eager_step(optimizer)
    eager_step(optimizer, missing=0)
    before = numbers(optimizer)
    state = FlatState(optimizer, [(0, 1, (2, 2)), (1, 0, ())], 5, float, NUMBERS, cohorts=[0, 1])
    state.adopt()
    assert numbers(optimizer) == before
    assert state.slots[2].tolist() == [1.0, 2.0]
    state.slots[2] += 1.0
    assert [kept[2] for kept in optimizer.state()] == [2.0, 3.0]


def test_a_parameter_without_gradient_keeps_its_state_in_an_eager_step() -> None:
    expected, optimizer = adam(), adam()
    flat_step(optimizer, flat(optimizer))
    eager_step(expected)
    eager_step(optimizer, missing=1)
    eager_step(expected, missing=1)
    np.testing.assert_allclose(optimizer.params[0].data, expected.params[0].data, rtol=1e-14)
    np.testing.assert_allclose(optimizer.state()[1], expected.state()[1], rtol=1e-14)


def test_one_flag_for_each_number_is_wanted() -> None:
    with pytest.raises(ValueError, match=r"keeps 4 number\(s\) of each parameter, got 1"):
        flat(adam(), (False,))


def test_copies_are_plain_lists() -> None:
    optimizer = adam()
    state = flat(optimizer)
    flat_step(optimizer, state)
    assert {type(kept) for kept in optimizer._states} == {HeldState}
    for copied in (copy.deepcopy(optimizer), pickle.loads(pickle.dumps(optimizer))):  # noqa: S301 - its own bytes
        assert {type(kept) for kept in copied._states} == {list}
        assert numbers(copied) == numbers(optimizer)
        eager_step(copied)
        assert numbers(copied) != numbers(optimizer)


@pytest.mark.usefixtures("_no_collector")
def test_optimizer_and_buffers_are_freed_without_the_collector() -> None:
    assert not gc.isenabled()
    optimizer = adam()
    state = flat(optimizer)
    flat_step(optimizer, state)
    gone = [weakref.ref(optimizer), weakref.ref(state), weakref.ref(state.slots[0])]
    del state
    assert gone[2]() is not None  # the optimizer reads it
    del optimizer
    assert [each() for each in gone] == [None] * 3
