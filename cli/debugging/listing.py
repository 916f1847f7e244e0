"""Commands that show several steps at once: those around here, and what the last of them changed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from micrograd_plus.cli.debugging.changing import described_change
from micrograd_plus.cli.debugging.command import MOST_ROWS, NOT_YET, Command, Dialog, nothing_in
from micrograd_plus.cli.debugging.positions import place_in
from micrograd_plus.cli.text_table import table
from micrograd_plus.debugger import Contribution, Debugger
from micrograd_plus.engine import Node
from micrograd_plus.explanation import equation, is_bare_number, number_or_range
from micrograd_plus.gradient_sum import cut

AROUND = 5  # events before and after the present position
LONGEST_NAME = 20


def _list(dialog: Dialog, text: str) -> str:
    debugger = dialog.session.debugger
    middle = place_in(debugger, text, "list") if text else debugger.at
    is_forward = middle < debugger.start
    first, end = (0, debugger.start) if is_forward else (debugger.start, len(debugger))
    numbers = range(max(middle - AROUND, first), min(middle + AROUND + 1, end))
    rows = list(_listed(debugger, numbers))
    heading = ["", "", "computes", "data"] if is_forward else ["", "", "from", "to", "local", "share", "gradient"]
    lines = table([heading, *rows], " r r" if is_forward else " r  rrr")
    before, after = numbers.start - first, end - numbers.stop
    if before:
        lines.insert(1, f"    ... {before:,} before")
    if after:
        lines.append(f"    ... {after:,} after")
    if debugger.at == len(debugger):
        lines.append("=> the end")
    return "\n".join(lines)


def _listed(debugger: Debugger, numbers: range) -> Iterator[list[str]]:
    for number in numbers:
        event = debugger.event(number)
        is_done = number < debugger.at
        mark = "=>" if number == debugger.at else ""
        if not isinstance(event, Contribution):
            data = number_or_range(event.node.data) if is_done else NOT_YET
            yield [mark, f"f{number + 1}", cut(equation(event.node, debugger.names), 44), data]
            continue
        slope = "" if event.slope is None else number_or_range(event.slope)
        share, total = (number_or_range(event.share), number_or_range(event.total)) if is_done else ("", "")
        reader = _named(debugger, event.node)
        yield [mark, f"{number - debugger.start + 1}", reader, _named(debugger, event.input), slope, share, total]


def _named(debugger: Debugger, node: Node) -> str:
    name = cut(debugger.names[node], LONGEST_NAME)
    if is_bare_number(node):
        return f"{name} ({number_or_range(node.data)})"
    return name if node.is_leaf else f"{name} {cut(node.symbol, 10)}"


def _diff(dialog: Dialog, text: str) -> str:
    nothing_in(text, "diff")
    debugger = dialog.session.debugger
    if dialog.change is not None:
        return described_change(dialog, dialog.change)
    if debugger.at == dialog.moved_from:
        return "the last move changed nothing"
    first, last = sorted((dialog.moved_from, debugger.at))
    evaluated = debugger.operations[first:last]
    is_seeded = first < debugger.start <= last
    reached = _reached_between(debugger, first, last)
    rows = [[debugger.names[node], None, node.data] for node in evaluated[:MOST_ROWS]]
    if is_seeded:
        rows.append([_derivative(debugger, debugger.root), None, debugger.recording.gradients[-1]])
    for place in reached[:MOST_ROWS]:
        node = debugger.recording.nodes[place]
        rows.append([_derivative(debugger, node), *_gradient_between(debugger, place, first, last)])
    if dialog.moved_from > debugger.at:
        rows = [[name, after, before] for name, before, after in rows]
    told = [[name, _or_not_yet(before), "->", _or_not_yet(after)] for name, before, after in rows[:MOST_ROWS]]
    left_out = len(evaluated) + is_seeded + len(reached) - len(told)
    return "\n".join([*table(told, " r"), *([f"... and {left_out:,} more changes"] if left_out else [])])


def _derivative(debugger: Debugger, node: Node) -> str:
    return f"∂{debugger.names[debugger.root]}/∂{debugger.names[node]}"


def _reached_between(debugger: Debugger, first: int, last: int) -> list[int]:
    """Return the places of the nodes whose gradients the events between two positions change."""
    steps = slice(max(first - debugger.start, 0), max(last - debugger.start, 0))
    return list(dict.fromkeys(debugger.recording.input[steps]))


def _gradient_between(debugger: Debugger, place: int, first: int, last: int) -> tuple[Any, Any]:
    """Return a node's gradient at two positions, None where there was none yet."""
    recording = debugger.recording
    steps = slice(max(first - debugger.start, 0), last - debugger.start)
    places = recording.input[steps]
    earliest, latest = steps.start + places.index(place), steps.stop - 1 - places[::-1].index(place)
    return recording.before[earliest] if recording.has_before[earliest] else None, recording.total[latest]


def _or_not_yet(x: Any) -> str:
    return NOT_YET if x is None else number_or_range(x)


COMMANDS = (
    Command(
        "list",
        _list,
        "List the steps around here, or around step K; => marks the next one.",
        "list 3",
        usage="[K | fK]",
        aliases=("l",),
    ),
    Command("diff", _diff, "Show what the last move or change has changed.", "diff"),
)
