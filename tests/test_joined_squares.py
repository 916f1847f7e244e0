"""Sums of squares of neighbours in a buffer as one."""

import pytest

from micrograd_plus.array_ops import total
from micrograd_plus.compiler.arrays import Array, Builder, arrays_below
from micrograd_plus.compiler.improving import improved


def squares(array: Array) -> Array:
    result: Array = total(array * array, axis=None, keepdims=False)
    return result


def sums_in(root: Array) -> list[tuple[int, ...]]:
    """Return the shapes that are summed up."""
    return [a.inputs[0].shape for a in arrays_below(improved([root])) if a.op.name == "sum"]


def test_neighbours_are_summed_at_once_in_any_order() -> None:
    parameters = Builder().stored("parameters", (9,), float)
    first, second, third = parameters[:2], parameters[2:6], parameters[6:]
    assert sums_in(squares(first) + squares(second) + squares(third)) == [(9,)]
    assert sums_in(squares(second) + squares(first)) == [(6,)]
    assert sums_in(third.builder.argument("loss") + 0.5 * squares(first) + 0.5 * squares(second)) == [(6,)]


@pytest.mark.parametrize("factor", [0.5, 1.0, 2.0])
def test_their_factor_is_kept(factor: float) -> None:
    parameters = Builder().stored("parameters", (9,), float)
    weighed = [factor * squares(parameters[:4]), factor * squares(parameters[4:])]
    [joined] = improved([weighed[0] + weighed[1]])
    assert [i.value for i in joined.inputs if i.is_number] == ([factor] if factor != 1.0 else [])


@pytest.mark.parametrize("factor", [1.0, 2.0])
def test_others_are_not(factor: float) -> None:
    parameters = Builder().stored("parameters", (9,), float)
    apart = squares(parameters[:2]) + squares(parameters[3:])
    assert len(sums_in(apart)) == 2
    weighed = squares(parameters[:2]) + factor * squares(parameters[2:])
    assert len(sums_in(weighed)) == (1 if factor == 1.0 else 2)
