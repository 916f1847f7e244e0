"""Layers for images (N, C, H, W): convolution and pools; and what makes features of them."""

from __future__ import annotations

from typing import Any

import numpy as np

from micrograd_plus.arguments import flag, integer_at_least
from micrograd_plus.array_functions.convolutions import (
    avg_pool2d,
    conv2d,
    margins_of,
    max_pool2d,
    pair,
    windows_of,
)
from micrograd_plus.array_functions.shapes import flatten
from micrograd_plus.nn.checked import as_tensor
from micrograd_plus.nn.initial import Initialiser, convolution_weights, default_initialiser
from micrograd_plus.nn.leaves import parameter
from micrograd_plus.nn.module import Module
from micrograd_plus.seeding import Rng
from micrograd_plus.tensor import Tensor


class Conv2d(Module):
    """Convolution of images (N, C, H, W) or one (C, H, W) with kernels `weight` (O, C, h, w), plus `bias` (O,).

    `kernel_size`, `stride` and `padding` are an integer or one for rows and one for columns; see `conv2d`. The weights
    are drawn as those of a `Linear` layer whose inputs are what a kernel covers, or by `init`. ValueError for sizes
    that cannot be, and shapes that do not fit; TypeError for PyTorch's `dilation`, which stands before its `bias`.

    >>> Conv2d(1, 8, 3, padding=1, rng=0)(np.ones((5, 1, 28, 28))).shape
    (5, 8, 28, 28)
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Any,
        stride: Any = 1,
        padding: Any = 0,
        bias: bool = True,
        *,
        nonlinearity: str = "linear",
        init: Initialiser | None = None,
        rng: Rng,
    ) -> None:
        channels = integer_at_least(1, "in_channels", in_channels)
        kernels = integer_at_least(1, "out_channels", out_channels)
        init = init or default_initialiser(nonlinearity)
        kernel = pair(kernel_size, "kernel_size", 1)
        margins_of(padding, kernel, pair(stride, "stride", 1))
        self.stride, self.padding = stride, padding
        self.weight = parameter(convolution_weights(init, (kernels, channels, *kernel), rng=rng), "W")
        self.bias = parameter(np.zeros(kernels), "b") if flag("bias", bias) else None

    def forward(self, x: Any) -> Tensor:
        """Return an image of each kernel's products."""
        out: Tensor = conv2d(as_tensor(x), self.weight, self.bias, stride=self.stride, padding=self.padding)
        return out

    def _title(self) -> str:
        kernels, channels, *kernel = self.weight.shape
        return f"Conv2d({channels}, {kernels}, {tuple(kernel)})"


class Pool2d(Module):
    """Abstract: makes one number of each window; see the function of the same name."""

    def __init__(self, kernel_size: Any, stride: Any = None, padding: Any = 0) -> None:
        windows_of(kernel_size, stride, padding)
        self.kernel_size, self.stride, self.padding = kernel_size, stride, padding

    def _title(self) -> str:
        return f"{type(self).__name__}({self.kernel_size})"


class MaxPool2d(Pool2d):
    """The largest number of each window of images (..., H, W), by default of windows side by side.

    >>> MaxPool2d(2)(np.arange(16.0).reshape(1, 4, 4)).tolist()
    [[[5.0, 7.0], [13.0, 15.0]]]
    """

    def forward(self, x: Any) -> Tensor:
        """Return images of the largest numbers."""
        out: Tensor = max_pool2d(as_tensor(x), self.kernel_size, self.stride, self.padding)
        return out


class AvgPool2d(Pool2d):
    """The mean of each window of images (..., H, W), by default of windows side by side.

    >>> AvgPool2d(2)(np.arange(16.0).reshape(1, 4, 4)).tolist()
    [[[2.5, 4.5], [10.5, 12.5]]]
    """

    def forward(self, x: Any) -> Tensor:
        """Return images of the means."""
        out: Tensor = avg_pool2d(as_tensor(x), self.kernel_size, self.stride, self.padding)
        return out


class Flatten(Module):
    """Makes one axis of those from `start_dim` to `end_dim`, by default of all but the first: features of images.

    >>> Flatten()(np.ones((5, 8, 4, 4))).shape
    (5, 128)
    """

    def __init__(self, start_dim: int = 1, end_dim: int = -1) -> None:
        self.start_dim, self.end_dim = start_dim, end_dim

    def forward(self, x: Any) -> Tensor:
        """Return the same numbers with these axes as one."""
        out: Tensor = flatten(as_tensor(x), self.start_dim, self.end_dim)
        return out
