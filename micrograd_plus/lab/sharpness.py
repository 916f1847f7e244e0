"""The sharpness of a loss: the largest eigenvalue of its Hessian, from Hessian-vector products alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from micrograd_plus.arguments import integer_at_least
from micrograd_plus.lab.problem import Problem
from micrograd_plus.seeding import Rng, as_generator

Array = NDArray[Any]

TOLERANCE = 1e-9  # of the residual, relative to the largest eigenvalue in size
MOST_PRODUCTS = 100
PLACES = 32  # along a path

_EXHAUSTED = 1e-13  # relative to the matrix: what is left of a product is rounding


class Eigenpair(NamedTuple):
    """An eigenvalue and its unit eigenvector, and the residual |A v - value v|, within which an eigenvalue lies."""

    value: float
    vector: Array
    residual: float


class Sharpness(NamedTuple):
    """The largest eigenvalue of the Hessian at the point of a path that `step` steps led to."""

    step: int
    value: float

    @property
    def stable_rate(self) -> float:
        """2 / value, above which rate gradient descent on a quadratic diverges; inf if nothing curves up."""
        return 2.0 / self.value if self.value > 0.0 else np.inf


def largest_eigenpair(
    product: Callable[[Array], Array],
    size: int,
    *,
    tolerance: float = TOLERANCE,
    most_products: int = MOST_PRODUCTS,
    rng: Rng = 0,
) -> Eigenpair:
    """Return the algebraically largest eigenvalue of a symmetric matrix, given by its product with vectors.

    Lanczos iteration from a random vector, with full reorthogonalisation (twice, "twice is enough"): Golub and Van
    Loan, "Matrix Computations" (4th edition), sections 10.1 and 10.3; Parlett, "The Symmetric Eigenvalue Problem",
    section 6.9. It ends when the residual is at most `tolerance` times the largest eigenvalue in size, when the vectors
    fill the space (then all eigenvalues are found), or after `most_products`. Raises ValueError if a product is not
    finite.

    >>> round(largest_eigenpair(lambda v: np.array([3.0, -7.0, 3.0]) * v, 3).value, 12)
    3.0
    """
    integer_at_least(1, "size", size)
    start = as_generator(rng).normal(size=size)
    basis = np.empty((min(size, most_products), size))
    basis[0] = start / np.linalg.norm(start)
    diagonal: list[float] = []
    beside: list[float] = []
    for k in range(len(basis)):
        rest = np.asarray(product(basis[k]), dtype=np.float64)
        if not np.isfinite(rest).all():
            raise ValueError("a product of the Hessian is not finite: the loss has no curvature at this place")
        diagonal.append(float(basis[k] @ rest))
        for _ in range(2):
            rest = rest - basis[: k + 1].T @ (basis[: k + 1] @ rest)
        values, vectors = np.linalg.eigh(_tridiagonal(diagonal, beside))
        left = float(np.linalg.norm(rest))
        scale = float(np.abs(values).max())
        residual = left * abs(float(vectors[-1, -1]))
        if residual <= tolerance * scale or left <= _EXHAUSTED * scale or k + 1 == len(basis):
            break
        beside.append(left)
        basis[k + 1] = rest / left
    vector = vectors[:, -1] @ basis[: len(diagonal)]
    return Eigenpair(float(values[-1]), vector, residual)


def sharpness(problem: Problem, w: ArrayLike | None = None, *, rng: Rng = 0) -> float:
    """Return the largest eigenvalue of the Hessian at the vector `w`, or where the parameters are.

    It is the largest with its sign: negative where the loss curves down in every direction. Errors as for
    `largest_eigenpair`.

    >>> from micrograd_plus.lab.problem import formula_problem
    >>> round(sharpness(formula_problem("x**2 + 5*y**2 - 8*z**2", {"x": 1, "y": 1, "z": 1})), 6)
    10.0
    """
    return largest_eigenpair(lambda v: problem.hvp(w, v), problem.size, rng=rng).value


def along(
    problem: Problem, path: Sequence[ArrayLike] | Array, *, places: int = PLACES, rng: Rng = 0
) -> list[Sharpness]:
    """Return the sharpness at some points of a path, shape (steps + 1, n): the first, the last, and between.

    The places are closer together at the beginning, where curvature changes fastest. Points that are not finite, or at
    which the Hessian is not, are left out.
    """
    points = np.asarray(path, float)
    last = len(points) - 1
    steps = np.unique(np.round(last * np.linspace(0.0, 1.0, places) ** 2).astype(int))
    found = []
    for step in steps:
        try:
            found.append(Sharpness(int(step), sharpness(problem, points[step], rng=rng)))
        except ValueError:
            continue
    return found


def _tridiagonal(diagonal: Sequence[float], beside: Sequence[float]) -> Array:
    return np.diag(diagonal) + np.diag(beside, 1) + np.diag(beside, -1)
