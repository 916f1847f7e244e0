"""What became of a graph, in words: classes, operations, calls, bytes."""

from __future__ import annotations

from collections import Counter

from micrograd_plus.compiler.placing import is_number
from micrograd_plus.compiler.task import Task
from micrograd_plus.compiler.version import Version
from micrograd_plus.engine import Node


def report(task: Task, version: Version) -> str:
    """Return a text of a few lines."""
    lifted, plan = version.assembly.lifted, version.assembly.plan
    counts = lifted.counts
    numbers = sum(is_number(array) for array in plan.order)
    calls = len(plan.order) - numbers
    steps = [f"{counts['nodes']:,} nodes"]
    if "slots" in counts:
        steps += [f"{counts['slots']:,} different computations", f"{counts['classes']:,} classes"]
    steps.append(f"{calls:,} operations on arrays and {numbers:,} on numbers, forward and backward")
    lines = [" -> ".join(steps)]
    kinds = Counter((what, op) for op, _, what in lifted.kinds)
    members = Counter[tuple[str, str]]()
    for op, count, what in lifted.kinds:
        members[what, op] += count
    for (what, op), times in kinds.items():
        lines.append(f"  {members[what, op]:,} values of {op} became {times:,} {what}{'s' if times > 1 else ''}")
    lines.append("gradients of " + _described(version))
    lines.append(_guards(task, version))
    own = {place.buffer for place in plan.places.values() if not place.buffer.given}
    kept = sum(buffer.size * buffer.dtype.itemsize for buffer in own)
    given = sum(array.nbytes for array in version.assembly.buffers.values())
    constants = sum(array.nbytes for array in version.constants.values())
    memory = f"memory: {_bytes(given)} of leaves, inputs and gradients, {_bytes(kept)} kept"
    lines.append(f"{memory}, {_bytes(constants)} of constants")
    return "\n".join(lines)


def _guards(task: Task, version: Version) -> str:
    if isinstance(task.target, Node):
        return "comparisons made while the graph was built are not known: it was finished"
    count = len(version.seen)
    if not count:
        return "no comparisons were made while the graph was built"
    return f"{count:,} comparison{'s' if count > 1 else ''} made while the graph was built: checked at each call"


def _described(version: Version) -> str:
    trained = sum(len(group.trained) for group in version.groups)
    elements = sum(int(group.mask().sum()) for group in version.groups if group.trained)
    others = sum(len(group.leaves.nodes) - len(group.trained) for group in version.groups)
    text = f"{trained:,} leaf" if trained == 1 else f"{trained:,} leaves"
    return f"{text} ({elements:,}); {others:,} others"


def _bytes(count: int) -> str:
    for unit in ("bytes", "kB", "MB"):
        if count < 1000:
            return f"{count:.3g} {unit}"
        count = count / 1000  # type: ignore[assignment]
    return f"{count:.3g} GB"
