"""The shape of a loss around a place, for problems of a few parameters: curvature, and the nearest minimum."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from micrograd_plus.lab.problem import Problem
from micrograd_plus.lab.sharpness import sharpness

Array = NDArray[Any]

_NEWTON_STEPS, _HALVINGS = 200, 60
_ENOUGH = 0.25  # of the fall that the slope foretells; on a parabola it is a half
_FLAT = 1e-9  # curvature
_PROBE = 1e-3  # times the size of a place: so far around a minimum nothing is lower
_FAR = 1e6  # times the size of where one began: there is no minimum on the way


def hessian(problem: Problem, w: ArrayLike) -> Array:
    """Return the second derivatives at `w`, shape (size, size): as many Hessian-vector products as parameters."""
    found = np.array([problem.hvp(w, unit) for unit in np.eye(problem.size)])
    return np.asarray((found + found.T) / 2.0)


def limit_at(problem: Problem, minimum: ArrayLike) -> float:
    """Return 2 / largest curvature at a minimum: gradient descent at a larger rate cannot come to rest there.

    LeCun et al., "Efficient BackProp" (1998), section 4.6; inf where nothing is curved.
    """
    curvature = sharpness(problem, minimum)
    return 2.0 / curvature if curvature > _FLAT else np.inf


def minimum_near(problem: Problem, w: ArrayLike) -> Array | None:
    """Return the minimum that lies downhill from `w`, None where there is none, or only a saddle.

    Newton's method with the absolute values of the Hessian's eigenvalues, which goes downhill everywhere (Dauphin et
    al., "Identifying and attacking the saddle point problem", 2014), and with steps halved until the loss falls as the
    slope has it: a step to where it is hardly lower may have leapt over the valley and the hill behind it.

    >>> from micrograd_plus.lab.problem import formula_problem
    >>> minimum_near(formula_problem("x**2 - 3*x", {"x": 4.0}), [4.0])
    array([1.5])
    """
    with np.errstate(all="ignore"):
        return _downhill(problem, np.array(w, dtype=np.float64))


def _downhill(problem: Problem, place: Array) -> Array | None:
    farthest = _FAR * (1.0 + np.linalg.norm(place))
    for _ in range(_NEWTON_STEPS):
        loss, slope = problem.loss_and_gradient(place)
        curvature = hessian(problem, place)
        size = 1.0 + np.linalg.norm(place)
        if not (np.isfinite(loss) and np.isfinite(slope).all() and np.isfinite(curvature).all() and size < farthest):
            return None
        curvatures, axes = np.linalg.eigh(curvature)
        along = axes.T @ slope
        step = axes @ np.where(along == 0.0, 0.0, np.clip(along / np.abs(curvatures), -10.0 * size, 10.0 * size))
        lower = _lower(problem, place, step, loss, float(slope @ step)) if np.linalg.norm(step) > 1e-12 * size else None
        if lower is None:  # the step is 0 but for rounding, or there is a kink such as that of abs(x)
            around = np.concatenate([place + _PROBE * size * axes.T, place - _PROBE * size * axes.T])
            return place if problem.losses(around).min() >= loss - 1e-12 * abs(loss) else None
        place = lower
    return None


def _lower(problem: Problem, place: Array, step: Array, loss: float, fall: float) -> Array | None:
    for k in range(_HALVINGS):
        there = place - 0.5**k * step
        if problem.loss(there) < loss - 0.5**k * _ENOUGH * fall:
            return there
    return None
