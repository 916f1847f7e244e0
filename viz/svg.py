"""A plain SVG of a picture without any Graphviz: straight arrows between the places that `layout` gives."""

from __future__ import annotations

import math
from collections.abc import Iterator
from html import escape

from micrograd_plus.viz import layout, legend
from micrograd_plus.viz.colour import CUT_FILL, INK, NAN_FILL, OUTLINE, PALE_INK
from micrograd_plus.viz.layout import Place
from micrograd_plus.viz.picture import Arrow, Box, Flow, Picture, Role, shortened

POINTS = 72.0  # in an inch
BORDER = 20.0
FOOT = 75.0  # height of the caption and the legend
SWATCH = 56.0


def svg_text(picture: Picture, rankdir: str = "LR") -> str:
    """Return the picture as the text of an SVG file."""
    in_inches = layout.places(picture, rankdir)
    frames = layout.frames(picture, in_inches) if picture.is_network else []
    places = {key: _in_points(place) for key, place in in_inches.items()}
    drawing = [
        *(_frame(heading, _in_points(place)) for heading, place in frames),
        *(_arrow(picture, arrow, places, rankdir) for arrow in picture.arrows),
        *(_box(picture, box, places[box.key]) for box in picture.boxes),
    ]
    every = [*places.values(), *(_in_points(place) for _, place in frames)]
    left = min(place.x - place.width / 2 for place in every) - BORDER
    right = max(place.x + place.width / 2 for place in every) + BORDER
    top = min(place.y - place.height / 2 for place in every) - BORDER
    bottom = max(place.y + place.height / 2 for place in every) + BORDER
    width, height = max(right - left, 5.5 * len(legend.words(picture))), bottom - top + FOOT
    beginning = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}pt" height="{height:.0f}pt" '
        f'viewBox="{left:.0f} {top:.0f} {width:.0f} {height:.0f}" font-family="Helvetica,Arial,sans-serif">'
    )
    background = f'<rect x="{left:.0f}" y="{top:.0f}" width="{width:.0f}" height="{height:.0f}" fill="white"/>'
    return "\n".join([beginning, background, *drawing, *_foot(picture, left + BORDER, bottom), "</svg>"]) + "\n"


def _in_points(place: Place) -> Place:
    """Return a place in points, y downwards."""
    return Place(POINTS * place.x, -POINTS * place.y, POINTS * place.width, POINTS * place.height)


# --- boxes ------------------------------------------------------------------------------------------------------------


def _frame(heading: str, place: Place) -> str:
    top = place.y - place.height / 2
    text = _text(place.x, top + POINTS * layout.HEADING / 2 + 4, shortened(heading), INK, size=13)
    return _outline(Role.GROUP, place, f'fill="none" stroke="{OUTLINE}"') + "\n" + text


def _box(picture: Picture, box: Box, place: Place) -> str:
    fill = picture.fill(box)
    ink = PALE_INK if fill == NAN_FILL else INK
    dashes = ' stroke-dasharray="5,3"' if box.flow is Flow.PENDING else ""
    look = f'fill="{fill}" stroke="{OUTLINE}" stroke-width="{3 if box.is_root else 1}"{dashes}'
    parts = [_outline(box.role, place, look)]
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
    lines = box.lines()
    first = place.y - POINTS * layout.LINE * (len(lines) - 1) / 2 + 4
    for k, line in enumerate(lines):
        parts.append(_text((left + right) / 2, first + k * POINTS * layout.LINE, line, ink))
    return "\n".join(["<g>", *parts, "</g>"])


def _outline(role: Role, place: Place, look: str) -> str:
    w, h = place.width / 2, place.height / 2
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


# --- arrows -----------------------------------------------------------------------------------------------------------


def _arrow(picture: Picture, arrow: Arrow, places: dict[str, Place], rankdir: str) -> str:
    tail, head = places[arrow.tail], places[arrow.head]
    if rankdir == "LR":
        x1, y1, x2, y2 = tail.x + tail.width / 2, tail.y, head.x - head.width / 2, head.y
    else:
        x1, y1, x2, y2 = tail.x, tail.y + tail.height / 2, head.x, head.y - head.height / 2
    colour = picture.line(arrow)
    dashes = {"solid": "", "dashed": "5,3", "dotted": "1,4"}[arrow.style]
    parts = [_line(x1, y1, x2, y2, colour, picture.width(arrow), dashes), _point(x1, y1, x2, y2, colour)]
    # Nearer to the head, where fewer arrows meet than at the tail.
    x, y = x1 + 0.65 * (x2 - x1), y1 + 0.65 * (y2 - y1) - 4
    parts += [_text(x, y + 10 * k, text, INK, size=9) for k, text in enumerate(arrow.texts)]
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
    yield _text(left, top + 56, legend.words(picture), INK, size=9, anchor="start")


def _text(x: float, y: float, text: str, colour: str, *, size: int = 11, anchor: str = "middle") -> str:
    look = f'text-anchor="{anchor}" font-size="{size}" fill="{colour}"'
    return f'<text x="{x:.1f}" y="{y:.1f}" {look}>{escape(text)}</text>'
