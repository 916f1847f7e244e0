"""What products, sums and functions of shapes, joining and selecting refuse: a line, before anything is computed."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import micrograd_plus as mg
from micrograd_plus import Tensor

X = Tensor(np.arange(6.0).reshape(2, 3))
V = Tensor(np.arange(3.0))
N = Tensor(1.0)

WRONG_VALUES: list[tuple[Callable[[], Any], str]] = [
    (lambda: X @ X, "no matrix product of shapes (2, 3) and (2, 3): want (..., n) @ (n, ...)"),
    (lambda: X @ 2.0, "no matrix product of shapes (2, 3) and ()"),
    (lambda: 2.0 @ X, "no matrix product of shapes () and (2, 3)"),
    (lambda: X + np.ones(4), "shapes (2,3) (4,)"),
    (lambda: X.reshape(4, 2), "no reshape of shape (2, 3) to (4, 2): want 6 elements and at most one size of -1"),
    (lambda: X.reshape(-1, -1), "no reshape of shape (2, 3) to (-1, -1): want 6 elements and at most one size of -1"),
    (lambda: X.transpose(0, 2), "no transpose of shape (2, 3) by axes (0, 2): want each of its 2 axes once"),
    (lambda: X.transpose(0, 1), "transpose(0, 1) of shape (2, 3): its axes are exchanged by T, left by permute"),
    (lambda: X.transpose(-2, -1), "transpose(-2, -1) of shape (2, 3): its axes are exchanged by T, left by permute"),
    (lambda: X.transpose(0, 0), "no transpose of shape (2, 3) by axes (0, 0)"),
    (lambda: X.transpose(0), "no transpose of shape (2, 3) by axes (0,)"),
    (lambda: V.mT, "no transpose of shape (3,) by axes (-1, -2)"),
    (lambda: N.mT, "no transpose of shape () by axes (-1, -2)"),
    (lambda: X.sum(axis=2), "no axis 2 of shape (2, 3): want -2 to 1"),
    (lambda: X.mean(axis=-3), "no axis -3 of shape (2, 3)"),
    (lambda: X.max(axis=2), "no axis 2 of shape (2, 3)"),
    (lambda: X.logsumexp(axis=2), "no axis 2 of shape (2, 3)"),
    (lambda: X.softmax(axis=2), "no axis 2 of shape (2, 3)"),
    (lambda: X.sum(axis=(0, 0)), "axes (0, 0) of shape (2, 3) name one axis twice"),
    (lambda: X[:0].max(), "zero-size array"),
    (lambda: X[:0].min(axis=0), "zero-size array"),
    (lambda: X.flatten(1, 0), "start_dim 1 of shape (2, 3) stands behind end_dim 0"),
    (lambda: X.flatten(2), "no axis 2 of shape (2, 3): want -2 to 1"),
    (lambda: X.swapaxes(0, 2), "no axis 2 of shape (2, 3): want -2 to 1"),
    (lambda: X.moveaxis(0, (0, 1)), "as many axes come from 0 as go to (0, 1): 1 and 2"),
    (lambda: X.moveaxis((0, 0), (0, 1)), "axes (0, 0) of shape (2, 3) name one axis twice"),
    (lambda: X.moveaxis(0, 2), "no axis 2 of shape (2, 3): want -2 to 1"),
    (lambda: X.squeeze(0), "axis 0 of shape (2, 3) cannot be dropped: want one of size 1"),
    (lambda: N.squeeze(0), "no axis 0 of shape (): a single number has no axes"),
    (lambda: X.unsqueeze(3), "no place 3 for a new axis of shape (2, 3): want -3 to 2"),
    (lambda: X.expand_dims((0, 0)), "new axes (0, 0) of shape (2, 3) name one place twice"),
    (lambda: X.broadcast_to((3, 3)), "shape (2, 3) cannot be broadcast to (3, 3): want sizes equal from the last on"),
    (lambda: X.broadcast_to(3), "shape (2, 3) cannot be broadcast to (3,)"),
    (lambda: N.broadcast_to((-1,)), "shape () cannot be broadcast to (-1,)"),
    (lambda: X.expand(-1, 4), "shape (2, 3) cannot be broadcast to (2, 4)"),
    (lambda: V.expand(-1, 3), "no expansion of shape (3,) to (-1, 3): -1 stands for an axis that is there"),
    (lambda: X.expand(3), "no expansion of shape (2, 3) to (3,)"),
    (lambda: X.expand_as(V), "shape (2, 3) cannot be broadcast to (3,)"),
    (lambda: mg.broadcast_arrays(X, np.ones(2)), "shapes (2, 3), (2,) have no shape to which all can be broadcast"),
    (lambda: mg.meshgrid(V, X), "wanted vectors, got shape (2, 3)"),
    (lambda: mg.meshgrid(V, indexing="yx"), "wanted 'xy' or 'ij' as indexing, got 'yx'"),
    (lambda: mg.column_stack([X, V]), "shapes (2, 3) and (3, 1) do not join along axis 1"),
    (lambda: mg.dstack([X, V]), "shapes (2, 3, 1) and (1, 3, 1) do not join along axis 2"),
    (lambda: X.array_split(0), "the number of parts is at least 1, not 0"),
    (lambda: mg.concatenate([X, np.ones((2, 4))]), "shapes (2, 3) and (2, 4) do not join along axis 0"),
    (lambda: mg.concatenate([X, V]), "shapes (2, 3) and (3,) do not join along axis 0"),
    (lambda: mg.concatenate([X, X], axis=2), "no axis 2 of shape (2, 3): want -2 to 1"),
    (lambda: mg.concatenate([N, N]), "single numbers have no axis to stand along"),
    (lambda: mg.concatenate([]), "wanted at least one array, got none"),
    (lambda: mg.stack([X, V]), "shapes (2, 3) and (3,) do not stack: want the same shape"),
    (lambda: mg.stack([X, X], 3), "no place 3 for a new axis of shape (2, 3): want -3 to 2"),
    (lambda: mg.stack([]), "wanted at least one array, got none"),
    (lambda: mg.hstack([X, np.ones((3, 1))]), "shapes (2, 3) and (3, 1) do not join along axis 1"),
    (lambda: mg.vstack([X, np.ones(2)]), "shapes (2, 3) and (1, 2) do not join along axis 0"),
    (lambda: X.split(2, axis=1), "axis 1 of shape (2, 3) does not split into 2 equal parts: see chunk"),
    (lambda: X.topk(4), "no 4 elements along axis -1 of shape (2, 3)"),
    (lambda: X.topk(-1), "k is at least 0, not -1"),
    (lambda: mg.eye(2)[None].t(), "wanted at most two axes for t, got shape (1, 2, 2): see mT and transpose"),
    (lambda: X.rot90(axes=(0,)), "wanted two axes to turn shape (2, 3) by, got (0,)"),
    (lambda: X.rot90(axes=(0, 0)), "axes (0, 0) of shape (2, 3) name one axis twice"),
    (lambda: X.trapezoid(np.ones((2, 3, 1))), "places of shape (2, 3, 1) do not fit shape (2, 3): want a vector or"),
    (
        lambda: X.index_add(0, [0], np.ones(3)),
        "an index and a source of shapes (1,) and (3,) do not fit: want",
    ),
    (lambda: X.index_add(0, [[0]], X[:1]), "an index and a source of shapes (1, 1) and (1, 3) do not fit"),
    (lambda: X.split(0), "the number of parts is at least 1, not 0"),
    (lambda: X.chunk(0), "the number of parts is at least 1, not 0"),
    (lambda: X.chunk(2, dim=2), "no axis 2 of shape (2, 3): want -2 to 1"),
    (lambda: N.unbind(), "no axis 0 of shape (): a single number has no axes"),
    (lambda: X.repeat(-1), "wanted numbers of repeats of at least 0, got (-1,)"),
    (lambda: X.repeat([1, 2], axis=1), "2 numbers of repeats do not fit axis 1 of shape (2, 3)"),
    (lambda: X.tile((2, -1)), "wanted numbers of copies of at least 0, got (2, -1)"),
    (lambda: X.flip(2), "no axis 2 of shape (2, 3): want -2 to 1"),
    (lambda: V.fliplr(), "no axis 1 of shape (3,): want -1 to 0"),
    (lambda: X.roll((1, 2, 3), (0, 1)), "3 shifts do not fit 2 axes"),
    (lambda: X.roll(1, 2), "no axis 2 of shape (2, 3): want -2 to 1"),
    (lambda: X.pad(-1), "wanted a pad_width of at least 0, got -1"),
    (lambda: X.pad((1, 2, 3)), "pad_width of shape (3,) does not fit shape (2, 3): want (2, 2)"),
    (lambda: X.pad(1, "mirror"), "'wrap' as mode, got 'mirror'"),
    (lambda: X[:0].pad(1, "edge"), "no number to take around axis 0 of shape (0, 3)"),
    (lambda: X.take([0], axis=2), "no axis 2 of shape (2, 3): want -2 to 1"),
    (lambda: X.index_select(0, [[0]]), "wanted a vector as index, got shape (1, 1)"),
    (lambda: X.take_along_axis([0], 0), "an index of shape (1,) does not fit shape (2, 3): want 2 axes"),
    (lambda: X.gather(0, [[0, 1, 0, 1]]), "an index of shape (1, 4) is longer than shape (2, 3) beside axis 0"),
    (lambda: N.diag(), "wanted a vector or a matrix, got shape ()"),
    (lambda: V.diagonal(), "wanted at least two axes for a diagonal, got shape (3,)"),
    (lambda: X.trace(0, 1, -1), "axes (1, -1) of shape (2, 3) name one axis twice"),
    (lambda: V.tril(), "wanted at least two axes for a triangle, got shape (3,)"),
    (lambda: X.mean(keepdims=2**40), "mean: Python int too large"),
    (lambda: mg.array_split(X, 2**64), "array_split: cannot fit 'int' into an index-sized integer"),
    (lambda: mg.split(X[:0], 2**64), "split: cannot fit 'int' into an index-sized integer"),
    (lambda: X.masked_fill(np.ones((3, 3), bool), 0.0), "a mask of shape (3, 3) does not broadcast to shape (2, 3)"),
    (lambda: V.masked_fill(np.ones((2, 3), bool), 0.0), "a mask of shape (2, 3) does not broadcast to shape (3,)"),
]
WRONG_KINDS: list[tuple[Callable[[], Any], str]] = [
    (lambda: X.sum(axis=1.0), "wanted an integer as axis, got float: 1.0"),
    (lambda: X.sum(axis="rows"), "wanted an integer as axis, got str: 'rows'"),
    (lambda: X.reshape(2.0, 3), "wanted integers as sizes, got tuple: (2.0, 3)"),
    (lambda: X.reshape("ab"), "wanted integers as sizes"),
    (lambda: X.transpose(1.0, 0), "wanted integers as axes"),
    (lambda: X.flatten(0.0), "wanted an integer as axis, got float: 0.0"),
    (lambda: X.unsqueeze(True), "wanted an integer as axis, got bool: True"),
    (lambda: X.expand("ab"), "wanted integers as sizes"),
    (lambda: mg.concatenate(3), "wanted a sequence of arrays, got int: 3"),
    (lambda: mg.stack(N), "wanted a sequence of arrays, got Tensor: "),
    (lambda: X.split(1.5), "the number of parts is an integer, not float"),
    (lambda: X.chunk(1.5), "the number of parts is an integer, not float"),
    (lambda: X.repeat(1.5), "wanted integers as numbers of repeats"),
    (lambda: X.pad(1.5), "wanted integers as pad_width, got float: 1.5"),
    (lambda: X.take([0.5]), "wanted integers as indices, got list: [0.5]"),
    (lambda: X.take([True]), "wanted integers as indices, got list: [True]"),
    (lambda: X.split(np.array(2)), "the number of parts is an integer, not ndarray"),
    (lambda: X.gather(0, V), "indices are integers, and a Tensor holds floats: see tensor.astype(int)"),
    (lambda: X[V], "indices are integers or bools, and a Tensor holds floats: see tensor.astype(int)"),
    (lambda: X[0, N], "indices are integers or bools, and a Tensor holds floats"),
    (lambda: X[mg.Value(1.0)], "indices are integers or bools, and a Value is none: see int(value.data)"),
    (lambda: X.masked_fill(np.ones(3), 0.0), "wanted bools as mask, got an array: "),
    (lambda: X.swapaxes(dim0=0, axis1=1), "swapaxes was given both axis1 and dim0, which are one argument"),
]
WRONG_PLACES: list[tuple[Callable[[], Any], str]] = [
    (lambda: X[np.uint64(2**63)], "9223372036854775808) is beyond all indices"),
    (lambda: X[-3], "index -3 is out of bounds for axis 0 with size 2"),
    (lambda: X[0, 3], "index 3 is out of bounds for axis 1 with size 3"),
    (lambda: X[2], "index 2 is out of bounds for axis 0 with size 2"),
    (lambda: X[:, np.array([0, 3])], "index 3 is out of bounds for axis 1 with size 3"),
    (lambda: X[0, 0, 0], "too many indices"),
    (lambda: X[np.array([0.5])], "arrays used as indices must be of integer (or boolean) type"),
    (lambda: X[np.ones(3, bool)], "boolean index did not match"),
    (lambda: X[[0, 1], [0, 1, 2]], "shape mismatch: indexing arrays could not be broadcast"),
    (lambda: X.take([6]), "index 6 is out of bounds for axis 0 with size 6"),
    (lambda: X.take(-3, axis=0), "index -3 is out of bounds for axis 0 with size 2"),
    (lambda: X.gather(1, [[3]]), "index 3 is out of bounds for axis 1 with size 3"),
    (lambda: X.index_select(1, [0, -4]), "index -4 is out of bounds for axis 1 with size 3"),
]


@pytest.mark.parametrize(
    ("kind", "table"), [(ValueError, WRONG_VALUES), (TypeError, WRONG_KINDS), (IndexError, WRONG_PLACES)]
)
def test_what_is_wrong_is_said_in_one_line(kind: type[Exception], table: list[tuple[Callable[[], Any], str]]) -> None:
    for call, message in table:
        with pytest.raises(kind) as caught:
            call()
        assert message in str(caught.value), str(caught.value)
        assert "\n" not in str(caught.value)
