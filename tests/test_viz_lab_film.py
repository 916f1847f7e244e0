"""Films: what is animated changes over what is not, in the same bytes every time."""

import io
from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

from micrograd_plus.viz.lab.film import gif


def moving_point(*, is_animated: bool) -> tuple[Figure, Any]:
    figure = Figure(figsize=(3.0, 2.0))
    axes = figure.add_subplot(xlim=(0.0, 1.0), ylim=(0.0, 1.0))
    axes.plot([0.0, 1.0], [0.0, 1.0], color="#1f6fb5")
    [point] = axes.plot([], [], "o", color="#e07b1a", animated=is_animated)
    return figure, lambda k: point.set_data([0.2 + 0.2 * k], [0.5])


def pixels(film: bytes) -> list[Any]:
    with Image.open(io.BytesIO(film)) as image:
        found = []
        for k in range(image.n_frames):
            image.seek(k)
            found.append(np.array(image.convert("RGB"), int))
    return found


def columns_in(frame: Any, colour: tuple[int, int, int]) -> Any:
    return np.flatnonzero((np.abs(frame - np.array(colour)).max(axis=-1) < 40).any(axis=0))


@pytest.mark.parametrize("is_animated", [True, False])
def test_only_what_moves_moves(is_animated: bool) -> None:
    frames = pixels(gif(*moving_point(is_animated=is_animated), 4, 0.1))
    assert len(frames) == 4
    middles = [columns_in(frame, (224, 123, 26)).mean() for frame in frames]
    assert np.diff(middles) == pytest.approx(np.diff(middles)[0], abs=1.0)
    assert middles[0] < middles[1]
    lines = {tuple(columns_in(frame, (31, 111, 181))) for frame in frames}
    assert len({(line[0], line[-1]) for line in lines}) == 1


def test_the_quick_way_gives_the_picture_of_the_slow_one() -> None:
    quick, slow = (pixels(gif(*moving_point(is_animated=is_animated), 3, 0.1)) for is_animated in (True, False))
    for a, b in zip(quick, slow, strict=True):
        assert np.abs(a - b).mean() < 0.5  # of 255


def test_equal_figures_give_equal_bytes() -> None:
    assert gif(*moving_point(is_animated=True), 3, 0.1) == gif(*moving_point(is_animated=True), 3, 0.1)


def test_what_is_no_film() -> None:
    figure, draw = moving_point(is_animated=True)
    with pytest.raises(ValueError, match="frames is at least 1"):
        gif(figure, draw, 0, 0.1)
    with pytest.raises(ValueError, match="wanted seconds"):
        gif(figure, draw, 1, 0.0)
    with pytest.raises(ValueError, match=r"a GIF of 5000 frames of 270 x 180 pixels would be huge"):
        gif(figure, draw, 5000, 0.1)
