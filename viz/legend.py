"""What a picture's signs mean: the colour scale, and a line of words for the signs that this picture uses."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import chain

from micrograd_plus.notation import short
from micrograd_plus.viz.colour import NAN_FILL
from micrograd_plus.viz.heat import NEGATIVE, NOT_A_NUMBER
from micrograd_plus.viz.picture import MORE, Flow, Picture, Role

LONGEST_LINE = 120
_BETWEEN = "  |  "
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
    """Return the meanings of the signs that the picture uses, in one line."""
    return _BETWEEN.join(_words(picture))


def lines(picture: Picture) -> list[str]:
    """Return the words in lines that make no picture much wider."""
    found: list[str] = []
    for word in _words(picture):
        if found and len(found[-1] + _BETWEEN + word) <= LONGEST_LINE:
            found[-1] += _BETWEEN + word
        else:
            found.append(word)
    return found


def _words(picture: Picture) -> Iterator[str]:
    roles = {box.role for box in picture.boxes}
    yield from (text for role, text in _SHAPE_WORDS.items() if role in roles)
    if any(box.is_root for box in picture.boxes):
        yield "bold outline: root"
    if any(arrow.slope for arrow in picture.arrows):
        yield "× on an arrow: local derivative"
    texts = {text.split()[0] for arrow in picture.arrows for text in arrow.texts}
    if "adds" in texts:
        yield "adds: share of a gradient that is a sum"
    if "gives" in texts:
        yield "gives: gradient that it hands on"
    if any(box.times for box in picture.boxes):
        yield "× in a box: how many are alike"
    flows = {arrow.flow for arrow in picture.arrows}
    if any(arrow.share and arrow.share.strongest < 0 for arrow in picture.arrows):
        yield "dashed arrow: negative"
    if flows & {Flow.ZERO, Flow.CUT}:
        yield "dotted arrow: zero"
    if any(box.cuts for box in picture.boxes):
        yield "grey end: lets no gradient through"
    if any(box.heat for box in picture.boxes):
        yield "grey map: data, white positive, black negative, on each map's own scale"
        if any(x < 0.0 for box in picture.boxes if box.heat for row in box.heat.grad for x in row):
            yield f"{NEGATIVE} in a map: negative gradient"
        if any(math.isnan(x) for box in picture.boxes if box.heat for x in chain(*box.heat.data, *box.heat.grad)):
            yield f"{NOT_A_NUMBER} in a map: not a number"
    if any(box.flow is Flow.PENDING for box in picture.boxes):
        yield "dashed outline: gradient not computed yet"
    if any(box.is_stale for box in picture.boxes):
        yield "stale, struck corners: an input changed after it was computed"
    if NAN_FILL in map(picture.fill, picture.boxes) or NAN_FILL in map(picture.line, picture.arrows):
        yield "black: not a number"
    if Role.MORE in roles:
        yield f"{MORE}: there is more"
