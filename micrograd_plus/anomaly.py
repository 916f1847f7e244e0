"""Where numbers went wrong: the first node that became nan or inf, forward or backward, and what to write instead."""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np

from micrograd_plus.context import Watch, watched
from micrograd_plus.engine import Node, contributions, data_of, graph, note_of
from micrograd_plus.explanation import number_or_range
from micrograd_plus.ops import REAL, number_text
from micrograd_plus.plain_error import PlainError
from micrograd_plus.steps import steps

# Whose lines are not the user's: NumPy's stand between where `errstate` decorates a function.
_NOT_THE_USERS = tuple(str(Path(file).parent) + os.sep for file in (__file__, np.__file__))


class AnomalyError(PlainError, FloatingPointError):
    """The first nan or inf of a computation; `node` is where it appeared."""

    def __init__(self, message: str, node: Node) -> None:
        super().__init__(message)
        self.node = node


@contextmanager
def detect_anomaly() -> Iterator[None]:
    """Raise an `AnomalyError` at the first operation, forward or backward, that makes nan or inf of finite numbers.

    The message names the operation, its inputs, the line of your code that made it, and a stable way to write it where
    one is known; or the leaf that was nan from the start. Lines are recorded for all nodes made in the block, which
    makes it some three times slower. What is written into a Tensor's array later on (`t.data[0] = v`) is not seen.

    >>> from micrograd_plus.value import Value
    >>> with detect_anomaly():
    ...     (Value(0.0, label="p") * 2).log()  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    micrograd_plus.anomaly.AnomalyError: log gave -inf (forward) from *=0.0, at <doctest ...
    """
    with watched(_AnomalyWatch()):
        yield


class _AnomalyWatch(Watch):
    def made(self, node: Any) -> None:
        note_of(node).source = _line_of_user()
        if anomaly := _of_evaluation(node):
            try:
                raise anomaly
            finally:
                del anomaly  # an error holds this frame: if the frame held the error, they would be a cycle

    def propagated(self, node: Any) -> None:
        if not is_finite(node.grad):
            raise AnomalyError(_message(node, f"has the gradient {_first_bad(node.grad)} (backward)"), node)
        for input, _, share in contributions(node, node.grad, data_of):
            if share is not None and not is_finite(share):
                raise _of_share(node, input, share)


def first_anomaly(root: Node) -> AnomalyError | None:
    """Return the first nan or inf in a finished graph, forward or, if there is none, in its backward pass; else None.

    Errors as for `steps`.

    >>> from micrograd_plus.value import Value
    >>> print(first_anomaly((Value(1000.0, label="x").exp() + 1).log()))
    exp gave inf (forward) from x=1000.0; exp overflows above 709: subtract the largest input first, as softmax and \
logsumexp do
    """
    nodes = graph(root)
    for node in nodes:
        if not node.is_leaf and (anomaly := _of_evaluation(node)):
            return anomaly
    if not is_finite(root.data):
        leaf = next(node for node in nodes if not is_finite(node.data))
        return AnomalyError(f"{_name(leaf)} was {_first_bad(leaf.data)} from the start", leaf)
    for step in steps(root):
        if not is_finite(step.share):
            return _of_share(step.node, step.input, step.share)
    return None


def _of_evaluation(node: Node) -> AnomalyError | None:
    if is_finite(node.data):
        return None
    if all(is_finite(i.data) for i in node.inputs):
        return AnomalyError(_message(node, f"gave {_first_bad(node.data)} (forward)"), node)
    for leaf in node.inputs:
        # An infinite input may be meant, as the start of a search for the least.
        if leaf.is_leaf and np.isnan(leaf.data).any() and np.isnan(node.data).any():
            return AnomalyError(_message(node, f"read {_name(leaf)}, which was nan from the start: it got nan"), leaf)
    return None


def _of_share(node: Node, input: Node, share: Any) -> AnomalyError:
    return AnomalyError(_message(node, f"passed {_first_bad(share)} to {_name(input)!r} (backward)"), node)


def is_finite(numbers: Any) -> bool:
    """Tell whether a number, or all of an array, are neither nan nor infinite."""
    return math.isfinite(numbers) if numbers.__class__ is float else bool(np.isfinite(numbers).all())


def _first_bad(numbers: Any) -> float:
    flat = np.ravel(numbers)
    return float(flat[~np.isfinite(flat)][0])


def _message(node: Node, what: str) -> str:
    inputs = ", ".join(f"{_name(i)}={_shown(i.data)}" for i in node.inputs)
    text = f"{_name(node)} {what}"
    if inputs:
        text += f" from {inputs}"
    if node.source:
        text += f", at {node.source[0]}:{node.source[1]}"
    advice = _rewrite(node)
    return f"{text}; {advice}" if advice else text


def _name(node: Node) -> str:
    return " ".join(node.label.split()) or node.symbol or node.op.name


def _shown(data: Any) -> str:
    return repr(data) if isinstance(data, float) else f"{number_or_range(data)} of shape {np.shape(data)}"


def _line_of_user() -> tuple[str, int] | None:
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        if not frame.f_code.co_filename.startswith(_NOT_THE_USERS):
            return frame.f_code.co_filename, frame.f_lineno
        frame = frame.f_back
    return None


# --- stable rewrites: an operation, what its input was computed by, and what to write ---------------------------------


def _made_by(node: Node, *names: str) -> bool:
    return node.op.name in names


def _log_advice(x: Node) -> str:
    if _made_by(x, "sigmoid"):
        return "write -softplus(-x) instead of log(sigmoid(x))"
    if _made_by(x, "softmax"):
        return "write x.log_softmax() instead of x.softmax().log()"
    if _made_by(x, "sum", "add") and any(_made_by(i, "exp") for i in x.inputs):
        return "write logsumexp, which subtracts the largest input first, instead of log(sum(exp(x)))"
    return "keep the input of log above 0, for example log(x + 1e-12)"


def _div_advice(a: Node, b: Node) -> str:
    if _made_by(a, "exp") or _made_by(b, "exp"):
        return "write sigmoid or softmax, which do not overflow, instead of a quotient of exponentials"
    return "keep the denominator away from 0, for example a / (b + 1e-12)"


_ADVICE: dict[str, Callable[..., str]] = {
    "log": _log_advice,
    "div": _div_advice,
    "exp": lambda x: "exp overflows above 709: subtract the largest input first, as softmax and logsumexp do",
    "sqrt": lambda x: "sqrt is infinitely steep at 0 and has no value below: write sqrt(x + 1e-12)",
    "power": lambda x: "a negative number has no real fractional power, and 0 no negative one",
    "reciprocal": lambda x: "keep the input of reciprocal away from 0",
}


def _rewrite(node: Node) -> str:
    advice = _ADVICE.get(node.op.name)
    return advice(*node.inputs) if advice else _domain_advice(node)


def _domain_advice(node: Node) -> str:
    """Return the advice to stay inside the domain, for an input that does not."""
    for (low, high), x in zip(node.op.domain, node.inputs, strict=False):
        if (low, high) != REAL and not np.all((low < x.data) & (x.data < high)):
            least, most = number_text(low), number_text(high)
            inside = f"above {least}" if math.isinf(high) else f"between {least} and {most}"
            return f"keep the input of {node.op.name} {inside}"
    return ""
