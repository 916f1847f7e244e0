"""Where in a network a node belongs, and a name by which each node of a graph can be told from the others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import takewhile

from micrograd_plus.engine import CONSTANT, LEAF, Node, graph

Path = tuple[str, ...]


def names_of(root: Node) -> dict[Node, str]:
    """Return a name for each node of a graph, no two alike.

    It is the label if no other node has it, else the label with its place before it (`layer1.neuron2.w1`, without what
    all places begin with), else the number of the node, from `#1` in order of creation. A root without a label is
    called `out`.

    >>> from micrograd_plus.value import Value
    >>> x = Value(1.0, label="x")
    >>> list(names_of((x + 1) * x).values())
    ['x', '#2', '#3', 'out']
    """
    nodes = graph(root)
    paths = places(nodes)
    common = common_length(path for path in paths.values() if path)
    candidates = {
        node: (node.label, ".".join((*paths[node][common:], node.label)))
        for node in nodes
        if node.label and not node.label.startswith("#")
    }
    count = Counter(name for names in candidates.values() for name in set(names))
    found = {}
    for k, node in enumerate(nodes, 1):
        found[node] = next((name for name in candidates.get(node, ()) if count[name] == 1), f"#{k}")
    if not root.label and not count["out"]:
        found[root] = "out"
    return found


def common_length(paths: Iterable[Path]) -> int:
    """Return how many names all of `paths` begin with.

    >>> common_length([("MLP", "layer1", "neuron1"), ("MLP", "layer2")])
    1
    """
    return sum(1 for _ in takewhile(lambda names: len(set(names)) == 1, zip(*paths, strict=False)))


def places(nodes: Sequence[Node]) -> dict[Node, Path]:
    """Return the path of the scope that each node belongs to.

    Inputs belong to none. Other leaves that were made outside all scopes, as weights, belong where they are read first.
    """
    paths = {node: () if is_input(node) else node.scope.path for node in nodes}
    for reader in nodes:
        for node in reader.inputs:
            if not paths[node] and node.is_leaf and not is_input(node):
                paths[node] = paths[reader]
    return paths


def is_input(node: Node) -> bool:
    """Tell whether a node is data from outside: it has a name (a network names its inputs) or stands outside scopes."""
    if node.label:
        return node.op is LEAF or node.op is CONSTANT
    return node.op is LEAF and not node.scope.path
