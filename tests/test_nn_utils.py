"""Clipping of gradients: PyTorch's rules, for Values and Tensors."""

import math

import numpy as np
import pytest

from micrograd_plus import Tensor, Value
from micrograd_plus.nn.utils import clip_grad_norm_, clip_grad_value_


def test_clipping_scales_all_gradients_by_one_factor() -> None:
    x, w, unused = Value(1.0), Tensor([1.0, 1.0]), Value(1.0)
    x.grad, w.grad = 2.0, np.array([-1.0, 4.0])
    norm = np.sqrt(4 + 1 + 16)
    assert clip_grad_norm_([x, w, unused], 1.0) == pytest.approx(norm, rel=1e-15)
    clipped = np.array([x.grad, *w.grad])
    np.testing.assert_allclose(clipped, np.array([2.0, -1.0, 4.0]) / norm, rtol=1e-6)
    assert not unused.has_grad
    assert clip_grad_norm_([x, w], 5.0) == pytest.approx(1.0, rel=1e-6)
    np.testing.assert_array_equal([x.grad, *w.grad], clipped)


def gradients() -> tuple[Value, Tensor, Tensor]:
    x, w, v = Value(1.0), Tensor(np.zeros((3, 2))), Tensor(np.zeros(()))
    x.grad, w.grad, v.grad = -3.0, np.random.default_rng(0).normal(size=(3, 2)), np.array(0.5)
    return x, w, v


@pytest.mark.slow
@pytest.mark.parametrize("p", [0.5, 1.0, 2.0, 3.0, math.inf])
@pytest.mark.parametrize("limit", [0.0, 0.5, 100.0])
def test_clipping_is_that_of_torch(p: float, limit: float) -> None:
    torch = pytest.importorskip("torch")
    ours = gradients()
    theirs = [torch.zeros(np.shape(x.data), dtype=torch.float64, requires_grad=True) for x in ours]
    for their, our in zip(theirs, ours, strict=True):
        their.grad = torch.tensor(our.grad, dtype=torch.float64)
    wanted = torch.nn.utils.clip_grad_norm_(theirs, limit, norm_type=p)
    assert clip_grad_norm_(ours, limit, norm_type=p) == pytest.approx(wanted.item(), rel=1e-14)
    torch.nn.utils.clip_grad_value_(theirs, 0.3)
    clip_grad_value_(ours, 0.3)
    for their, our in zip(theirs, ours, strict=True):
        np.testing.assert_allclose(our.grad, their.grad.numpy(), rtol=1e-14)
        assert type(our.grad) is (float if isinstance(our, Value) else np.ndarray)


def test_entries_are_clipped_to_a_range() -> None:
    x, w, v = gradients()
    before = w.grad
    clip_grad_value_([x, w, v, Value(1.0)], 0.5)
    assert (x.grad, v.grad) == (-0.5, 0.5)
    assert np.abs(w.grad).max() == 0.5
    np.testing.assert_array_equal(w.grad[np.abs(before) < 0.5], before[np.abs(before) < 0.5])
    clip_grad_value_(w, 0.125)  # one parameter is a list of it
    assert np.abs(w.grad).max() == 0.125


def test_float32_stays_float32() -> None:
    w = Tensor(np.zeros(2, np.float32))
    w.grad = np.array([3.0, 4.0], np.float32)
    clip_grad_norm_(w, 1.0)
    clip_grad_value_(w, 0.7)
    assert w.grad.dtype == np.float32


@pytest.mark.parametrize("broken", [math.inf, math.nan])
def test_a_norm_that_is_not_finite_is_an_error_if_asked_for(broken: float) -> None:
    x, w = Value(1.0), Value(1.0)
    x.grad, w.grad = broken, 3.0
    for p in (2.0, math.inf):
        with pytest.raises(RuntimeError, match=f"the norm of the gradients is {broken}"):
            clip_grad_norm_([x, w], 1.0, norm_type=p, error_if_nonfinite=True)
    assert w.grad == 3.0


def test_wrong_limits_are_answered_in_one_line() -> None:
    w = Value(1.0)
    for act, message in (
        (lambda: clip_grad_norm_([w], -1.0), "max_norm is a finite number of at least 0, not -1.0"),
        (lambda: clip_grad_norm_([w], 1.0, norm_type=0.0), "norm_type is a number above 0, not 0.0"),
        (lambda: clip_grad_norm_([], 1.0), "at least one parameter"),
        (lambda: clip_grad_value_([w], -1.0), "clip_value is a finite number of at least 0, not -1.0"),
    ):
        with pytest.raises(ValueError, match=message):
            act()
