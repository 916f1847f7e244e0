"""Problems: loss, gradient and curvature of formulas and of networks agree with closed forms and with PyTorch."""

import warnings
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from micrograd_plus import data
from micrograd_plus.lab.problem import SMALL, Problem, TrainingProblem, formula_problem, surface, training_problem
from micrograd_plus.lab.surfaces import SURFACES
from micrograd_plus.settings import Settings

MOONS = data.load("moons")
NUMBER = st.floats(-10.0, 10.0)


@given(NUMBER, NUMBER, NUMBER, NUMBER)
def test_a_formula_of_two_variables(x: float, y: float, along_x: float, along_y: float) -> None:
    problem = formula_problem("3*x**2 - 2*x*y + y**3", {"x": x, "y": y})
    assert problem.parameter_names == ("x", "y")
    loss, gradient = problem.loss_and_gradient()
    assert loss == problem.loss() == pytest.approx(3 * x**2 - 2 * x * y + y**3, rel=1e-12, abs=1e-9)
    assert gradient == pytest.approx(np.array([6 * x - 2 * y, -2 * x + 3 * y**2]), rel=1e-12, abs=1e-9)
    hessian = np.array([[6.0, -2.0], [-2.0, 6.0 * y]])
    v = np.array([along_x, along_y])
    assert problem.hvp(None, v) == pytest.approx(hessian @ v, rel=1e-12, abs=1e-9)


@pytest.mark.parametrize("name", SURFACES)
def test_the_minima_of_surfaces_are_minima_inside_the_window(name: str) -> None:
    problem = surface(name)
    assert problem.window
    for place in (*problem.minima, problem.start):
        assert all(low < p < high for (low, high), p in zip(problem.window, place, strict=True))
    for minimum in problem.minima:
        loss, gradient = problem.loss_and_gradient(minimum)
        assert gradient == pytest.approx(np.zeros(2), abs=1e-12)
        hessian = np.array([problem.hvp(minimum, unit) for unit in np.eye(2)])
        assert np.linalg.eigvalsh(hessian)[0] > 0.0
        x, y = (np.linspace(low, high, 41) for low, high in problem.window)
        assert problem.losses(np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)).min() >= loss


def torch_oracle(problem: TrainingProblem, w: Any, v: Any) -> tuple[float, Any, Any]:
    """Return loss, gradient and Hessian times v of the same network in PyTorch."""
    torch = pytest.importorskip("torch")
    X = torch.tensor(problem.classifier.standardiser.transform(problem.dataset.X))
    y = torch.tensor(problem.dataset.y)
    shapes = [tuple(node.data.shape) for node in problem.parameters]

    def loss_of(flat: Any) -> Any:
        parts = torch.split(flat, [int(np.prod(shape)) for shape in shapes])
        weights = [part.reshape(shape) for part, shape in zip(parts, shapes, strict=True)]
        out = torch.tanh(X @ weights[0] + weights[1]) @ weights[2] + weights[3]
        if out.shape[1] == 1:
            return torch.nn.functional.binary_cross_entropy_with_logits(out[:, 0], y.double())
        return torch.nn.functional.cross_entropy(out, y)

    flat = torch.tensor(w)
    loss, hvp = torch.autograd.functional.hvp(loss_of, flat, torch.tensor(v))
    gradient = torch.autograd.functional.jacobian(loss_of, flat)
    return loss.item(), gradient.numpy(), hvp.numpy()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["moons", "iris"])
def test_a_network_s_derivatives_are_pytorch_s(name: str) -> None:
    problem = training_problem(data.load(name))
    rng = np.random.default_rng(0)
    w, v = problem.start + rng.normal(size=problem.size), rng.normal(size=problem.size)
    loss, gradient, hvp = torch_oracle(problem, w, v)
    found_loss, found_gradient = problem.loss_and_gradient(w)
    assert found_loss == pytest.approx(loss, rel=1e-12)
    assert found_gradient == pytest.approx(gradient, rel=1e-9, abs=1e-12)
    assert problem.hvp(w, v) == pytest.approx(hvp, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("problem", [surface("beale"), training_problem(MOONS)], ids=["formula", "network"])
def test_many_losses_are_those_of_each_place(problem: Problem) -> None:
    W = problem.start + np.random.default_rng(1).normal(size=(7, problem.size))
    assert problem.losses(W) == pytest.approx([problem.loss(w) for w in W], rel=1e-12)


@pytest.mark.parametrize("problem", [surface("beale"), training_problem(MOONS)], ids=["formula", "network"])
def test_looking_elsewhere_moves_nothing(problem: Problem) -> None:
    there = problem.start + 0.1
    problem.set(there)
    elsewhere = problem.start - 0.3
    for look in (problem.loss, problem.loss_and_gradient, lambda w: problem.losses([w]), lambda w: problem.hvp(w, w)):
        look(elsewhere)
        assert problem.get().tolist() == there.tolist()
    assert problem.loss() == problem.loss(there) != problem.loss(elsewhere)
    there[0] = 99.0
    assert problem.get()[0] != 99.0


def test_a_batch_of_all_samples_is_the_whole() -> None:
    problem = training_problem(MOONS)
    loss, gradient = problem.loss_and_gradient()
    found_loss, found_gradient = problem.batch_loss_and_gradient(np.arange(problem.samples)[::-1])
    assert found_loss == pytest.approx(loss, rel=1e-12)
    assert found_gradient == pytest.approx(gradient, rel=1e-9, abs=1e-12)


def test_gradients_of_equal_batches_have_that_of_the_whole_as_their_mean() -> None:
    problem = training_problem(MOONS)
    rows = np.random.default_rng(0).permutation(problem.samples).reshape(10, -1)
    mean = np.mean([problem.batch_loss_and_gradient(batch)[1] for batch in rows], axis=0)
    assert mean == pytest.approx(problem.loss_and_gradient()[1], rel=1e-9, abs=1e-12)


def test_what_settings_choose_is_what_is_trained() -> None:
    problem = training_problem(
        MOONS, Settings(hidden=(3, 2), loss="hinge", activation="relu", backend="scalar", seed=4)
    )
    assert problem.size == 2 * 3 + 3 + 3 * 2 + 2 + 2 + 1
    assert problem.classifier.loss.__name__ == "hinge"
    assert problem.parameter_names[:7] == (
        *(f"layer1.weight[{i},{j}]" for i in (0, 1) for j in (0, 1, 2)),
        "layer1.bias[0]",
    )
    assert problem.accuracy() == problem.classifier.accuracy(MOONS.X, MOONS.y)
    assert (training_problem(MOONS, SMALL).start == training_problem(MOONS).start).all()


@pytest.mark.parametrize(
    ("text", "place", "loss"),
    [
        ("exp(x)**2", 1e4, np.inf),
        ("x**2", -1e300, np.inf),
        ("x - x**3", 1e200, -np.inf),
        ("exp(x) - exp(2*x)", 1e3, np.nan),
    ],
)
def test_overflow_is_inf_or_nan_and_no_warning(text: str, place: float, loss: float) -> None:
    problem = formula_problem(text, {"x": 0.0})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert problem.loss([place]) == pytest.approx(loss, nan_ok=True)
        assert problem.loss_and_gradient([place])[0] == pytest.approx(loss, nan_ok=True)
        assert problem.losses([[place]]) == pytest.approx([loss], nan_ok=True)


def test_a_variable_without_curvature_has_none() -> None:
    assert formula_problem("3*x + y", {"x": 1.0, "y": 2.0}).hvp(None, [1.0, 1.0]).tolist() == [0.0, 0.0]
    problem = formula_problem("x**2 + 3*y", {"x": 1.0, "y": 2.0})
    assert problem.loss_and_gradient()[1].tolist() == [2.0, 3.0]
    assert problem.hvp(None, [1.0, 5.0]).tolist() == [2.0, 0.0]


@pytest.mark.parametrize(
    ("text", "start", "line"),
    [
        ("x +", {"x": 1.0}, "not a formula"),
        ("3 + 4", {}, "no variable to move"),
        ("x**2", {}, "no value for 'x'"),
        ("x**2", {"x": 1.0, "y": 2.0}, "'y' does not stand in the expression"),
        ("x**2", {"x": float("nan")}, "x starts at a finite number, not at nan"),
        ("x**2", {"x": -1e308}, r"x starts at a number from -1e\+300 to 1e\+300, not at -1e\+308"),
    ],
)
def test_what_is_no_problem(text: str, start: dict[str, float], line: str) -> None:
    with pytest.raises(ValueError, match=line):
        formula_problem(text, start)


def test_an_unknown_surface_and_a_vector_of_another_size() -> None:
    with pytest.raises(ValueError, match=r"unknown surface 'rosenbrok'.*did you mean 'rosenbrock'"):
        surface("rosenbrok")
    with pytest.raises(ValueError, match=r"ravine has 2 parameter\(s\)"):
        surface("ravine").set([1.0])


def test_repr() -> None:
    assert repr(formula_problem("x**2", {"x": 1.0})) == "<x**2: a loss of 1 parameter>"
