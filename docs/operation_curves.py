"""Small pictures of the elementwise operations: each with its derivative, over the input that moves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from micrograd_plus import Tensor, gradient
from micrograd_plus.notation import short
from micrograd_plus.ops import Op
from micrograd_plus.viz.charts import Axis
from micrograd_plus.viz.plots import COLOURS

_FIXED = (1.0, 0.5, -0.75)  # the inputs that stay, in pictures
_PARAMETERS = {"min": -1.0, "max": 1.5, "n": 3.0}  # in pictures; others at their defaults


def caption(op: Op) -> str:
    """Return what a picture says it shows: the operation, what moves, and at which numbers the others stay."""
    names, k = "abc"[: op.arity], moving(op)
    fixed = [f"{names[i]} = {short(_FIXED[i])}" for i in range(op.arity) if i != k]
    fixed += [f"{name} = {short(value)}" for name, value in _drawn_with(op).items()]
    return f"{op.name} and its derivative by {names[k]}{' at ' if fixed else ''}{', '.join(fixed)}"


def moving(op: Op) -> int:
    """Return the position of the input that moves in a picture: the first that the operation has a slope by."""
    return next((k for k, slope in enumerate(op.slopes) if slope != 0.0), 0)


def _drawn_with(op: Op) -> dict[str, float]:
    return {name: _PARAMETERS.get(name, value) for name, value in op.parameters.items()}


def curves(op: Op) -> str:
    """Return a small SVG of an operation and its derivative, over the input that moves."""
    k = moving(op)
    low, high = op.domain[k]
    x = np.linspace(max(low, -3.0), min(high, 3.0), 243)[1:-1]
    inputs: list[Any] = [np.array(number) for number in _FIXED[: op.arity]]
    inputs[k] = Tensor(x)
    with np.errstate(all="ignore"):
        y = op(*inputs, **_drawn_with(op))
        [slope] = gradient(y.sum(), [inputs[k]])
    return _svg(x, [y.data, np.broadcast_to(slope.data, x.shape)])


def _svg(x: np.ndarray, lines: list[np.ndarray]) -> str:
    shown = np.concatenate([line[np.isfinite(line)] for line in lines])
    low, high = np.quantile(shown, [0.02, 0.98])
    low, high = max(min(low, 0.0) - 0.2, -6.0), min(max(high, 0.0) + 0.2, 6.0)
    across, up = Axis(x[0], x[-1], 26.0, 312.0), Axis(low, high, 150.0, 8.0)
    parts = [_axis_lines(across, up)]
    for line, colour in zip(lines, COLOURS, strict=False):
        for piece in _pieces(across.at(x), up.at(line), up):
            points = " ".join(f"{a:.1f},{b:.1f}" for a, b in piece)
            parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="1.8"/>')
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" width="320" height="172" viewBox="0 0 320 172" font-size="10"'
        f' font-family="sans-serif"><rect width="320" height="172" fill="white"/>{"".join(parts)}</svg>\n'
    )


def _axis_lines(across: Axis, up: Axis) -> str:
    grey = 'stroke="#bbb" stroke-width="1"'
    parts = [f'<path d="M{across.start} {up.at(0.0):.1f}H{across.end}" {grey}/>']
    if across.low < 0.0 < across.high:
        parts.append(f'<path d="M{across.at(0.0):.1f} {up.start}V{up.end}" {grey}/>')
    for tick in across.ticks():
        parts.append(f'<text x="{across.at(tick):.1f}" y="166" text-anchor="middle" fill="#555">{short(tick)}</text>')
    for tick in up.ticks():
        parts.append(f'<text x="22" y="{up.at(tick) + 3:.1f}" text-anchor="end" fill="#555">{short(tick)}</text>')
    return "".join(parts)


def _pieces(x: np.ndarray, y: np.ndarray, up: Axis) -> Iterator[list[tuple[float, float]]]:
    """Yield the runs of points that are inside the picture, broken where a line jumps."""
    piece: list[tuple[float, float]] = []
    for a, b in zip(x.tolist(), y.tolist(), strict=True):
        inside = up.end <= b <= up.start
        if piece and (not inside or abs(b - piece[-1][1]) > 25.0):
            yield piece
            piece = []
        if inside:
            piece.append((a, b))
    if piece:
        yield piece
