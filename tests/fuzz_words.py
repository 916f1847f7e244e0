"""Formulas, and lines that are said to the debugger."""

from __future__ import annotations

import random
import re
from functools import cache

from micrograd_plus import Tensor
from micrograd_plus.cli.conversation import Conversation
from micrograd_plus.cli.debugging.command import Dialog
from micrograd_plus.expression import Expression
from micrograd_plus.ops import TABLE
from micrograd_plus.session import Session
from tests import sessions
from tests.fuzz_mutation import HOSTILE, damaged_text
from tests.fuzzing import Refused
from tests.hostile import LINE_ENDS

FORMULAS = (
    "tanh(x*w + b)", "x**2 + -3*y", "relu(x) / (1e-3 + y**-2)", "clip(x, -1, max=2)", "x < y", "-(x - y)**0.5",
    "log(exp(x)) * inf", "where(x > 0, x, 0.1*x)", "maximum(x, y)", "leaky_relu(x, 0.1) + softplus(y)",
    "x % 2 // y", *(op.usage for op in TABLE.values()),
)  # fmt: skip
_TOKENS = (
    *HOSTILE, *TABLE, "x", "y", "w", "+", "-", "*", "/", "**", "<", "<=", "==", "!=", "(", ")", ",",
    "=", " ", "\n", ".", "if", "else", "and", "not", "in", "is", "for", "await", "yield", ":=", "->",
    "@", "~", "!", "|", "&", "^", "<<", "//", "1j", "1e400", "0b1", "00", "1__0", "f'{x}'", "b''",
    "...", "*x", "**x", "x[0]", "n=2", "min=", "None", "True",
)  # fmt: skip


def drawn_formula(rng: random.Random) -> str:
    if rng.random() < 0.4:
        return "".join(rng.choices(_TOKENS, k=rng.choice((1, 3, 10, 40))))
    return damaged_text(rng, rng.choice(FORMULAS), _TOKENS)


def read_formula(text: str) -> None:
    expression = Expression(text)
    numbers = random.Random(text)
    values = {name: numbers.choice((0.0, -1.0, 2.5, 1e308, float("nan"))) for name in expression.names}
    expression(**values).backward()
    if values:
        expression(**{name: Tensor([x, 1.0]) for name, x in values.items()}).sum().backward()


@cache
def _lines() -> list[str]:
    """Return what is said to the debugger in the transcripts, but for what loads other files."""
    texts = [path.read_text() for path in sorted(sessions.FOLDER.glob("*.txt"))]
    return sorted({exchange.line for text in texts for exchange in sessions.read(text).exchanges})


def drawn_conversation(rng: random.Random) -> tuple[str, bool, list[str]]:
    """Return a formula, whether it is of arrays, and lines: half of them as they stand in transcripts."""
    lines = []
    for _ in range(rng.randint(1, 8)):
        line = rng.choice(_lines())
        if rng.random() < 0.5:
            line = damaged_text(rng, line, (*HOSTILE, *LINE_ENDS, *_lines()[:40], "x", "out", "#1", "w.grad"))
        lines.append(within(line))
    return rng.choice(FORMULAS[:11]), rng.random() < 0.3, lines


def within(text: str) -> str:
    """Return a text without what leads out of the folder, or to a number of steps that takes an hour."""
    return re.sub(r"\d{4,}", "7", re.sub(r"[/~]", "*", text))


def read_conversation(given: tuple[str, bool, list[str]]) -> None:
    formula, is_of_arrays, lines = given
    expression = Expression(formula)
    values = {name: 0.5 + k for k, name in enumerate(expression.names)}
    if is_of_arrays:
        root = expression(**{name: Tensor([[x, -x]], label=name) for name, x in values.items()}).mean()
    else:
        root = expression(**values)
    dialog = Dialog(Session(root))
    conversation = Conversation(dialog)
    replies = [conversation.reply(line) for line in lines if not dialog.is_over]
    if any(reply.problem for reply in replies):
        raise Refused
