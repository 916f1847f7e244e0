"""A matplotlib figure that changes from frame to frame, as an animated GIF."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from matplotlib.artist import Artist
from matplotlib.backends.backend_agg import FigureCanvasAgg
from PIL import Image

from micrograd_plus.arguments import integer_at_least
from micrograd_plus.viz.gif import animation, is_huge, require_duration
from micrograd_plus.viz.own_figure import Figure

DPI = 90


def gif(figure: Figure, draw: Callable[[int], None], frames: int, seconds_per_frame: float, *, dpi: int = DPI) -> bytes:
    """Return the frames of a figure as a GIF, the last one shown for longer; equal figures give equal bytes.

    `draw(k)` sets the figure's artists as they are in frame k, from 0. Artists that are animated, as
    `artist.set_animated(True)` makes them before, are drawn anew for each frame over all others, which are drawn once
    and have to stay as they are. Where none is animated, the whole figure is drawn for each frame, which takes some ten
    times as long, and `draw` may change anything. ValueError for a GIF that would be huge.
    """
    integer_at_least(1, "frames", frames)
    require_duration(seconds_per_frame)
    figure.set_dpi(dpi)
    canvas: Any = FigureCanvasAgg(figure)  # without types of its own
    size = canvas.get_width_height()
    if is_huge(frames, size):
        raise ValueError(f"a GIF of {frames} frames of {size[0]} x {size[1]} pixels would be huge: make fewer frames")
    changing = figure.findobj(_is_animated)
    images = _over_the_rest(canvas, changing, draw, frames) if changing else _anew(canvas, draw, frames)
    return animation(list(images), seconds_per_frame)


def _is_animated(artist: Artist) -> bool:
    return artist.get_animated()


def _anew(canvas: Any, draw: Callable[[int], None], frames: int) -> Iterator[Image.Image]:
    for k in range(frames):
        draw(k)
        canvas.draw()
        yield _image(canvas)


def _over_the_rest(
    canvas: Any, changing: list[Artist], draw: Callable[[int], None], frames: int
) -> Iterator[Image.Image]:
    draw(0)
    canvas.draw()
    renderer = canvas.get_renderer()
    rest = canvas.copy_from_bbox(canvas.figure.bbox)
    for k in range(frames):
        draw(k)
        canvas.restore_region(rest)
        for artist in sorted(changing, key=Artist.get_zorder):
            artist.draw(renderer)
        yield _image(canvas)


def _image(canvas: Any) -> Image.Image:
    width, height = canvas.get_width_height()
    return Image.frombuffer("RGBA", (width, height), bytes(canvas.buffer_rgba()), "raw", "RGBA", 0, 1).convert("RGB")
