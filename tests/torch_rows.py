"""Rows of the table by what PyTorch calls them."""

from collections.abc import Callable
from typing import Any

import pytest

# What PyTorch calls otherwise.
TORCH: dict[str, Callable[[Any], Callable[..., Any]]] = {
    "power": lambda torch: lambda x, n: x**n,
    "equal": lambda torch: torch.eq,
    "floor_divide": lambda torch: lambda a, b: torch.div(a, b, rounding_mode="floor"),
    "cbrt": lambda torch: lambda x: torch.sign(x) * torch.abs(x) ** (1 / 3),
    "log_sigmoid": lambda torch: torch.nn.functional.logsigmoid,
    "heaviside": lambda torch: lambda x: torch.heaviside(x, torch.zeros_like(x)),
    "where": lambda torch: lambda condition, a, b: torch.where(condition != 0, a, b),
    "leaky_relu": lambda torch: torch.nn.functional.leaky_relu,
}


def in_torch(torch: Any, row: str) -> Callable[..., Any]:
    """Return PyTorch's function for a row, or skip the test where it has none."""
    if row in TORCH:
        return TORCH[row](torch)
    for place in (torch, torch.nn.functional):
        if hasattr(place, row):
            found: Callable[..., Any] = getattr(place, row)
            return found
    pytest.skip(f"PyTorch has no {row}")
