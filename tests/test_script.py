"""What a script on the command line hands over: a node, and the lines that made its graph."""

from pathlib import Path

import click
import pytest

from micrograd_plus.cli import main
from micrograd_plus.cli.script import node_of
from micrograd_plus.engine import graph
from tests.command_line import answer, mistake, run

SCRIPT = """\
from micrograd_plus import Value, nn
x = Value(2.0, label="x")

def loss():
    y = x * x
    return nn.Neuron(1)([y])
"""


def test_nodes_note_the_line_of_the_script_that_made_them(tmp_path: Path) -> None:
    path = tmp_path / "made.py"
    path.write_text(SCRIPT)
    nodes = graph(node_of(f"{path}:loss"))
    lines = SCRIPT.splitlines()
    computed = [node for node in nodes if not node.is_leaf]
    assert computed[0].source == (str(path), 1 + lines.index("    y = x * x"))
    assert {node.source for node in computed[1:]} == {(str(path), len(lines))}


def test_an_array_is_taken_only_where_it_may_be(tmp_path: Path) -> None:
    path = tmp_path / "made.py"
    path.write_text("from micrograd_plus import Tensor\ny = Tensor([1.0, 2.0]) * 2\n")
    assert node_of(f"{path}:y", is_number=False).data.tolist() == [2.0, 4.0]
    with pytest.raises(click.UsageError, match=r"y has shape \(2,\)"):
        node_of(f"{path}:y")


@pytest.mark.parametrize("name", ["SystemExit", "asyncio.CancelledError", "BaseException"])
def test_whatever_a_script_raises_is_one_line(tmp_path: Path, name: str) -> None:
    path = tmp_path / "made.py"
    path.write_text(f"import asyncio\nraise {name}('why')\n")
    assert mistake("graph", path) == f"error: {path}, line 2: {name.removeprefix('asyncio.')}: why"


def test_a_script_is_run_by_those_commands_alone_whose_help_says_so(tmp_path: Path) -> None:
    script, trace = tmp_path / "script.py", tmp_path / "trace"
    script.write_text(f"open({str(trace)!r}, 'w').close()\n")
    warned = []
    for name in main.list_commands(click.Context(main)):
        warns = "run only what you trust" in " ".join(answer(name, "--help"))
        run(name, script)
        assert trace.exists() == warns, name
        trace.unlink(missing_ok=True)
        warned += [name] * warns
    assert sorted(warned) == ["compile", "diagnose", "graph", "step"]
