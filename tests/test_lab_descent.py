"""Descents at several rates: places are those of the closed form, and numbers those of the rule."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from micrograd_plus.lab.descent import Descent, descent
from micrograd_plus.lab.descent_words import sentence
from micrograd_plus.lab.problem import formula_problem, surface


def parabola(start: float = 4.0) -> Descent:
    return descent(formula_problem("x**2 - 3*x", {"x": start}), lrs=[0.02, 0.1, 0.95, 1.5])


@settings(max_examples=25, deadline=None)
@given(st.floats(0.2, 5.0), st.floats(-3.0, 3.0), st.floats(0.05, 0.9))
def test_on_a_quadratic_each_step_shrinks_the_distance_by_one_factor(a: float, x0: float, part: float) -> None:
    lr = part / a  # the limit is 1 / a
    [walk] = descent(formula_problem(f"{a!r}*(x - 1)**2", {"x": x0}), lrs=[lr]).walks
    wanted = 1.0 + (1.0 - 2.0 * lr * a) ** walk.run.steps * (x0 - 1.0)
    assert walk.run.path[:, 0] == pytest.approx(wanted, abs=1e-9)
    assert walk.slopes[:, 0] == pytest.approx(2.0 * a * (wanted - 1.0), abs=1e-9)


def beale() -> Descent:
    return descent(surface("beale"), 0.02, steps=30)


@pytest.mark.parametrize("make", [parabola, beale])
def test_rows_obey_the_rule_to_the_last_bit(make: Callable[[], Descent]) -> None:
    found = make()
    names = found.problem.parameter_names
    rows = [dict(zip(found.header(), row, strict=True)) for row in found.rows()]
    assert len(rows) == sum(len(walk.run.steps) for walk in found.walks)
    for row, after in zip(rows, [*rows[1:], None], strict=True):
        is_last = after is None or after["lr"] != row["lr"]
        for name in names:
            slope, update, new = (row[f"{kind}_{name}"] for kind in ("slope", "update", "new"))
            if update is not None:
                assert update == row["lr"] * slope
                assert new == row[name] - update
            if after and not is_last:
                assert after[name] == new
        assert row["loss"] == found.problem.loss([row[name] for name in names])


def test_a_step_out_of_all_numbers_is_told_but_leads_nowhere() -> None:
    [walk] = (found := descent(formula_problem("exp(x**2)", {"x": 3.0}), lrs=[1.0])).walks
    assert len(walk.run.steps) == len(walk.updates) == 1
    [row] = found.rows()
    slope = 6.0 * np.exp(9.0)
    assert row == pytest.approx([1.0, 0, 3.0, np.exp(9.0), slope, slope, 3.0 - slope])


@pytest.mark.parametrize(("text", "lr"), [("x**2", 1e300), ("-x**2", 1e100), ("x**3", 1.0), ("-x**4", 1e9)])
def test_numbers_out_of_bounds_are_no_trouble(text: str, lr: float) -> None:
    found = descent(formula_problem(text, {"x": 1.0}), lrs=[lr])
    assert [sentence(found, walk).split(":")[0] for walk in found.walks] == ["leaves"]
    for row in found.rows():
        assert np.isfinite(row[:5]).all()


def test_the_rule_is_told_with_its_numbers() -> None:
    found = parabola()
    assert [walk.rule(0, ["x"]) for walk in found.walks[:3]] == [
        ["x <- 4 - 0.02 * 5 = 3.9"],
        ["x <- 4 - 0.1 * 5 = 3.5"],
        ["x <- 4 - 0.95 * 5 = -0.75"],
    ]
    assert found.walks[2].rule(1, ["x"]) == ["x <- -0.75 - 0.95 * (-4.5) = 3.525"]
    assert found.walks[0].rule(20, ["x"]) == []


def test_the_number_of_steps_needed_is_that_of_the_closed_form() -> None:
    for walk in parabola().walks[:3]:
        factor = abs(1.0 - 2.0 * walk.lr)
        assert walk.needed == np.ceil(np.log(1e-3 / 2.5) / np.log(factor))


def test_minimum_and_limit_are_those_of_the_parabola() -> None:
    found = parabola()
    assert found.minimum == pytest.approx([1.5])
    assert found.limit == pytest.approx(1.0)


def test_near_is_relative_where_the_walk_begins_near() -> None:
    [walk] = descent(formula_problem("x**2", {"x": 1e-6}), lrs=[0.1]).walks
    assert walk.needed == np.ceil(np.log(1e-3) / np.log(0.8))


@pytest.mark.parametrize(
    ("lr", "kind"),
    [(0.02, "slow"), (0.1, "nears"), (0.4, "arrives"), (0.95, "jumps"), (1.01, "leaves"), (1.5, "leaves")],
)
def test_kinds_of_walks_on_a_parabola(lr: float, kind: str) -> None:
    found = descent(formula_problem("x**2 - 3*x", {"x": 4.0}), lrs=sorted({lr, 0.1}))
    assert [found.kind(walk) for walk in found.walks if walk.lr == lr] == [kind]


@pytest.mark.parametrize(("text", "kind"), [("-x", "falls"), ("exp(-x)", "falls"), ("x**2 - 6*x", "stands")])
def test_kinds_of_walks_without_a_way_to_a_minimum(text: str, kind: str) -> None:
    found = descent(formula_problem(text, {"x": 3.0}))
    assert {found.kind(walk) for walk in found.walks} == {kind}


@settings(max_examples=15, deadline=None)
@given(st.floats(0.1, 10.0))
def test_without_rates_three_are_chosen_by_the_curvature(a: float) -> None:
    found = descent(formula_problem(f"{a!r}*x**2", {"x": 2.0}))
    limit = 1.0 / a
    assert [walk.lr for walk in found.walks] == pytest.approx([0.02 * limit, 0.1 * limit, 0.95 * limit], rel=0.06)
    assert [found.kind(walk) for walk in found.walks] == ["slow", "nears", "jumps"]
    assert found.chosen == 1


@pytest.mark.parametrize(
    ("lr", "beside"), [(0.1, (0.02, 0.95)), (0.005, (0.001, 0.95)), (0.9, (0.02, 1.1)), (3.0, (0.02, 6.0))]
)
def test_the_given_rate_stands_between_a_small_and_a_large_one(lr: float, beside: tuple[float, float]) -> None:
    found = descent(formula_problem("x**2 - 3*x", {"x": 4.0}), lr)
    assert [walk.lr for walk in found.walks] == [beside[0], lr, beside[1]]
    assert found.walks[found.chosen].lr == lr


def test_given_rates_are_sorted_and_each_comes_once() -> None:
    found = descent(formula_problem("x**2", {"x": 1.0}), 0.3, lrs=[0.5, 0.1, 0.5], steps=3)
    assert [walk.lr for walk in found.walks] == [0.1, 0.3, 0.5]
    assert found.chosen == 1
    assert {len(walk.run.steps) for walk in found.walks} == {4}


@pytest.mark.parametrize("lr", [0.0, -1.0, float("nan"), float("inf")])
def test_what_is_no_rate(lr: float) -> None:
    with pytest.raises(ValueError, match="a learning rate is a finite number above 0"):
        descent(formula_problem("x**2", {"x": 1.0}), lr)


@pytest.mark.parametrize("lr", [1e-320, 1e308])
def test_a_rate_beside_which_there_is_no_other_is_none(lr: float) -> None:
    with pytest.raises(ValueError, match=r"a learning rate is a number from 1e-300 to 1e\+300, not "):
        descent(formula_problem("x", {"x": 1.0}), lr)


def test_without_a_rate_there_is_no_walk() -> None:
    with pytest.raises(ValueError, match="wanted at least one learning rate, got none"):
        descent(formula_problem("x**2", {"x": 1.0}), lrs=[])
