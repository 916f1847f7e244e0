"""An array that grows by rows."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


class Growing:
    """Rows that are added block by block, in one array that grows in its place where the system can do that."""

    def __init__(self, *width: int, dtype: type = np.float64) -> None:
        self._rows: NDArray[Any] = np.empty((0, *width), dtype)
        self._count = 0

    def add(self, block: NDArray[Any]) -> None:
        """Append a block of rows."""
        start, self._count = self._count, self._count + len(block)
        if self._count > len(self._rows):
            self._resize(max(self._count, len(self._rows) * 5 // 4))
        self._rows[start : self._count] = block

    def all(self) -> NDArray[Any]:
        """Return all rows; none can be added after that."""
        self._resize(self._count)
        return self._rows

    def _resize(self, length: int) -> None:
        self._rows.resize((length, *self._rows.shape[1:]), refcheck=False)  # nobody else has it yet
