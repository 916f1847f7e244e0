"""Where a walk through a backward pass stands: which position a word means, and the words for a position."""

from __future__ import annotations

from micrograd_plus.cli.debugging.command import whole
from micrograd_plus.debugger import Contribution, Debugger
from micrograd_plus.engine import Node
from micrograd_plus.explanation import equation
from micrograd_plus.texts import one_line


def position(debugger: Debugger, at: int | None = None) -> str:
    """Return where `at` (default: the present position) is, such as `step 2 of 5`."""
    at = debugger.at if at is None else at
    if at < debugger.start:
        return f"evaluation {at:,} of {debugger.start:,}"
    return f"step {at - debugger.start:,} of {len(debugger) - debugger.start:,}"


def short_position(debugger: Debugger) -> str:
    """Return the position as `goto` takes it, with that of the end: `2/5`, in the forward pass `f1/3`."""
    if debugger.at < debugger.start:
        return f"f{debugger.at}/{debugger.start}"
    return f"{debugger.at - debugger.start}/{len(debugger) - debugger.start}"


def place_in(debugger: Debugger, text: str, command: str) -> int:
    """Return the position that `3` (steps) or `f2` (evaluations) means; ValueError if there is none."""
    is_forward = text.startswith("f")
    number = whole(text[is_forward:], f"{command} wants the number of a step, or of an evaluation as f2")
    last = debugger.start if is_forward else len(debugger) - debugger.start
    if number > last:
        raise ValueError(f"there are {last:,} {'evaluations' if is_forward else 'steps'}, got {number:,}")
    return number if is_forward else debugger.start + number


def place(node: Node) -> str:
    """Return the scope that a node was made in, in one line; empty outside all scopes."""
    return one_line("/".join(node.scope.path), most=80)


def told(debugger: Debugger, number: int) -> str:
    """Return an event in words: where it is, and what it computes."""
    event = debugger.event(number)
    scope = place(event.node)
    where = position(debugger, number + 1) + (f", in {scope}" if scope else "")
    if not isinstance(event, Contribution):
        return f"{where}\n  {event!r}"
    return "\n  ".join([where, *str(event.rule).splitlines()])


def coming(debugger: Debugger) -> str:
    """Return what the next step will do, in a line and without its numbers; empty at the end."""
    event = debugger.coming
    if event is None:
        return ""
    scope = place(event.node)
    symbols = event.rule.symbols if isinstance(event, Contribution) else equation(event.node, debugger.names)
    return f"{position(debugger, debugger.at + 1)}{f', in {scope}' if scope else ''}: {symbols}"


def standing(debugger: Debugger) -> str:
    """Return where the walk stands, after what was done last."""
    if not debugger.at:
        return "the beginning: nothing is computed yet"
    if debugger.at == debugger.start:
        root = debugger.names[debugger.root]
        return f"{position(debugger)}: all is evaluated, only ∂{root}/∂{root} = 1 is known"
    return told(debugger, debugger.at - 1)
