"""Small charts as SVG for pages that move parts of them: the loss curve, and samples of two features on a plane."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from micrograd_plus.notation import short
from micrograd_plus.texts import shortened
from micrograd_plus.training_history import History
from micrograd_plus.viz.page_parts import in_page
from micrograd_plus.viz.plots import COLOURS, ROUND, falls_far

Array = NDArray[Any]

_MOST_POINTS = 400  # of a curve; more would not be seen

# One after the other for the classes, around (0, 0).
SHAPES = (
    "M4 0A4 4 0 1 1 -4 0A4 4 0 1 1 4 0Z",
    "M-3.6 -3.6H3.6V3.6H-3.6Z",
    "M0 -4.8L4.5 3.4H-4.5Z",
    "M0 -5L5 0L0 5L-5 0Z",
    "M0 4.8L4.5 -3.4H-4.5Z",
    "M-1.6 -4.6H1.6V-1.6H4.6V1.6H1.6V4.6H-1.6V1.6H-4.6V-1.6H-1.6Z",
)


@dataclass(frozen=True, slots=True)
class Axis:
    """Takes numbers from `low` to `high` to pixels from `start` to `end`."""

    low: float
    high: float
    start: float
    end: float

    def at(self, x: Any) -> Any:
        """Return the pixel of a number, or of each in an array."""
        return self.start + (self.end - self.start) * (x - self.low) / (self.high - self.low)

    def ticks(self, *, integer: bool = False) -> list[float]:
        """Return round numbers along the axis."""
        found = MaxNLocator(5, integer=integer, min_n_ticks=1, steps=ROUND).tick_values(self.low, self.high)
        return [float(tick) for tick in found if self.low <= tick <= self.high]


def loss_chart(history: History) -> tuple[str, Axis]:
    """Return the losses over the epochs with a marker to be moved, and the axis of the epochs.

    On a log scale where `plots.loss_curve` has one.
    """
    width, height, left, foot = 560.0, 200.0, 52.0, 20.0
    numbers = np.array([epoch.number for epoch in history.epochs])
    losses = {
        "training": np.array([epoch.loss for epoch in history.epochs]),
        "validation": np.array([epoch.validation_loss for epoch in history.epochs], dtype=float),
    }
    every = np.concatenate(list(losses.values()))
    is_log = falls_far(every)
    if is_log:
        losses = {name: np.log10(values) for name, values in losses.items()}
        every = np.log10(every)
    x = Axis(0.0, float(numbers[-1]), left, width - 12.0)
    y = Axis(*_range(every), height - foot, 22.0)
    parts = [frame_with_ticks(x, y, left, height - foot, is_log=is_log)]
    for k, (name, values) in enumerate(losses.items()):
        if np.isfinite(values).any():
            parts.append(polyline(x.at(numbers), y.at(values), f"{name}-line"))
            parts.append(f'<text x="{left + 34 + 100 * k:.0f}" y="14">{name}</text>')
            parts.append(polyline(left + 100.0 * k + np.array([0.0, 28.0]), np.full(2, 10.0), f"{name}-line"))
    if history.best:
        at = x.at(history.best.number)
        parts.append(f'<line class="best" x1="{at:.1f}" x2="{at:.1f}" y1="{y.end:.0f}" y2="{y.start:.0f}"/>')
        parts.append(f'<text x="{x.end:.1f}" y="14" text-anchor="end">best: epoch {history.best.number}</text>')
    parts.append(f'<line id="marker" y1="{y.end - 4:.0f}" y2="{y.start + 4:.0f}"/>')
    return svg_element("curve", width, height, "Loss by epoch; choose a place to go there", parts), x


def plane_chart(
    points: Array, classes: Array, class_names: Sequence[str], feature_names: Sequence[str]
) -> tuple[str, tuple[Axis, Axis]]:
    """Return samples of shape (n, 2) over an empty image `region` and empty `lines`, and the axes of that image."""
    width, height, left, foot = 560.0, 380.0, 52.0, 34.0
    x, y = _with_room(points[:, 0], left, width - 12.0), _with_room(points[:, 1], height - foot, 8.0)
    size = f'x="{left:.0f}" y="{y.end:.0f}" width="{x.end - left:.0f}" height="{y.start - y.end:.0f}"'
    region = f'<image id="region" {size} preserveAspectRatio="none"/><path id="lines" fill="none" stroke="#303030"/>'
    parts = [region, frame_with_ticks(x, y, left, y.start, is_log=False)]
    for (px, py), k in zip(np.column_stack([x.at(points[:, 0]), y.at(points[:, 1])]), classes, strict=True):
        parts.append(f'<path d="{SHAPES[k % len(SHAPES)]}" transform="translate({px:.1f} {py:.1f})" {_look(k)}/>')
    across, up = (in_page(shortened(name, 40)) for name in feature_names)
    middle = (y.start + y.end) / 2
    parts.append(f'<text x="{(left + width) / 2:.0f}" y="{height - 4:.0f}" text-anchor="middle">{across}</text>')
    parts.append(f'<text transform="translate(12 {middle:.0f}) rotate(-90)" text-anchor="middle">{up}</text>')
    names = "".join(_class_item(k, name) for k, name in enumerate(class_names))
    svg = svg_element("boundary", width, height, "Samples on the regions that the network sees", parts)
    return f'{svg}\n<ul id="classes">{names}</ul>', (x, y)


def svg_element(key: str, width: float, height: float, label: str, parts: Iterable[str]) -> str:
    """Return an SVG picture with an id and a name, made of parts."""
    size = f'viewBox="0 0 {width:.0f} {height:.0f}"'
    return f'<svg id="{key}" {size} role="img" aria-label="{label}">{"".join(parts)}</svg>'


def _with_room(values: Array, start: float, end: float) -> Axis:
    low, high = float(values.min()), float(values.max())
    room = 0.08 * max(high - low, 1e-9)
    return Axis(low - room, high + room, start, end)


def _range(values: Array) -> tuple[float, float]:
    finite = values[np.isfinite(values)]
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
    return (low, high) if high > low else (low - 0.5, low + 0.5)


def frame_with_ticks(x: Axis, y: Axis, left: float, floor: float, *, is_log: bool) -> str:
    """Return the frame around a chart whose left edge and floor are given in pixels, with ticks and their numbers."""
    parts = []
    for tick in x.ticks():
        at = x.at(tick)
        parts.append(f'<line class="grid" x1="{at:.1f}" x2="{at:.1f}" y1="{floor:.0f}" y2="{floor + 4:.0f}"/>')
        parts.append(f'<text x="{at:.1f}" y="{floor + 16:.0f}" text-anchor="middle">{short(tick)}</text>')
    for tick in y.ticks(integer=is_log):
        at = y.at(tick)
        text = f"1e{tick:.0f}" if is_log else short(tick)
        parts.append(f'<line class="grid" x1="{left - 4:.0f}" x2="{left:.0f}" y1="{at:.1f}" y2="{at:.1f}"/>')
        parts.append(f'<text x="{left - 7:.0f}" y="{at + 4:.1f}" text-anchor="end">{text}</text>')
    frame = f'x="{left:.0f}" y="{y.end:.0f}" width="{x.end - left:.0f}" height="{floor - y.end:.0f}"'
    return f'<rect class="grid" fill="none" {frame}/>{"".join(parts)}'


def polyline(x: Array, y: Array, kind: str) -> str:
    """Return a line through points, those left out that are not finite, and of very many some."""
    chosen = np.unique(np.linspace(0, len(x) - 1, min(len(x), _MOST_POINTS)).astype(int))
    points = " ".join(f"{x[k]:.1f},{y[k]:.1f}" for k in chosen if np.isfinite(y[k]))
    return f'<polyline class="{kind}" points="{points}"/>'


def _look(k: int) -> str:
    return f'fill="{COLOURS[k % len(COLOURS)]}" stroke="#ffffff" stroke-width="0.8"'


def _class_item(k: int, name: str) -> str:
    svg = f'<svg viewBox="-6 -6 12 12" aria-hidden="true"><path d="{SHAPES[k % len(SHAPES)]}" {_look(k)}/></svg>'
    return f"<li>{svg} {in_page(shortened(name, 40))}</li>"
