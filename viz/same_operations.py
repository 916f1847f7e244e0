"""Which operations do the same: by the terms of the sum that the root is, else by the shape of their expressions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Hashable, Mapping, Sequence
from enum import Enum

from micrograd_plus.engine import Node

MOST_BOXES = 60  # of what terms have in common
MOST_SHAPES = 24

# What a sum of losses goes through on its way to the root, as a mean does.
_LINEAR = ("add", "mul", "div", "neg")

Classes = dict[Node, Hashable]


def classes_of(computed: Sequence[Node], placed: Container[Node]) -> tuple[Classes, list[Node]]:
    """Return the class of each operation, by creation, and the leaves that are to keep boxes of their own.

    Where the root is a sum of separate terms, as a loss is over samples, the terms are laid upon each other, and the
    leaves are what they share, such as weights. Else operations of one shape are alike, whatever they were computed
    from. What is `placed` has a box already.
    """
    return _by_term(computed, placed) or (_by_shape(computed), [])


# --- by term ----------------------------------------------------------------------------------------------------------


def _by_term(computed: Sequence[Node], placed: Container[Node]) -> tuple[Classes, list[Node]] | None:
    """Return the class of each operation, the same for what does the same in another term, and the leaves terms share.

    None unless there are several terms, each operation belongs to one of them or to the sum, and the classes are few.
    """
    total, terms = _sum(computed)
    shared = _shared_leaves(computed, total, terms, placed) if len(terms) > 1 else None
    if shared is None:
        return None
    numbers: dict[Hashable, int] = {}
    classes: Classes = {}

    def described(node: Node) -> Hashable:
        if node in classes:
            return classes[node]
        if node in shared:
            return node
        return "computed elsewhere" if node in placed else (node.op.name, node.label)

    for node in computed:
        if node not in total:
            key = (node.symbol, *map(described, node.inputs))
            classes[node] = numbers.setdefault(key, len(numbers))
            if len(numbers) + len(shared) > MOST_BOXES:
                return None
    _join_sums(computed, classes)
    sums = _shapes([node for node in computed if node in total], classes)
    if not sums:
        return None
    return classes | {node: ("sum", number) for node, number in sums.items()}, list(shared)


def _sum(computed: Sequence[Node]) -> tuple[set[Node], list[Node]]:
    """Return the operations that add up the root of a graph, and the operations that they add."""
    inside = set(computed)
    found: dict[Node, None] = {}
    terms: dict[Node, None] = {}
    waiting = list(computed[-1:])
    is_added = False  # before the first sum, as below a square root, every operation of one input is gone through
    while waiting:
        node = waiting.pop()
        if node in found or node in terms:
            continue
        inner = [i for i in node.inputs if i in inside]
        is_added = is_added or node.op.name == "add"
        if node.op.name == "add" or (len(inner) == 1 and (not is_added or inner[0].op.name in _LINEAR)):
            found[node] = None
            waiting += inner
        else:
            terms[node] = None
    return set(found), list(terms)


def _shared_leaves(
    computed: Sequence[Node], total: set[Node], terms: Sequence[Node], placed: Container[Node]
) -> dict[Node, None] | None:
    """Return the leaves that several terms read; None if they have an operation in common, or read the sum."""
    several = object()
    term_of: dict[Node, object] = {term: term for term in terms}
    shared: dict[Node, None] = {}
    for node in reversed(computed):
        if node in total:
            continue
        term = term_of.get(node, several)
        if term is several or not total.isdisjoint(node.inputs):
            return None
        for i in node.inputs:
            if term_of.setdefault(i, term) is not term:
                term_of[i] = several
                if not i.inputs and i not in placed:
                    shared[i] = None
    return shared


def _join_sums(computed: Sequence[Node], classes: Classes) -> None:
    """Give what is read by nothing but a sum that it begins the class of that sum: many terms make one."""
    readings = Counter(i for node in computed for i in node.inputs)
    for node in reversed(computed):
        if node.op.name == "add" and node in classes:
            for i in node.inputs:
                if i in classes and i.op.name == "add" and readings[i] == 1:
                    classes[i] = classes[node]


# --- by shape ---------------------------------------------------------------------------------------------------------


class _Depth(Enum):
    """How much of the expression below an operation makes up its shape."""

    ALL = "all"
    INPUTS = "inputs"
    NONE = "none"


def _by_shape(computed: Sequence[Node]) -> Classes:
    """Return the shape of each operation, as deep as leaves few of them; in the end all operations are alike.

    Shapes that look no further than the inputs fold what repeats, as the steps of a recurrent network, into a loop.
    """
    for depth in _Depth:
        if found := _shapes(computed, {}, depth):
            return found
    return dict.fromkeys(computed, "any")


def _shapes(computed: Sequence[Node], known: Mapping[Node, Hashable], depth: _Depth = _Depth.ALL) -> Classes:
    """Return a shape for each operation: its symbol and the shapes of what it was computed from; empty if too many.

    An operation that follows an equal one has its shape, so that a sum of many terms is one. Leaves do not count.
    `known` holds the shapes of other operations.
    """
    numbers: dict[Hashable, int] = {}
    found: Classes = {}
    below: dict[Node, frozenset[Hashable]] = {}
    symbols: dict[Node, str] = {}
    for node in computed:
        symbol = symbols[node] = node.symbol
        terms: set[Hashable] = set()
        for i in node.inputs if depth is not _Depth.NONE else ():
            if i in below:
                if symbols[i] == symbol:
                    terms |= below[i]
                else:
                    terms.add(found[i] if depth is _Depth.ALL else symbols[i])
            elif i in known:
                terms.add(("known", known[i]))
            elif i.inputs:
                terms.add("computed elsewhere")
        below[node] = frozenset(terms)
        found[node] = numbers.setdefault((symbol, below[node]), len(numbers))
        if len(numbers) > MOST_SHAPES:
            return {}
    return found
