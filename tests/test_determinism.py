"""The same seed gives the same bytes: in other processes, with other hash seeds, again in one process.

Sums of products are added in an order that depends on the number of BLAS's threads; what that may change is bounded.
"""

import csv
import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.command_line import answer, contents

ROOT = Path(__file__).parents[1]
EPS = np.finfo(np.float64).eps


def python(*arguments: str, **environment: str) -> bytes:
    """Run Python in a process of its own and return what it prints."""
    return subprocess.run(
        [sys.executable, *arguments],
        env=os.environ | {"PYTHONPATH": str(ROOT)} | environment,
        capture_output=True,
        check=True,
        cwd=ROOT,
    ).stdout


def written_every_time(folder: Path, *options: str) -> set[str]:
    """Do the work twice in one process and once in another; what they print and write must be the same.

    Return the endings.
    """
    printed = [
        python("-m", "tests.deterministic_work", *options, *map(str, folders), PYTHONHASHSEED=seed)
        for seed, folders in (("1", (folder / "first", folder / "second")), ("2", (folder / "third",)))
    ]
    assert printed[0] == 2 * printed[1]
    wanted = contents(folder / "first")
    for again in (folder / "second", folder / "third"):
        found = contents(again)
        assert found.keys() == wanted.keys()
        assert [name for name, content in found.items() if content != wanted[name]] == []
    return {Path(name).suffix for name in wanted}


@pytest.mark.slow
def test_the_same_bytes_every_time(tmp_path: Path) -> None:
    endings = written_every_time(tmp_path)
    assert endings >= {".safetensors", ".csv", ".png", ".html", ".dot", ".svg", ".py", ".c", ".onnx", ".json", ".bytes"}


def test_programs_pictures_and_sessions_have_the_same_bytes_every_time(tmp_path: Path) -> None:
    assert written_every_time(tmp_path, "--library") == {".dot", ".svg", ".py", ".json", ".bytes"}


QUICK = ("--epochs", 2, "--lr", "0.1,0.3", "--hidden", 4, "--seeds", 1, "--jobs", 1)
WITH_SECONDS = ("sweep.csv", "runs.jsonl", "report.html")  # as docs/training.md says


def without_seconds(name: str, content: bytes) -> list[str]:
    """Return the lines of a sweep's file; of those that hold seconds, what else they hold."""
    text = content.decode("utf-8", "replace")
    if name == "sweep.csv":
        return [repr(row | {"seconds": ""}) for row in csv.DictReader(io.StringIO(text))]
    if name == "runs.jsonl":
        return [repr(json.loads(line) | {"seconds": 0.0}) for line in text.splitlines()]
    if name == "report.html":  # the one number of its tables with two places behind the point
        return re.sub(r"<td>\d+\.\d\d</td>", "<td></td>", text).splitlines()
    return [repr(content)]


@pytest.mark.usefixtures("own_folder")
def test_a_sweep_differs_in_its_seconds_alone() -> None:
    for out in ("first", "second"):
        answer("sweep", "moons", *QUICK, "--out", out)
    first, second = contents("first"), contents("second")
    assert first.keys() == second.keys() == {"best.safetensors", "heatmap.png", *WITH_SECONDS}
    for name, content in first.items():
        assert without_seconds(name, content) == without_seconds(name, second[name]), name


# Printed by a process with a number of threads of its own: products, gradients, and weights after training.
THREADED = """
import sys, numpy as np
from micrograd_plus import Tensor, losses, nn
from micrograd_plus.optim import SGD

rng = np.random.default_rng(0)
a, b = (Tensor(rng.normal(size=(300, 300))) for _ in range(2))
y = a @ b
y.backward(y.data)
arrays = {"a": a.data, "b": b.data, "y": y.data, "by_a": a.grad, "by_b": b.grad}
model = nn.Sequential(nn.Linear(300, 300, rng=rng), nn.Tanh(), nn.Linear(300, 5, rng=rng))
optimizer = SGD(model.parameters(), lr=0.1)
for _ in range(20):
    model.zero_grad()
    losses.cross_entropy(model(a.detach()), np.arange(300) % 5).backward()
    optimizer.step()
arrays |= {f"weights {name}": w for name, w in model.state_dict().items()}
np.savez(sys.stdout.buffer, **arrays)
"""


@pytest.mark.slow
def test_threads_of_blas_change_no_more_than_rounding() -> None:
    one, two = (
        dict(np.load(io.BytesIO(python("-c", THREADED, OMP_NUM_THREADS=n, OPENBLAS_NUM_THREADS=n)))) for n in "12"
    )
    a, b, y = one["a"], one["b"], one["y"]
    # A sum of n products in any order is within n eps of the sum of their sizes (Higham, "Accuracy and Stability of
    # Numerical Algorithms", 2002, section 3.1); so are two such sums, each right to half an eps an operation.
    product = len(a) * EPS * (np.abs(a) @ np.abs(b))
    assert (np.abs(two["y"] - y) <= product).all()
    # The gradient given was y, which may be off by as much already.
    upstream = np.abs(y) * len(a) * EPS + product
    assert (np.abs(two["by_a"] - one["by_a"]) <= upstream @ np.abs(b).T).all()
    assert (np.abs(two["by_b"] - one["by_b"]) <= np.abs(a).T @ upstream).all()
    weights = [name for name in one if name.startswith("weights")]
    assert weights
    for name in weights:  # steps shrink such differences or hand them on; docs/training.md states this bound
        np.testing.assert_allclose(two[name], one[name], rtol=1e-12, atol=1e-13, err_msg=name)
