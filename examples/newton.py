"""A gradient of a gradient pays: Newton's method beside gradient descent: `python examples/newton.py SEED`.

Rosenbrock's valley (1960) is steep across and nearly flat along. Gradient descent needs a rate small enough for the
steep direction and then creeps along the other. Newton's method (Nocedal and Wright, "Numerical Optimization", 2006,
ch. 3) asks the second derivatives how far to go in each.
"""

import sys

import numpy as np

from micrograd_plus import grad, hessian

TOLERANCE = 1e-8


def valley(x):
    """Return the height at the point x of shape (2,); the bottom, of height 0, is at (1, 1)."""
    return (1.0 - x[0]) ** 2 + 100.0 * (x[1] - x[0] ** 2) ** 2


def descend(start, step, most):
    """Go by step(point, gradient) until the slope is flat; return all points on the way."""
    points = [start]
    while len(points) <= most and np.abs(slope := grad(valley)(points[-1])).max() > TOLERANCE:
        points.append(points[-1] + step(points[-1], slope))
    return points


def newton(x, slope):
    """Return the step to where the parabola with our slope and curvature has its bottom, halved while it climbs."""
    step = -np.linalg.solve(hessian(valley)(x), slope)
    if slope @ step > 0:  # the parabola has no bottom but a top, which is not wanted
        step = -slope
    while valley(x + step) > valley(x) + 1e-4 * (slope @ step):
        step = step / 2
    return step


def main(seed=0):
    """Walk both ways from one random point; return the points of each."""
    start = np.random.default_rng(seed).uniform([-1.5, 0.0], [-0.5, 1.0])
    walks = {
        "gradient descent": descend(start, lambda x, slope: -0.001 * slope, most=1000),
        "Newton's method": descend(start, newton, most=100),
    }
    for name, points in walks.items():
        print(f"{name}: {len(points) - 1} steps to {points[-1].round(6)}, height {valley(points[-1]):.2g}")
    print("distance from (1, 1) before each of Newton's last steps: it squares with each")
    print(" ".join(f"{np.linalg.norm(x - 1.0):.1e}" for x in walks["Newton's method"][-6:]))
    return walks


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
