"""GIFs: all frames in the same colours, equal frames in equal bytes."""

import io

import numpy as np
import pytest
from PIL import Image

from micrograd_plus.viz.gif import LAST_SECONDS, animation, is_huge

COLOURS = [(31, 111, 181), (224, 123, 26), (0, 158, 115)]


def images() -> list[Image.Image]:
    return [Image.new("RGB", (40, 30), colour) for colour in COLOURS]


def test_each_frame_keeps_its_colours_and_its_time() -> None:
    with Image.open(io.BytesIO(animation(images(), 0.2))) as film:
        assert film.n_frames == 3
        durations = []
        for k, colour in enumerate(COLOURS):
            film.seek(k)
            assert np.abs(np.array(film.convert("RGB")) - np.array(colour)).max() <= 4
            durations.append(film.info["duration"])
    assert durations == [200.0, 200.0, 1000.0 * LAST_SECONDS]


def test_equal_frames_give_equal_bytes() -> None:
    assert animation(images(), 0.2) == animation(images(), 0.2)


@pytest.mark.parametrize("seconds", [0.0, 0.01, 601.0, float("nan")])
def test_how_long_a_frame_cannot_be_shown(seconds: float) -> None:
    with pytest.raises(ValueError, match=r"wanted seconds from 0\.02 to 600"):
        animation(images(), seconds)


def test_what_is_huge() -> None:
    assert is_huge(200, (1000, 1000))
    assert not is_huge(60, (700, 500))
