"""Products of arrays beyond what the cases of all functions say: random subscripts, odd strides, bad input."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import micrograd_plus as mp
from micrograd_plus.tensor import Tensor
from tests.cases import each


def random_einsum(rng: np.random.Generator) -> tuple[str, list[np.ndarray]]:
    """Return subscripts with up to four operands, letters repeated and stretched, and arrays that fit them."""
    sizes = dict(zip("abcdef", rng.integers(1, 4, 6).tolist(), strict=True))
    terms = ["".join(rng.choice(list(sizes), rng.integers(0, 4))) for _ in range(rng.integers(1, 5))]
    used = sorted(set("".join(terms)))
    out = "".join(rng.permutation(used)[: rng.integers(0, len(used) + 1)])
    arrays = []
    for term in terms:
        stretched = {c: 1 if rng.random() < 0.2 else sizes[c] for c in term}
        arrays.append(rng.normal(size=[stretched[c] for c in term]))
    return f"{','.join(terms)}->{out}" if rng.random() < 0.8 else ",".join(terms), arrays


def test_random_subscripts_mean_what_they_mean_to_numpy() -> None:
    rng = np.random.default_rng(0)
    for _ in range(300):
        subscripts, arrays = random_einsum(rng)
        expected = np.einsum(subscripts, *arrays)
        result = mp.einsum(subscripts, *map(Tensor, arrays))
        np.testing.assert_allclose(result.data, expected, rtol=1e-12, atol=1e-12, err_msg=subscripts)
        # A sum of products is linear in each operand: its gradient by one, times that, gives it back.
        upstream = rng.normal(size=expected.shape)
        leaves = [Tensor(x) for x in arrays]
        mp.einsum(subscripts, *leaves).backward(upstream)
        for leaf in leaves:
            value = np.vdot(leaf.grad, leaf.data)
            np.testing.assert_allclose(value, np.vdot(expected, upstream), rtol=1e-9, atol=1e-12, err_msg=subscripts)


def test_matrices_without_contiguous_rows_are_multiplied() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, 3, 4)).T, rng.normal(size=(5, 2, 4)).T
    np.testing.assert_allclose(mp.matmul(a, b), np.einsum("nij,njk->nik", a, b), rtol=1e-13, atol=1e-13)


X, Y = np.ones((2, 3)), np.ones((4, 5))
WRONG: list[tuple[Callable[[], Any], type[Exception], str]] = [
    (
        lambda: mp.einsum("ij,jk", X, Y),
        ValueError,
        r"'j' has size 3 in operand 0 of shape \(2, 3\), and size 4 in operand 1 of shape \(4, 5\)",
    ),
    (lambda: mp.einsum("...,...", X, Y), ValueError, r"an axis of '\.\.\.' has size 2 in operand 0 .* and size 4 in"),
    (lambda: mp.einsum("ii", X), ValueError, r"'i' has sizes 2 and 3 in operand 0"),
    (lambda: mp.einsum("i,ii", np.ones(3), np.ones((1, 3))), ValueError, r"'i' has sizes 1 and 3 in operand 1"),
    (lambda: mp.einsum("ijk", X), ValueError, r"'ijk' does not name the axes of operand 0 of shape \(2, 3\)"),
    (lambda: mp.einsum("i", X), ValueError, r"'i' does not name the axes of operand 0 of shape \(2, 3\)"),
    (lambda: mp.einsum("ijk...", X), ValueError, r"'ijk\.\.\.' does not name the axes of operand 0"),
    (lambda: mp.einsum("ij,jk", X), ValueError, r"names 2 operand\(s\), got 1"),
    (lambda: mp.einsum("ij", X, Y), ValueError, r"names 1 operand\(s\), got 2"),
    (lambda: mp.einsum("ij"), ValueError, r"names 1 operand\(s\), got 0"),
    (lambda: mp.einsum("i$", X), ValueError, r"wanted terms of letters .* got 'i\$'"),
    (lambda: mp.einsum("i1", X), ValueError, r"got 'i1'"),
    (lambda: mp.einsum("i.j", X), ValueError, r"got 'i\.j'"),
    (lambda: mp.einsum("...i...", X), ValueError, r"got '\.\.\.i\.\.\.'"),
    (lambda: mp.einsum("ij->i->j", X), ValueError, r"got 'i->j'"),
    (lambda: mp.einsum("ij->ik", X), ValueError, r"no operand has 'k', which the output names"),
    (lambda: mp.einsum("ij->ii", X), ValueError, r"the output names 'i' twice"),
    (lambda: mp.einsum("...j->j", X), ValueError, r"the output has no '\.\.\.'"),
    (lambda: mp.einsum(Tensor(X), [0, 1]), TypeError, r"wanted einsum's subscripts as text such as 'ij,jk->ik', got"),
    (lambda: mp.tensordot(X, Y, 1), ValueError, r"axes \(1,\) of shape \(2, 3\) and \(0,\) of \(4, 5\): .* differ"),
    (lambda: mp.tensordot(X, Y, 3), ValueError, r"no sum over 3 axes of shapes \(2, 3\) and \(4, 5\)"),
    (lambda: mp.tensordot(X, Y, ([0], [2])), ValueError, r"no axis 2 of shape \(4, 5\)"),
    (lambda: mp.tensordot(X, Y, ([0, 1], [1])), ValueError, r"wanted as many axes of one as of the other, each once"),
    (lambda: mp.tensordot(X, X, ([0, 0], [0, 0])), ValueError, r"each once, got"),
    (lambda: mp.tensordot(X, X, [0, 1, 2]), ValueError, r"wanted axes as a number or as two lists"),
    (lambda: mp.tensordot(X, X, 1.0), TypeError, r"wanted integers as axes"),
    (lambda: mp.dot(X, Y), ValueError, r"no matrix product of shapes \(2, 3\) and \(4, 5\)"),
    (lambda: mp.dot(X, np.ones((2, 2, 2))), ValueError, r"no sum of products over axes \(1,\) of shape \(2, 3\)"),
    (lambda: mp.inner(X, Y), ValueError, r"axes \(1,\) of shape \(2, 3\) and \(1,\) of \(4, 5\)"),
    (lambda: mp.vdot(X, Y), ValueError, r"no scalar product of shapes \(2, 3\) and \(4, 5\)"),
    (lambda: mp.bmm(X, Y), ValueError, r"no products of shapes \(2, 3\) and \(4, 5\): want \(N, n, k\)"),
    (lambda: mp.cross(X, Y), ValueError, r"no vector product of shapes \(2, 3\) and \(4, 5\): want size 3"),
]


@each("wrong, error, message", WRONG)
def test_what_does_not_fit_is_said_in_a_line(wrong: Callable[[], Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message) as caught:
        wrong()
    assert "\n" not in str(caught.value)
