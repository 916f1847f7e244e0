"""Classifiers as files of other programs, chosen by the file's ending."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from micrograd_plus.atomic_file import PathLike, atomic_write
from micrograd_plus.classifier import Classifier
from micrograd_plus.export.c_source import c_source
from micrograd_plus.export.formulas import ExportError
from micrograd_plus.export.numpy_source import numpy_source
from micrograd_plus.export.onnx_file import onnx_bytes
from micrograd_plus.export.pipeline import Pipeline, pipeline_of
from micrograd_plus.export.torch_layout import torch_layout


@dataclass(frozen=True)
class Format:
    """A kind of file: what it is, how it is made, and a line that uses it.

    In the line, `{text}` or `{word}` stands for the path of the file, as a text of Python or a word of a shell.
    """

    title: str
    content: Callable[[Pipeline], bytes]
    usage: str

    def used(self, path: PathLike) -> str:
        """Return the line that uses a file, whatever its name: it can be pasted."""
        name = os.fspath(path)
        return self.usage.format(text=repr(name), word=shlex.quote(name))


FORMATS = {
    ".onnx": Format("ONNX in float64", onnx_bytes, "onnxruntime.InferenceSession({text}).run(None, {{'features': X}})"),
    ".c": Format("C99", lambda p: c_source(p).encode(), "cc -std=c99 -O2 -DMICROGRAD_PLUS_MAIN {word} -o classify -lm"),
    ".py": Format("Python with NumPy", lambda p: numpy_source(p).encode(), "runpy.run_path({text})['predict'](X)"),
    ".safetensors": Format(
        "PyTorch's state_dict in float64",
        torch_layout,
        "network.load_state_dict(safetensors.torch.load_file({text})), network as in micrograd-plus export --help",
    ),
}


def save(classifier: Classifier, path: PathLike) -> Format:
    """Write a classifier to a file in the format that its ending names, one of `FORMATS`, which is returned.

    The same classifier gives the same bytes. Raises `ExportError` for another ending, for an operation that the format
    cannot hold, and where a package is missing, before anything is written; `OSError` where the file cannot be.
    """
    form = format_named(path)
    atomic_write(path, form.content(pipeline_of(classifier)))
    return form


def format_named(path: PathLike) -> Format:
    """Return the format that a file's ending names; `ExportError` where there is none.

    >>> format_named("model.C").title
    'C99'
    """
    ending = Path(path).suffix.lower()
    if ending in (".pt", ".pth"):
        instead = Path(path).with_suffix(".safetensors").name
        raise ExportError(f"{path}: for PyTorch write {instead}, which runs no code when it is loaded")
    if ending not in FORMATS:
        raise ExportError(f"{path}: want a file that ends in {', '.join(FORMATS)}")
    return FORMATS[ending]
