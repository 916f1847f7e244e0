"""A picture drawn by matplotlib at the places of `geometry`: pages as PDF, SVG or PNG that need no Graphviz."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import matplotlib
from matplotlib.backends.backend_pdf import PdfPages
from matplotlib.lines import Line2D
from matplotlib.patches import Ellipse, FancyBboxPatch, Patch, PathPatch, Polygon, Rectangle
from matplotlib.path import Path
from matplotlib.patheffects import withStroke
from matplotlib.text import Text

from micrograd_plus.texts import shortened
from micrograd_plus.viz import legend
from micrograd_plus.viz.colour import CUT_FILL, INK, NAN_FILL, OUTLINE, PALE_INK
from micrograd_plus.viz.geometry import Geometry, Route
from micrograd_plus.viz.layout import Place
from micrograd_plus.viz.own_figure import Figure
from micrograd_plus.viz.picture import Arrow, Box, Flow, Picture, Role
from micrograd_plus.viz.straight import Point

# In points. A sheet of A4, which printers fit to other papers too.
SHEET = (841.89, 595.28)
MARGIN = 40.0
HEAD = 78.0
FOOT = 62.0
LARGEST = 1.4  # times the size of a drawing

# matplotlib's own font, which is there on every machine, is wider than the one that boxes are measured by.
_FONT = "DejaVu Sans"
_TEXT, _SMALL, _TITLE = 9.4, 7.7, 15.0
_LINE = 13.2
_BESIDE = 4.0  # how far texts are moved from their arrows, for they are wider than Graphviz takes them to be
_CURVES = {"M": Path.MOVETO, "L": Path.LINETO, "C": Path.CURVE4}
_STYLES = {"solid": "solid", "dashed": (0.0, (4.0, 2.5)), "dotted": (0.0, (1.0, 2.5))}
_LONGEST_LINE = 120
_HALO = withStroke(linewidth=2.0, foreground="white")
_SWATCH = (44.0, 12.0)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page: a title, lines of text below it, and a picture whose boxes and arrows stand where `places` says."""

    title: str
    lines: tuple[str, ...]
    picture: Picture
    places: Geometry


def room(places: Geometry) -> tuple[float, float]:
    """Return by how much a drawing can be enlarged to fill a sheet, one that lies and one that stands."""
    left, top, right, bottom = bounds(places)
    lying, standing = (
        min(LARGEST, (width - 2 * MARGIN) / (right - left), (height - 2 * MARGIN - HEAD - FOOT) / (bottom - top))
        for width, height in (SHEET, SHEET[::-1])
    )
    return lying, standing


def bounds(places: Geometry) -> tuple[float, float, float, float]:
    """Return left, top, right and bottom of all boxes, frames and texts."""
    every = [*places.places.values(), *(frame.place for frame in places.frames)]
    points = [point for route in places.routes for point in (*_points(route.line), *route.texts)]
    xs = [place.x + side * place.width / 2 for place in every for side in (-1, 1)] + [x for x, _ in points]
    ys = [place.y + side * place.height / 2 for place in every for side in (-1, 1)] + [y for _, y in points]
    return min(xs), min(ys), max(xs), max(ys)


def figure(sheet: Sheet) -> Figure:
    """Return a sheet as a figure of the size of A4, lying or standing as the picture has more room."""
    lying, standing = room(sheet.places)
    scale = max(lying, standing)
    width, height = SHEET if lying >= standing else SHEET[::-1]
    made = Figure(figsize=(width / 72.0, height / 72.0))
    brush = _Brush(made, width, height, scale, sheet.places)
    brush.page_text(MARGIN, MARGIN + _TITLE, sheet.title, size=_TITLE)
    for k, line in enumerate(sheet.lines):
        brush.page_text(MARGIN, MARGIN + 36.0 + 14.0 * k, line)
    brush.picture(sheet.picture, sheet.places)
    brush.foot(sheet.picture, height - MARGIN - FOOT)
    return made


def pdf(sheets: Iterable[Sheet], title: str) -> bytes:
    """Return sheets as the pages of a PDF, the same bytes each time."""
    file = io.BytesIO()
    with PdfPages(file, metadata={"Title": title, "CreationDate": None}) as pages:
        for sheet in sheets:
            pages.savefig(figure(sheet))
    return file.getvalue()


def image(sheet: Sheet, format: str) -> bytes:
    """Return a sheet as "svg" or "png", the same bytes each time."""
    file = io.BytesIO()
    nothing: dict[str, dict[str, Any]] = {"svg": {"Date": None}, "png": {"Software": None}}
    with matplotlib.rc_context({"svg.hashsalt": "micrograd_plus"}):
        figure(sheet).savefig(file, format=format, dpi=144, metadata=nothing[format])
    return file.getvalue()


class _Brush:
    """Paints in points from the upper left corner of a page, the picture enlarged and in the middle."""

    def __init__(self, on: Figure, width: float, height: float, scale: float, places: Geometry) -> None:
        self.axes = on.add_axes((0.0, 0.0, 1.0, 1.0))
        self.axes.set(xlim=(0.0, width), ylim=(height, 0.0))
        self.axes.set_axis_off()
        self.scale = scale
        left, top, right, bottom = bounds(places)
        self.x = width / 2 - scale * (left + right) / 2
        self.y = (height + HEAD - FOOT) / 2 - scale * (top + bottom) / 2

    def page_text(self, x: float, y: float, text: str, *, size: float = _TEXT, align: Any = "left") -> None:
        """Write on the page."""
        text = shortened(text, _LONGEST_LINE)
        # Signs of dollar and backslashes are those of the user.
        self.axes.text(
            x, y, text, fontsize=size, family=_FONT, color=INK, ha=align, parse_math=False, usetex=False, zorder=5
        )

    def text(self, x: float, y: float, text: str, *, size: float = _TEXT, colour: str = INK) -> Text:
        """Write into the picture, around a point of the base line."""
        x, y = self._at(x, y)
        return self.axes.text(
            x,
            y,
            text,
            fontsize=self.scale * size,
            family=_FONT,
            color=colour,
            ha="center",
            parse_math=False,
            usetex=False,
            zorder=5,
        )

    def _at(self, x: float, y: float) -> Point:
        return self.x + self.scale * x, self.y + self.scale * y

    def _add(self, patch: Patch, z: int) -> None:
        patch.set_zorder(z)
        self.axes.add_patch(patch)

    # --- the picture

    def picture(self, picture: Picture, places: Geometry) -> None:
        """Paint frames, arrows and boxes."""
        for heading, place, room in places.frames:
            self._add(self._rectangle(place, facecolor="none", edgecolor=OUTLINE, linewidth=0.8), 1)
            self.text(room.x, room.y + 3.5, shortened(heading.replace("\n", " ")))
        for arrow, route in zip(picture.arrows, places.routes, strict=True):
            self._arrow(picture, arrow, route)
        for box in picture.boxes:
            self._box(picture, box, places.places[box.key], places.splits.get(box.key))

    def _rectangle(self, place: Place, **look: Any) -> Rectangle:
        corner = self._at(place.x - place.width / 2, place.y - place.height / 2)
        return Rectangle(corner, self.scale * place.width, self.scale * place.height, **look)

    def _box(self, picture: Picture, box: Box, place: Place, split: float | None) -> None:
        fill = picture.fill(box)
        ink = PALE_INK if fill == NAN_FILL else INK
        look = {
            "facecolor": fill,
            "edgecolor": INK if box.is_root else OUTLINE,
            "linewidth": self.scale * (2.4 if box.is_root else 0.9),
            "linestyle": _STYLES["dashed" if box.flow is Flow.PENDING else "solid"],
        }
        self._add(self._outline(box, place, look), 3)
        left = place.x - place.width / 2
        if box.cuts:
            bar = Place(left + 3.0, place.y, 3.0, place.height - 3.0)
            self._add(self._rectangle(bar, facecolor=CUT_FILL, edgecolor="none"), 4)
        if box.symbol and split is not None:
            self._line([(split, place.y - place.height / 2), (split, place.y + place.height / 2)], OUTLINE, 0.9, 4)
            self.text((left + split) / 2, place.y + 3.5, shortened(box.symbol), colour=ink)
            left = split
        lines = box.lines()
        first = place.y - _LINE * (len(lines) - 1) / 2 + 3.5
        for k, line in enumerate(lines):
            self.text((left + place.x + place.width / 2) / 2, first + k * _LINE, line, colour=ink)

    def _outline(self, box: Box, place: Place, look: dict[str, Any]) -> Patch:
        w, h = place.width / 2, place.height / 2
        if box.role is Role.INPUT:
            return Ellipse(self._at(place.x, place.y), 2 * w * self.scale, 2 * h * self.scale, **look)
        if box.role in (Role.PARAMETER, Role.CONSTANT):
            # An octagon, or a sheet with one corner folded.
            c = min(w, h) * (0.55 if box.role is Role.PARAMETER else 0.4)
            corners = [(w - c, -h), (w, -h + c)]
            if box.role is Role.PARAMETER:
                corners += [(w, h - c), (w - c, h), (-w + c, h), (-w, h - c), (-w, -h + c), (-w + c, -h)]
            else:
                corners += [(w, h), (-w, h), (-w, -h)]
            return Polygon([self._at(place.x + x, place.y + y) for x, y in corners], **look)
        if box.role is Role.OPERATION:
            return self._rectangle(place, **look)
        corner = self._at(place.x - w, place.y - h)
        style = f"round,pad=0,rounding_size={6 * self.scale}"
        return FancyBboxPatch(corner, 2 * w * self.scale, 2 * h * self.scale, boxstyle=style, **look)

    def _arrow(self, picture: Picture, arrow: Arrow, route: Route) -> None:
        colour, width = picture.line(arrow), self.scale * picture.width(arrow)
        points = [self._at(*point) for point in _points(route.line)]
        curve = _CURVES["C" if "C" in route.line else "L"]
        path = Path(points, [Path.MOVETO, *[curve] * (len(points) - 1)])
        style = _STYLES[arrow.style]
        self._add(PathPatch(path, facecolor="none", edgecolor=colour, linewidth=width, linestyle=style), 2)
        if arrow.flow is Flow.CUT and len(route.head) > 2:
            (x, y), (x1, y1), (x2, y2) = route.head[:3]
            across = ((x1 - x2) * 0.8, (y1 - y2) * 0.8)
            self._line([(x - across[0], y - across[1]), (x + across[0], y + across[1])], colour, 2.0, 2)
        elif route.head:
            self._add(Polygon([self._at(*point) for point in route.head], color=colour, linewidth=0.0), 2)
        for (x, y), text in zip(route.texts, arrow.texts, strict=False):
            self.text(x + _BESIDE, y, text, size=_SMALL).set_path_effects([_HALO])

    def _line(self, points: Sequence[Point], colour: str, width: float, z: int) -> None:
        xs, ys = zip(*(self._at(*point) for point in points), strict=True)
        self.axes.add_line(Line2D(xs, ys, color=colour, linewidth=self.scale * width, zorder=z))

    def foot(self, picture: Picture, y: float) -> None:
        """Paint the scale of the colours, and below it what the signs mean."""
        width, height = _SWATCH
        swatches = legend.swatches(picture)
        if swatches:
            self.page_text(MARGIN, y + 22.0, "gradient", size=_SMALL)
        for k, (colour, text) in enumerate(swatches):
            x = MARGIN + width * (k + 1)
            self._add(Rectangle((x, y + 13.0), width, height, facecolor=colour, edgecolor="none"), 4)
            self.page_text(x + width / 2, y + 22.0, text, size=_SMALL, align="center")
        for k, line in enumerate(legend.lines(picture)):
            self.page_text(MARGIN, y + 38.0 + 11.0 * k, line, size=_SMALL)


def _points(line: str) -> list[Point]:
    """Return the points of the `d` of an SVG path, which goes to all of them in one and the same way."""
    numbers = [float(number) for number in re.findall(r"-?\d+(?:\.\d+)?", line)]
    return list(zip(numbers[::2], numbers[1::2], strict=True))
