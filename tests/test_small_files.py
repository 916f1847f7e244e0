"""Small files that would become large arrays are refused in one line that says why, in little memory."""

from __future__ import annotations

import json
import struct
import subprocess
import sys
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from micrograd_plus import checkpoint
from micrograd_plus.classifier import Classifier
from micrograd_plus.settings import Settings
from tests.command_line import ROOT
from tests.peak_memory import needs_proc, output_of

pytestmark = [pytest.mark.slow, needs_proc]

PROGRAM = """
import io, sys
from contextlib import redirect_stderr, redirect_stdout
from micrograd_plus.cli import main
try:
    with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()) as said:
        main(sys.argv[1:], prog_name="micrograd-plus")
except SystemExit as end:
    print(end.code or 0)
print(peak())
print(said.getvalue())
"""
MOST = 2**29  # bytes; Python with all that a command imports takes a fourth of them


def array(shape: tuple[int, ...], dtype: str = "float64") -> dict[str, Any]:
    return {"dtype": dtype, "shape": list(shape), "base64": b64encode(np.zeros(shape, dtype)).decode()}


WIDE, HIGH = array((1, 12_000)), array((12_000, 1))
IMAGE_AND_KERNEL = [array((1, 1, 300, 300)), array((1, 1, 150, 150))]
SQUARE = {"tuple": [{"tuple": [0] * 12_000}, {"tuple": [{"tuple": [0]}] * 12_000}]}
PAIR = {"tuple": [1, 1]}
WINDOWS = {"stride": PAIR, "padding": {"tuple": [0, 0]}}
OTHER_SIZE, OF_ONE_SHAPE = "of another size than its result", "wanted arrays of one shape"


AGAIN_AND_AGAIN = [0] * 10_000


# operation -> leaves, inputs, parameters, what is said
SESSIONS: dict[str, tuple[list[Any], list[int], dict[str, Any], str]] = {
    "stack": ([array((8000,))], AGAIN_AND_AGAIN, {"axis": 0}, OTHER_SIZE),
    "concatenate": ([array((8000,))], AGAIN_AND_AGAIN, {"axis": 0}, OTHER_SIZE),
    "in_order": ([WIDE, HIGH], [0, 1], {"axis": 0}, OF_ONE_SHAPE),
    "from_order": ([WIDE, HIGH], [0, 1], {"axis": 0}, OF_ONE_SHAPE),
    "linear_recurrence": ([array((12_000,)), HIGH], [0, 1], {"axis": 0, "reverse": False}, OF_ONE_SHAPE),
    "cross_entropy": ([HIGH], [0], {"labels": array((12_000, 1), "int64")}, OF_ONE_SHAPE),
    "scatter": ([array((12_000,))], [0], {"key": SQUARE, "shape": PAIR}, OF_ONE_SHAPE),
    "index": ([array((1, 1))], [0], {"key": SQUARE}, OTHER_SIZE),
    "cumsum": ([array((3,))], [0], {"axis": 10**8, "reverse": True}, "too many indices"),
    "max_pool2d_input": ([WIDE, HIGH, WIDE], [0, 1, 2], {"kernel": PAIR, **WINDOWS}, OF_ONE_SHAPE),
    "max_pool2d_taken": ([WIDE, HIGH, WIDE], [1, 1, 0], {"kernel": PAIR, **WINDOWS}, OF_ONE_SHAPE),
    "avg_pool2d_input": ([HIGH], [0], {"kernel": PAIR, "size": {"tuple": [1, 12_000]}, **WINDOWS}, OF_ONE_SHAPE),
    "avg_pool2d": ([WIDE], [0], {"kernel": {"tuple": [1, 10**7]}, **WINDOWS}, "lays out 320,012,032 numbers"),
    "conv2d": (IMAGE_AND_KERNEL, [0, 1], WINDOWS, "lays out 513,112,500 numbers"),
}


@pytest.mark.parametrize("op", SESSIONS)
def test_sessions(tmp_path: Path, op: str) -> None:
    leaves, inputs, parameters, said = SESSIONS[op]
    nodes = [{"op": "leaf", "data": data, "scope": 0} for data in leaves]
    called = {"op": op, "data": 0.0, "scope": 0, "inputs": inputs, "parameters": parameters}
    content = {"format": "micrograd_plus.session", "version": 2, "kind": "Tensor", "scopes": [[]]}
    path = tmp_path / "session.json"
    path.write_text(json.dumps({**content, "nodes": [*nodes, called]}))
    refused(said, "step", path)


def raw_checkpoint(path: Path, entries: str, size: int) -> None:
    """Write a checkpoint of which nothing but the header takes a place on the disk."""
    about = json.dumps({"micrograd_plus": json.dumps({"format": checkpoint.FORMAT, "version": 1, "metadata": {}})})
    header = f'{{"__metadata__":{about},{entries}}}'.encode()
    with path.open("wb") as file:
        file.write(struct.pack("<Q", len(header)) + header)
        file.truncate(8 + len(header) + size)


def one_large(path: Path) -> None:
    raw_checkpoint(path, f'"w":{{"dtype":"F64","shape":[{2**26}],"data_offsets":[0,{2**29}]}}', 2**29)


def many_empty(path: Path) -> None:
    empty = '":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}'
    raw_checkpoint(path, ",".join(f'"{k}{empty}' for k in range(600_000)), 0)


@pytest.mark.parametrize(
    ("write", "said"),
    [
        (one_large, " bytes, and at most 134,217,728 are read"),
        (many_empty, "a checkpoint of 600,004 entries, and at most 131,072 are read"),
    ],
    ids=["one_large", "many_empty"],
)
def test_checkpoints(tmp_path: Path, write: Callable[[Path], None], said: str) -> None:
    write(tmp_path / "model")
    refused(said, "predict", tmp_path / "model", ROOT / "examples" / "flowers.csv")


def wide_network(path: Path) -> None:
    """Write a classifier whose hidden layer gives half a gigabyte for a table of some thousand rows."""
    X = np.arange(4.0)[:, None]
    Classifier.for_samples(X, ("x",), ("no", "yes"), Settings(hidden=(50_000,), epochs=1)).save(path)


def test_a_wide_network_is_run_on_few_rows_at_once(tmp_path: Path) -> None:
    wide_network(tmp_path / "model")
    (tmp_path / "table.csv").write_text("x\n" + "1\n" * 1500)
    done("predict", tmp_path / "model", tmp_path / "table.csv")


def many_classes(each: int) -> str:
    return "a,k\n" + "".join(f"{k},c{k // each}\n" for k in range(6000))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (many_classes(2), "table.csv, column 'k': more than 1,000 classes; a column of labels is wanted"),
        (",".join(map(str, range(300_000))) + "\n", "table.csv: 300,000 columns; at most 20,000 are read"),
        ("aaaa," * 10**6, "table.csv, line 1: longer than 4,194,304 characters"),
    ],
    ids=["classes", "columns", "line"],
)
def test_tables(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "table.csv").write_text(text)
    refused(said, "train", tmp_path / "table.csv", "--epochs", 1, "--out", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_stream_of_one_endless_line(tmp_path: Path) -> None:
    program = "while True: print('aaaa,' * 1000, end='')"
    command = [sys.executable, "-c", program]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as endless:
        assert endless.stdout is not None
        said = "standard input, line 1: longer than 4,194,304 characters"
        refused(said, "train", "-", "--out", tmp_path / "out", stdin=endless.stdout.fileno())
        endless.kill()
    assert not (tmp_path / "out").exists()


def test_a_thousand_classes_are_drawn(tmp_path: Path) -> None:
    (tmp_path / "table.csv").write_text("a,b,k\n" + "".join(f"{k},{k % 7},c{k // 2}\n" for k in range(2000)))
    done("train", tmp_path / "table.csv", "--epochs", 1, "--hidden", 2, "--no-report", "--out", tmp_path / "out")


def done(*arguments: object) -> None:
    """Check that a command does what it should in little memory."""
    status, peak, *_ = output_of(PROGRAM, *arguments).split("\n")
    assert status == "0"
    assert int(peak) < MOST


def refused(said: str, *arguments: object, stdin: int | None = None) -> None:
    """Check that a command ends in little memory, and with what it should say."""
    status, peak, line = output_of(PROGRAM, *arguments, stdin=stdin).strip().split("\n")
    assert said in line
    assert status == "2"
    assert int(peak) < MOST
