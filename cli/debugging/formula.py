"""`print` and `set` compute with the numbers of a graph: formulas over the names of its nodes, with no `eval`."""

from __future__ import annotations

import keyword
import re
from collections.abc import Callable
from typing import Any

import numpy as np

from micrograd_plus.cli.debugging.command import shown
from micrograd_plus.debugger import Debugger
from micrograd_plus.engine import Node
from micrograd_plus.expression import NUMBERS, Expression, ExpressionError
from micrograd_plus.ops import TABLE

_INDEX = r"\[\s*[+-]?\d+(?:\s*,\s*[+-]?\d+)*\s*\]"
# A name in quotes, a number of a node, or a path of names; then what of it is meant, and which entry.
_REFERENCE = re.compile(
    rf"""(?P<name> '[^']*' | "[^"]*" | \#\d+ | [^\W\d]\w*(?:\.[^\W\d]\w*)* )
         (?:\.(?P<part>data|grad)\b)? (?P<entry>{_INDEX})?""",
    re.VERBOSE,
)
_NUMBER = re.compile(r"(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][+-]?\d+)?")
_PARTS = ("data", "grad")


class Reference:
    """A node as it stands in a formula: `x`, `#12`, `layer1.neuron2.w1`, `x.grad`, `W[0,1]`, `'a name with blanks'`."""

    def __init__(self, debugger: Debugger, name: str, part: str | None = None, entry: str | None = None) -> None:
        self.debugger = debugger
        self.name = name[1:-1] if name[0] in "'\"" else name
        self.part = part or "data"
        try:
            self.node = debugger.node(self.name)
        except ValueError:
            rest, _, last = self.name.rpartition(".")
            if last not in _PARTS or not rest:
                raise
            self.node, self.name, self.part = debugger.node(rest), rest, last
        self.entry = tuple(int(k) for k in entry.strip("[ ]").split(",")) if entry else None

    @property
    def number(self) -> Any:
        """What the node holds now, as a float or an array; ValueError if it is not computed yet."""
        if self.part == "data":
            if not self.debugger.is_evaluated(self.node):
                raise ValueError(f"{self.name} is not evaluated yet: step, or until {self.name}")
            return entry_of(self.node.data, self.name, self.entry)
        if not self.node.has_grad:
            raise ValueError(f"{self.name} has no gradient yet: until {self.name}, or end")
        return entry_of(self.node.grad, self.name, self.entry)


def entry_of(data: Any, name: str, entry: tuple[int, ...] | None) -> Any:
    """Return one entry of what a node holds, or all of it; ValueError if there is no such entry."""
    if entry is None:
        return data
    if not np.ndim(data):
        raise ValueError(f"{name} is one number and has no entry {list(entry)}")
    try:
        found = np.asarray(data)[entry]
    except IndexError:
        raise ValueError(f"{name} has shape {np.shape(data)} and no entry {list(entry)}") from None
    if np.ndim(found):
        raise ValueError(f"{name} has shape {np.shape(data)}: an entry wants {np.ndim(data)} indices")
    return found


def reference(debugger: Debugger, text: str) -> Reference | None:
    """Return the node that a text stands for; None if it is a formula. ValueError for a name that is unknown."""
    text = text.strip()
    if text in debugger.names.values():  # also a label that is no name in a formula
        return Reference(debugger, f"'{text}'")
    match = _REFERENCE.fullmatch(text)
    if match is None or text in NUMBERS or text in TABLE:
        return None
    return Reference(debugger, match["name"], match["part"], match["entry"])


def node_in(debugger: Debugger, text: str) -> Node:
    """Return the node that a text stands for; ValueError if it is none."""
    found = reference(debugger, text)
    if found is None or found.entry or found.part == "grad":
        raise ValueError(f"wanted a node, got {shown(text)}")
    return found.node


def computed(debugger: Debugger, text: str) -> Any:
    """Return the number or array that a formula gives with what the nodes hold now; ValueError says what is wrong."""
    found: dict[str, Node] = {}
    identifiers: dict[str, str] = {}
    written, column_of = _with_identifiers(text, lambda match: _identifier(debugger, match, identifiers, found))
    try:
        expression = Expression(written)
    except ExpressionError as error:
        column = column_of(error.column)
        problem = str(error).partition(": ")[2]
        rest = text[column - 1 :].strip()
        raise ValueError(f"column {column}: {problem} (at {shown(rest) if rest else 'the end'})") from None
    if not expression.names:
        # Only numbers: they become what the graph holds.
        return debugger.root.leaf(expression().data).data
    return expression(**{name: found[name] for name in expression.names}).data


def _identifier(debugger: Debugger, match: re.Match[str], identifiers: dict[str, str], found: dict[str, Node]) -> str:
    """Return the identifier that stands for a reference, and note what it holds; other words stay as they are."""
    written = match[0]
    behind = match.string[match.end() :].lstrip()
    is_python = keyword.iskeyword(written) and written not in debugger.names.values()
    if written in NUMBERS or behind.startswith("(") or is_python or _is_parameter(match):
        return written
    if written in identifiers:
        return identifiers[written]
    identifier = re.sub(r"\W", "_", written)
    while identifier in found or identifier in TABLE or identifier in NUMBERS or keyword.iskeyword(identifier):
        identifier += "_"
    identifiers[written] = identifier
    found[identifier] = debugger.root.leaf(Reference(debugger, match["name"], match["part"], match["entry"]).number)
    return identifier


def _is_parameter(match: re.Match[str]) -> bool:
    """Tell whether `clip(x, min=0)` names a parameter here."""
    behind = match.string[match.end() :].lstrip()
    return behind.startswith("=") and not behind.startswith("==")


def _with_identifiers(text: str, identifier: Callable[[re.Match[str]], str]) -> tuple[str, Callable[[int], int]]:
    """Return a formula with an identifier for each reference, and what finds a column of it in `text` again."""
    pieces: list[str] = []
    starts: list[tuple[int, int]] = []  # of each piece: in the new text, in the old one
    place = length = 0
    match: re.Match[str] | None = None
    while place < len(text):
        before, match = match, _REFERENCE.match(text, place)
        number = _NUMBER.match(text, place)
        if match and before:  # `x#1` is two references side by side and not one identifier
            pieces[-1] += " "
            length += 1
        if match:
            piece, end = identifier(match), match.end()
        else:
            end = number.end() if number else place + 1
            piece = text[place:end]
        starts.append((length, place))
        pieces.append(piece)
        length += len(piece)
        place = end

    def column_of(column: int) -> int:
        new, old = max((start for start in starts if start[0] < column), default=(0, 0))
        return min(old + column - new, len(text) + 1)

    return "".join(pieces), column_of
