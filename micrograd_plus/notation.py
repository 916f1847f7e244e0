"""Graphs as text: `text` and `latex` write a node as the formula it stands for.

All is read off the templates in the table of operations; what binds stronger is Python's grammar.
"""

from __future__ import annotations

import ast
import re
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import accumulate

from micrograd_plus.engine import Node, number_of
from micrograd_plus.ops import Op, number_text
from micrograd_plus.texts import printable

# Larger formulas are cut: a graph that shares nodes can stand for more text than any memory holds.
_LONGEST = 2000
_MOST_NODES = 500

# How strongly a formula holds together, by the operator that was written last.
_ATOM = 7
_CUT = ("...", _ATOM)
_STRENGTH: dict[type, int] = {
    ast.Compare: 1,
    ast.Add: 2,
    ast.Sub: 2,
    ast.Mult: 3,
    ast.Div: 3,
    ast.FloorDiv: 3,
    ast.Mod: 3,
    ast.MatMult: 3,
    ast.USub: 4,
    ast.Pow: 5,
}


def text(node: Node) -> str:
    """Return the formula of a node in Python's notation; parts that make it longer than some 2000 letters become `...`.

    >>> from micrograd_plus.value import Value
    >>> x, b = Value(2.0, label="x"), Value(1.0, label="b")
    >>> text(((x + b) * x**2).tanh())
    'tanh((x + b) * x ** 2)'
    """
    return _written(node, _PYTHON)


def latex(node: Node) -> str:
    r"""Return the formula of a node in LaTeX.

    >>> from micrograd_plus.value import Value
    >>> x = Value(2.0, label="x_1")
    >>> print(latex((x - 1) / x.sqrt()))
    \frac{x_{1} - 1}{\sqrt{x_{1}}}
    """
    return _written(node, _LATEX)


def applied(node: Node, inputs: Sequence[str]) -> str:
    """Return the operation of a node, in Python's notation, on inputs that are called so.

    >>> from micrograd_plus.value import Value
    >>> applied(Value(2.0) / Value(4.0), ["x", "(-3)"])
    'x / (-3)'
    """
    return _formula(node, [(name, _ATOM) for name in inputs], _PYTHON)[0]


def short(x: float, digits: int = 4) -> str:
    """Return a number in a few significant digits.

    >>> short(0.70710678), short(-0.0), short(123456.0)
    ('0.7071', '0', '1.235e+05')
    """
    return f"{x:.{digits}g}" if x else "0"


def operator_of(op: Op) -> type:
    """Return what Python's grammar makes of an operation: a class such as `ast.Add`, or `ast.Call`.

    >>> from micrograd_plus.ops import TABLE
    >>> operator_of(TABLE["mul"]).__name__, operator_of(TABLE["tanh"]).__name__
    ('Mult', 'Call')
    """
    return _operator_of(op.python, tuple(op.parameters))


@cache
def _operator_of(template: str, parameters: tuple[str, ...]) -> type:
    names = dict.fromkeys(parameters, "n")
    tree = ast.parse(template.format(*["x"] * template.count("{}"), **names), mode="eval").body
    if isinstance(tree, ast.BinOp | ast.UnaryOp):
        return type(tree.op)
    return type(tree.ops[0]) if isinstance(tree, ast.Compare) else type(tree)


def _strength(operator: type) -> int:
    return _STRENGTH[ast.Compare] if issubclass(operator, ast.cmpop) else _STRENGTH.get(operator, _ATOM)


# What encloses in LaTeX.
_OPENED = re.compile(r"\\left\\?.|\\l(?:floor|ceil|angle|vert|Vert)\b|[({\[]")
_CLOSED = re.compile(r"\\right\\?.|\\r(?:floor|ceil|angle|vert|Vert)\b|[)}\]]")

# A template, the strength each input must have to go without parentheses, and its own strength.
_Template = tuple[str, tuple[int, ...], int]


@dataclass(frozen=True)
class _Style:
    """How a language writes operations, names and numbers."""

    template: Callable[[Op], _Template]
    name: Callable[[str], str]
    number: Callable[[str], str]


def _python_template(op: Op) -> _Template:
    operator = operator_of(op)
    own = _strength(operator)
    if own == _ATOM:
        needed = tuple(_ATOM if op.python.startswith("{}") and k == 0 else 0 for k in range(op.arity))
    elif operator is ast.Pow:
        needed = (own + 1, _STRENGTH[ast.USub])
    elif own == _STRENGTH[ast.Compare]:
        needed = (own + 1, own + 1)
    else:
        needed = (own, own + 1)
    return op.python, needed[: op.arity], own


def _latex_template(op: Op) -> _Template:
    _, needed, own = _python_template(op)
    if operator_of(op) is ast.Mod:  # written as a word, which mathematics reads last of all
        return op.latex, (_STRENGTH[ast.Mult],) * 2, _STRENGTH[ast.Compare]
    pieces = op.latex.split("{}")
    if own == _ATOM:
        depths = accumulate(len(_OPENED.findall(piece)) - len(_CLOSED.findall(piece)) for piece in pieces)
        needed = tuple(0 if depth > 0 else _ATOM for depth, _ in zip(depths, needed, strict=False))
    else:
        enclosed = [piece.endswith(("{", "(", "|", "[")) for piece in pieces]
        needed = tuple(0 if inside else strength for inside, strength in zip(enclosed, needed, strict=False))
    if own == _ATOM and op.latex.endswith("{}"):  # a prefix or an infix of one's own: a factor would be read into it
        return op.latex, needed, _STRENGTH[ast.Add]
    if re.match(r"\\frac|(\w|\{\})\^", op.latex):
        # A power of them needs parentheses: it would seem to be the denominator's, or be a second superscript.
        return op.latex, needed, _STRENGTH[ast.Pow]
    if own == _ATOM and op.latex.startswith("{}"):  # a postfix of one's own
        return op.latex, needed, _STRENGTH[ast.Mult]
    return op.latex, needed, _ATOM if op.latex.startswith(("\\", "[")) else own


def _latex_name(label: str) -> str:
    name, _, subscript = label.partition("_")
    return f"{escaped(name)}_{{{escaped(subscript)}}}" if subscript else escaped(label)


def escaped(label: str) -> str:
    r"""Return a text with LaTeX's special characters written out.

    >>> print(escaped("50 %"))
    50 \%
    """
    special = {c: f"\\{c}" for c in "&%$#_{}"} | {
        "\\": r"\textbackslash{}",
        "^": r"\textasciicircum{}",
        "~": r"\textasciitilde{}",
    }
    return "".join(special.get(c, c) for c in printable(label))


def _latex_number(text: str) -> str:
    if text in ("inf", "-inf"):
        return text.replace("inf", r"\infty")
    scientific = re.fullmatch(r"(.*\d)e([+-]\d+)", text)
    return rf"{scientific[1]} \cdot 10^{{{int(scientific[2])}}}" if scientific else text


_PYTHON = _Style(_python_template, printable, str)
_LATEX = _Style(_latex_template, _latex_name, _latex_number)


def _written(root: Node, style: _Style) -> str:
    written: dict[Node, tuple[str, int]] = {}
    for node in _nearest(root):
        written[node] = _formula(node, [written.get(i, _CUT) for i in node.inputs], style)
    return written[root][0]


def _nearest(root: Node) -> list[Node]:
    """Return the nodes that can stand in the formula of `root`, in order of creation; what lies deeper is cut."""
    found = dict.fromkeys([root])
    queue = deque(found)
    while queue and len(found) < _MOST_NODES:
        for node in queue.popleft().inputs:
            if node not in found:
                found[node] = None
                queue.append(node)
    return sorted(found, key=number_of)


def _formula(node: Node, inputs: list[tuple[str, int]], style: _Style) -> tuple[str, int]:
    """Return the formula of a node and its strength, given those of its inputs; the longest of them may be cut."""
    if node.is_leaf:
        return _leaf(node, style)
    if sum(len(formula) for formula, _ in inputs) > _LONGEST:
        inputs = [piece if len(piece[0]) <= _LONGEST // len(inputs) else _CUT for piece in inputs]
    if node.symbol != node.op.symbol:  # made by hand
        return f"{style.name(node.symbol)}({', '.join(formula for formula, _ in inputs)})", _ATOM
    template, needed, own = style.template(node.op)
    shown = [s if strength >= least else f"({s})" for (s, strength), least in zip(inputs, needed, strict=True)]
    parameters = {name: style.number(value) for name, value in node.op.shown_parameters().items()}
    return template.format(*shown, **parameters), own


def _leaf(node: Node, style: _Style) -> tuple[str, int]:
    if node.label:
        return style.name(node.label), _ATOM
    if shape := getattr(node.data, "shape", ()):
        return style.name(f"<{node.op.name} of shape {shape}>"), _ATOM
    number = number_text(float(node.data))
    shown = style.number(number)
    strength = ast.USub if number.startswith("-") else ast.Mult if "cdot" in shown else None
    return shown, _STRENGTH[strength] if strength else _ATOM
