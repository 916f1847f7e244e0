"""Slopes that follow from a formula are those of its row."""

from __future__ import annotations

import math

import numpy as np
import pytest

from micrograd_plus import Value, exp
from micrograd_plus.formula_slopes import slopes_of
from micrograd_plus.ops import FORMULAS, TABLE
from tests.cases import each
from tests.sampling import generator, inputs_in_domain


@each("name", [name for name in sorted(FORMULAS) if name != "heaviside"])
def test_slopes_of_a_formula_are_those_of_its_row(name: str) -> None:
    row = TABLE[name]
    for slope, known in zip(slopes_of(FORMULAS[name], row.arity), row.slopes, strict=True):
        point = inputs_in_domain(row, generator(name))
        out = row(*point)
        claimed = known(out, *point) if callable(known) else known
        assert slope(out, *point, **row.parameters) == pytest.approx(claimed, rel=1e-12)


def test_a_slope_is_a_function_on_arrays_and_nodes_too() -> None:
    by_x, by_y = slopes_of(lambda x, y, n: x * y * exp(n * x), 2)
    x, y = np.array([0.5, 1.0]), np.array([2.0, 3.0])
    np.testing.assert_allclose(by_x(None, x, y, n=2.0), y * np.exp(2 * x) * (1 + 2 * x), rtol=1e-15)
    assert by_y(None, Value(0.5), Value(2.0), n=2.0).data == pytest.approx(0.5 * math.e)
