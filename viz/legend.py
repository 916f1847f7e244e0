"""What a picture's signs mean: the colour scale, and a line of words for the signs that this picture uses."""

from __future__ import annotations

from collections.abc import Iterator

from micrograd_plus.notation import short
from micrograd_plus.viz.picture import Flow, Picture, Role

_SHAPE_WORDS = {
    Role.INPUT: "ellipse: input",
    Role.PARAMETER: "octagon: parameter",
    Role.CONSTANT: "folded corner: constant",
}


def swatches(picture: Picture) -> list[tuple[str, str]]:
    """Return colour and text of the steps of the scale; empty if no gradient has been computed."""
    if all(box.grad is None for box in picture.boxes):
        return []
    return [(picture.scale.fill(tick), short(tick)) for tick in picture.scale.ticks()]


def words(picture: Picture) -> str:
    """Return the meanings of shapes and lines in the picture, in one line."""
    return "  |  ".join(_words(picture))


def _words(picture: Picture) -> Iterator[str]:
    roles = {box.role for box in picture.boxes}
    yield from (text for role, text in _SHAPE_WORDS.items() if role in roles)
    yield "bold outline: root"
    if any(arrow.slope for arrow in picture.arrows):
        yield "×: local derivative"
    if any(arrow.adds and arrow.slope and arrow.share for arrow in picture.arrows):
        yield "adds: share of a gradient that is a sum"
    flows = {arrow.flow for arrow in picture.arrows}
    if any(arrow.share and arrow.share.strongest < 0 for arrow in picture.arrows):
        yield "dashed arrow: negative"
    if flows & {Flow.ZERO, Flow.CUT}:
        yield "dotted arrow: zero"
    if any(box.cuts for box in picture.boxes):
        yield "grey end: lets no gradient through"
    if any(box.flow is Flow.PENDING for box in picture.boxes):
        yield "dashed outline: gradient not computed yet"
