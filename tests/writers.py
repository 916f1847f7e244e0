"""All that writes files: functions of the library by what they write, and command lines, each with small contents."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, cast

import numpy as np

from micrograd_plus import Value, checkpoint, data, losses, viz
from micrograd_plus.atomic_file import atomic_write
from micrograd_plus.checkpoint_keeper import CheckpointKeeper
from micrograd_plus.classifier import Classifier
from micrograd_plus.cli import repeat, results
from micrograd_plus.cli.lab.results import ResultFile
from micrograd_plus.cli.lab.results import write as write_results
from micrograd_plus.cli.prepared import prepared
from micrograd_plus.cli.results import Picture, draw_pictures
from micrograd_plus.cli.training_job import TrainingJob
from micrograd_plus.compiler.compilation import compile
from micrograd_plus.export.files import save as export
from micrograd_plus.lab.sweep import Trained, train_run
from micrograd_plus.lab.sweep_folder import SweepFolder
from micrograd_plus.nn import ArrayMLP
from micrograd_plus.optim import SGD
from micrograd_plus.saved_session import save_session
from micrograd_plus.session import Session
from micrograd_plus.settings import Settings
from micrograd_plus.train import fit
from micrograd_plus.training_history import History
from micrograd_plus.viz import plots
from micrograd_plus.viz.drawing import draw, draw_dot
from micrograd_plus.viz.page import Page
from micrograd_plus.viz.report import Report
from micrograd_plus.viz.worksheet import quiz_sheet

X, Y = data.moons(20, rng=0)
SMALL, LARGER = (Settings(hidden=(size,), epochs=1) for size in (2, 3))
Write = Callable[[Path], Any]


@cache
def classifier() -> tuple[Classifier, History]:
    made = Classifier.for_samples(X, ("x1", "x2"), ("no", "yes"), SMALL)
    return made, made.fit(X, Y)


@cache
def trained(settings: Settings) -> Trained:
    return train_run(data.load("moons"), settings)


def root() -> Value:
    x, w = Value(2.0, label="x"), Value(-3.0, label="w")
    return (x * w).tanh()


def kept_training(path: Path) -> None:
    model = ArrayMLP(2, [2, 1], rng=0)
    optimizer = SGD(model.parameters(), lr=0.1)
    keeper = CheckpointKeeper(path, {"about": "a test"})
    fit(model, X, Y, loss=losses.hinge, optimizer=optimizer, epochs=1, batch_size=20, rng=0, keeper=keeper)


def program(folder: Path) -> None:
    x = Value(2.0, label="x")
    compile(x * x).save(folder)


def sweep(folder: Path) -> None:
    with SweepFolder(folder, data.load("moons"), {}) as kept:
        for settings in kept.waiting([SMALL, LARGER]):
            kept.add(trained(settings))


def model(folder: Path) -> None:
    with prepared(folder, ()):
        results.save_model(folder, *classifier())


def pictures(folder: Path) -> None:
    report = cast("Report", None)  # these pictures are of nothing
    for _ in draw_pictures(
        folder, report, [Picture("a.png", "a", lambda report: b"a"), Picture("b", "b", lambda r: b"b")]
    ):
        pass


# Name -> (the ending that a file's name must have, None for a folder, and what writes it).
WRITERS: dict[str, tuple[str | None, Write]] = {
    "bytes": ("", lambda path: atomic_write(path, b"new")),
    "checkpoint": ("", lambda path: checkpoint.save(path, {"w": np.ones(3)}, {})),
    "classifier": ("", lambda path: classifier()[0].save(path)),
    "training": ("", kept_training),
    "session": (".json", lambda path: save_session(Session(root()), path)),
    **{
        f"export{ending}": (ending, lambda path: export(classifier()[0], path))
        for ending in (".onnx", ".c", ".py", ".safetensors")
    },
    **{
        f"drawing{ending}": (ending, lambda path: draw(root()).save(path))
        for ending in (".svg", ".png", ".dot", ".html")
    },
    "draw_dot": ("", lambda path: draw_dot(root()).render(path.name, path.parent)),
    "player": (".html", lambda path: viz.player(root(), path)),
    "page": (".html", lambda path: Page("<p>").save(path)),
    "plot": (".png", lambda path: plots.save(plots.loss_curve([1.0, 0.5]), path)),
    "gif": (".gif", lambda path: viz.frames(root()).save(path)),
    "frames": (None, lambda path: viz.frames(root()).save(path, format="svg")),
    **{f"worksheet{ending}": (ending, lambda path: quiz_sheet(root(), path)) for ending in (".svg", ".png", ".pdf")},
    "program": (None, program),
    "sweep": (None, sweep),
    "model": (None, model),
    "pictures": (None, pictures),
    "experiment": (None, lambda path: write_results(path, [ResultFile(n, n, n.encode) for n in ("a.csv", "b.png")])),
    "repeats": (None, lambda path: repeat.train_repeatedly(TrainingJob("moons", SMALL), 1, path)),
}


def write_inputs(folder: Path) -> None:
    """Write what the command lines read."""
    classifier()[0].save(folder / "model")
    (folder / "t.csv").write_text("x1,x2\n1,2\n3,4\n")
    (folder / "s.py").write_text("from micrograd_plus import Value\nx = Value(2.0, label='x')\nloss = (x * x).tanh()\n")


def _step(inputs: Path, line: str) -> list[Any]:
    (inputs / "commands").write_text(f"{line}\n")
    return ["step", "x*x", "--at", "x=2", "--commands", inputs / "commands"]


_TRAINING = ("--hidden", "2", "--epochs", "1")
_LAB = ("--epochs", "1", "--hidden", "2")

# Name -> the command line, made of the folder with its inputs and the one to write to.
COMMANDS: dict[str, Callable[[Path, Path], list[Any]]] = {
    "train": lambda i, o: ["train", "moons", *_TRAINING, "--no-report", "--out", o / "out"],
    "train repeat": lambda i, o: ["train", "moons", *_TRAINING, "--repeat", "2", "--out", o / "out"],
    "predict": lambda i, o: ["predict", i / "model", i / "t.csv", "-o", o / "out.csv"],
    "compile": lambda i, o: ["compile", i / "s.py", "--save", o / "out"],
    **{
        f"export {ending}": lambda i, o, ending=ending: ["export", i / "model", o / f"out{ending}"]
        for ending in (".onnx", ".c", ".py", ".safetensors")
    },
    **{
        f"graph {ending}": lambda i, o, ending=ending: ["graph", "x*x", "--at", "x=2", "-o", o / f"out{ending}"]
        for ending in (".svg", ".png", ".gif", ".html", ".dot", ".mmd", ".txt")
    },
    **{
        f"step {line}": lambda i, o, line=line: _step(i, f"{line.split()[0]} {o / line.split()[1]}")
        for line in ("save out.json", "save out.html", "graph out.svg", "graph out.txt")
    },
    "sweep": lambda i, o: [
        "sweep",
        "moons",
        *_TRAINING,
        "--lr",
        "0.1",
        "--seeds",
        "1",
        "--jobs",
        "1",
        "--out",
        o / "out",
    ],
    "demo": lambda i, o: ["demo", "--out", o / "out"],
    "lab descent": lambda i, o: [
        "lab",
        "descent",
        "x**2",
        "--from",
        "4",
        "--lr",
        "0.1",
        "--steps",
        "2",
        "--out",
        o / "out",
    ],
    "lab lr": lambda i, o: ["lab", "lr", "ravine", "--lrs", "0.1", "--steps", "2", "--out", o / "out"],
    "lab batch": lambda i, o: ["lab", "batch", "moons", *_LAB, "--out", o / "out"],
    "lab optim": lambda i, o: ["lab", "optim", "ravine", "--steps", "2", "--out", o / "out"],
    "lab schedule": lambda i, o: ["lab", "schedule", "moons", *_LAB, "--out", o / "out"],
    "lab init": lambda i, o: ["lab", "init", "--steps", "0", "--out", o / "out"],
    "lab activation": lambda i, o: ["lab", "activation", "--activations", "relu", "--steps", "0", "--out", o / "out"],
}
