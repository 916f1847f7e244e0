"""Attention: each place of a sequence takes in what it finds at the places that answer to it."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from micrograd_plus.arguments import described, integer_at_least
from micrograd_plus.array_functions.axes import stretches
from micrograd_plus.nn.array import Linear
from micrograd_plus.nn.checked import as_tensor, with_features
from micrograd_plus.nn.dropout import Dropout
from micrograd_plus.nn.initial import xavier_uniform
from micrograd_plus.nn.leaves import parameter
from micrograd_plus.nn.module import Module
from micrograd_plus.seeding import Rng, as_generator
from micrograd_plus.tensor import Tensor

Array = NDArray[Any]


def scaled_dot_product_attention(
    query: Any,
    key: Any,
    value: Any,
    attn_mask: ArrayLike | Tensor | None = None,
    *,
    is_causal: bool = False,
    scale: float | None = None,
) -> Tensor:
    """Return `softmax(query @ key.mT * scale) @ value` of shape (..., L, V).

    `query` is of shape (..., L, E), `key` (..., S, E), `value` (..., S, V); `scale` is 1 / sqrt(E) unless given.
    `attn_mask`, that fits (..., L, S), is True where a place may be looked at, or a number to add before the softmax;
    with `is_causal` no place looks at later ones. Vaswani et al., "Attention Is All You Need" (2017), equation 1.

    >>> x = Tensor(np.eye(3))
    >>> scaled_dot_product_attention(x, x, x, is_causal=True).data.round(2)
    array([[1.  , 0.  , 0.  ],
           [0.36, 0.64, 0.  ],
           [0.26, 0.26, 0.47]])
    """
    query, key, value = as_tensor(query), as_tensor(key), as_tensor(value)
    if min(query.ndim, key.ndim, value.ndim) < 2 or (query.shape[-1], *key.shape[-2:]) != (
        key.shape[-1],
        value.shape[-2],
        query.shape[-1],
    ):
        wanted = "want (..., L, E), (..., S, E) and (..., S, V)"
        raise ValueError(f"no attention of shapes {query.shape}, {key.shape} and {value.shape}: {wanted}")
    mask = None if attn_mask is None else _added(attn_mask, allows=True)
    out: Tensor = _weights(query, key, mask, is_causal, scale) @ value
    return out


class MultiheadAttention(Module):
    """Attention of `num_heads` heads between projections, over sequences (..., length, embed_dim).

    `dropout` leaves out weights in training. `rng` draws them and the first projections: Glorot's for queries, keys and
    values in one matrix `in_proj_weight` (3 * embed_dim, embed_dim). ValueError unless the heads divide `embed_dim`.
    The batch comes first, always. Vaswani et al., "Attention Is All You Need" (2017), section 3.2.2.

    >>> attention = MultiheadAttention(8, num_heads=2, rng=0)
    >>> out, weights = attention(np.ones((5, 3, 8)), is_causal=True)
    >>> out.shape, weights.data[0].round(2).tolist()
    ((5, 3, 8), [[1.0, 0.0, 0.0], [0.5, 0.5, 0.0], [0.33, 0.33, 0.33]])
    """

    def __init__(
        self,
        embed_dim: int,
        num_heads: int,
        dropout: float = 0.0,
        bias: bool = True,
        *,
        batch_first: bool = True,
        rng: Rng,
    ) -> None:
        self.embed_dim = integer_at_least(1, "embed_dim", embed_dim)
        self.num_heads = integer_at_least(1, "num_heads", num_heads)
        if embed_dim % num_heads:
            raise ValueError(f"{num_heads} heads do not divide embed_dim, which is {embed_dim}")
        if not batch_first:
            raise ValueError("sequences have the batch first here: (batch, length, embed_dim)")
        rng = as_generator(rng)
        drawn = xavier_uniform(embed_dim, 3 * embed_dim, rng=rng)
        self.in_proj_weight = parameter(np.ascontiguousarray(drawn.T), "W")
        self.in_proj_bias = parameter(np.zeros(3 * embed_dim), "b") if bias else None
        self.out_proj = Linear(embed_dim, embed_dim, bias, rng=rng)
        self.dropout = Dropout(dropout, rng=rng)

    def forward(
        self,
        query: Any,
        key: Any = None,
        value: Any = None,
        key_padding_mask: ArrayLike | Tensor | None = None,
        need_weights: bool = True,
        attn_mask: ArrayLike | Tensor | None = None,
        average_attn_weights: bool = True,
        is_causal: bool = False,
    ) -> tuple[Tensor, Tensor | None]:
        """Return the outputs (..., L, embed_dim) and the weights (..., L, S), their mean over the heads.

        `key` is the query and `value` the key unless given. `key_padding_mask` (..., S) and `attn_mask`, (L, S) or
        (batch * heads, L, S), are True where a place may *not* be looked at, as in PyTorch, or numbers to add before
        the softmax; `is_causal` hides later places by itself. Weights are None without `need_weights`, those of each
        head (..., heads, L, S) without `average_attn_weights`.
        """
        key = query if key is None else key
        value = key if value is None else value
        queries, keys, values = self._projected(query, key, value)
        mask = self._mask(queries.shape[:-1], keys.shape[-2], key_padding_mask, attn_mask)
        weights = _weights(queries, keys, mask, is_causal)
        out = self.out_proj(self._joined(self.dropout(weights) @ values))
        if not need_weights:
            return out, None
        return out, weights.mean(axis=-3) if average_attn_weights else weights

    def _projected(self, query: Any, key: Any, value: Any) -> list[Tensor]:
        """Return queries, keys and values of all heads, each (..., heads, length, width)."""
        width = self.embed_dim
        parts = [slice(k * width, (k + 1) * width) for k in range(3)]
        if query is key is value:
            all_three = self._linear(self._checked("query", query), slice(None))
            return [self._parted(all_three[..., part]) for part in parts]
        given = [self._checked(*pair) for pair in (("query", query), ("key", key), ("value", value))]
        shapes = [x.shape for x in given]
        if shapes[1] != shapes[2] or shapes[0][:-2] != shapes[1][:-2]:
            raise ValueError(f"query, key and value do not fit together, their shapes are {shapes}")
        return [self._parted(self._linear(x, part)) for x, part in zip(given, parts, strict=True)]

    def _checked(self, name: str, x: Any) -> Tensor:
        found = with_features(x, self.embed_dim, "MultiheadAttention", name)
        if found.ndim < 2:
            wanted = f"(..., length, {self.embed_dim})"
            raise ValueError(f"MultiheadAttention wants {name} of shape {wanted}, got {found.shape}")
        return found

    def _linear(self, x: Tensor, part: slice) -> Tensor:
        whole = part == slice(None)
        out: Tensor = x @ (self.in_proj_weight if whole else self.in_proj_weight[part]).mT
        if self.in_proj_bias is None:
            return out
        biased: Tensor = out + (self.in_proj_bias if whole else self.in_proj_bias[part])
        return biased

    def _parted(self, x: Tensor) -> Tensor:
        width = self.embed_dim // self.num_heads
        return _exchanged(x.reshape(*x.shape[:-1], self.num_heads, width))

    def _joined(self, x: Tensor) -> Any:
        x = _exchanged(x)
        return x.reshape(*x.shape[:-2], self.embed_dim)

    def _mask(self, shape: tuple[int, ...], keys: int, padding: Any, attn_mask: Any) -> Any:
        """Return what is added to the scores of the heads (..., heads, L, S), None for nothing."""
        mask: Any = None
        if attn_mask is not None:
            mask = _added(attn_mask, allows=False)
            if mask.ndim == 3:
                mask = mask.reshape(-1, self.num_heads, *mask.shape[1:])
            _check_fit("attn_mask", mask.shape, (*shape, keys))
        if padding is not None:
            padding = _added(padding, allows=False)[..., None, None, :]
            _check_fit("key_padding_mask", padding.shape, (*shape, keys))
            mask = padding if mask is None else mask + padding
        return mask

    def _title(self) -> str:
        return f"MultiheadAttention({self.embed_dim}, {self.num_heads})"


def _weights(query: Tensor, key: Tensor, mask: Any, is_causal: bool, scale: float | None = None) -> Tensor:
    scale = 1.0 / math.sqrt(query.shape[-1]) if scale is None else scale
    scores: Tensor = (query * scale) @ key.mT
    if is_causal:
        scores = scores + _later_hidden(*scores.shape[-2:], scores.dtype.name)
    if mask is not None:
        scores = scores + mask.astype(scores.dtype)
    return scores.softmax(axis=-1)


@lru_cache(maxsize=32)
def _later_hidden(length: int, keys: int, dtype: str) -> Array:
    mask = np.where(np.tri(length, keys, dtype=bool), 0.0, -np.inf).astype(dtype)
    mask.flags.writeable = False
    return mask


def _added(mask: ArrayLike | Tensor, *, allows: bool) -> Any:
    """Return a mask as numbers to add; of bools, True `allows` a place or hides it."""
    if isinstance(mask, Tensor):  # biases that are learned, say
        return mask
    array = np.asarray(mask)
    if array.dtype == bool:
        return np.where(array == allows, 0.0, -np.inf)
    if array.dtype.kind != "f":
        raise TypeError(f"wanted a mask of bools or of numbers to add, got {described(mask)}")
    return array


def _check_fit(name: str, mask: tuple[int, ...], scores: tuple[int, ...]) -> None:
    if not stretches(mask, scores):
        raise ValueError(f"{name} of shape {mask} does not fit attention of shape {scores}")


def _exchanged(x: Tensor) -> Tensor:
    """Exchange the axes of places and heads."""
    return x.transpose(*range(x.ndim - 3), -2, -3, -1)
