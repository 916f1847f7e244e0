"""Is every rule of a graph right? Local slopes and then gradients are compared with differences of what is computed."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from micrograd_plus.by_hand import ByHand
from micrograd_plus.central_differences import ROUNDINGS, rounding, step_for
from micrograd_plus.engine import CONSTANT, Node
from micrograd_plus.expression import Expression
from micrograd_plus.ops import REAL, Op
from micrograd_plus.recording import Recording
from micrograd_plus.steps import facts_of

MOST_EVALUATIONS = 1_000_000  # of operations, for the gradients one by one

_EPS = float(np.finfo(float).eps)
_CLEARLY = 10.0  # as far as this two tolerances are about the same
_ANYWHERE = [(REAL,) * arity for arity in range(4)]


@dataclass(frozen=True, slots=True)
class Comparison:
    """A derivative of `node` by `input` as it is `claimed`, and as differences have it `found`, up to `allowed`.

    Of arrays it is the derivative along one random direction. `input` is None for a direction in all leaves at once.
    """

    node: Node
    input: Node | None
    claimed: float
    found: float
    allowed: float

    @property
    def is_right(self) -> bool:
        """Whether the two agree."""
        return abs(self.claimed - self.found) <= self.allowed


@dataclass(frozen=True, slots=True)
class SlopeCheck:
    """What was compared in a graph: all local `slopes`, in the order of the backward pass, and `gradients` of leaves.

    `skipped` are operations without a comparison: made by hand under a symbol that is none of the table's, or beside
    the edge of what they are defined for.
    """

    slopes: tuple[Comparison, ...]
    gradients: tuple[Comparison, ...]
    skipped: tuple[Node, ...]

    @property
    def first_wrong(self) -> Comparison | None:
        """The first wrong rule that the backward pass meets; if there is none, the first wrong gradient."""
        return next((each for each in (*self.slopes, *self.gradients) if not each.is_right), None)


def check_slopes(recording: Recording, leaves: Sequence[Node] = ()) -> SlopeCheck:
    """Compare each local slope of a recorded graph with a difference, then the gradients of `leaves` end to end.

    Differences are central ones of the operations' own forward rules. What differs by more than rounding and the
    difference of the slopes on both sides can explain is wrong; so at a kink, such as `relu` at 0, any slope between
    them is right. The gradients of large graphs are compared along one random direction. A node made by hand is
    compared with the row of the table that has its symbol, if that gives its data. No node is changed.

    >>> from micrograd_plus.value import Value
    >>> x = Value(3.0, label="x")
    >>> found = check_slopes(Recording((x * x).tanh()), [x])
    >>> found.first_wrong, len(found.slopes), len(found.gradients)
    (None, 2, 1)
    """
    rng = np.random.default_rng(0)
    slopes: list[Comparison] = []
    skipped: list[Node] = []
    rows: dict[Node, Op] = {}
    gradients: Iterator[Comparison] = iter(())
    order = [node for node in reversed(recording.nodes) if node.inputs and node not in recording.pinned]
    with np.errstate(all="ignore"):
        for node in order:
            found: list[Comparison] = []
            if row := _row_of(node):
                rows[node] = row
                found += _of_operation(node, row, rng)
            if not found:
                skipped.append(node)
            slopes += found
        if len(rows) == len(order):
            gradients = _of_leaves(recording, leaves, rows, rng)
        return SlopeCheck(tuple(slopes), tuple(gradients), tuple(skipped))


def _row_of(node: Node) -> Op | None:
    """Return the operation that computes a node; of one made by hand that of the table which has its symbol."""
    if not isinstance(node.op, ByHand):
        return node.op
    names = "ab"[: len(node.inputs)]
    symbol = node.symbol.lower()  # micrograd writes ReLU
    for formula in (f"{symbol}({', '.join(names)})", symbol.join(names), f"a{symbol}"):
        try:
            meant = Expression(formula)(**dict(zip(names, (i._data for i in node.inputs), strict=False)))
        except ValueError:
            continue
        if len(meant.inputs) == len(node.inputs) and _agree(meant._data, node._data):
            return meant.op  # type: ignore[no-any-return]  # an Expression's result may be of any kind
    return None


def _agree(a: float, b: float) -> bool:
    return a == b or abs(a - b) <= ROUNDINGS * _EPS * abs(a)


# --- local slopes -----------------------------------------------------------------------------------------------------


def _of_operation(node: Node, row: Op, rng: np.random.Generator) -> Iterator[Comparison]:
    """Yield a comparison for each input of an operation, moved in all places where the operation reads it."""
    weights = _weights(node, rng)
    gradients: dict[Node, Any] = {node: weights}
    for _ in facts_of(node, gradients):
        pass
    for input in dict.fromkeys(node.inputs):
        if input not in gradients:
            continue  # a constant array, of which no gradient is computed
        ways = [False, True] if row.domain in _ANYWHERE else [False]
        directions = [_direction(input, rng, is_anywhere=way) for way in ways]
        near, *others = [_along_one(node, row, input, gradients[input], direction, weights) for direction in directions]
        far = others[0] if others else None
        # Beside 0 a step of the number's size does not go far enough, as in exp, and one of 1 too far, as in 1 / x.
        if best := far if far and not (near and near[0] < _CLEARLY * far[0]) else near:
            yield best[1]


def _along_one(
    node: Node, row: Op, input: Node, gradient: Any, direction: Any, weights: Any
) -> tuple[float, Comparison] | None:
    """Compare along one direction; what is allowed for a distance of 1 comes first."""
    # Taken beside the input: at 0 all terms may vanish.
    size = _inner(abs(weights), abs(node._data)) + _inner(abs(gradient), abs(input._data) + abs(direction))
    f, unit = _along(row, node, input, direction, weights), _unit(direction)
    compared = _compared(node, input, _inner(gradient, direction), f, size, unit)
    if compared is None:
        return None
    return compared.allowed * unit / (float(np.sum(abs(direction))) or 1.0), compared


def _along(row: Op, node: Node, input: Node, direction: Any, weights: Any) -> Callable[[float], float]:
    """Return an operation as a function of how far its input is moved."""

    def moved(distance: float) -> float:
        data = input._data + distance * direction
        return _inner(weights, _evaluated(row, [data if i is input else i._data for i in node.inputs]))

    return moved


def _compared(
    node: Node, input: Node | None, claimed: float, f: Callable[[float], float], size: float, unit: float
) -> Comparison | None:
    """Compare with a central difference; None where there is none, as at the edge of what is defined.

    `size` is that of all that is rounded; numbers are told for a distance of `unit`.
    """
    eps = _eps(node)
    step = step_for(eps)
    here = f(0.0)
    found, kink = _differences(f, step, here)
    if not math.isfinite(here + found + claimed):
        return None
    wider_found, wider_kink = _differences(f, 2 * step, here)
    # What bends makes the sides differ by a share of the step, a kink by as much at the doubled one. Beside a kink the
    # error is of first order: the change when the step is doubled is no larger than it.
    beyond = abs(2 * kink - wider_kink) + 2 * abs(found - wider_found)
    size += step * (abs(found) + abs(kink)) + _smallest(node)
    allowed = beyond + rounding(eps, size, step)
    if not math.isfinite(allowed):
        return None
    return Comparison(node, input, claimed / unit, found / unit, allowed / unit)


def _differences(f: Callable[[float], float], step: float, here: float) -> tuple[float, float]:
    """Return the central difference of `f` at 0, and half of what the slope above it is more than that below."""
    above, below = f(step) - here, here - f(-step)
    return (above + below) / (2 * step), (above - below) / (2 * step)


def _evaluated(row: Op, data: Sequence[Any]) -> Any:
    return row(*data) if all(x.__class__ is float for x in data) else row.on_arrays(*data)


def _inner(a: Any, b: Any) -> float:
    return a * b if a.__class__ is float is b.__class__ else float(np.sum(np.multiply(a, b)))


def _unit(direction: Any) -> float:
    """Return what a number is moved by, so that its derivative is told for a distance of 1; an array has no such."""
    return direction if direction.__class__ is float else 1.0


def _eps(node: Node) -> float:
    return _EPS if node._data.__class__ is float else float(np.finfo(node._data.dtype).eps)


def _smallest(node: Node) -> float:
    """Return the size below which numbers lose digits when they are multiplied by a step or by eps."""
    return float(np.finfo(np.asarray(node._data).dtype).tiny) / _eps(node)


def _weights(node: Node, rng: np.random.Generator) -> Any:
    """Return 1.0 for a Value, so that slopes are themselves; for a Tensor random numbers."""
    return 1.0 if node._data.__class__ is float else rng.uniform(0.5, 1.0, node._data.shape).astype(node._data.dtype)


def _direction(input: Node, rng: np.random.Generator, *, is_anywhere: bool) -> Any:
    """Return by how much a step of size 1 moves: at most by 1 or, near an edge of the domain, by the numbers' size."""
    size, smallest = abs(input._data), _smallest(input)
    if size.__class__ is float:
        return max(size, 1.0) if is_anywhere or size < smallest else size
    size = np.maximum(size, 1.0) if is_anywhere else np.where(size < smallest, 1.0, size)
    return (rng.choice([-1.0, 1.0], size.shape) * rng.uniform(0.5, 1.0, size.shape) * size).astype(input._data.dtype)


# --- gradients end to end ---------------------------------------------------------------------------------------------


def _of_leaves(
    recording: Recording, leaves: Sequence[Node], rows: Mapping[Node, Op], rng: np.random.Generator
) -> Iterator[Comparison]:
    """Yield a comparison of the root's gradient for each leaf, or of large graphs for all of them together."""
    gradients = {leaf: recording.gradients[recording.position[leaf]] for leaf in leaves}
    gradients = {leaf: gradient for leaf, gradient in gradients.items() if gradient is not None}
    if not gradients:
        return
    directions = {leaf: _direction(leaf, rng, is_anywhere=False) for leaf in gradients}
    groups = [[leaf] for leaf in gradients]
    if 5 * len(groups) * len(rows) > MOST_EVALUATIONS:
        groups = [list(gradients)]
    reached = [(node, g) for node, g in zip(recording.nodes, recording.gradients, strict=True) if g is not None]
    size = sum(_inner(abs(g), abs(node._data)) for node, g in reached if node.op is not CONSTANT)
    for group in groups:
        claimed = sum(_inner(gradients[leaf], directions[leaf]) for leaf in group)
        f = _root_along(recording, rows, {leaf: directions[leaf] for leaf in group})
        input = group[0] if len(group) == 1 else None
        unit = 1.0 if input is None else _unit(directions[input])
        beside = sum(_inner(abs(gradients[leaf]), abs(directions[leaf])) for leaf in group)  # at 0, size may vanish
        if compared := _compared(recording.root, input, claimed, f, size + beside, unit):
            yield compared


def _root_along(
    recording: Recording, rows: Mapping[Node, Op], directions: Mapping[Node, Any]
) -> Callable[[float], float]:
    """Return the root as a function of how far leaves are moved."""

    def moved(distance: float) -> float:
        data: dict[Node, Any] = {leaf: leaf._data + distance * v for leaf, v in directions.items()}
        for node in recording.nodes:
            if node in rows and not data.keys().isdisjoint(node.inputs):
                data[node] = _evaluated(rows[node], [data.get(i, i._data) for i in node.inputs])
        root = data.get(recording.root, recording.root._data)
        return float(np.sum(root))

    return moved
