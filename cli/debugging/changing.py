"""Commands that change numbers: by hand, by training, and back."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from micrograd_plus.cli.debugging.command import Command, Dialog, Words, count_in, nothing_in, shown, something_in
from micrograd_plus.cli.debugging.formula import computed
from micrograd_plus.cli.debugging.positions import position
from micrograd_plus.explanation import number_or_range
from micrograd_plus.notation import short
from micrograd_plus.session_history import Change
from micrograd_plus.texts import counted

MOST_NAMED = 4  # nodes that are named in a line
MOST_STEPS = 10  # of training, each in a line

_ASSIGNMENT = re.compile(r"(?P<target>'[^']*'|\"[^\"]*\"|[^=]*?)\s*=\s*(?P<value>[^=].*)")


def described_change(dialog: Dialog, change: Change) -> str:
    """Return what a change did: to what was set, to the root, and to how many others."""
    names, root = dialog.session.debugger.names, dialog.session.root
    changed = list(change)
    if not changed:
        return "nothing changed: it held that number already"
    set_first = [entry for entry in changed if entry[0] is not root][:MOST_NAMED]
    lines = [_described_node(names[node], before, after) for node, before, after in set_first]
    others = len(changed) - len(set_first) - any(node is root for node, *_ in changed)
    if others:
        lines.append(f"... and {counted(others, 'more node')}")
    lines.append(f"{names[root]}: {_from_to(change.root_before, change.root_after)}")
    return "\n".join(lines)


def _described_node(name: str, before: Any, after: Any) -> str:
    """Return what became of a node; of an array of which one entry changed, of that entry."""
    changed = np.argwhere(~np.isclose(before, after, rtol=0.0, atol=0.0, equal_nan=True))
    if len(changed) == 1 and np.size(after) > 1:
        entry = tuple(changed[0].tolist())
        name, before, after = f"{name}[{', '.join(map(str, entry))}]", before[entry], after[entry]
    return f"{name}: {_from_to(before, after)}"


def _from_to(before: Any, after: Any) -> str:
    if np.array_equal(before, after, equal_nan=True):
        return f"{number_or_range(after)}, as before"
    old, new = number_or_range(before), number_or_range(after)
    if old == new and np.ndim(after) == 0:
        digits = next(digits for digits in range(5, 18) if short(before, digits) != short(after, digits))
        old, new = short(before, digits), short(after, digits)
    return f"{old} -> {new}"


def _after(dialog: Dialog, change: Change) -> str:
    dialog.change = change
    return f"{described_change(dialog, change)}\n{position(dialog.session.debugger)}"


def _set(dialog: Dialog, text: str) -> str:
    match = _ASSIGNMENT.fullmatch(text)
    if not match:
        raise ValueError("set wants NODE = NUMBER, as in: set w = 0.5")
    target = match["target"].strip()
    if target[:1] in ("'", '"') and target[-1] == target[0]:
        target = target[1:-1]
    is_entry = target.endswith("]")
    value = computed(dialog.session.debugger, match["value"])
    if is_entry and np.ndim(value):
        raise ValueError(f"an entry is one number, got an array of shape {np.shape(value)}")
    change = dialog.session.set(target, float(value) if is_entry else value)
    node = change.nodes[0]
    pinned = ""
    if node in dialog.session.pinned:
        name = dialog.session.debugger.names[node]
        pinned = f"{name} is pinned: it keeps this number, and no gradient passes it, until unset {name}\n"
    return pinned + _after(dialog, change)


def _unset(dialog: Dialog, text: str) -> str:
    something_in(text, "unset", "a pinned node", "unset #4")
    return _after(dialog, dialog.session.unset(text))


def _lr(dialog: Dialog, text: str) -> str:
    session = dialog.session
    if text:
        number = computed(session.debugger, text)
        if np.ndim(number):
            raise ValueError(f"lr is one number, got {shown(text)}")
        session.lr = float(number)
    if session.lr is None:
        return "there is nothing to train"
    return f"lr = {session.lr:.6g}"


def _train(dialog: Dialog, text: str) -> str:
    count = count_in(text, "train")
    session = dialog.session
    root = session.debugger.names[session.root]
    begin = session.root.data
    done = len(session.done)
    lines: list[str] = []
    try:
        with dialog.progress("training", count) as numbers:
            for k in numbers:
                [change] = session.train(1)
                if k < MOST_STEPS - 1 or k == count - 1:
                    number = f"{k + 1:{len(str(count))}}"
                    lines.append(f"{number}  {root}: {_from_to(change.root_before, change.root_after)}")
    except KeyboardInterrupt:
        raise KeyboardInterrupt(f"after {len(session.done) - done:,} steps of training") from None
    if count > MOST_STEPS:
        lines.insert(-1, "...")
    dialog.change = change
    if count > 1:
        lines.append(f"{root}: {_from_to(begin, session.root.data)} in {count:,} steps; each can be undone")
    return "\n".join([*lines, f"{position(session.debugger)}: a new backward pass"])


def _undo(dialog: Dialog, text: str) -> str:
    nothing_in(text, "undo")
    change = dialog.session.undo()
    dialog.change = change
    what = change.what.removeprefix("undo ")
    if what == "lr":
        return f"undone: lr; lr = {dialog.session.lr:.6g}"
    return f"undone: {what}\n{_after(dialog, change)}"


COMMANDS = (
    Command(
        "set",
        _set,
        "Give a node another number and run forward again. A computed node is pinned to it.",
        "set w = w - 0.1 * w.grad",
        usage="NODE = FORMULA",
        reverse="undo",
        words=Words.FORMULA,
    ),
    Command(
        "unset",
        _unset,
        "Compute a pinned node again.",
        "unset #4",
        usage="NODE",
        reverse="set",
        words=Words.PINNED,
    ),
    Command(
        "lr",
        _lr,
        "Show the learning rate, or set it.",
        "lr 0.1",
        usage="[NUMBER]",
        reverse="undo",
    ),
    Command(
        "train",
        _train,
        "Take a step of the optimizer, or N, each followed by a new backward pass.",
        "train 10",
        usage="[N]",
        reverse="undo",
    ),
    Command(
        "undo",
        _undo,
        "Take back the last set, unset, lr, or step of train, with the position it was made at.",
        "undo",
    ),
)
