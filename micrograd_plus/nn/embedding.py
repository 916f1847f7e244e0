"""Vectors for words, letters, classes."""

from __future__ import annotations

from typing import Any

import numpy as np

from micrograd_plus.arguments import integer_at_least
from micrograd_plus.nn.checked import integers_below
from micrograd_plus.nn.leaves import parameter
from micrograd_plus.nn.module import Module
from micrograd_plus.ops import equal
from micrograd_plus.seeding import Rng, as_generator
from micrograd_plus.tensor import Tensor


class Embedding(Module):
    """Takes integers of any shape (...) from 0 to num_embeddings - 1 to the rows of `weight`: (..., embedding_dim).

    `weight` is of shape (num_embeddings, embedding_dim) and begins with normal numbers of variance 1. TypeError or
    ValueError for indices that are no such integers. A Tensor of whole numbers, as a compiled program takes them in, is
    compared with every row's number instead, which costs a product with the whole table.

    >>> Embedding(27, 8, rng=0)([[0, 3, 26]]).shape
    (1, 3, 8)
    """

    def __init__(self, num_embeddings: int, embedding_dim: int, *, rng: Rng) -> None:
        count = integer_at_least(1, "num_embeddings", num_embeddings)
        width = integer_at_least(1, "embedding_dim", embedding_dim)
        self.weight = parameter(as_generator(rng).normal(size=(count, width)), "E")

    def forward(self, x: Any) -> Tensor:
        """Return the row of each index."""
        count, _ = self.weight.shape
        if not isinstance(x, Tensor):
            rows: Tensor = self.weight[integers_below(count, x, "Embedding")]
            return rows
        ones = equal(x[..., None], np.arange(count, dtype=x.dtype))
        # Compared as nodes: a program that is called with other indices builds anew, and that raises.
        if not np.all(ones.sum(axis=-1) > 0.0):
            whole = x.data.astype(int)
            integers_below(count, whole if (whole == x.data).all() else x.data, "Embedding")
        found: Tensor = ones @ self.weight
        return found

    def _title(self) -> str:
        return f"Embedding{self.weight.shape}"
