"""A recording: all steps of a backward pass in columns, small enough to be kept, walked to and fro and looked up."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import Any, overload

from micrograd_plus.engine import Node, graph
from micrograd_plus.steps import Step, unit_of, walked


class Recording(Sequence[Step]):
    """All steps of `root`'s backward pass, kept in columns: some 50 bytes a step on Values.

    `nodes` holds the graph in order of creation, `position` where each node stands there; the columns `reader` and
    `input` count through it. `gradients` are what the nodes end with, None where none is computed. Errors as for
    `steps`.

    >>> from micrograd_plus.value import Value
    >>> x = Value(3.0)
    >>> recording = Recording(x * x)
    >>> len(recording), recording[-1].total
    (2, 6.0)
    """

    def __init__(self, root: Node) -> None:
        self.root = root
        self.nodes: list[Node] = graph(root)
        self.position = {node: k for k, node in enumerate(self.nodes)}
        self.reader, self.k, self.input = array("i"), array("i"), array("i")
        self.has_slope, self.has_before = bytearray(), bytearray()
        self.slope, self.share, self.before, self.total = (self._column() for _ in range(4))
        self.gradients: list[Any] = [None] * len(self.nodes)
        self.gradients[-1] = unit_of(root)
        for node, k, input, _, slope, share, before, total in walked(root):
            place = self.position[input]
            self.reader.append(self.position[node])
            self.k.append(k)
            self.input.append(place)
            self.has_slope.append(slope is not None)
            self.has_before.append(before is not None)
            self.slope.append(0.0 if slope is None else slope)
            self.share.append(share)
            self.before.append(0.0 if before is None else before)
            self.total.append(total)
            self.gradients[place] = total

    def _column(self) -> Any:
        """Return an empty column of numbers, of arrays if the graph has any."""
        return array("d") if all(node._data.__class__ is float for node in self.nodes) else []

    def __len__(self) -> int:
        return len(self.reader)

    @overload
    def __getitem__(self, index: int) -> Step: ...

    @overload
    def __getitem__(self, index: slice) -> list[Step]: ...

    def __getitem__(self, index: int | slice) -> Step | list[Step]:
        if isinstance(index, slice):
            return [self[k] for k in range(*index.indices(len(self)))]
        if not -len(self) <= index < len(self):
            raise IndexError(f"the recording has {len(self)} steps, got {index}")
        reader = self.reader[index]
        return Step(
            self.nodes[reader],
            self.k[index],
            self.nodes[self.input[index]],
            self.gradients[reader],
            self.slope[index] if self.has_slope[index] else None,
            self.share[index],
            self.before[index] if self.has_before[index] else None,
            self.total[index],
        )
