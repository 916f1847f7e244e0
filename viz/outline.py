"""A graph as an indented tree, for terminals and docstrings: from the root down to what it was computed from."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from rich.cells import cell_len

from micrograd_plus.arguments import integer_at_least
from micrograd_plus.context import ScopePath
from micrograd_plus.engine import Node, operations
from micrograd_plus.naming import common_length, names_of
from micrograd_plus.texts import one_line
from micrograd_plus.viz.from_graph import known_flow, role_of, stale_nodes
from micrograd_plus.viz.picture import Flow, Numbers
from micrograd_plus.viz.wires import edges

MOST_LINES = 60
MOST_LEVELS = 20
_LONGEST_NAME = 24
_NOT_YET = "not yet"


class _Signs(NamedTuple):
    """What the tree is drawn with: before an input, before the last one, below them; and what slopes begin with."""

    branch: str
    last: str
    beside: str
    below: str
    times: str


_LINES = _Signs("├ ", "└ ", "│ ", "  ", "×")
_ASCII = _Signs("|-", "`-", "| ", "  ", "*")


def text(
    root: Node,
    *,
    lines: int = MOST_LINES,
    depth: int = MOST_LEVELS,
    only_ascii: bool = False,
    names: Mapping[Node, str] | None = None,
    order: Sequence[Node] = (),
    is_evaluated: Callable[[Node], bool] | None = None,
) -> str:
    """Return the graph of `root` as a tree with a line for each input of each operation.

    A line tells the node's name (out of `names`, by default `naming.names_of(root)`), operation, data, gradient, and
    the local derivative of the node above by it; of arrays their ranges. What several operations read is shown once,
    later it is "shown above". Of a large graph the `lines` nearest to the root are shown, at most `depth` levels below
    it, and how many are left out is said: "..." marks what has inputs that are not shown. `order` is that of
    `engine.operations(root)`, where it is known: walking large graphs takes most of the time. The data of nodes that
    are not evaluated, if `is_evaluated` says so, is not shown.

    >>> from micrograd_plus import Value
    >>> x, w = Value(2.0, label="x"), Value(-0.25, label="w")
    >>> y = (x * w).tanh() + x
    >>> y.backward()
    >>> print(text(y))
             operation       data    grad    local
    out      +              1.538       1
    ├ #4     tanh         -0.4621       1       ×1
    │ └ #3   *               -0.5  0.7864  ×0.7864
    │   ├ x  input              2  0.8034   ×-0.25
    │   └ w  input          -0.25   1.573       ×2
    └ x      shown above                        ×1
    """
    if not isinstance(root, Node):
        raise TypeError(f"wanted a Value or a Tensor to write as a tree, got {type(root).__name__}")
    lines, depth = integer_at_least(1, "lines", lines), integer_at_least(0, "depth", depth)
    signs = _ASCII if only_ascii else _LINES
    order = order or operations(root)
    tree = _Tree(root, order, lines, depth, signs, names_of(root) if names is None else names, is_evaluated)
    rows = list(tree.rows())
    every = 1 + sum(len(node.inputs) for node in order)
    written = _table(rows)
    if every > len(rows):
        written.append(f"... {every - len(rows):,} of {every:,} lines left out")
    shown = "\n".join(written)
    return shown.encode("ascii", "replace").decode() if only_ascii else shown


# --- rows -------------------------------------------------------------------------------------------------------------


class _Row(NamedTuple):
    tree: str
    operation: str = ""
    data: str = ""
    grad: str = ""
    slope: str = ""
    notes: str = ""


_HEADING = _Row("", "operation", "data", "grad", "local")
_TO_THE_RIGHT = {"data", "grad", "slope"}


class _Line(NamedTuple):
    """A node as an input of the one above it: what stands before its name, and before those of its own inputs."""

    node: Node
    before: str
    below: str
    level: int
    slope: Numbers | None
    reader: Node | None


class _Tree:
    def __init__(
        self,
        root: Node,
        order: Sequence[Node],
        lines: int,
        depth: int,
        signs: _Signs,
        names: Mapping[Node, str],
        is_evaluated: Callable[[Node], bool] | None,
    ) -> None:
        self.is_evaluated = is_evaluated or (lambda node: True)
        self.root = root
        self.depth = depth
        self.signs = signs
        self.names = names
        self.nearest = _nearest(root, lines)
        self.stale = stale_nodes(order)
        self.common = common_length({node.scope.path for node in order if node.scope.path})

    def rows(self) -> Iterator[_Row]:
        """Yield the row of each line, inputs after the node that reads them."""
        written: set[Node] = set()
        opened: set[Node] = set()
        waiting = [_Line(self.root, "", "", 0, None, None)]
        while waiting:
            line = waiting.pop()
            node = line.node
            can_open = node in self.nearest and node not in opened
            if node in written and not can_open:
                yield _Row(line.before + self._name(node), "shown above", slope=self._slope(line))
                continue
            written.add(node)
            is_opened = can_open and line.level < self.depth
            yield self._row(line, is_cut=not is_opened and not node.is_leaf)
            if is_opened:
                opened.add(node)
                waiting += reversed(self._inputs(line))

    def _inputs(self, line: _Line) -> list[_Line]:
        found = []
        last = len(line.node.inputs) - 1
        for k, (input, slope, _, _) in enumerate(edges(line.node)):
            before = line.below + (self.signs.last if k == last else self.signs.branch)
            below = line.below + (self.signs.below if k == last else self.signs.beside)
            numbers = None if slope is None or not self.is_evaluated(line.node) else Numbers.of(slope)
            found.append(_Line(input, before, below, line.level + 1, numbers, line.node))
        return found

    def _row(self, line: _Line, *, is_cut: bool) -> _Row:
        node = line.node
        shape = " x ".join(map(str, np.shape(node.data)))
        operation = one_line(node.symbol, _LONGEST_NAME) or str(role_of(node))
        return _Row(
            line.before + self._name(node),
            f"{operation} ({shape})" if shape else operation,
            str(Numbers.of(node.data)) if self.is_evaluated(node) else _NOT_YET,
            str(Numbers.of(node.grad)) if node.has_grad else _missing(node),
            self._slope(line),
            ", ".join(self._notes(line, is_cut)),
        )

    def _name(self, node: Node) -> str:
        return one_line(self.names[node], _LONGEST_NAME)

    def _slope(self, line: _Line) -> str:
        return f"{self.signs.times}{line.slope}" if line.slope else ""

    def _notes(self, line: _Line, is_cut: bool) -> Iterator[str]:
        node = line.node
        if node in self.stale:
            yield "stale"
        if {flow for *_, flow in edges(node)} == {Flow.CUT}:
            yield "lets no gradient through"
        if is_cut:
            yield "..."
        scope, source = (line.reader.scope.path, line.reader.source) if line.reader is not None else ((), None)
        if not node.is_leaf and node.scope.path not in ((), scope):
            yield one_line(f"in {self._scope(node.scope.path)}")
        if node.source and node.source != source:
            yield f"line {node.source[1]}"

    def _scope(self, path: ScopePath) -> str:
        return ".".join(path[self.common :]) or path[-1]


def _nearest(root: Node, lines: int) -> set[Node]:
    """Return the operations whose inputs fit into so many lines, the nearest to the root first."""
    found: set[Node] = set()
    waiting = deque([root])
    count = 1
    while waiting:
        node = waiting.popleft()
        if node in found or node.is_leaf:
            continue
        count += len(node.inputs)
        if count > lines:
            break
        found.add(node)
        waiting += node.inputs
    return found


def _missing(node: Node) -> str:
    return "none" if known_flow(node) is Flow.NEVER else _NOT_YET


# --- columns ----------------------------------------------------------------------------------------------------------


def _table(rows: list[_Row]) -> list[str]:
    rows = [_HEADING, *rows]
    widths = [max(cell_len(row[k]) for row in rows) for k in range(len(_HEADING))]
    return ["  ".join(_cell(row, k, widths[k]) for k in range(len(row))).rstrip() for row in rows]


def _cell(row: _Row, k: int, width: int) -> str:
    padding = " " * (width - cell_len(row[k]))
    return padding + row[k] if row._fields[k] in _TO_THE_RIGHT else row[k] + padding
