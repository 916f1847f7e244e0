"""Activation functions and their slopes, drawn from the rows of the table."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from micrograd_plus.nn.gain import gain, sizes_after
from micrograd_plus.notation import short
from micrograd_plus.ops import Op
from micrograd_plus.tensor import Tensor
from micrograd_plus.viz.own_figure import Figure
from micrograd_plus.viz.plots import COLOURS

_COLUMNS = 3
_X = np.linspace(-4.0, 4.0, 401)
_LOW, _HIGH = -1.5, 3.0


def activation_curves(ops: Sequence[Op]) -> Figure:
    """Return a figure with axes for each operation of one input: the function, and its slope by the engine.

    The titles tell the gain, and what a layer with weights of that gain does to the size of a gradient.
    """
    rows, columns = -(-len(ops) // _COLUMNS), min(len(ops), _COLUMNS)
    width, height = 0.5 + 3.3 * columns, 0.7 + 2.2 * rows
    figure = Figure(figsize=(width, height))
    grid = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
    figure.subplots_adjust(0.4 / width, 0.35 / height, 1.0 - 0.2 / width, 1.0 - 0.65 / height, 0.08, 0.25)
    for axes, op in zip(grid.flat, ops, strict=False):
        x = Tensor(_X)
        with np.errstate(all="ignore"):
            out = op(x)
            out.backward(np.ones(_X.shape))
        axes.axhline(0.0, color="#909090", linewidth=0.6)
        axes.axvline(0.0, color="#909090", linewidth=0.6)
        axes.plot(_X, out.data, color=COLOURS[0], linewidth=1.8, label="function")
        slopes = np.zeros(_X.shape) if x.grad is None else x.grad
        axes.plot(_X, slopes, color=COLOURS[1], linewidth=1.8, linestyle="--", label="slope")
        scale = gain(op.name)
        back = scale * sizes_after(op, 1.0)[1]
        axes.set_title(f"{op.name}: gain {short(scale, 3)}, gradient x {short(back, 3)} a layer", fontsize=9)
        axes.set_ylim(_LOW, _HIGH)
    for axes in grid.flat[len(ops) :]:
        axes.remove()
    figure.legend(*grid[0, 0].get_legend_handles_labels(), loc="upper right", ncols=2, frameon=False)
    return figure
