"""Pictures of learning rates side by side."""

import io
import itertools
from functools import cache

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from PIL import Image

from micrograd_plus.lab import rate_words
from micrograd_plus.lab.problem import formula_problem, surface
from micrograd_plus.lab.rates import Comparison, compare
from micrograd_plus.viz.lab.rate_pictures import RatePictures
from micrograd_plus.viz.lab.rate_scales import draw_range_test, draw_ruler, draw_sharpness, limits, shown


@cache
def ravine(*lrs: float) -> Comparison:
    return compare(surface("ravine"), lrs or ("auto",), 50)


@pytest.mark.parametrize("lrs", [(), pytest.param((1e-12, 1e12), marks=pytest.mark.slow)])
@pytest.mark.slow
def test_all_pictures_are_made_whatever_the_verdicts(lrs: tuple[float, ...]) -> None:
    pictures = RatePictures(ravine(*lrs))
    for png in (pictures.png, pictures.range_test_png, pictures.sharpness_png):
        assert png.startswith(b"\x89PNG")
    with Image.open(io.BytesIO(pictures.gif)) as gif:
        assert gif.n_frames > 10
    html = pictures.html()
    for _, sentence in pictures.found.sentences():
        assert sentence in html
    assert rate_words.summary(pictures.found) in html


@pytest.mark.slow
def test_equal_comparisons_give_equal_bytes() -> None:
    assert RatePictures(ravine()).png == RatePictures(compare(surface("ravine"), ("auto",), 50)).png


@pytest.mark.slow
def test_a_loss_of_one_parameter_and_one_without_a_limit_are_drawn() -> None:
    for text, start in (("x**2 - 3*x", 4.0), ("x**2", 0.0)):
        pictures = RatePictures(compare(formula_problem(text, {"x": start}), [0.1], steps=8))
        assert pictures.png.startswith(b"\x89PNG")
        assert pictures.sharpness_png.startswith(b"\x89PNG")


def test_a_run_that_ends_above_the_start_is_cut_where_it_leaves() -> None:
    """Where slopes are bounded, too large a rate jumps about for ever."""
    found = compare(formula_problem("(1 + x**2)**0.5", {"x": 0.5}), [0.5, 5.0], steps=40)
    assert found.rated[1].run.diverged_at is None
    assert found.rated[1].run.losses[-1] > found.rated[1].run.losses[0]
    drawn = RatePictures(found).tracks(Figure().add_subplot())
    counts = [len(np.asarray(line.get_xydata())) for line in drawn.artists[:2] if isinstance(line, Line2D)]
    assert counts[0] == 41 > counts[1]


def test_where_no_rate_is_right_the_reference_is_shown_too() -> None:
    assert [note for _, note in shown(ravine())] == ["too small", "too small", "just right", "too large"]
    runs = shown(ravine(0.05, 1.0))
    assert [note for _, note in runs] == ["too large", "too large", "to try"]
    assert runs[-1][0].lr == pytest.approx(0.02)


def test_the_ruler_is_hatched_from_the_largest_stable_rate_on() -> None:
    found = ravine()
    axes = Figure().add_subplot()
    draw_ruler(axes, found, shown(found))
    [span] = [patch for patch in axes.patches if patch.get_hatch()]
    assert span.get_x() == found.stable.rate
    texts = [text.get_text() for text in axes.texts]
    assert {"0.02", "just right"} <= set(texts)
    assert [name for _, name, _ in limits(found)] == ["largest stable rate", "2/lambda_max", "range test suggests"]
    assert all(any(name in text for text in texts) for _, name, _ in limits(found))


def test_labels_of_rates_that_are_near_on_the_ruler_do_not_cover_each_other() -> None:
    found = ravine(0.001, 0.015, 0.017, 0.019)
    runs = shown(found)
    assert [note for _, note in runs].count("just right") == 3
    figure = Figure(figsize=(12.0, 1.5))
    axes = figure.add_subplot()
    draw_ruler(axes, found, runs)
    figure.draw_without_rendering()
    labels = [f"{one.lr:g}" for one, _ in runs] + ["just right"]
    boxes = [text.get_window_extent() for text in axes.texts if text.get_text() in labels]
    assert len(boxes) == len(labels)
    assert not any(a.overlaps(b) for a, b in itertools.combinations(boxes, 2))


def test_the_range_test_is_drawn_with_its_suggestion() -> None:
    found = ravine()
    axes = Figure().add_subplot()
    draw_range_test(axes, found)
    raw, smoothed, *lines = axes.get_lines()
    assert list(raw.get_ydata()) == list(found.test.losses)
    assert list(smoothed.get_ydata()) == list(found.test.smoothed)
    assert [line.get_xdata()[0] for line in lines] == [lr for lr, *_ in limits(found)]


def test_curvature_is_drawn_beside_two_by_the_rate() -> None:
    found = ravine()
    axes = Figure().add_subplot()
    draw_sharpness(axes, found)
    levels = [float(line.get_ydata()[0]) for line in axes.get_lines() if line.get_linestyle() == "--"]
    assert levels == [pytest.approx(2.0 / one.lr) for one in found.rated[1:3]]  # of 0.0004 it is far above


def test_if_all_rates_diverge_the_curvature_is_that_along_the_reference() -> None:
    axes = Figure().add_subplot()
    draw_sharpness(axes, ravine(0.05, 1.0))
    assert axes.get_legend_handles_labels()[1] == ["0.02"]
