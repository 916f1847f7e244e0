"""Five toy classification problems in the plane, drawn from a seed: `moons`, `circles`, `spiral`, `xor`, `blobs`.

Each returns `X`, float64 of shape (n, 2), and `y`, int64 of shape (n,), with the classes as equal in number as `n`
allows and the points in random order. `noise` is the standard deviation of the Gaussian noise on each coordinate.
`rng` is a `numpy.random.Generator` or a seed; the same seed gives the same bits.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from micrograd_plus.arguments import integer_at_least
from micrograd_plus.seeding import Rng, as_generator

Points = NDArray[np.float64]
Samples = tuple[Points, NDArray[np.int64]]


def moons(n: int = 200, noise: float = 0.1, *, rng: Rng) -> Samples:
    """Return two half circles of radius 1 that reach into each other, as in scikit-learn's `make_moons`.

    >>> X, y = moons(100, rng=0)
    >>> X.shape, y.shape
    ((100, 2), (100,))
    """
    upper, lower = (math.pi * _along(size) for size in _sizes(n, 2))
    arcs = [_on_circle(upper), np.array([1.0, 0.5]) - _on_circle(lower)]
    return _samples(arcs, noise, as_generator(rng))


def circles(n: int = 200, noise: float = 0.1, *, rng: Rng) -> Samples:
    """Return a circle of radius 1 (class 0) around one of radius 1/2 (class 1)."""
    outer, inner = (2 * math.pi * np.arange(size) / size for size in _sizes(n, 2))
    return _samples([_on_circle(outer), 0.5 * _on_circle(inner)], noise, as_generator(rng))


def spiral(n: int = 300, noise: float = 0.05, *, classes: int = 3, rng: Rng) -> Samples:
    """Return `classes` spiral arms, each of 4 radians from near the centre to radius 1."""
    arms = []
    for arm, size in enumerate(_sizes(n, classes)):
        radius = 0.1 + 0.9 * _along(size)
        angle = 4 * radius + 2 * math.pi * arm / classes
        arms.append(radius[:, None] * _on_circle(angle))
    return _samples(arms, noise, as_generator(rng))


def xor(n: int = 200, noise: float = 0.0, *, rng: Rng) -> Samples:
    """Return points uniform in the square [-1, 1]^2: class 0 where the signs of both coordinates agree, else class 1.

    >>> X, y = xor(50, rng=0)
    >>> bool(((X[:, 0] * X[:, 1] < 0) == y).all())
    True
    """
    rng = as_generator(rng)
    quadrants = []
    for size, product in zip(_sizes(n, 2), (1.0, -1.0), strict=True):
        points = rng.uniform(-1, 1, (size, 2))
        # A sign set by hand leaves the points uniform on the class's two quadrants, and the classes equal in number.
        points[:, 1] = np.copysign(points[:, 1], product * points[:, 0])
        quadrants.append(points)
    return _samples(quadrants, noise, rng)


def blobs(n: int = 300, noise: float = 0.25, *, classes: int = 3, rng: Rng) -> Samples:
    """Return round Gaussian clouds whose `classes` centres are spread evenly over the unit circle."""
    sizes = _sizes(n, classes)
    centres = _on_circle(2 * math.pi * np.arange(classes) / classes)
    clouds = [np.tile(centre, (size, 1)) for centre, size in zip(centres, sizes, strict=True)]
    return _samples(clouds, noise, as_generator(rng))


GENERATORS: dict[str, Callable[..., Samples]] = {
    "moons": moons,
    "circles": circles,
    "spiral": spiral,
    "xor": xor,
    "blobs": blobs,
}


def _sizes(n: int, classes: int) -> list[int]:
    """Share `n` points among the classes, as equally as can be."""
    classes = integer_at_least(2, "classes", classes)
    n = integer_at_least(classes, "n", n)
    return [n // classes + (k < n % classes) for k in range(classes)]


def _along(size: int) -> NDArray[np.float64]:
    """Return `size` positions from 0 to 1, ends included."""
    return np.linspace(0.0, 1.0, size)


def _on_circle(angle: NDArray[np.float64]) -> Points:
    return np.column_stack([np.cos(angle), np.sin(angle)])


def _samples(points_of_class: list[Points], noise: float, rng: np.random.Generator) -> Samples:
    """Put the classes together, add the noise, and shuffle."""
    if not (noise >= 0 and math.isfinite(noise)):
        raise ValueError(f"noise is a standard deviation, a finite number from 0 up, not {noise}")
    X = np.concatenate(points_of_class)
    y = np.repeat(np.arange(len(points_of_class), dtype=np.int64), [len(points) for points in points_of_class])
    order = rng.permutation(len(X))
    X = X + noise * rng.standard_normal(X.shape)
    return X[order], y[order]
