"""Boundaries lie where classes are equally probable, and names stand in a plot as they are."""

import io
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure
from numpy.typing import NDArray

from micrograd_plus.texts import shortened
from micrograd_plus.viz import plots

Array = NDArray[np.float64]

X = np.array([[-1.0, 0.0], [-2.0, 1.0], [1.0, 0.5], [2.0, -1.0]])
Y = np.array([0, 0, 1, 1])


def sign_of_x(points: Array) -> Array:
    """Probabilities of a classifier whose boundary is the line x1 = 0."""
    right = 1.0 / (1.0 + np.exp(-4.0 * points[:, 0]))
    return np.stack([1.0 - right, right], axis=1)


def pixels(figure: Figure) -> Array:
    from matplotlib.image import imread

    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=50)
    file.seek(0)
    return imread(file)


def test_the_boundary_is_where_the_classes_are_equally_probable() -> None:
    [axes] = plots.decision_boundary(sign_of_x, X, Y, ["left", "right"]).axes
    lines = [path.vertices for collection in axes.collections[:2] for path in collection.get_paths() if len(path)]
    assert lines
    step = (axes.get_xlim()[1] - axes.get_xlim()[0]) / 199
    assert np.abs(np.concatenate(lines)[:, 0]).max() < step


def test_regions_have_the_colours_of_their_classes() -> None:
    [axes] = plots.decision_boundary(sign_of_x, X, Y, ["left", "right"]).axes
    image = np.asarray(axes.images[0].get_array())
    left, right = image[100, 5], image[100, -5]
    assert left[2] > left[0]  # blue
    assert right[0] > right[2]  # orange
    assert image[100, 100].min() > left.min()  # paler where it is not sure


@pytest.mark.parametrize("as_labels", [False, True])
def test_three_classes_as_probabilities_or_labels(as_labels: bool) -> None:
    def predict(points: Array) -> Array:
        scores = np.stack([points[:, 0], points[:, 1], -points.sum(axis=1)], axis=1)
        return scores.argmax(axis=1) if as_labels else np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)

    figure = plots.decision_boundary(predict, X, [0, 1, 2, 0], ["a", "b", "c"], title="three")
    [axes] = figure.axes
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["a", "b", "c"]
    assert axes.get_title() == "three"


def test_names_stand_in_the_plot_as_they_are() -> None:
    names = ["_hidden", "$\\frac$", "a\u202eb", "w" * 100]
    y = [0, 1, 2, 3]

    def first(points: Array) -> Array:
        return np.zeros(len(points), int)

    figure = plots.decision_boundary(first, X, y, names, feature_names=("_x", "$y"), title="$_$")
    [axes] = figure.axes
    texts = [text.get_text() for text in axes.get_legend().get_texts()]
    assert texts == ["_hidden", "$\\frac$", "a\ufffdb", "w" * 27 + "..."]
    assert (axes.get_xlabel(), axes.get_ylabel(), axes.get_title()) == ("_x", "$y", "$_$")
    pixels(figure)  # as formulas, two of them would be mistakes


def test_a_legend_of_many_classes_ends_with_their_number() -> None:
    def first(points: Array) -> Array:
        return np.zeros(len(points), int)

    figure = plots.decision_boundary(first, X, Y, [f"class {k}" for k in range(40)], validation=(X, Y))
    texts = [text.get_text() for text in figure.axes[0].get_legend().get_texts()]
    assert texts[:20] == [f"class {k}" for k in range(20)]
    assert texts[20:] == ["... 40 classes", "validation"]


def test_validation_samples_look_different() -> None:
    names = ["left", "right"]
    figure = plots.decision_boundary(sign_of_x, X, Y, names, validation=(X + 0.1, Y))
    texts = [text.get_text() for text in figure.axes[0].get_legend().get_texts()]
    assert texts == ["left", "right", "validation"]
    assert (pixels(figure) != pixels(plots.decision_boundary(sign_of_x, X, Y, names))).any()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((sign_of_x, X[:, :1], Y, ["a", "b"]), r"wanted X of shape \(samples, 2\), got \(4, 1\)"),
        ((sign_of_x, X, Y[:3], ["a", "b"]), "one class for each of the 4 samples"),
        ((sign_of_x, X, Y + 1, ["a", "b"]), "class numbers from 0 to 1, got 1 to 2"),
        ((sign_of_x, X, Y, ["a"]), "at least two classes"),
        ((lambda points: np.zeros((3, 2)), X, Y, ["a", "b"]), r"predictions of shape \(40000, 2\)"),
    ],
)
def test_wrong_shapes_are_named(arguments, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        plots.decision_boundary(*arguments)


def test_loss_curve_draws_every_epoch_from_one_on() -> None:
    losses, validation = [1.0, 0.5, 0.25], [1.1, 0.7]
    figure = plots.loss_curve(losses, validation, accuracies=[0.5, 0.8, 0.9])
    top, bottom = figure.axes
    assert [list(line.get_xdata()) for line in top.lines] == [[1, 2, 3], [1, 2]]
    assert [list(line.get_ydata()) for line in top.lines] == [losses, validation]
    assert list(bottom.lines[0].get_ydata()) == [0.5, 0.8, 0.9]
    assert top.lines[0].get_linestyle() != top.lines[1].get_linestyle()


@pytest.mark.parametrize(
    ("losses", "scale"),
    [
        ([1.0, 0.01], "log"),
        ([1.0, 0.5], "linear"),
        ([1.0, 0.0], "linear"),
        ([np.inf, 1.0, 1e-3], "log"),
        ([], "linear"),
    ],
)
def test_the_loss_is_on_a_log_scale_where_that_helps(losses: list[float], scale: str) -> None:
    [axes] = plots.loss_curve(losses).axes
    assert axes.get_yscale() == scale


def test_saved_bytes_are_the_same_every_time_and_hold_no_version(tmp_path: Path) -> None:
    for name in ("a.png", "b.png"):
        plots.save(plots.loss_curve([1.0, 0.1, 0.01], [1.0, 0.2, 0.1]), tmp_path / name)
    picture = (tmp_path / "a.png").read_bytes()
    assert picture.startswith(b"\x89PNG")
    assert picture == (tmp_path / "b.png").read_bytes()
    assert b"Matplotlib" not in picture


def test_no_global_state_is_touched() -> None:
    import sys

    before = "matplotlib.pyplot" in sys.modules
    plots.decision_boundary(sign_of_x, X, Y, ["a", "b"])
    assert ("matplotlib.pyplot" in sys.modules) == before


def test_rows_and_columns_of_a_confusion_matrix_have_the_names_of_the_classes() -> None:
    figure = plots.confusion_matrix([[3, 1], [0, 4]], ["oak", "$x_1$ and a long name"])
    plots.png(figure)  # labels are set anew when they are drawn
    [axes] = figure.axes
    for labels in (axes.get_xticklabels(), axes.get_yticklabels()):
        assert [label.get_text() for label in labels] == ["oak", shortened("$x_1$ and a long name", 16)]
        assert not any(label.get_parse_math() for label in labels)
