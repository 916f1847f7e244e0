"""An exercise on paper: the graph with its gradients left blank, and the answer key, where all stands in its place."""

from __future__ import annotations

import os
from dataclasses import dataclass, fields, replace
from itertools import zip_longest
from pathlib import Path
from typing import Any

import numpy as np

from micrograd_plus.arguments import described
from micrograd_plus.atomic_file import atomic_write, atomic_write_all
from micrograd_plus.engine import Node, graph
from micrograd_plus.explanation import is_bare_number
from micrograd_plus.naming import names_of
from micrograd_plus.notation import short, text
from micrograd_plus.recording import Recording
from micrograd_plus.texts import listed, one_line
from micrograd_plus.viz.figure import Sheet, image, pdf, room
from micrograd_plus.viz.geometry import Geometry, geometry
from micrograd_plus.viz.picture import Arrow, Box, Flow, Numbers, Picture
from micrograd_plus.viz.playback import film

FORMATS = (".pdf", ".svg", ".png")
MOST_VALUES = 40  # of more, no text on the sheet can be read
MOST_ENTRIES = 12  # of an array, each of which is asked for
BLANK, SHORT_BLANK = "________", "____"
_LONGEST_FORMULA = 90


def quiz_sheet(root: Node, path: str | os.PathLike[str]) -> list[Path]:
    """Write an exercise, to find the gradients of `root` by all nodes on paper, and its answers; return the files.

    In a .pdf the answers are the second page; beside an .svg or .png they are a file of their own, as
    `NAME-answers.svg`. Given are the data and the gradient of the root, which is 1. The graph keeps the gradients it
    has, and the same graph gives the same bytes. TypeError for what is no graph, ValueError for another format or for
    more than 40 values; other errors as for `viz.playback.film`, and OSError.

    >>> import tempfile
    >>> from micrograd_plus import Value
    >>> x, w = Value(2.0, label="x"), Value(-3.0, label="w")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     files = quiz_sheet((x * w).tanh(), f"{folder}/sheet.svg")
    >>> [file.name for file in files]
    ['sheet.svg', 'sheet-answers.svg']
    """
    path = Path(path)
    format = path.suffix.lower()
    if format not in FORMATS:
        raise ValueError(f"wanted a file name that ends in {listed(FORMATS, 'or')}, got {os.fspath(path)!r}")
    exercise, answers = sheets(root)
    if format == ".pdf":
        atomic_write(path, pdf([exercise, answers], exercise.title))
        return [path]
    files = [path, path.with_stem(f"{path.stem}-answers")]
    contents = [image(sheet, format.removeprefix(".")) for sheet in (exercise, answers)]
    atomic_write_all(dict(zip(files, contents, strict=True)))
    return files


def sheets(root: Node) -> tuple[Sheet, Sheet]:
    """Return the exercise and its answers."""
    if not isinstance(root, Node):
        raise TypeError(f"wanted a Value or a Tensor to make a sheet of, got {described(root)}")
    nodes = graph(root)
    if len(nodes) > MOST_VALUES:
        part = "make one of a node inside it, whose graph is smaller"
        raise ValueError(f"a sheet has room for {MOST_VALUES} values, the graph has {len(nodes):,}: {part}")
    if root.is_leaf:
        raise ValueError("there is no gradient to find: the root was computed from nothing")
    answers = _answers(root, nodes)
    exercise = _exercise(answers)
    places = _places(exercise, answers)
    name = one_line(names_of(root)[root])
    todo = (
        f"Begin at {name}, whose gradient is 1.",
        "Write the local derivatives beside the arrows, and into each box its gradient.",
    )
    given = _formula(root, name)
    return (
        Sheet(
            "Backpropagation: find every gradient",
            given + todo,
            exercise,
            places,
        ),
        Sheet("Backpropagation: answers", given, answers, places),
    )


def _formula(root: Node, name: str) -> tuple[str, ...]:
    """Return a line with the formula of the root, if it is short and no two nodes in it are called the same."""
    formula = " ".join(text(root).split())
    is_clear = all(
        called in (node.label, f"#{k}") or node is root for k, (node, called) in enumerate(names_of(root).items(), 1)
    )
    return (f"{name} = {formula}",) if is_clear and len(formula) <= _LONGEST_FORMULA else ()


# --- what stands in the boxes -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _SheetBox(Box):
    """A box that shows lines of its own; `asked` are those lines with blanks for what is to be found."""

    shown: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()

    def lines(self, *, with_count: bool = True) -> list[str]:
        return list(self.shown)


class _Blank(Numbers):
    """A number that is to be found."""

    __slots__ = ()

    def __str__(self) -> str:
        return SHORT_BLANK


def _answers(root: Node, nodes: list[Node]) -> Picture:
    """Return the picture after the backward pass; each box has a name that no other has."""
    picture = film(root, "node", "full").picture
    gradients, names = Recording(root).gradients, names_of(root)
    bare = {box.key for box, node in zip(picture.boxes, nodes, strict=True) if is_bare_number(node)}
    silent = bare | {box.key for box, gradient in zip(picture.boxes, gradients, strict=True) if gradient is None}
    boxes = [
        _without_grad(_sheet_box(box, [f"data {box.data}"]))
        if box.key in bare
        else _answer(replace(box, name=" ".join(names[node].split())), node.data, gradient)
        for box, node, gradient in zip(picture.boxes, nodes, gradients, strict=True)
    ]
    arrows = [replace(_unplayed(arrow), slope=None) if arrow.tail in silent else arrow for arrow in picture.arrows]
    # The frames of scopes would take more room than all boxes.
    return replace(picture, boxes=tuple(boxes), arrows=tuple(arrows), clusters=())


def _answer(box: Box, data: Any, gradient: Any) -> _SheetBox:
    """Return the box of a node with all that is known of it; the numbers of small arrays are written out."""
    heading, *_ = box.lines()
    if np.size(data) > MOST_ENTRIES:
        given = [heading, f"data {box.data}"]
        grad, blank = ([f"grad {box.grad}"], ["grad not asked for"]) if box.grad else ([], [])
    else:
        given = [heading, *_rows("data", data)]
        grad, blank = (
            ([], []) if gradient is None else (_rows("grad", gradient), _rows("grad", gradient, is_blank=True))
        )
    return _sheet_box(box, [*given, *grad, box.note], [*given, *(grad if box.is_root else blank)])


def _rows(word: str, x: Any, *, is_blank: bool = False) -> list[str]:
    """Return a number, or each row of an array, as a line that begins with a word."""
    if not np.shape(x):
        return [f"{word} {BLANK if is_blank else short(float(x))}"]
    rows = np.reshape(x, (-1, np.shape(x)[-1]))
    written = [", ".join(SHORT_BLANK if is_blank else short(float(number)) for number in row) for row in rows]
    return [f"{word} [{row}]" for row in written]


def _sheet_box(box: Box, shown: list[str], asked: list[str] | None = None) -> _SheetBox:
    values = {field.name: getattr(box, field.name) for field in fields(Box)} | {"heat": None}
    shown = [line for line in shown if line]
    return _SheetBox(**values, shown=tuple(shown), asked=tuple(shown if asked is None else asked))


def _exercise(answers: Picture) -> Picture:
    """Return the picture without all that is to be found."""
    boxes = [replace(_without_grad(box), shown=box.asked) for box in answers.boxes if isinstance(box, _SheetBox)]
    blank = _Blank(0.0, 0.0, 0.0)
    arrows = [
        replace(_unplayed(arrow), slope=blank if arrow.slope and arrow.slope.count == 1 else None)
        for arrow in answers.arrows
    ]
    return replace(answers, boxes=tuple(boxes), arrows=tuple(arrows))


def _without_grad(box: _SheetBox) -> _SheetBox:
    return replace(box, grad=None, flow=Flow.NEVER, cuts=False)


def _unplayed(arrow: Arrow) -> Arrow:
    return replace(arrow, share=None, flow=Flow.FLOWING)


def _places(exercise: Picture, answers: Picture) -> Geometry:
    """Return places that have room for both, with the arrows going to where the sheet has more room."""
    pairs = zip(exercise.boxes, answers.boxes, strict=True)
    widest = [
        _sheet_box(b, [max(pair, key=len) for pair in zip_longest(a.lines(), b.lines(), fillvalue="")])
        for a, b in pairs
    ]
    picture = replace(answers, boxes=tuple(widest))
    return max((geometry(picture, rankdir) for rankdir in ("LR", "TB")), key=lambda places: max(room(places)))
