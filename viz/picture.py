"""A picture as boxes and arrows: plain data that `dot`, `svg` and others only have to write down."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from typing import Any

import numpy as np

from micrograd_plus.notation import short
from micrograd_plus.texts import counted, shortened
from micrograd_plus.viz.colour import CUT_FILL, MORE_FILL, PENDING_FILL, PENDING_LINE, Scale

# Widths of arrows in points.
_THIN, _THICK = 0.7, 3.0
MORE = "..."
NO_GRAD_YET = "no grad yet"


class Role(StrEnum):
    """What a box stands for."""

    INPUT = "input"
    PARAMETER = "parameter"
    CONSTANT = "constant"
    OPERATION = "operation"
    GROUP = "group"
    MORE = "more"  # stands for what is left out of the picture


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
        if self.count == 0:
            return "empty"
        if self.low == self.high or self.count == 1 or math.isnan(self.low):
            return short(self.low)
        return f"{short(self.low, 3)} .. {short(self.high, 3)}"


@dataclass(frozen=True, slots=True)
class Heat:
    """An array as a few rows of cells: its data, and its gradient where there is one.

    `note` says in words how the array was folded and reduced; it is empty if each element has its cell.
    """

    data: tuple[tuple[float, ...], ...]
    grad: tuple[tuple[float, ...], ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Box:
    """A value, or the group of `count` values that share the box; `data` and `grad` are those of its outputs.

    `times` says how many operations or leaves of one kind a group holds; it is 0 for the group of a scope.
    """

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
    times: int = 0
    is_stale: bool = False  # whether the data is out of date: an input was set after it was computed
    heat: Heat | None = None  # of a small array

    def lines(self, *, with_count: bool = True) -> list[str]:
        """Return what stands in the box, but for the operation's symbol."""
        if self.role is Role.MORE:
            return [MORE]
        name = shortened(self.name)
        if self.role is Role.GROUP:
            name += self._amount(with_count)
        if self.shape:
            name = f"{name} ({' x '.join(map(str, self.shape))})".lstrip()
        data = f"data {self.data}{' (stale)' if self.is_stale else ''}"
        grad = self.missing_grad if self.grad is None else f"grad {self.grad}"
        numbers = [f"{data}   {grad}"] if self.role is Role.GROUP and len(data + grad) < 30 else [data, grad]
        return [line for line in (name, *numbers, self.note) if line]

    @property
    def missing_grad(self) -> str:
        """What stands in the place of a gradient that there is none of."""
        return "no grad" if self.flow is Flow.NEVER else NO_GRAD_YET

    def _amount(self, with_count: bool) -> str:
        if self.times:
            return f" × {self.times:,}"
        if with_count:
            return f" ({self.count:,} values)"
        # A neuron that was called on many samples has as many outputs.
        outputs = self.data.count if self.data else 1
        return f" × {outputs:,}" if outputs > 1 else ""


@dataclass(frozen=True, slots=True)
class Arrow:
    """From a box to one that reads it. The gradient goes the other way, as a `share` of the tail's gradient.

    `slope` is the local derivative, None for structural operations and between groups, whose share is a total.
    `adds` says that the tail has several readers, so that its gradient is a sum of shares; `says_share` that the share
    is written beside the line in any case.
    """

    tail: str
    head: str
    slope: Numbers | None
    share: Numbers | None
    flow: Flow
    adds: bool = False
    says_share: bool = False

    @property
    def style(self) -> str:
        """How the line is drawn, so that signs are told without colours: "solid", "dashed" or "dotted"."""
        if self.flow in (Flow.ZERO, Flow.CUT):
            return "dotted"
        return "dashed" if self.share and self.share.strongest < 0.0 else "solid"

    @property
    def texts(self) -> list[str]:
        """What stands beside the line: the local derivative, and the share where several add up or it is asked for."""
        slope = [] if self.slope is None else [f"×{self.slope}"]
        if self.share is None or not (self.says_share or (self.adds and slope)):
            return slope
        return [*slope, f"{'adds' if self.adds else 'gives'} {self.share}"]

    def pending(self) -> Arrow:
        """Return the arrow as it is before a gradient has gone along it."""
        return replace(self, share=None, flow=Flow.PENDING)


@dataclass(frozen=True, slots=True)
class Cluster:
    """The boxes of one scope; a column if none of them depends on another, as the neurons of a layer."""

    path: tuple[str, ...]
    keys: tuple[str, ...]
    is_column: bool


@dataclass(frozen=True)
class Picture:
    """Boxes in order of creation, arrows, clusters, the scale of their colours, and how many values the graph holds.

    `remarks` say in words what is looked at and what was left out.
    """

    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]
    clusters: tuple[Cluster, ...]
    scale: Scale
    values: int
    remarks: tuple[str, ...] = ()

    def fill(self, box: Box) -> str:
        """Return the colour of a box."""
        if box.role is Role.MORE:
            return MORE_FILL
        if box.grad is None or (box.heat and box.flow is Flow.FLOWING):  # a heat map has the colours inside
            return PENDING_FILL
        return CUT_FILL if box.flow is Flow.CUT else self.scale.fill(box.grad.strongest)

    def line(self, arrow: Arrow) -> str:
        """Return the colour of an arrow."""
        return PENDING_LINE if arrow.share is None else self.scale.line(arrow.share.strongest)

    def width(self, arrow: Arrow) -> float:
        """Return the width of an arrow in points, by the size of what it carries."""
        strength = 0.0 if arrow.share is None else abs(self.scale.strength(arrow.share.strongest))
        return _THIN + (_THICK - _THIN) * (1.0 if math.isnan(strength) else strength**2)

    @cached_property
    def shown(self) -> int:
        """How many of the graph's values the boxes hold."""
        return sum(box.count for box in self.boxes if box.role is not Role.MORE)

    @property
    def caption(self) -> str:
        """What was folded and left out, in words; empty if every value has its box."""
        if not self.is_collapsed and not self.remarks:
            return ""
        values = f"{self.values:,} values" if self.shown == self.values else f"{self.shown:,} of {self.values:,} values"
        groups = sum(box.role is not Role.MORE for box in self.boxes)
        how = f"shown as {counted(groups, 'group')}" if self.is_collapsed else "shown"
        return ", ".join([f"{values} {how}", *self.remarks])

    @property
    def summary(self) -> str:
        """The caption, or how many values there are."""
        return self.caption or counted(self.values, "value")

    @cached_property
    def is_network(self) -> bool:
        """Whether the picture is the diagram of a network: most of what is computed stands in columns of frames."""
        computed = sum(box.role in (Role.OPERATION, Role.GROUP) for box in self.boxes)
        in_columns = sum(len(cluster.keys) for cluster in self.clusters)
        return all(cluster.is_column for cluster in self.clusters) and 2 * in_columns >= computed

    @cached_property
    def in_columns(self) -> frozenset[str]:
        """The keys of the boxes that stand in columns."""
        return frozenset(key for cluster in self.clusters if cluster.is_column for key in cluster.keys)

    def scopes(self) -> list[tuple[int, tuple[str, ...], tuple[str, ...]]]:
        """Return number, path and boxes of each scope, also of one that only holds others, each after what holds it.

        Scopes are numbered as they come in the clusters.
        """
        inside: dict[tuple[str, ...], tuple[str, ...]] = {}
        for cluster in self.clusters:
            for length in range(1, len(cluster.path)):
                inside.setdefault(cluster.path[:length], ())
            inside[cluster.path] = cluster.keys
        rank = {path: number for number, path in enumerate(inside)}

        def place(path: tuple[str, ...]) -> list[int]:
            return [rank[path[:length]] for length in range(1, len(path) + 1)]

        return [(rank[path], path, inside[path]) for path in sorted(inside, key=place)]

    @cached_property
    def is_collapsed(self) -> bool:
        """Whether values share boxes."""
        return any(box.count > 1 for box in self.boxes)


def key_of(k: int) -> str:
    """Return the key of box number `k`."""
    return f"n{k}"


def number_of(key: str) -> int:
    """Return the number of the box of this key."""
    return int(key[1:])
