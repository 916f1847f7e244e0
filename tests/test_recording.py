"""A recording holds what `steps` yields."""

import sys

import numpy as np
import pytest

from micrograd_plus import Tensor, Value, nn
from micrograd_plus.recording import Recording
from micrograd_plus.steps import steps


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
