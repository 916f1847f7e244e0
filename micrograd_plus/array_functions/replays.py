"""Whether plain answers, which Python reads, are told to who computes the same again on other numbers."""

from __future__ import annotations

from typing import Any

from micrograd_plus.context import current
from micrograd_plus.ops import Operand


def is_replayed(x: Any) -> bool:
    """Tell whether who watches will compute this again, and must know by a comparison when answers are others."""
    return current.get().replays and isinstance(x, Operand)
