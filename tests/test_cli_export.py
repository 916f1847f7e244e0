"""`micrograd-plus export`: files that say how they are used, and the mistakes it answers."""

import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from micrograd_plus import export
from tests.command_line import answer, files, mistake
from tests.exported import random_classifier, samples_for


@pytest.fixture(autouse=True)
def _with_a_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    random_classifier(0).save("trained.safetensors")


@pytest.mark.parametrize("ending", export.FORMATS)
def test_it_says_what_it_wrote_and_how_to_use_it(ending: str) -> None:
    if ending == ".onnx":
        pytest.importorskip("onnx")
    wrote, usage = answer("export", "trained.safetensors", f"out{ending}")
    assert wrote.startswith(f"wrote out{ending}: ")
    assert usage.startswith("use it: ")
    assert f"out{ending}" in usage
    assert Path(f"out{ending}").stat().st_size > 0


@pytest.mark.skipif(not shutil.which("cc"), reason="no C compiler")
@pytest.mark.parametrize("name", ["a'$(touch x)'.c", "a b.c", 'a"$(touch x)`touch x`;touch x;".c', "$(touch x).c"])
def test_the_line_for_a_shell_runs_and_does_nothing_else(name: str) -> None:
    _, usage = answer("export", "trained.safetensors", name)
    subprocess.run(["sh", "-c", usage.removeprefix("use it: ")], check=True)
    assert files(Path()) == sorted([name, "classify", "trained.safetensors"])


def test_the_line_for_python_runs() -> None:
    classifier = random_classifier(0)
    _, usage = answer("export", "trained.safetensors", "my 'model'.py")
    X = samples_for(classifier, extreme=False)
    labels = eval(usage.removeprefix("use it: "), {"runpy": runpy, "X": X})  # noqa: S307 - our own line
    assert labels.tolist() == [classifier.class_names[k] for k in classifier.predict(X)]


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["nothing.safetensors", "out.c"], "nothing.safetensors: No such file or directory"),
        (["text.csv", "out.c"], "text.csv: not a safetensors file, or one cut short"),
        (["trained.safetensors", "out.pth"], "out.pth: for PyTorch write out.safetensors"),
        (["trained.safetensors", "out.js"], "out.js: want a file that ends in .onnx, .c, .py, .safetensors"),
        (["trained.safetensors", "no/out.py"], "no/out.py: No such file or directory"),
        (["trained.safetensors", "./trained.safetensors"], "is the model itself: write to another file"),
        (["trained.safetensors"], "Missing argument 'OUT'"),
    ],
)
def test_mistakes(arguments: list[str], problem: str) -> None:
    Path("text.csv").write_text("1,2\n")
    before = files(Path())
    assert problem in mistake("export", *arguments)
    assert files(Path()) == before


def test_without_the_package_onnx(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnx", None)
    problem = 'error: writing ONNX needs the package onnx: pip install "micrograd-plus[onnx]"'
    assert mistake("export", "trained.safetensors", "out.onnx") == problem
    assert files(Path()) == ["trained.safetensors"]
