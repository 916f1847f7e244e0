"""How large a program may become: what does not turn into few operations on arrays is no program worth making."""

from __future__ import annotations

MOST_OPERATIONS = 50_000  # each some lines of the program; to make so many takes about a minute and a gigabyte


def require_few_operations(count: int, nodes: int) -> None:
    """Raise a ValueError unless the operations of a graph can be those of a program."""
    if count > MOST_OPERATIONS:
        raise ValueError(
            f"a graph of {nodes:,} nodes becomes {count:,} operations that differ, and a program holds at most "
            f"{MOST_OPERATIONS:,}: call backward(), which needs no program, or compile one step of the loop"
        )
