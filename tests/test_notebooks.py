"""The notebooks are committed without outputs, and run: every cell, in a kernel, and show what their text says."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.cases import each
from tests.command_line import ROOT

NOTEBOOKS = {path.stem: path for path in sorted((ROOT / "notebooks").glob("*.ipynb"))}

# What each shows: how many pictures of a kind at the least, and what stands in its text, in this order.
SHOWS: dict[str, tuple[dict[str, int], list[str]]] = {
    "01_first_gradient": (
        {"image/svg+xml": 3, "text/html": 1, "text/markdown": 1},
        [r"nudged: +1\.57289546", r"gradient: +1\.57289546", r"step 7: a  1\.00", "not yet: explain"],
    ),
    "02_moons_from_scratch": ({"image/svg+xml": 2, "image/png": 2}, [r"(100\.0|99\.\d|98\.\d)% of the samples are"]),
    "03_why_is_my_gradient_zero": (
        {"image/svg+xml": 1, "text/markdown": 2},
        [
            "the sum of 1 path; 1 is cut off by relu",
            "dead: layer1: 5 of 6 relu units",
            r"tanh\(10\) has the slope [6-9].*e-09\n",
            r"tanh\(20\) has the slope 0\.0",
            "saturated: layer1: 6 of 6 tanh units",
            "inputs: they are not scaled",
            "vanishing: the gradient of layer1",
            r"without \.data: 3\.0",
            "0 inputs are remembered",
            "True and False",
            "the gradient of w is -?0.0",
        ],
    ),
    "04_from_scalars_to_compile": (
        {"image/svg+xml": 1, "image/png": 1},
        [
            r"12,780 nodes",
            r"105 gradients differ by at most \S+e-1[5-9] ",
            r"layer2_sum",
            r"loss [01]\.\d+ -> 0\.0\d+",
            r"times as fast",
        ],
    ),
    "05_microgpt_attention": (
        {"image/png": 1},
        [r"step 300: mean loss 1\.[89]", r"(?m)^\. +\d\.\d+ #+", r"(?m)^i +\d\.\d+ #+"],
    ),
}


def cells(notebook: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(notebook.read_text("utf-8"))["cells"]
    return found


def test_every_notebook_is_held_to_something() -> None:
    assert SHOWS.keys() == NOTEBOOKS.keys()


@each("name", NOTEBOOKS)
def test_a_notebook_is_committed_clean_and_begins_with_its_title(name: str) -> None:
    text = NOTEBOOKS[name].read_text("utf-8")
    content = json.loads(text)
    assert text == json.dumps(content, indent=1, ensure_ascii=False) + "\n"
    assert content["metadata"]["kernelspec"]["name"] == "python3"
    assert len({cell["id"] for cell in content["cells"]}) == len(content["cells"])
    assert content["cells"][0]["source"][0].startswith("# ")
    for cell in content["cells"]:
        if cell["cell_type"] == "code":
            assert (cell["outputs"], cell["execution_count"]) == ([], None)
    assert any("".join(cell["source"]).startswith("## Your turn") for cell in content["cells"][-2:])


@pytest.mark.slow
@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_notebook_runs_and_shows_what_it_says(name: str, tmp_path: Path) -> None:
    for needed in ("nbclient", "ipykernel"):
        pytest.importorskip(needed, reason='needs pip install "micrograd-plus[notebooks]"')
    out = tmp_path / f"{name}.ipynb"
    command = [sys.executable, ROOT / "tests" / "notebook_run.py", NOTEBOOKS[name], out]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=ROOT / "notebooks", env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    outputs = [output for cell in cells(out) for output in cell.get("outputs", [])]
    assert [output for output in outputs if output.get("name") == "stderr"] == []
    shown = [kind for output in outputs for kind in output.get("data", {})]
    pictures, said = SHOWS[name]
    assert Counter(shown) >= Counter(pictures)
    text = "\n".join("".join(o.get("text") or o.get("data", {}).get("text/plain", "")) for o in outputs)
    place = 0
    for each_said in said:
        found = re.compile(each_said).search(text, place)
        assert found, f"{each_said} is not said in\n{text[place:]}"
        place = found.end()
    assert "not drawn" not in text
