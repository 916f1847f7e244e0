"""Which gradients of a graph are worth asking for, in which order, and which answers are right."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

import numpy as np

from micrograd_plus.engine import PARAMETER, Node
from micrograd_plus.explanation import is_bare_number
from micrograd_plus.recording import Recording
from micrograd_plus.steps import Step
from micrograd_plus.suggestions import did_you_mean

MOST_QUESTIONS = 20
# Of the gradients that follow one rule, sums of more shares are asked for last: nobody adds up a hundred.
MOST_SHARES = 4

# 1 %, so that 0.33 stands for a third, which is just 1 % off, whatever rounding does.
RELATIVE = 0.010001
# The numbers that are given have four digits: of shares that cancel, their rounding is left.
ROUNDING = 0.001


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: the gradient of `node`, of a Tensor that of one `entry`; it is the sum of what `steps` add."""

    node: Node
    entry: tuple[int, ...]
    name: str
    gradient: float
    steps: tuple[Step, ...]

    def is_right(self, answer: float) -> bool:
        """Tell whether an answer is the gradient, up to 1 % of it, or up to 0.1 % of the shares it is the sum of."""
        if not math.isfinite(self.gradient):
            return answer == self.gradient or (math.isnan(answer) and math.isnan(self.gradient))
        rounding = sum(
            ROUNDING * abs(float(step.share[self.entry] if self.entry else step.share)) for step in self.steps
        )
        return abs(answer - self.gradient) <= max(RELATIVE * abs(self.gradient), rounding)


_KINDS: dict[str, Callable[[Node], bool]] = {
    "all": lambda node: True,
    "leaves": lambda node: node.is_leaf,
    "parameters": lambda node: node.op is PARAMETER,
}
_NONE = {
    "all": "{} was computed from nothing",
    "leaves": "{} was computed from bare numbers",
    "parameters": "{} was computed from no parameters, only from other leaves",
}


def questions(
    recording: Recording, names: Mapping[Node, str], of: str, rng: np.random.Generator
) -> tuple[Question, ...]:
    """Return what a quiz asks, in the order of the backward pass; see `quiz.Quiz`, which has the same errors."""
    if of not in _KINDS:
        raise ValueError(f"wanted a quiz of {', '.join(_KINDS)}, got {of!r}{did_you_mean(of, _KINDS)}")
    nodes = recording.nodes
    arrivals: dict[int, list[int]] = defaultdict(list)
    for step, place in enumerate(recording.input):
        arrivals[place].append(step)
    found = {
        place: steps
        for place, steps in arrivals.items()
        if _KINDS[of](nodes[place]) and not is_bare_number(nodes[place]) and np.size(nodes[place].data)
    }
    if not found:
        raise ValueError(f"there is no gradient to ask for: {_NONE[of].format(names[recording.root])}")
    chosen = found if len(found) <= MOST_QUESTIONS else _spread(recording, found, rng)
    # A gradient is complete with what arrives last; whatever that needs was complete before.
    in_order = sorted(chosen, key=lambda place: found[place][-1])
    return tuple(_question(recording, place, found[place], names, rng) for place in in_order)


def _question(
    recording: Recording, place: int, steps: Iterable[int], names: Mapping[Node, str], rng: np.random.Generator
) -> Question:
    node, gradient = recording.nodes[place], np.asarray(recording.gradients[place])
    entry = tuple(int(rng.integers(length)) for length in gradient.shape)
    position = f"[{', '.join(map(str, entry))}]" if entry else ""
    name = f"∂{names[recording.root]}/∂{names[node]}{position}"
    return Question(node, entry, name, float(gradient[entry]), tuple(recording[step] for step in steps))


def _spread(recording: Recording, found: Mapping[int, list[int]], rng: np.random.Generator) -> list[int]:
    """Return as many places as there may be questions: each rule in turn gives one of those that follow it."""
    following: dict[Any, list[int]] = defaultdict(list)
    places = [int(place) for place in rng.permutation(list(found))]
    for place in sorted(places, key=lambda place: len(found[place]) > MOST_SHARES):
        steps = found[place]
        rules = {(recording.nodes[recording.reader[step]].op.name, recording.k[step]) for step in steps}
        for rule in [*sorted(rules), "a sum"] if len(steps) > 1 else rules:
            following[rule].append(place)
    rounds = (place for turn in zip_longest(*following.values()) for place in turn if place is not None)
    return list(dict.fromkeys(rounds))[:MOST_QUESTIONS]
