"""Layers that give numbers mean 0 and variance 1, then a scale and a shift of their own."""

from __future__ import annotations

from typing import Any

import numpy as np

from micrograd_plus.arguments import integer_at_least, number_at_least, positive_number
from micrograd_plus.array_functions.axes import listed
from micrograd_plus.array_ops import normalised
from micrograd_plus.nn.checked import as_tensor, refuse_replay
from micrograd_plus.nn.leaves import parameter
from micrograd_plus.nn.module import Module
from micrograd_plus.tensor import Tensor


class LayerNorm(Module):
    """`(x - mean) / sqrt(variance + eps) * weight + bias`, mean and variance over the last axes of each sample.

    `normalized_shape` is the size of the last axis, or the sizes of the last axes; weight (1 at first) and bias (0) are
    of that shape. ValueError for other sizes. Ba, Kiros and Hinton, "Layer Normalization" (2016).

    >>> LayerNorm(4)([[1.0, 2.0, 3.0, 4.0]]).data.round(3)
    array([[-1.342, -0.447,  0.447,  1.342]])
    """

    def __init__(
        self, normalized_shape: Any, eps: float = 1e-5, elementwise_affine: bool = True, bias: bool = True
    ) -> None:
        self.normalized_shape = listed((normalized_shape,), "normalized_shape")
        if not self.normalized_shape or min(self.normalized_shape) < 1:
            raise ValueError(f"normalized_shape holds sizes of at least 1, not {self.normalized_shape}")
        self.eps = positive_number("eps", eps)
        self.weight = parameter(np.ones(self.normalized_shape), "gamma") if elementwise_affine else None
        self.bias = parameter(np.zeros(self.normalized_shape), "beta") if elementwise_affine and bias else None
        axes = tuple(range(-len(self.normalized_shape), 0))
        self._axis = -1 if axes == (-1,) else axes

    def forward(self, x: Any) -> Tensor:
        """Return what has mean 0 and variance 1 along the last axes, scaled and shifted."""
        x, wanted = as_tensor(x), self.normalized_shape
        if x.shape[-len(wanted) :] != wanted:
            raise ValueError(f"LayerNorm wants a shape that ends in {wanted}, got {x.shape}")
        return _scaled(normalised(x, axis=self._axis, eps=self.eps), self.weight, self.bias)

    def _title(self) -> str:
        return f"LayerNorm({', '.join(map(str, self.normalized_shape))})"


class BatchNorm(Module):
    """Abstract: what `BatchNorm1d` and `BatchNorm2d` have in common."""

    running_mean: Any
    running_var: Any
    num_batches_tracked: Any

    _ranks: tuple[int, ...] = ()
    _wanted = ""

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
    ) -> None:
        self.num_features = integer_at_least(1, "num_features", num_features)
        self.eps = positive_number("eps", eps)
        self.momentum = momentum if momentum is None else number_at_least(0, "momentum", momentum)
        self.weight = parameter(np.ones(num_features), "gamma") if affine else None
        self.bias = parameter(np.zeros(num_features), "beta") if affine else None
        self.track_running_stats = track_running_stats
        if track_running_stats:
            self.register_buffer("running_mean", np.zeros(num_features))
            self.register_buffer("running_var", np.ones(num_features))
            self.register_buffer("num_batches_tracked", np.array(0))

    def forward(self, x: Any) -> Tensor:
        """Return the features with mean 0 and variance 1, scaled and shifted."""
        x = as_tensor(x)
        if x.ndim not in self._ranks or x.shape[1] != self.num_features:
            wanted = self._wanted.format(self.num_features)
            raise ValueError(f"{type(self).__name__} wants shape {wanted}, got {x.shape}")
        by_batch = self.training or not self.track_running_stats
        normal = self._by_batch(x) if by_batch else self._by_running_statistics(x)
        parameters = [p if p is None else self._along_features(p, x) for p in (self.weight, self.bias)]
        return _scaled(normal, *parameters)

    def _by_batch(self, x: Tensor) -> Tensor:
        axis = (0, *range(2, x.ndim))
        count = x.size // self.num_features
        if self.training:
            if count < 2:
                raise ValueError(f"{type(self).__name__} in training wants more than 1 number a feature, got {x.shape}")
            if self.track_running_stats:
                self._track(x.data, axis, count)
        normal: Tensor = normalised(x, axis=0 if axis == (0,) else axis, eps=self.eps)
        return normal

    def _track(self, data: Any, axis: tuple[int, ...], count: int) -> None:
        refuse_replay(f"what {type(self).__name__} keeps in training mode")
        self.num_batches_tracked = self.num_batches_tracked + 1
        share = 1.0 / self.num_batches_tracked if self.momentum is None else self.momentum
        dtype = self.running_mean.dtype
        mean = np.add.reduce(data, axis=axis, keepdims=True) / count
        variance = np.add.reduce(np.square(data - mean), axis=axis) / (count - 1)
        for name, now in (("running_mean", mean.ravel()), ("running_var", variance)):
            setattr(self, name, ((1.0 - share) * getattr(self, name) + share * now).astype(dtype))

    def _by_running_statistics(self, x: Tensor) -> Tensor:
        deviation = np.sqrt(self.running_var + self.eps)
        centred: Tensor = x - self._along_features(self.running_mean, x)
        normal: Tensor = centred / self._along_features(deviation, x)
        return normal

    def _along_features(self, array: Any, x: Tensor) -> Any:
        return array.reshape(-1, *[1] * (x.ndim - 2)) if x.ndim > 2 else array

    def _title(self) -> str:
        return f"{type(self).__name__}({self.num_features})"


class BatchNorm1d(BatchNorm):
    """Gives each of C features mean 0 and variance 1 over a batch (N, C) or (N, C, L); then `* weight + bias`.

    In training by mean and variance of the batch, which move `running_mean` and `running_var` by the share `momentum`
    (None: these become the means over all batches); after eval() by these. ValueError for other shapes and, in
    training, for one number a feature. A compiled program would not move what is kept: RuntimeError there, in training.
    Ioffe and Szegedy, "Batch Normalization" (2015).

    >>> layer = BatchNorm1d(2)
    >>> layer([[1.0, 5.0], [3.0, 9.0]]).data.round(3)
    array([[-1., -1.],
           [ 1.,  1.]])
    >>> layer.running_mean
    array([0.2, 0.7])
    """

    _ranks = (2, 3)
    _wanted = "(N, {0}) or (N, {0}, L)"


class BatchNorm2d(BatchNorm):
    """Of images (N, C, H, W); see `BatchNorm1d`."""

    _ranks = (4,)
    _wanted = "(N, {0}, H, W)"


def _scaled(x: Tensor, weight: Any, bias: Any) -> Tensor:
    x = x if weight is None else x * weight
    return x if bias is None else x + bias
