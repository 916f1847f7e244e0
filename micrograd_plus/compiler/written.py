"""Functions that rows compute with, written down for a file that knows NumPy alone: with all that they call."""

from __future__ import annotations

import ast
import inspect
import sys
import textwrap
from collections.abc import Mapping
from functools import partial
from types import FunctionType, ModuleType
from typing import Any

import numpy as np

from micrograd_plus.array_functions import FUNCTIONS
from micrograd_plus.ops import Op

_PACKAGE = __name__.partition(".")[0]
_KNOWN = {*sys.stdlib_module_names, "numpy"}


def written(functions: Mapping[str, Op]) -> str:
    """Return Python that defines functions of these names, which compute what the operations do.

    TypeError for an operation whose text would need more than functions, numbers, NumPy and the standard library.
    """
    parts, own = _Parts(), []
    for name, op in functions.items():
        try:
            own.append(f"{name} = {_bound(parts, op)}")
        except _UnwrittenError:
            raise TypeError(
                f"{op.name} cannot be written as a function of NumPy alone: that needs a `def` in a file, which reads "
                "nothing but functions beside it, numbers, NumPy and the standard library"
            ) from None
    if not own:
        return ""
    head = [*sorted(parts.imports), *parts.constants]
    return "\n".join([*head, *(f"\n\n{text}" for text in parts.texts.values()), "\n", *own, ""])


class _UnwrittenError(Exception):
    """There is something that cannot be written down."""


def _bound(parts: _Parts, op: Op) -> str:
    """Return the expression of a function of an operation's inputs."""
    function = op.on_arrays.func if isinstance(op.on_arrays, partial) else op.on_arrays
    name = parts.function(function)
    if not op.parameters:
        return name
    parts.imports.add("from functools import partial")
    return f"partial({name}, {', '.join(f'{key}={_literal(value)}' for key, value in op.parameters.items())})"


def _literal(value: Any) -> str:
    text = repr(value)
    try:
        ast.literal_eval(text)
    except (ValueError, SyntaxError):
        raise _UnwrittenError from None
    return text


class _Parts:
    """Collects the texts of functions, called by their module and name, and what these read."""

    def __init__(self) -> None:
        self.imports: set[str] = set()
        self.constants: list[str] = []
        self.texts: dict[str, str] = {}

    def function(self, function: Any) -> str:
        """Add a function and all that it calls, and return its name."""
        if (name := getattr(function, "__name__", "")) and getattr(np, name, None) is function:
            self.imports.add("import numpy as np")
            return f"np.{name}"
        plain = inspect.unwrap(function)
        if not isinstance(plain, FunctionType) or plain.__name__ == "<lambda>" or plain.__closure__:
            raise _UnwrittenError
        name = _name_of(plain, plain.__name__)
        if name not in self.texts:
            self.texts[name] = ""  # it may call itself
            tree = ast.parse(plain_source(_source(plain)))
            if plain is function or FUNCTIONS.get(plain.__name__) is function:
                tree.body[0].decorator_list = []  # type: ignore[attr-defined]  # what made it an operation
            known = {own: self._read(plain, own) for own in _names_in(tree) if own in plain.__globals__}
            self.texts[name] = ast.unparse(_Renamed(known | {plain.__name__: name}).visit(tree))
        return name

    def _read(self, reader: FunctionType, own: str) -> str:
        """Return what is written for a global name that a function reads."""
        value = reader.__globals__[own]
        if isinstance(value, ModuleType):
            if value.__name__.partition(".")[0] not in _KNOWN:
                raise _UnwrittenError
            self.imports.add(f"import {value.__name__} as {own}" if value.__name__ != own else f"import {own}")
            return own
        home = getattr(value, "__module__", None) or ""
        if home.startswith(_PACKAGE) or (home == reader.__module__ and isinstance(value, FunctionType)):
            return self.function(value)
        if home.partition(".")[0] in _KNOWN:
            self.imports.add(f"from {home} import {own}")
            return own
        name = _name_of(reader, own)
        if (line := f"{name} = {_literal(value)}") not in self.constants:
            self.constants.append(line)
        return name


def _source(function: FunctionType) -> str:
    try:
        return textwrap.dedent(inspect.getsource(function))
    except OSError:  # typed into a shell
        raise _UnwrittenError from None


def _name_of(function: FunctionType, own: str) -> str:
    """Return what something of a function's module is called where functions of several modules stand together."""
    return f"{function.__module__.rpartition('.')[2]}_{own.strip('_')}"


def _names_in(tree: ast.AST) -> list[str]:
    """Return the names that are read and nowhere set, in order."""
    names = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
    local = {node.id for node in names if not isinstance(node.ctx, ast.Load)}
    local |= {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    return list(dict.fromkeys(node.id for node in names if node.id not in local))


class _Renamed(ast.NodeTransformer):
    def __init__(self, names: Mapping[str, str]) -> None:
        self.names = names

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return ast.copy_location(ast.Name(self.names.get(node.id, node.id), node.ctx), node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.name = self.names.get(node.name, node.name)
        self.generic_visit(node)
        return node


def plain_source(source: str) -> str:
    """Return Python source without types, imports and the docstring of a module."""
    tree = ast.parse(source)
    body = [node for node in tree.body if not isinstance(node, ast.Import | ast.ImportFrom | ast.Expr)]
    return ast.unparse(_Untyped().visit(ast.Module(body, [])))


class _Untyped(ast.NodeTransformer):
    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.returns = None
        self.generic_visit(node)
        return node

    def visit_arg(self, node: ast.arg) -> ast.AST:
        node.annotation = None
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        assert node.value is not None
        return ast.copy_location(ast.Assign([node.target], node.value), node)
