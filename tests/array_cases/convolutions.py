"""Convolutions and pools."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from tests.array_cases.case import Case, Shape

# images, kernels, what is asked
CONVOLUTIONS: list[tuple[Shape, Shape, dict[str, Any]]] = [
    ((2, 2, 4, 5), (3, 2, 3, 2), {}),
    ((2, 2, 4, 5), (3, 2, 3, 2), {"stride": 2}),
    ((1, 2, 5, 4), (2, 2, 2, 3), {"stride": (3, 1), "padding": (0, 2)}),
    ((2, 1, 3, 3), (2, 1, 3, 3), {"padding": 1}),
    ((2, 1, 3, 3), (1, 1, 3, 1), {"padding": "same"}),
    ((2, 1, 3, 3), (1, 1, 2, 4), {"padding": "same"}),
    ((2, 1, 3, 3), (1, 1, 3, 3), {"padding": "valid"}),
    ((2, 3, 2, 2), (2, 3, 1, 1), {}),
    ((1, 1, 2, 2), (2, 1, 1, 2), {"padding": (3, 4), "stride": 2}),  # more padding than the kernel is large
    ((2, 4, 3), (1, 2, 2, 2), {"stride": (2, 1)}),
    ((0, 2, 3, 3), (2, 2, 2, 2), {}),
    ((2, 1, 3, 3), (0, 1, 2, 2), {}),
]
TRANSPOSED: list[tuple[Shape, Shape, dict[str, Any]]] = [
    ((2, 2, 2, 3), (2, 3, 3, 2), {}),
    ((1, 2, 2, 3), (2, 1, 3, 2), {"stride": (2, 1), "padding": (1, 0)}),
    ((1, 1, 2, 2), (1, 2, 2, 2), {"stride": 3, "output_padding": (2, 1)}),
    ((2, 2, 3), (2, 1, 3, 3), {"stride": 2, "padding": 1, "output_padding": 1}),
]
SEQUENCES: list[tuple[Shape, Shape, dict[str, Any]]] = [
    ((2, 2, 5), (3, 2, 3), {}),
    ((2, 1, 5), (2, 1, 2), {"stride": 2, "padding": 1}),
    ((1, 5), (2, 1, 3), {"padding": "same"}),
]
POOLS: list[tuple[Shape, tuple[Any, ...], dict[str, Any]]] = [
    ((2, 1, 4, 4), (2,), {}),
    ((1, 2, 5, 4), ((2, 3),), {}),
    ((1, 2, 4, 5), (3, 1), {}),
    ((1, 1, 5, 5), (2, 3), {"padding": 1}),
    ((1, 1, 5, 4), ((3, 2), (1, 2)), {"padding": (1, 0)}),
    ((1, 3, 3), (1,), {}),
    ((1, 3, 4), (1, 2), {}),
    ((1, 3, 4), ((3, 4),), {}),
    ((0, 1, 3, 3), (2,), {}),
]


def pair(x: Any) -> tuple[int, int]:
    return x if isinstance(x, tuple) else (x, x)


def windows(x: np.ndarray, kernel: Any, stride: Any, padding: Any, outside: float) -> np.ndarray:
    """Return all windows of the last two axes, as two more."""
    around = [(0, 0)] * (x.ndim - 2) + [(p, p) for p in pair(padding)]
    padded = np.pad(x, around, constant_values=outside)
    view = np.lib.stride_tricks.sliding_window_view(padded, pair(kernel), axis=(-2, -1))
    rows, columns = pair(stride)
    return view[..., ::rows, ::columns, :, :]


def convolved(x: np.ndarray, w: np.ndarray, b: Any = 0.0, stride: Any = 1, padding: Any = 0) -> np.ndarray:
    if padding == "same":
        around = [(0, 0)] * (x.ndim - 2) + [((k - 1) // 2, k // 2) for k in w.shape[2:]]
        x = np.pad(x, around)
    padding = 0 if isinstance(padding, str) else padding
    return np.einsum("...cyxhw,ochw->...oyx", windows(x, w.shape[2:], stride, padding, 0.0), w) + np.reshape(
        b, (-1, 1, 1)
    )


def convolved_along(x: np.ndarray, w: np.ndarray, b: Any = 0.0, stride: int = 1, padding: Any = 0) -> np.ndarray:
    padding = padding if isinstance(padding, str) else (0, padding)
    return convolved(x[..., None, :], w[..., None, :], b, (1, stride), padding)[..., 0, :]


def transposed(
    x: np.ndarray, w: np.ndarray, b: Any = 0.0, stride: Any = 1, padding: Any = 0, output_padding: Any = 0
) -> np.ndarray:
    steps = zip(x.shape[-2:], w.shape[2:], pair(stride), pair(output_padding), strict=True)
    result = np.zeros((*x.shape[:-3], w.shape[1], *((n - 1) * s + k + e for n, k, s, e in steps)))
    (down, right), (height, width) = pair(stride), w.shape[2:]
    for i, j in np.ndindex(x.shape[-2:]):
        spread = np.einsum("...o,ochw->...chw", x[..., i, j], w)
        result[..., i * down : i * down + height, j * right : j * right + width] += spread
    top, left = pair(padding)
    return result[..., top : result.shape[-2] - top, left : result.shape[-1] - left] + np.reshape(b, (-1, 1, 1))


def pooled(combine: Callable[..., Any], outside: float) -> Callable[..., Any]:
    def pool(x: np.ndarray, kernel: Any, stride: Any = None, padding: Any = 0) -> Any:
        return combine(windows(x, kernel, stride or kernel, padding, outside), axis=(-2, -1))

    return pool


def written(name: str, of_numpy: Callable[..., Any], shapes: Any, arguments: Any, asked: dict[str, Any]) -> Case:
    def theirs(torch: Any, *inputs: Any) -> Any:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Using padding='same' with even kernel")  # PyTorch copies, as we do
            return getattr(torch.nn.functional, name)(*inputs, *arguments, **asked)

    # PyTorch wants at least one kernel and one channel.
    torch = None if 0 in shapes[-1] else theirs
    return Case(name, shapes, arguments, asked, expected=lambda *x: of_numpy(*x, *arguments, **asked), torch=torch)


CASES = [
    *(
        written(name, function, (x, w, *bias), (), asked)
        for name, function, table in (("conv2d", convolved, CONVOLUTIONS), ("conv1d", convolved_along, SEQUENCES))
        for x, w, asked in table
        for bias in ((), (w[:1],))
    ),
    *(
        written("conv_transpose2d", transposed, (x, w, *bias), (), asked)
        for x, w, asked in TRANSPOSED
        for bias in ((), (w[1:2],))
    ),
    *(written("max_pool2d", pooled(np.max, -np.inf), (x,), arguments, asked) for x, arguments, asked in POOLS),
    *(written("avg_pool2d", pooled(np.mean, 0.0), (x,), arguments, asked) for x, arguments, asked in POOLS),
]
