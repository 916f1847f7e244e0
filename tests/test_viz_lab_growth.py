"""Lines that grow: each frame shows what has been reached by then, the last one all."""

import io
from itertools import pairwise

import numpy as np
from matplotlib.figure import Figure
from PIL import Image

from micrograd_plus.lab.plane import landscape
from micrograd_plus.viz.lab.growth import FRAMES, Clock, Growing, growing_gif
from micrograd_plus.viz.lab.surface import Track, draw_tracks

PATH = np.array([[3.0, 1.0], [2.0, 0.5], [1.0, 0.0]])


def frames_of(gif: bytes) -> list[np.ndarray]:
    """Return the frames that follow one another as arrays of brightness; equal neighbours are one frame in a GIF."""
    image = Image.open(io.BytesIO(gif))
    found = []
    for k in range(image.n_frames):
        image.seek(k)
        found.append(np.asarray(image.convert("L"), dtype=int))
    return found


def test_ink_only_grows() -> None:
    figure = Figure(figsize=(3.0, 2.0))
    axes = figure.add_subplot()
    axes.set_axis_off()
    (line,) = axes.plot(range(11), range(11), color="black")
    told: list[float] = []
    # The clock is on another figure, so that all ink here is that of the line.
    clock = Clock(Figure().add_subplot(), lambda time: str(told.append(time)))
    gif = growing_gif(figure, [Growing(line, np.arange(11))], clock)
    dark = [int((frame < 128).sum()) for frame in frames_of(gif)]
    assert dark[0] == 0
    assert all(later > earlier for earlier, later in pairwise(dark))
    assert told[:FRAMES] == sorted(told[:FRAMES])
    assert (told[0], told[-1]) == (0.0, 10.0)
    assert np.asarray(line.get_xdata()).tolist() == list(range(11))


def test_paths_grow_with_the_lines() -> None:
    found = landscape(lambda W: (W**2).sum(axis=1), ["x", "y"], [PATH], [(PATH**2).sum(axis=1)])
    figure = Figure(figsize=(3.0, 2.0))
    axes = figure.add_subplot()
    tracks = draw_tracks(axes, found, [Track("path", PATH, (PATH**2).sum(axis=1))])
    counts: list[int] = []

    def told(time: float) -> str:
        counts.append(len(np.asarray(axes.lines[0].get_xdata())))
        return f"{time:.0f}"

    growing_gif(figure, [], Clock(axes, told), tracks=tracks, when=[np.array([0, 10, 20])])
    assert counts == sorted(counts)
    assert set(counts) == {1, 2, 3}


def test_a_line_that_ends_early_waits_for_the_others() -> None:
    figure = Figure(figsize=(3.0, 2.0))
    axes = figure.add_subplot()
    long, short = axes.plot(range(5), range(5))[0], axes.plot(range(3), range(3))[0]
    counts: list[tuple[int, int]] = []

    def told(time: float) -> str:
        counts.append((len(np.asarray(long.get_xdata())), len(np.asarray(short.get_xdata()))))
        return f"{time:.1f}"

    growing_gif(figure, [Growing(long, np.arange(5)), Growing(short, np.arange(3))], Clock(axes, told))
    assert counts[0] == (1, 1)
    assert counts[-1] == (5, 3)
    assert (3, 3) in counts
