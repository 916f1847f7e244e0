"""A swing is filmed; how long is the rope, how strong the drag? `python examples/pendulum.py SEED`.

The simulation is a loop in Python over Values. Its gradient comes back through all its steps, and tells both numbers
how to change for the simulated swing to be the filmed one.
"""

import sys

import numpy as np

import micrograd_plus
from micrograd_plus import Value, no_grad, sin
from micrograd_plus.optim import Adam

DT, FRAMES, GRAVITY, START = 0.04, 100, 9.81, 1.2  # seconds, -, m/s**2, radians
LENGTH, DRAG = 1.7, 0.25  # the truth: metres, 1/s


def swing(length, drag):
    """Return the angle in each frame (semi-implicit Euler: velocity first, then the angle by the new velocity)."""
    angle, velocity, angles = START, 0.0, []
    for _ in range(FRAMES):
        velocity = velocity - DT * (GRAVITY / length * sin(angle) + drag * velocity)
        angle = angle + DT * velocity
        angles.append(angle)
    return angles


def main(seed=0):
    """Film, fit, and return the length and the drag that were found."""
    rng = np.random.default_rng(seed)
    film = np.array(swing(LENGTH, DRAG)) + rng.normal(0.0, 0.03, FRAMES)  # the camera errs by about 2 degrees
    length, drag = Value(rng.uniform(1.0, 2.6), label="length"), Value(rng.uniform(0.0, 0.6), label="drag")
    print(f"guess: length {length.data:.2f} m, drag {drag.data:.2f} /s")
    loss = sum((angle - seen) ** 2 for angle, seen in zip(swing(length, drag), film, strict=True)) / FRAMES
    optimizer = Adam([length, drag], lr=0.05)
    program = micrograd_plus.compile(loss, optimizer=optimizer)  # the loop, unrolled and differentiated
    for step in range(1, 201):
        error = program.step()
        if step % 50 == 0:
            print(f"step {step}: error {np.degrees(error**0.5):4.1f} degrees, {length.data:.3f} m, {drag.data:.3f} /s")
    print(f"truth: length {LENGTH} m, drag {DRAG} /s")
    with no_grad():
        fitted = swing(length.data, drag.data)
    for frame in range(0, FRAMES, 5):
        line = [" "] * 61
        for mark, angle in ((".", film[frame]), ("o", fitted[frame])):
            line[round(30 + 24 * angle)] = mark
        print(f"{frame * DT:4.1f} s |{''.join(line)}|")
    return length.data, drag.data


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
