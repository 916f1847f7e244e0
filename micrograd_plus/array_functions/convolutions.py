"""Convolutions and pools of images, channels first, by PyTorch's names and arguments."""

from __future__ import annotations

from typing import Any

from micrograd_plus import array_ops
from micrograd_plus.arguments import described
from micrograd_plus.array_functions.axes import listed
from micrograd_plus.array_functions.registry import array_function, as_operand
from micrograd_plus.array_functions.repeating import pad
from micrograd_plus.array_ops import reshape
from micrograd_plus.array_ops.margins import Pair


@array_function()
def conv2d(x: Any, weight: Any, bias: Any = None, stride: Any = 1, padding: Any = 0) -> Any:
    """Return the convolution of images (N, C, H, W) or one (C, H, W) with kernels (O, C, h, w), plus a bias (O,).

    As PyTorch's: kernels are not turned, `stride` and `padding` (with zeros, on both sides) are an integer or one for
    rows and one for columns; padding="valid" is none, "same" keeps the size where the stride is 1.
    ValueError for shapes that do not fit.
    """
    weight = as_operand(weight)
    if x.ndim not in (3, 4) or weight.ndim != 4 or x.shape[-3] != weight.shape[1]:
        wanted = "want images (N, C, H, W) and kernels (O, C, h, w)"
        raise ValueError(f"no convolution of shapes {x.shape} and {weight.shape}: {wanted}")
    kernel, strides = weight.shape[2:], pair(stride, "stride", 1)
    margins, at_ends = margins_of(padding, kernel, strides)
    bias = _checked_bias(bias, weight, 0)
    if any(at_ends):
        x = pad(x, ((0, 0),) * (x.ndim - 2) + tuple((0, more) for more in at_ends))
    _check_fit(x, kernel, margins)
    return _with_bias(array_ops.conv2d(_batch(x), weight, stride=strides, padding=margins), bias, x)


@array_function()
def conv_transpose2d(
    x: Any, weight: Any, bias: Any = None, stride: Any = 1, padding: Any = 0, output_padding: Any = 0
) -> Any:
    """Return what `conv2d` is the transpose of: images (N, O, H, W) or one (O, H, W) spread by kernels (O, C, h, w).

    As PyTorch's: from the shape of a convolution's result to that of its images, plus a bias (C,); `output_padding`
    tells apart the sizes of images of which a stride makes one. ValueError for shapes that do not fit.
    """
    weight = as_operand(weight)
    if x.ndim not in (3, 4) or weight.ndim != 4 or x.shape[-3] != weight.shape[0]:
        wanted = "want images (N, O, H, W) and kernels (O, C, h, w)"
        raise ValueError(f"no transposed convolution of shapes {x.shape} and {weight.shape}: {wanted}")
    strides, margins = pair(stride, "stride", 1), pair(padding, "padding", 0)
    extra = pair(output_padding, "output_padding", 0)
    if any(e >= s for e, s in zip(extra, strides, strict=True)):
        raise ValueError(f"wanted output_padding below the stride {strides}, got {extra}")
    sizes = zip(x.shape[-2:], weight.shape[2:], strides, margins, extra, strict=True)
    size = tuple((n - 1) * s - 2 * p + k + e for n, k, s, p, e in sizes)
    if min(size) < 1:
        raise ValueError(f"no images have shape {x.shape} after kernels {weight.shape} and a padding of {margins}")
    bias = _checked_bias(bias, weight, 1)
    return _with_bias(array_ops.conv2d_input(_batch(x), weight, size=size, stride=strides, padding=margins), bias, x)


def _batch(x: Any) -> Any:
    return x if x.ndim == 4 else reshape(x, shape=(1, *x.shape))


def _checked_bias(bias: Any, weight: Any, axis: int) -> Any:
    if bias is None:
        return None
    bias = as_operand(bias)
    if bias.shape != (weight.shape[axis],):
        raise ValueError(f"no bias of shape {bias.shape} for kernels {weight.shape}: want {(weight.shape[axis],)}")
    return bias


def _with_bias(out: Any, bias: Any, x: Any) -> Any:
    if bias is not None:
        out = out + reshape(bias, shape=(-1, 1, 1))
    return out if x.ndim == 4 else reshape(out, shape=out.shape[1:])


@array_function()
def conv1d(x: Any, weight: Any, bias: Any = None, stride: int = 1, padding: Any = 0) -> Any:
    """Return the convolution of sequences (N, C, L) or one (C, L) with kernels (O, C, l), plus a bias (O,).

    As `conv2d`, along one axis. ValueError for shapes that do not fit.
    """
    weight = as_operand(weight)
    if x.ndim not in (2, 3) or weight.ndim != 3 or x.shape[-2] != weight.shape[1]:
        wanted = "want sequences (N, C, L) and kernels (O, C, l)"
        raise ValueError(f"no convolution of shapes {x.shape} and {weight.shape}: {wanted}")
    image, kernel = (reshape(y, shape=(*y.shape[:-1], 1, y.shape[-1])) for y in (x, weight))
    margin = padding if isinstance(padding, str) else (0, *listed((padding,), "padding"))
    out = conv2d(image, kernel, bias, stride=(1, *listed((stride,), "stride")), padding=margin)
    return reshape(out, shape=(*out.shape[:-2], out.shape[-1]))


@array_function()
def max_pool2d(x: Any, kernel_size: Any, stride: Any = None, padding: Any = 0) -> Any:
    """Return the largest element of each window of images (..., H, W); the gradient goes to the first of several.

    As PyTorch's: sizes are an integer or one for rows and one for columns; `stride` is the window's size if it is not
    given, and what lies in the padding counts as -inf. ValueError for a window that does not fit.
    """
    return array_ops.max_pool2d(x, **_windows_in(x, kernel_size, stride, padding))


@array_function()
def avg_pool2d(x: Any, kernel_size: Any, stride: Any = None, padding: Any = 0) -> Any:
    """Return the mean of each window of images (..., H, W).

    As PyTorch's: sizes are an integer or one for rows and one for columns; `stride` is the window's size if it is not
    given, and what lies in the padding counts as 0. ValueError for a window that does not fit.
    """
    return array_ops.avg_pool2d(x, **_windows_in(x, kernel_size, stride, padding))


def windows_of(kernel_size: Any, stride: Any, padding: Any) -> dict[str, Pair]:
    """Return the parameters of a pool as pairs; TypeError or ValueError for what are none."""
    kernel = pair(kernel_size, "kernel_size", 1)
    strides = kernel if stride is None else pair(stride, "stride", 1)
    margins = pair(padding, "padding", 0)
    if any(2 * p > k for p, k in zip(margins, kernel, strict=True)):
        raise ValueError(f"a padding of {margins} is more than half a window of {kernel}: some would hold nothing else")
    return {"kernel": kernel, "stride": strides, "padding": margins}


def _windows_in(x: Any, kernel_size: Any, stride: Any, padding: Any) -> dict[str, Pair]:
    if x.ndim < 2:
        raise ValueError(f"wanted images of shape (..., H, W), got shape {x.shape}")
    windows = windows_of(kernel_size, stride, padding)
    _check_fit(x, windows["kernel"], windows["padding"])
    return windows


def pair(sizes: Any, what: str, least: int) -> Pair:
    """Return an integer twice, or a pair; TypeError or ValueError for what is neither or below `least`."""
    both = listed((sizes,), what)
    both = both * 2 if len(both) == 1 else both
    if len(both) != 2 or min(both) < least:
        raise ValueError(f"wanted {what} as an integer or a pair, at least {least}, got {described(sizes)}")
    return both[0], both[1]


def margins_of(padding: Any, kernel: Pair, stride: Pair) -> tuple[Pair, Pair]:
    """Return the margins on both sides, and what is added at the ends; TypeError or ValueError for no padding."""
    if not isinstance(padding, str):
        return pair(padding, "padding", 0), (0, 0)
    if padding == "valid":
        return (0, 0), (0, 0)
    if padding != "same":
        raise ValueError(f'wanted padding as an integer, a pair, "same" or "valid", got {padding!r}')
    if stride != (1, 1):
        raise ValueError(f'padding="same" wants stride 1, got {stride}')
    # A kernel of even size has one more at the end, as in PyTorch.
    return ((kernel[0] - 1) // 2, (kernel[1] - 1) // 2), ((kernel[0] + 1) % 2, (kernel[1] + 1) % 2)


def _check_fit(x: Any, kernel: Pair, padding: Pair) -> None:
    sizes = [n + 2 * p for n, p in zip(x.shape[-2:], padding, strict=True)]
    if any(k > n or k == 0 for k, n in zip(kernel, sizes, strict=True)):
        raise ValueError(f"no window of size {tuple(kernel)} in shape {x.shape} with padding {padding}")
