"""What is fuzzed in process: formulas, tables, sessions, checkpoints, Tensors, lines to the debugger; and commands."""

from __future__ import annotations

import json
import random
import re
import struct
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from micrograd_plus import Tensor, nn
from micrograd_plus.classifier import Classifier
from micrograd_plus.cli.conversation import Conversation
from micrograd_plus.cli.debugging.command import Dialog
from micrograd_plus.expression import Expression
from micrograd_plus.ops import TABLE
from micrograd_plus.optim import Adam
from micrograd_plus.saved_session import load_session, save_session
from micrograd_plus.session import Session
from micrograd_plus.settings import Settings
from micrograd_plus.tables import read_features, read_labelled
from tests import sessions
from tests.array_cases import CASES
from tests.array_cases.case import parts
from tests.fuzz_commands import drawn_command, read_command
from tests.fuzz_mutation import HOSTILE, damaged_bytes, damaged_json, damaged_text
from tests.fuzzing import Refused, Target

FORMULAS = (
    "tanh(x*w + b)", "x**2 + -3*y", "relu(x) / (1e-3 + y**-2)", "clip(x, -1, max=2)", "x < y", "-(x - y)**0.5",
    "log(exp(x)) * inf", "where(x > 0, x, 0.1*x)", "maximum(x, y)", "leaky_relu(x, 0.1) + softplus(y)",
    "x % 2 // y", *(op.usage for op in TABLE.values()),
)  # fmt: skip
_TOKENS = (
    *HOSTILE, *TABLE, "x", "y", "w", "+", "-", "*", "/", "**", "<", "<=", "==", "!=", "(", ")", ",",
    "=", " ", "\n", ".", "if", "else", "and", "not", "in", "is", "for", "await", "yield", ":=", "->",
    "@", "~", "!", "|", "&", "^", "<<", "//", "1j", "1e400", "0b1", "00", "1__0", "f'{x}'", "b''",
    "...", "*x", "**x", "x[0]", "n=2", "min=", "None", "True",
)  # fmt: skip


def drawn_formula(rng: random.Random) -> str:
    if rng.random() < 0.4:
        return "".join(rng.choices(_TOKENS, k=rng.choice((1, 3, 10, 40))))
    return damaged_text(rng, rng.choice(FORMULAS), _TOKENS)


def read_formula(text: str) -> None:
    expression = Expression(text)
    numbers = random.Random(text)
    values = {name: numbers.choice((0.0, -1.0, 2.5, 1e308, float("nan"))) for name in expression.names}
    expression(**values).backward()
    if values:
        expression(**{name: Tensor([x, 1.0]) for name, x in values.items()}).sum().backward()


def in_one_line(error: ValueError) -> None:
    """Complain if what is wrong is not said in one line, or only because memory is limited here."""
    said = str(error)
    assert len(said.splitlines()) == 1, said
    assert "larger than memory" not in said, said


# --- files ------------------------------------------------------------------------------------------------------------


@cache
def _tables() -> list[bytes]:
    """Return the first lines of the tables that the package ships, and some that are written otherwise."""
    shipped = [path.read_bytes() for path in files("micrograd_plus.datasets").iterdir() if path.name.endswith(".csv")]
    heads = [b"".join(content.splitlines(keepends=True)[:6]) for content in shipped]
    made = b'x,"y, in cm",kind\r\n1,2.5,a\r\n\r\n3,,b\r\n"4","-1e3","c ""d"""\r\n'
    return [*heads, made, made.replace(b",", b";"), made.replace(b",", b"\t"), made.decode().encode("utf-16")]


def drawn_table(rng: random.Random) -> tuple[bytes, str]:
    if rng.random() < 0.4:
        cells = [*HOSTILE, "1", "2.5", "3", "a", "b", "x", "nan", '"1"', '"a\nb"']
        width = rng.randint(1, 4)
        rows = [[rng.choice(cells) for _ in range(width)] for _ in range(rng.randint(1, 6))]
        text = rng.choice(("\n", "\r\n", "\r")).join(rng.choice(",,,;\t").join(row) for row in rows)
        content = text.encode(rng.choice(("utf-8", "utf-8", "utf-8-sig", "utf-16")), "replace")
    else:
        content = damaged_bytes(rng, rng.choice(_tables()))
    return content, rng.choice(("error", "drop", "mean"))


def read_table(given: tuple[bytes, str]) -> None:
    content, missing = given
    Path("table.csv").write_bytes(content)
    table = read_labelled("table.csv", missing=missing)
    assert table.X.shape == (len(table.y), len(table.feature_names))
    assert set(table.y.tolist()) == set(range(len(table.class_names)))
    again = read_features("table.csv", table.feature_names, missing="mean")
    assert again.X.shape[1] == table.X.shape[1]


@cache
def _saved_sessions() -> list[bytes]:
    network = nn.MLP(2, [2, 1], rng=0)
    trained = Session((network([1.0, -2.0]) - 1.0) ** 2, optimizer=Adam(network.parameters()))
    trained.train(2)
    arrays = nn.ArrayMLP(2, [3, 2], rng=0)
    of_arrays = Session((arrays(Tensor([[1.0, 2.0], [3.0, -1.0]]))[[0, 0, 1], 1:].logsumexp(axis=1) ** 2).sum())
    of_arrays.train(1)
    x = Tensor(np.arange(16.0).reshape(1, 1, 4, 4), label="x")
    images = Session(x.conv2d(Tensor(np.ones((2, 1, 2, 2))), padding=1).max_pool2d(2).sum())
    pinned = Session(Expression("tanh(x*w + b) + x**3 + clip(x, 0, 1)")(x=2.0, w=-3.0, b=1.0))
    pinned.set("out", 0.5)
    pinned.breakpoints.add("x if abs(grad) > 0.1")
    pinned.breakpoints.watch("w")
    contents = []
    for session in (trained, of_arrays, images, pinned):
        save_session(session, "saved.json")
        contents.append(Path("saved.json").read_bytes())
    return contents


def drawn_session(rng: random.Random) -> bytes:
    content = rng.choice(_saved_sessions())
    if rng.random() < 0.15:
        return damaged_bytes(rng, content)
    return json.dumps(damaged_json(rng, json.loads(content))).encode()


def read_session(content: bytes) -> None:
    Path("session.json").write_bytes(content)
    try:
        session = load_session("session.json")
    except ValueError as error:
        in_one_line(error)
        raise
    while session.done:  # what is taken for a session has to work
        session.undo()
    save_session(session, "again.json")


@cache
def _checkpoints() -> list[bytes]:
    X, y = [[0.0, 1.0], [2.0, -1.0], [1.0, 1.0]], [0, 1, 2]
    contents = []
    for classes, how in [(3, {}), (2, {"loss": "hinge", "backend": "scalar"}), (2, {"class_weights": {"b": 2.0}})]:
        settings = Settings(hidden=(3,), epochs=1, **how)
        classifier = Classifier.for_samples(X, ["p", "q"], ["a", "b", "c"][:classes], settings)
        classifier.fit(X, np.minimum(y, classes - 1))
        classifier.save("saved.safetensors")
        contents.append(Path("saved.safetensors").read_bytes())
    return contents


def drawn_checkpoint(rng: random.Random) -> bytes:
    content = rng.choice(_checkpoints())
    way = rng.random()
    if way < 0.3:
        return damaged_bytes(rng, content)
    (size,) = struct.unpack("<Q", content[:8])
    header = json.loads(content[8 : 8 + size])
    if way < 0.8:
        own = json.loads(header["__metadata__"]["micrograd_plus"])
        header["__metadata__"]["micrograd_plus"] = json.dumps(damaged_json(rng, own))
    else:
        header = damaged_json(rng, header)
    text = json.dumps(header).encode()
    size = rng.choice((2**63, 2**40, 0, len(text) + 1)) if rng.random() < 0.02 else len(text)
    return struct.pack("<Q", size) + text + content[8 + struct.unpack("<Q", content[:8])[0] :]


def read_checkpoint(content: bytes) -> None:
    Path("model.safetensors").write_bytes(content)
    try:
        classifier = Classifier.load("model.safetensors")
    except ValueError as error:
        in_one_line(error)
        raise
    classes = classifier.predict(np.zeros((2, len(classifier.feature_names))))
    assert set(classes.tolist()) <= set(range(len(classifier.class_names)))
    classifier.save("again.safetensors")


# --- Tensors ----------------------------------------------------------------------------------------------------------


def _argument(rng: random.Random, depth: int = 0) -> Any:
    """Return what may stand as an index or an argument of a function, and what may not."""
    whole = (0, 1, 2, -1, -3, 3, 7, 100, 2**31, -(2**63), 2**64, 10**30)
    match rng.randrange(17 if depth < 2 else 9):
        case 0 | 1 | 2:
            return rng.choice(whole)
        case 3:
            return None
        case 4:
            return rng.choice((True, False, ..., type, "x", "", b"x", 1j))
        case 5:
            return rng.choice((0.5, -0.0, 1.0, float("nan"), float("inf"), 1e308))
        case 6 | 7:
            return slice(*(rng.choice((None, None, *whole)) for _ in range(3)))
        case 8:
            return rng.choice((np.int8(1), np.uint64(2**63), np.float32(1.0), np.bool_(True), np.str_("a")))
        case 9 | 10 | 11:
            return tuple(_argument(rng, depth + 1) for _ in range(rng.randrange(5)))
        case 12 | 13:
            return [_argument(rng, depth + 1) for _ in range(rng.randrange(4))]
        case 14:
            return Tensor([0.0, 1.0]) if rng.randrange(2) else {"a": 1}
        case _:
            shape = tuple(rng.choice((0, 1, 2, 3, 3)) for _ in range(rng.randrange(4)))
            dtype = rng.choice(("int64", "int8", "bool", "float64", "uint8", "complex128", "object", "U1"))
            return np.array(rng.choices((0, 1, 2, -1, 5), k=int(np.prod(shape)))).reshape(shape).astype(dtype)


def _shape(rng: random.Random) -> tuple[int, ...]:
    return tuple(rng.choice((0, 1, 2, 3, 4)) for _ in range(rng.randrange(5)))


def drawn_index(rng: random.Random) -> tuple[tuple[int, ...], Any]:
    return _shape(rng), _argument(rng)


def read_index(given: tuple[tuple[int, ...], Any]) -> None:
    shape, key = given
    x = Tensor(np.arange(1.0, 1.0 + np.prod(shape)).reshape(shape))
    part = x[key]
    np.testing.assert_array_equal(part.data, x.data[key.data if isinstance(key, Tensor) else key])
    part.sum().backward()
    assert x.grad.sum() == part.size


def drawn_call(rng: random.Random) -> tuple[Any, ...]:
    place = rng.randrange(len(CASES))
    case = CASES[place]
    shapes = [shape if rng.random() < 0.7 else _shape(rng) for shape in case.shapes]
    arguments = [x if rng.random() < 0.7 else _argument(rng) for x in case.arguments]
    keywords = {name: x if rng.random() < 0.6 else _argument(rng) for name, x in case.keywords.items()}
    if rng.random() < 0.2:
        keywords[rng.choice(("axis", "keepdims", "dim", "ddof", "shape", "out", "dtype"))] = _argument(rng)
    if rng.random() < 0.1:
        arguments.append(_argument(rng))
    return place, shapes, arguments, keywords


def read_call(given: tuple[Any, ...]) -> None:
    place, shapes, arguments, keywords = given
    known = CASES[place]
    case = type(known)(known.function, tuple(shapes), tuple(arguments), keywords, known.call)
    inputs = [Tensor(x) for x in case.inputs()]
    for result in parts(case.of(inputs)):
        if isinstance(result, Tensor):
            result.sum().backward()


# --- the debugger -----------------------------------------------------------------------------------------------------


@cache
def _lines() -> list[str]:
    """Return what is said to the debugger in the transcripts, but for what loads other files."""
    texts = [path.read_text() for path in sorted(sessions.FOLDER.glob("*.txt"))]
    return sorted({exchange.line for text in texts for exchange in sessions.read(text).exchanges})


def drawn_conversation(rng: random.Random) -> tuple[str, list[str]]:
    lines = []
    for _ in range(rng.randint(1, 8)):
        line = rng.choice(_lines())
        if rng.random() < 0.6:
            line = damaged_text(rng, line, (*HOSTILE, *_lines()[:40], "x", "out", "#1", "w.grad"))
        lines.append(within(line))
    return rng.choice(FORMULAS[:11]), lines


def within(text: str) -> str:
    """Return a text without what leads out of the folder, or to a number of steps that takes an hour."""
    return re.sub(r"\d{4,}", "7", re.sub(r"[/~]", "*", text))


def read_conversation(given: tuple[str, list[str]]) -> None:
    formula, lines = given
    expression = Expression(formula)
    dialog = Dialog(Session(expression(**{name: 0.5 + k for k, name in enumerate(expression.names)})))
    conversation = Conversation(dialog)
    replies = [conversation.reply(line) for line in lines if not dialog.is_over]
    if any(reply.problem for reply in replies):
        raise Refused


TARGETS: dict[str, Target] = {
    "expression": Target(drawn_formula, read_formula, (ValueError,)),
    "table": Target(drawn_table, read_table, (ValueError,)),
    "session": Target(drawn_session, read_session, (ValueError,)),
    "checkpoint": Target(drawn_checkpoint, read_checkpoint, (ValueError,)),
    "index": Target(drawn_index, read_index, (TypeError, ValueError, IndexError)),
    # More numbers than there is memory can be asked for: NumPy's own MemoryError is the answer.
    "function": Target(drawn_call, read_call, (TypeError, ValueError, IndexError, MemoryError)),
    "debugger": Target(drawn_conversation, read_conversation, (Refused,)),
    "command": Target(drawn_command, read_command, (Refused,)),
}
IN_PROCESS: tuple[str, ...] = tuple(name for name in TARGETS if name != "command")
