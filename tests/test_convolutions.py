"""Convolutions and pools beyond what the cases of all functions of arrays say: ties, larger arrays, bad input."""

import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from micrograd_plus import avg_pool2d, check_gradients, conv1d, conv2d, conv_transpose2d, max_pool2d
from micrograd_plus.array_ops import ARRAY_TABLE, convolutions
from micrograd_plus.engine import gradient
from micrograd_plus.tensor import Tensor
from tests.array_cases.convolutions import convolved
from tests.cases import each


def test_of_several_largest_the_first_row_by_row_gets_the_gradient() -> None:
    x = Tensor([[0.0, 5.0, 5.0], [5.0, 1.0, 5.0]])
    pooled = max_pool2d(x, 2, stride=1)
    pooled.backward(np.array([[1.0, 10.0]]))
    [slope] = gradient((pooled * np.array([1.0, 10.0])).sum(), [x])
    assert x.grad is not None
    assert x.grad.tolist() == slope.data.tolist() == [[0.0, 11.0, 0.0], [0.0, 0.0, 0.0]]


def test_images_are_taken_some_at_a_time_without_a_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    x, w, g = rng.normal(size=(5, 2, 6, 6)), rng.normal(size=(3, 2, 3, 3)), rng.normal(size=(5, 3, 2, 2))
    whole = [Tensor(x), Tensor(w)]
    conv2d(*whole, stride=2).backward(g)
    for images in (1, 2, 3):
        monkeypatch.setattr(convolutions, "_BLOCK_BYTES", images * w[0].size * 4 * x.itemsize)
        parts = [Tensor(x), Tensor(w)]
        y = conv2d(*parts, stride=2)
        y.backward(g)
        np.testing.assert_allclose(y.data, convolved(x, w, stride=2), rtol=1e-13, atol=1e-13)
        for a, b in zip(whole, parts, strict=True):
            assert a.grad is not None
            np.testing.assert_allclose(a.grad, b.grad, rtol=1e-13, atol=1e-13)


def test_no_more_windows_are_laid_out_than_a_block_has() -> None:
    """Those of one of these images take about a block."""
    x, w = np.ones((64, 8, 32, 32)), np.ones((8, 8, 3, 3))
    tracemalloc.start()
    result = conv2d(x, w)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < result.nbytes + 1.5 * convolutions._BLOCK_BYTES


@pytest.mark.parametrize("stride", [1, 2])
def test_what_is_not_the_largest_gets_nothing_of_an_infinite_gradient(stride: int) -> None:
    x = Tensor([[1.0, 2.0, 3.0], [0.0, 4.0, 5.0]])
    pooled = max_pool2d(x, 2, stride)
    pooled.backward(np.array([[np.inf, 1.0]])[:, : pooled.size])
    assert x.grad is not None
    assert x.grad.tolist() == [[0.0, 0.0, 0.0], [0.0, np.inf, 1.0 if stride == 1 else 0.0]]


def test_the_infinite_largest_is_found_within_the_margins() -> None:
    x = Tensor([[-1.0, np.inf], [2.0, 3.0]])
    pooled = max_pool2d(x, 2, padding=1)
    [first] = gradient(pooled.sum(), [x])
    np.testing.assert_array_equal(first.data, np.ones((2, 2)))
    taken = ARRAY_TABLE["max_pool2d_taken"](
        np.full((2, 2), 7.0), x.data, pooled.data, kernel=(2, 2), stride=(2, 2), padding=(1, 1)
    )
    np.testing.assert_array_equal(taken, np.full((2, 2), 7.0))


def test_windows_that_are_apart_down_and_not_along() -> None:
    x = Tensor(np.array([[1.0, 9.0, 2.0, 3.0], [0.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0]]))
    max_pool2d(x, (1, 3), stride=(3, 1)).sum().backward()
    assert x.grad is not None
    assert x.grad[0].tolist() == [0.0, 2.0, 0.0, 0.0]


@pytest.mark.parametrize(
    ("kernel", "stride"), [((2, 2), (1, 3)), ((2, 2), (3, 1)), ((3, 1), (2, 1)), ((1, 3), (1, 2)), ((2, 1), (3, 3))]
)
def test_windows_that_overlap_along_one_axis_alone(kernel: tuple[int, int], stride: tuple[int, int]) -> None:
    rising = np.arange(42.0).reshape(6, 7)  # an element is the largest of several windows, or it is of none
    for x in (rising, -rising):
        check_gradients(lambda x: (max_pool2d(x, kernel, stride) ** 2 * 0.01).sum(), x)


def test_margins_beyond_the_reach_of_a_kernel_have_no_gradient() -> None:
    for padding in ((4, 0), (0, 4), (1, 3)):
        check_gradients(lambda x, w, p=padding: (conv2d(x, w, padding=p) ** 2).sum(), IMAGES[:1, :1], KERNELS[:1, :1])


def test_whole_numbers_are_pooled() -> None:
    x = np.arange(9).reshape(3, 3)
    np.testing.assert_array_equal(max_pool2d(x, 2, padding=1), [[0, 2], [6, 8]])
    np.testing.assert_array_equal(avg_pool2d(x, 3), [[4]])


def test_nan_comes_through_the_largest() -> None:
    assert np.isnan(max_pool2d(np.array([[1.0, np.nan], [2.0, 3.0]]), 2)).all()


IMAGES, KERNELS = np.ones((2, 3, 5, 4)), np.ones((6, 3, 3, 2))
WRONG: list[tuple[Callable[[], Any], type[Exception], str]] = [
    (lambda: conv2d(IMAGES, KERNELS[:, :2]), ValueError, r"of shapes \(2, 3, 5, 4\) and \(6, 2, 3, 2\)"),
    (lambda: conv2d(IMAGES[0, 0], KERNELS), ValueError, r"of shapes \(5, 4\) and \(6, 3, 3, 2\)"),
    (lambda: conv2d(IMAGES, KERNELS[0]), ValueError, r"and \(3, 3, 2\): want images \(N, C, H, W\) and kernels"),
    (lambda: conv2d(IMAGES, np.ones((6, 3, 6, 2))), ValueError, r"no window of size \(6, 2\) in shape \(2, 3, 5, 4\)"),
    (
        lambda: conv2d(IMAGES, KERNELS, np.ones(5)),
        ValueError,
        r"no bias of shape \(5,\) .* \(6, 3, 3, 2\): want \(6,\)",
    ),
    (lambda: conv2d(IMAGES, KERNELS, stride=0), ValueError, r"wanted stride as .* at least 1, got int: 0"),
    (lambda: conv2d(IMAGES, KERNELS, stride=(1, 1, 1)), ValueError, r"wanted stride as an integer or a pair"),
    (lambda: conv2d(IMAGES, KERNELS, stride=1.0), TypeError, r"wanted integers as stride"),
    (lambda: conv2d(IMAGES, KERNELS, padding=-1), ValueError, r"wanted padding as .* at least 0, got int: -1"),
    (lambda: conv2d(IMAGES, KERNELS, stride=2, padding="same"), ValueError, r"stride 1, got \(2, 2\)"),
    (lambda: conv2d(IMAGES, KERNELS, padding="full"), ValueError, r"got 'full'"),
    (lambda: conv2d(IMAGES, KERNELS, dilation=2), TypeError, r"unexpected keyword argument 'dilation'"),
    (lambda: conv1d(IMAGES, KERNELS), ValueError, r"want sequences \(N, C, L\) and kernels \(O, C, l\)"),
    (
        lambda: conv_transpose2d(IMAGES, KERNELS),
        ValueError,
        r"of shapes \(2, 3, 5, 4\) and \(6, 3, 3, 2\): want images",
    ),
    (
        lambda: conv_transpose2d(IMAGES[:, :2], KERNELS[:2], padding=5),
        ValueError,
        r"no images have shape \(2, 2, 5, 4\)",
    ),
    (lambda: conv_transpose2d(IMAGES[:, :2], KERNELS[:2], output_padding=1), ValueError, r"below the stride \(1, 1\)"),
    (lambda: max_pool2d(IMAGES, 6), ValueError, r"no window of size \(6, 6\) in shape \(2, 3, 5, 4\)"),
    (
        lambda: max_pool2d(IMAGES, 2, padding=2),
        ValueError,
        r"padding of \(2, 2\) is more than half a window of \(2, 2\)",
    ),
    (lambda: avg_pool2d(IMAGES[0, 0, 0], 2), ValueError, r"wanted images of shape \(\.\.\., H, W\), got shape \(4,\)"),
    (lambda: avg_pool2d(IMAGES, 0), ValueError, r"wanted kernel_size as .* at least 1"),
]


@each("wrong, error, message", WRONG)
def test_what_does_not_fit_is_said_in_a_line(wrong: Callable[[], Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message) as caught:
        wrong()
    assert "\n" not in str(caught.value)
