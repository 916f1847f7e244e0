"""A recording holds what `steps` yields."""

import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from micrograd_plus import Tensor, Value, nn
from micrograd_plus.engine import operations
from micrograd_plus.recording import Recording
from micrograd_plus.steps import Step, steps, walked
from tests.graphs import bits
from tests.programs import QUARTERS, Program, programs


def test_a_recording_of_values_holds_the_steps() -> None:
    root = nn.MLP(2, [3, 1], rng=0)([1.0, -2.0])
    recording = Recording(root)
    assert list(recording) == list(steps(root))
    assert recording[2:4] == [recording[2], recording[3]]
    assert recording[-1] == recording[len(recording) - 1]
    root.backward()
    assert [node.grad for node in recording.nodes] == recording.gradients


def test_a_recording_of_tensors_holds_the_steps() -> None:
    x = Tensor([1.0, -2.0])
    root = (x * np.array([3.0, 4.0]) + x).relu().sum()
    recording = Recording(root)
    for ours, step in zip(recording, steps(root), strict=True):
        assert (ours.node, ours.k, ours.input) == (step.node, step.k, step.input)
        np.testing.assert_array_equal(ours.total, step.total)
        assert (ours.before is None) == (step.before is None)
    root.backward()
    np.testing.assert_array_equal(recording.gradients[recording.position[x]], x.grad)


def test_a_rule_made_by_hand_has_no_slope() -> None:
    a = Value(2.0)
    out = Value(4.0, (a,), "square")
    [step] = Recording(out)
    assert step.slope is None


def test_a_step_takes_less_than_a_hundred_bytes() -> None:
    y = Value(1.0)
    for _ in range(1000):
        y = y * 1.01 + 0.5
    recording = Recording(y)
    columns = (value for name, value in vars(recording).items() if name not in ("nodes", "position", "gradients"))
    assert sum(map(sys.getsizeof, columns)) / len(recording) < 100


def test_there_is_no_step_beyond_the_last() -> None:
    recording = Recording(Value(1.0) + 2.0)
    with pytest.raises(IndexError, match="has 2 steps, got 2"):
        recording[2]


@given(programs(st.one_of(QUARTERS, st.floats())), st.sets(st.integers(0, 20), max_size=2))
def test_the_fast_way_for_floats_is_the_general_one(program: Program, places: set[int]) -> None:
    root = program.run([Value(x) for x in program.inputs])
    pinned = [node for k, node in enumerate(operations(root)) if k in places]
    recording = Recording(root, pinned)
    general = [Step(*facts) for facts in walked(root, pinned)]
    for ours, step in zip(recording, general, strict=True):
        assert (ours.node, ours.k, ours.input) == (step.node, step.k, step.input)
        assert [number is None for number in (ours.slope, ours.before)] == [step.slope is None, step.before is None]
        for name in ("upstream", "slope", "share", "before", "total"):
            assert bits(getattr(ours, name) or 0.0) == bits(getattr(step, name) or 0.0)


def test_nothing_passes_a_pinned_node() -> None:
    x, y = Value(2.0), Value(3.0)
    product = x * y
    root = product + x
    recording = Recording(root)
    recording.renew([product])
    assert [(step.node, step.input) for step in recording] == [(root, product), (root, x)]
    assert recording.gradients == [1.0, None, 1.0, 1.0]
    recording.renew()
    assert list(recording) == list(steps(root))


def test_numbers_are_recorded_again_in_place() -> None:
    for x in (Value(2.0), Tensor([2.0])):
        root = (x * x).exp()
        recording = Recording(root)
        x.data = x.data * 0.5
        root.refresh()
        recording.renew()
        anew = Recording(root)
        assert [bits(step.total) for step in recording] == [bits(step.total) for step in anew]
        assert [bits(g) for g in recording.gradients] == [bits(g) for g in anew.gradients]


def test_what_is_out_of_date_is_not_recorded() -> None:
    x = Value(2.0)
    root = x * x
    x.data = 3.0
    with pytest.raises(RuntimeError, match="changed after"):
        Recording(root)
    assert len(Recording(root, [root])) == 0  # a pinned node needs no inputs
