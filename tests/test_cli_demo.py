"""`micrograd-plus demo`: what it writes and says."""

import csv
import re
import shutil
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

import numpy as np
import pytest

from micrograd_plus import data
from micrograd_plus.classifier import Classifier
from tests.command_line import answer, files, mistake, process

pytestmark = pytest.mark.usefixtures("own_folder")


def test_mistakes() -> None:
    Path("file").write_text("kept")
    assert "'file' is a file" in mistake("demo", "--out", "file")
    assert "-1 is not in the range" in mistake("demo", "--seed", "-1")
    assert files(Path()) == ["file"]


class Demo(NamedTuple):
    """What a demo printed, and the folder it ran in."""

    printed: str
    folder: Path


SEED = 1  # not the one that it has by default


@pytest.fixture(scope="module")
def ended_demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    folder = tmp_path_factory.mktemp("demo")
    with process("demo", "--seed", SEED, cwd=folder) as demo:
        printed, errors = demo.communicate()
    assert (demo.returncode, errors) == (0, "")
    return Demo(printed, folder)


@pytest.mark.slow
def test_demo(ended_demo: Demo, monkeypatch: pytest.MonkeyPatch) -> None:
    printed, folder = ended_demo
    monkeypatch.chdir(folder)
    names = ["boundary.png", "gradients.png", "gradients.svg", "history.csv", "loss.png", "model.safetensors"]
    names += ["report.html", "training.html"]
    assert files(Path()) == [f"demo/{name}" for name in names]
    assert all(f"demo/{name}" in printed for name in names)

    # What it says of points it has not seen holds for points that nobody has.
    X, y = data.moons(2000, rng=np.random.default_rng([SEED, 1]))
    assert np.mean(Classifier.load("demo/model.safetensors").predict(X) == y) > 0.97
    (said,) = re.findall(r"validation: loss .*, accuracy ([\d.]+)%", printed)
    assert float(said) >= 98.0

    texts = " ".join(ElementTree.parse("demo/gradients.svg").getroot().itertext())
    assert "values shown as" in texts
    assert {"layer1", "layer2", "layer3", "neuron16", "loss"} <= set(texts.split())
    with Path("demo/history.csv").open() as file:
        losses = [float(row["loss"]) for row in csv.DictReader(file)]
    assert losses[-1] < losses[0] / 10


@pytest.mark.slow
def test_what_the_demo_says_to_try_works(ended_demo: Demo, own_folder: Path) -> None:
    shutil.copytree(ended_demo.folder / "demo", "demo")
    tries = [line.split(maxsplit=1)[1] for line in ended_demo.printed.splitlines()[-3:]]
    Path("POINTS.csv").write_text("x1,x2\n0,1\n1,-0.5\n")
    graph, training, prediction = tries
    expression, values = re.fullmatch(r'graph "(.*)" (.*)', graph).groups()
    assert answer("graph", expression, *values.split())[-1].startswith("wrote graph.svg")
    assert answer(*training.split(), "--epochs", "2")[0].startswith("spiral")
    assert [line.split(",")[0] for line in answer(*prediction.split())] == ["class", "upper", "lower"]
