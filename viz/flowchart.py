"""Picture to Mermaid text, the diagrams that Markdown pages draw themselves."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from micrograd_plus.engine import Node
from micrograd_plus.notation import short
from micrograd_plus.texts import shortened
from micrograd_plus.viz import legend
from micrograd_plus.viz.colour import CUT_FILL, INK, NAN_FILL, OUTLINE, PALE_INK
from micrograd_plus.viz.drawing import draw
from micrograd_plus.viz.picture import Arrow, Box, Flow, Picture, Role

MOST_ARROWS = 100

_SHAPES = {
    Role.INPUT: "([{}])",
    Role.PARAMETER: "{{{{{}}}}}",
    Role.CONSTANT: "[/{}/]",
    Role.OPERATION: "[{}]",
    Role.GROUP: "({})",
    Role.MORE: "(({}))",
}
_DASHES = {"solid": "", "dashed": ",stroke-dasharray:5 3", "dotted": ",stroke-dasharray:2 3"}
_FRAME = f"fill:#ffffff,stroke:{OUTLINE},color:{INK}"
_HEADS = {True: "--x", False: "-->"}


def mermaid(root: Node, detail: str = "auto", rankdir: str = "LR", **view: Any) -> str:
    """Return the drawing `draw(root, detail, rankdir, **view)` as the text of a Mermaid flowchart.

    Mermaid has no place for the arrows between the neurons of a network: "auto" draws layers where there are over 100.

    >>> from micrograd_plus import Value
    >>> x = Value(3.0, label="x")
    >>> y = x + x
    >>> y.backward()
    >>> print("\\n".join(mermaid(y).splitlines()[:5]))
    flowchart LR
        n0(["x<br>data 3<br>grad 2"])
        n1["+<br>data 6<br>grad 1"]
        n0 -->|"×1<br>adds 1"| n1
        n0 -->|"×1<br>adds 1"| n1
    """
    drawing = draw(root, detail, rankdir, **view)
    if detail == "auto" and drawing.picture.is_collapsed and len(drawing.picture.arrows) > MOST_ARROWS:
        drawing = draw(root, "layer", rankdir, **view)
    return mermaid_text(drawing.picture, drawing.rankdir)


def mermaid_text(picture: Picture, rankdir: str = "LR") -> str:
    """Return the picture as a Mermaid flowchart that flows from left to right ("LR") or from top to bottom ("TB")."""
    statements = [*_boxes(picture), *_arrows(picture), *_legend(picture), *_styles(picture)]
    return "\n".join([f"flowchart {rankdir}", *(f"    {line}" for line in statements)]) + "\n"


# --- boxes and arrows -------------------------------------------------------------------------------------------------


def _boxes(picture: Picture) -> Iterator[str]:
    """Yield the boxes, those of a scope inside its frame, frames one inside the other as the scopes are."""
    boxes = {box.key: box for box in picture.boxes}
    framed = {key for cluster in picture.clusters for key in cluster.keys}
    yield from (_box(box) for box in picture.boxes if box.key not in framed)
    opened: tuple[str, ...] = ()
    for number, (_, path, keys) in enumerate(picture.scopes()):
        while opened != path[: len(opened)]:
            opened = opened[:-1]
            yield "end"
        opened = path
        yield f"subgraph s{number}[{_quoted([shortened(path[-1])])}]"
        yield f"style s{number} {_FRAME}"
        yield from (_box(boxes[key]) for key in keys)
    yield from ["end"] * len(opened)


def _box(box: Box) -> str:
    label = _quoted([line for line in (shortened(box.symbol), *box.lines()) if line])
    return box.key + _SHAPES[box.role].format(label)


def _arrows(picture: Picture) -> Iterator[str]:
    for arrow in picture.arrows:
        label = f"|{_quoted(arrow.texts)}|" if arrow.texts else ""
        yield f"{arrow.tail} {_HEADS[arrow.flow is Flow.CUT]}{label} {arrow.head}"


# --- colours ----------------------------------------------------------------------------------------------------------


def _legend(picture: Picture) -> Iterator[str]:
    """Yield a box behind the root, where no arrow is, that says what the colours mean and what was folded."""
    lines = [picture.caption] if picture.caption else []
    if legend.swatches(picture):
        lines += ["blue: gradient > 0", "orange: < 0", f"strongest: ± {short(picture.scale.limit)}", "pale: near 0"]
    if lines:
        yield f"legend[{_quoted(lines)}]"
        yield f"style legend {_FRAME}"
        yield from (f"{box.key} ~~~ legend" for box in picture.boxes if box.is_root)


def _styles(picture: Picture) -> Iterator[str]:
    """Yield a class for each look that boxes have, and the looks of arrows."""
    looks: dict[str, list[str]] = defaultdict(list)
    for box in picture.boxes:
        looks[_look(picture, box)].append(box.key)
    for k, (look, keys) in enumerate(looks.items()):
        yield f"classDef c{k} {look}"
        yield f"class {','.join(keys)} c{k}"
    lines: dict[str, list[int]] = defaultdict(list)
    for k, arrow in enumerate(picture.arrows):
        lines[_line(picture, arrow)].append(k)
    for look, numbers in lines.items():
        yield f"linkStyle {','.join(map(str, numbers))} {look}"


def _look(picture: Picture, box: Box) -> str:
    fill = picture.fill(box)
    ink = PALE_INK if fill == NAN_FILL else INK
    outline = f"stroke:{INK},stroke-width:3px" if box.is_root else f"stroke:{CUT_FILL if box.cuts else OUTLINE}"
    dashes = ",stroke-dasharray:5 3" if box.flow is Flow.PENDING else ""
    return f"fill:{fill},{outline},color:{ink}{dashes}"


def _line(picture: Picture, arrow: Arrow) -> str:
    width = max(picture.width(arrow), 1.0)
    return f"stroke:{picture.line(arrow)},stroke-width:{width:.2f}px{_DASHES[arrow.style]}"


# --- text -------------------------------------------------------------------------------------------------------------


def _quoted(lines: Iterable[str]) -> str:
    """Return lines as a label in quotes."""
    return '"' + "<br>".join(_escaped(part) for line in lines for part in line.split("\n")) + '"'


def _escaped(text: str) -> str:
    """Return text with all signs that may mean something to Mermaid or to HTML written by their numbers."""
    text = text.replace("\\n", "\\\u2060n")  # which Mermaid takes for the end of a line, whatever it is written as
    return "".join(c if c.isalnum() or c in " .,:×±-+/=_()" else f"#{ord(c)};" for c in text)
