"""Losses of two variables on which optimizers are compared, as formulas."""

from __future__ import annotations

from typing import NamedTuple

Point = tuple[float, float]
Window = tuple[tuple[float, float], ...]  # from where to where a picture goes along each axis


class Surface(NamedTuple):
    """A formula of x and y, where descents usually begin, its lowest places, and what a picture shows.

    `window` is ((x from, to), (y from, to)).
    """

    text: str
    start: Point
    minima: tuple[Point, ...]
    window: Window


SURFACES = {
    # Rosenbrock, "An Automatic Method for Finding the Greatest or Least Value of a Function" (1960)
    "rosenbrock": Surface("(1 - x)**2 + 100*(y - x**2)**2", (-1.2, 1.0), ((1.0, 1.0),), ((-2.0, 2.0), (-1.0, 3.0))),
    # Beale, "On an Iterative Method for Finding a Local Minimum of a Function of More than One Variable" (1958)
    "beale": Surface(
        "(1.5 - x + x*y)**2 + (2.25 - x + x*y**2)**2 + (2.625 - x + x*y**3)**2",
        (1.0, 1.0),
        ((3.0, 0.5),),
        ((-1.0, 4.5), (-1.5, 1.5)),
    ),
    # Fifty times as steep across as along.
    "ravine": Surface("0.5*x**2 + 25*y**2", (-4.0, 1.0), ((0.0, 0.0),), ((-5.0, 3.0), (-1.5, 1.5))),
    # Flat at the origin, which is a minimum along x and a maximum along y.
    "saddle": Surface(
        "0.5*x**2 - 0.5*y**2 + 0.25*y**4", (1.5, 0.01), ((0.0, 1.0), (0.0, -1.0)), ((-2.0, 2.0), (-1.6, 1.6))
    ),
}
