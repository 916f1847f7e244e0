"""What users call: `draw(node)`, an object that shows and saves itself, and micrograd's `draw_dot(node)`."""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Collection, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import graphviz  # type: ignore[import-untyped]  # it ships no marker of its types

from micrograd_plus.atomic_file import atomic_write
from micrograd_plus.engine import Node
from micrograd_plus.texts import listed
from micrograd_plus.viz.dot import dot_text, statements
from micrograd_plus.viz.from_graph import picture_of
from micrograd_plus.viz.picture import Picture
from micrograd_plus.viz.render import FORMATS, MOST_BOXES_FOR_GRAPHVIZ, RenderError, render
from micrograd_plus.viz.svg import svg_text
from micrograd_plus.viz.zoom import opened

_LEAST_SCALE = 0.6  # of a picture in a narrow place; letters are still read


def draw(
    root: Node,
    detail: str = "auto",
    rankdir: str = "LR",
    *,
    expand: Collection[str] = (),
    focus: Node | str | None = None,
    up: int | None = None,
    down: int | None = None,
    depth: int | None = None,
    min_grad: float = 0.0,
    shares: bool = False,
    zoom: int | Sequence[int] | None = None,
) -> Drawing:
    """Return a drawing of all that `root` was computed from, with every gradient there is.

    `detail` is "full" (a box for each value), "neuron" or "layer" (a box for each scope), or "auto", which draws in
    full up to 50 values and else folds as much as it takes to be readable. What is folded or left out is said in the
    picture. To look closer:

    - `expand=["layer1/neuron2"]` draws these scopes in full and folds the rest;
    - `focus` is a node, or its name (`naming.names_of`), to draw only what is around: as far as `up` operations towards
      the root (2 unless given) and `down` operations towards the leaves (3);
    - `depth` is how many levels below the root to draw;
    - `min_grad` leaves out values whose absolute gradient is smaller;
    - `shares` writes on each arrow what it adds to a gradient;
    - `zoom=(i, j)` draws how that entry of `root`, a matrix product, was computed, see `viz.zoom.opened`.

    >>> from micrograd_plus import Value
    >>> x = Value(3.0, label="x")
    >>> y = x * x
    >>> y.backward()
    >>> drawing = draw(y)
    >>> drawing, drawing.dot.count("->")
    (<drawing of 2 values>, 2)
    """
    if zoom is not None:
        root = opened(root, zoom)  # type: ignore[arg-type]  # what is no Tensor it refuses in words
    picture = picture_of(
        root, detail, expand=expand, focus=focus, up=up, down=down, depth=depth, min_grad=min_grad, shares=shares
    )
    return Drawing(picture, rankdir, root)


class Drawing:
    """A picture that shows itself in notebooks and saves itself as .svg, .png, .pdf, .dot or, to be played, .html.

    `picture` holds its boxes and arrows as plain data, `dot` its DOT text, `root` the graph it was drawn from. Pickling
    keeps the picture but not the graph.
    """

    def __init__(self, picture: Picture, rankdir: str = "LR", root: Node | None = None) -> None:
        self.picture = picture
        self.rankdir = rankdir
        self.root = root
        self.dot = dot_text(picture, rankdir)

    def render(self, format: str = "svg", *, engine: str | None = None) -> bytes:
        """Return the picture in a format ("svg", "png", "pdf"); see `viz.render.render` for engines and errors.

        Above 2000 boxes Graphviz takes minutes: an SVG is then drawn by our own writer. A PNG or PDF of so many boxes
        would be specks; it shows the graph folded, which a RuntimeWarning says.
        """
        picture, dot = self.picture, self.dot
        if len(picture.boxes) > MOST_BOXES_FOR_GRAPHVIZ:
            if format == "svg":
                return svg_text(picture, self.rankdir).encode()
            picture = self._folded(format)
            dot = dot_text(picture, self.rankdir)
        return render(dot, format, engine=engine, fallback=partial(svg_text, picture, self.rankdir))

    def _folded(self, format: str) -> Picture:
        boxes = f"{len(self.picture.boxes):,} boxes cannot be read in a {format.upper()}"
        if self.root is None:
            raise ValueError(f"{boxes}: save them as .svg")
        picture = picture_of(self.root)
        warnings.warn(f"{boxes}: it has {picture.caption}; .svg holds them all", RuntimeWarning, stacklevel=3)
        return picture

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the picture to a file, in the format that the file's name ends in, or leave the file as it was.

        In an .html file the backward pass of the whole graph can be played, see `viz.player`.
        """
        format = Path(path).suffix.lower().removeprefix(".")
        known = (*FORMATS, "dot", "html")
        if format not in known:
            endings = listed([f".{name}" for name in known], "or")
            raise ValueError(f"wanted a file name that ends in {endings}, got {os.fspath(path)!r}")
        if format == "html":
            self._save_player(path)
            return
        atomic_write(path, self.dot.encode() if format == "dot" else self.render(format))

    def _save_player(self, path: str | os.PathLike[str]) -> None:
        if self.root is None:
            raise ValueError("the graph of this drawing is gone: draw it again to play it")
        from micrograd_plus.viz.players import player

        player(self.root, path)

    def __getstate__(self) -> dict[str, Any]:
        return vars(self) | {"root": None}

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        try:
            return {"image/svg+xml": fitted(self.render("svg").decode()), "text/plain": repr(self)}
        except Exception as error:  # noqa: BLE001 - a notebook would show a traceback in place of the cell's result
            return {"text/plain": f"{self!r}, not drawn: {error}"}

    def __repr__(self) -> str:
        return f"<drawing of {self.picture.summary}>"


def fitted(svg: str) -> str:
    """Return an SVG that a notebook shrinks to the width of its column, as long as it stays readable."""
    start = re.search(r'<svg\b[^>]*?\bwidth="([\d.]+)(pt|px)?"', svg)
    if not start:
        return svg
    least = f"{_LEAST_SCALE * float(start[1]):.0f}{start[2] or 'px'}"
    style = f' style="max-width: max(100%, {least}); height: auto"'
    return svg[: start.end()] + style + svg[start.end() :]


class Digraph(graphviz.Digraph):  # type: ignore[misc]  # graphviz is not typed
    """A `graphviz.Digraph` that is rendered by the engines of `viz.render`, so that it needs no system Graphviz."""

    def pipe(self, format: str | None = None, *, encoding: str | None = None, **more: Any) -> Any:
        """Return the graph rendered in `format` as bytes, or as text if an `encoding` is given."""
        format = format or self.format
        if format not in FORMATS:
            return super().pipe(format, encoding=encoding, **more)
        picture = render(self.source, format, engine=more.get("engine"))
        return picture.decode(encoding) if encoding else picture

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None, **more: Any) -> dict[str, Any]:
        try:
            return super()._repr_mimebundle_(include, exclude, **more)  # type: ignore[no-any-return]  # of graphviz
        except RenderError as error:  # without any engine; in a notebook a reason says more than a traceback
            return {"text/plain": f"not drawn: {error}"}

    def save(
        self,
        filename: str | os.PathLike[str] | None = None,
        directory: str | os.PathLike[str] | None = None,
        *,
        skip_existing: bool | None = False,
    ) -> str:
        """Write the DOT text, and make the folder where there is none; return the path. As `graphviz.Digraph.save`."""
        if filename is not None:
            self.filename = filename
        if directory is not None:
            self.directory = directory
        path = Path(self.filepath)
        if not (skip_existing and path.exists()):
            path.parent.mkdir(parents=True, exist_ok=True)
            atomic_write(path, self.source.encode(self.encoding))
        return str(path)

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
