"""The front for terminals, on prompt_toolkit: completion, history, colours, and a bar that says where one is."""

from __future__ import annotations

import re
from collections.abc import Iterable

from prompt_toolkit import PromptSession, print_formatted_text
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.formatted_text import FormattedText
from prompt_toolkit.history import History
from prompt_toolkit.styles import Style

from micrograd_plus.cli.conversation import Conversation
from micrograd_plus.cli.debug_commands import greeting, prompt
from micrograd_plus.cli.debugging.command import Dialog
from micrograd_plus.cli.debugging.completion import completions
from micrograd_plus.cli.debugging.looking import in_brief
from micrograd_plus.cli.history_file import HistoryFile
from micrograd_plus.cli.plain_text import writable
from micrograd_plus.cli.progress import shown_when_long

# Without colours (NO_COLOR, or a terminal that has none) prompt_toolkit leaves bold and reverse.
STYLE = Style.from_dict(
    {
        "prompt": "bold",
        "problem": "ansired",
        "position": "ansicyan",
        "stop": "ansiyellow",
        "mark": "bold",
        "bottom-toolbar": "reverse",
    }
)
_CLASSES = (
    (re.compile(r"=> "), "class:mark"),
    (re.compile(r"breakpoint \d"), "class:stop"),
    (re.compile(r"(last: |next: )?(step|evaluation) [\d,]+ of |the (end|beginning)[,:]|taken back:"), "class:position"),
)


def styled(text: str) -> FormattedText:
    """Return an answer with a class for each line that has one."""
    found = FormattedText()
    for line in text.splitlines():
        style = next((name for pattern, name in _CLASSES if pattern.match(line)), "")
        found.append((style, f"{line}\n"))
    return found


class Words(Completer):
    """The words of `completions`, for prompt_toolkit."""

    def __init__(self, dialog: Dialog) -> None:
        self.dialog = dialog

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
        line = document.text_before_cursor
        start, words = completions(self.dialog, line)
        for word in words:
            yield Completion(word, start_position=start - len(line))


class KeptHistory(History):
    """The lines of a `HistoryFile`, for prompt_toolkit."""

    def __init__(self, file: HistoryFile) -> None:
        super().__init__()
        self.file = file

    def load_history_strings(self) -> Iterable[str]:
        return reversed(self.file.lines())

    def store_string(self, string: str) -> None:
        if string.strip():
            self.file.add(string)


class PromptFront:
    """Talks at a terminal until the user ends it; Ctrl-C clears a line or ends a long command, Ctrl-D ends all."""

    def __init__(self, dialog: Dialog) -> None:
        self.dialog = dialog
        self.conversation = Conversation(dialog)
        self.dialog.progress = shown_when_long
        self.prompts: PromptSession[str] = PromptSession(
            completer=Words(dialog),
            complete_while_typing=False,
            history=KeptHistory(HistoryFile()),
            bottom_toolbar=self._bar,
            style=STYLE,
        )

    def run(self) -> None:
        """Greet, and answer line by line."""
        self.dialog.columns = self.prompts.output.get_size().columns
        self._write(greeting(self.dialog))
        while not self.dialog.is_over:
            try:
                self._answer_one()
            except KeyboardInterrupt:
                continue
            except EOFError:
                return

    def _answer_one(self) -> None:
        line = self.prompts.prompt([("class:prompt", self._plain(prompt(self.dialog)))])
        self.dialog.columns = self.prompts.output.get_size().columns
        reply = self.conversation.reply(line)
        self._write(reply.text)
        if reply.problem:
            problem = FormattedText([("class:problem", self._plain(f"error: {reply.problem}"))])
            print_formatted_text(problem, style=STYLE)

    def _write(self, text: str) -> None:
        if text:
            print_formatted_text(styled(self._plain(text)), style=STYLE, end="")

    def _plain(self, text: str) -> str:
        return writable(text, self.prompts.output.encoding())

    def _bar(self) -> str:
        return self._plain(in_brief(self.dialog, self.prompts.output.get_size().columns))
