"""The fronts: pipes, files, cmd, prompt_toolkit, and three sessions at a real terminal."""

import io
import os
import re
import shutil
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pexpect
import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output.plain_text import PlainTextOutput

from micrograd_plus import Value
from micrograd_plus.cli.conversation import Conversation
from micrograd_plus.cli.debug_commands import greeting
from micrograd_plus.cli.debugging.command import Dialog
from micrograd_plus.cli.prompt_front import PromptFront, Words, styled
from micrograd_plus.cli.repl import LineFront, ScriptError, run_script
from micrograd_plus.cli.step import begun
from micrograd_plus.session import Session
from tests import sessions
from tests.command_line import ROOT
from tests.sessions import FOLDER
from tests.waiting import LONGEST

TRANSCRIPTS = sorted(FOLDER.glob("*.txt"))
NEURON = ("tanh(x*w + b)", {"x": 2.0, "w": -3.0, "b": 1.0})


@pytest.fixture(autouse=True)
def _beside_the_scripts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for file in (*FOLDER.glob("*.py"), *FOLDER.glob("*.cmd")):
        shutil.copy(file, tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))


# --- cmd --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("file", TRANSCRIPTS, ids=lambda file: file.stem)
def test_cmd_gives_the_answers_of_the_transcripts(file: Path) -> None:
    transcript = sessions.read(file.read_text())
    dialog = sessions.dialog_of(transcript.command)
    typed = io.StringIO("".join(f"{exchange.line}\n" for exchange in transcript.exchanges))
    written = io.StringIO()
    first = greeting(dialog)
    LineFront(dialog, typed, written).run()
    # What is typed is not echoed into a file.
    answers = "".join(f"{e.prompt}{e.answer}\n" if e.answer else e.prompt for e in transcript.exchanges)
    assert written.getvalue().startswith(f"{first}\n{answers}")


def test_cmd_repeats_the_last_line_for_an_empty_one() -> None:
    dialog = begun(*NEURON)
    LineFront(dialog, io.StringIO("step\n\n\n"), io.StringIO()).run()
    assert dialog.session.debugger.at - dialog.session.debugger.start == 3


@pytest.mark.parametrize("source", [NEURON, ("network.py:loss", {}), ("arrays.py", {})])
def test_the_first_screen_fits_and_says_where_one_is_and_what_to_type(source: Any) -> None:
    lines = greeting(begun(*source)).splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[-2].startswith("step 0 of ")
    assert lines[-1].startswith("type s (step), ")


# --- pipes and files --------------------------------------------------------------------------------------------------


def scripted(lines: str) -> str:
    written = io.StringIO()
    LineFront(begun(*NEURON), io.StringIO(lines), written, script="walk.txt").cmdloop()
    return written.getvalue()


def test_a_script_reads_as_a_session() -> None:
    written = (FOLDER / "healthy.txt").read_text()
    lines = [exchange.line for exchange in sessions.read(written).exchanges]
    assert scripted("\n".join(lines)) == written.partition("\n")[2]


def test_empty_lines_and_comments_in_a_script_mean_nothing() -> None:
    assert scripted("\n# twice\nstep\n\n  # once more\nstep\n") == scripted("step\nstep")


def test_the_first_mistake_ends_a_script_and_is_told_with_its_line(capsys: pytest.CaptureFixture[str]) -> None:
    dialog = begun(*NEURON)
    with pytest.raises(ScriptError, match=r"\Awalk.txt, line 3: no command 'stpe'; did you mean 'step'\?\Z"):
        run_script(dialog, io.StringIO("step\n\nstpe\nend\n"), "walk.txt")
    assert dialog.session.debugger.at - dialog.session.debugger.start == 1
    assert capsys.readouterr().out.splitlines()[-1] == "(1/5) stpe"


def test_what_an_encoding_lacks_is_written_in_ascii() -> None:
    raw = io.BytesIO()
    ascii_only = io.TextIOWrapper(raw, encoding="ascii")
    LineFront(begun(*NEURON), io.StringIO("step\ntree\nwhy x\n"), ascii_only, script="walk.txt").cmdloop()
    written = raw.getvalue().decode("ascii")
    assert "dout/d#5 = 1 - out * out" in written
    assert "`-#5" in written
    assert "?" not in written


# --- prompt_toolkit ---------------------------------------------------------------------------------------------------


@contextmanager
def prompt_front(dialog: Any, written: io.StringIO | None = None) -> Iterator[tuple[Any, io.StringIO]]:
    """Give the keyboard of a front and all that it writes."""
    written = written or io.StringIO()
    with create_pipe_input() as keyboard, create_app_session(input=keyboard, output=PlainTextOutput(written)):
        front = PromptFront(dialog)
        yield (front, keyboard), written


@pytest.mark.slow
@pytest.mark.parametrize("file", TRANSCRIPTS, ids=lambda file: file.stem)
def test_prompt_toolkit_gives_the_answers_of_the_transcripts(file: Path) -> None:
    transcript = sessions.read(file.read_text())
    with prompt_front(sessions.dialog_of(transcript.command)) as ((front, keyboard), written):
        keyboard.send_text("".join(f"{exchange.line}\r" for exchange in transcript.exchanges) + "\x04\x04")
        front.run()
    rest = written.getvalue().replace("\r", "")
    for answer in filter(None, (exchange.answer for exchange in transcript.exchanges)):
        before, found, rest = rest.partition(answer)
        assert found == answer, before[-200:]


def test_tab_completes_and_ctrl_c_clears_the_line() -> None:
    dialog = begun(*NEURON)
    with prompt_front(dialog) as ((front, keyboard), written):
        keyboard.send_text("nonsense\x03rest\t\rend\r\x04")
        front.run()
    assert "nothing is computed yet" in written.getvalue()
    assert "nonsense" not in [line.strip() for line in written.getvalue().splitlines() if "error" in line]
    assert dialog.session.debugger.at == len(dialog.session.debugger)


class PressesCtrlC(io.StringIO):
    """A terminal whose user presses Ctrl-C when an answer comes."""

    def write(self, text: str) -> int:
        if "∂out/∂#5 = 1 - out" in text:
            signal.raise_signal(signal.SIGINT)
        return super().write(text)


def test_ctrl_c_while_an_answer_is_written_ends_no_session() -> None:
    dialog = begun(*NEURON)
    with prompt_front(dialog, PressesCtrlC()) as ((front, keyboard), _):
        keyboard.send_text("step\rstep\r\x04")
        front.run()
    assert dialog.session.debugger.at - dialog.session.debugger.start == 2


def test_more_than_one_ctrl_c_takes_a_change_back_as_one_does() -> None:
    x, y = Value(2.0, label="x"), Value(4.0, label="y")
    out = Value(6.0, (x,), "triple")
    presses = 0

    def rule() -> None:
        for _ in range(presses):
            signal.raise_signal(signal.SIGINT)
        x.grad += 3 * out.grad

    out._backward = rule
    conversation = Conversation(Dialog(Session(out * y)))
    conversation.reply("end")
    for count in (1, 2, 3):
        presses = count
        reply = conversation.reply("set y = 5")
        assert reply.problem == "interrupted, at step 3 of 3"
        assert (y.data, conversation.dialog.session.done) == (4.0, [])


def test_ctrl_c_between_two_steps_of_training_tells_how_many_were_taken() -> None:
    @contextmanager
    def interrupted(what: str, count: int) -> Iterator[Iterator[int]]:
        def numbers() -> Iterator[int]:
            yield from range(3)
            raise KeyboardInterrupt

        yield numbers()

    conversation = Conversation(begun(*NEURON))
    conversation.dialog.progress = interrupted
    reply = conversation.reply("train 9")
    assert reply.problem == "interrupted after 3 steps of training, at step 0 of 5"
    assert len(conversation.dialog.session.done) == 3


def test_lines_are_kept_for_the_next_session() -> None:
    for typed in ("step 2\r\x04", "\x1b[A\r\x04"):  # the second one: arrow up
        dialog = begun(*NEURON)
        with prompt_front(dialog) as ((front, keyboard), _):
            keyboard.send_text(typed)
            front.run()
        assert dialog.session.debugger.at - dialog.session.debugger.start == 2


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("rev", ["reverse-continue", "reverse-forward", "reverse-into", "reverse-out", "reverse-until"]),
        ("why ", ["b", "by", "out", "w", "x"]),
        ("why x by la", ["layer"]),
        ("until #", ["#1", "#2", "#3", "#4", "#5", "#6"]),
        ("print x.", ["x.data", "x.grad"]),
        ("print tanh(x) + ta", ["tan(", "tanh("]),
        ("break op:", ["op:*", "op:+", "op:tanh"]),
        ("museum over", ["overwrite"]),
        ("help sa", ["save"]),
        ("commands w", ["walk.cmd", "wrong.cmd"]),
        ("bogus x", []),
    ],
)
def test_completion_offers_what_can_stand_there(line: str, words: list[str]) -> None:
    offered = Words(begun(*NEURON)).get_completions(Document(line), CompleteEvent())
    assert sorted(completion.text for completion in offered) == words


def test_scopes_are_completed() -> None:
    offered = Words(begun("network.py", {})).get_completions(Document("break layer1/n"), CompleteEvent())
    assert [completion.text for completion in offered] == ["layer1/neuron1", "layer1/neuron2"]


def test_the_next_step_in_a_list_is_marked() -> None:
    assert [style for style, text, *_ in styled("  1\n=> 2") if text.startswith("=>")] == ["class:mark"]


# --- a real terminal --------------------------------------------------------------------------------------------------


class Terminal:
    """`micrograd-plus step` at a pseudo-terminal of 24 lines of 80 columns."""

    def __init__(self, *arguments: str, **environment: str) -> None:
        self.process: Any = pexpect.spawn(
            sys.executable,
            ["-m", "micrograd_plus", "step", *arguments],
            env=os.environ
            | {"PYTHONPATH": str(ROOT), "TERM": "xterm-256color", "PROMPT_TOOLKIT_NO_CPR": "1"}
            | environment,
            dimensions=(24, 80),
            encoding="utf-8",
            timeout=LONGEST,
        )

    def say(self, keys: str, wanted: str) -> str:
        """Type, and return all that is written up to what is wanted."""
        self.process.send(keys)
        self.process.expect(wanted)
        return str(self.process.before) + str(self.process.after)

    def end(self) -> int:
        self.process.expect(pexpect.EOF)
        self.process.close()
        return int(self.process.exitstatus)


ARGUMENTS = ("tanh(x*w + b)", "--at", "x=2", "--at", "w=-3", "--at", "b=1")


def test_a_session_at_a_terminal() -> None:
    terminal = Terminal(*ARGUMENTS)
    terminal.say("", r"type s \(step\)")
    terminal.say("s\r", r"step 1 of 5")
    terminal.say("\r", r"step 2 of 5")
    terminal.say("resta\t\r", r"nothing is computed yet")
    terminal.say("unti\t x\r", r"evaluation 3|step 4 of 5")
    terminal.say("\x04", "")
    assert terminal.end() == 0


@pytest.mark.slow
def test_ctrl_c_ends_a_long_command_and_not_the_session() -> None:
    terminal = Terminal(*ARGUMENTS, NO_COLOR="1")
    terminal.say("", r"\(0/5\)")
    terminal.say("train 100000000\r", r"training")  # the bar
    terminal.say("\x03", r"error: interrupted after [\d,]+ steps of training, at step 0 of 5")
    written = terminal.say("p 1 + 2\r", r"1 \+ 2 = 3")
    assert not re.search(r"\x1b\[(3[0-7]|38)", written)  # NO_COLOR
    terminal.say("q\r", "")
    assert terminal.end() == 0


def test_a_dumb_terminal_is_served_by_cmd_with_completion() -> None:
    terminal = Terminal(*ARGUMENTS, TERM="dumb")
    terminal.say("", r"\(0/5\)")
    terminal.say("resta\t\r", r"nothing is computed yet")
    terminal.say("", r"\(f0/3\)")
    terminal.say("\x03", r"\(f0/3\)")  # only now is Ctrl-C over, which drops what is typed ahead
    terminal.say("goto 2\r", r"step 2 of 5")
    terminal.say("\x04", "")
    assert terminal.end() == 0
    assert (Path("data") / "micrograd-plus" / "history").read_text().splitlines() == ["restart", "goto 2"]
