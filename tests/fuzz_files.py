"""Damaged files: tables, sessions, checkpoints."""

from __future__ import annotations

import json
import random
import struct
from functools import cache
from importlib.resources import files
from pathlib import Path

import numpy as np

from micrograd_plus import Tensor, nn
from micrograd_plus.classifier import Classifier
from micrograd_plus.expression import Expression
from micrograd_plus.optim import Adam
from micrograd_plus.saved_session import load_session, save_session
from micrograd_plus.session import Session
from micrograd_plus.settings import Settings
from micrograd_plus.tables import read_features, read_labelled
from tests.fuzz_mutation import HOSTILE, damaged_bytes, damaged_json
from tests.fuzzing import in_one_line


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
    if session.optimizer:
        session.train(2)
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
