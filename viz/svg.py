"""A plain SVG of a picture without any Graphviz: straight arrows between the places that `layout` gives."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from html import escape

from micrograd_plus.texts import shortened
from micrograd_plus.viz import layout, legend
from micrograd_plus.viz.colour import CUT_FILL, INK, NAN_FILL, OUTLINE, PALE_INK
from micrograd_plus.viz.heat import Cell, Panel, panels, remarks, title
from micrograd_plus.viz.layout import POINTS, Frame, Place
from micrograd_plus.viz.picture import Arrow, Box, Flow, Picture, Role
from micrograd_plus.viz.straight import Straight, frame_in_points, in_points, straight_arrows

BORDER = 20.0
FOOT = 65.0  # height of the caption and the scale, below which are the legend's words
FOOT_LINE = 12.0
SWATCH = 56.0
_LINE = POINTS * layout.LINE


def svg_text(picture: Picture, rankdir: str = "LR") -> str:
    """Return the picture as the text of an SVG file."""
    in_inches = layout.places(picture, rankdir)
    frames = layout.frames(picture, in_inches, rankdir) if picture.is_network else []
    frames = [frame_in_points(frame) for frame in frames]
    places = {key: in_points(place) for key, place in in_inches.items()}
    lines = straight_arrows(picture.arrows, places, rankdir)
    drawing = [
        *map(_frame, frames),
        *(_arrow(picture, arrow, line) for arrow, line in zip(picture.arrows, lines, strict=True)),
        *(_box(picture, box, places[box.key]) for box in picture.boxes),
    ]
    every = [*places.values(), *(frame.place for frame in frames)]
    left = min(place.x - place.width / 2 for place in every) - BORDER
    right = max(place.x + place.width / 2 for place in every) + BORDER
    top = min(place.y - place.height / 2 for place in every) - BORDER
    bottom = max(place.y + place.height / 2 for place in every) + BORDER
    words = legend.lines(picture)
    width = max(right - left, 5.0 * max(map(len, words), default=0))
    height = bottom - top + FOOT + FOOT_LINE * len(words)
    beginning = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}pt" height="{height:.0f}pt" '
        f'viewBox="{left:.0f} {top:.0f} {width:.0f} {height:.0f}" font-family="Helvetica,Arial,sans-serif">'
    )
    background = f'<rect x="{left:.0f}" y="{top:.0f}" width="{width:.0f}" height="{height:.0f}" fill="white"/>'
    return "\n".join([beginning, background, *drawing, *_foot(picture, left + BORDER, bottom), "</svg>"]) + "\n"


# --- boxes ------------------------------------------------------------------------------------------------------------


def _frame(frame: Frame) -> str:
    text = _text(frame.room.x, frame.room.y + 4, shortened(frame.heading), INK, size=13)
    return _outline(Role.GROUP, frame.place, f'fill="none" stroke="{OUTLINE}"') + "\n" + text


def _box(picture: Picture, box: Box, place: Place) -> str:
    fill = picture.fill(box)
    ink = PALE_INK if fill == NAN_FILL else INK
    dashes = ' stroke-dasharray="5,3"' if box.flow is Flow.PENDING else ""
    look = f'fill="{fill}" stroke="{OUTLINE}" stroke-width="{3 if box.is_root else 1}"{dashes}'
    parts = _struck(place, look) if box.is_stale else [_outline(box.role, place, look)]
    left, right = place.x - place.width / 2, place.x + place.width / 2
    top, bottom = place.y - place.height / 2, place.y + place.height / 2
    if box.cuts:
        size = f'x="{left + 2:.1f}" y="{top + 4:.1f}" width="6" height="{place.height - 8:.1f}"'
        parts.append(f'<rect {size} fill="{CUT_FILL}"/>')
    if box.symbol:
        symbol = shortened(box.symbol)
        edge = left + POINTS * layout.CHARACTER * (len(symbol) + 2)
        parts += [_line(edge, top, edge, bottom), _text((left + edge) / 2, place.y + 4, symbol, ink)]
        left = edge
    x = (left + right) / 2
    parts += _heat(picture, box, x, place.y) if box.heat else _column(box.lines(), x, place.y, ink)
    return "\n".join(["<g>", *parts, "</g>"])


def _column(lines: Sequence[str], x: float, y: float, ink: str = INK) -> list[str]:
    """Return lines of text around a point."""
    first = y - _LINE * (len(lines) - 1) / 2 + 4
    return [_text(x, first + k * _LINE, line, ink) for k, line in enumerate(lines)]


def _struck(place: Place, look: str) -> list[str]:
    """Return the outline of what is out of date: a rectangle with its corners struck off."""
    w, h, c = place.width / 2, place.height / 2, 8.0
    size = f'x="{place.x - w:.1f}" y="{place.y - h:.1f}" width="{2 * w:.1f}" height="{2 * h:.1f}"'
    corners = [(sx, sy) for sx in (-1, 1) for sy in (-1, 1)]
    return [f"<rect {size} {look}/>"] + [
        _line(place.x + sx * w, place.y + sy * (h - c), place.x + sx * (w - c), place.y + sy * h) for sx, sy in corners
    ]


def _outline(role: Role, place: Place, look: str) -> str:
    w, h = place.width / 2, place.height / 2
    if role is Role.MORE:
        return ""
    if role is Role.INPUT:
        return f'<ellipse cx="{place.x:.1f}" cy="{place.y:.1f}" rx="{w:.1f}" ry="{h:.1f}" {look}/>'
    if role in (Role.PARAMETER, Role.CONSTANT):
        # An octagon, or a sheet with one corner folded.
        c = h / 2
        corners = [(w - c, -h), (w, -h + c)]
        if role is Role.PARAMETER:
            corners += [(w, h - c), (w - c, h), (-w + c, h), (-w, h - c), (-w, -h + c), (-w + c, -h)]
        else:
            corners += [(w, h), (-w, h), (-w, -h)]
        points = " ".join(f"{place.x + x:.1f},{place.y + y:.1f}" for x, y in corners)
        return f'<polygon points="{points}" {look}/>'
    size = f'x="{place.x - w:.1f}" y="{place.y - h:.1f}" width="{2 * w:.1f}" height="{2 * h:.1f}"'
    return f'<rect {size} rx="8" {look}/>'


# --- heat maps --------------------------------------------------------------------------------------------------------


def _heat(picture: Picture, box: Box, x: float, y: float) -> Iterator[str]:
    """Yield what stands in the box of an array around a point: title, headings, maps, numbers, remarks."""
    found = panels(box, picture.scale)
    y -= POINTS * layout.heat_size(box)[1] / 2
    yield _text(x, y + _LINE / 2 + 4, title(box), INK)
    deepest = POINTS * layout.map_height(found)
    widths = [POINTS * layout.column_width(panel) for panel in found]
    left = x - (sum(widths) + POINTS * layout.GAP * (len(found) - 1)) / 2
    for panel, width in zip(found, widths, strict=True):
        centre = left + width / 2
        yield _text(centre, y + 1.5 * _LINE + 4, panel.heading, INK)
        yield from _map(panel, centre, y + 2 * _LINE + deepest / 2)
        below = y + (2 + len(panel.lines) / 2) * _LINE + deepest
        yield from _column(panel.lines, centre, below)
        left += width + POINTS * layout.GAP
    lowest = y + POINTS * layout.heat_size(box)[1] - len(remarks(box)) * _LINE / 2
    yield from _column(remarks(box), x, lowest)


def _map(panel: Panel, x: float, y: float) -> Iterator[str]:
    """Yield a heat map around a point."""
    if not panel.cells:
        return
    (width, height), (across, down) = panel.size, panel.cell_size
    left, top = x - width / 2, y - height / 2
    for i, row in enumerate(panel.cells):
        for j, cell in enumerate(row):
            yield from _cell(cell, left + j * across, top + i * down, across, down)
    size = f'x="{left:.1f}" y="{top:.1f}" width="{width}" height="{height}"'
    yield f'<rect {size} fill="none" stroke="{OUTLINE}"/>'


def _cell(cell: Cell, x: float, y: float, width: int, height: int) -> Iterator[str]:
    yield f'<rect x="{x:.1f}" y="{y:.1f}" width="{width}" height="{height}" fill="{cell.fill}"/>'
    if cell.mark:
        yield _text(x + width / 2, y + height / 2 + 3, cell.mark, cell.ink, size=width - 2)


# --- arrows -----------------------------------------------------------------------------------------------------------


def _arrow(picture: Picture, arrow: Arrow, line: Straight) -> str:
    (x1, y1), (x2, y2) = line.start, line.end
    colour = picture.line(arrow)
    dashes = {"solid": "", "dashed": "5,3", "dotted": "1,4"}[arrow.style]
    parts = [_line(x1, y1, x2, y2, colour, picture.width(arrow), dashes), _point(x1, y1, x2, y2, colour)]
    parts += [_text(x, y, text, INK, size=9) for (x, y), text in zip(line.texts, arrow.texts, strict=True)]
    return "\n".join(parts)


def _line(
    x1: float, y1: float, x2: float, y2: float, colour: str = OUTLINE, width: float = 1.0, dashes: str = ""
) -> str:
    dash = f' stroke-dasharray="{dashes}"' if dashes else ""
    ends = f'x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"'
    return f'<line {ends} stroke="{colour}" stroke-width="{width:.2f}"{dash}/>'


def _point(x1: float, y1: float, x2: float, y2: float, colour: str) -> str:
    """Return the head of an arrow, a triangle of 7 points' length."""
    angle = math.atan2(y2 - y1, x2 - x1)
    corners = [(x2, y2)] + [(x2 - 7 * math.cos(angle + turn), y2 - 7 * math.sin(angle + turn)) for turn in (0.4, -0.4)]
    return f'<polygon points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in corners)}" fill="{colour}"/>'


# --- text -------------------------------------------------------------------------------------------------------------


def _foot(picture: Picture, left: float, top: float) -> Iterator[str]:
    yield _text(left, top + 8, picture.caption, INK, anchor="start")
    for k, (colour, text) in enumerate(legend.swatches(picture)):
        x = left + k * SWATCH
        yield f'<rect x="{x:.1f}" y="{top + 18:.1f}" width="{SWATCH}" height="18" fill="{colour}"/>'
        yield _text(x + SWATCH / 2, top + 31, text, INK)
    for k, line in enumerate(legend.lines(picture)):
        yield _text(left, top + 56 + FOOT_LINE * k, line, INK, size=9, anchor="start")


def _text(x: float, y: float, text: str, colour: str, *, size: int = 11, anchor: str = "middle") -> str:
    look = f'text-anchor="{anchor}" font-size="{size}" fill="{colour}"'
    return f'<text x="{x:.1f}" y="{y:.1f}" {look}>{escape(text)}</text>'
