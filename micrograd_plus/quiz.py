"""`Quiz`: asks for the gradients of a graph, one after the other, in the order in which one can work them out."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from micrograd_plus.arguments import real_number
from micrograd_plus.engine import Node
from micrograd_plus.explanation import chain_rule, equation, is_bare_number, local_derivative, number_or_range
from micrograd_plus.expression import Expression
from micrograd_plus.naming import names_of
from micrograd_plus.notation import short, text
from micrograd_plus.questions import MOST_SHARES, Question, questions
from micrograd_plus.recording import Recording
from micrograd_plus.seeding import Rng, as_generator
from micrograd_plus.steps import Step
from micrograd_plus.texts import counted, printable

MOST_ENTRIES = 16  # of an array whose numbers are written out
MOST_FACTS = 3 * MOST_SHARES  # the numbers that are given: of a reader, and of its two inputs


@dataclass(frozen=True, slots=True)
class Score:
    """Of `asked` questions that are done, `right` were answered, after `wrong` answers and with `hints`."""

    right: int = 0
    asked: int = 0
    wrong: int = 0
    hints: int = 0

    def __str__(self) -> str:
        wrong, hints = counted(self.wrong, "wrong answer"), counted(self.hints, "hint")
        return f"{self.right} of {self.asked} right, {wrong}, {hints}"


class Quiz:
    """Questions for the gradients of `root`'s graph; the graph keeps the gradients it has.

    They come in the order of the backward pass, so that all that is needed is known: `question` says it. `of` is "all"
    (every node but the root and bare numbers), "leaves" or "parameters". At most 20 are asked, then chosen by `rng` so
    that each kind of rule is. Of a Tensor an entry is asked for, chosen by `rng` too. Nodes in `pinned` are taken for
    leaves. ValueError if there is nothing to ask for; other errors as for `steps`.

    >>> from micrograd_plus.value import Value
    >>> x, w = Value(2.0, label="x"), Value(-3.0, label="w")
    >>> quiz = Quiz((x * w).tanh(), of="leaves")
    >>> print(quiz.question)
    ∂out/∂x = ?
      #3 = x * w
      x = 2, w = -3, #3 = -6
      ∂out/∂#3 = 2.458e-05
    >>> quiz.answer("1/2"), quiz.answer("-3 * 2.458e-5")
    (False, True)
    >>> print(quiz.hint())
    ∂out/∂w = ∂out/∂#3 · ∂#3/∂w
    ∂#3/∂w = x
    >>> print(quiz.reveal())
    ∂out/∂w = ∂out/∂#3 · ∂#3/∂w
    ∂#3/∂w = x = 2
    ∂out/∂w = 2.458e-05 · 2 = 4.915e-05
    >>> print(quiz.score)
    1 of 2 right, 1 wrong answer, 1 hint
    """

    def __init__(self, root: Node, rng: Rng = 0, *, of: str = "all", pinned: Collection[Node] = ()) -> None:
        self.root = root
        self.names: Mapping[Node, str] = {node: printable(name) for node, name in names_of(root).items()}
        self.questions: tuple[Question, ...] = questions(Recording(root, pinned), self.names, of, as_generator(rng))
        self.score = Score()
        self._has_hint = False

    @property
    def current(self) -> Question | None:
        """The question that is asked now, None after the last."""
        return self.questions[self.score.asked] if self.score.asked < len(self.questions) else None

    @property
    def question(self) -> str:
        """The question with what is known: what reads the node, with its gradient, and the numbers of all these."""
        asked = self._asked()
        readers = list(dict.fromkeys(step.node for step in asked.steps))
        equations = [equation(node, self.names) for node in readers]
        nodes = dict.fromkeys(node for reader in readers for node in (*reader.inputs, reader))
        data = [(self.names[node], node.data) for node in nodes if not is_bare_number(node)]
        upstreams = [(self._wanted(step.node), step.upstream) for step in asked.steps]
        lines = [*_cut(equations), *_given(data), *_given(dict(upstreams).items())]
        return "\n  ".join([f"{asked.name} = ?", *lines])

    def answer(self, answer: str | float) -> bool:
        """Tell whether an answer is right; if so, go on to the next question.

        Text is read as a formula without names, so that fractions as "-3/4" and products are answers. It is right
        within 1 %, or within 0.1 % of the sizes of shares that cancel each other. ValueError for what is no number.
        """
        is_right = self._asked().is_right(number_of(answer))
        if is_right:
            self._go_on(right=1)
        else:
            self._count(wrong=1)
        return is_right

    def hint(self) -> str:
        """Return the local rules that the gradient follows, with symbols and not multiplied out."""
        asked = self._asked()
        if not self._has_hint:
            self._count(hints=1)
        self._has_hint = True
        return "\n".join(_cut(list(dict.fromkeys(self._rule(step) for step in asked.steps))))

    def reveal(self) -> str:
        """Return the answer and how it comes about, and go on to the next question."""
        asked = self._asked()
        rules = _cut([str(chain_rule(step, self.root, self.names)) for step in asked.steps])
        self._go_on()
        is_said = len(asked.steps) <= MOST_SHARES and not asked.entry
        return "\n".join(rules if is_said else [*rules, f"{asked.name} = {short(asked.gradient)}"])

    def _asked(self) -> Question:
        if self.current is None:
            raise ValueError(f"the quiz is over: {self.score}")
        return self.current

    def _wanted(self, node: Node) -> str:
        return f"∂{self.names[self.root]}/∂{self.names[node]}"

    def _rule(self, step: Step) -> str:
        symbols = chain_rule(step, self.root, self.names).symbols
        if step.slope is None:
            return symbols
        local = text(local_derivative(step, self.names))
        return f"{symbols}\n∂{self.names[step.node]}/∂{self.names[step.input]} = {local}"

    def _go_on(self, right: int = 0) -> None:
        self._count(right=right, asked=1)
        self._has_hint = False

    def _count(self, right: int = 0, asked: int = 0, wrong: int = 0, hints: int = 0) -> None:
        now = self.score
        self.score = Score(now.right + right, now.asked + asked, now.wrong + wrong, now.hints + hints)

    def __len__(self) -> int:
        return len(self.questions)

    def __repr__(self) -> str:
        if self.current is None:
            return f"<quiz: {self.score}>"
        return f"<quiz: question {self.score.asked + 1} of {len(self)}>"


def number_of(answer: str | float) -> float:
    """Return the number that an answer stands for; ValueError for text that is no number.

    >>> number_of("-3/4"), number_of("1e-3")
    (-0.75, 0.001)
    """
    if not isinstance(answer, str):
        return real_number(answer)
    read = Expression(answer)
    if read.names:
        raise ValueError(f"wanted a number or a fraction such as -3/4, got {answer.strip()!r}")
    return float(read().data)


# --- text -------------------------------------------------------------------------------------------------------------


def _given(facts: Iterable[tuple[str, Any]]) -> list[str]:
    """Return lines that say what is what: numbers in one line, each array in one of its own."""
    numbers: list[str] = []
    arrays: list[str] = []
    for name, x in facts:
        (arrays if np.shape(x) else numbers).append(f"{name} = {_written(x)}")
    return [line for line in (", ".join(_cut(numbers, MOST_FACTS)), *_cut(arrays, MOST_FACTS)) if line]


def _written(x: Any) -> str:
    if not np.shape(x):
        return short(float(x))
    if np.size(x) > MOST_ENTRIES:
        return f"{number_or_range(x)}, {' x '.join(map(str, np.shape(x)))}"
    return f"[{', '.join(map(_written, x))}]"


def _cut(lines: list[str], most: int = MOST_SHARES) -> list[str]:
    return lines if len(lines) <= most else [*lines[:most], f"... and {len(lines) - most:,} more"]
