"""Small faults put into a module's source, one at a time: `a + b` becomes `a - b`, `<` becomes `<=`, 1 becomes 2.

cosmic-ray makes them; it works on whole modules, so that a table of rows is mutated as a function is. At each place
one of its mutations is drawn, by a number made from the line's text, so that an edit elsewhere changes no draw.
What a checker of types alone reads (annotations, overloads) and what people alone read (docstrings) is left alone.
"""

from __future__ import annotations

import ast
import difflib
import random
import re
from collections import defaultdict
from collections.abc import Iterator
from types import CodeType
from typing import Any, NamedTuple

from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator, operator_names

# An operator becomes another one of its kind: `<<` or `is` in place of a plus would stop any test at once.
_ALIKE = [
    {"Add", "Sub", "Mul", "Div", "FloorDiv", "Mod", "Pow"},
    {"BitOr", "BitAnd", "BitXor"},
    {"RShift", "LShift"},
    {"Eq", "NotEq", "Lt", "LtE", "Gt", "GtE"},
    {"Is", "IsNot"},
    {"UAdd", "USub"},
    {"Not", "Delete"},
    {"USub", "Delete"},
    {"Invert", "Delete"},
]
_FROM_TO = re.compile(r"core/Replace(?:Binary|Unary|Comparison)Operator_([A-Za-z]+)_([A-Za-z]+)")
_WITHOUT_SETTINGS = re.compile(r"core/(?!Variable)")


class Mutant(NamedTuple):
    """A mutated source: `line`, in a statement from line `first` to `last`, `becomes` another."""

    line: str
    becomes: str
    source: str
    first: int
    last: int


def mutants(source: str, *, seed: int = 0) -> Iterator[Mutant]:
    """Yield a mutant for each place of a module's source; none that does the same as the source or as another."""
    known, lines, times = {_behaviour(source), None}, source.splitlines(), defaultdict(int)
    extents = _extents(ast.parse(source))
    for (start, _), choices in sorted(_places(source).items()):
        line = lines[start[0] - 1]
        text, column = line.strip(), start[1] - len(line) + len(line.lstrip())
        times[text, column] += 1
        draw = random.Random(f"{seed} {text} {column} {times[text, column]}")
        for name, occurrence in draw.sample(choices, len(choices)):
            mutated = mutate_code(source, get_operator(name)(), occurrence)
            behaviour = None if mutated is None else _behaviour(mutated)
            if behaviour not in known:
                known.add(behaviour)
                yield Mutant(*_changed(source, mutated), mutated, *_around(extents, start[0]))
                break


def _places(source: str) -> dict[Any, list[tuple[str, int]]]:
    """Return the operators, each with its how-manieth occurrence, that mutate at a place (start, end)."""
    nodes, found = list(ast_nodes(get_ast(source))), defaultdict(list)
    for name in filter(_suitable, operator_names()):
        operator, occurrence = get_operator(name)(), 0
        for node in nodes:
            for place in operator.mutation_positions(node):
                found[place].append((name, occurrence))
                occurrence += 1
    return found


def _suitable(name: str) -> bool:
    change = _FROM_TO.fullmatch(name)
    return any(set(change.groups()) <= kind for kind in _ALIKE) if change else bool(_WITHOUT_SETTINGS.match(name))


class _Plain(ast.NodeTransformer):
    """Take out what does nothing when the module runs."""

    def visit_arg(self, node: ast.arg) -> ast.arg:
        node.annotation = None
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST | None:
        if any(isinstance(d, ast.Name) and d.id == "overload" for d in node.decorator_list):
            return None
        self.generic_visit(node)
        node.returns = None
        return _without_docstring(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        self.generic_visit(node)
        return _without_docstring(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        self.generic_visit(node)
        node.annotation = ast.Constant(0)
        return node

    def visit_If(self, node: ast.If) -> ast.AST:
        if isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            node.body = [ast.Pass()]
        self.generic_visit(node)
        return node


def _without_docstring(node: Any) -> Any:
    if ast.get_docstring(node, clean=False) is not None:
        node.body[0] = ast.Expr(ast.Constant(""))
    return node


def _behaviour(source: str) -> str | None:
    """Return what a module's source does, as text that is the same for the same behaviour; None if it is no Python."""
    try:
        tree = ast.fix_missing_locations(_Plain().visit(_without_docstring(ast.parse(source))))
        return _instructions(compile(tree, "", "exec"))
    except SyntaxError:
        return None


def _instructions(code: Any) -> str:
    if not isinstance(code, CodeType):
        return repr(code)
    facts = (code.co_name, code.co_code, code.co_names, code.co_varnames, code.co_freevars, code.co_flags)
    return repr((facts, code.co_exceptiontable, list(map(_instructions, code.co_consts))))


def _changed(before: str, after: str) -> tuple[str, str]:
    """Return the lines that differ, and the line below where nothing else is left of them."""
    old, new = before.splitlines(), after.splitlines()
    steps = difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    [(_, i, i_end, j, j_end)] = [step for step in steps if step[0] != "equal"]
    below = int(not _shown(new[j:j_end]))
    return _shown(old[i : i_end + below]), _shown(new[j : j_end + below])


def _shown(lines: list[str]) -> str:
    return "\n".join(s for s in map(str.strip, lines) if s and not s.startswith("#"))


def _extents(tree: ast.AST) -> list[tuple[int, int]]:
    """Return first and last line of each statement, of a compound one without what stands below it, and lambda."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.stmt | ast.Lambda | ast.ExceptHandler):
            below = getattr(node, "body", None)
            last = max(node.lineno, below[0].lineno - 1) if isinstance(below, list) else node.end_lineno
            decorators = getattr(node, "decorator_list", [])
            found.append((min([node.lineno, *(d.lineno for d in decorators)]), last))
    return found


def _around(extents: list[tuple[int, int]], line: int) -> tuple[int, int]:
    """Return the smallest extent that the line lies in."""
    return min((e for e in extents if e[0] <= line <= e[1]), key=lambda e: e[1] - e[0])
