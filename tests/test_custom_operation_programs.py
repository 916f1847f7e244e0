"""Programs of operations of a user's own: they compute the same, and are saved with the functions they call."""

from __future__ import annotations

import math
import runpy
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from micrograd_plus import Tensor, Value, operation, where
from micrograd_plus.compiler.compilation import compile
from micrograd_plus.ops import Op
from tests.cases import each
from tests.custom_rows import ROWS, named, sinc

pytestmark = pytest.mark.usefixtures("_own_rows_alone")


each_row = pytest.mark.parametrize(("make", "point"), ROWS.values(), ids=ROWS)


@each_row
def test_programs_compute_the_same(make: Callable[[], Op], point: tuple[float, ...]) -> None:
    row = make()
    for leaves in ([Value(x) for x in point], [Tensor([x, 1.1 * x, 1.2 * x]) for x in point]):
        y = row(*leaves) * 0.5
        program = compile(y if isinstance(y, Value) else y.sum())
        loss = y if isinstance(y, Value) else y.sum()
        loss.backward()
        expected = [leaf.grad for leaf in leaves]
        assert program() == pytest.approx(loss.item() if isinstance(loss, Tensor) else loss.data, rel=1e-14)
        assert program.verify().largest < 1e-14
        np.testing.assert_allclose([leaf.grad for leaf in leaves], expected, rtol=1e-13)


def test_saved_programs_have_the_function_with_them(tmp_path: Path) -> None:
    row = sinc()
    program = compile((row(Tensor([1.0, 2.0])) * row(0.5 + Tensor(1.0))).sum())
    program.save(tmp_path)
    code = "import runpy, sys; print(runpy.run_path(sys.argv[1])['loss']())"
    command = [sys.executable, "-I", "-c", code, str(tmp_path / "step.py")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    assert float(done.stdout) == program()


def test_numpys_own_functions_are_called_by_name(tmp_path: Path) -> None:
    @operation(arrays=np.i0, slopes=[lambda out, x: where(x, 0.0, 0.0)], check=False)
    def bessel(x: float) -> float:
        return float(np.i0(x))

    program = compile(bessel(Tensor([1.0, 2.0])).sum())
    program.save(tmp_path)
    assert " = np.i0\n" in (tmp_path / "step.py").read_text()
    assert runpy.run_path(str(tmp_path / "step.py"))["loss"]() == program()


def test_a_program_that_needs_a_closure_is_not_saved(tmp_path: Path) -> None:
    @operation(arrays=lambda x: np.cbrt(x), slopes=[lambda out, x: 1.0 / (3.0 * out * out)], domain=[(0, 9)])
    def third_root(x: float) -> float:
        return math.cbrt(x)

    program = compile(third_root(Tensor([1.0, 8.0])).sum())
    assert program() == 3.0
    with pytest.raises(TypeError, match=r"^third_root cannot be written as a function of NumPy alone: "):
        program.save(tmp_path)


def test_ufuncs_that_are_not_numpys_are_called_where_they_are(tmp_path: Path) -> None:
    special = pytest.importorskip("scipy.special")

    @operation(arrays=special.expit, slopes=[lambda out, x: out * (1.0 - out)])
    def logistic(x: float) -> float:
        return float(special.expit(x))

    assert logistic.ufunc is None  # NumPy has none of this name, which a program could import
    for x in (Tensor([0.5, -1.0]), Value(0.5)):
        loss = logistic(x) if isinstance(x, Value) else logistic(x).sum()
        program = compile(loss)
        assert program() == pytest.approx(sum(special.expit([0.5, -1.0][: np.size(x.data)])), rel=1e-15)
        with pytest.raises(TypeError, match=r"^logistic cannot be written as a function of NumPy alone: "):
            program.save(tmp_path)


def test_functions_of_modules_that_are_not_numpys_are_not_written_down(tmp_path: Path) -> None:
    special = pytest.importorskip("scipy.special")
    arrays = _from_text("def expit(x):\n    return special.expit(x)\n", tmp_path / "of_scipy.py", special=special)

    @operation(arrays=arrays, slopes=[lambda out, x: out * (1.0 - out)])
    def logistic(x: float) -> float:
        return float(special.expit(x))

    program = compile(logistic(Tensor([1.0, 2.0])).sum())
    with pytest.raises(TypeError, match=r"^logistic cannot be written as a function of NumPy alone: "):
        program.save(tmp_path)


def _from_text(text: str, file: Path, **names: Any) -> Any:
    """Return the function that a file defines, which has these names around it."""
    file.write_text(text)
    found = runpy.run_path(str(file), names)
    return found[text.split("(")[0].removeprefix("def ")]


@each("name", ["copy", "select", "accumulate", "vecdot", "masked", "logical_not"])
def test_names_that_the_compiler_has_for_itself_are_free(name: str) -> None:
    def computed(a: Any, b: Any) -> Any:
        return a * b + 1.0

    computed.__name__ = name
    row = operation(arrays=computed, slopes=[lambda out, a, b: b, lambda out, a, b: a])(computed)
    for leaves in ([Tensor([1.0, 2.0]), Tensor([3.0, 4.0])], [Value(1.0), Value(3.0)]):
        y = row(*leaves)
        program = compile(y.sum() if isinstance(y, Tensor) else y)
        assert program.verify().largest == 0.0


def test_functions_of_math_give_nan_in_programs_where_they_raise() -> None:
    own = operation(arrays=np.sqrt, slopes=[lambda out, x: 0.5 / out], domain=[(0, 9)])(named("root", math.sqrt))
    x = Value(1.0)
    program = compile(own(x))
    x.data = -1.0
    assert math.isnan(program())
