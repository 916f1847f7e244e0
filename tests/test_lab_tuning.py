"""The best rate of a grid: known for quadratics, whatever the order of the grid."""

from functools import partial

import numpy as np
import pytest

from micrograd_plus import optim
from micrograd_plus.lab import tuning
from micrograd_plus.lab.problem import formula_problem
from micrograd_plus.lab.run import Run, descend
from micrograd_plus.lab.tuning import RATES, tuned


def on_parabola(curvature: float, steps: int, lr: float) -> Run:
    problem = formula_problem(f"0.5*{curvature!r}*x**2", {"x": 1.0})
    return descend(problem, partial(optim.SGD, lr=lr), steps)


@pytest.mark.parametrize("curvature", [0.2, 0.9, 1.3, 5.0])
def test_a_single_step_of_a_parabola_is_best_at_the_rate_nearest_to_the_inverse_curvature(curvature: float) -> None:
    found = tuned(RATES, partial(on_parabola, curvature, 1))
    left = {lr: (1.0 - lr * curvature) ** 2 for lr in RATES}
    assert left[found.lr] <= min(left.values()) + 1e-3


def test_of_the_rates_that_settle_alike_the_fastest_is_best() -> None:
    found = tuned((0.1, 0.5, 1.5, 2.5), partial(on_parabola, 1.0, 500))
    assert found.runs[0.1].losses[-1] < 1e-40  # all but the last are at the bottom long before the end
    assert found.lr == 0.5
    assert found.end == ""
    assert found.smallest_that_diverges == 2.5
    assert found.reaching(1e-30) == [0.1, 0.5, 1.5]


def test_the_order_of_the_grid_does_not_matter() -> None:
    one, other = (tuned(rates, partial(on_parabola, 3.0, 20)) for rates in (RATES, RATES[::-1]))
    assert (one.lr, list(one.runs)) == (other.lr, list(other.runs))
    np.testing.assert_array_equal(one.run.path, other.run.path)


@pytest.mark.parametrize("kept", [21, 20])
def test_only_the_best_run_keeps_its_path_and_is_run_again_where_that_is_long(
    kept: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tuning, "_KEPT", kept)
    ran = []

    def run(lr: float) -> Run:
        ran.append(lr)
        return on_parabola(1.0, 20, lr)

    found = tuned((0.1, 1.0), run)
    assert {lr: len(run.path) for lr, run in found.runs.items()} == {0.1: 1, 1.0: 21}
    assert found.runs[0.1].path.base is None  # else the whole path would stay
    assert len(found.runs[0.1].losses) == 21
    assert ran == [0.1, 1.0] + [1.0] * (kept < 21)


def test_what_settles_alike_depends_on_the_lowest_and_the_best_has_its_path_in_any_case() -> None:
    fast_to = {0.1: [8.0, 1.0, 1.0], 0.2: [8.0, 4.0, 0.5], 0.3: [8.0, 8.0, 0.0]}
    rates = (0.1, 0.2, 0.3)

    def run(lr: float) -> Run:
        losses = np.array(fast_to[lr])
        return Run(np.arange(3), np.full((3, 1), lr), losses, losses, losses, losses[1:])

    # With the first two, 1.0 is as good as 0.5; with the third, only 0.5 is as good as 0.0.
    best = [tuned(rates[:count], run, alike=0.08) for count in (1, 2, 3)]
    assert [found.lr for found in best] == [0.1, 0.1, 0.2]
    assert [found.run.path.tolist() for found in best] == [[[found.lr]] * 3 for found in best]


@pytest.mark.parametrize(("rates", "end"), [((0.1, 0.2), "largest"), ((1.0, 1.9), "smallest"), ((0.1,), "")])
def test_a_best_rate_at_an_end_of_the_grid_is_told(rates: tuple[float, ...], end: str) -> None:
    assert tuned(rates, partial(on_parabola, 1.0, 20)).end == end


def test_where_all_rates_diverge_the_smallest_stands_for_them() -> None:
    found = tuned((3.0, 30.0), partial(on_parabola, 1.0, 200))
    assert (found.lr, found.settled, found.reaching(0.4)) == (3.0, np.inf, [])


@pytest.mark.parametrize(
    ("rates", "kind", "message"),
    [
        ((), ValueError, "at least one learning rate"),
        ((0.1, 0.0), ValueError, "lr is a finite number above 0, not 0.0"),
        ((-1.0,), ValueError, "lr is a finite number above 0, not -1.0"),
        (("1",), TypeError, "lr is a number, not str"),
    ],
)
def test_rates_that_are_none_are_refused(rates: tuple[float, ...], kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=message):
        tuned(rates, partial(on_parabola, 1.0, 1))
