"""What training makes small: weights of classes, penalties and dropout are those of their formulas."""

from typing import Any

import numpy as np
import pytest

from micrograd_plus import Tensor, data, losses
from micrograd_plus.nn import MLP, ArrayMLP, Linear, Module
from micrograd_plus.nn.dropout import dropout_mask
from micrograd_plus.objective import Objective, balanced_class_weights, scaled_class_weights

X, Y = data.moons(30, rng=0)


def test_a_weight_for_each_sample_is_that_of_its_class() -> None:
    objective = Objective(losses.cross_entropy, class_weights=(1.0, 0.0, 5.0))
    weights = objective.weights_of([2, 0, 1, 2])
    assert weights is not None
    assert weights.tolist() == [5.0, 1.0, 0.0, 5.0]
    assert Objective(losses.cross_entropy).weights_of([2, 0]) is None


def test_scaled_weights_have_the_mean_one_over_the_samples() -> None:
    y = np.array([0] * 7 + [1] * 3)
    weights = np.array(scaled_class_weights([2.0, 9.0], y))
    assert weights[y].mean() == pytest.approx(1.0, abs=1e-15)
    assert weights[1] / weights[0] == pytest.approx(4.5)


@pytest.mark.parametrize("unit", [5e-324, 1e-200, 1e200, 1.7e308])
def test_weights_of_any_size_are_scaled(unit: float) -> None:
    assert scaled_class_weights([unit, 0.0, unit], [0, 1, 2] * 50) == pytest.approx((1.5, 0.0, 1.5), rel=1e-15)


def test_balanced_weights_are_those_of_scikit_learn() -> None:
    utils = pytest.importorskip("sklearn.utils.class_weight")
    y = np.random.default_rng(0).integers(0, 4, 50)
    wanted = utils.compute_class_weight("balanced", classes=np.arange(4), y=y)
    np.testing.assert_allclose(balanced_class_weights(y, 4), wanted, rtol=1e-15)
    assert balanced_class_weights([0, 0, 2], 3)[1] == 0.0


@pytest.mark.slow
def test_weighted_losses_are_those_of_pytorch() -> None:
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(0)
    outputs, classes, weights = rng.normal(size=(9, 3)), rng.integers(0, 3, 9), rng.uniform(0.1, 2.0, 9)
    each = torch.nn.functional.cross_entropy(torch.tensor(outputs), torch.tensor(classes), reduction="none")
    ours = losses.cross_entropy(Tensor(outputs), classes, sample_weight=weights)
    assert ours.item() == pytest.approx(float((each * torch.tensor(weights)).mean()), abs=1e-14)
    scores, zeros_and_ones = outputs[:, 0], classes % 2
    wanted = torch.nn.functional.binary_cross_entropy_with_logits(
        torch.tensor(scores), torch.tensor(zeros_and_ones, dtype=torch.float64), weight=torch.tensor(weights)
    )
    ours = losses.binary_cross_entropy_with_logits(Tensor(scores), zeros_and_ones, sample_weight=weights)
    assert ours.item() == pytest.approx(float(wanted), abs=1e-14)


@pytest.mark.parametrize("kind", [MLP, ArrayMLP])
def test_penalties_are_sums_over_the_weights_without_the_biases(kind: Any) -> None:
    model = kind(2, [3, 1], rng=0)
    for name, parameter in model.named_parameters():
        if name.endswith(("b", "bias")):
            parameter.data = parameter.data + 100.0
    arrays = model.to_numpy() if kind is MLP else model
    weights = np.concatenate([linear.weight.data.ravel() for linear in arrays.linears])
    penalty = Objective(losses.hinge, l1=0.3, l2=0.7).penalty(model)
    assert float(penalty) == pytest.approx(0.3 * np.abs(weights).sum() + 0.7 * (weights**2).sum(), rel=1e-14)
    assert Objective(losses.hinge).penalty(model) is None


def test_a_mask_drops_its_share_and_keeps_the_mean() -> None:
    mask = dropout_mask((400, 50), 0.3, np.random.default_rng(0))
    assert mask.shape == (400, 50)
    assert set(np.unique(mask)) == {0.0, 1.0 / 0.7}
    assert np.mean(mask == 0.0) == pytest.approx(0.3, abs=4 * np.sqrt(0.3 * 0.7 / mask.size))


def test_a_masked_unit_gives_nothing_and_gets_no_gradient() -> None:
    model = ArrayMLP(2, [4, 1], activation="tanh", rng=0)
    mask = np.array([[0.0, 2.0, 2.0, 0.0]])
    model(X[:1], [mask]).sum().backward()
    first, last = model.linears
    assert (last.weight.grad[[0, 3]] == 0.0).all()
    assert (last.weight.grad[[1, 2]] != 0.0).all()
    assert (first.weight.grad[:, [0, 3]] == 0.0).all()


def test_without_dropout_nothing_is_drawn() -> None:
    rng = np.random.default_rng(0)
    assert Objective(losses.hinge).masks(ArrayMLP(2, [4, 1], rng=0), 10, rng) == []
    assert rng.random() == np.random.default_rng(0).random()


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"l1": -1.0}, ValueError, "l1 is a finite number of at least 0, not -1.0"),
        ({"l2": float("nan")}, ValueError, "l2 is a finite number"),
        ({"dropout": 1.0}, ValueError, "dropout is a number from 0 to below 1, not 1.0"),
        ({"dropout": "half"}, TypeError, "dropout is a number, not str"),
        ({"class_weights": (1.0, -2.0)}, ValueError, "a class weight is a finite number of at least 0, not -2.0"),
        ({"loss": losses.mse, "class_weights": (1.0,)}, ValueError, "class_weights are for losses of classes"),
    ],
)
def test_what_cannot_be_is_refused(options: dict[str, Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        Objective(**({"loss": losses.hinge} | options))


def test_a_class_without_a_weight_and_a_model_without_hidden_units_are_refused() -> None:
    with pytest.raises(ValueError, match="wanted a weight for class 2 too, got 2 class weights"):
        Objective(losses.cross_entropy, class_weights=(1.0, 1.0)).weights_of([0, 2])
    with pytest.raises(ValueError, match="leave some sample a weight above 0"):
        scaled_class_weights([0.0, 0.0], [0, 1])
    with pytest.raises(ValueError, match="wanted a weight for class 1 too, got 1 class weights"):
        scaled_class_weights([1.0], [0, 1])
    with pytest.raises(ValueError, match="for classes as integers, got an array of float64"):
        scaled_class_weights([1.0, 2.0], [0.5, 1.0])

    class Line(Module):
        def __init__(self) -> None:
            self.linear = Linear(2, 1, rng=0)

    with pytest.raises(TypeError, match="dropout is for an MLP or an ArrayMLP, got Line"):
        Objective(losses.hinge, dropout=0.5).masks(Line(), 3, np.random.default_rng(0))
