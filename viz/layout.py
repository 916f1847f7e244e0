"""Places for boxes without Graphviz: levels by the longest path to the root, in time linear in the picture.

The network diagram is laid out so, because Graphviz keeps no order inside frames; pictures of thousands of boxes, for
which Graphviz takes minutes; and what our own SVG writer draws.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from operator import itemgetter
from typing import NamedTuple

from micrograd_plus.naming import common_length
from micrograd_plus.texts import shortened
from micrograd_plus.viz.colour import Scale
from micrograd_plus.viz.heat import Panel, panels, remarks, title
from micrograd_plus.viz.picture import Arrow, Box, Picture, Role

POINTS = 72.0  # in an inch

# In inches, for text of 11 points.
CHARACTER = 0.078
LINE = 0.19
MARGIN = 0.12
GAP = 0.12  # between boxes of a level that stand in one frame
HEADING = 0.45
HEADING_CHARACTER = 0.095  # headings are of 13 points
MAP_MARGIN = 0.04
DISTANCE = 0.9  # between levels, with room for the texts beside the arrows
ROUND = 1.35  # how much larger an ellipse or an octagon is than the text inside


@dataclass(frozen=True, slots=True)
class Place:
    """Centre and size of a box in inches; x to the right, y upwards."""

    x: float
    y: float
    width: float
    height: float


class Frame(NamedTuple):
    """A frame around the boxes of a scope, and the room in it where the heading stands."""

    heading: str
    place: Place
    room: Place


def places(picture: Picture, rankdir: str = "LR") -> dict[str, Place]:
    """Return a place for each box; levels follow each other along `rankdir`, "LR" or "TB".

    In the diagram of a network the boxes of a level stand in the order of creation, else beside what reads them.
    """
    along, across = (0, 1) if rankdir == "LR" else (1, 0)
    levels = _levels(picture)
    sizes = _sizes(picture, levels)
    rows = _rows(picture, levels, {key: size[across] for key, size in sizes.items()}, rankdir)
    is_network = picture.is_network
    found: dict[str, Place] = {}
    position = 0.0
    for keys, next_keys in zip(levels, [*levels[1:], []], strict=True):
        depth = max(sizes[key][along] for key in keys)
        for key in keys:
            a, b = position + depth / 2, rows[key]
            found[key] = Place(a, -b, *sizes[key]) if rankdir == "LR" else Place(b, -a, *sizes[key])
        position += depth + (_distance(max(len(keys), len(next_keys))) if is_network else DISTANCE)
    return found


def frames(picture: Picture, places: Mapping[str, Place], rankdir: str = "LR") -> list[Frame]:
    """Return a frame around each column, with its heading where no arrow runs: above a column, to the left of a row."""
    columns = [cluster for cluster in picture.clusters if cluster.is_column]
    # Names that all columns begin with, as that of the network, say nothing.
    common = common_length(column.path[:-1] for column in columns)
    return [_frame("/".join(column.path[common:]), [places[key] for key in column.keys], rankdir) for column in columns]


def _frame(heading: str, inside: Sequence[Place], rankdir: str) -> Frame:
    left = min(place.x - place.width / 2 for place in inside) - MARGIN
    right = max(place.x + place.width / 2 for place in inside) + MARGIN
    bottom = min(place.y - place.height / 2 for place in inside) - MARGIN
    top = max(place.y + place.height / 2 for place in inside) + MARGIN
    if rankdir == "LR":
        top += HEADING - MARGIN
        room = _between(left, right, top - HEADING, top)
    else:
        left -= _heading_width(heading)
        room = _between(left, left + _heading_width(heading), bottom, top)
    return Frame(heading, _between(left, right, bottom, top), room)


def _between(left: float, right: float, bottom: float, top: float) -> Place:
    return Place((left + right) / 2, (bottom + top) / 2, right - left, top - bottom)


def _heading_width(heading: str) -> float:
    return len(shortened(heading)) * HEADING_CHARACTER + MARGIN


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


def _levels(picture: Picture) -> list[list[str]]:
    """Return the boxes of each level in order of creation; each stands next to its first reader, but columns stay."""
    early = longest_paths([box.key for box in picture.boxes], picture.arrows)
    readers = _readers(picture.arrows)
    late: dict[str, int] = {}
    for key in sorted(early, key=early.__getitem__, reverse=True):
        after = [late[head] for head in readers[key] if early[head] > early[key]]
        late[key] = min(after) - 1 if after and key not in picture.in_columns else early[key]
    levels: dict[int, list[str]] = defaultdict(list)
    for key in early:
        levels[late[key]].append(key)
    return [levels[level] for level in sorted(levels)]


def _readers(arrows: Sequence[Arrow]) -> dict[str, list[str]]:
    readers: dict[str, list[str]] = defaultdict(list)
    for arrow in arrows:
        readers[arrow.tail].append(arrow.head)
    return readers


def _rows(picture: Picture, levels: list[list[str]], heights: Mapping[str, float], rankdir: str) -> dict[str, float]:
    """Return the position of each box across the levels, downwards."""
    paths = {box.key: box.path for box in picture.boxes}
    readers = _readers(picture.arrows)
    is_network = picture.is_network
    rows: dict[str, float] = {}
    for keys in reversed(levels):
        wanted = dict.fromkeys(keys, 0.0)
        if not is_network:
            beside = {key: _mean([rows[head] for head in readers[key] if head in rows]) for key in keys}
            wanted = dict(sorted(beside.items(), key=itemgetter(1)))
        distances = [
            (heights[above] + heights[below]) / 2 + (_gap(paths[above], paths[below], rankdir) if is_network else GAP)
            for above, below in pairwise(wanted)
        ]
        rows |= zip(wanted, _apart(list(wanted.values()), distances), strict=True)
    return rows


def _mean(x: Sequence[float]) -> float:
    return sum(x) / len(x) if x else 0.0


def _apart(wanted: Sequence[float], distances: Sequence[float]) -> list[float]:
    """Return the positions nearest to the wanted ones (least squares) that are at least so far from each other.

    Less the distances before them, positions must not fall: isotonic regression, by pooling adjacent violators
    (Barlow et al., "Statistical Inference under Order Restrictions", 1972).
    """
    offsets = list(accumulate(distances, initial=0.0))
    pools: list[tuple[float, int]] = []  # sum and number of neighbours that share one position
    for position, offset in zip(wanted, offsets, strict=True):
        total, count = position - offset, 1
        while pools and pools[-1][0] / pools[-1][1] > total / count:
            above, members = pools.pop()
            total, count = total + above, count + members
        pools.append((total, count))
    shared = [total / count for total, count in pools for _ in range(count)]
    return [position + offset for position, offset in zip(shared, offsets, strict=True)]


def _sizes(picture: Picture, levels: list[list[str]]) -> dict[str, tuple[float, float]]:
    """Return width and height of each box; all boxes of a level are as wide as the widest."""
    sizes = {box.key: _size(box) for box in picture.boxes}
    for keys in levels:
        width = max(sizes[key][0] for key in keys)
        sizes |= {key: (width, sizes[key][1]) for key in keys}
    return sizes


def _size(box: Box) -> tuple[float, float]:
    width, height = heat_size(box) if box.heat else _text_size(box.lines())
    if box.symbol:
        width += (len(box.symbol) + 2) * CHARACTER
    if box.role in (Role.INPUT, Role.PARAMETER):
        width, height = ROUND * width, ROUND * height
    return width + 2 * MARGIN, height + MARGIN


def _text_size(lines: Sequence[str]) -> tuple[float, float]:
    return max(map(len, lines), default=0) * CHARACTER, len(lines) * LINE


def heat_size(box: Box) -> tuple[float, float]:
    """Return width and height of what stands in the box of an array: title, headings, maps, numbers, remarks."""
    found = panels(box, Scale())
    beside = sum(map(column_width, found)) + GAP * (len(found) - 1)
    wide, height = _text_size(["", title(box), *remarks(box)])
    numbers = max(len(panel.lines) for panel in found) * LINE
    return max(beside, wide), height + numbers + map_height(found)


def map_height(found: Iterable[Panel]) -> float:
    """Return the height of the heat maps in a box, with some space above and below."""
    return max(panel.size[1] for panel in found) / POINTS + 2 * MAP_MARGIN


def column_width(panel: Panel) -> float:
    """Return the width of a heat map with its heading and its numbers."""
    return max(panel.size[0] / POINTS, _text_size([panel.heading, *panel.lines])[0])


def _gap(path: tuple[str, ...], next_path: tuple[str, ...], rankdir: str) -> float:
    """Return the space between boxes of a level in two scopes: that of frames and of the next one's heading."""
    if path == next_path:
        return GAP
    return 2 * MARGIN + (HEADING if rankdir == "LR" else _heading_width("/".join(next_path)))


def _distance(boxes: int) -> float:
    """Return the space to the next level: the more boxes, the steeper the arrows."""
    return min(0.6 + 0.1 * boxes, 2.4)
