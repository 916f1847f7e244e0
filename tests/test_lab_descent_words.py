"""Verdicts come from the runs: with other rates or another hill the sentences are others."""

import re

import pytest

from micrograd_plus.lab.descent import Descent, descent
from micrograd_plus.lab.descent_words import beginning, heading, sentence, theory
from micrograd_plus.lab.problem import formula_problem, surface


def parabola(*lrs: float, text: str = "x**2 - 3*x", steps: int | None = None) -> Descent:
    return descent(formula_problem(text, {"x": 4.0}), lrs=lrs, steps=steps)


def told(found: Descent) -> dict[float, str]:
    return {walk.lr: sentence(found, walk) for walk in found.walks}


def test_each_rate_has_its_sentence() -> None:
    assert told(parabola(0.02, 0.1, 0.95, 1.5)) == {
        0.02: "small steps, slow but sure: after 20 steps it is still 1.11 from the minimum; to 0.001 it takes 192.",
        0.1: "goes down steadily: after 20 steps it is still 0.0288 from the minimum; "
        "it reaches it to 0.001 after 36 steps.",
        0.95: "jumps from side to side: 20 of 20 steps went too far; it is within 0.001 of it after 75 steps.",
        1.5: "leaves: every step is larger than the one before; after 5 steps the loss is 6398, from 4.",
    }


def test_the_same_rates_on_a_steeper_hill_have_other_verdicts() -> None:
    rates = (0.02, 0.1, 0.95)
    flat, steep = (parabola(*rates, text=text) for text in ("x**2 - 3*x", "10*x**2 - 30*x"))
    assert [heading(flat, walk) for walk in flat.walks] == [
        "lr 0.02: slow but sure",
        "lr 0.1: on its way",
        "lr 0.95: jumps from side to side",
    ]
    assert [heading(steep, walk) for walk in steep.walks] == [
        "lr 0.02: arrives",
        "lr 0.1: jumps from side to side",
        "lr 0.95: leaves",
    ]


def test_all_too_small_all_too_large() -> None:
    small, large = parabola(1e-5, 1e-4), parabola(1.2, 3.0)
    assert [heading(small, walk) for walk in small.walks] == ["lr 1e-05: slow but sure", "lr 0.0001: slow but sure"]
    assert [heading(large, walk) for walk in large.walks] == ["lr 1.2: leaves", "lr 3: leaves"]


def test_whether_a_walk_is_slow_depends_on_the_others() -> None:
    assert told(parabola(0.02)) != {0.02: told(parabola(0.02, 0.5))[0.02]}


def test_the_order_of_the_rates_changes_nothing() -> None:
    assert told(parabola(0.95, 0.02, 0.1)) == told(parabola(0.1, 0.95, 0.02))


def test_a_walk_that_goes_on_for_long_is_followed_to_its_end() -> None:
    words = told(parabola(1.0, 1.01, 1e-5))
    assert words[1.0] == "jumps from side to side: 20 of 20 steps went too far; it is not there after 5,000 steps."
    steps = int(re.search(r"after (\d+) steps the loss is 4\d\d\d, from 4", words[1.01])[1])
    assert 2.5**2 * 1.02 ** (2 * steps) - 2.25 > 4004.0 > 2.5**2 * 1.02 ** (2 * steps - 2) - 2.25
    distance = float(re.search(r"after 5,000 (\S+)\.$", words[1e-5])[1])
    assert distance == pytest.approx(2.5 * (1.0 - 2e-5) ** 5000, rel=0.005)


def test_one_step() -> None:
    words = told(parabola(0.02, 0.4, 0.95, steps=1))
    assert "after 1 step it is still 2.4 from" in words[0.02]
    assert "1 of 1 step went too far" in words[0.95]


def test_where_none_arrives_the_nearest_is_not_slow() -> None:
    found = parabola(0.001, 0.03, text="x**4")
    assert [heading(found, walk) for walk in found.walks] == ["lr 0.001: slow but sure", "lr 0.03: on its way"]
    for walk in found.walks:
        assert sentence(found, walk).endswith(f"from the minimum, after 5,000 {abs(walk.longer.path[-1, 0]):.3g}.")


def test_other_hills() -> None:
    [walk] = (found := descent(formula_problem("exp(x**2)", {"x": 3.0}), lrs=[1.0])).walks
    assert sentence(found, walk) == "leaves: step 1 goes where the loss is no finite number."
    [walk] = (found := descent(formula_problem("-2*x", {"x": 0.0}), lrs=[0.5])).walks
    assert sentence(found, walk) == (
        "falls on: after 20 steps the loss has gone from 0 to -40, the slope is still 2, "
        "and there is no minimum on the way."
    )
    [walk] = (found := descent(formula_problem("x*y", {"x": 1.0, "y": 1.0}), lrs=[1.0], steps=2)).walks
    assert sentence(found, walk) == (
        "falls on: after 2 steps the loss has gone from 1 to 0, the slope is 0, and there is no minimum on the way."
    )
    [walk] = (found := descent(formula_problem("x**2 - y**2", {"x": 1.0, "y": 0.0}), lrs=[1.0], steps=9)).walks
    assert sentence(found, walk) == (
        "jumps from side to side: 9 of 9 steps went too far; there is no minimum on the way."
    )
    [walk] = (found := descent(formula_problem("x**2", {"x": 0.0}), lrs=[0.5])).walks
    assert sentence(found, walk) == "stands still, for the slope at the start is 0."
    assert theory(descent(formula_problem("-x", {"x": 0.0}), lrs=[0.5])) == ""


def test_beginning_and_theory() -> None:
    found = parabola(0.1)
    assert beginning(found) == "x**2 - 3*x from x = 4: the loss is 4, the slope 5"
    assert theory(found) == (
        "The minimum is at x = 1.5; its curvature is 2, so no rate above 2 / 2 = 1 comes to rest there."
    )
    found = descent(surface("ravine"), steps=2)
    assert beginning(found) == "ravine from x = -4, y = 1: the loss is 33, the slope 50.16"
    assert "its largest curvature is 50, so no rate above 2 / 50 = 0.04" in theory(found)
    assert "there is no curvature there" in theory(descent(formula_problem("abs(x)", {"x": 1.0}), lrs=[0.1]))


def test_a_walk_that_ends_in_another_minimum_names_it() -> None:
    found = descent(formula_problem("(x**2 - 1)**2", {"x": 1.5}), lrs=[0.025, 0.24])
    assert [round(float(walk.longer.path[-1, 0])) for walk in found.walks] == [1, -1]
    assert "its minimum" not in sentence(found, found.walks[0])
    assert sentence(found, found.walks[1]).endswith("after 51 steps; its minimum is another one, at x = -1.")
    assert "The minimum is at x = 1;" in theory(found)
