"""The largest stable rate: 2/lambda_max on quadratics, and what a rate above it does elsewhere."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from micrograd_plus.lab.problem import formula_problem, surface
from micrograd_plus.lab.sharpness import sharpness
from micrograd_plus.lab.stability import RATIO, largest_stable_rate


@settings(max_examples=3)
@given(st.floats(1e-4, 1e4), st.floats(1.0, 1e4), st.floats(-0.4, 0.4), st.floats(0.1, 10.0))
def test_on_a_quadratic_it_is_two_by_the_largest_eigenvalue(
    steep: float, condition: float, tilt: float, start: float
) -> None:
    flat = steep / condition
    coupling = tilt * (steep * flat) ** 0.5
    text = f"{steep / 2!r}*x**2 + {flat / 2!r}*y**2 + {coupling!r}*x*y"
    largest = np.linalg.eigvalsh([[steep, coupling], [coupling, flat]])[-1]
    problem = formula_problem(text, {"x": start, "y": 3.0})
    found = largest_stable_rate(problem)
    assert found.rate is not None
    assert found.unstable is not None
    assert found.unstable / found.rate <= RATIO
    assert found.rate == pytest.approx(2.0 / largest, rel=0.01)
    assert 2.0 / sharpness(problem) == pytest.approx(2.0 / largest, rel=1e-6)


def test_the_limit_lies_between_the_two_rates() -> None:
    found = largest_stable_rate(surface("ravine"))
    assert found.rate is not None
    assert found.unstable is not None
    assert found.rate < 2.0 / 50.0 < found.unstable


@pytest.mark.parametrize("seed", range(2))
def test_in_five_dimensions_too(seed: int) -> None:
    rng = np.random.default_rng(seed)
    factor = rng.normal(size=(5, 5))
    matrix, names = factor @ factor.T, "uvwxy"
    terms = [f"{matrix[i, j] / 2!s}*{a}*{b}" for i, a in enumerate(names) for j, b in enumerate(names)]
    problem = formula_problem(" + ".join(terms), dict(zip(names, rng.normal(size=5).tolist(), strict=True)))
    limit = 2.0 / np.linalg.eigvalsh(matrix)[-1]
    assert largest_stable_rate(problem).rate == pytest.approx(limit, rel=0.01)
    assert 2.0 / sharpness(problem) == pytest.approx(limit, rel=1e-8)


def test_a_steepest_part_that_is_next_to_nothing_at_the_start_is_found() -> None:
    """The steep direction holds a 1e-10th of the loss."""
    found = largest_stable_rate(formula_problem("0.5*x**2 + 50*y**2", {"x": 1e3, "y": 1e-3}))
    assert found.rate == pytest.approx(2.0 / 100.0, rel=0.01)


def rosenbrock_losses(lr: float, steps: int) -> list[float]:
    """Gradient descent on Rosenbrock's function, with its gradient written out."""
    x, y, losses = -1.2, 1.0, []
    for _ in range(steps + 1):
        losses.append((1 - x) ** 2 + 100 * (y - x * x) ** 2)
        if losses[-1] > 1e6:
            break
        dx, dy = -2 * (1 - x) - 400 * x * (y - x * x), 200 * (y - x * x)
        x, y = x - lr * dx, y - lr * dy
    return losses


def test_below_the_limit_the_loss_stays_below_the_start_and_above_it_does_not() -> None:
    found = largest_stable_rate(surface("rosenbrock"), steps=300)
    assert found.rate is not None
    assert found.unstable is not None
    stable, unstable = rosenbrock_losses(found.rate, 300), rosenbrock_losses(found.unstable, 300)
    assert max(stable) == stable[0]
    assert max(unstable) > unstable[0]


def test_the_trials_are_what_the_search_did() -> None:
    found = largest_stable_rate(surface("beale"), steps=50)
    assert found.rate == max(trial.lr for trial in found.trials if trial.is_stable)
    assert found.unstable == min(trial.lr for trial in found.trials if not trial.is_stable)
    assert all(trial.steps == 50 for trial in found.trials if trial.is_stable)


@pytest.mark.parametrize(
    ("text", "start", "reason"),
    [
        ("3*x", {"x": 1.0}, "every rate up to 4e+11 is stable"),
        ("1e30*x**2", {"x": 1.0}, "no rate down to 1e-12 is stable"),
        ("x*y", {"x": 1.0, "y": -0.9}, "falls without end"),
        ("-exp(x)", {"x": 1.0}, "at the rate 0.1 the loss falls without end"),
        ("x**2", {"x": 0.0}, "gradient at the start is 0"),
    ],
)
def test_where_there_is_no_limit_the_reason_is_told(text: str, start: dict[str, float], reason: str) -> None:
    found = largest_stable_rate(formula_problem(text, start), steps=200)
    assert found.rate is None
    assert found.unstable is None
    assert reason in found.reason


@pytest.mark.parametrize("ratio", [1.0, 5.0])
def test_a_ratio_that_cannot_be_is_refused(ratio: float) -> None:
    with pytest.raises(ValueError, match="ratio is above 1"):
        largest_stable_rate(surface("ravine"), ratio=ratio)
