"""Commands that show what nodes hold and where a walk stands; none of them changes anything."""

from __future__ import annotations

import linecache
from typing import Any

import numpy as np

from micrograd_plus.cli.debugging.command import (
    MOST_ROWS,
    NOT_YET,
    WIDTH,
    Command,
    Dialog,
    Words,
    clipped,
    cut_rows,
    nothing_in,
)
from micrograd_plus.cli.debugging.formula import computed, node_in, reference
from micrograd_plus.cli.debugging.positions import coming, place, position, standing
from micrograd_plus.cli.text_table import table
from micrograd_plus.debugger import Debugger
from micrograd_plus.engine import CONSTANT, PARAMETER, Node
from micrograd_plus.explanation import equation, number_or_range
from micrograd_plus.texts import counted

SOURCE_LINES = 3  # of a script, before and after the one that is meant

# --- print ------------------------------------------------------------------------------------------------------------


def _print(dialog: Dialog, text: str) -> str:
    debugger = dialog.session.debugger
    if not text:
        return _about(debugger, debugger.root)
    found = reference(debugger, text)
    if found and found.part == "grad" and not found.node.has_grad:
        return f"{text} = {NOT_YET}"
    if found is None or found.entry or found.part == "grad":
        number = in_digits(found.number if found else computed(debugger, text))
        return f"{text} =\n{number}" if "\n" in number else f"{text} = {number}"
    return _about(debugger, found.node)


def _about(debugger: Debugger, node: Node) -> str:
    """Return all there is to say of one node."""
    names = debugger.names
    made = f"{_role(node)}" if node.is_leaf else equation(node, names)
    shape = f" of shape {np.shape(node.data)}" if np.shape(node.data) else ""
    data = in_digits(node.data) if debugger.is_evaluated(node) else NOT_YET
    lines = [made if not node.is_leaf else f"{names[node]}: {made}{shape}"]
    lines.append(_aligned("data", data))
    lines.append(_aligned("grad", _gradient(debugger, node)))
    if scope := place(node):
        lines.append(_aligned("scope", scope))
    if source := source_of(node):
        lines.append(_aligned("source", f"{source[0]}, line {source[1]}"))
    return "\n".join(lines)


def _aligned(name: str, text: str) -> str:
    return f"  {name:<6}  " + text.replace("\n", "\n" + " " * 10)


def _gradient(debugger: Debugger, node: Node) -> str:
    if not node.has_grad:
        return NOT_YET
    return in_digits(node.grad) + ("" if debugger.is_complete(node) else " so far")


def _role(node: Node) -> str:
    return {PARAMETER: "a parameter", CONSTANT: "a constant"}.get(node.op, "an input")


def in_digits(x: Any) -> str:
    """Return a number in 6 digits, an array with its entries, of a large one some."""
    if np.ndim(x) == 0:
        return f"{float(x):.6g}"
    return np.array2string(np.asarray(x), precision=4, threshold=60, edgeitems=3, max_line_width=WIDTH - 12)


# --- where, params, source ----------------------------------------------------------------------------------------


def _where(dialog: Dialog, text: str) -> str:
    nothing_in(text, "where")
    debugger = dialog.session.debugger
    lines = [f"last: {standing(debugger)}"]
    if debugger.coming:
        lines.append(f"next: {coming(debugger)}")
    else:
        lines.append("next: nothing, the backward pass is done")
    if dialog.session.pinned:
        pinned = sorted(debugger.names[node] for node in dialog.session.pinned)
        lines.append(f"pinned: {', '.join(pinned[:MOST_ROWS])}")
    return "\n".join(lines)


def in_brief(dialog: Dialog, columns: int) -> str:
    """Return where the walk stands and what it works on in one line of so many columns."""
    session, debugger = dialog.session, dialog.session.debugger
    facts = [f"next: {coming(debugger)}" if debugger.coming else f"the end, {position(debugger)}"]
    facts.append(f"{debugger.names[debugger.root]} = {number_or_range(debugger.root.data)}")
    if session.lr is not None:
        facts.append(f"lr {session.lr:.4g}")
    if count := len(session.breakpoints):
        facts.append(counted(count, "breakpoint"))
    if count := len(session.pinned):
        facts.append(f"{count} pinned")
    return clipped(" | ".join(facts), columns)


def _params(dialog: Dialog, text: str) -> str:
    nothing_in(text, "params")
    params = dialog.session.params()
    if not params:
        return "there are no parameters: no leaf has a label"
    debugger = dialog.session.debugger
    rows = []
    for name, node in params[:MOST_ROWS]:
        shape = " x ".join(map(str, np.shape(node.data)))
        so_far = "" if not node.has_grad or debugger.is_complete(node) else "so far"
        gradient = number_or_range(node.grad) if node.has_grad else NOT_YET
        rows.append([name, shape, number_or_range(node.data), gradient, so_far])
    lines = table([["", "", "data", "grad", ""], *rows], "  rr")
    return "\n".join([*lines, *cut_rows(params, MOST_ROWS, "parameters")])


def _source(dialog: Dialog, text: str) -> str:
    debugger = dialog.session.debugger
    event = debugger.coming or debugger.last  # None where nothing is computed: the root is a leaf
    node = node_in(debugger, text) if text else event.node if event else debugger.root
    source = source_of(node)
    if source is None:
        return f"no line is known that made {debugger.names[node]}: lines are recorded for scripts"
    path, number = source
    lines = linecache.getlines(path)
    numbers = range(max(number - SOURCE_LINES, 1), min(number + SOURCE_LINES, len(lines)) + 1)
    code = [f"{'=>' if k == number else '':2} {k:>4}  {lines[k - 1].rstrip()}" for k in numbers]
    return "\n".join([f"{debugger.names[node]}: {path}, line {number}", *code])


def source_of(node: Node) -> tuple[str, int] | None:
    """Return file and line that made a node or, of one made by hand, where its rule begins."""
    rule = getattr(node.note and node.note.backward, "__code__", None)
    return (rule.co_filename, rule.co_firstlineno) if rule else node.source


COMMANDS = (
    Command(
        "print",
        _print,
        "Show a node, or what a formula gives: names, #12, x.data, x.grad, W[0,1], and the table's functions.",
        "print tanh(w * x) - #3.grad",
        usage="[FORMULA]",
        aliases=("p",),
        words=Words.FORMULA,
    ),
    Command(
        "where",
        _where,
        "Tell what was done last and what comes next.",
        "where",
        aliases=("bt", "backtrace"),
    ),
    Command("params", _params, "List the parameters with their gradients.", "params"),
    Command(
        "source",
        _source,
        "Show the line of the script that made NODE, or what comes next.",
        "source #4",
        usage="[NODE]",
        aliases=("src",),
        words=Words.NODES,
    ),
)
