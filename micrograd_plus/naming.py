"""Where in a network a node belongs, and a name by which each node of a graph can be told from the others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import takewhile

from micrograd_plus.context import ScopePath
from micrograd_plus.engine import CONSTANT, LEAF, Node, graph
from micrograd_plus.texts import printable

_LONGEST_NAME = 40


def names_of(root: Node) -> dict[Node, str]:
    """Return a name for each node of a graph, no two alike.

    It is the label if no other node has it, else the label with its home before it, without (`layer1.neuron2.w1`) or
    with the outermost name (`MLP.layer1.neuron2.w1`), else the number of the node, from `#1` in order of creation. A
    root without a label is called `out`. A label of which nothing is seen, as a blank, is none.

    >>> from micrograd_plus.value import Value
    >>> x = Value(1.0, label="x")
    >>> list(names_of((x + 1) * x).values())
    ['x', '#2', '#3', 'out']
    """
    nodes = graph(root)
    home_of = homes(nodes)
    candidates = {
        node: [".".join((*path, node.label)) for path in ((), home_of[node][1:], home_of[node])]
        for node in nodes
        if printable(node.label).strip() and not node.label.startswith("#")
    }
    count = Counter(name for names in candidates.values() for name in set(names))
    found = {}
    for k, node in enumerate(nodes, 1):
        found[node] = next((name for name in candidates.get(node, ()) if count[name] == 1), f"#{k}")
    if not printable(root.label).strip() and not count["out"]:
        found[root] = "out"
    return found


def layer_depth(paths: Iterable[ScopePath]) -> int:
    """Return how many names the scope of a layer has, where the deepest of `paths` are those of neurons."""
    return max(max(map(len, paths)) - 1, 1)


def homes(nodes: Sequence[Node]) -> dict[Node, ScopePath]:
    """Return the path of the scope of each node, of a leaf made outside all scopes that in which it is read first.

    A weight keeps the name of its neuron though a penalty reads it too.
    """
    found = {node: node.scope.path for node in nodes}
    for reader in nodes:
        for node in reader.inputs:
            if node.is_leaf and not found[node]:
                found[node] = found[reader]
    return found


def full_name(node: Node, names: Mapping[Node, str]) -> str:
    """Return the name of a node in one line; a mere number is led by the label, if others have it too, or the symbol.

    >>> from micrograd_plus.value import Value
    >>> y = (Value(1.0) + 1).tanh() * 2
    >>> [full_name(node, names_of(y)) for node in graph(y)]
    ['#1', '#2', '+#3', 'tanh#4', '#5', 'out']
    """
    name = names[node]
    name = printable(" ".join(((node.label or node.symbol) + name if name.startswith("#") else name).split()))
    return name if len(name) <= _LONGEST_NAME else name[: _LONGEST_NAME - 1] + "…"


def common_length(paths: Iterable[ScopePath]) -> int:
    """Return how many names all of `paths` begin with.

    >>> common_length([("MLP", "layer1", "neuron1"), ("MLP", "layer2")])
    1
    """
    return sum(1 for _ in takewhile(lambda names: len(set(names)) == 1, zip(*paths, strict=False)))


def places(nodes: Sequence[Node]) -> dict[Node, ScopePath]:
    """Return the path of the scope that each node belongs to.

    Inputs belong to none. Other leaves that were made outside all scopes, as weights, belong to the innermost scope
    that holds all scopes in which they are read.
    """
    paths = {node: () if is_input(node) else node.scope.path for node in nodes}
    held: dict[Node, ScopePath] = {}
    for reader in nodes:
        if path := paths[reader]:
            for node in reader.inputs:
                if not paths[node] and node.is_leaf and not is_input(node):
                    known = held.setdefault(node, path)
                    if known is not path:
                        held[node] = known[: common_length((known, path))]
    return paths | held


def is_input(node: Node) -> bool:
    """Tell whether a node is data from outside: it has a name (a network names its inputs) or stands outside scopes."""
    if node.label:
        return node.op is LEAF or node.op is CONSTANT
    return node.op is LEAF and not node.scope.path
