"""A forward and a backward pass as a film: which boxes each frame is about, what changes, and why, in words."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from micrograd_plus.engine import Node, graph
from micrograd_plus.explanation import ChainRule, chain_rule, equation, evaluation
from micrograd_plus.naming import common_length, names_of
from micrograd_plus.steps import Step, steps
from micrograd_plus.texts import one_line
from micrograd_plus.viz.collapse import MOST_VALUES, Group, groups
from micrograd_plus.viz.collected import ArrowsBetween, Collected, Look
from micrograd_plus.viz.from_graph import picture_of
from micrograd_plus.viz.picture import Box, Numbers, Picture, Role
from micrograd_plus.viz.units import Unit, units_of

BY = ("auto", "node", "layer", "contribution")

MOST_IN_FULL = 1000  # values; larger graphs are played collapsed
MOST_BOXES = 3500  # beyond, browsers do not follow
MOST_RULES = 4  # chain rules in one frame
LONGEST_NAME = 30


@dataclass(frozen=True, slots=True)
class Frame:
    """One step of the film: the boxes it is about, how boxes look from now on, and the arrows that now carry a share.

    `part` is "start", "forward", "seed" or "backward". `remark` says what the `rules` are, if they are not all.
    """

    part: str
    title: str
    boxes: tuple[int, ...] = ()
    looks: tuple[tuple[int, Look], ...] = ()
    arrows: tuple[int, ...] = ()
    rules: tuple[ChainRule, ...] = ()
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Film:
    """The picture after the last frame, a name for each of its boxes, and the frames."""

    picture: Picture
    names: tuple[str, ...]
    frames: tuple[Frame, ...]


def film(root: Node, by: str = "auto", detail: str = "auto") -> Film:
    """Return the film of computing `root` and then of `root.backward()` on a graph without gradients.

    A frame is a box ("node"), all boxes of a layer ("layer") or an arrow ("contribution"); "auto" goes by nodes up to
    50 values and by layers above. `detail` is that of the picture; "auto" shows every value where it goes by
    nodes and there are at most 1000. The graph keeps the gradients it has. Errors as for `picture_of` and `steps`.
    """
    if not isinstance(root, Node):
        raise TypeError(f"wanted a Value or a Tensor to play, got {type(root).__name__}")
    if by not in BY:
        raise ValueError(f"wanted to go by one of {', '.join(BY)}, got {by!r}")
    nodes = graph(root)
    if by == "auto":
        by = "node" if len(nodes) <= MOST_VALUES else "layer"
    if detail == "auto" and by != "layer" and len(nodes) <= MOST_IN_FULL:
        detail = "full"
    if detail == "full" and len(nodes) > MOST_BOXES:
        detail = "auto"
    recorded = list(steps(root))
    with _gradients_of_backward(root, nodes):
        picture = picture_of(root, detail)
    return _Cutter(root, nodes, picture, groups(nodes, detail), recorded, by).film()


@contextmanager
def _gradients_of_backward(root: Node, nodes: Sequence[Node]) -> Iterator[None]:
    """Give the nodes the gradients that one backward pass leaves, and then back those they had."""
    had = [node.grad for node in nodes]
    try:
        for node in nodes:
            node.zero_grad()
        root.backward()  # type: ignore[attr-defined]  # both kinds of node have it
        yield
    finally:
        for node, grad in zip(nodes, had, strict=True):
            node.grad = grad


# --- frames -----------------------------------------------------------------------------------------------------------


class _Cutter:
    """Cuts a backward pass into frames."""

    def __init__(
        self, root: Node, nodes: Sequence[Node], picture: Picture, found: list[Group], recorded: list[Step], by: str
    ) -> None:
        self.root, self.nodes, self.found, self.recorded, self.by = root, nodes, found, recorded, by
        self.box_of = {node: k for k, group in enumerate(found) for node in group.members}
        self.names = {node: one_line(name, LONGEST_NAME) for node, name in names_of(root).items()}
        self.picture = replace(picture, boxes=tuple(map(self._named, picture.boxes, found)))
        self.collected = Collected(picture.arrows, self.outputs, recorded)
        self.between = ArrowsBetween(picture.arrows)

    def film(self) -> Film:
        titles = tuple(map(self._title, range(len(self.found))))
        units = units_of(self.found, titles, self.recorded, nodes=self.nodes if self.by == "layer" else ())
        for unit in units:
            unit.title = one_line(unit.title, LONGEST_NAME)
        self.title_of = {k: unit.title for unit in units for k in unit.boxes}
        frames = [Frame("start", "The inputs and parameters are given", looks=tuple(self._given()))]
        frames += [self._forward(unit) for unit in units]
        frames.append(self._seed())
        if self.by == "contribution":
            units = [part for unit in units for part in reversed(unit.single_steps())]
        frames += [self._backward(unit) for unit in reversed(units)]
        return Film(self.picture, titles, tuple(frames))

    def _named(self, box: Box, group: Group) -> Box:
        """Return the box of a single value under the name that chain rules call it by."""
        return box if box.name or box.role is Role.GROUP else replace(box, name=self.names[group.members[0]])

    @cached_property
    def outputs(self) -> list[list[Node]]:
        """The nodes of each box that others read, whose gradients stand in the box."""
        read: list[dict[Node, None]] = [{} for _ in self.found]
        for node in self.nodes:
            for input in node.inputs:
                if not input.is_leaf and self.box_of[input] != self.box_of[node]:
                    read[self.box_of[input]][input] = None
        read[self.box_of[self.root]][self.root] = None
        return [list(nodes) or group.members for nodes, group in zip(read, self.found, strict=True)]

    def _title(self, k: int) -> str:
        group = self.found[k]
        if len(group.members) == 1:
            return self.names[group.members[0]]
        return one_line(".".join((*group.path[self.common :], group.title)), LONGEST_NAME)

    @cached_property
    def common(self) -> int:
        """The number of names that all scopes begin with."""
        return common_length((*group.path, group.title) for group in self.found if group.path)

    def _given(self) -> Iterator[tuple[int, Look]]:
        for k, group in enumerate(self.found):
            if all(node.is_leaf for node in group.members):
                yield k, Look(is_computed=True)

    def _forward(self, unit: Unit) -> Frame:
        boxes = tuple(unit.boxes)
        looks = tuple((k, Look(is_computed=True)) for k in boxes)
        members = [node for k in boxes for node in self.found[k].members if not node.is_leaf]
        if len(members) == 1:
            rule = evaluation(members[0], self.names)
            return Frame("forward", f"Forward: {rule.symbols}", boxes, looks, rules=(rule,))
        remark = f"{len(members):,} operations are computed"
        return Frame("forward", f"Forward: {unit.title}", boxes, looks, remark=remark)

    def _equation(self, unit: Unit) -> str:
        members = {step.node for step in unit.steps}
        return equation(members.pop(), self.names) if len(members) == 1 else unit.title

    def _seed(self) -> Frame:
        k, name = self.box_of[self.root], self.names[self.root]
        self.collected.gradients[self.root] = 1.0
        rule = ChainRule(f"∂{name}/∂{name} = 1", "", "")
        return Frame("seed", f"Backward begins at {name}", (k,), tuple(self.collected.changed([k])), rules=(rule,))

    def _backward(self, unit: Unit) -> Frame:
        for step in unit.steps:
            self.collected.add(step)
        touched = dict.fromkeys(self.box_of[step.input] for step in unit.steps)
        arrows = self._arrows(unit.steps)
        looks = tuple(self.collected.changed(touched))
        rules, remark = self._rules(unit)
        return Frame("backward", f"Backward: {self._equation(unit)}", tuple(unit.boxes), looks, arrows, rules, remark)

    def _rules(self, unit: Unit) -> tuple[tuple[ChainRule, ...], str]:
        """Return chain rules: all if they are few, else those of whole boxes and the one that gives most."""
        if len(unit.steps) <= MOST_RULES:
            return tuple(chain_rule(step, self.root, self.names) for step in unit.steps), ""
        strongest = max(unit.steps, key=lambda step: _size(step.share))
        rules = (*self._sums(unit), chain_rule(strongest, self.root, self.names))
        return rules, f"{len(unit.steps):,} contributions; the last rule is that of the largest"

    def _sums(self, unit: Unit) -> Iterator[ChainRule]:
        """Yield the rule for what a unit hands back to each of those that it reads, as far as they are few."""
        out = self.names[self.root]
        tails: dict[str, dict[Node, None]] = defaultdict(dict)
        for step in unit.steps:
            k = self.box_of[step.input]
            if k not in unit.boxes:
                tails[self.title_of.get(k) or self._title(k)][step.input] = None
        for tail, inputs in list(tails.items())[: MOST_RULES - 1]:
            total = Numbers.of(np.concatenate([np.ravel(self.collected.gradients[node]) for node in inputs]))
            wanted = f"∂{out}/∂{tail}"
            yield ChainRule(f"{wanted} += Σ ∂{out}/∂{unit.title} · ∂{unit.title}/∂{tail}", "", f"{wanted} = {total}")

    def _arrows(self, found: list[Step]) -> tuple[int, ...]:
        """Return the arrows that steps are the first to go along."""
        arrows: dict[int, None] = {}
        for step in found:
            tail, head = (self.picture.boxes[self.box_of[node]].key for node in (step.input, step.node))
            arrows.update(dict.fromkeys(self.between.along(tail, head, step.node, step.k)))
        return self.collected.fill(arrows)


# --- text -------------------------------------------------------------------------------------------------------------


def _size(share: Any) -> float:
    """Return the largest number of an array or a float without its sign; nan counts as most."""
    size = abs(share) if share.__class__ is float else float(np.max(np.abs(share), initial=0.0))
    return math.inf if math.isnan(size) else size
