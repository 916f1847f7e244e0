"""The player of a descent: one HTML file to step through it, with the update rule in numbers for each rate."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from micrograd_plus.lab.descent import Descent
from micrograd_plus.lab.descent_words import heading, sentence
from micrograd_plus.viz.charts import Axis, frame_with_ticks, svg_element
from micrograd_plus.viz.colour import INK
from micrograd_plus.viz.lab.descent_scene import Scene
from micrograd_plus.viz.lab.surface import draw_surface
from micrograd_plus.viz.own_figure import Figure
from micrograd_plus.viz.page import filled, page
from micrograd_plus.viz.page_parts import in_page, picture_uri
from micrograd_plus.viz.plots import png

Array = NDArray[Any]

_WIDTH, _HEIGHT, _LEFT, _FOOT = 400.0, 356.0, 58.0, 34.0
_DPI = 120


def descent_player_html(descent: Descent) -> str:
    """Return the text of a page that shows every step of a descent at each rate, side by side.

    Of each step there are the slope, a tangent or an arrow straight downhill, where the step leads, and the rule
    W <- W - lr dL/dW with its numbers. The page needs nothing but itself.
    """
    scenes = [Scene(descent, walk) for walk in descent.walks]
    data = {
        "steps": max(len(walk.run.steps) - 1 for walk in descent.walks),
        "panels": [_numbers(scene) for scene in scenes],
    }
    title = f"Descent on {descent.problem.name}"
    panels = "\n".join(_panel(k, scene) for k, scene in enumerate(scenes))
    body = filled("descent.html", title=in_page(title), panels=panels)
    return page(title, body, styles=["playing.css", "descent.css"], scripts=["transport.js", "descent.js"], data=data)


def _axes(scene: Scene) -> tuple[Axis, Axis]:
    (left, right), (low, high) = scene.window
    return Axis(left, right, _LEFT, _WIDTH - 6.0), Axis(low, high, _HEIGHT - _FOOT, 6.0)


def _numbers(scene: Scene) -> dict[str, Any]:
    """Return what `descent.js` shows of a walk, in pixels and in words."""
    walk, names = scene.walk, scene.descent.problem.parameter_names
    last = len(scene.places) - 1
    trail = scene.trail(last)
    return {
        "places": _pixels(scene, scene.nearer(scene.places)),
        "slopes": _pixels(scene, scene.slopes),
        "targets": _pixels(scene, scene.nearer(scene.targets)),
        "trail": _pixels(scene, trail),
        "ends": [*(len(scene.trail(k)) for k in range(last)), len(trail)],
        "lines": [[scene.state(k), *walk.rule(k, names)] for k in range(last + 1)],
        "after": "" if walk.run.diverged_at is None else "It has left.",
    }


def _pixels(scene: Scene, points: Array) -> Array:
    x, y = _axes(scene)
    return np.stack([x.at(points[..., 0]), y.at(points[..., 1])], axis=-1).round(1)


def _panel(k: int, scene: Scene) -> str:
    x, y = _axes(scene)
    walk, descent = scene.walk, scene.descent
    size = f'x="{x.start:.0f}" y="{y.end:.0f}" width="{x.end - x.start:.0f}" height="{y.start - y.end:.0f}"'
    across, *others = map(in_page, scene.landscape.plane.names)
    up, middle = "".join(others) or "loss", (y.start + y.end) / 2
    moving = (
        '<polyline class="trail"/><path class="dots"/><polyline class="move"/><polyline class="slope"/>'
        f'<circle class="tip" r="{0.0 if scene.is_curve else 4.0}"/><circle class="now" r="6"/>'
    )
    parts = [
        f'<clipPath id="inside{k}"><rect {size}/></clipPath>',
        f'<image {size} preserveAspectRatio="none" href="{_hill(scene)}"/>',
        frame_with_ticks(x, y, _LEFT, y.start, is_log=False),
        f'<g clip-path="url(#inside{k})">{moving}</g>',
        f'<text x="{(x.start + x.end) / 2:.0f}" y="{_HEIGHT - 4:.0f}" text-anchor="middle">{across}</text>',
        f'<text transform="translate(12 {middle:.0f}) rotate(-90)" text-anchor="middle">{up}</text>',
    ]
    lines = 1 + len(descent.problem.parameter_names)
    return (
        f'<section class="panel" aria-labelledby="rate{k}">\n<h2 id="rate{k}">{heading(descent, walk)}</h2>\n'
        f"{svg_element(f'hill{k}', _WIDTH, _HEIGHT, 'The loss, and the steps on it', parts)}\n"
        f'<p class="rule" style="--lines: {lines}"></p>\n'
        f'<p class="muted">{in_page(sentence(descent, walk))}</p>\n</section>'
    )


def _hill(scene: Scene) -> str:
    """Return the curve or the contours with the minimum, without anything around them, as a picture."""
    x, y = _axes(scene)
    figure = Figure(figsize=((x.end - x.start) / 100.0, (y.start - y.end) / 100.0))
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    draw_surface(axes, scene.landscape)
    axes.set(xlim=scene.window[0], ylim=scene.window[1])
    if scene.minimum is not None:
        axes.plot(*scene.minimum, "*", color=INK, markersize=9, markeredgecolor="white", zorder=5)
    axes.set_axis_off()
    return picture_uri(png(figure, _DPI))
