"""Charts as SVG: numbers at the right places, text that stays text."""

import re
from xml.etree import ElementTree

import numpy as np
import pytest

from micrograd_plus.training_history import Epoch, History
from micrograd_plus.viz.charts import SHAPES, Axis, loss_chart, plane_chart


def history_of(losses: list[float], validation: list[float] | None = None) -> History:
    epochs = [
        Epoch(k, loss, 0.5, None if validation is None else validation[k - 1], None) for k, loss in enumerate(losses, 1)
    ]
    return History({}, epochs, best=min(epochs, key=lambda epoch: epoch.judged_loss))


def points_of(svg: str, kind: str) -> np.ndarray:
    [found] = [line for line in ElementTree.fromstring(svg).iter("polyline") if line.get("class") == kind][:1]
    return np.array([[float(part) for part in point.split(",")] for point in found.get("points", "").split()])


def test_an_axis_takes_its_ends_to_its_ends() -> None:
    axis = Axis(-1.0, 3.0, 100.0, 20.0)
    assert axis.at(np.array([-1.0, 1.0, 3.0])).tolist() == [100.0, 60.0, 20.0]
    assert axis.ticks() == [-1.0, 0.0, 1.0, 2.0, 3.0]
    assert Axis(0.0, 1.0, 0.0, 1.0).ticks(integer=True) == [0.0, 1.0]


def test_the_loss_is_drawn_over_the_epochs() -> None:
    svg, axis = loss_chart(history_of([4.0, 3.0, 2.0, 3.5]))
    points = points_of(svg, "training-line")
    np.testing.assert_allclose(points[:, 0], axis.at(np.arange(1, 5)), atol=0.06)
    heights = points[:, 1]
    np.testing.assert_allclose((heights[0] - heights) / (heights[2] - heights[0]), [0.0, -0.5, -1.0, -0.25], atol=2e-3)
    assert "validation" not in svg
    assert "best: epoch 3" in svg


def test_a_loss_that_falls_far_is_on_a_log_scale() -> None:
    svg, _ = loss_chart(history_of([1.0, 0.1, 0.01, 0.001], [1.0, 1.0, 0.1, 0.1]))
    steps = np.diff(points_of(svg, "training-line")[:, 1])
    np.testing.assert_allclose(steps, steps[0], atol=0.11)
    assert "1e-2" in svg
    assert len(points_of(svg, "validation-line")) == 4


@pytest.mark.parametrize("losses", [[0.5], [0.5, 0.5], [0.0, 0.0], [1.0, float("inf")]])
def test_any_losses_can_be_drawn(losses: list[float]) -> None:
    svg, axis = loss_chart(history_of(losses))
    assert "nan" not in svg
    assert "inf" not in svg
    assert np.isfinite(points_of(svg, "training-line")).all()
    assert np.isfinite(axis.at(1.0))


def test_a_million_epochs_make_a_small_chart() -> None:
    svg, _ = loss_chart(history_of([1.0 / k for k in range(1, 20_000)]))
    assert len(svg) < 20_000


def test_samples_are_at_their_places_in_the_shapes_of_their_classes() -> None:
    points = np.array([[0.0, 0.0], [1.0, 10.0], [0.5, 5.0]])
    svg, (x, y) = plane_chart(points, np.array([0, 1, 2]), ["a", "b", "c"], ("width", "height"))
    found = re.findall(r'<path d="([^"]+)" transform="translate\(([\d.]+) ([\d.]+)\)"', svg)
    assert [shape for shape, _, _ in found] == list(SHAPES[:3])
    places = np.array([[float(a), float(b)] for _, a, b in found])
    np.testing.assert_allclose(places, np.column_stack([x.at(points[:, 0]), y.at(points[:, 1])]), atol=0.06)
    assert y.at(10.0) < y.at(0.0)


def test_names_are_text_and_nothing_else() -> None:
    name = '</svg><img src=x onerror="alert(1)">'
    svg, _ = plane_chart(np.array([[0.0, 0.0], [0.0, 0.0]]), np.array([0, 1]), [name, "b" * 1000], (name, "&amp;"))
    tree = ElementTree.fromstring(f"<div>{svg}</div>")
    assert [element.tag for element in tree.iter() if element.tag == "img"] == []
    texts = ["".join(element.itertext()).strip() for element in tree.iter("li")]
    assert texts == [name, "b" * 37 + "..."]
    assert name in [element.text for element in tree.iter("text")]
