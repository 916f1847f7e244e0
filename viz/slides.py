"""The frames of a backward pass as a numbered sequence of pictures or as a GIF, for slides."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from html import escape
from pathlib import Path

from PIL import Image

from micrograd_plus.atomic_file import atomic_write
from micrograd_plus.engine import Node
from micrograd_plus.viz import layout
from micrograd_plus.viz.colour import NOW
from micrograd_plus.viz.dot import digraph, statements
from micrograd_plus.viz.gif import animation, is_huge, require_duration
from micrograd_plus.viz.picture import Arrow, Box, Picture
from micrograd_plus.viz.render import render
from micrograd_plus.viz.stages import Stage, stages

FORMATS = ("png", "svg")
MOST_PIXELS_A_SIDE = 1400  # of a GIF

_CURRENT = {"color": NOW, "penwidth": "4"}
# In points, generous: nothing may grow when a text does.
_CAPTION_CHARACTER, _CAPTION_LINE = 7.0, 20.0
_LABEL_CHARACTER, _LABEL_LINE = 5.6, 12.0
_ROOM = 1.15


def frames(root: Node, by: str = "auto", rankdir: str = "LR") -> Frames:
    """Return the frames of `root.backward()`, the graph left as it is: a picture before it and one after each step.

    A network is played layer by layer; `by` is "layer", "node" (an operation at a time), "contribution" (an arrow at a
    time) or "auto". Nothing moves between frames, and colours mean the same in all of them. What has just been played
    has a purple outline, and its chain rule stands below. ValueError if there are more than 150 frames; other errors as
    for `viz.playback.film`.

    >>> from micrograd_plus import Value
    >>> x = Value(3.0, label="x")
    >>> frames((x * x).tanh())
    <3 frames of a backward pass>
    """
    return Frames(stages(root, by), rankdir)


class Frames:
    """Pictures of a backward pass that save themselves; `stages` holds them as plain data."""

    def __init__(self, stages: list[Stage], rankdir: str = "LR") -> None:
        self.stages = stages
        self.rankdir = rankdir
        self._fixed = _Fixed(stages, rankdir)

    def __len__(self) -> int:
        return len(self.stages)

    def dot(self, k: int) -> str:
        """Return the DOT text of frame `k`, from 0."""
        return self._fixed.dot(self.stages[k])

    def render(self, k: int, format: str = "png") -> bytes:
        """Return frame `k` as a "png" or "svg"; RenderError where there is no Graphviz and no graphviz-pure."""
        return render(self.dot(k), format)

    def save(self, path: str | os.PathLike[str], *, format: str = "png", seconds: float = 1.5) -> list[Path]:
        """Write a GIF if the name ends in .gif, else `frame-01.png` and so on into the folder `path`; return the files.

        `format` is that of the files in a folder, "png" or "svg"; a frame of a GIF stays for so many `seconds`.
        ValueError for a GIF that would be huge. All frames are drawn before the first one is written.
        """
        if Path(path).suffix.lower() == ".gif":
            atomic_write(path, self.gif(seconds))
            return [Path(path)]
        if format not in FORMATS:
            raise ValueError(f"wanted a format out of {', '.join(FORMATS)}, or a file name that ends in .gif")
        if Path(path).suffix and not Path(path).is_dir():
            raise ValueError(f"wanted a folder or a file name that ends in .gif, got {os.fspath(path)!r}")
        drawn = self._drawn(format)
        Path(path).mkdir(parents=True, exist_ok=True)
        width = len(str(len(drawn)))
        files = [Path(path) / f"frame-{k:0{max(width, 2)}}.{format}" for k in range(1, len(drawn) + 1)]
        for file, content in zip(files, drawn, strict=True):
            atomic_write(file, content)
        return files

    def gif(self, seconds: float = 1.5) -> bytes:
        """Return all frames as an animated GIF that starts again after a while; ValueError if it would be huge."""
        require_duration(seconds)
        size = _within(Image.open(io.BytesIO(self.render(len(self) - 1))).size)
        if is_huge(len(self), size):
            raise ValueError(
                f"a GIF of {len(self)} frames of {size[0]} x {size[1]} pixels would be huge: "
                "play by='layer', or save to a folder"
            )
        return animation([_image(png, size) for png in self._drawn("png")], seconds)

    def _drawn(self, format: str) -> list[bytes]:
        with ThreadPoolExecutor() as pool:  # the engine is a process of its own
            return list(pool.map(lambda k: self.render(k, format), range(len(self))))

    def __repr__(self) -> str:
        return f"<{len(self)} frames of a backward pass>"


def _within(size: tuple[int, int]) -> tuple[int, int]:
    scale = min(1.0, MOST_PIXELS_A_SIDE / max(size))
    return round(size[0] * scale), round(size[1] * scale)


def _image(png: bytes, size: tuple[int, int]) -> Image.Image:
    return Image.open(io.BytesIO(png)).convert("RGB").resize(size, Image.Resampling.LANCZOS)


# --- a layout that stays ----------------------------------------------------------------------------------------------


class _Fixed:
    """Stages as DOT texts that Graphviz places alike: boxes and labels have room for the widest text of all stages."""

    def __init__(self, stages: list[Stage], rankdir: str) -> None:
        self.rankdir = rankdir
        final = stages[-1].picture
        widest = replace(
            final, boxes=tuple(_widest(boxes) for boxes in zip(*(s.picture.boxes for s in stages), strict=True))
        )
        self.rooms = _rooms(widest, rankdir)
        self.labels = [_label_size(arrow) for arrow in final.arrows]
        self.lines = max(len(stage.caption) for stage in stages)
        self.characters = max(len(line) for stage in stages for line in stage.caption)
        heading = next(statements(final, rankdir))
        self.legend = heading.partition("label=<")[2].removesuffix(">]")

    def dot(self, stage: Stage) -> str:
        return digraph(self._statements(stage))

    def _statements(self, stage: Stage) -> Iterator[str]:
        """Yield the picture's statements; what is fixed follows in each and so overrules what stands before."""
        graph, *lines = statements(stage.picture, self.rankdir)
        yield _with(graph, f"label=<{self._caption(stage)}>")
        arrows = zip(stage.picture.arrows, self.labels, strict=True)
        for line in lines:
            subject, has_attributes, _ = line.partition(" [")
            if not has_attributes:  # a brace, or a box where only its frame is told
                yield line
                continue
            if subject in stage.current:
                line = _with(line, *(f'{name}="{value}"' for name, value in _CURRENT.items()))
            if " -> " in subject:
                arrow, size = next(arrows)
                yield _with(line, f"label=<{_label(arrow, *size)}>") if size[1] else line
            else:
                yield _with(line, self.rooms[subject]) if subject in self.rooms else line

    def _caption(self, stage: Stage) -> str:
        """Return the step in words above the legend of the last picture, which knows all signs."""
        width, height = _CAPTION_CHARACTER * self.characters, _CAPTION_LINE * self.lines
        text = "".join(f'{escape(line)}<BR ALIGN="LEFT"/>' for line in stage.caption)
        cell = f'<TD ALIGN="LEFT" BALIGN="LEFT" WIDTH="{width:.0f}" HEIGHT="{height:.0f}">'
        table = '<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="3">'
        rows = f'<TR>{cell}<FONT POINT-SIZE="13">{text}</FONT></TD></TR><TR><TD>{self.legend}</TD></TR>'
        return f"{table}{rows}</TABLE>"


def _with(statement: str, *attributes: str) -> str:
    return f"{statement.removesuffix(']')}, {', '.join(attributes)}]"


def _widest(boxes: Iterable[Box]) -> Box:
    """Return a box with as many lines as any of `boxes` has, and as wide a line."""
    boxes = list(boxes)
    tallest = max(boxes, key=lambda box: (len(box.lines()), _width(box)))
    missing = max(map(_width, boxes)) - _width(tallest)
    return replace(tallest, name=tallest.name.ljust(_width(tallest) + missing)) if missing else tallest


def _width(box: Box) -> int:
    return max(map(len, box.lines()))


def _rooms(widest: Picture, rankdir: str) -> dict[str, str]:
    """Return width and height, and in a network diagram the place, of each box and each frame."""
    if widest.is_network:
        places = re.compile(r'(?:pos|width|height)="[^"\\]*"')
        lines = [line.partition(" [") for line in statements(widest, rankdir)]
        return {subject: ", ".join(places.findall(rest)) for subject, _, rest in lines if 'pos="' in rest}
    rooms = layout.places(widest, rankdir)
    return {key: f'width="{_ROOM * room.width:.2f}", height="{_ROOM * room.height:.2f}"' for key, room in rooms.items()}


def _label_size(arrow: Arrow) -> tuple[float, float]:
    texts = arrow.texts
    return _LABEL_CHARACTER * max(map(len, texts), default=0), _LABEL_LINE * len(texts)


def _label(arrow: Arrow, width: float, height: float) -> str:
    """Return what stands beside an arrow, in numbers only, as a table of a fixed size."""
    cell = f'<TD WIDTH="{width:.0f}" HEIGHT="{height:.0f}">{"<BR/>".join(arrow.texts) or " "}</TD>'
    return f'<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="0"><TR>{cell}</TR></TABLE>'
