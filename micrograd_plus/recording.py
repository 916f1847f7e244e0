"""A recording: all steps of a backward pass in columns, small enough to be kept, walked to and fro and looked up."""

from __future__ import annotations

from array import array
from collections.abc import Collection, Iterator, Sequence
from functools import cached_property
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from micrograd_plus.engine import Node, check_fresh, contribution, graph
from micrograd_plus.ops import Op, first_input, second_input
from micrograd_plus.steps import Facts, Step, share_by_hand, unit_of, walked

_PRODUCT = (second_input, first_input)


class _Steps(Sequence[Step]):
    """Steps that are made when they are asked for. Abstract."""

    @overload
    def __getitem__(self, index: int) -> Step: ...

    @overload
    def __getitem__(self, index: slice) -> list[Step]: ...

    def __getitem__(self, index: int | slice) -> Step | list[Step]:
        if isinstance(index, slice):
            return [self._step(k) for k in range(*index.indices(len(self)))]
        return self._step(index)

    def _step(self, index: int) -> Step:
        """Return one step, also counted from the end; IndexError if there is none."""
        raise NotImplementedError


class Recording(_Steps):
    """All steps of `root`'s backward pass, kept in columns: some 70 bytes a step on Values.

    `nodes` holds the graph in order of creation, `position` where each node stands there; the columns `reader` and
    `input` count through it. `gradients` are what the nodes end with, None where none is computed. Nodes in `pinned`
    are taken for leaves. Errors as for `steps`.

    >>> from micrograd_plus.value import Value
    >>> x = Value(3.0)
    >>> recording = Recording(x * x)
    >>> len(recording), recording[-1].total
    (2, 6.0)
    """

    def __init__(self, root: Node, pinned: Collection[Node] = ()) -> None:
        self.root = root
        self.pinned = frozenset(pinned)
        self.nodes: list[Node] = graph(root)
        check_fresh([node for node in self.nodes if node.inputs and node not in self.pinned])
        self.position = {node: k for k, node in enumerate(self.nodes)}
        self._is_of_floats = all(node._data.__class__ is float for node in self.nodes)
        self.reader, self.k, self.input = array("i"), array("i"), array("i")
        self.has_slope, self.has_before = bytearray(), bytearray()
        self.slope: Any
        self.share: Any
        self.before: Any
        self.total: Any
        self.gradients: list[Any] = []
        self._record(has_structure=False)

    def renew(self, pinned: Collection[Node] = ()) -> None:
        """Record again, in place, after nodes have been set and the graph has been computed afresh from them."""
        pinned = frozenset(pinned)
        has_structure = pinned == self.pinned
        self.pinned = pinned
        self._record(has_structure=has_structure)

    def _record(self, *, has_structure: bool) -> None:
        if not self._is_of_floats:
            self._record_arrays()
            return
        if not has_structure:
            self._record_structure()
        self._record_floats()

    # --- Tensors: few steps, each of many numbers

    def _record_arrays(self) -> None:
        self._clear_structure()
        self.slope, self.share, self.before, self.total = [], [], [], []
        self.gradients = [None] * len(self.nodes)
        self.gradients[-1] = unit_of(self.root)
        for node, k, input, _, slope, share, before, total in walked(self.root, self.pinned):
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

    def _clear_structure(self) -> None:
        self.reader, self.k, self.input = array("i"), array("i"), array("i")
        self.has_slope, self.has_before = bytearray(), bytearray()

    # --- Values: many steps, in which the same is done as in `steps.walked`, some five times faster

    @cached_property
    def _edges(self) -> tuple[array[int], array[int], array[int]]:
        """All that reads something, the last node first: the place of the reader, which input it is, and its place."""
        readers, ks, inputs = array("i"), array("i"), array("i")
        position = self.position
        for place in range(len(self.nodes) - 1, -1, -1):
            for k, input in enumerate(self.nodes[place].inputs):
                readers.append(place)
                ks.append(k)
                inputs.append(position[input])
        return readers, ks, inputs

    def _record_structure(self) -> None:
        """Fill the columns that hold no gradients: who hands something to whom, and after which step."""
        self._clear_structure()
        passes_on = bytearray(b"\1") * len(self.nodes)
        for node in self.pinned:
            passes_on[self.position[node]] = False
        self._reached = bytearray(len(self.nodes))
        self._reached[-1] = True
        for reader, k, input in zip(*self._edges, strict=True):
            if passes_on[reader] and self._reached[reader]:
                self._reached[input] = True
                self.reader.append(reader)
                self.k.append(k)
                self.input.append(input)
        self._previous = _previous_alike(self.input)
        self.has_before = bytearray((self._previous >= 0).tobytes())

    def _record_floats(self) -> None:
        """Fill the columns of numbers: the totals in one pass from the root downwards, the others from them."""
        self.has_slope = bytearray(b"\1") * len(self.reader)
        gradients: list[Any] = [0.0 if is_reached else None for is_reached in self._reached]
        gradients[-1] = 1.0
        totals: list[float] = []
        add = totals.append
        others: dict[int, float] = {}  # shares that are no product
        factors = list(self._factors())
        for reader, input, factor in zip(self.reader, self.input, factors, strict=True):
            if factor is not None:
                total = gradients[input] + gradients[reader] * factor
            else:
                share, total = self._without_factor(len(totals), gradients[reader], gradients[input])
                others[len(totals)] = share
            gradients[input] = total
            add(total)
        self.gradients = gradients
        self.total = array("d", totals)
        self.slope = array("d", [0.0 if factor is None else factor for factor in factors])
        self.before = array("d", np.where(self._previous >= 0, _numbers(self.total)[self._previous], 0.0).tobytes())
        upstream = _numbers(array("d", [gradient or 0.0 for gradient in gradients]))[np.array(self.reader)]
        with np.errstate(all="ignore"):
            self.share = array("d", (upstream * _numbers(self.slope)).tobytes())
        for step, share in others.items():
            self.share[step] = share

    def _factors(self) -> Iterator[float | None]:
        """Yield by what each step multiplies the upstream gradient: the local derivative, or None if it does not."""
        constant: dict[Op, list[float | None] | None] = {}
        previous = -1
        for place in self.reader:
            if place == previous:
                continue  # all inputs of a node are dealt with at once
            previous = place
            node: Any = self.nodes[place]
            op = node.op
            if op.slopes == _PRODUCT:
                yield node.b._data
                yield node.a._data
                continue
            if op not in constant:
                is_constant = not any(map(callable, op.slopes))
                constant[op] = _factors_of(op, 1.0, [1.0] * op.arity) if is_constant else None
            yield from constant[op] or _factors_of(op, node._data, [i._data for i in node.inputs])

    def _without_factor(self, step: int, upstream: float, before: float) -> tuple[float, float]:
        """Return share and total of a step that lets nothing through, or whose rule was made by hand."""
        node, k = self.nodes[self.reader[step]], self.k[step]
        if not node.op.selects and contribution(node.op, k, 1.0, node._data, [i._data for i in node.inputs])[0] is None:
            self.has_slope[step] = False
            return share_by_hand(node, k, upstream, before)
        return 0.0, before + 0.0

    # --- reading

    def __len__(self) -> int:
        return len(self.reader)

    def _step(self, index: int) -> Step:
        return Step(*self.facts(index))

    def place_of(self, node: Node) -> int:
        """Return where a node stands in `nodes`; ValueError if it is not in the graph."""
        if node not in self.position:
            raise ValueError("the node is not in this graph")
        return self.position[node]

    def facts(self, index: int) -> Facts:
        """Return what a step holds; IndexError if there is no such step."""
        if not -len(self) <= index < len(self):
            raise IndexError(f"the recording has {len(self)} steps, got {index}")
        reader = self.reader[index]
        return (
            self.nodes[reader],
            self.k[index],
            self.nodes[self.input[index]],
            self.gradients[reader],
            self.slope[index] if self.has_slope[index] else None,
            self.share[index],
            self.before[index] if self.has_before[index] else None,
            self.total[index],
        )


class RecordedSteps(_Steps):
    """Some steps of a recording by their numbers, 4 bytes for each."""

    def __init__(self, recording: Recording, numbers: array[int]) -> None:
        self._recording = recording
        self._numbers = numbers

    def __len__(self) -> int:
        return len(self._numbers)

    def _step(self, index: int) -> Step:
        return self._recording[self._numbers[index]]

    def slopes(self) -> list[Any]:
        """Return the local derivative of each step, None where it has none, without making the steps."""
        slope, has_slope = self._recording.slope, self._recording.has_slope
        return [slope[number] if has_slope[number] else None for number in self._numbers]


def _numbers(column: array[float]) -> NDArray[np.float64]:
    return np.frombuffer(column) if column else np.empty(0)


def _previous_alike(numbers: array[int]) -> NDArray[np.intp]:
    """Return for each number where the same one stood last before it, -1 if nowhere."""
    order = np.argsort(np.array(numbers), kind="stable")
    same = np.diff(np.array(numbers)[order]) == 0
    previous = np.full(len(numbers), -1)
    previous[order[1:][same]] = order[:-1][same]
    return previous


def _factors_of(op: Op, out: float, inputs: list[float]) -> list[float | None]:
    """Return the local derivatives; None where there is none, or where a zero stops inf and nan too."""
    found: list[float | None] = []
    for k, slope in enumerate(op.slopes):
        local = contribution(op, k, 1.0, out, inputs)[0]
        stops = not local and (op.selects or slope == 0.0)
        found.append(None if stops else local)
    return found
