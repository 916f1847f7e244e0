"""Pictures of a descent: for each learning rate the curve or the contours with every step, still and moving."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from micrograd_plus.lab.descent import Descent
from micrograd_plus.lab.descent_words import heading, sentence
from micrograd_plus.notation import short
from micrograd_plus.texts import shortened
from micrograd_plus.viz.colour import INK
from micrograd_plus.viz.lab import film
from micrograd_plus.viz.lab.descent_scene import Scene
from micrograd_plus.viz.lab.surface import draw_surface
from micrograd_plus.viz.own_figure import Figure
from micrograd_plus.viz.plots import COLOURS

MOST_FRAMES = 40
SECONDS = 0.5  # a frame; less where there are many
_GIF_DPI = 75

_WALK, _SLOPE = COLOURS[1], COLOURS[0]
_SIDE, _LEFT, _RIGHT, _ABOVE = 3.5, 0.95, 0.25, 0.45  # of a panel and around it, in inches
_LABEL, _LINE = 0.5, 0.175  # the room for the axis' name, and for a line below it
_TITLE = 0.4
_COLUMNS = 3
_MOST_RULES = 4  # variables whose rule is written
_DENSE = 40  # places that are too many for large dots
_BOX = {"boxstyle": "round,pad=0.25", "facecolor": "white", "edgecolor": "none", "alpha": 0.85}


def descent_figure(descent: Descent) -> Figure:
    """Return a figure with a panel for each rate: the whole walk, the slope at the start, the rule's first numbers."""
    names = descent.problem.parameter_names
    texts = [
        [*walk.rule(0, names)[:_MOST_RULES], *textwrap.wrap(sentence(descent, walk), 52)] for walk in descent.walks
    ]
    figure, panels = _panels(descent, max(map(len, texts)))
    for (axes, scene), lines in zip(panels, texts, strict=True):
        _draw_slope(axes, scene)
        _draw_walk(axes, scene)
        _below(axes, lines)
    return figure


def descent_gif(descent: Descent) -> bytes:
    """Return an animation of all walks side by side; of many steps, some are left out."""
    figure, panels = _panels(descent, 1 + min(descent.problem.size, _MOST_RULES))
    last = max(len(walk.run.steps) - 1 for walk in descent.walks)
    shown = np.unique(np.linspace(0, last, min(last + 1, MOST_FRAMES)).astype(int))
    moving = [_moving(axes, scene) for axes, scene in panels]

    def draw(frame: int) -> None:
        for move in moving:
            move(int(shown[frame]))

    return film.gif(figure, draw, len(shown), SECONDS if len(shown) <= 30 else SECONDS / 2, dpi=_GIF_DPI)


def _panels(descent: Descent, lines: int) -> tuple[Figure, list[tuple[Axes, Scene]]]:
    """Return a figure with what does not move, curves or contours, minima and headings, and room for lines below."""
    walks = descent.walks
    columns = min(len(walks), _COLUMNS) if len(walks) != 4 else 2
    rows = -(-len(walks) // columns)
    below = _LABEL + _LINE * (lines + (descent.problem.size > 2)) + 0.1
    wide, high = _LEFT + _SIDE + _RIGHT, _ABOVE + _SIDE + below
    figure = Figure(figsize=(wide * columns, high * rows + _TITLE))
    width, height = figure.get_size_inches()
    panels = []
    for k, walk in enumerate(walks):
        row, column = divmod(k, columns)
        left, bottom = column * wide + _LEFT, (rows - 1 - row) * high + below
        axes = figure.add_axes((left / width, bottom / height, _SIDE / width, _SIDE / height))
        scene = Scene(descent, walk)
        _draw_hill(axes, scene)
        axes.set_title(heading(descent, walk), loc="left", fontsize=11, fontweight="bold")
        panels.append((axes, scene))
    title = shortened(descent.problem.name, 40 * columns)
    figure.text(_LEFT / width, 1.0 - 0.65 * _TITLE / height, title, fontsize=12, va="center", parse_math=False)
    return figure, panels


def _draw_hill(axes: Axes, scene: Scene) -> None:
    draw_surface(axes, scene.landscape)
    (left, right), (low, high) = scene.window
    axes.set(xlim=(left, right), ylim=(low, high))
    if scene.minimum is not None:
        axes.plot(*scene.minimum, "*", color=INK, markersize=12, markeredgecolor="white", zorder=5)


def _draw_walk(axes: Axes, scene: Scene) -> None:
    """Draw all steps: on a curve across by the update and down to the curve, else from place to place."""
    places = scene.places
    size, edge = (5.0, 0.5) if len(places) < _DENSE else (2.6, 0.0)
    axes.plot(*scene.trail(len(places) - 1).T, color=_WALK, linewidth=1.4, zorder=3)
    axes.plot(*places.T, "o", color=_WALK, markersize=size, markeredgecolor="white", markeredgewidth=edge, zorder=4)
    axes.plot(*places[0], "o", color="white", markersize=8, markeredgecolor=INK, zorder=6)
    _name_steps(axes, scene)


def _name_steps(axes: Axes, scene: Scene) -> None:
    """Write the numbers of the first steps beside them where there is room."""
    low, high = np.transpose(scene.window)
    named: list[Any] = []
    for step, place in enumerate(scene.places[:6]):
        at = (place - low) / (high - low)
        if (at > 0.02).all() and (at < 0.95).all() and all(np.hypot(*(at - other)) > 0.06 for other in named):
            axes.annotate(str(step), place, (6, 5), textcoords="offset points", fontsize=8.5, color=INK, zorder=7)
            named.append(at)


def _draw_slope(axes: Axes, scene: Scene) -> None:
    start, end = scene.slopes[0]
    if scene.is_curve:
        axes.plot(*np.transpose([start, end]), color=_SLOPE, linewidth=2.2, zorder=3)
        text, height = f"slope at the start: {short(float(scene.walk.slopes[0, 0]))}", 0.04
    else:
        arrow = {"arrowstyle": "-|>", "color": _SLOPE, "linewidth": 2, "shrinkA": 0, "shrinkB": 0, "mutation_scale": 14}
        axes.annotate("", xy=tuple(end), xytext=tuple(start), arrowprops=arrow, zorder=3)
        text, height = f"straight downhill: slope {short(float(scene.walk.run.gradient_norms[0]))}", 0.93
    axes.text(0.03, height, text, transform=axes.transAxes, color=_SLOPE, fontsize=9, bbox=_BOX, zorder=8)


def _below(axes: Axes, lines: Sequence[str], **options: Any) -> Any:
    """Write lines below an axis, the rule's numbers first."""
    top = -(_LABEL + _LINE * axes.get_xlabel().count("\n")) / _SIDE
    return axes.text(
        0.0, top, "\n".join(lines), transform=axes.transAxes, va="top", fontsize=9, parse_math=False, **options
    )


# --- moving -----------------------------------------------------------------------------------------------------------


def _moving(axes: Axes, scene: Scene) -> Callable[[int], None]:
    """Add what moves to a panel; return what sets it to a step."""
    walk, names = scene.walk, scene.descent.problem.parameter_names
    [trail] = axes.plot([], [], color=_WALK, linewidth=1.4, zorder=3, animated=True)
    [dots] = axes.plot([], [], "o", color=_WALK, markersize=3.5, zorder=4, animated=True)
    [slope] = axes.plot([], [], color=_SLOPE, linewidth=2.4, zorder=5, animated=True)
    [tip] = axes.plot([], [], "o", color=_SLOPE, markersize=5, zorder=5, animated=True)
    [now] = axes.plot([], [], "o", color=_WALK, markersize=9, markeredgecolor=INK, zorder=6, animated=True)
    told = _below(axes, [], animated=True)

    def move(step: int) -> None:
        k = min(step, len(scene.places) - 1)
        trail.set_data(*scene.trail(k).T)
        dots.set_data(*scene.places[: k + 1].T)
        now.set_data(*scene.places[k][:, None])
        slope.set_data(*scene.slopes[k].T)
        tip.set_data(*(([], []) if scene.is_curve else scene.slopes[k][1:].T))
        left = k < step and walk.run.diverged_at is not None
        lines = ["it has left"] if left else [scene.state(k), *walk.rule(k, names)[:_MOST_RULES]]
        told.set_text("\n".join([f"step {step}: {lines[0]}", *lines[1:]]))

    return move
