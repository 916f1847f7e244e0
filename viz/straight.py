"""Straight arrows between places, in points with y downwards: where they begin and end, and where texts stand."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from micrograd_plus.viz.layout import POINTS, Frame, Place
from micrograd_plus.viz.picture import Arrow

Point = tuple[float, float]

# In points. Texts stand before the head, where arrows from one tail have parted, whatever an arrow's length is.
BEFORE_HEAD = 34.0
TEXT_LINE = 10.0
CHARACTER = 4.6  # of a text of 9 points
_ASIDE = 4.0
# How far apart several arrows between the same boxes run, and on how much of the smaller box they may end.
_APART = {"LR": 24.0, "TB": 70.0}
_ROOM = 0.6


@dataclass(frozen=True, slots=True)
class Straight:
    """An arrow from `start` to `end`; `texts` are the middles of its lines of text."""

    start: Point
    end: Point
    texts: tuple[Point, ...]


def in_points(place: Place) -> Place:
    """Return a place in points, y downwards."""
    return Place(POINTS * place.x, -POINTS * place.y, POINTS * place.width, POINTS * place.height)


def frame_in_points(frame: Frame) -> Frame:
    """Return a frame in points, y downwards."""
    return Frame(frame.heading, in_points(frame.place), in_points(frame.room))


def straight_arrows(arrows: Sequence[Arrow], places: Mapping[str, Place], rankdir: str) -> Iterator[Straight]:
    """Yield where each arrow runs; those between the same two boxes run beside each other."""
    alike = Counter((arrow.tail, arrow.head) for arrow in arrows)
    seen: Counter[tuple[str, str]] = Counter()
    for arrow in arrows:
        ends = arrow.tail, arrow.head
        tail, head = places[arrow.tail], places[arrow.head]
        room = min(tail.height, head.height) if rankdir == "LR" else min(tail.width, head.width)
        between = min(_APART[rankdir], _ROOM * room / max(alike[ends] - 1, 1))
        aside = between * (seen[ends] - (alike[ends] - 1) / 2)
        seen[ends] += 1
        if rankdir == "LR":
            start, end = (tail.x + tail.width / 2, tail.y + aside), (head.x - head.width / 2, head.y + aside)
        else:
            start, end = (tail.x + aside, tail.y + tail.height / 2), (head.x + aside, head.y - head.height / 2)
        yield Straight(start, end, tuple(_texts(start, end, arrow.texts, rankdir)))


def _texts(start: Point, end: Point, texts: Sequence[str], rankdir: str) -> Iterator[Point]:
    """Yield where texts stand: on the outer side of an arrow that others meet, else above it or to its right."""
    (x1, y1), (x2, y2) = start, end
    part = max(0.5, 1.0 - BEFORE_HEAD / max(math.dist(start, end), 1.0))
    x, y = x1 + part * (x2 - x1), y1 + part * (y2 - y1)
    height = TEXT_LINE * (len(texts) - 1)
    if rankdir == "LR":
        y += TEXT_LINE if y1 > y2 + 1.0 else -_ASIDE - height
    else:
        away = _ASIDE + CHARACTER * max(map(len, texts), default=0) / 2
        x += away if x1 > x2 - 1.0 else -away
        y += _ASIDE - 1.0 - height / 2
    yield from ((x, y + k * TEXT_LINE) for k in range(len(texts)))
