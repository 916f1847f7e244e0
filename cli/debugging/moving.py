"""Commands that move through the events of a session, to and fro."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from micrograd_plus.cli.debugging.command import Command, Dialog, Words, count_in, nothing_in, something_in
from micrograd_plus.cli.debugging.positions import place_in, position, standing
from micrograd_plus.debugger import Contribution, Debugger

MOST_EVENTS = 3  # of those taken back that are shown


def _moved(dialog: Dialog, move: Callable[[Debugger], Any]) -> str:
    """Move, and say where that led."""
    debugger = dialog.session.debugger
    before = debugger.at
    move(debugger)
    dialog.moved_from, dialog.change = before, None
    if debugger.at == before:
        if before == len(debugger):
            return f"the end, {position(debugger)}: there is nothing left to do"
        return "the beginning: there is nothing to take back" if not before else standing(debugger)
    return standing(debugger) if debugger.at > before else _taken_back(debugger, before)


def _taken_back(debugger: Debugger, before: int) -> str:
    numbers = range(before - 1, debugger.at - 1, -1)
    lines = [f"taken back: {_in_one_line(debugger, number)}" for number in numbers[:MOST_EVENTS]]
    if len(numbers) > MOST_EVENTS:
        lines.append(f"... and {len(numbers) - MOST_EVENTS:,} more")
    return "\n".join([*lines, standing(debugger)])


def _in_one_line(debugger: Debugger, number: int) -> str:
    event = debugger.event(number)
    return event.rule.symbols if isinstance(event, Contribution) else repr(event)


# --- handlers ---------------------------------------------------------------------------------------------------------


def _by_events(name: str, method: str) -> Callable[[Dialog, str], str]:
    """Return the handler of a command that moves by some events."""

    def run(dialog: Dialog, text: str) -> str:
        count = count_in(text, name)
        return _moved(dialog, lambda debugger: getattr(debugger, method)(count))

    return run


def _repeatedly(name: str, method: str) -> Callable[[Dialog, str], str]:
    """Return the handler of a command that moves over scopes, as often as it is told."""

    def run(dialog: Dialog, text: str) -> str:
        count = count_in(text, name)

        def move(debugger: Debugger) -> None:
            for _ in range(count):
                before = debugger.at
                getattr(debugger, method)()
                if debugger.at == before:
                    break

        return _moved(dialog, move)

    return run


def _at_once(name: str, method: str) -> Callable[[Dialog, str], str]:
    def run(dialog: Dialog, text: str) -> str:
        nothing_in(text, name)
        return _moved(dialog, lambda debugger: getattr(debugger, method)())

    return run


def _to_node(name: str, method: str) -> Callable[[Dialog, str], str]:
    def run(dialog: Dialog, text: str) -> str:
        node = dialog.session.debugger.node(something_in(text, name, "a node", f"{name} x"))
        return _moved(dialog, lambda debugger: getattr(debugger, method)(node))

    return run


def _forward(dialog: Dialog, text: str) -> str:
    count = count_in(text, "forward")

    def move(debugger: Debugger) -> None:
        begin = debugger.at if debugger.at < debugger.start else 0
        debugger.goto(min(begin + count, debugger.start))

    _moved(dialog, move)
    return standing(dialog.session.debugger)


def _reverse_forward(dialog: Dialog, text: str) -> str:
    count = count_in(text, "reverse-forward")
    return _moved(dialog, lambda debugger: debugger.goto(max(min(debugger.at, debugger.start) - count, 0)))


def _goto(dialog: Dialog, text: str) -> str:
    at = place_in(dialog.session.debugger, text, "goto")
    return _moved(dialog, lambda debugger: debugger.goto(at))


COMMANDS = (
    Command(
        "step",
        _by_events("step", "step"),
        "Do the next step of the chain rule, or the next N.",
        "step 3",
        usage="[N]",
        aliases=("s",),
        reverse="back",
    ),
    Command(
        "back",
        _by_events("back", "back"),
        "Take the last step back, or the last N: recorded numbers are put back.",
        "back 3",
        usage="[N]",
        aliases=("reverse-step", "rs"),
        reverse="step",
    ),
    Command(
        "next",
        _repeatedly("next", "next"),
        "Step over a whole neuron or layer (the scope of the coming step); outside of scopes over a node.",
        "next",
        usage="[N]",
        aliases=("n",),
        reverse="previous",
    ),
    Command(
        "previous",
        _repeatedly("previous", "previous"),
        "Take back what next does.",
        "previous",
        usage="[N]",
        aliases=("reverse-next", "rn"),
        reverse="next",
    ),
    Command(
        "into",
        _at_once("into", "into"),
        "Go on to where a scope inside the present one begins, as a layer's first neuron.",
        "into",
        aliases=("i",),
        reverse="reverse-into",
    ),
    Command(
        "reverse-into",
        _at_once("reverse-into", "back_into"),
        "Go back to where a scope inside the present one ends.",
        "reverse-into",
        aliases=("ri",),
        reverse="into",
    ),
    Command(
        "out",
        _at_once("out", "out"),
        "Go on until the scope around the present one ends, as the layer around a neuron.",
        "out",
        aliases=("finish", "fin"),
        reverse="reverse-out",
    ),
    Command(
        "reverse-out",
        _at_once("reverse-out", "back_out"),
        "Go back to before the scope around the present one.",
        "reverse-out",
        aliases=("reverse-finish", "ro"),
        reverse="out",
    ),
    Command(
        "until",
        _to_node("until", "until"),
        "Go on until NODE is computed or, in the backward pass, until its gradient is complete.",
        "until x",
        usage="NODE",
        aliases=("u",),
        reverse="reverse-until",
        words=Words.NODES,
    ),
    Command(
        "reverse-until",
        _to_node("reverse-until", "back_until"),
        "Go back to where `until NODE` stops.",
        "reverse-until x",
        usage="NODE",
        aliases=("ru",),
        reverse="until",
        words=Words.NODES,
    ),
    Command(
        "forward",
        _forward,
        "Evaluate the next node, or the next N; from the backward pass, begin with the first.",
        "forward 2",
        usage="[N]",
        aliases=("f",),
        reverse="reverse-forward",
    ),
    Command(
        "reverse-forward",
        _reverse_forward,
        "Take the last evaluation back, or the last N, and with it the backward pass.",
        "reverse-forward",
        usage="[N]",
        aliases=("rf",),
        reverse="forward",
    ),
    Command(
        "goto",
        _goto,
        "Go to where K steps of the backward pass are done, or K evaluations: fK.",
        "goto 3",
        usage="K | fK",
        aliases=("g",),
    ),
    Command(
        "restart",
        _at_once("restart", "restart"),
        "Go to where nothing is evaluated yet.",
        "restart",
        aliases=("start",),
        reverse="end",
    ),
    Command(
        "end",
        _at_once("end", "end"),
        "Go to the end of the backward pass, where the gradients are those of backward().",
        "end",
        reverse="restart",
    ),
)
