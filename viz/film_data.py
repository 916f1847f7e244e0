"""A film as plain data for the page that plays it: what stands in its boxes, where, and what each step changes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from micrograd_plus.notation import short
from micrograd_plus.texts import shortened
from micrograd_plus.viz import legend
from micrograd_plus.viz.collected import Look
from micrograd_plus.viz.colour import Scale
from micrograd_plus.viz.geometry import Geometry, Route, geometry
from micrograd_plus.viz.heat import Cell, panels
from micrograd_plus.viz.layout import Place
from micrograd_plus.viz.picture import NO_GRAD_YET, Arrow, Box, Flow, Numbers, Picture, number_of
from micrograd_plus.viz.playback import Film

# Where the data and the gradient, which change, stand in the lines of a box. No name holds such characters.
DATA, GRAD = "\ue000", "\ue001"


def film_data(played: Film, rankdir: str = "LR", start: int = 0) -> dict[str, Any]:
    """Return a film with all places as plain data for `player.js`, which says what each entry is.

    It begins with frame number `start`, or the last one if there are fewer.
    """
    picture = played.picture
    looks = _looks(played)
    boxes = [_Lines.of(box, found, picture) for box, found in zip(picture.boxes, looks, strict=True)]
    places = geometry(replace(picture, boxes=tuple(lines.widest for lines in boxes)), rankdir)
    readers = Counter(arrow.tail for arrow in picture.arrows if arrow.share is not None)
    return {
        "caption": picture.caption,
        "words": legend.words(picture),
        "scale": [[round(picture.scale.strength(tick), 3), short(tick)] for tick in picture.scale.ticks()],
        "bounds": _bounds(places),
        "frames": [
            [shortened(heading), *_rounded(place), *_rounded(room)[:2]] for heading, place, room in places.frames
        ],
        "boxes": [
            _box_data(box, name, lines.shown, places, readers[box.key])
            | {"looks": [_look_data(look, box, picture.scale) for look in found]}
            | _heat_data(box, picture.scale)
            for box, name, lines, found in zip(picture.boxes, played.names, boxes, looks, strict=True)
        ],
        "arrows": [_arrow_data(picture, *pair) for pair in zip(picture.arrows, places.routes, strict=True)],
        "steps": _steps(played),
        "start": min(start, len(played.frames) - 1),
    }


def _looks(played: Film) -> list[list[Look]]:
    """Return for each box how it looks in the course of the film, from when it is not computed yet."""
    looks = [[Look(is_computed=False)] for _ in played.picture.boxes]
    for frame in played.frames:
        for k, look in frame.looks:
            looks[k].append(look)
    return looks


def _steps(played: Film) -> list[dict[str, Any]]:
    """Return the frames. A change is a box and the number of its look from now on; before, it has the look before."""
    now: Counter[int] = Counter()
    found = []
    for frame in played.frames:
        changes = []
        for k, _ in frame.looks:
            now[k] += 1
            changes.append([k, now[k]])
        found.append(
            {
                "part": frame.part,
                "title": frame.title,
                "boxes": frame.boxes,
                "changes": changes,
                "arrows": frame.arrows,
                "rules": [[rule.symbols, rule.local, rule.numbers] for rule in frame.rules],
                "remark": frame.remark,
            }
        )
    return found


def _box_data(box: Box, name: str, lines: list[str], places: Geometry, readers: int) -> dict[str, Any]:
    found = {
        "place": _rounded(places.places[box.key]),
        "role": str(box.role),
        "name": name,
        "lines": lines,
        "data": str(box.data),
        "readers": readers,
        "fate": _fate(box),
    }
    if box.symbol:
        found |= {"symbol": shortened(box.symbol), "split": round(places.splits[box.key], 1)}
    # What most boxes have not is left out.
    flags = {"note": bool(box.note), "root": box.is_root, "cuts": box.cuts, "stale": box.is_stale}
    return found | {name: 1 for name, is_set in flags.items() if is_set}


def _heat_data(box: Box, scale: Scale) -> dict[str, Any]:
    """Return the heat maps of an array: heading, rows of cells (fill, sign and the sign's colour), and the range."""
    if box.heat is None:
        return {}
    maps = [
        [panel.heading, [list(map(_cell_data, row)) for row in panel.cells], panel.lines]
        for panel in panels(box, scale)
    ]
    return {"heat": maps, "heatNote": box.heat.note}


def _cell_data(cell: Cell) -> list[str]:
    return [cell.fill, cell.mark, cell.ink] if cell.mark else [cell.fill]


def _fate(box: Box) -> str:
    return {Flow.CUT: "cut", Flow.ZERO: "zero", Flow.NEVER: "never"}.get(box.flow, "")


def _look_data(look: Look, box: Box, scale: Scale) -> list[Any]:
    """Return status, text of the gradient, its strength on the scale and from how many readers it has come."""
    if not look.is_computed:
        return ["waiting", NO_GRAD_YET, None, 0]
    if look.grad is None:
        return ["computed", box.missing_grad, None, 0]
    status = "complete" if look.is_complete else "partial"
    return [status, f"grad {look.grad}", round(scale.strength(look.grad.strongest), 3), look.received]


def _arrow_data(picture: Picture, arrow: Arrow, route: Route) -> dict[str, Any]:
    strength = None if arrow.share is None else round(picture.scale.strength(arrow.share.strongest), 3)
    return {
        "tail": number_of(arrow.tail),
        "head": number_of(arrow.head),
        "line": route.line,
        "point": [[round(x, 1), round(y, 1)] for x, y in route.head],
        "texts": [[round(x, 1), round(y, 1), text] for (x, y), text in zip(route.texts, arrow.texts, strict=True)],
        "before": len(arrow.pending().texts),  # how many of the texts are known once the values are
        "strength": strength,
        "width": round(picture.width(arrow), 2),
        "style": arrow.style,
        "cut": arrow.flow is Flow.CUT,
    }


# --- what stands in the boxes -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Text(Numbers):
    """Numbers that are written in another way."""

    text: str = ""

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class _Lines:
    """The box with the longest texts it ever holds, by which it is laid out; and its lines, with places for numbers."""

    widest: Box
    shown: list[str]

    @classmethod
    def of(cls, box: Box, looks: Iterable[Look], picture: Picture) -> _Lines:
        data = str(box.data)
        grad = max((str(look.grad) for look in looks if look.grad), key=len, default="")
        widest = _written(box, data, grad)
        missing = box.missing_grad
        if len(f"grad {grad}") <= len(missing):
            grad = " " * (len(missing) - len("grad "))
            widest = replace(box, grad=None, flow=box.flow if box.flow is Flow.NEVER else Flow.PENDING)
        # Signs of the same length, so that lines are broken alike.
        data_sign, grad_sign = DATA * len(data), GRAD * len(grad)
        # In the columns of a network boxes do not say how many values they hold.
        with_count = not (picture.is_network and box.key in picture.in_columns)
        lines = _written(box, data_sign, grad_sign).lines(with_count=with_count)
        return cls(widest, [line.replace(data_sign, DATA).replace(f"grad {grad_sign}", GRAD) for line in lines])


def _written(box: Box, data: str, grad: str) -> Box:
    return replace(box, data=_with_text(box.data, data), grad=_with_text(box.grad, grad))


def _with_text(numbers: Numbers | None, text: str) -> Numbers:
    shown = numbers or Numbers.of(0.0)
    return _Text(shown.low, shown.mean, shown.high, shown.count, text)


# --- places -----------------------------------------------------------------------------------------------------------


def _rounded(place: Place) -> list[float]:
    return [round(x, 1) for x in (place.x, place.y, place.width, place.height)]


def _bounds(places: Geometry) -> list[float]:
    """Return the left, the top, the width and the height of all."""
    every = [*places.places.values(), *(frame.place for frame in places.frames)]
    points = [point for route in places.routes for point in (*route.head, *route.texts)]
    xs = [x for place in every for x in (place.x - place.width / 2, place.x + place.width / 2)] + [x for x, _ in points]
    ys = [y for place in every for y in (place.y - place.height / 2, place.y + place.height / 2)]
    ys += [y for _, y in points]
    left, top = min(xs), min(ys)
    return [round(x, 1) for x in (left, top, max(xs) - left, max(ys) - top)]
