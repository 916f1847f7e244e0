"""Rectifiers and functions that saturate are told by what their rows compute, whatever they are called."""

import math

import pytest

from micrograd_plus import ops
from micrograd_plus.activation_kinds import FLAT, can_die, flat_slope, is_rectifier
from micrograd_plus.ops import TABLE, Op


def test_rectifiers() -> None:
    found = {name for name, op in TABLE.items() if is_rectifier(op)}
    assert found == {"relu", "leaky_relu", "elu", "gelu", "silu", "softplus"}
    assert {name for name in found if can_die(TABLE[name])} == {"relu"}


def test_exponentials_and_rectifiers_do_not_saturate() -> None:
    assert {name for name, op in TABLE.items() if flat_slope(op)} == {"tanh", "sigmoid", "erf", "arctan"}


@pytest.mark.parametrize("name", ["tanh", "sigmoid", "erf", "arctan"])
def test_flat_is_told_by_the_steepest_slope(name: str) -> None:
    op = TABLE[name]
    around_zero = (op(1e-6) - op(-1e-6)) / 2e-6
    assert flat_slope(op) == pytest.approx(FLAT * around_zero, rel=1e-6)


def test_a_row_of_ones_own_is_told_as_those_of_the_table_are() -> None:
    def slope(out: float, x: float) -> float:
        return 1.0 / ops.power(1.0 + ops.abs_(x), n=2.0)

    softsign = Op("softsign", lambda x: x / (1.0 + math.fabs(x)), lambda x: x / (1.0 + abs(x)), [slope])
    assert flat_slope(softsign) == pytest.approx(FLAT)
    assert not is_rectifier(softsign)
