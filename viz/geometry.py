"""Where the boxes, arrows and frames of a picture stand: from Graphviz, so as its drawings are, or our own places."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from xml.etree import ElementTree

from micrograd_plus.viz import layout
from micrograd_plus.viz.dot import dot_text
from micrograd_plus.viz.layout import POINTS, Frame, Place
from micrograd_plus.viz.picture import Flow, Picture
from micrograd_plus.viz.render import MOST_BOXES_FOR_GRAPHVIZ, RenderError, render
from micrograd_plus.viz.straight import Point, Straight, frame_in_points, in_points, straight_arrows

_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e-?\d+)?")
_SVG = "{http://www.w3.org/2000/svg}"
_HEADING = 28.0  # points at the top of a frame


@dataclass(frozen=True, slots=True)
class Route:
    """An arrow: the `d` of an SVG path, the corners of its head, the first being the point, and where texts stand."""

    line: str
    head: tuple[Point, ...]
    texts: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Geometry:
    """Places of the boxes by key, routes in the order of the arrows, frames with headings; in points, y downwards.

    `splits` says where the line stands that parts the symbol of an operation from the rest.
    """

    places: dict[str, Place]
    splits: dict[str, float]
    routes: tuple[Route, ...]
    frames: tuple[Frame, ...]


def geometry(picture: Picture, rankdir: str = "LR") -> Geometry:
    """Return where all stands; what cannot be left to Graphviz gets straight arrows between the places of `layout`."""
    picture = _plain(picture)
    if not picture.is_network and len(picture.boxes) <= MOST_BOXES_FOR_GRAPHVIZ:
        try:
            return _from_svg(render(dot_text(picture, rankdir), "svg").decode())
        except RenderError:
            pass
    return _own(picture, rankdir)


def _plain(picture: Picture) -> Picture:
    """Return the picture without what changes the shapes of boxes and of the heads of arrows."""
    boxes = tuple(replace(box, cuts=False, heat=None) for box in picture.boxes)
    arrows = tuple(replace(arrow, flow=Flow.FLOWING) for arrow in picture.arrows)
    return replace(picture, boxes=boxes, arrows=arrows)


# --- Graphviz's ------------------------------------------------------------------------------------------------------


def _from_svg(svg: str) -> Geometry:
    places: dict[str, Place] = {}
    splits: dict[str, float] = {}
    routes: dict[int, Route] = {}
    frames: list[Frame] = []
    for group in ElementTree.fromstring(svg).iter(f"{_SVG}g"):  # Graphviz wrote it  # nosec B314
        kind = group.get("class")
        if kind == "node":
            key = group.findtext(f"{_SVG}title", "")
            places[key] = _place(group)
            for line in group.iter(f"{_SVG}polyline"):
                splits[key] = next(_points(line))[0]
        elif kind == "cluster":
            frames.append(_frame(group))
        elif kind == "edge":
            # Graphviz writes edges in another order than they have in the DOT text, but counts them as there.
            routes[int(group.get("id", "edge0").removeprefix("edge"))] = _route(group)
    return Geometry(places, splits, tuple(routes[k] for k in sorted(routes)), tuple(frames))


def _frame(group: ElementTree.Element) -> Frame:
    heading = "\n".join(text.text or "" for text in group.iter(f"{_SVG}text"))
    place = _place(group)
    return Frame(heading, place, replace(place, y=place.y - place.height / 2 + _HEADING / 2, height=_HEADING))


def _place(group: ElementTree.Element) -> Place:
    """Return the place of a shape; an outline that is an ellipse has no corners."""
    ellipse = group.find(f".//{_SVG}ellipse")
    if ellipse is not None:
        x, y, rx, ry = (float(ellipse.get(name, "0")) for name in ("cx", "cy", "rx", "ry"))
        return Place(x, y, 2 * rx, 2 * ry)
    corners = [point for shape in group.iter() for point in _points(shape)]
    xs, ys = zip(*corners, strict=True)
    return Place((min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2, max(xs) - min(xs), max(ys) - min(ys))


def _points(shape: ElementTree.Element) -> Iterator[Point]:
    numbers = [float(number) for number in _NUMBER.findall(shape.get("d") or shape.get("points") or "")]
    return zip(numbers[::2], numbers[1::2], strict=True)


def _route(group: ElementTree.Element) -> Route:
    path = group.find(f".//{_SVG}path")
    head = group.find(f".//{_SVG}polygon")
    assert path is not None  # each edge has a line
    corners = list(_points(head))[:3] if head is not None else []
    texts = [(float(text.get("x", "0")), float(text.get("y", "0"))) for text in group.iter(f"{_SVG}text")]
    line = _NUMBER.sub(lambda number: f"{float(number[0]):.1f}", path.get("d", ""))
    return Route(line, tuple(_point_first(corners, line)), tuple(texts))


def _point_first(corners: list[Point], line: str) -> list[Point]:
    """Return the corners of a head from its point on: the one that is farthest from where the line ends."""
    if not corners:
        return []
    *_, x, y = (float(number) for number in _NUMBER.findall(line))
    first = max(range(len(corners)), key=lambda k: math.dist(corners[k], (x, y)))
    return corners[first:] + corners[:first]


# --- our own ---------------------------------------------------------------------------------------------------------


def _own(picture: Picture, rankdir: str) -> Geometry:
    in_inches = layout.places(picture, rankdir)
    frames = layout.frames(picture, in_inches, rankdir) if picture.is_network else []
    places = {key: in_points(place) for key, place in in_inches.items()}
    splits = {
        box.key: places[box.key].x - places[box.key].width / 2 + POINTS * layout.CHARACTER * (len(box.symbol) + 2)
        for box in picture.boxes
        if box.symbol
    }
    routes = map(_route_of, straight_arrows(picture.arrows, places, rankdir))
    return Geometry(places, splits, tuple(routes), tuple(map(frame_in_points, frames)))


def _route_of(arrow: Straight) -> Route:
    (x1, y1), (x2, y2) = arrow.start, arrow.end
    angle = math.atan2(y2 - y1, x2 - x1)
    back = [(x2 - 6 * math.cos(angle + turn), y2 - 6 * math.sin(angle + turn)) for turn in (0.35, -0.35)]
    return Route(f"M{x1:.1f},{y1:.1f}L{x2:.1f},{y2:.1f}", (arrow.end, *back), arrow.texts)
