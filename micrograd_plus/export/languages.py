"""Operations as functions of a programming language, each with its formula as one expression.

A language knows words for primitive operations; whatever the table derives from those is written by its formula.
"""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from micrograd_plus.engine import graph
from micrograd_plus.export.formulas import ExportError, formula_graph, input_names
from micrograd_plus.notation import operator_of
from micrograd_plus.ops import FORMULAS, TABLE, Op
from micrograd_plus.value import Value

WIDTH = 120


@dataclass(frozen=True)
class Language:
    """How a language writes operations: infix as Python does, and else as is said here.

    `call` gives the name of the function that computes an operation from its inputs and then its parameters, None where
    there is none. `bodies` holds the operations that are written out, as expressions of a, b, c or of a single x.
    `prefix` begins the names of functions that are written, `number` writes a number. `lacks` are the infix operators,
    as classes of Python's grammar, that the language has not or means something else by.
    """

    name: str
    call: Callable[[Op], str | None]
    number: Callable[[float], str]
    bodies: Mapping[str, str] = field(default_factory=dict)
    prefix: str = ""
    lacks: tuple[type, ...] = ()

    def is_infix(self, op: Op) -> bool:
        """Tell whether an operation is written between or before its inputs."""
        return operator_of(op) not in (ast.Call, ast.Pow, *self.lacks)


@dataclass(frozen=True)
class Function:
    """A function to be written: its name, its arguments' names, and the expression that it returns."""

    name: str
    arguments: str
    result: str


def functions_for(op: Op, language: Language) -> list[Function]:
    """Return the functions that compute `op`, each after those that it calls; `ExportError` where there is no way."""
    found: dict[Op, Function] = {}
    _collect(op, language, found)
    return list(found.values())


def applied(op: Op, argument: str, language: Language) -> str:
    """Return the expression that computes an operation of one input, given the input's name."""
    return _expression(formula_graph(op, op, [argument]).root, language)


def number_lines(numbers: Iterable[float], indent: str) -> str:
    """Return numbers as they read back exactly, each with a comma, in lines of at most `WIDTH` letters."""
    return textwrap.fill(
        ", ".join(map(repr, numbers)) + ",",
        WIDTH,
        initial_indent=indent,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _collect(op: Op, language: Language, found: dict[Op, Function]) -> None:
    if op in found or language.call(op) or language.is_infix(op):
        return
    result = language.bodies.get(op.name)
    if result is None:
        if op.name not in FORMULAS:
            raise ExportError(f"the operation {op.name} cannot be written in {language.name}")
        root = formula_graph(op, FORMULAS[op.name]).root
        for node in graph(root):
            if not node.is_leaf:
                _collect(node.op, language, found)
        result = _expression(root, language)
    found[op] = Function(_own_name(op, language), input_names(op), result)


def _own_name(op: Op, language: Language) -> str:
    # A row with other parameters than the table's is a function of its own.
    others = [] if op is TABLE[op.name] else ["_".join(str(p).split(".")) for p in op.parameters.values()]
    return language.prefix + "_".join([op.name, *others]).replace("-", "minus_").replace("+", "")


def _expression(root: Value, language: Language) -> str:
    """Return a graph as one expression; an operand that is infix itself stands in parentheses."""
    texts: dict[Value, str] = {}
    for node in graph(root):
        if node.is_leaf:
            texts[node] = node.label or language.number(node.data)
        elif language.is_infix(node.op):
            texts[node] = node.op.python.format(*[_operand(i, texts, language) for i in node.inputs])
        else:
            texts[node] = _called(node.op, node.inputs, texts, language)
    return _as_number(root, texts)


def _operand(node: Value, texts: Mapping[Value, str], language: Language) -> str:
    text = _as_number(node, texts)
    return text if node.is_leaf or not language.is_infix(node.op) else f"({text})"


def _called(op: Op, inputs: Sequence[Value], texts: Mapping[Value, str], language: Language) -> str:
    arguments = [texts[i] if op.name == "where" and k == 0 else _as_number(i, texts) for k, i in enumerate(inputs)]
    name = language.call(op)
    if name:
        arguments += [language.number(p) for p in op.parameters.values()]
    return f"{name or _own_name(op, language)}({', '.join(arguments)})"


def _as_number(node: Value, texts: Mapping[Value, str]) -> str:
    """Return a node's text; a comparison, which is no number in other languages, as one."""
    is_comparison = not node.is_leaf and issubclass(operator_of(node.op), ast.cmpop)
    return f"1.0 * ({texts[node]})" if is_comparison else texts[node]
