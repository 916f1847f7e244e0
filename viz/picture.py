"""A picture as boxes and arrows: plain data that `dot`, `svg` and others only have to write down."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np

from micrograd_plus.notation import short
from micrograd_plus.viz.colour import CUT_FILL, PENDING_FILL, PENDING_LINE, Scale

# Widths of arrows in points.
_THIN, _THICK = 0.7, 3.0


class Role(StrEnum):
    """What a box stands for."""

    INPUT = "input"
    PARAMETER = "parameter"
    CONSTANT = "constant"
    OPERATION = "operation"
    GROUP = "group"


class Flow(StrEnum):
    """What is known of a gradient: a number is not all there is to say of a zero."""

    PENDING = "not computed yet"
    NEVER = "not computed"  # of a constant array none is
    ZERO = "zero"
    CUT = "cut off"  # zero because an operation on the way, as a dead ReLU, lets nothing through
    FLOWING = "flowing"


@dataclass(frozen=True, slots=True)
class Numbers:
    """One number, or the range of many; nan if one of them is."""

    low: float
    mean: float
    high: float
    count: int = 1

    @classmethod
    def of(cls, x: Any) -> Numbers:
        """Return the range of a float, an array or a list of floats."""
        if x.__class__ is float:
            return cls(x, x, x)
        array = np.asarray(x, dtype=float)
        if array.size == 0:
            return cls(0.0, 0.0, 0.0, 0)
        with np.errstate(all="ignore"):
            return cls(float(array.min()), float(array.mean()), float(array.max()), array.size)

    @property
    def strongest(self) -> float:
        """The number that is farthest from zero, with its sign."""
        return self.low if abs(self.low) > abs(self.high) else self.high

    def __str__(self) -> str:
        if self.low == self.high or self.count == 1:
            return short(self.low)
        return f"{short(self.low, 3)} .. {short(self.high, 3)}"


@dataclass(frozen=True, slots=True)
class Heat:
    """A small array as rows of cells: its data, and its gradient where there is one."""

    data: tuple[tuple[float, ...], ...]
    grad: tuple[tuple[float, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Box:
    """A value, or the group of `count` values that share the box; `data` and `grad` are those of its outputs."""

    key: str
    role: Role
    name: str = ""
    symbol: str = ""
    data: Numbers | None = None
    grad: Numbers | None = None
    flow: Flow = Flow.PENDING
    note: str = ""
    cuts: bool = False  # whether it lets nothing of its gradient through
    shape: tuple[int, ...] = ()
    path: tuple[str, ...] = ()
    is_root: bool = False
    count: int = 1
    is_stale: bool = False  # whether the data is out of date: an input was set after it was computed
    heat: Heat | None = None  # of a small array

    def lines(self, *, with_count: bool = True) -> list[str]:
        """Return what stands in the box, but for the operation's symbol."""
        name = shortened(self.name)
        if self.role is Role.GROUP and with_count:
            name = f"{name} ({self.count:,} values)"
        if self.shape:
            name = f"{name} ({' x '.join(map(str, self.shape))})".lstrip()
        data = f"data {self.data}"
        missing = "no grad" if self.flow is Flow.NEVER else "no grad yet"
        grad = missing if self.grad is None else f"grad {self.grad}"
        numbers = [f"{data}   {grad}"] if self.role is Role.GROUP and len(data + grad) < 30 else [data, grad]
        return [line for line in (name, *numbers, self.note) if line]


@dataclass(frozen=True, slots=True)
class Arrow:
    """From a box to one that reads it. The gradient goes the other way, as a `share` of the tail's gradient.

    `slope` is the local derivative, None for structural operations and between groups, whose share is a total.
    `adds` says that the tail has several readers, so that its gradient is a sum of shares.
    """

    tail: str
    head: str
    slope: Numbers | None
    share: Numbers | None
    flow: Flow
    adds: bool = False

    @property
    def style(self) -> str:
        """How the line is drawn, so that signs are told without colours: "solid", "dashed" or "dotted"."""
        if self.flow in (Flow.ZERO, Flow.CUT):
            return "dotted"
        return "dashed" if self.share and self.share.strongest < 0.0 else "solid"

    @property
    def texts(self) -> list[str]:
        """What stands beside the line: the local derivative, and the share where several add up."""
        if self.slope is None:
            return []
        return [f"×{self.slope}", f"adds {self.share}"] if self.adds and self.share else [f"×{self.slope}"]


@dataclass(frozen=True, slots=True)
class Cluster:
    """The boxes of one scope; a column if none of them depends on another, as the neurons of a layer."""

    path: tuple[str, ...]
    keys: tuple[str, ...]
    is_column: bool


@dataclass(frozen=True, slots=True)
class Picture:
    """Boxes in order of creation, arrows, clusters, the scale of their colours, and how many values they show."""

    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]
    clusters: tuple[Cluster, ...]
    scale: Scale
    values: int

    def fill(self, box: Box) -> str:
        """Return the colour of a box."""
        if box.grad is None:
            return PENDING_FILL
        return CUT_FILL if box.flow is Flow.CUT else self.scale.fill(box.grad.strongest)

    def line(self, arrow: Arrow) -> str:
        """Return the colour of an arrow."""
        return PENDING_LINE if arrow.share is None else self.scale.line(arrow.share.strongest)

    def width(self, arrow: Arrow) -> float:
        """Return the width of an arrow in points, by the size of what it carries."""
        strength = 0.0 if arrow.share is None else abs(self.scale.strength(arrow.share.strongest))
        return _THIN + (_THICK - _THIN) * (1.0 if math.isnan(strength) else strength**2)

    @property
    def caption(self) -> str:
        """What was folded, in words; empty if every value has its box."""
        return f"{self.values:,} values shown as {len(self.boxes)} groups" if self.is_collapsed else ""

    @property
    def is_network(self) -> bool:
        """Whether the picture is the diagram of a network: most boxes stand in columns."""
        return 2 * sum(len(cluster.keys) for cluster in self.clusters if cluster.is_column) >= len(self.boxes)

    @property
    def is_collapsed(self) -> bool:
        """Whether values share boxes."""
        return self.values > len(self.boxes)


def shortened(text: str, most: int = 40) -> str:
    """Return a name that fits into a box, without characters that are not seen or that turn the text around.

    >>> shortened("w" * 100, most=8), shortened("a\\u202eb")
    ('wwwww...', 'a\ufffdb')
    """
    text = text if len(text) <= most else text[: most - 3] + "..."
    return "".join(c if c == "\n" or c.isprintable() else "\ufffd" for c in text)
