"""A museum of mistakes: what each classic bug in a backward pass would make of the gradients of one's own graph."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from micrograd_plus.arguments import described
from micrograd_plus.engine import Node, check_fresh, operations
from micrograd_plus.explanation import is_bare_number, number_or_range
from micrograd_plus.naming import full_name, names_of
from micrograd_plus.steps import facts_of, unit_of
from micrograd_plus.suggestions import did_you_mean

_MOST_ROWS = 20
# Of the sum of sizes: a wrong order adds up the right shares in another order, and rounds otherwise.
_ROUNDING = 1e-12

Gradients = dict[Node, Any]
# Of a node, the number of its input, what comes from above and the right share: the share that a wrong rule gives.
Rule = Callable[[Node, int, Any, Any], Any]


@dataclass(frozen=True, slots=True)
class Mistake:
    """A classic mistake: what people write, what goes wrong then, and the rule.

    `run` makes it on a graph: the operations that pass gradients on in order of creation, and the right gradients.
    """

    written: str
    consequence: str
    rule: str
    run: Callable[[Node, Sequence[Node], Gradients], Gradients]


@dataclass(frozen=True, slots=True, repr=False)
class Exhibit:
    """One mistake made on one graph: the gradients as they are and as they would be. It shows itself as text.

    `right` and `wrong` hold all nodes but unnamed numbers, in the order in which the backward pass finishes their
    gradients; `spoilt` are those that come out wrong, in the same order.
    """

    name: str
    mistake: Mistake
    root: Node
    right: Gradients
    wrong: Gradients
    spoilt: tuple[Node, ...]

    @property
    def first(self) -> Node | None:
        """The first node that goes wrong; None if the mistake does this graph no harm."""
        return self.spoilt[0] if self.spoilt else None

    def __repr__(self) -> str:
        lines = [f"{self.name}: {self.mistake.written}", self.mistake.consequence, ""]
        if not self.spoilt:
            return "\n".join([*lines, "this graph is not affected: all its gradients stay right", self.mistake.rule])
        names = names_of(self.root)
        number = f"{len(self.spoilt):,} of {len(self.right):,} gradients are wrong"
        lines += [f"{number}, first that of {full_name(self.spoilt[0], names)}", ""]
        rows = [("right", "wrong", "node")]
        rows += [
            (number_or_range(self.right[node]), number_or_range(self.wrong[node]), full_name(node, names))
            for node in self.spoilt[:_MOST_ROWS]
        ]
        widths = [max(len(row[k]) for row in rows) + 2 for k in (0, 1)]
        lines += [f"{right:>{widths[0]}}{wrong:>{widths[1]}}  {name}" for right, wrong, name in rows]
        if len(self.spoilt) > _MOST_ROWS:
            lines.append(f"and {len(self.spoilt) - _MOST_ROWS:,} more")
        return "\n".join([*lines, "", self.mistake.rule])


def exhibit(root: Node, mistake: str, pinned: Collection[Node] = ()) -> Exhibit:
    """Return what a mistake, one of `MISTAKES`, makes of the gradients of `root`; no node is changed.

    Nodes in `pinned` are taken for leaves. ValueError for an unknown mistake; other errors as for `steps`.

    >>> from micrograd_plus.value import Value
    >>> x = Value(3.0, label="x")
    >>> exhibit(x * x, "overwrite")
    overwrite: self.grad = ... instead of self.grad += ...
    a node that is read more than once keeps only the share that came last
    <BLANKLINE>
    1 of 2 gradients are wrong, first that of x
    <BLANKLINE>
      right  wrong  node
          6      3  x
    <BLANKLINE>
    the gradient of a node is the sum over all that read it: add with +=
    """
    if mistake not in MISTAKES:
        raise ValueError(f"no mistake {mistake!r} out of {', '.join(MISTAKES)}{did_you_mean(str(mistake), MISTAKES)}")
    if not isinstance(root, Node):
        raise TypeError(f"wanted a Value or a Tensor, got {described(root)}")
    order = [node for node in operations(root) if node not in pinned]
    check_fresh(order)
    right, sizes = _right(root, order)
    wrong = MISTAKES[mistake].run(root, [node for node in order if node in right], right)
    shown = [node for node in right if not is_bare_number(node)]
    spoilt = tuple(node for node in shown if not _agree(wrong.get(node, 0.0), right[node], sizes[node]))
    kept_right, kept_wrong = ({node: found.get(node, 0.0) for node in shown} for found in (right, wrong))
    return Exhibit(mistake, MISTAKES[mistake], root, kept_right, kept_wrong, spoilt)


def _agree(wrong: Any, right: Any, size: Any) -> bool:
    if wrong.__class__ is right.__class__ is float:  # NumPy takes long for single numbers, and there are many
        return bool(wrong == right or abs(wrong - right) <= _ROUNDING * size or (wrong != wrong and right != right))
    return bool(np.allclose(wrong, right, rtol=0.0, atol=_ROUNDING * np.max(size, initial=0.0), equal_nan=True))


# --- backward passes --------------------------------------------------------------------------------------------------


def _right(root: Node, order: Sequence[Node]) -> tuple[Gradients, Gradients]:
    """Return the gradients, in the order in which they are finished, and the sums of the sizes of what each adds up."""
    gradients, sizes = {root: unit_of(root)}, {root: unit_of(root)}
    for node in reversed(order):
        if node not in gradients:
            continue  # all that reads it is pinned
        for _, input, share in _shares(node, gradients[node]):
            gradients[input] = gradients.pop(input, 0.0) + share
            sizes[input] = sizes.get(input, 0.0) + abs(share)
    return gradients, sizes


def _shares(node: Node, upstream: Any) -> Iterator[tuple[int, Node, Any]]:
    with np.errstate(all="ignore"):
        for _, k, input, _, _, share, _, _ in list(facts_of(node, {node: upstream})):
            yield k, input, share


def _with(rule: Rule) -> Callable[[Node, Sequence[Node], Gradients], Gradients]:
    """Return the backward pass that follows a wrong rule."""

    def run(root: Node, order: Sequence[Node], right: Gradients) -> Gradients:
        gradients: Gradients = {root: unit_of(root)}
        for node in reversed(order):
            upstream = gradients[node]
            for k, input, share in _shares(node, upstream):
                gradients[input] = gradients.get(input, 0.0) + rule(node, k, upstream, share)
        return gradients

    return run


def _overwriting(root: Node, order: Sequence[Node], right: Gradients) -> Gradients:
    gradients: Gradients = {root: unit_of(root)}
    for node in reversed(order):
        for _, input, share in _shares(node, gradients[node]):
            gradients[input] = share
    return gradients


def _in_depth_first_order(root: Node, order: Sequence[Node], right: Gradients) -> Gradients:
    gradients: Gradients = {root: unit_of(root)}
    waiting, left = [root], set(order)
    while waiting:
        node = waiting.pop()
        if node not in left:
            continue
        left.remove(node)
        for _, input, share in _shares(node, gradients[node]):
            gradients[input] = gradients.get(input, 0.0) + share
        waiting += reversed(node.inputs)
    return gradients


def _without_zero_grad(root: Node, order: Sequence[Node], right: Gradients) -> Gradients:
    """Return what a second step on the same numbers gives: inner nodes are new, leaves still have their gradients."""
    return {node: gradient + gradient if node.is_leaf else gradient for node, gradient in right.items()}


def _twice(root: Node, order: Sequence[Node], right: Gradients) -> Gradients:
    """Return what a second pass gives that begins with the root, but with the first gradients in all other nodes."""
    gradients = right | {root: unit_of(root)}
    for node in reversed(order):
        for _, input, share in _shares(node, gradients[node]):
            gradients[input] = gradients[input] + share
    return gradients


# --- wrong rules ------------------------------------------------------------------------------------------------------


def _plus_for_minus(node: Node, k: int, upstream: Any, share: Any) -> Any:
    return -share if node.op.name == "neg" or (node.op.name == "sub" and k == 1) else share


def _no_mask(node: Node, k: int, upstream: Any, share: Any) -> Any:
    return upstream if node.op.name == "relu" else share


def _no_count(node: Node, k: int, upstream: Any, share: Any) -> Any:
    return share * _averaged(node) if k == 0 else share


def _averaged(node: Node) -> float:
    """Return over how many numbers a node is the mean; 1 if it is none.

    A mean is that operation, or a sum of n numbers divided by n or multiplied with 1 / n.
    """
    if node.op.name == "mean":
        return float(node.inputs[0].data.size / node.data.size)
    if node.op.name not in ("div", "mul") or not is_bare_number(node.inputs[1]):
        return 1.0
    constant = float(node.inputs[1].data)
    count = constant if node.op.name == "div" else 1.0 / constant if constant else 0.0
    terms = _terms(node.inputs[0])
    return next((float(n) for n in terms if n > 1 and abs(count - n) <= _ROUNDING * n), 1.0)


def _terms(total: Node) -> tuple[int, ...]:
    """Return of how many numbers a node is the sum; `sum()` begins with a 0, which may not count."""
    if total.op.name == "sum":
        return (total.inputs[0].data.size // total.data.size,)
    number = 1
    while total.op.name == "add":
        number += 1
        total = total.inputs[0]
    return (number, number - 1) if is_bare_number(total) and float(total.data) == 0.0 else (number,)


MISTAKES: dict[str, Mistake] = {
    "overwrite": Mistake(
        "self.grad = ... instead of self.grad += ...",
        "a node that is read more than once keeps only the share that came last",
        "the gradient of a node is the sum over all that read it: add with +=",
        _overwriting,
    ),
    "order": Mistake(
        "order.append(node) before the visit to its inputs, so that nodes are met depth first",
        "a node that is read more than once passes its gradient on before all of it has arrived",
        "go in reverse topological order: a node passes its gradient on when all that read it have done so",
        _in_depth_first_order,
    ),
    "no_zero_grad": Mistake(
        "loss.backward() in each step, zero_grad() in none",
        "the leaves still hold the last step's gradients, to which this step's are added",
        "gradients of leaves add up over calls of backward(): call zero_grad() before each step",
        _without_zero_grad,
    ),
    "backward_twice": Mistake(
        "loss.backward() twice on one graph, with inner gradients that stay",
        "inner nodes pass their first gradients on once more, the deeper a node lies the more often",
        "before a second pass over the same graph all inner gradients begin at zero",
        _twice,
    ),
    "minus_sign": Mistake(
        "other.grad += out.grad in __sub__, self.grad += out.grad in __neg__",
        "all below what is subtracted gets the opposite sign",
        "the slope of a - b by b, and of -b, is -1",
        _with(_plus_for_minus),
    ),
    "relu_mask": Mistake(
        "self.grad += out.grad in relu, without (out.data > 0) *",
        "gradients come through relus that are off",
        "the slope of relu is 1 above zero and 0 below",
        _with(_no_mask),
    ),
    "mean_count": Mistake(
        "the gradient of a mean handed on as that of a sum, without 1 / n",
        "all below the mean gets n times its gradient, so that larger batches take larger steps",
        "the slope of a mean over n numbers by each is 1 / n",
        _with(_no_count),
    ),
}
