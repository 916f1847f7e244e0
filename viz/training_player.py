"""The player of a training run: one HTML file with network, decisions and loss after each recorded epoch."""

from __future__ import annotations

import io
from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
from contourpy import contour_generator
from numpy.typing import NDArray
from PIL import Image

from micrograd_plus.classifier import Classifier
from micrograd_plus.evaluation import classes, has_probabilities, is_of_classes, probabilities, scores
from micrograd_plus.layer_statistics import LayerStatistics, layer_statistics
from micrograd_plus.notation import short
from micrograd_plus.training_history import Epoch, History
from micrograd_plus.training_record import Frame, TrainingRecord
from micrograd_plus.viz.charts import Axis, loss_chart, plane_chart
from micrograd_plus.viz.page import filled, page
from micrograd_plus.viz.page_parts import data_uri, in_page
from micrograd_plus.viz.plots import COLOURS, sureness, tints

Array = NDArray[Any]

MOST_CIRCLES = 16  # of a layer; the units of a larger one share them
MOST_NUMBERS = 200_000  # in all frames: some 1.5 MB

_LEVELS = 24  # of sureness; times ten colours they fit into a palette
_SIDE = 64  # of the pictures of regions in pixels: colours are smooth, the boundary is a line of its own


def training_player_html(history: History, classifier: Classifier | None = None, *, title: str = "Training") -> str:
    """Return the text of a page that shows the network after each recorded epoch, to be stepped through and played.

    Weights or gradients are the lines between circles, one for each unit or, in layers of more than 16, for a few
    neighbours; beside them stand where a network of two features decides, the loss, and the layers' statistics. With
    the `classifier` that was trained, features and classes have their names and units. Raises ValueError for a history
    without a record or without an epoch.
    """
    record = history.record
    if record is None:
        raise ValueError("the history has no record of the weights: train with fit(..., record=True)")
    if not history.epochs:
        raise ValueError("the history has no epochs to play")
    curve, epoch_axis = loss_chart(history)
    network = _Network(record, classifier)
    frames = _chosen(record.frames, network.numbers)
    boundary, regions = _boundary(record, frames, classifier)
    shown = [network.frame(frame) for frame in frames]
    data = {
        "columns": network.columns,
        "layers": [f"{name} ({units})" for name, units in zip(record.layer_names, record.sizes[1:], strict=True)],
        "limits": {kind: _limit(shown, kind) for kind in ("weights", "gradients")},
        "best": _nearest(frames, history.best),
        "frames": [
            found | seen | {"text": _text(history, frame), "x": round(float(epoch_axis.at(frame.epoch)), 1)}
            for frame, found, seen in zip(frames, shown, regions, strict=True)
        ],
    }
    body = filled("training.html", title=in_page(title), folded=network.folded, curve=curve, boundary=boundary)
    return page(title, body, styles=["playing.css", "training.css"], scripts=["transport.js", "training.js"], data=data)


def _chosen(frames: Sequence[Frame], numbers: int) -> list[Frame]:
    """Return as many of the frames as fit into a page, evenly spaced, the last one among them."""
    most = max(2, MOST_NUMBERS // numbers)
    return [frames[k] for k in np.unique(np.linspace(0, len(frames) - 1, min(len(frames), most)).astype(int))]


def _text(history: History, frame: Frame) -> str:
    if frame.epoch == 0:
        return "before training"
    epoch: Epoch = history.epochs[frame.epoch - 1]
    return f"epoch {frame.epoch} of {history.epochs[-1].number}: {epoch}"


def _nearest(frames: Sequence[Frame], best: Epoch | None) -> int:
    """Return the number of the frame that is the nearest to the best epoch."""
    return 0 if best is None else int(np.argmin([abs(frame.epoch - best.number) for frame in frames]))


def _limit(frames: Sequence[dict[str, Any]], kind: str) -> float:
    """Return the size that has the strongest colour: one in fifty is larger."""
    sizes = np.concatenate([np.abs(part[kind]) for frame in frames for part in frame["parts"]])
    return float(f"{np.quantile(sizes, 0.98):.1g}") or 1.0


# --- the network ------------------------------------------------------------------------------------------------------


class _Network:
    """What the circles and lines show: each circle a unit, or a run of neighbours if there are many."""

    def __init__(self, record: TrainingRecord, classifier: Classifier | None) -> None:
        self.record = record
        self._starts = [_starts(size) for size in record.sizes]
        counts = [len(starts) for starts in self._starts]
        # Of a frame: weights and biases, and the gradient of each.
        self.numbers = 2 * sum(before * now + now for before, now in pairwise(counts))
        names = [[""] * size for size in record.sizes]
        if classifier:
            names[0] = list(classifier.feature_names)
            if record.sizes[-1] == len(classifier.class_names):
                names[-1] = list(classifier.class_names)
        titles = ["inputs", *record.layer_names]
        self.columns = [
            # Units that share a circle have no name of their own.
            {
                "title": title,
                "units": _spans(starts, size),
                "names": found if len(starts) == size else [""] * len(starts),
            }
            for title, starts, size, found in zip(titles, self._starts, record.sizes, names, strict=True)
        ]

    @property
    def folded(self) -> str:
        """What is to be said of layers whose units share circles."""
        if max(self.record.sizes) <= MOST_CIRCLES:
            return ""
        return "Of units that share a circle, the strongest number is shown."

    def frame(self, frame: Frame) -> dict[str, Any]:
        """Return the numbers of a frame for `training.js`."""
        statistics = layer_statistics(self.record, frame)
        return {
            "parts": [self._part(k, frame, layer) for k, layer in enumerate(statistics)],
            "rows": [self._row(k, frame, layer) for k, layer in enumerate(statistics)],
        }

    def _part(self, k: int, frame: Frame, layer: LayerStatistics) -> dict[str, Any]:
        weight, bias = self.record.weight_and_bias(frame, k)
        before, now = self._starts[k], self._starts[k + 1]
        return {
            "weights": _rounded(_strongest(_strongest(weight, before), now, axis=1)).ravel(),
            "gradients": _rounded(_strongest(_strongest(layer.weight_grad, before), now, axis=1)).ravel(),
            "biases": _rounded(_strongest(bias, now)),
            "biasGradients": _rounded(_strongest(layer.bias_grad, now)),
            "dead": np.logical_and.reduceat(layer.dead & self.record.units_can_die(k), now).astype(int),
        }

    def _row(self, k: int, frame: Frame, layer: LayerStatistics) -> list[str]:
        ratio = frame.update_ratios[k]
        dead = f"{layer.dead.sum()} of {layer.dead.size}" if self.record.units_can_die(k) else "–"
        gradient = float(np.median(np.abs(layer.gradients)))
        return [short(gradient, 2), "–" if np.isnan(ratio) else short(ratio, 2), dead]


def _starts(size: int) -> Array:
    """Return where the runs of units begin that share circles."""
    return np.array([part[0] for part in np.array_split(np.arange(size), min(size, MOST_CIRCLES))])


def _spans(starts: Array, size: int) -> list[str]:
    """Return the numbers of the units of each circle, counted from 1.

    >>> _spans(np.array([0, 2, 4]), 5)
    ['1-2', '3-4', '5']
    """
    ends = [*starts[1:], size]
    return [f"{a + 1}" if b == a + 1 else f"{a + 1}-{b}" for a, b in zip(starts, ends, strict=True)]


def _strongest(array: Array, starts: Array, axis: int = 0) -> Array:
    """Return of each run along an axis the number that is farthest from zero, with its sign."""
    high, low = np.maximum.reduceat(array, starts, axis), np.minimum.reduceat(array, starts, axis)
    return np.where(high >= -low, high, low)


def _rounded(array: Array) -> Array:
    """Return numbers in three significant digits, which is what is shown and makes the page small."""
    with np.errstate(all="ignore"):
        factor = 10.0 ** (2 - np.floor(np.log10(np.abs(array))))
        return np.where(array == 0.0, 0.0, np.round(array * factor) / factor)


# --- the decision boundary --------------------------------------------------------------------------------------------


def _boundary(
    record: TrainingRecord, frames: Sequence[Frame], classifier: Classifier | None
) -> tuple[str, list[dict[str, str]]]:
    """Return the section with the samples, and for each frame the picture and the lines that belong behind them."""
    if record.sizes[0] != 2 or not is_of_classes(record.loss):
        return "", [{} for _ in frames]
    mean, scale = (classifier.standardiser.mean, classifier.standardiser.scale) if classifier else (0.0, 1.0)
    names = classifier.class_names if classifier else [str(k) for k in range(max(record.sizes[-1], 2))]
    features = classifier.feature_names if classifier else ("x1", "x2")
    chart, axes = plane_chart(record.X * scale + mean, record.y, names, features)
    grid = (_grid(axes) - mean) / scale
    regions = [_regions(scores(record.network(frame), grid), record, axes) for frame in frames]
    return f'<section aria-labelledby="plane"><h2 id="plane">Decision boundary</h2>{chart}</section>', regions


def _middles() -> Array:
    """Return the middles of pixels, along a side of length 1."""
    return (np.arange(_SIDE) + 0.5) / _SIDE


def _grid(axes: tuple[Axis, Axis]) -> Array:
    """Return the places on the plane that pixels stand for, row by row from the top."""
    across, up = (axis.low + _middles() * (axis.high - axis.low) for axis in axes)
    return np.stack(np.meshgrid(across, up[::-1]), axis=-1).reshape(-1, 2)


def _regions(outputs: Array, record: TrainingRecord, axes: tuple[Axis, Axis]) -> dict[str, str]:
    """Return the network's outputs on the grid as a picture of the classes, and the lines between them as SVG path."""
    found = classes(outputs)
    level = np.full(len(found), _LEVELS - 1)
    if has_probabilities(record.loss):
        level = np.round(sureness(probabilities(outputs)) * (_LEVELS - 1)).astype(int)
    leads = [outputs] if outputs.ndim == 1 else [_lead(outputs, k) for k in np.unique(found)]
    image = _picture(found % len(COLOURS) * _LEVELS + level)
    return {"image": image, "lines": "".join(_zero_lines(lead, axes) for lead in leads)}


def _lead(outputs: Array, k: int) -> Array:
    """Return how far an output is above all others."""
    return np.asarray(outputs[:, k] - np.delete(outputs, k, axis=1).max(axis=1))


def _zero_lines(values: Array, axes: tuple[Axis, Axis]) -> str:
    """Return where values on the grid pass through zero, as the text of an SVG path in pixels of the axes."""
    x, y = (axis.start + _middles() * (axis.end - axis.start) for axis in axes)
    lines: Any = contour_generator(x, y[::-1], values.reshape(_SIDE, _SIDE)).lines(0.0)
    return "".join("M" + "L".join(f"{a:.1f} {b:.1f}" for a, b in line) for line in lines)


def _picture(pixels: Array) -> str:
    """Return pixels, as places in the palette, as a PNG in a data: URI."""
    image = Image.fromarray(pixels.reshape(_SIDE, _SIDE).astype(np.uint8), mode="P")
    image.putpalette(_palette())
    file = io.BytesIO()
    image.save(file, format="PNG")
    return data_uri("png", file.getvalue())


@cache
def _palette() -> bytes:
    every = [tints(np.full(_LEVELS, k), np.linspace(0.0, 1.0, _LEVELS)) for k in range(len(COLOURS))]
    return np.round(255 * np.concatenate(every)).astype(np.uint8).tobytes()
