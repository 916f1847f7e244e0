"""The graph of a session as JSON can hold it: its scopes, and its nodes in order of creation, by their operations."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from micrograd_plus.arguments import integer_at_least
from micrograd_plus.array_ops import ARRAY_TABLE, ArrayOp
from micrograd_plus.context import Scope, ScopePath, entered
from micrograd_plus.engine import LEAVES, Node, graph, note_of
from micrograd_plus.json_numbers import from_json, list_of, text_of, to_json
from micrograd_plus.ops import TABLE, Op
from micrograd_plus.result_size import laid_out_by, result_size
from micrograd_plus.suggestions import did_you_mean
from micrograd_plus.tensor import Tensor
from micrograd_plus.value import Value

_MOST_WORK = 2**28  # elements that all operations go through: some seconds
_KINDS: dict[str, type[Node]] = {"Value": Value, "Tensor": Tensor}


def saved_graph(nodes: Sequence[Node], place: Mapping[Node, int]) -> dict[str, Any]:
    """Return a graph, its root last; `place` tells where each node stands.

    Raises TypeError for nodes made by hand, and ValueError for more work than `loaded_graph` does.
    """
    _refuse_work(sum(map(_work, nodes)))
    scopes = {path: k for k, path in enumerate(dict.fromkeys(node.scope.path for node in nodes))}
    return {
        "kind": nodes[-1].kind.__name__,
        "scopes": list(scopes),
        "nodes": [_saved_node(node, place, scopes) for node in nodes],
    }


def _saved_node(node: Node, place: Mapping[Node, int], scopes: Mapping[ScopePath, int]) -> dict[str, Any]:
    op = node.op
    if type(op) not in (Op, ArrayOp) or (node.note and node.note.backward):
        raise TypeError(f"a node made by hand cannot be saved: the rule of {node.symbol!r} is code")
    saved: dict[str, Any] = {"op": op.name, "data": to_json(node._data), "scope": scopes[node.scope.path]}
    if node.inputs:
        saved["inputs"] = [place[i] for i in node.inputs]
    if op.parameters:
        saved["parameters"] = {name: to_json(value) for name, value in op.parameters.items()}
    if node.label:
        saved["label"] = node.label
    if node.note and node.note.symbol:
        saved["symbol"] = node.note.symbol
    return saved


def loaded_graph(content: Mapping[str, Any]) -> Node:
    """Return the root of the graph that `saved_graph` was given; nothing in it is ever run.

    Raises `TypeError`, `ValueError` or `KeyError` for what is none.
    """
    if content["kind"] not in _KINDS:
        raise ValueError(f"unknown kind of node {content['kind']!r}")
    kind = _KINDS[content["kind"]]
    scopes = [_scope(names) for names in list_of(content["scopes"])]
    nodes: list[Node] = []
    work = 0
    for saved in list_of(content["nodes"]):
        with entered(item_at(scopes, saved["scope"])), np.errstate(all="ignore"):
            nodes.append(_node(saved, kind, nodes))
        work += _work(nodes[-1])
        _refuse_work(work)
    if not nodes or len(graph(nodes[-1])) != len(nodes):
        raise ValueError("the last node depends on all others, which is not so here")
    return nodes[-1]


def _work(node: Node) -> int:
    """Count the numbers that the operation of a node reads, lays out and gives."""
    if not isinstance(node, Tensor) or not node.inputs:
        return 1
    shapes = [np.shape(i._data) for i in node.inputs]
    return sum(map(math.prod, shapes)) + laid_out_by(node.op, shapes) + node.size


def _refuse_work(work: int) -> None:
    if work > _MOST_WORK:
        raise ValueError(
            f"its operations go through {work:,} numbers, and at most {_MOST_WORK:,} are computed again: "
            "nodes inside it have smaller graphs"
        )


def _scope(names: Any) -> Scope:
    scope = Scope()
    for name in list_of(names):
        scope = scope.child(text_of(name))
    return scope


def _node(saved: dict[str, Any], kind: type[Node], nodes: list[Node]) -> Node:
    data = from_json(saved["data"])
    if "inputs" in saved:
        inputs = [item_at(nodes, place) for place in list_of(saved["inputs"])]
        node = _computed(_operation(saved), inputs, np.shape(data))
        node._data = node._accepted(data)
    else:
        node = kind.leaf(data, item_named(LEAVES, saved["op"]))
    if label := saved.get("label"):
        node.label = label
    if symbol := saved.get("symbol"):
        note_of(node).symbol = text_of(symbol)
    return node


def _operation(saved: dict[str, Any]) -> Op:
    try:
        op = item_named(TABLE | ARRAY_TABLE, saved["op"])
    except ValueError as error:
        raise ValueError(f"{error}; one of your own is known once the module that defines it is imported") from None
    parameters = {name: from_json(value) for name, value in saved.get("parameters", {}).items()}
    return op.with_parameters(**parameters) if isinstance(op, ArrayOp) else op.bind(named=parameters)


def _computed(op: Op, inputs: list[Node], shape: tuple[int, ...]) -> Node:
    """Return an operation on nodes; its result must be of the shape that was saved, before any memory is taken."""
    if isinstance(op, ArrayOp):
        op = op.taking(len(inputs))
    if len(inputs) != op.arity or not inputs:
        raise ValueError(f"{op.name} takes {op.arity} input(s), got {len(inputs)}")
    if isinstance(op, ArrayOp) and not isinstance(inputs[0], Tensor):
        raise ValueError(f"{op.name} is an operation on arrays")
    shapes = [np.shape(i._data) for i in inputs]
    laid_out_by(op, shapes)  # refuses what is too much
    if result_size(op, shapes) != math.prod(shape):
        raise ValueError(f"the data of {op.name} is of another size than its result")
    node: Node = inputs[0].apply(op, inputs)
    if node.op is not op or np.shape(node._data) != shape:
        raise ValueError(f"the data of {op.name} is not what it gives on its inputs")
    return node


def item_named(items: Mapping[str, Any], name: Any) -> Any:
    """Return an item by its name; ValueError, with names that are close, if there is none."""
    if text_of(name) not in items:
        raise ValueError(f"unknown name {name[:60]!r}{did_you_mean(name[:60], items)}")
    return items[name]


def item_at(items: list[Any], place: Any) -> Any:
    """Return an item by its place; a node's inputs stand before it, so that there are no cycles."""
    if not 0 <= integer_at_least(0, "a place", place) < len(items):
        raise ValueError(f"{place} is the place of nothing that stands before")
    return items[place]
