"""Frames as the bytes of an animated GIF, all in the same 256 colours."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence

from PIL import Image

# As large in all its frames together as slides and mail bear.
MOST_PIXELS = 100_000_000
LAST_SECONDS = 3.0

_LOOKED_AT = 1_000_000  # pixels of all frames together, for the palette


def animation(images: Sequence[Image.Image], seconds: float) -> bytes:
    """Return images of one size as a GIF that shows each for so long, the last one for longer, and starts again.

    Equal images give equal bytes. ValueError for seconds that `require_duration` refuses.
    """
    require_duration(seconds)
    palette = _palette(images)
    first, *others = (image.quantize(palette=palette, dither=Image.Dither.NONE) for image in images)
    milliseconds = [round(1000 * seconds)] * len(others) + [round(1000 * max(seconds, LAST_SECONDS))]
    file = io.BytesIO()
    first.save(file, "GIF", save_all=True, append_images=others, duration=milliseconds, loop=0)
    return file.getvalue()


def require_duration(seconds: float) -> None:
    """Raise a ValueError unless a frame can be shown for so long."""
    if not 0.02 <= seconds <= 600.0:
        raise ValueError(f"wanted seconds from 0.02 to 600, got {seconds!r}")


def is_huge(frames: int, size: tuple[int, int]) -> bool:
    """Tell whether so many frames of so many pixels make a GIF that nobody can use."""
    return frames * size[0] * size[1] > MOST_PIXELS


def _palette(images: Sequence[Image.Image]) -> Image.Image:
    """Return 256 colours for all frames together: a palette for each would let the colours of a scale drift."""
    width, height = images[0].size
    shrink = max(2, math.ceil(math.sqrt(len(images) * width * height / _LOOKED_AT)))
    width, height = max(1, width // shrink), max(1, height // shrink)
    every = Image.new("RGB", (width, height * len(images)))
    for k, image in enumerate(images):
        every.paste(image.resize((width, height), Image.Resampling.NEAREST), (0, height * k))
    # Without k-means, greys get tints.
    return every.quantize(256, method=Image.Quantize.MAXCOVERAGE, kmeans=1)
