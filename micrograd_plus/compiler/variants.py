"""The versions of a graph for one size of batch: one for each way in which the comparisons of its build came out."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from micrograd_plus.compiler.guards import GuardError, difference
from micrograd_plus.compiler.task import Built, Task
from micrograd_plus.compiler.version import Version

_MOST = 16


class Variants:
    """Runs the version whose comparisons come out as they did when it was built; `current` is the last one that ran.

    Where none does, the graph is built anew on the inputs that ask for it, with a RuntimeWarning, or a GuardError is
    raised: as `task.on_guard` says. Of a batch all rows have to agree.
    """

    def __init__(self, task: Task, batch: int | None) -> None:
        self._task = task
        self._batch = batch
        self.current = task.version(batch)
        self._versions = [self.current]

    def run(self) -> float:
        """Compute the loss and the gradients."""
        loss = self.current.run()
        return self._otherwise() if self.current.is_broken else loss

    def _otherwise(self) -> float:
        inputs = [buffer.copy() for buffer in self.current.assembly.inputs]
        self.current.forget()
        if self._task.on_guard == "rebuild":
            for version in self._versions:
                if version is not self.current and (loss := _tried(version, inputs)) is not None:
                    self.current = version
                    return loss
        built, text = self._differing(self.current, inputs)
        if built is None:  # only rounding makes the program come out otherwise than its graph
            return self.current.run()
        if self._task.on_guard == "error":
            raise GuardError(f"{text} when the program was built")
        version, loss = self._built(built, inputs)
        warnings.warn(f"{text} when the program was built: it is built anew", RuntimeWarning, stacklevel=5)
        self._versions = [version, *self._versions][:_MOST]
        self.current = version
        return loss

    def _built(self, built: Built, inputs: Sequence[NDArray[Any]]) -> tuple[Version, float]:
        """Return a version of the graph, and its loss on inputs."""
        version = self._task.version(self._batch, built)
        loss = _tried(version, inputs)
        if loss is None:
            other, text = self._differing(version, inputs)
            if other is not None:
                raise GuardError(f"{text} for some rows only: write where() for what depends on the sample")
            loss = version.run()
        return version, loss

    def _differing(self, version: Version, inputs: Sequence[NDArray[Any]]) -> tuple[Built | None, str]:
        """Return the graph of the first sample for which the build compares otherwise, and what that is in words."""
        for row in range(self._batch or 1):
            built = self._task.built(self._task.like_examples([x[row] if self._batch else x for x in inputs]))
            if text := difference(version.seen, built.guards):
                return built, text
        return None, ""


def _tried(version: Version, inputs: Sequence[NDArray[Any]]) -> float | None:
    """Return the loss on inputs of another version, None if a comparison comes out otherwise."""
    for buffer, numbers in zip(version.assembly.inputs, inputs, strict=True):
        np.copyto(buffer, numbers)
    loss = version.run()
    if not version.is_broken:
        return loss
    version.forget()
    return None
