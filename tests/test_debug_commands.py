"""The commands of the debugger: whole sessions, compared with transcripts that were looked at, and what numbers say.

`PYTHONPATH=. python tests/test_debug_commands.py` writes the answers of all transcripts anew.
"""

import contextlib
import json
import os
import re
import shutil
import tempfile
from pathlib import Path

import pytest

from micrograd_plus import Tensor, Value, diagnose
from micrograd_plus.cli.debug_commands import TABLE, answer, found, split
from micrograd_plus.cli.debugging.command import Command, Dialog
from micrograd_plus.cli.step import begun
from micrograd_plus.museum import exhibit
from micrograd_plus.session import Session
from micrograd_plus.viz.playback import film
from tests import sessions
from tests.sessions import FOLDER

TRANSCRIPTS = sorted(FOLDER.glob("*.txt"))
NEURON = ("tanh(x*w + b)", {"x": 2.0, "w": -3.0, "b": 1.0})


@pytest.fixture(autouse=True)
def _beside_the_scripts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy_scripts(tmp_path)
    monkeypatch.chdir(tmp_path)


def copy_scripts(folder: Path) -> None:
    for file in (*FOLDER.glob("*.py"), *FOLDER.glob("*.cmd")):
        shutil.copy(file, folder)


@pytest.mark.parametrize("file", TRANSCRIPTS, ids=lambda file: file.stem)
def test_a_session_goes_as_it_did(file: Path) -> None:
    written = file.read_text()
    transcript = sessions.read(written)
    again = sessions.said_again(transcript.command, [exchange.line for exchange in transcript.exchanges])
    assert str(again) == written


def exchanges() -> list[sessions.Exchange]:
    return [exchange for file in TRANSCRIPTS for exchange in sessions.read(file.read_text()).exchanges]


def test_every_command_has_an_answer_in_a_transcript() -> None:
    answered = {split(e.line)[0] for e in exchanges() if "error: " not in e.answer}
    known = {name for command in TABLE for name in (command.name, *command.aliases)}
    assert {found(name) for name in answered & known} == set(TABLE)


def test_answers_fit_into_80_columns() -> None:
    lines = [line for e in exchanges() for line in e.answer.splitlines() if not line.startswith("error: ")]
    assert [line for line in lines if len(line) > 80] == []


# --- what must hold of the table --------------------------------------------------------------------------------------


def test_names_and_aliases_are_told_apart() -> None:
    names = [name for command in TABLE for name in (command.name, *command.aliases)]
    assert len(names) == len(set(names))
    assert all(found(name) is command for command in TABLE for name in (command.name, *command.aliases))


def test_each_reverse_is_a_command() -> None:
    assert all(found(command.reverse).name == command.reverse for command in TABLE if command.reverse)


@pytest.mark.parametrize("command", TABLE, ids=lambda command: command.name)
def test_help_has_an_example_that_begins_with_the_command(command: Command) -> None:
    dialog = begun(*NEURON)
    text = answer(dialog, f"help {command.name}")
    example = re.search(r"example: (\S+)", text)
    assert example
    assert found(example[1]) is command


# --- numbers ----------------------------------------------------------------------------------------------------------


def neuron() -> tuple[Dialog, Value, dict[str, Value]]:
    leaves = {name: Value(x, label=name) for name, x in NEURON[1].items()}
    root = (leaves["x"] * leaves["w"] + leaves["b"]).tanh()
    return Dialog(Session(root)), root, leaves


def number(text: str) -> float:
    return float(text.rpartition("= ")[2])


def test_print_computes_with_what_the_nodes_hold() -> None:
    dialog, root, leaves = neuron()
    answer(dialog, "end")
    slope = 1.0 - root.data**2
    assert number(answer(dialog, "print x.grad")) == pytest.approx(slope * leaves["w"].data, rel=1e-5)
    assert number(answer(dialog, "print w.grad * 2 + b")) == pytest.approx(2.0 * slope * 2.0 + 1.0, rel=1e-5)


def test_moves_leave_the_gradients_of_their_position() -> None:
    dialog, root, leaves = neuron()
    answer(dialog, "end")
    assert leaves["w"].grad == (1.0 - root.data**2) * leaves["x"].data
    answer(dialog, "goto 3")
    assert (leaves["b"].has_grad, leaves["w"].has_grad) == (True, False)


def test_set_and_undo_run_the_graph_again() -> None:
    dialog, root, leaves = neuron()
    before = root.data
    answer(dialog, "set w = 0.25 + x")
    assert leaves["w"].data == 2.25
    assert root.data == (Value(2.0) * 2.25 + 1.0).tanh().data
    answer(dialog, "undo")
    assert (leaves["w"].data, root.data) == (-3.0, before)


def test_train_takes_steps_of_gradient_descent() -> None:
    dialog, _, leaves = neuron()
    answer(dialog, "end")
    wanted = leaves["b"].data - 0.25 * leaves["b"].grad
    answer(dialog, "lr 0.25")
    answer(dialog, "train")
    assert leaves["b"].data == wanted


def test_commands_leave_the_position_where_they_only_look() -> None:
    dialog, _, leaves = neuron()
    answer(dialog, "step 3")
    gradients = [node.grad for node in dialog.session.debugger.recording.nodes]
    for line in ("museum overwrite wrong.svg", "diagnose", "check", "graph now.svg", "tree", "list", "save x.html"):
        answer(dialog, line)
    assert dialog.session.debugger.at - dialog.session.debugger.start == 3
    assert [node.grad for node in dialog.session.debugger.recording.nodes] == gradients
    assert [node.has_grad for node in leaves.values()] == [False, False, True]


def test_the_player_that_is_saved_begins_at_this_step() -> None:
    dialog = begun(*NEURON)
    debugger = dialog.session.debugger
    titles = [frame.title for frame in film(dialog.session.root, "contribution").frames]
    for line in ("restart", "step 2", "forward 1", "step 3", "step 2", "end"):
        answer(dialog, line)
        answer(dialog, "save x.html")
        [data] = re.findall(r'id="data">(.*?)</script>', Path("x.html").read_text(encoding="utf-8"), re.S)
        title = titles[json.loads(data)["start"]]
        if debugger.at in (0, debugger.start):
            assert title in ("The inputs and parameters are given", "Backward begins at out")
        else:
            kind = "Forward" if debugger.at < debugger.start else "Backward"
            assert title.startswith(f"{kind}: {debugger.names[debugger.last.node]} = ")


def test_a_picture_of_a_mistake_shows_the_wrong_gradients() -> None:
    dialog = begun("x*x", {"x": 3.0})
    answer(dialog, "museum overwrite wrong.dot")
    wrong = exhibit(dialog.session.root, "overwrite")
    [x] = wrong.spoilt
    assert f"grad {wrong.wrong[x]:g}" in Path("wrong.dot").read_text()
    assert f"grad {wrong.right[x]:g}" not in Path("wrong.dot").read_text()


def test_the_museum_leaves_pinned_nodes_pinned() -> None:
    dialog = begun("tanh(x*w) + x", {"x": 0.5, "w": 2.0})
    answer(dialog, "set #3 = 0.25")
    told = answer(dialog, "museum overwrite")
    # Nothing passes the pinned product, so that x is read once and there is nothing to overwrite.
    assert "this graph is not affected" in told
    answer(dialog, "unset #3")
    assert "gradients are wrong, first that of x" in answer(dialog, "museum overwrite")


def test_a_changed_entry_is_named() -> None:
    tensor = Tensor([[1.0, 2.0], [3.0, 4.0]], label="W")
    dialog = Dialog(Session((tensor * tensor).sum()))
    # 3 lies within the range of the array, which stays as it was.
    assert "W[0, 1]: 2 -> 3" in answer(dialog, "set W[0,1] = 3")
    assert "W: [1 .. 4] -> [2 .. 8]" in answer(dialog, "set W = W * 2")
    with pytest.raises(ValueError, match=r"one number, got an array of shape \(2, 2\)"):
        answer(dialog, "set W[0,1] = W")


def test_a_graph_of_one_leaf_has_commands_too() -> None:
    x = Value(3.0, label="x")
    for command in (*TABLE, found("train")):
        dialog = Dialog(Session(x))
        with contextlib.suppress(ValueError):  # such as a quiz, for which there is no gradient
            answer(dialog, command.name)
    assert answer(Dialog(Session(x)), "source").startswith("no line is known that made x")


def test_diagnose_is_the_functions() -> None:
    dialog = begun("exploding.py", {})
    assert answer(dialog, "diagnose").split() == repr(diagnose(dialog.session.root)).split()


def test_a_loaded_session_goes_on() -> None:
    dialog, root, _ = neuron()
    answer(dialog, "set w = 0.5")
    answer(dialog, "step 2")
    answer(dialog, "save s.json")
    data, at = root.data, dialog.session.debugger.at
    answer(dialog, "restart")
    answer(dialog, "load s.json")
    assert (dialog.session.root.data, dialog.session.debugger.at) == (data, at)
    answer(dialog, "undo")
    assert number(answer(dialog, "print w + 0")) == -3.0


@pytest.mark.parametrize(
    "line",
    [
        "set 'x\"; import os' = 1",
        "set x = __import__('os').system('true')",
        "set x = (lambda: 1)()",
        "print x.__class__.__mro__",
        "print [x for x in (1,)]",
        "print open('s')",
        "break __import__('os')",
        "print 'x",
        "print #",
        "print x.data#1",
        "print #99999999999999999999",
        "goto 99999999999999999999",
        "set x = " + "(" * 5000,
        "print " + "x+" * 5000,
        "print \x00",
        "print \x1b[31m",
        "why x by \N{SNOWMAN}",
        "quiz 'all'; import os",
        "museum ../../etc/passwd",
    ],
)
def test_nonsense_is_a_mistake_in_one_line(line: str) -> None:
    dialog = begun(*NEURON)
    answer(dialog, "end")
    with pytest.raises(ValueError, match=r"\A[^\n]+\Z"):
        answer(dialog, line)


def write_anew() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        copy_scripts(Path(folder))
        for file in TRANSCRIPTS:
            old = sessions.read(file.read_text())
            file.write_text(str(sessions.said_again(old.command, [e.line for e in old.exchanges])))


@pytest.mark.parametrize("line", ["save x.html", "graph x.gif", "quiz --sheet x.svg"])
def test_what_knows_no_pins_says_so(line: str) -> None:
    dialog = begun(*NEURON)
    answer(dialog, "set #4 = 1")
    with pytest.raises(ValueError, match="shows the graph without pins, and #4 is pinned: unset it first"):
        answer(dialog, line)
    assert not list(Path().glob("x.*"))
    answer(dialog, "unset #4")
    answer(dialog, line)
    assert list(Path().glob("x*"))


if __name__ == "__main__":
    write_anew()


@pytest.mark.parametrize("line", ["why X[2]", "why X[0, 0]", "why out[0]", "why X[5] by reader"])
def test_an_entry_that_is_not_there_is_a_mistake(line: str) -> None:
    dialog = Dialog(Session(Tensor([1.0, 2.0], label="X").sum()))
    with pytest.raises(ValueError, match="no entry"):
        answer(dialog, line)
