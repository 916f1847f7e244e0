"""`script.py:name` on the command line: the script is run, and what it calls `name` is taken."""

from __future__ import annotations

import runpy
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from inspect import isfunction
from pathlib import Path
from types import FrameType
from typing import Any

import click
import numpy as np

from micrograd_plus.arguments import described
from micrograd_plus.context import Watch, watched
from micrograd_plus.engine import note_of
from micrograd_plus.input_file import read_whole
from micrograd_plus.suggestions import did_you_mean
from micrograd_plus.tensor import Tensor
from micrograd_plus.value import Value

DEFAULT_NAME = "loss"


def is_script(text: str) -> bool:
    """Tell whether `text` names a script rather than being an expression.

    >>> is_script("train.py"), is_script("train.py:loss"), is_script("x*p.y")
    (True, True, False)
    """
    return text.endswith(".py") or ".py:" in text


def node_of(text: str, *, is_number: bool = True) -> Value | Tensor:
    """Run the script of `script.py:name` and return its Value or Tensor `name`, by default `loss`.

    A function of no arguments is called. The script runs as if imported: what it keeps for `__name__ == "__main__"` is
    left out. Nodes note the line of the script that made them (`node.source`). Raises `click.UsageError` for what is no
    script, where there is no such name, where it is something else or, with `is_number`, not one number, and for any
    exception in the script; `OSError` for a file that cannot be read.
    """
    if not is_script(text):
        raise click.UsageError(f"wanted a script such as train.py:loss, got {text!r}")
    path, _, name = text.removesuffix(".py").partition(".py:")
    path, name = f"{path}.py", name or DEFAULT_NAME
    read_whole(path)  # what is no file is an OSError that names it
    with _running(path), watched(_Lines(path)):
        names = runpy.run_path(path, run_name=Path(path).stem)
        found = _called(name, names)
    if not isinstance(found, Value | Tensor):
        raise click.UsageError(f"{path}: {name} is {described(found)}; want a Value or a Tensor")
    if is_number and np.size(found.data) != 1:
        raise click.UsageError(
            f"{path}: {name} has shape {np.shape(found.data)}; want one number, such as {name}.sum()"
        )
    return found


def _called(name: str, names: dict[str, Any]) -> Any:
    if name not in names:
        known = [known for known, value in names.items() if _is_candidate(value, names["__name__"])]
        hint = did_you_mean(name, known) or (f"; it has {', '.join(known)}" if known else "")
        raise click.UsageError(f"no name {name!r}{hint}")
    found = names[name]
    return found() if callable(found) else found


def _is_candidate(value: Any, script: str) -> bool:
    return isinstance(value, Value | Tensor) or (isfunction(value) and value.__module__ == script)


class _Lines(Watch):
    """Notes for each node the line of the script that it comes from, also where a module makes it."""

    def __init__(self, path: str) -> None:
        self.path = path

    def made(self, node: Any) -> None:
        frame: FrameType | None = sys._getframe(1)
        while frame is not None and frame.f_code.co_filename != self.path:
            frame = frame.f_back
        if frame is not None:
            note_of(node).source = self.path, frame.f_lineno


@contextmanager
def _running(path: str) -> Iterator[None]:
    """Let the script import what lies beside it; make whatever it raises one line that says where."""
    search_path = sys.path[:]
    sys.path.insert(0, str(Path(path).resolve().parent))
    try:
        yield
    except click.UsageError as error:
        raise click.UsageError(f"{path}: {error.message}") from None
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # a script may raise anything
        lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == path]
        if isinstance(error, SyntaxError) and error.filename == path:
            lines = [error.lineno]
        where = f"{path}, line {lines[-1]}" if lines else path
        raise click.UsageError(f"{where}: {type(error).__name__}: {error}") from error
    finally:
        sys.path[:] = search_path
