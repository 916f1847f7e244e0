"""The committed types are those of the table, and what a type checker makes of them is true."""

import ast
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import micrograd_plus
from micrograd_plus.array_functions import FUNCTIONS, METHODS
from micrograd_plus.ops import TABLE
from micrograd_plus.stubs import stubs
from micrograd_plus.tensor import Tensor
from micrograd_plus.value import Value

COMMITTED = Path(micrograd_plus.__file__).with_name("operations.pyi")


def test_committed_stubs_are_up_to_date() -> None:
    assert COMMITTED.read_text() == stubs(), "run: python -m micrograd_plus.stubs > micrograd_plus/operations.pyi"


def definitions(body: list[ast.stmt]) -> dict[str, list[str]]:
    """Return the parameters of each function defined in `body`, of the last of several."""
    return {node.name: [a.arg for a in node.args.args] for node in body if isinstance(node, ast.FunctionDef)}


def test_every_row_is_a_function_and_a_method_with_its_parameters() -> None:
    module = ast.parse(stubs()).body
    [methods, of_arrays] = [definitions(node.body) for node in module if isinstance(node, ast.ClassDef)]
    functions = definitions(module)
    assert functions.keys() == TABLE.keys() | FUNCTIONS.keys()
    for name, op in TABLE.items():
        inputs = ["a", "b", "c"][: op.arity]
        assert functions[name] == [*inputs, *op.parameters]
        assert methods[name] == ["self", *inputs[1:], *op.parameters]
    for name in methods:
        assert callable(getattr(Value, name))
        assert callable(getattr(Tensor, name))
    assert of_arrays.keys() == METHODS.keys()
    assert all(callable(getattr(Tensor, name)) for name in of_arrays)


PROGRAM = """
import numpy as np
from micrograd_plus import Tensor, Value, clip, concatenate, einsum, matmul, maximum, split, tanh, where
x, t = Value(1.0), Tensor([1.0, 2.0])
"""
EXPRESSIONS = """
tanh(1.0)
tanh(x)
tanh(t)
tanh(np.ones(2))
maximum(x, 1.0)
maximum(1.0, x)
maximum(t, np.ones(2))
where(t, t, 0.0)
clip(x, min=0.0)
x + 1
1 - x
t * np.ones(2)
2 / t
-x
x ** 2
t ** t
x.tanh()
t.clip(0.0, max=1.0)
t.maximum(0.5)
t @ t
t.sum()
concatenate([t, t])
matmul(t, t)
einsum("i,i", t, t)
split(t, 2)
"""


@pytest.mark.slow
def test_a_type_checker_sees_what_comes_out(tmp_path: Path) -> None:
    mypy = pytest.importorskip("mypy.api")
    lines = EXPRESSIONS.strip().splitlines()
    program = tmp_path / "program.py"
    program.write_text(PROGRAM + "".join(f"reveal_type({line})\n" for line in lines))
    output, _, status = mypy.run(["--strict", "--config-file=", f"--cache-dir={tmp_path}", str(program)])
    assert status == 0, output
    revealed = re.findall(r'Revealed type is "(?:[a-z_]+\.)*(\w+)', output)
    names: dict[str, Any] = {"np": np, **FUNCTIONS, "x": Value(1.0), "t": Tensor([1.0, 2.0]), **TABLE}
    found = [type(eval(line, names)).__name__ for line in lines]  # noqa: S307 - the lines above
    assert dict(zip(lines, revealed, strict=True)) == dict(zip(lines, found, strict=True))
