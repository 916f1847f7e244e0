"""Text to graph: a safe parser of formulas over the table of operations, for the command line.

Python's own grammar is read, nothing is ever evaluated: only numbers (also `inf` and `nan`), names, infix operators and
the functions of the table have a meaning here, everything else is an error that says where.
"""

from __future__ import annotations

import ast
import math
import string
import warnings
from collections import ChainMap
from collections.abc import Mapping
from typing import Any

from micrograd_plus.engine import CONSTANT, Node
from micrograd_plus.notation import operator_of
from micrograd_plus.ops import ALIASES, TABLE, Op
from micrograd_plus.suggestions import did_you_mean
from micrograd_plus.value import Value

_LONGEST = 4000  # below the digits at which Python refuses to read an integer
_FUNCTIONS = ChainMap(TABLE, ALIASES)
NUMBERS = {"inf": math.inf, "nan": math.nan}


class ExpressionError(ValueError):
    """A formula that cannot be read; `column` counts from 1."""

    def __init__(self, problem: str, column: int) -> None:
        super().__init__(f"column {column}: {problem}")
        self.column = column


class Expression:
    """A formula that has been read: `names` are its variables in order of appearance; call it with their values.

    >>> f = Expression("tanh(x*w + b)")
    >>> f.names
    ('x', 'w', 'b')
    >>> f(x=2.0, w=-3.0, b=6.0).data
    0.0
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self._steps = list(_postorder(_parsed(text)))
        for step in self._steps:
            _check(step, text)
        self.names = tuple(dict.fromkeys(s.id for s in self._steps if isinstance(s, ast.Name) and s.id not in NUMBERS))

    def __call__(self, /, **values: Any) -> Any:
        """Build the graph at `values`, one for each name: numbers, Values, or Tensors, but not both kinds of nodes.

        Returns a Value, or a Tensor if there are Tensors in it; ValueError if the names do not match.
        """
        for name in self.names:
            if name not in values:
                raise ValueError(f"no value for {name!r}, which stands in the expression")
        for name in values:
            if name not in self.names:
                raise ValueError(
                    f"{name!r} does not stand in the expression; its names: {', '.join(self.names) or 'none'}"
                )
        variables = {n: v if isinstance(v, Node) else Value(v, label=n) for n, v in values.items()}
        kind = next((type(node) for node in variables.values()), Value)
        made: dict[ast.AST, Any] = {}
        for step in self._steps:
            made[step] = _evaluated(step, made, variables, kind)
        return made[self._steps[-1]]


def _parsed(text: str) -> ast.expr:
    if len(text) > _LONGEST:
        raise ExpressionError(f"wanted at most {_LONGEST} characters, got {len(text)}", _LONGEST + 1)
    if not text.strip():
        raise ExpressionError("the expression is empty", 1)
    for column, character in enumerate(text, 1):
        if character == "#" or not (character.isprintable() or character.isspace()):
            raise ExpressionError(f"{character!r} has no meaning here", column)
    start = len(text) - len(text.lstrip())
    line = "".join(" " if c.isspace() else c for c in text.strip())  # so that columns count through several lines
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            root = ast.parse(line, mode="eval").body
    except SyntaxError as error:
        column = start + (error.offset or len(line) + 1)  # 0 where something is missing at the end
        problem = error.msg.partition(";")[0]  # advice to programmers follows
        raise ExpressionError(f"this is not a formula ({problem})", column) from None
    except (ValueError, RecursionError, MemoryError):
        raise ExpressionError("this is not a formula, or nested too deeply", 1) from None
    source = line.encode()
    for node in ast.walk(root):
        if isinstance(node, ast.expr):  # Python's own count is in bytes
            node.col_offset = start + len(source[: node.col_offset].decode())
            node.end_col_offset = start + len(source[: node.end_col_offset].decode())
    return root


def _operands(node: ast.AST) -> list[ast.expr]:
    match node:
        case ast.BinOp(left, ast.Pow(), right) if _constant(right) is not None:
            return [left]
        case ast.BinOp(left, _, right):
            return [left, right]
        case ast.UnaryOp(_, operand):
            return [operand]
        case ast.Compare(left, _, comparators):
            return [left, *comparators]
        case ast.Call(ast.Name(name), arguments, _) if name in _FUNCTIONS:
            return arguments[: _FUNCTIONS[name].arity]
    return []


def _postorder(root: ast.expr) -> list[ast.expr]:
    order, stack = [], [root]
    while stack:
        node = stack.pop()
        order.append(node)
        stack.extend(_operands(node))
    return order[::-1]


def _parameter(node: ast.expr) -> float:
    number = _constant(node)
    assert number is not None, "checked when the expression was read"
    return number


def _constant(node: ast.AST) -> float | None:
    """Return the number that a literal stands for, also with signs, else None."""
    sign = 1.0
    while isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
        sign = -sign if isinstance(node.op, ast.USub) else sign
        node = node.operand
    if isinstance(node, ast.Name) and node.id in NUMBERS:
        return sign * NUMBERS[node.id]
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float) and not isinstance(node.value, bool):
        try:
            number = float(node.value)
        except OverflowError:
            return None
        return sign * number if math.isfinite(number) else None
    return None


_OPERATORS: dict[tuple[type, int], Op] = {
    (operator_of(op), op.arity): op for op in TABLE.values() if operator_of(op) is not ast.Call
}
_SIGNS = " ".join(op.symbol for (kind, n), op in _OPERATORS.items() if issubclass(kind, ast.operator) and n == 2)


def _evaluated(node: ast.expr, made: Mapping[ast.AST, Any], variables: Mapping[str, Node], kind: type[Node]) -> Any:
    inputs = [made[operand] for operand in _operands(node)]
    match node:
        case ast.Name(name) if name not in NUMBERS:
            return variables[name]
        case ast.Constant() | ast.Name():
            return kind.leaf(_constant(node), CONSTANT)
        case ast.UnaryOp(ast.UAdd(), _):
            return inputs[0]
        case ast.BinOp(_, ast.Pow(), exponent) if len(inputs) == 1:
            return inputs[0] ** _parameter(exponent)
        case ast.Call(ast.Name(name), arguments, keywords):
            op = _FUNCTIONS[name]
            parameters = [_parameter(a) for a in arguments[op.arity :]]
            return op(*inputs, *parameters, **{str(k.arg): _parameter(k.value) for k in keywords})
    return _OPERATORS[_operator(node), len(inputs)](*inputs)


def _operator(node: ast.expr) -> type:
    if isinstance(node, ast.BinOp | ast.UnaryOp):
        return type(node.op)
    return type(node.ops[0]) if isinstance(node, ast.Compare) else type(None)


def _check(node: ast.expr, text: str) -> None:
    """Raise an ExpressionError unless this node, seen by itself, has a meaning."""
    column = node.col_offset + 1
    match node:
        case ast.Constant():
            if _constant(node) is None:
                literal = " ".join(text[node.col_offset : node.end_col_offset].split())
                shown = literal if len(literal) <= 40 else literal[:37] + "..."
                raise ExpressionError(f"{shown} is not a number that a float can hold", column)
        case ast.Name(name):
            if name in TABLE:
                raise ExpressionError(f"{name!r} is a function: write {name}(...)", column)
        case ast.UnaryOp(ast.UAdd(), _):
            pass
        case ast.Call():
            _check_call(node, column)
        case _:
            if (_operator(node), len(_operands(node))) not in _OPERATORS and not _is_power(node):
                known = f"only numbers, names, {_SIGNS}, comparisons and functions are known"
                raise ExpressionError(known, _column_of_operator(node, text))


def _column_of_operator(node: ast.expr, text: str) -> int:
    """Return where the operator, dot, bracket or word stands that makes `node` what it is."""
    match node:
        case (
            ast.BinOp(before)
            | ast.Compare(before, [_])
            | ast.Compare(_, _, [before, *_])
            | ast.BoolOp(_, [before, *_])
            | ast.Tuple([before, *_])
            | ast.IfExp(_, before)
            | ast.NamedExpr(before)
            | ast.Attribute(before)
            | ast.Subscript(before)
        ):
            rest = text[before.end_col_offset :]
            return len(text) - len(rest.lstrip(string.whitespace + ")")) + 1
    return node.col_offset + 1


def _is_power(node: ast.expr) -> bool:
    return isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow)


def _check_call(call: ast.Call, column: int) -> None:
    if not isinstance(call.func, ast.Name):
        raise ExpressionError("only functions of the table can be called, by their name", column)
    op = _FUNCTIONS.get(call.func.id)
    if op is None:
        raise ExpressionError(f"unknown function {call.func.id!r}{did_you_mean(call.func.id, TABLE)}", column)
    extra = [*call.args[op.arity :], *(k.value for k in call.keywords)]
    names = [k.arg for k in call.keywords]
    positions = len(call.args) - op.arity
    fits = positions >= 0 and positions + len(names) <= len(op.parameters)
    if not fits or len(set(names)) < len(names) or any(n not in list(op.parameters)[positions:] for n in names):
        raise ExpressionError(f"{op.name} is written {op.usage}", column)
    for value in extra:
        if _constant(value) is None:
            raise ExpressionError(f"a parameter of {op.name} is a number: {op.usage}", value.col_offset + 1)
