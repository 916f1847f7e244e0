"""Graphs as text: `text` and `latex` write a node as the formula it stands for.

All is read off the templates in the table of operations; what binds stronger is Python's grammar.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from functools import cache
from typing import Any

from micrograd_plus.engine import Node, graph
from micrograd_plus.ops import Op, number_text

# Larger formulas are cut: a graph that shares nodes can stand for more text than any memory holds.
_LONGEST = 2000

_ATOM = 7
_STRENGTH: dict[type, int] = {
    ast.Compare: 1,
    ast.Add: 2,
    ast.Sub: 2,
    ast.Mult: 3,
    ast.Div: 3,
    ast.MatMult: 3,
    ast.USub: 4,
    ast.Pow: 5,
}


def text(node: Node) -> str:
    """Return the formula of a node in Python's notation; parts that make it too long become `...`.

    >>> from micrograd_plus.value import Value
    >>> x, b = Value(2.0, label="x"), Value(1.0, label="b")
    >>> text(((x + b) * x**2).tanh())
    'tanh((x + b) * x ** 2)'
    """
    return _written(node, _python_template, _leaf_text)


def latex(node: Node) -> str:
    r"""Return the formula of a node in LaTeX.

    >>> from micrograd_plus.value import Value
    >>> x = Value(2.0, label="x_1")
    >>> print(latex((x - 1) / x.sqrt()))
    \frac{x_{1} - 1}{\sqrt{x_{1}}}
    """
    return _written(node, _latex_template, _leaf_latex)


def operator_of(op: Op) -> type:
    """Return what Python's grammar makes of an operation: a class such as `ast.Add`, or `ast.Call`.

    >>> operator_of(TABLE["mul"]).__name__, operator_of(TABLE["tanh"]).__name__
    ('Mult', 'Call')
    """
    return _operator_of(op.python, tuple(op.parameters))


@cache
def _operator_of(template: str, parameters: tuple[str, ...]) -> type:
    names = dict.fromkeys(parameters, "n")
    tree = ast.parse(template.format(*"abcdefgh", **names), mode="eval").body
    if isinstance(tree, ast.BinOp | ast.UnaryOp):
        return type(tree.op)
    return type(tree.ops[0]) if isinstance(tree, ast.Compare) else type(tree)


def _strength(operator: type) -> int:
    return _STRENGTH[ast.Compare] if issubclass(operator, ast.cmpop) else _STRENGTH.get(operator, _ATOM)


# A template cut at its placeholders, the strength each input must have to go without parentheses, and its own strength.
_Template = tuple[str, tuple[int, ...], int]


def _python_template(op: Op) -> _Template:
    operator = operator_of(op)
    own = _strength(operator)
    if own == _ATOM:
        needed = tuple(_ATOM if op.python.startswith("{}") and k == 0 else 0 for k in range(op.arity))
    elif operator is ast.Pow or own == _STRENGTH[ast.Compare]:
        needed = (own + 1, own)
    else:
        needed = (own, own + 1)
    return op.python, needed[: op.arity], own


def _latex_template(op: Op) -> _Template:
    _, needed, own = _python_template(op)
    pieces = op.latex.split("{}")
    enclosed = [piece.endswith(("{", "(", "|", "[")) for piece in pieces]
    needed = tuple(0 if inside else strength for inside, strength in zip(enclosed, needed, strict=False))
    return op.latex, needed, _ATOM if op.latex.startswith(("\\", "e^", "[")) else own


def _leaf_text(node: Node) -> tuple[str, int]:
    if node.label:
        return node.label, _ATOM
    shown = number_text(node.data) if isinstance(node.data, float) else f"<{node.op.name} of shape {node.data.shape}>"
    return shown, _STRENGTH[ast.USub] if shown.startswith("-") else _ATOM


def _leaf_latex(node: Node) -> tuple[str, int]:
    shown, strength = _leaf_text(node)
    name, _, subscript = node.label.partition("_")
    if not node.label:
        return shown, strength
    return (f"{_escaped(name)}_{{{_escaped(subscript)}}}" if subscript else _escaped(name)), _ATOM


def _escaped(label: str) -> str:
    special = {c: f"\\{c}" for c in "&%$#_{}"} | {
        "\\": r"\textbackslash{}",
        "^": r"\textasciicircum{}",
        "~": r"\textasciitilde{}",
    }
    return "".join(special.get(c, c if c.isprintable() else " ") for c in label)


def _written(root: Node, template_of: Callable[[Op], _Template], leaf_of: Callable[[Node], tuple[str, int]]) -> str:
    written: dict[Any, tuple[str, int]] = {}
    needed: tuple[int, ...]
    for node in graph(root):
        if node.is_leaf:
            written[node] = leaf_of(node)
            continue
        if node.op.arity != len(node.inputs):  # made by hand
            template, needed, own = f"{node.symbol}({', '.join(['{}'] * len(node.inputs))})", (0,) * 9, _ATOM
        else:
            template, needed, own = template_of(node.op)
        inputs = [written[i] for i in node.inputs]
        shown = [s if strength >= least else f"({s})" for (s, strength), least in zip(inputs, needed, strict=False)]
        formula = template.format(*shown, **node.op.shown_parameters())
        written[node] = (formula, own) if len(formula) <= _LONGEST else ("...", _ATOM)
    return written[root][0]
