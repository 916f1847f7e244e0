"""Curvature and minima: closed forms, kinks, and hills that have none."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from micrograd_plus.lab.local_shape import hessian, limit_at, minimum_near
from micrograd_plus.lab.problem import formula_problem, surface
from micrograd_plus.lab.surfaces import SURFACES


def test_second_derivatives_are_those_of_the_formula() -> None:
    problem = formula_problem("x**3 * y + exp(2*y)", {"x": 1.0, "y": 0.0})
    x, y = 2.0, 0.5
    wanted = np.array([[6 * x * y, 3 * x**2], [3 * x**2, 4 * np.exp(2 * y)]])
    assert hessian(problem, [x, y]) == pytest.approx(wanted, rel=1e-12)


@given(st.floats(0.1, 10.0), st.floats(-20.0, 20.0), st.floats(-20.0, 20.0))
def test_of_a_quadratic_minimum_and_limit_are_known(a: float, b: float, x0: float) -> None:
    problem = formula_problem(f"{a!r}*x**2 + {b!r}*x", {"x": x0})
    found = minimum_near(problem, [x0])
    assert found == pytest.approx([-b / (2 * a)], rel=1e-9, abs=1e-9)
    assert found is not None
    assert limit_at(problem, found) == pytest.approx(1.0 / a, rel=1e-12)


@pytest.mark.parametrize("name", SURFACES)
def test_the_minima_of_surfaces_are_found_from_their_start(name: str) -> None:
    problem = surface(name)
    found = minimum_near(problem, problem.start)
    assert min(np.linalg.norm(found - np.array(minimum)) for minimum in problem.minima) < 1e-8


@pytest.mark.parametrize(
    ("text", "start", "minimum"),
    [("x**4", 4.0, 0.0), ("abs(x - 2)", 9.0, 2.0), ("sin(x) + x**2/20", 7.0, 4.27109), ("relu(x) - x/2", 3.0, 0.0)],
)
def test_flat_bottoms_kinks_and_the_nearest_of_several(text: str, start: float, minimum: float) -> None:
    assert minimum_near(formula_problem(text, {"x": start}), [start]) == pytest.approx([minimum], abs=1e-4)


@pytest.mark.parametrize("start", [0.05, 0.6, 1.3, 1.5, 1.7, 3.0])
def test_no_valley_is_leapt_over(start: float) -> None:
    assert minimum_near(formula_problem("cos(x)", {"x": start}), [start]) == pytest.approx([np.pi], abs=1e-6)


@pytest.mark.parametrize(
    ("text", "start"), [("-x", 3.0), ("-x**2", 3.0), ("exp(-x)", 0.0), ("x**3", 1.0), ("x**3", 0.0)]
)
def test_where_there_is_no_minimum(text: str, start: float) -> None:
    assert minimum_near(formula_problem(text, {"x": start}), [start]) is None


def test_a_saddle_is_no_minimum() -> None:
    assert minimum_near(surface("saddle"), [0.0, 0.0]) is None


def test_without_curvature_there_is_no_limit() -> None:
    assert limit_at(formula_problem("abs(x)", {"x": 1.0}), [0.0]) == np.inf
