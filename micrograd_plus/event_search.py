"""Events found by what a user writes: a node, an operation, a scope, a condition; all events are searched at once."""

from __future__ import annotations

import operator
import re
from array import array
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from micrograd_plus.activation_kinds import flat_slope
from micrograd_plus.arguments import described
from micrograd_plus.context import ScopePath
from micrograd_plus.debugger import Debugger
from micrograd_plus.engine import Node
from micrograd_plus.suggestions import did_you_mean

Hits = NDArray[np.bool_]  # one for each event: whether it is meant
Find = Callable[[Debugger], Hits]

_COMPARISON = re.compile(r"(grad|abs\(\s*grad\s*\))\s*(<=|>=|<|>)\s*(\S+)")
_COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


# --- from text to a search --------------------------------------------------------------------------------------------


def finder(debugger: Debugger, text: str) -> Find:
    """Return what finds the events that `text` means, see `Breakpoints.add`."""
    if not isinstance(text, str):
        raise TypeError(f"wanted a breakpoint as text, got {described(text)}")
    place, found, condition = (part.strip() for part in f" {text} ".partition(" if "))
    if not found:
        return _place(debugger, place)
    meets = _comparison(condition)
    if meets is None:
        raise ValueError(f"wanted a condition such as grad > 10 after if, got {condition!r}")
    at_place = _place(debugger, place)
    return lambda debugger: at_place(debugger) & meets(debugger)


def _place(debugger: Debugger, text: str) -> Find:
    if not text:
        raise ValueError("a breakpoint wants a node, op:NAME, a scope, grad > NUMBER, nan, saturated or dead")
    if comparison := _comparison(text):
        return comparison
    if text in WORDS:
        return WORDS[text]
    if text.startswith("op:"):
        return _operation(debugger, text[3:].strip())
    try:
        node = debugger.node(text)
    except ValueError:
        return _scope(debugger, text)
    return lambda debugger: _touches(debugger, node)


def _comparison(text: str) -> Find | None:
    match = _COMPARISON.fullmatch(text)
    if not match:
        return None
    what, sign, written = match.groups()
    try:
        number = float(written)
    except ValueError:
        raise ValueError(f"wanted a number after {sign}, got {written!r}") from None
    size = np.abs if what != "grad" else np.asarray
    compare = _COMPARE[sign]
    return lambda debugger: _behind(debugger, _of_each(debugger.recording.total, lambda x: compare(size(x), number)))


def _operation(debugger: Debugger, name: str) -> Find:
    known = {called for op in {node.op for node in debugger.operations} for called in (op.symbol, op.name)}
    known |= {node.symbol for node in debugger.operations if node.note}  # those made by hand
    if name not in known:
        raise ValueError(f"no operation {name!r} in this graph{did_you_mean(name, known)}")
    rows = {op for op in {node.op for node in debugger.operations} if name in (op.symbol, op.name)}
    meant = {node for node in debugger.operations if node.op in rows or (node.note and node.symbol == name)}
    return lambda debugger: _entered(debugger, meant.__contains__, same_node=True)


def _scope(debugger: Debugger, text: str) -> Find:
    wanted = tuple(text.split("/"))
    paths = {node.scope.path for node in debugger.operations}
    if not any(_holds(path, wanted) for path in paths):
        known = {"/".join(path[k:end]) for path in paths for end in range(len(path) + 1) for k in range(end)}
        close = did_you_mean(text, [*WORDS, *known, *debugger.names.values()])
        raise ValueError(f"no node or scope {text!r}{close}")
    inside = {path: _holds(path, wanted) for path in paths}
    return lambda debugger: _entered(debugger, lambda node: inside[node.scope.path], same_node=False)


def _holds(path: ScopePath, part: ScopePath) -> bool:
    return any(path[k : k + len(part)] == part for k in range(len(path)))


# --- searches over all events: first the evaluations, then the steps --------------------------------------------------


def _column(numbers: Any) -> NDArray[Any]:
    return np.frombuffer(numbers, dtype=np.int32) if len(numbers) else np.empty(0, np.int32)


def _of_each(column: Any, test: Callable[..., Any], *limits: NDArray[Any]) -> Hits:
    """Return for each step whether `test` holds of a number in its column, of any entry if these are arrays.

    With `limits`, one for each step, `test` gets the number and its limit.
    """
    if isinstance(column, list):
        return np.array([np.any(test(*each)) for each in zip(column, *limits, strict=True)], dtype=bool)
    return np.asarray(test(np.frombuffer(column), *limits) if len(column) else np.empty(0, bool))


def _behind(debugger: Debugger, steps: Hits, evaluations: Hits | None = None) -> Hits:
    """Return hits among all events from those among the steps and, if any, among the evaluations."""
    before = np.zeros(debugger.start, bool) if evaluations is None else evaluations
    return np.concatenate([before, steps])


def _readers(debugger: Debugger) -> NDArray[Any]:
    return _column(debugger.recording.reader)


def _touches(debugger: Debugger, node: Node) -> Hits:
    evaluations = np.array([operation is node for operation in debugger.operations], dtype=bool)
    reached = _column(debugger.recording.input) == debugger.recording.position[node]
    return _behind(debugger, reached, evaluations)


def changes_of(node: Node) -> Find:
    """Return what finds the steps that change a node's gradient."""

    def find(debugger: Debugger) -> Hits:
        recording = debugger.recording
        hits = np.zeros(len(debugger), bool)
        for step in np.flatnonzero(_column(recording.input) == recording.position[node]).tolist():
            before, total = recording.before[step], recording.total[step]
            hits[debugger.start + step] = not recording.has_before[step] or not np.array_equal(before, total)
        return hits

    return find


def _entered(debugger: Debugger, is_inside: Callable[[Node], bool], *, same_node: bool) -> Hits:
    """Return the first events of each run inside: of a node by itself, or of all nodes inside that follow each other.

    An event is inside if the node is that it evaluates, or whose gradient it passes on.
    """
    recording = debugger.recording
    computed = list(map(recording.position.__getitem__, debugger.operations))
    inside = np.zeros(len(recording.nodes), dtype=bool)
    inside[computed] = list(map(is_inside, debugger.operations))
    acting = np.concatenate([computed, _readers(debugger)])
    hits: Hits = inside[acting]
    goes_on = acting[1:] == acting[:-1] if same_node else hits[:-1].copy()
    goes_on[debugger.start - 1 : debugger.start] = False  # the backward pass begins anew
    hits[1:] &= ~goes_on
    return hits


def _not_finite(debugger: Debugger) -> Hits:
    data: Any = [node._data for node in debugger.operations]
    if not isinstance(debugger.recording.total, list):
        data = array("d", data)
    return _behind(debugger, _of_each(debugger.recording.total, _is_not_finite), _of_each(data, _is_not_finite))


def _is_not_finite(x: Any) -> Any:
    return ~np.isfinite(x)


def _saturated(debugger: Debugger) -> Hits:
    flat = {op: flat_slope(op) for op in {node.op for node in debugger.operations}}
    limits = _of_readers(debugger, lambda node: flat.get(node.op, 0.0))
    return _behind(debugger, _of_each(debugger.recording.slope, lambda slope, limit: np.abs(slope) < limit, limits))


def _dead(debugger: Debugger) -> Hits:
    recording = debugger.recording
    steps = np.flatnonzero(_of_readers(debugger, lambda node: node.op.selects))
    hits = np.zeros(len(debugger), bool)
    if len(steps):
        readers = _readers(debugger)[steps]
        first = np.flatnonzero(np.diff(readers, prepend=-1))  # of the steps of one node
        passes = _of_each(recording.share, lambda share: share != 0.0)[steps]
        wanted = [bool(np.any(recording.gradients[reader])) for reader in readers[first].tolist()]
        hits[debugger.start + steps[first]] = ~np.logical_or.reduceat(passes, first) & wanted
    return hits


def _of_readers(debugger: Debugger, fact: Callable[[Node], float]) -> NDArray[Any]:
    """Return for each step a fact on the node that passes its gradient on."""
    of_nodes = np.array([fact(node) for node in debugger.recording.nodes])
    return np.asarray(of_nodes[_readers(debugger)])


# What a breakpoint may be called beside nodes, operations, scopes and gradients.
WORDS: dict[str, Find] = {"nan": _not_finite, "saturated": _saturated, "dead": _dead}
