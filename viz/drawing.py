"""What users call: `draw(node)`, an object that shows and saves itself, and micrograd's `draw_dot(node)`."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from typing import Any

import graphviz  # type: ignore[import-untyped]  # it ships no marker of its types

from micrograd_plus.atomic_file import atomic_write
from micrograd_plus.engine import Node
from micrograd_plus.viz.dot import dot_text, statements
from micrograd_plus.viz.from_graph import picture_of
from micrograd_plus.viz.picture import Picture
from micrograd_plus.viz.render import FORMATS, render
from micrograd_plus.viz.svg import svg_text

MOST_BOXES_FOR_GRAPHVIZ = 2000


def draw(root: Node, detail: str = "auto", rankdir: str = "LR") -> Drawing:
    """Return a drawing of all that `root` was computed from, with every gradient there is.

    `detail` is "full" (a box for each value), "neuron" or "layer" (a box for each scope), or "auto", which draws in
    full up to 150 values and else folds as much as it takes to be readable, and says so in the picture.

    >>> from micrograd_plus import Value
    >>> x = Value(3.0, label="x")
    >>> y = x * x
    >>> y.backward()
    >>> drawing = draw(y)
    >>> drawing, drawing.dot.count("->")
    (<drawing of 2 values>, 2)
    """
    return Drawing(picture_of(root, detail), rankdir)


class Drawing:
    """A picture that shows itself in notebooks and saves itself as .svg, .png, .pdf or .dot.

    `picture` holds its boxes and arrows as plain data, `dot` its DOT text.
    """

    def __init__(self, picture: Picture, rankdir: str = "LR") -> None:
        self.picture = picture
        self.rankdir = rankdir
        self.dot = dot_text(picture, rankdir)

    def render(self, format: str = "svg", *, engine: str | None = None) -> bytes:
        """Return the picture in a format ("svg", "png", "pdf"); see `viz.render.render` for engines and errors.

        An SVG of more than 2000 boxes, which Graphviz would take minutes for, is drawn by our own writer.
        """
        if format == "svg" and len(self.picture.boxes) > MOST_BOXES_FOR_GRAPHVIZ:
            return svg_text(self.picture, self.rankdir).encode()
        return render(self.dot, format, engine=engine, fallback=partial(svg_text, self.picture, self.rankdir))

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the picture to a file, in the format that the file's name ends in, or leave the file as it was."""
        format = Path(path).suffix.lower().removeprefix(".")
        if format not in (*FORMATS, "dot"):
            raise ValueError(f"wanted a file name that ends in .svg, .png, .pdf or .dot, got {os.fspath(path)!r}")
        atomic_write(path, self.dot.encode() if format == "dot" else self.render(format))

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        try:
            return {"image/svg+xml": self.render("svg").decode(), "text/plain": repr(self)}
        except Exception as error:  # noqa: BLE001 - a notebook would show a traceback in place of the cell's result
            return {"text/plain": f"{self!r}, not drawn: {error}"}

    def __repr__(self) -> str:
        return f"<drawing of {self.picture.caption or f'{self.picture.values:,} values'}>"


class Digraph(graphviz.Digraph):  # type: ignore[misc]  # graphviz is not typed
    """A `graphviz.Digraph` that is rendered by the engines of `viz.render`, so that it needs no system Graphviz."""

    def pipe(self, format: str | None = None, *, encoding: str | None = None, **more: Any) -> Any:
        """Return the graph rendered in `format` as bytes, or as text if an `encoding` is given."""
        format = format or self.format
        if format not in FORMATS:
            return super().pipe(format, encoding=encoding, **more)
        picture = render(self.source, format, engine=more.get("engine"))
        return picture.decode(encoding) if encoding else picture

    def render(
        self,
        filename: str | os.PathLike[str] | None = None,
        directory: str | os.PathLike[str] | None = None,
        view: bool = False,
        cleanup: bool = False,
        format: str | None = None,
        **more: Any,
    ) -> str:
        """Write the DOT text and, beside it, the picture; return the picture's path. As `graphviz.Digraph.render`."""
        source = str(self.save(filename, directory=directory))
        format = format or self.format
        picture = f"{source}.{format}"
        atomic_write(picture, self.pipe(format, **more))
        if cleanup:
            os.unlink(source)
        if view:
            graphviz.view(picture)
        return picture


def draw_dot(root: Node, format: str = "svg", rankdir: str = "LR") -> Digraph:
    """Return the drawing of `draw(root)` as a `graphviz.Digraph`, as micrograd's notebooks have it.

    >>> from micrograd_plus import Value
    >>> print(draw_dot(Value(1.0, label="x")).source.splitlines()[0])
    digraph {
    """
    return Digraph(format=format, body=[f"\t{line}\n" for line in statements(picture_of(root), rankdir)])
