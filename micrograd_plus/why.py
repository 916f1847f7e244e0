"""Why a gradient is what it is, in words: the paths or the parts that it is the sum of."""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import Any

import numpy as np

from micrograd_plus.arguments import described
from micrograd_plus.array_data import zero_of
from micrograd_plus.array_paths import ArrayPaths, Entry, paths_of
from micrograd_plus.engine import Node
from micrograd_plus.explanation import equation, local_derivative
from micrograd_plus.gradient_sum import GradientSum, Term, counted, cut
from micrograd_plus.naming import full_name, layer_depth, names_of
from micrograd_plus.paths import MOST_PATHS, Path, size_of, sum_of
from micrograd_plus.recording import RecordedSteps, Recording
from micrograd_plus.steps import Step
from micrograd_plus.suggestions import did_you_mean
from micrograd_plus.value import Value
from micrograd_plus.value_paths import Paths

_MOST_TOLD = 100  # steps at each end of a path

WAYS = ("path", "layer", "neuron", "sample", "reader")


def explain(root: Node, node: Node, by: str = "path", *, entry: Entry = None) -> GradientSum:
    """Return why the gradient of `root` by `node` is what it is: as the sum over all paths, or in other parts.

    `by` is "path", or what the same sum is split by: "layer" or "neuron" (the scopes that paths enter first), "sample"
    (the times that its module reads the node; rows, on Tensors) or "reader" (the operations that read the node).
    `entry` is the index of one number of a Tensor, as (0, 2). What comes back shows itself as text, as Markdown in a
    notebook, and has its `latex`. No node is changed.

    RuntimeError if the graph is out of date; ValueError if `root` holds more than one number, if `node` is not below it
    or constant.

    >>> x, w = Value(2.0, label="x"), Value(0.25, label="w")
    >>> explain((x * w).tanh() + 3 * w, w)
    ∂out/∂w = 4.573: the sum of 2 paths
    <BLANKLINE>
      share  of all  path
          3  65.6 %  w → *#6 ⇢ out
                     3
      1.573  34.4 %  w → *#3 → tanh#4 ⇢ out
                     x · (1 - tanh#4 * tanh#4) = 2 · 0.7864
    <BLANKLINE>
    sum of all paths = 4.573 = the gradient
    """
    for given in (root, node):
        if not isinstance(given, Node):
            raise TypeError(f"wanted Values or Tensors to explain, got {described(given)}")
    return explained(paths_of(Recording(root)), node, names_of(root), by, entry)


@np.errstate(over="ignore", invalid="ignore")  # what overflows is said in the answer
def explained(
    paths: Paths | ArrayPaths, node: Node, names: Mapping[Node, str], by: str = "path", entry: Entry = None
) -> GradientSum:
    """Return what `explain` does, for those who keep the paths of a graph and the names of its nodes."""
    if by not in WAYS:
        raise ValueError(f"wanted one of {', '.join(WAYS)} to explain by, got {by!r}{did_you_mean(str(by), WAYS)}")
    if isinstance(paths, Paths):
        if entry is not None:
            raise TypeError(f"a Value is one number and has no entry {entry!r}")
        words = _Words(paths, names, {})
    else:
        words = _Words(paths, names, {"entry": entry})
        if by == "path" and not paths.can_list(node):
            note = f" ({counted(paths.count(node))} paths are too many to be listed)"
            return words.in_parts(node, "reader", note)
    return words.in_paths(node) if by == "path" else words.in_parts(node, by)


class _Words:
    """Puts the paths of one graph into words; `options` go to each question that they are asked."""

    def __init__(self, paths: Paths | ArrayPaths, names: Mapping[Node, str], options: dict[str, Any]) -> None:
        self.paths = paths
        self.recording = paths.recording
        self.names = names
        self.options = options

    def in_paths(self, node: Node) -> GradientSum:
        why = self.paths.why(node, **self.options)
        terms = [self._term(node, path, why.size) for path in why.paths]
        return GradientSum(
            self._name(self.recording.root),
            self._entry_name(node),
            why.gradient,
            why.total,
            why.rest,
            self._rounding(why.size),
            "path",
            why.count,
            tuple(terms),
            why.blocked_by,
        )

    def in_parts(self, node: Node, by: str, note: str = "") -> GradientSum:
        gradient = self.paths.gradient(node, **self.options)
        parts = sorted(self._parts(node, by).items(), key=lambda part: -size_of(part[1]))
        size = sum_of([size_of(share) for _, share in parts])
        terms = [Term(share, _part(share, size), self._title(key)) for key, share in parts[:MOST_PATHS]]
        return GradientSum(
            self._name(self.recording.root),
            self._entry_name(node),
            gradient,
            sum((share for _, share in parts), zero_of(gradient)),
            sum((share for _, share in parts[MOST_PATHS:]), zero_of(gradient)),
            self._rounding(size),
            by,
            len(parts),
            tuple(terms),
            {},
            note,
        )

    def _parts(self, node: Node, by: str) -> dict[Any, Any]:
        if by == "sample":
            return dict(self.paths.by_sample(node, **self.options))
        if by == "reader":
            return dict(self.paths.by_reader(node, **self.options))
        return dict(self.paths.by_scope(node, self._depth_of_layers() if by == "layer" else None, **self.options))

    def _depth_of_layers(self) -> int | None:
        """Return how many names a layer's scope has: one less than a neuron's; arrays have no neurons."""
        if isinstance(self.paths, ArrayPaths):
            return None
        return layer_depth(node.scope.path for node in self.recording.nodes)

    def _rounding(self, size: float) -> float:
        """Return by how much two ways to add up the same products may differ.

        The first-order bound on the rounding error of as many operations as the graph has steps: Higham, "Accuracy and
        Stability of Numerical Algorithms" (2002), section 3.1.
        """
        eps = float(np.finfo(np.asarray(self.recording.root.data).dtype).eps)
        return 2.0 * (len(self.recording) + 1) * eps * min(size, sys.float_info.max)

    # --- names

    def _name(self, node: Node) -> str:
        return full_name(node, self.names)

    def _entry_name(self, node: Node) -> str:
        entry = self.options.get("entry")
        return self._name(node) + (f"[{', '.join(map(str, entry))}]" if entry is not None else "")

    def _word(self, node: Node) -> str:
        """Return a node's name for use in a formula, where a symbol as `*` would be read as an operation."""
        name = self._name(node)
        return name if name[0].isalnum() or name[0] in "_#" else self.names[node]

    def _title(self, part: Any) -> str:
        if isinstance(part, int):
            return f"{'row' if isinstance(self.paths, ArrayPaths) else 'sample'} {part}"
        if isinstance(part, tuple):
            return cut(" ".join("/".join(part).split())) or "outside all scopes"
        return cut(equation(part, {node: self._word(node) for node in part.inputs} | {part: self._name(part)}))

    # --- paths

    def _term(self, node: Node, path: Path, size: float) -> Term:
        steps = path.steps
        slopes = steps.slopes() if isinstance(steps, RecordedSteps) else [step.slope for step in steps]
        ones = [_is_one(slope) for slope in slopes]
        shown = [k for k, one in enumerate(ones) if not one and (slopes[k] is not None or _is_by_hand(steps[k]))]
        told = _ends(shown)
        factors = tuple(self._factor(steps[k]) for k in told)
        title = self._chain(node, steps, ones)
        return Term(path.share, _part(path.share, size), title, factors, len(shown) - len(told))

    def _chain(self, node: Node, steps: Sequence[Step], ones: Sequence[bool]) -> str:
        """Return the nodes on a path; `⇢` stands for one or more steps whose local derivative is exactly 1."""
        words = [self._name(node)]
        stops = [k for k, (one, following) in enumerate(zip_longest(ones, ones[1:])) if not (one and following)]
        for k in _ends(stops):
            words += ["⇢" if ones[k] else "→", self._name(steps[k].node)]
        return cut(" ".join(words))

    def _factor(self, step: Step) -> tuple[Value, Any]:
        if step.slope is None:
            rule = Value(0.0, label=f"{self._name(step.node)}'s own rule")
            return rule, step.share / step.upstream if step.upstream else 0.0
        names = {node: self._word(node) for node in (step.node, *step.node.inputs)}
        return local_derivative(step, names), step.slope


def _is_one(slope: Any) -> bool:
    if slope.__class__ is float:
        return bool(slope == 1.0)
    return slope is not None and bool(np.all(np.equal(slope, 1.0)))


def _is_by_hand(step: Step) -> bool:
    """Tell whether the rule of a step without a slope is a user's: structural operations on arrays are not."""
    return step.share.__class__ is float


def _ends(numbers: Sequence[int]) -> Sequence[int]:
    """Return so many from both ends that nobody sees what is missing: lines are cut in the middle."""
    return numbers if len(numbers) <= 2 * _MOST_TOLD else [*numbers[:_MOST_TOLD], *numbers[-_MOST_TOLD:]]


def _part(share: Any, size: float) -> float:
    """Return a share's part of the size of all, nan where they add up to more than the largest float."""
    if math.isinf(size):
        return math.nan
    return size_of(share) / size if size else 0.0
