"""A module of more than 300 lines says in its docstring why it is long."""

import ast
from pathlib import Path

ROOT = Path(__file__).parents[1]
MOST_LINES = 300


def is_silent(source: str) -> bool:
    """Tell whether a module is long and does not say why."""
    return len(source.splitlines()) > MOST_LINES and "long" not in (ast.get_docstring(ast.parse(source)) or "")


def test_long_modules_say_why() -> None:
    files = [file for folder in ("micrograd_plus", "viz", "cli") for file in sorted((ROOT / folder).rglob("*.py"))]
    assert [str(file) for file in files if is_silent(file.read_text(encoding="utf-8"))] == []


def test_what_is_long_without_a_reason_is_found() -> None:
    lines = "x = 1\n" * MOST_LINES
    assert is_silent(f'"""One table."""\n{lines}')
    assert not is_silent(f'"""One table, long as it is."""\n{lines}')
    assert not is_silent(lines)
