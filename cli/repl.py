"""The debugger at a terminal, in a pipe, or fed from a file: fronts to the table of commands."""

from __future__ import annotations

import cmd
import io
import os
import sys
from contextlib import suppress
from importlib.util import find_spec
from typing import TextIO

from micrograd_plus.cli.conversation import INTERRUPTED, Conversation
from micrograd_plus.cli.debug_commands import greeting, prompt
from micrograd_plus.cli.debugging.command import Dialog
from micrograd_plus.cli.debugging.keeping import COMMENT
from micrograd_plus.cli.history_file import HistoryFile
from micrograd_plus.cli.plain_text import writable
from micrograd_plus.cli.progress import shown_when_long
from micrograd_plus.cli.standard_input import standard_input

LONGEST_LINE = 2**20


class ScriptError(ValueError):
    """A line of a script of commands that went wrong; nothing behind it was done."""


def run(dialog: Dialog) -> None:
    """Talk with whoever is at stdin: at a terminal with prompt_toolkit or, if that is missing, with `cmd`.

    Raises `ScriptError` for the first mistake if stdin is no terminal.
    """
    stdin = standard_input()
    if not stdin.isatty():
        run_script(dialog, stdin, "stdin")
    elif sys.stdout.isatty() and os.environ.get("TERM") != "dumb" and find_spec("prompt_toolkit"):
        from micrograd_plus.cli.prompt_front import PromptFront

        PromptFront(dialog).run()
    else:
        if sys.stderr.isatty():
            dialog.progress = shown_when_long
        LineFront(dialog, stdin, sys.stdout).run()


def run_script(dialog: Dialog, script: TextIO, name: str) -> None:
    """Do the commands of a script and write them with their answers to stdout; `ScriptError` for the first mistake."""
    LineFront(dialog, _Lines(script, name), sys.stdout, script=name).cmdloop()


class _Lines(io.TextIOBase):
    """The lines of a script, none of which is endless."""

    def __init__(self, script: TextIO, name: str) -> None:
        self.script = script
        self.name = name
        self.count = 0

    def readline(self, size: int | None = -1, /) -> str:  # type: ignore[override]  # typeshed has another name for it
        self.count += 1
        line = self.script.readline(LONGEST_LINE + 1)
        if len(line) > LONGEST_LINE:
            raise ScriptError(f"{self.name}, line {self.count}: longer than {LONGEST_LINE:,} characters")
        return line


class LineFront(cmd.Cmd):
    """The front of the standard library, for pipes, files, and terminals without prompt_toolkit.

    With `script`, the name of where lines come from, these are written out behind their prompts, empty ones and
    comments mean nothing, and the first mistake ends it with a `ScriptError`.
    """

    def __init__(self, dialog: Dialog, stdin: TextIO | _Lines, stdout: TextIO, script: str = "") -> None:
        super().__init__(stdin=stdin, stdout=stdout)  # type: ignore[arg-type]  # its lines are all that is read
        self.dialog = dialog
        self.conversation = Conversation(dialog)
        self.script = script
        self.use_rawinput = stdin is sys.stdin and not script
        self.prompt = "" if script else writable(prompt(dialog), self._encoding)
        self._line = 0

    def run(self) -> None:
        """Greet and talk until the user ends it."""
        self._write(greeting(self.dialog))
        history = HistoryFile()
        self._begin_history(history)
        while True:
            try:
                self.cmdloop()
                break
            except KeyboardInterrupt:
                self._write("\n")
        self._end_history(history)

    def onecmd(self, line: str) -> bool:
        self._line += 1
        if line == "EOF":  # what cmd makes of the end of input
            if not self.script:
                self._write("\n")
            return True
        if self.script:
            return self._scripted(line.strip())
        reply = self.conversation.reply(line)
        self._write(reply.text)
        if reply.problem:
            self._write(f"error: {reply.problem}")
        self.prompt = writable(prompt(self.dialog), self._encoding)
        return self.dialog.is_over

    def _scripted(self, line: str) -> bool:
        if not line or line.startswith(COMMENT):
            return False
        self._write(f"{prompt(self.dialog)}{line}")
        reply = self.conversation.reply(line)
        self._write(reply.text)
        if reply.problem.startswith(INTERRUPTED):
            raise KeyboardInterrupt
        if reply.problem:
            raise ScriptError(f"{self.script}, line {self._line}: {reply.problem}")
        return self.dialog.is_over

    @property
    def _encoding(self) -> str:
        return getattr(self.stdout, "encoding", None) or "utf-8"

    def _write(self, text: str) -> None:
        if text:
            self.stdout.write(writable(text if text.endswith("\n") else f"{text}\n", self._encoding))
            self.stdout.flush()

    # --- readline, which Windows has not

    def complete(self, text: str, state: int) -> str | None:  # type: ignore[override]  # readline asks one by one
        if state == 0 or self.completion_matches is None:
            import readline

            from micrograd_plus.cli.debugging.completion import completions

            line = readline.get_line_buffer()[: readline.get_endidx()]
            start, words = completions(self.dialog, line)
            begin = readline.get_begidx()
            self.completion_matches = [(line[:start] + word)[begin:] for word in words]
        return self.completion_matches[state] if state < len(self.completion_matches) else None

    def _begin_history(self, history: HistoryFile) -> None:
        with suppress(ImportError):
            import readline

            readline.set_completer_delims(" \t()+*=,<>")
            for line in history.lines():
                readline.add_history(line)
            self._known = readline.get_current_history_length()

    def _end_history(self, history: HistoryFile) -> None:
        with suppress(ImportError):
            import readline

            for k in range(self._known, readline.get_current_history_length()):
                history.add(readline.get_history_item(k + 1))
