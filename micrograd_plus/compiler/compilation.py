"""`compile`: from a graph, or a function that builds one, to a program."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from micrograd_plus.arguments import described
from micrograd_plus.compiler.groups import groups_of
from micrograd_plus.compiler.inputs import inputs_of
from micrograd_plus.compiler.program import Program
from micrograd_plus.engine import CONSTANT, PARAMETER, Node, graph
from micrograd_plus.optim import Optimizer


def compile(  # noqa: A001 - the name of what it does, as in other frameworks
    target: Any,
    *examples: Any,
    batch: bool = False,
    optimizer: Optimizer | None = None,
    on_guard: str = "rebuild",
    parameters: Iterable[Any] | None = None,
) -> Program:
    """Return a program."""
    inputs = [] if isinstance(target, Node) else inputs_of(target, examples)
    root = target if isinstance(target, Node) else target(*[i.argument for i in inputs])
    given = {node for i in inputs for node in i.nodes}
    leaves = [node for node in graph(root) if node.is_leaf and node not in given and node.op is not CONSTANT]
    wanted = optimizer.params if optimizer else parameters
    if wanted is not None:
        wanted = set(wanted)
        trained = [leaf for leaf in leaves if leaf in wanted]
    else:
        trained = [leaf for leaf in leaves if leaf.op is PARAMETER] or leaves
    others = [p for p in optimizer.params if p not in set(leaves)] if optimizer else []
    return Program(root, groups_of(leaves, set(trained), others), inputs, optimizer)
