"""What of a graph is played together, and in which order."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from micrograd_plus.engine import Node
from micrograd_plus.steps import Step
from micrograd_plus.viz.collapse import Group, groups
from micrograd_plus.viz.layout import longest_paths
from micrograd_plus.viz.picture import Arrow, Flow


@dataclass(slots=True)
class Unit:
    """Boxes that are played together, and what their nodes hand back to their inputs."""

    boxes: list[int]
    title: str
    steps: list[Step]

    def single_steps(self) -> list[Unit]:
        """Return a unit for each contribution of a single value; groups stay whole."""
        if len({step.node for step in self.steps}) > 1:
            return [self]
        return [Unit(self.boxes, self.title, [step]) for step in self.steps]


def units_of(
    found: Sequence[Group], titles: Sequence[str], recorded: Sequence[Step], *, nodes: Sequence[Node] = ()
) -> list[Unit]:
    """Return the boxes that are computed, each a unit of its own, in an order in which they can be computed.

    `found` and `titles` are those of the boxes, `recorded` all steps of the backward pass. With `nodes`, all of the
    graph, boxes of the same layer are one unit.
    """
    computed = [k for k, group in enumerate(found) if not all(node.is_leaf for node in group.members)]
    unit_of: dict[int, Hashable] = {k: k for k in computed}
    title_of: dict[Hashable, str] = {k: titles[k] for k in computed}
    layer_of = {node: layer for layer in groups(nodes, "layer") for node in layer.members} if nodes else {}
    for k in computed:
        layer = layer_of.get(found[k].members[-1])
        if layer and layer.title:
            unit_of[k] = id(layer)
            title_of[id(layer)] = layer.title
    units: dict[Hashable, Unit] = {}
    for k, key in unit_of.items():
        units.setdefault(key, Unit([], title_of[key], [])).boxes.append(k)
    box_of = {node: k for k, group in enumerate(found) for node in group.members}
    for step in recorded:
        units[unit_of[box_of[step.node]]].steps.append(step)
    if any(len(group.members) > 1 for group in found) or nodes:
        return [units[key] for key in _ordered(units, unit_of, box_of, recorded)]
    return list(units.values())  # single values: creation is the engine's own order


def _ordered(
    units: Iterable[Hashable], unit_of: Mapping[int, Hashable], box_of: Mapping[Node, int], recorded: Iterable[Step]
) -> list[Hashable]:
    """Return the keys of units by the longest path that leads to each."""
    numbers = {key: f"n{k}" for k, key in enumerate(units)}
    between = {
        (unit_of[box_of[step.input]], unit_of[box_of[step.node]]): None
        for step in recorded
        if box_of[step.input] in unit_of
    }
    arrows = [Arrow(numbers[a], numbers[b], None, None, Flow.PENDING) for a, b in between if a != b]
    levels = longest_paths(numbers.values(), arrows)
    return sorted(numbers, key=lambda key: levels[numbers[key]])
