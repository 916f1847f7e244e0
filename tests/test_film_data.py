"""A film as plain data: boxes have room for all they will show, and all that changes has a look."""

from __future__ import annotations

import numpy as np

from micrograd_plus import Tensor, Value, scope
from micrograd_plus.viz.film_data import DATA, GRAD, film_data
from micrograd_plus.viz.playback import film
from tests.viz_graphs import network, neuron


def test_boxes_have_room_for_the_widest_text() -> None:
    x = Value(1.0, label="x")
    y = x * 0.123456 + x * -0.123456  # the gradient of x is long on its way, and ends in 0
    [box, *_] = film_data(film(y))["boxes"]
    assert [look[1] for look in box["looks"]] == ["no grad yet", "no grad yet", "grad -0.1235", "grad 0"]
    x_alone = Value(1.0, label="x")
    [narrow, *_] = film_data(film(x_alone + 1.0))["boxes"]
    assert box["place"][2] > narrow["place"][2]
    assert box["lines"] == ["x", f"data {DATA}", GRAD]


def test_numbers_of_a_group_stand_in_one_line_or_two_but_always_the_same() -> None:
    for box in film_data(film(network(hidden=12, samples=4)))["boxes"]:
        text = "\n".join(box["lines"])
        assert text.count(DATA) == text.count(GRAD) == 1


def test_arrays_have_heat_maps_of_their_data_and_gradients() -> None:
    x = Tensor(np.arange(6.0).reshape(2, 3))
    [box, *_] = film_data(film((x * x - 4.0 * x).sum()))["boxes"]
    [data, grad] = box["heat"]
    assert [heading for heading, *_ in (data, grad)] == ["data", "grad"]
    assert [len(row) for row in grad[1]] == [3, 3]
    signs = [[cell[1] if len(cell) > 1 else "" for cell in row] for row in grad[1]]
    assert signs == [["-" if slope < 0.0 else "" for slope in row] for row in 2.0 * x.data - 4.0]
    assert "heat" not in film_data(film(neuron()))["boxes"][0]


def test_headings_of_frames_are_cut() -> None:
    y = Value(1.0, label="x")
    with scope("w" * 100):
        for _ in range(60):
            y = y.sin()
            with scope("inner"):
                y = y.cos()
    headings = [heading for heading, *_ in film_data(film(y))["frames"]]
    assert headings == [f"{'w' * 37}..."]
