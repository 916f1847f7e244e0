"""Programs call operations of a user's own on whole arrays and their pullbacks, and are saved with them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from micrograd_plus import Tensor, array_operation, flip, gradient
from micrograd_plus.compiler.compilation import compile
from tests.custom_array_rows import (
    MATRIX,
    ROWS,
    Row,
    all_products,
    each_row,
    inverse,
    leaves_of,
    loss_of,
)

pytestmark = pytest.mark.usefixtures("_own_rows_alone")


@each_row
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_programs_compute_the_same(row: Row, dtype: Any) -> None:
    called = row.make()
    leaves = [Tensor(x, dtype=dtype) for x in row.inputs]
    loss = loss_of(called, row, leaves)
    program = compile(loss)
    assert f" = {called.__name__}_of(" in program.source.replace("float(", "")
    assert program() == pytest.approx(loss.item(), rel=1e-15 if dtype == np.float64 else 1e-6)
    assert program.verify().largest <= (1e-13 if dtype == np.float64 else 1e-4)
    # The program follows new numbers.
    leaves[0].data = leaves[0].data * 1.5
    assert program() == pytest.approx(loss_of(called, row, leaves).item(), rel=1e-13 if dtype == np.float64 else 1e-5)


@each_row
def test_programs_of_gradients_compute_the_same(row: Row) -> None:
    called = row.make()
    leaves = leaves_of(row)
    [slope] = gradient(loss_of(called, row, leaves), leaves[:1])
    program = compile((slope * slope).sum())
    assert program.verify().largest <= 1e-11 * abs(program())


def test_saved_programs_have_the_functions_with_them(tmp_path: Path) -> None:
    leaves = [*leaves_of(ROWS["all_products"]), Tensor(MATRIX)]
    loss = loss_of(all_products(), ROWS["all_products"], leaves[:2]) + loss_of(inverse(), ROWS["inverse"], leaves[2:])
    program = compile(loss)
    program.save(tmp_path)
    code = (
        "import runpy, sys; names = runpy.run_path(sys.argv[1]); print(names['loss']()); "
        "print(*names['gradients']); print('micrograd_plus' in sys.modules)"
    )
    command = [sys.executable, "-I", "-c", code, str(tmp_path / "step.py")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    number, slopes, is_there = done.stdout.splitlines()
    assert (float(number), is_there) == (program(), "False")
    wanted = np.concatenate([np.ravel(slope.data) for slope in gradient(loss, leaves)])
    np.testing.assert_allclose(np.array(slopes.split(), float), wanted, rtol=1e-14)


@pytest.mark.parametrize(
    ("row", "function"), [("energy", "pullback of energy by x"), ("sorted_row", "pullback of sorted_row by x")]
)
def test_a_program_that_needs_more_than_numpy_is_not_saved(row: str, function: str, tmp_path: Path) -> None:
    program = compile(loss_of(ROWS[row].make(), ROWS[row], leaves_of(ROWS[row])))
    with pytest.raises(TypeError, match=rf"^{function} cannot be written as a function of NumPy alone: "):
        program.save(tmp_path)


def test_pullbacks_see_broadcasting_as_it_is() -> None:
    @array_operation(pullbacks=[lambda g, out, x, b: g, lambda g, out, x, b: g.sum(axis=0)], examples=[((2, 3), (3,))])
    def shifted(x: Any, b: Any) -> Any:
        return x + b

    x, b = Tensor(np.ones((2, 3))), Tensor(np.ones(3))
    program = compile((shifted(x, b) * flip(x, 0)).sum())
    assert program.verify().largest == 0.0
