"""Commands about where a walk stops: breakpoints, watches, and running to them in both directions."""

from __future__ import annotations

from collections.abc import Callable

from micrograd_plus.breakpoints import Breakpoint, Stop
from micrograd_plus.cli.debugging.command import Command, Dialog, Words, nothing_in, shown, something_in, whole
from micrograd_plus.cli.debugging.positions import position, standing
from micrograd_plus.event_search import WORDS
from micrograd_plus.texts import counted, listed

_PLACES = f"a node, op:NAME, a scope, grad > NUMBER, {listed(list(WORDS), 'or')}"


def _adding(name: str, *, temporary: bool) -> Callable[[Dialog, str], str]:
    def run(dialog: Dialog, text: str) -> str:
        something_in(text, name, _PLACES, f"{name} op:tanh if abs(grad) > 1")
        return f"breakpoint {dialog.session.breakpoints.add(text, temporary=temporary)}"

    return run


def _watch(dialog: Dialog, text: str) -> str:
    something_in(text, "watch", "a node", "watch x")
    return f"breakpoint {dialog.session.breakpoints.watch(text)}"


def _rwatch(dialog: Dialog, text: str) -> str:
    debugger = dialog.session.debugger
    node = debugger.node(something_in(text, "rwatch", "a node", "rwatch x"))
    before = debugger.at
    if dialog.session.breakpoints.last_change(node) is None:
        return f"the gradient of {debugger.names[node]} has not changed up to {position(debugger)}"
    dialog.moved_from, dialog.change = before, None
    return standing(debugger)


def _running(name: str, method: str) -> Callable[[Dialog, str], str]:
    def run(dialog: Dialog, text: str) -> str:
        nothing_in(text, name)
        dialog.moved_from, dialog.change = dialog.session.debugger.at, None
        return _stopped(dialog, getattr(dialog.session.breakpoints, method)())

    return run


def _stopped(dialog: Dialog, stop: Stop) -> str:
    debugger = dialog.session.debugger
    if stop.breakpoints:
        named = "\n".join(f"breakpoint {reached}" for reached in stop.breakpoints)
        return f"{named}\n{standing(debugger)}"
    if debugger.at:
        return f"the end, {position(debugger)}: {_no_stop(dialog)}"
    return f"the beginning: {_no_stop(dialog)}"


def _no_stop(dialog: Dialog) -> str:
    return "no breakpoint on the way" if len(dialog.session.breakpoints) else "there are no breakpoints"


def _info(dialog: Dialog, text: str) -> str:
    if text not in ("", "breaks", "break", "breakpoints", "b"):
        raise ValueError(f"info knows of breaks, got {shown(text)}; params and where tell more")
    return breakpoints_listed(dialog)


def breakpoints_listed(dialog: Dialog) -> str:
    """Return the breakpoints, a line each."""
    listed = [f"  {each}" for each in dialog.session.breakpoints]
    return "\n".join(["breakpoints:", *listed]) if listed else "there are no breakpoints"


def _delete(dialog: Dialog, text: str) -> str:
    breakpoints = dialog.session.breakpoints
    if not text:
        count = len(breakpoints)
        breakpoints.clear()
        return f"deleted {counted(count, 'breakpoint')}"
    deleted: list[Breakpoint] = []
    for word in text.split():
        deleted.append(breakpoints.delete(whole(word, "delete wants the numbers of breakpoints")))
    return "\n".join(f"deleted {each}" for each in deleted)


COMMANDS = (
    Command(
        "continue",
        _running("continue", "run"),
        "Go on to the next breakpoint, or to the end.",
        "continue",
        aliases=("c",),
        reverse="reverse-continue",
    ),
    Command(
        "reverse-continue",
        _running("reverse-continue", "run_back"),
        "Go back to the last breakpoint, or to the beginning.",
        "reverse-continue",
        aliases=("rc",),
        reverse="continue",
    ),
    Command(
        "break",
        _adding("break", temporary=False),
        "Stop at a node, an operation, a scope, a gradient of some size, nan, or where a gradient gets lost.",
        "break op:tanh if abs(grad) > 1",
        usage=f"NODE | op:NAME | SCOPE | grad > X | {' | '.join(WORDS)} [if grad > X]",
        aliases=("b",),
        reverse="delete",
        words=Words.STOPS,
    ),
    Command(
        "tbreak",
        _adding("tbreak", temporary=True),
        "Stop as for break, but only once.",
        "tbreak x",
        usage="(as break)",
        aliases=("tb",),
        words=Words.STOPS,
    ),
    Command(
        "watch",
        _watch,
        "Stop where the gradient of NODE changes.",
        "watch x",
        usage="NODE",
        aliases=("w",),
        reverse="delete",
        words=Words.NODES,
    ),
    Command(
        "rwatch",
        _rwatch,
        "Go back to where the gradient of NODE changed last.",
        "rwatch x",
        usage="NODE",
        aliases=("rw",),
        words=Words.NODES,
    ),
    Command(
        "info",
        _info,
        "List the breakpoints with their numbers.",
        "info breaks",
        usage="breaks",
    ),
    Command(
        "delete",
        _delete,
        "Delete the breakpoints of these numbers, or all.",
        "delete 2",
        usage="[N ...]",
        aliases=("d",),
        reverse="break",
    ),
)
