"""Places for boxes without Graphviz: columns by the longest path, in each column the order of creation.

The network diagram is laid out so, because Graphviz keeps no order inside frames, and what our own SVG writer draws.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from micrograd_plus.naming import common_length
from micrograd_plus.viz.picture import Arrow, Box, Picture, Role

# In inches, for text of 11 points.
CHARACTER = 0.078
LINE = 0.19
MARGIN = 0.12
GAP = 0.12  # between boxes of a level that stand in one frame
HEADING = 0.45
ROUND = 1.35  # how much larger an ellipse or an octagon is than the text inside


@dataclass(frozen=True, slots=True)
class Place:
    """Centre and size of a box in inches; x to the right, y upwards."""

    x: float
    y: float
    width: float
    height: float


def places(picture: Picture, rankdir: str = "LR") -> dict[str, Place]:
    """Return a place for each box; levels follow each other along `rankdir`, "LR" or "TB"."""
    sizes = {box.key: _size(box) for box in picture.boxes}
    paths = {box.key: box.path for box in picture.boxes}
    along, across = (0, 1) if rankdir == "LR" else (1, 0)
    levels: dict[int, list[str]] = defaultdict(list)
    for key, level in _late(longest_paths(sizes, picture.arrows), picture.arrows).items():
        levels[level].append(key)
    found: dict[str, Place] = {}
    position = 0.0
    for level in sorted(levels):
        keys = levels[level]
        # All boxes of a level are as wide as the widest.
        width = max(sizes[key][0] for key in keys)
        boxes = [(width, sizes[key][1]) for key in keys]
        depth = max(size[along] for size in boxes)
        gaps = [_gap(paths[above], paths[below]) for above, below in pairwise(keys)]
        offset = -(sum(size[across] for size in boxes) + sum(gaps)) / 2
        for key, size, gap in zip(keys, boxes, [*gaps, 0.0], strict=True):
            a, b = position + depth / 2, offset + size[across] / 2
            found[key] = Place(a, -b, *size) if rankdir == "LR" else Place(b, -a, *size)
            offset += size[across] + gap
        position += depth + _distance(max(len(keys), len(levels.get(level + 1, ()))))
    return found


def frames(picture: Picture, places: Mapping[str, Place]) -> list[tuple[str, Place]]:
    """Return heading and place of a frame around each column; the heading stands in the upper `HEADING` inches."""
    columns = [cluster for cluster in picture.clusters if cluster.is_column]
    # Names that all columns begin with, as that of the network, say nothing.
    common = common_length(column.path[:-1] for column in columns)
    return [("/".join(column.path[common:]), _around([places[key] for key in column.keys])) for column in columns]


def _around(inside: Sequence[Place]) -> Place:
    left = min(place.x - place.width / 2 for place in inside) - MARGIN
    right = max(place.x + place.width / 2 for place in inside) + MARGIN
    bottom = min(place.y - place.height / 2 for place in inside) - MARGIN
    top = max(place.y + place.height / 2 for place in inside) + HEADING
    return Place((left + right) / 2, (bottom + top) / 2, right - left, top - bottom)


def longest_paths(keys: Iterable[str], arrows: Sequence[Arrow]) -> dict[str, int]:
    """Return for each box the number of arrows on the longest path that leads to it.

    Groups can read each other; such a cycle is cut before the first of its boxes.
    """
    heads: dict[str, dict[str, None]] = defaultdict(dict)
    waiting = dict.fromkeys(keys, 0)
    for arrow in arrows:
        if arrow.head not in heads[arrow.tail]:
            heads[arrow.tail][arrow.head] = None
            waiting[arrow.head] += 1
    levels = dict.fromkeys(waiting, 0)
    ready = [key for key, count in waiting.items() if count == 0]
    left = dict.fromkeys(waiting)
    while left:
        key = ready.pop() if ready else next(iter(left))
        del left[key]
        for head in heads[key]:
            if head in left:
                levels[head] = max(levels[head], levels[key] + 1)
                waiting[head] -= 1
                if waiting[head] == 0:
                    ready.append(head)
    return levels


def _late(levels: dict[str, int], arrows: Sequence[Arrow]) -> dict[str, int]:
    """Return the levels with each box that depends on nothing moved next to its first reader."""
    first: dict[str, int] = {}
    for arrow in arrows:
        first[arrow.tail] = min(levels[arrow.head], first.get(arrow.tail, levels[arrow.head]))
    heads = {arrow.head for arrow in arrows}
    return {key: level if key in heads else max(first.get(key, 1) - 1, 0) for key, level in levels.items()}


def _size(box: Box) -> tuple[float, float]:
    lines = box.lines()
    symbol = (len(box.symbol) + 2) * CHARACTER if box.symbol else 0.0
    width, height = max(map(len, lines)) * CHARACTER + symbol, len(lines) * LINE
    if box.role in (Role.INPUT, Role.PARAMETER):
        width, height = ROUND * width, ROUND * height
    return width + 2 * MARGIN, height + MARGIN


def _gap(path: tuple[str, ...], next_path: tuple[str, ...]) -> float:
    return GAP if path == next_path else HEADING + 2 * MARGIN


def _distance(boxes: int) -> float:
    """Return the space to the next level: the more boxes, the steeper the arrows."""
    return min(0.6 + 0.1 * boxes, 2.4)
