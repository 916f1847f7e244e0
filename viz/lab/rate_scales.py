"""Learning rates on one axis: those that were tried, the largest stable one, theory's limit, and what is suggested."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import NullFormatter

from micrograd_plus.lab.rates import Comparison
from micrograd_plus.lab.verdicts import Kind, Rated
from micrograd_plus.notation import short
from micrograd_plus.viz.colour import INK
from micrograd_plus.viz.plots import look

_ROOM = 2.5  # times the smallest and the largest rate
_LETTER = 0.009  # of the width of the axis, in a label
_NOTED = (Kind.JUST_RIGHT, "to try")
_TOO_LARGE: dict[str, Any] = {"facecolor": "#e8e8e8", "edgecolor": "#c4c4c4", "hatch": "///", "linewidth": 0.0}


def shown(found: Comparison) -> list[tuple[Rated, str]]:
    """Return the runs that pictures show, each with its verdict in two words.

    Where no rate is right, the reference comes last: it is what the others are compared with.
    """
    runs = [(one, str(verdict.kind)) for one, verdict in zip(found.rated, found.verdicts, strict=True)]
    if found.reference and Kind.JUST_RIGHT not in {verdict.kind for verdict in found.verdicts}:
        runs.append((found.reference, "to try"))
    return runs


def draw_ruler(axes: Axes, found: Comparison, runs: Sequence[tuple[Rated, str]]) -> None:
    """Draw rates on a log axis, each with its mark, between the limits; what is not stable is hatched."""
    lines = limits(found)
    every = [*(one.lr for one, _ in runs), *(lr for lr, *_ in lines)]
    left, right = min(every) / _ROOM, max(every) * _ROOM
    axes.set(xscale="log", xlim=(left, right), ylim=(0.0, 1.0), yticks=[], xlabel="learning rate")
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.axhline(0.3, color=INK, linewidth=0.8, zorder=1)
    if found.stable.rate is not None:
        axes.axvspan(found.stable.rate, right, zorder=0, **_TOO_LARGE)
    above = _labels_above([one.lr for one, _ in runs], right / left)
    for k, (one, note) in enumerate(runs):
        _draw_rate(axes, k, one.lr, is_noted=note in _NOTED, is_above=above[k])
    _draw_notes(axes, runs)
    for k, (lr, name, style) in enumerate(lines):
        _draw_limit(axes, lr, f"{name}: {short(lr, 3)}", style, height=0.92 - 0.16 * k, is_right=lr * 30.0 > right)


def limits(found: Comparison) -> list[tuple[float, str, str]]:
    """Return the rates that are lines in the pictures: each with its name and the style of its line."""
    lines = []
    if found.stable.rate is not None:
        lines.append((found.stable.rate, "largest stable rate", "-"))
    if found.sharpest is not None:
        lines.append((found.sharpest.stable_rate, "2/lambda_max", "--"))
    if found.test.suggestion is not None:
        lines.append((found.test.suggestion, "range test suggests", ":"))
    return lines


def draw_range_test(axes: Axes, found: Comparison) -> None:
    """Draw the losses of the range test over its rates, raw and smoothed, with the limits."""
    test = found.test
    axes.plot(test.lrs, test.losses, ".", color=look(1)["color"], markersize=4, label="after each step")
    axes.plot(test.lrs, test.smoothed, color=look(0)["color"], linewidth=1.8, label="smoothed")
    start = float(found.rated[0].run.losses[0])
    low = float(test.smoothed.min(initial=start))
    room = (start - low) or abs(start) or 1.0
    for lr, name, style in limits(found):
        axes.axvline(lr, color=INK, linestyle=style, linewidth=1.2, label=f"{name}: {short(lr, 3)}")
    axes.set(xscale="log", xlabel="learning rate, growing from step to step", ylabel="loss")
    axes.set_ylim(low - 0.1 * room, start + 0.6 * room)
    axes.grid(alpha=0.3)


def draw_sharpness(axes: Axes, found: Comparison) -> None:
    """Draw the largest curvature along each path, and as a dashed line in its colour 2/lr, which it is to stay below.

    Runs that diverge are left out, and lines of 2/lr that are far above all curvatures.
    """
    curvatures = [*found.sharpness, found.sharpness_of_reference]  # `shown` has the reference last, if at all
    drawn = [
        (k, one.lr, places)
        for k, ((one, _), places) in enumerate(zip(shown(found), curvatures, strict=False))
        if one.run.diverged_at is None and places
    ]
    highest = max((place.value for *_, places in drawn for place in places), default=0.0)
    for k, lr, places in drawn:
        steps, values = [place.step for place in places], np.array([place.value for place in places])
        positive = np.where(values > 0.0, values, np.nan)
        axes.plot(steps, positive, linewidth=1.6, markersize=5, label=f"{lr:g}", **look(k))
        if 2.0 / lr < 20.0 * highest:
            axes.axhline(2.0 / lr, color=look(k)["color"], linestyle="--", linewidth=1.1)
            axes.annotate(
                f"2/{lr:g}",
                (1.0, 2.0 / lr),
                (3, 0),
                ("axes fraction", "data"),
                "offset points",
                va="center",
                fontsize=8,
            )
    axes.set(xlabel=found.unit, ylabel="largest eigenvalue of the Hessian", yscale="log" if highest > 0.0 else "linear")
    axes.grid(alpha=0.3)


def _labels_above(lrs: Sequence[float], span: float) -> list[bool]:
    """Return for each rate whether its label goes above the line, as the one below is too near on an axis of `span`."""
    free = [0.0, 0.0]  # from which rate on there is room below and above
    above = [False] * len(lrs)
    for k in np.argsort(lrs, kind="stable"):
        above[k] = lrs[k] < free[0] and free[1] < free[0]
        free[above[k]] = lrs[k] * span ** (_LETTER * (len(f"{lrs[k]:g}") + 1))
    return above


def _draw_rate(axes: Axes, k: int, lr: float, *, is_noted: bool, is_above: bool) -> None:
    size = 13 if is_noted else 9
    axes.plot(lr, 0.3, markersize=size, markeredgecolor=INK, linestyle="", zorder=4, **look(k))
    place: dict[str, Any] = {"xytext": (0, 10), "va": "bottom"} if is_above else {"xytext": (0, -10), "va": "top"}
    axes.annotate(f"{lr:g}", (lr, 0.3), textcoords="offset points", ha="center", fontsize=8, **place)


def _draw_notes(axes: Axes, runs: Sequence[tuple[Rated, str]]) -> None:
    """Draw the notes below the rates, one for all neighbours that have the same."""
    in_order = sorted(runs, key=lambda run: run[0].lr)
    for note, group in groupby(in_order, key=lambda run: run[1]):
        if note in _NOTED:
            lrs = [one.lr for one, _ in group]
            middle = float(np.sqrt(lrs[0] * lrs[-1]))
            axes.annotate(note, (middle, 0.3), (0, -22), textcoords="offset points", ha="center", va="top", fontsize=8)


def _draw_limit(axes: Axes, lr: float, text: str, style: str, *, height: float, is_right: bool) -> None:
    axes.axvline(lr, color=INK, linestyle=style, linewidth=1.4, zorder=2)
    offset, side = ((-5, 0), "right") if is_right else ((5, 0), "left")
    box = {"facecolor": "white", "edgecolor": "none", "alpha": 0.85, "pad": 1.0}
    axes.annotate(
        text, (lr, height), offset, textcoords="offset points", ha=side, va="center", fontsize=9, bbox=box, zorder=3
    )
