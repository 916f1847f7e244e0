"""What became of a graph, in words: classes, operations, calls, bytes."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np

from micrograd_plus.compiler.groups import Group
from micrograd_plus.compiler.placing import is_number
from micrograd_plus.compiler.task import Task
from micrograd_plus.compiler.version import Version
from micrograd_plus.engine import Node
from micrograd_plus.texts import counted


def report(task: Task, version: Version) -> str:
    """Return a text of a few lines."""
    lines = [_graph(version), *_kinds(version), *_operations(version), _leaves(version), _guards(task, version)]
    return "\n".join([*lines, _memory(version)])


def _graph(version: Version) -> str:
    counts = version.assembly.lifted.counts
    text = f"graph: {_counted(counts['nodes'], 'node')}"
    if "slots" not in counts:
        return text
    slots, classes = _counted(counts["slots"], "different computation"), _counted(counts["classes"], "class")
    return f"{text} -> {slots} -> {classes} of expressions"


def _kinds(version: Version) -> list[str]:
    """Return a line for each kind of thing that the classes became."""
    members: Counter[tuple[str, str]] = Counter()
    times: Counter[tuple[str, str]] = Counter()
    for op, count, what in version.assembly.lifted.kinds:
        members[op, what] += count
        times[op, what] += 1
    return [f"  {_counted(members[k], k[0])} became {_counted(times[k], k[1])}" for k in times if k[0] != k[1]]


def _operations(version: Version) -> list[str]:
    order = version.assembly.plan.order
    numbers = sum(is_number(array) for array in order)
    arrays = len(order) - numbers
    lines = [f"operations: {arrays:,} on arrays and {numbers:,} on numbers, forward and backward"]
    if numbers:
        why = "what the graph has one of" if arrays else "in a graph this small"
        lines.append(f"  numbers stay numbers of Python, which is faster than NumPy for {why}")
    return lines


def _leaves(version: Version) -> str:
    trained = sum(len(group.trained) for group in version.groups)
    elements = sum(int(_sizes(group)) for group in version.groups)
    others = sum(len(group.leaves.nodes) - len(group.trained) for group in version.groups)
    size = f" ({_counted(elements, 'number')})" if elements != trained else ""
    return f"gradients: {_counted(trained, 'leaf')}{size}; {_counted(others, 'other leaf')} in the same buffers"


def _sizes(group: Group) -> int:
    return sum(np.size(leaf.data) for leaf in group.trained)


def _guards(task: Task, version: Version) -> str:
    if isinstance(task.target, Node):
        return "comparisons made while the graph was built are not known: it was finished"
    count = len(version.seen)
    if not count:
        return "no comparisons were made while the graph was built"
    return f"{counted(count, 'comparison')} made while the graph was built: checked at each call"


def _memory(version: Version) -> str:
    own = {place.buffer for place in version.assembly.plan.places.values() if not place.buffer.given}
    kept = sum(math.prod(buffer.shape) * buffer.dtype.itemsize for buffer in own)
    given = sum(array.nbytes for array in version.buffers.values())
    constants = sum(array.nbytes for array in version.constants.values())
    text = f"memory: {_bytes(given)} of leaves, inputs, gradients and states, {_bytes(kept)} of intermediate results"
    return f"{text}, {_bytes(constants)} of constants"


def _counted(count: int, what: str) -> str:
    plural = {"class": "classes", "leaf": "leaves", "other leaf": "other leaves"}.get(what)
    return f"{count:,} {plural}" if plural and count != 1 else counted(count, what)


def _bytes(count: float) -> str:
    for unit in ("bytes", "kB", "MB"):
        if count < 1000:
            return f"{count:.3g} {unit}"
        count /= 1000
    return f"{count:.3g} GB"
