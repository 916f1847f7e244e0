"""From rows of the tables to calls of NumPy: formulas written out, powers, choices and sums of products as they are
fastest."""

from typing import Any

import numpy as np
import pytest

from micrograd_plus.array_ops import ARRAY_TABLE, broadcast_to, reshape, total
from micrograd_plus.compiler.arrays import Array, Builder, arrays_below
from micrograd_plus.compiler.lowering import _LEAST_VECDOT, DOT, SELECT, VECDOT, lowered
from micrograd_plus.ops import FORMULAS, TABLE
from tests.cases import each
from tests.compiled_values import running
from tests.sampling import ROWS


def stored(shape: tuple[int, ...], builder: Builder | None = None, name: str = "x") -> Array:
    return (builder or Builder()).stored(name, shape, np.float64)


def operations(*roots: Array) -> list[str]:
    """Return the names of what computes, in order, without views."""
    return [a.op.name for a in arrays_below(lowered(roots)) if a.inputs and a.op.name != "view"]


def summed(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    return total(x, axis=axis, keepdims=keepdims)


@each("row", ROWS)
def test_nothing_is_left_that_numpy_has_no_function_for(row: str) -> None:
    builder = Builder()
    root = TABLE[row](*[stored((3,), builder, name) for name in "abc"[: TABLE[row].arity]])
    [found] = lowered([root])
    for array in arrays_below([found]):
        if array.inputs and array.op.name in TABLE:
            assert array.op.name not in FORMULAS
            # The error function is the one that NumPy lacks.
            assert array.op.ufunc is not None or array.op.name == "erf"


@pytest.mark.parametrize("row", ["mean", "logsumexp", "softmax", "log_softmax", "sum_to"])
def test_structural_rows_with_a_formula_are_written_out(row: str) -> None:
    parameters = {"shape": (1, 3)} if row == "sum_to" else {"axis": 0}
    assert row not in operations(ARRAY_TABLE[row](stored((2, 3)), **parameters))


@pytest.mark.parametrize(
    ("power", "written"),
    [
        (2.0, ["mul"]),
        (3.0, ["mul", "mul"]),
        (0.5, ["sqrt"]),
        (-1.0, ["div"]),
        (-0.5, ["sqrt", "div"]),
        (-2.0, ["mul", "div"]),
        (4.0, ["power"]),
        (1.7, ["power"]),
    ],
)
def test_small_powers_are_products_and_roots(power: float, written: list[str]) -> None:
    assert operations(TABLE["power"](stored((3,)), n=power)) == written


def test_a_choice_selects_where_the_condition_fails() -> None:
    x = stored((3,))
    [found] = lowered([TABLE["where"](TABLE["less"](x, 1.0), x, 2.0)])
    assert found.op is SELECT
    assert [i.op.name for i in found.inputs] == ["logical_not", "stored", "constant"]


def test_a_number_or_zero_is_a_product_with_the_comparison() -> None:
    x = stored((3,))
    assert operations(TABLE["where"](TABLE["less"](x, 1.0), 0.5, 0.0)) == ["less", "mul"]
    # inf * 0 would be nan.
    assert "select" in operations(TABLE["where"](TABLE["less"](x, 1.0), np.inf, 0.0))


def test_a_number_that_is_stretched_is_selected_as_a_number() -> None:
    x = stored((3,))
    number = reshape(summed(x), shape=(1,))
    chosen = TABLE["where"](np.array([1.0, 0.0, 1.0]), number, 0.0)
    assert "masked" in operations(TABLE["where"](np.array([1.0, 0.0, 1.0]), x, 0.0))
    assert "masked" not in operations(chosen)
    program = running(summed(chosen * x), [x], [x])
    program.buffers["x"][...] = [1.0, 2.0, 4.0]
    assert program() == 7.0 * 5.0
    assert program.buffers["d_x"].tolist() == [7.0 + 5.0, 5.0, 7.0 + 5.0]


# --- sums of products -------------------------------------------------------------------------------------------------


def test_a_sum_of_products_over_all_is_a_scalar_product() -> None:
    builder = Builder()
    a, b = stored((2, 3), builder, "a"), stored((2, 3), builder, "b")
    [found] = lowered([summed(a * b)])
    assert found.op is DOT


def test_sums_of_products_along_the_last_axis_are_scalar_products_each() -> None:
    builder = Builder()
    a, b = stored((2, _LEAST_VECDOT), builder, "a"), stored((2, _LEAST_VECDOT), builder, "b")
    for axis in (1, -1, (1,)):
        [found] = lowered([summed(a * b, axis)])
        assert found.op is VECDOT
    assert operations(summed(a * b, 1, keepdims=True)) == ["vecdot"]
    assert "vecdot" not in operations(summed(a * b, 0))
    short, other = stored((2, 3), builder, "short"), stored((2, 3), builder, "other")
    assert "vecdot" not in operations(summed(short * other, 1))  # a call for each row would cost more
    assert "vecdot" not in operations(summed(a[:, :3] * b[:, :3], 1))  # a call for each row is dear for short rows


def test_a_product_that_others_read_too_is_computed() -> None:
    a = stored((3,))
    product = a * a.tanh()
    assert "dot" not in operations(summed(product) + summed(product.exp()))
    assert "dot" not in operations(summed(product), product)


def test_factors_that_are_stretched_are_not_copied_for_a_scalar_product() -> None:
    builder = Builder()
    a, b = stored((2, 3), builder, "a"), stored((3,), builder, "b")
    assert operations(summed(a * b)) == ["mul", "sum"]


# --- views ------------------------------------------------------------------------------------------------------------


def test_what_repeats_is_copied_for_operations_on_axes_and_not_for_others() -> None:
    builder = Builder()
    a, b = stored((3,), builder, "a"), stored((2, 3), builder, "b")
    stretched = broadcast_to(a, shape=(2, 3))
    assert operations(stretched.tanh() + b) == ["tanh", "add"]
    assert operations(stretched @ b.mT) == ["copy", "matmul"]


def test_a_number_with_axes_is_copied_into_a_buffer_for_operations_on_axes() -> None:
    builder = Builder()
    a, b = stored((3,), builder, "a"), stored((1, 3), builder, "b")
    number = reshape(summed(a), shape=(1, 1))
    assert operations(number * b) == ["sum", "mul"]
    assert operations(number @ b) == ["sum", "copy", "matmul"]


def test_a_root_may_be_stored_or_a_view() -> None:
    builder = Builder()
    a = stored((2, 3), builder)
    first, second, third = lowered([a, a.mT, a[0]])
    assert (first.op.name, second.shape, third.shape) == ("stored", (3, 2), (3,))
    assert second.base is third.base is first


def test_the_arrays_that_were_given_stay_as_they_are() -> None:
    a = stored((3,))
    root = a.sigmoid()
    before = [(x.op, x.inputs) for x in arrays_below([root])]
    lowered([root])
    assert [(x.op, x.inputs) for x in arrays_below([root])] == before


def test_names_and_comments_are_kept() -> None:
    root = stored((3,)).sigmoid()
    root.name, root.comment = "gate", "of three"
    [found] = lowered([root])
    assert (found.name, found.comment) == ("gate", "of three")
