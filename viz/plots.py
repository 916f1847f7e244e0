"""Plots of a training run: where a classifier decides, and how its loss fell. Made without any global state."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Sequence
from math import isqrt
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike, NDArray

from micrograd_plus.atomic_file import atomic_write
from micrograd_plus.texts import shortened
from micrograd_plus.viz.own_figure import Figure

# Blue and orange first, as in the pictures of graphs; then Okabe and Ito's colours, told apart by the colour-blind.
COLOURS = ("#1f6fb5", "#e07b1a", "#009e73", "#cc79a7", "#8a6d00", "#56b4e9", "#7a4fbf", "#b0413e", "#5f5f5f", "#2f9e9e")
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", ">", "*")

ROUND = (1, 2, 2.5, 5, 10)  # how the numbers along an axis may begin

_MOST_NAMES = 20  # of classes in a legend
_GRID = 200  # points along each axis; also what the predictions cost
_MOST_PROBABILITIES = 2**22  # of more classes than a hundred the grid is coarser
_MARGIN = 0.08


def decision_boundary(
    predict: Callable[[NDArray[np.float64]], ArrayLike],
    X: ArrayLike,
    y: ArrayLike,
    class_names: Sequence[str],
    *,
    validation: tuple[ArrayLike, ArrayLike] | None = None,
    feature_names: Sequence[str] = ("x1", "x2"),
    title: str = "",
) -> Figure:
    """Return a figure of the regions that a classifier of two features sees, with the samples.

    `predict` takes an array of shape (n, 2) to class probabilities of shape (n, classes) or to class numbers of shape
    (n,). `X` is of shape (samples, 2) and `y` holds class numbers; `validation` is such a pair that was not trained on
    and is drawn with black outlines. Raises ValueError where the shapes are others.
    """
    if len(class_names) < 2:
        raise ValueError(f"wanted at least two classes, got {list(class_names)}")
    groups = [(*_samples(X, y, "X", len(class_names)), "white", 0.6)]
    if validation is not None:
        groups.append((*_samples(*validation, "validation", len(class_names)), "black", 1.3))
    figure = Figure(figsize=(7.0, 5.6), layout="constrained")
    axes = figure.add_subplot()
    _regions(axes, predict, np.concatenate([points for points, *_ in groups]), len(class_names))
    for points, classes, outline, width in groups:
        looks = classes % len(COLOURS)  # those of a thousand classes are drawn by ten calls
        for k in np.unique(looks):
            x, y = points[looks == k].T
            axes.scatter(x, y, s=34, edgecolors=outline, linewidths=width, **look(k))
    _name(axes, xlabel=feature_names[0], ylabel=feature_names[1], title=title)
    _legend_of_classes(axes, class_names, has_validation=validation is not None)
    return figure


def loss_curve(
    losses: Sequence[float],
    validation_losses: Sequence[float] = (),
    *,
    accuracies: Sequence[float] = (),
    validation_accuracies: Sequence[float] = (),
    title: str = "",
) -> Figure:
    """Return a figure of the loss, and below it of the accuracy (0 to 1) if there is any, over the epochs from 1 on.

    The loss is on a log scale where it is positive throughout and falls to less than a tenth.
    """
    has_accuracy = bool(len(accuracies) or len(validation_accuracies))
    figure = Figure(figsize=(7.0, 5.6 if has_accuracy else 3.8), layout="constrained")
    rows = figure.subplots(2 if has_accuracy else 1, 1, sharex=True, squeeze=False)[:, 0]
    top = rows[0]
    _curves(top, losses, validation_losses)
    _name(top, xlabel="", ylabel="loss", title=title)
    values = np.concatenate([np.asarray(losses, float), np.asarray(validation_losses, float)])
    if falls_far(values):
        top.set_yscale("log")
    if has_accuracy:
        _curves(rows[1], accuracies, validation_accuracies)
        rows[1].set(ylabel="accuracy")
        rows[1].yaxis.set_major_formatter("{x:.0%}")
    rows[-1].set(xlabel="epoch")
    whole_numbers(rows[-1])
    figure.align_ylabels()
    return figure


def confusion_matrix(matrix: ArrayLike, class_names: Sequence[str]) -> Figure:
    """Return a figure of counts of shape (classes, classes), a row for each class that is wanted.

    A column stands for what was predicted; a cell is the darker the larger its share of the row.
    """
    counts = np.asarray(matrix)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    side = 1.6 + 0.55 * len(class_names)
    figure = Figure(figsize=(side + 0.8, side), layout="constrained")
    axes = figure.add_subplot()
    axes.imshow(shares, cmap="Blues", vmin=0.0, vmax=1.4)  # so that the darkest still is no black
    for (i, j), count in np.ndenumerate(counts):
        if count:
            axes.text(j, i, f"{count:,}", ha="center", va="center", color="white" if shares[i, j] > 0.75 else "black")
    names = [shortened(name, 16) for name in class_names]
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_ticks(range(len(names)), labels=names, parse_math=False)
    if max(map(len, names)) > 8:  # beside one another they would not have room
        axes.tick_params(axis="x", labelrotation=30)
    return figure


def falls_far(losses: NDArray[np.float64]) -> bool:
    """Tell whether losses are to be shown on a log scale: all are positive, and the least is below a tenth."""
    finite = losses[np.isfinite(losses)]
    return bool(finite.size and finite.min() > 0.0 and finite.max() > 10.0 * finite.min())


def png(figure: Figure, dpi: int = 144) -> bytes:
    """Return a figure as a PNG; equal figures give equal bytes."""
    picture = io.BytesIO()
    figure.savefig(picture, format="png", dpi=dpi, metadata={"Software": None})
    return picture.getvalue()


def save(figure: Figure, path: str | os.PathLike[str], dpi: int = 144) -> None:
    """Write a figure as a PNG, or leave the file as it was."""
    atomic_write(path, png(figure, dpi))


def look(k: int) -> dict[str, Any]:
    """Return colour and marker of the class or line number k."""
    return {"color": COLOURS[k % len(COLOURS)], "marker": MARKERS[k % len(MARKERS)]}


def whole_numbers(axes: Axes) -> None:
    """Let the numbers along the x axis be whole: there is no half step."""
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, steps=ROUND))


def sureness(probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how far the largest of the probabilities, shape (..., classes), is above equal ones: from 0 to 1."""
    classes = probabilities.shape[-1]
    return np.asarray((probabilities.max(axis=-1) * classes - 1.0) / (classes - 1.0))


def tints(classes: ArrayLike, sureness: ArrayLike) -> NDArray[np.float64]:
    """Return the colours of regions, shape (..., 3) from 0 to 1: those of their classes, the paler the less sure."""
    colours = np.array([to_rgb(colour) for colour in COLOURS])[np.asarray(classes) % len(COLOURS)]
    return np.asarray(1.0 - (0.12 + 0.38 * np.asarray(sureness)[..., None]) * (1.0 - colours))


# --- parts ------------------------------------------------------------------------------------------------------------


def _samples(X: ArrayLike, y: ArrayLike, name: str, classes: int) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    points, numbers = np.asarray(X, float), np.asarray(y)
    if points.ndim != 2 or points.shape[1] != 2:
        raise ValueError(f"wanted {name} of shape (samples, 2), got {points.shape}")
    if numbers.shape != (len(points),):
        raise ValueError(f"wanted one class for each of the {len(points)} samples of {name}, got shape {numbers.shape}")
    numbers = numbers.astype(np.int64)
    if numbers.size and (numbers.min() < 0 or numbers.max() >= classes):
        raise ValueError(f"wanted class numbers from 0 to {classes - 1}, got {numbers.min()} to {numbers.max()}")
    return points, numbers


def _regions(axes: Axes, predict: Callable[[NDArray[np.float64]], ArrayLike], points: Any, classes: int) -> None:
    """Tint the plane by the class that is predicted, the paler the less sure, with a line where it changes."""
    low, high = points.min(axis=0), points.max(axis=0)
    room = np.maximum(high - low, 1e-9) * _MARGIN
    side = min(_GRID, isqrt(_MOST_PROBABILITIES // classes))
    x, y = (np.linspace(a, b, side) for a, b in zip(low - room, high + room, strict=True))
    grid = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    probabilities = _probabilities(predict(grid), len(grid), classes).reshape(side, side, classes)
    chosen = probabilities.argmax(axis=-1)
    image = tints(chosen, sureness(probabilities))
    extent = (x[0], x[-1], y[0], y[-1])
    axes.imshow(image, extent=extent, origin="lower", aspect="auto", interpolation="bilinear")
    second, first = np.partition(probabilities, -2, axis=-1)[..., -2:].transpose(2, 0, 1)
    for k in np.unique(chosen):
        # How much more probable than the others: zero on the boundary, and smooth there.
        lead = probabilities[..., k] - np.where(chosen == k, second, first)
        if lead.min() < 0.0 < lead.max():
            axes.contour(x, y, lead, levels=[0.0], colors="#303030", linewidths=1.2)


def _probabilities(predicted: ArrayLike, samples: int, classes: int) -> NDArray[np.float64]:
    """Return probabilities of shape (samples, classes), of class numbers certain ones."""
    array = np.asarray(predicted)
    if array.shape == (samples,):
        return np.eye(classes)[array.astype(np.int64)]
    if array.shape != (samples, classes):
        raise ValueError(f"wanted predictions of shape ({samples}, {classes}) or ({samples},), got {array.shape}")
    return array.astype(np.float64)


def _legend_of_classes(axes: Axes, class_names: Sequence[str], *, has_validation: bool) -> None:
    handles = [axes.scatter([], [], s=34, **look(k)) for k in range(min(len(class_names), _MOST_NAMES))]
    texts = [shortened(name, 30) for name in class_names[:_MOST_NAMES]]
    if len(class_names) > _MOST_NAMES:
        handles.append(axes.scatter([], [], alpha=0.0))
        texts.append(f"... {len(class_names):,} classes")
    if has_validation:
        handles.append(axes.scatter([], [], s=34, c="white", edgecolors="black", linewidths=1.3))
        texts.append("validation")
    legend = axes.legend(handles, map(str, range(len(handles))), loc="upper left", bbox_to_anchor=(1.0, 1.0))
    legend.set_frame_on(False)
    # Set afterwards, for a label that begins with "_" would be left out.
    for text, wanted in zip(legend.get_texts(), texts, strict=True):
        text.set(text=wanted, parse_math=False)


def _name(axes: Axes, *, xlabel: str, ylabel: str, title: str) -> None:
    """Write the names of axes and the title as they are, dollar signs too."""
    for text, wanted in ((axes.xaxis.label, xlabel), (axes.yaxis.label, ylabel), (axes.title, title)):
        text.set(text=shortened(wanted, 60), parse_math=False)


def _curves(axes: Axes, training: Sequence[float], validation: Sequence[float]) -> None:
    for values, name, colour, style in (
        (training, "training", COLOURS[0], "-"),
        (validation, "validation", COLOURS[1], "--"),
    ):
        if len(values):
            marker = "o" if len(values) == 1 else ""  # one point makes no line
            epochs = range(1, len(values) + 1)
            axes.plot(epochs, values, style, marker=marker, color=colour, label=name, linewidth=1.8)
    axes.grid(alpha=0.3)
    if axes.lines:
        axes.legend(frameon=False)
