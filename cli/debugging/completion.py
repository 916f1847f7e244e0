"""What can stand at the end of a line that is being typed: commands, names of nodes, places to stop, files."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from micrograd_plus.cli.debug_commands import TABLE, found, split
from micrograd_plus.cli.debugging.command import Dialog, Words
from micrograd_plus.cli.debugging.teaching import QUIZ_WORDS
from micrograd_plus.debugger import Debugger
from micrograd_plus.event_search import WORDS
from micrograd_plus.museum import MISTAKES
from micrograd_plus.ops import TABLE as OPERATIONS
from micrograd_plus.why import WAYS

MOST = 200  # words that are offered at once
_LAST_WORD = re.compile(r"[^\s()+*=,<>-]*\Z")


def completions(dialog: Dialog, line: str) -> tuple[int, list[str]]:
    """Return where the last word of `line` begins, and what can stand there."""
    if dialog.quiz:
        return 0, [word for word in QUIZ_WORDS if word.startswith(line)]
    if not re.search(r"\S\s", line) and not line.startswith("?"):
        word = line.lstrip()
        return len(line) - len(word), [command.name for command in TABLE if command.name.startswith(word)]
    try:
        command = found(split(line)[0])
    except ValueError:
        return len(line), []
    match = _LAST_WORD.search(line)
    start = match.start() if match else len(line)
    if command.words is Words.FILES:
        start = line.index(" ") + 1
    if line.startswith("?"):
        start = max(start, 1)
    word = line[start:]
    return start, sorted(_beginning(_words(dialog, command.words, word, line[:start]), word))[:MOST]


def _beginning(words: Iterable[str], word: str) -> set[str]:
    # A line that is typed holds no other signs: a node of such a name is called by its number.
    return {each for each in words if each.startswith(word) and each != word and each.isprintable()}


def _words(dialog: Dialog, kind: Words, word: str, before: str) -> Iterable[str]:
    debugger = dialog.session.debugger
    if kind is Words.WHY and before.rstrip().endswith(" by"):
        return WAYS
    if kind is Words.STOPS and before.rstrip().endswith(" if"):
        return ("grad", "abs(grad)")
    return _OFFERS[kind](dialog, debugger, word)


def _nodes(dialog: Dialog, debugger: Debugger, word: str) -> Iterator[str]:
    """Yield names; numbers such as #12 only if they are asked for, for there are many."""
    if word.startswith("#"):
        yield from (f"#{k}" for k in range(1, len(debugger.recording.nodes) + 1))
        return
    name, dot, _ = word.rpartition(".")
    if dot and name in debugger.names.values():
        yield from (f"{name}.data", f"{name}.grad")
    yield from (name for name in debugger.names.values() if not name.startswith("#"))


def _formulas(dialog: Dialog, debugger: Debugger, word: str) -> Iterator[str]:
    yield from _nodes(dialog, debugger, word)
    if word:
        yield from (f"{name}(" for name in OPERATIONS if name.isidentifier())


def _stops(dialog: Dialog, debugger: Debugger, word: str) -> Iterator[str]:
    yield from _nodes(dialog, debugger, word)
    yield from (*WORDS, "grad")
    yield from (f"op:{node.symbol}" for node in debugger.operations)
    for path in {node.scope.path for node in debugger.operations}:
        yield from ("/".join(path[first:end]) for end in range(1, len(path) + 1) for first in range(end))


def _why(dialog: Dialog, debugger: Debugger, word: str) -> Iterator[str]:
    yield from _nodes(dialog, debugger, word)
    yield "by"


def _pinned(dialog: Dialog, debugger: Debugger, word: str) -> Sequence[str]:
    return [debugger.names[node] for node in dialog.session.pinned]


def _files(dialog: Dialog, debugger: Debugger, word: str) -> Iterator[str]:
    folder, _, _ = word.rpartition("/")
    prefix = f"{folder}/" if "/" in word else ""
    try:
        for path in Path(os.path.expanduser(prefix) or ".").iterdir():
            if not path.name.startswith("."):
                yield f"{prefix}{path.name}{'/' if path.is_dir() else ''}"
    except OSError:
        return


_OFFERS: dict[Words, Callable[[Dialog, Debugger, str], Iterable[str]]] = {
    Words.NONE: lambda dialog, debugger, word: (),
    Words.COMMANDS: lambda dialog, debugger, word: [command.name for command in TABLE],
    Words.NODES: _nodes,
    Words.FORMULA: _formulas,
    Words.PINNED: _pinned,
    Words.STOPS: _stops,
    Words.WHY: _why,
    Words.MISTAKES: lambda dialog, debugger, word: MISTAKES,
    Words.FILES: _files,
}
