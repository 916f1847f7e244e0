"""The text of a program as functions that can be called, on the buffers that they are given."""

from __future__ import annotations

import builtins
import itertools
import linecache
import weakref
from collections import deque
from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

import numpy as np

from micrograd_plus.ops import TABLE

_numbers = itertools.count(1)

# What programs were called that are gone. They leave `linecache` when the next one comes, and not at once: a program
# may be collected while `linecache` goes through its cache, which must not change then.
_gone: deque[str] = deque()


class Module:
    """The functions of a text in Python, which runs once; `shared` holds the buffers and functions that it reads.

    Tracebacks show the lines of the text.
    """

    def __init__(self, text: str, shared: Mapping[str, Any]) -> None:
        self.text = text
        self._shared = shared
        # In brackets, as all names of what is no file: linecache then does not look for one.
        name = f"<compiled program {next(_numbers)}>"
        self._code = builtins.compile(text, name, "exec")
        while _gone:
            linecache.cache.pop(_gone.popleft(), None)
        linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
        weakref.finalize(self, _gone.append, name)
        self._names = self._run({})
        self._ieee: dict[str, Any] | None = None

    def _run(self, replaced: dict[str, Any]) -> dict[str, Any]:
        names = {"__name__": self._code.co_filename, **self._shared, **replaced}
        exec(self._code, names)  # noqa: S102 - a text that the compiler wrote  # nosec B102
        names.update(replaced)  # instead of what the text imported
        # Functions lead to their names and these to the functions.
        weakref.finalize(self, names.clear)
        return names

    def function(self, name: str) -> Callable[..., Any]:
        """Return a function of the text."""
        found: Callable[..., Any] = self._names[name]
        return found

    def ieee(self, name: str) -> Callable[..., Any]:
        """Return a function that gives inf and nan, as NumPy does, where Python's floats raise."""
        if self._ieee is None:
            self._ieee = self._run({"float": np.float64, "math": _math()})
        found: Callable[..., Any] = self._ieee[name]
        return found


def _math() -> SimpleNamespace:
    """Return what programs call of `math`, as NumPy computes it."""
    rows = [row for row in TABLE.values() if getattr(row.on_floats, "__module__", "") == "math"]
    return SimpleNamespace(**{row.on_floats.__name__: row.on_arrays for row in rows})
