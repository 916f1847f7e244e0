"""What goes on in layers: activations and gradients as computed by hand, dead units as built."""

import numpy as np
import pytest

from micrograd_plus import losses
from micrograd_plus.layer_statistics import LayerHistory, LayerStatistics, layer_statistics
from micrograd_plus.nn import MLP, ArrayMLP
from micrograd_plus.training_record import TrainingRecord

RNG = np.random.default_rng(0)
X = RNG.normal(size=(30, 2))
TARGETS = RNG.normal(size=30)


def mean_squared(outputs: object, targets: object) -> object:
    return losses.mse(outputs, targets)


def statistics_of(model: ArrayMLP | MLP) -> tuple[LayerStatistics, ...]:
    record = TrainingRecord(model, X, TARGETS, loss=mean_squared)
    return layer_statistics(record, record.frames[0])


@pytest.mark.parametrize(("activation", "function"), [("tanh", np.tanh), ("relu", lambda z: np.maximum(z, 0.0))])
def test_activations_are_what_each_layer_hands_on(activation: str, function: np.ufunc) -> None:
    model = ArrayMLP(2, [5, 4, 1], activation=activation, rng=0)
    first, second, last = ({"weight": linear.weight.data, "bias": linear.bias.data} for linear in model.linears)
    x1 = function(X @ first["weight"] + first["bias"])
    x2 = function(x1 @ second["weight"] + second["bias"])
    wanted = [x1, x2, x2 @ last["weight"] + last["bias"]]
    for layer, activations in zip(statistics_of(model), wanted, strict=True):
        np.testing.assert_allclose(layer.activations, activations, rtol=1e-12)


def test_gradients_are_slopes_of_the_mean_loss() -> None:
    model = ArrayMLP(2, [3, 1], activation="tanh", rng=0)

    def loss() -> float:
        return float(np.mean((model(X).data[:, 0] - TARGETS) ** 2))

    layers = statistics_of(model)
    h = 1e-6
    for linear, layer in zip(model.linears, layers, strict=True):
        for parameter, grad in ((linear.weight, layer.weight_grad), (linear.bias, layer.bias_grad)):
            start = parameter.data
            for place in np.ndindex(start.shape):
                step = np.zeros(start.shape)
                step[place] = h
                parameter.data = start + step
                above = loss()
                parameter.data = start - step
                assert (above - loss()) / (2 * h) == pytest.approx(grad[place], abs=1e-8)
            parameter.data = start
        assert layer.gradients.tolist() == [*layer.weight_grad.ravel(), *layer.bias_grad]


def test_a_network_of_values_has_the_statistics_of_its_twin() -> None:
    model = MLP(2, [4, 1], rng=0)
    for ours, twin in zip(statistics_of(model), statistics_of(model.to_numpy()), strict=True):
        np.testing.assert_array_equal(ours.activations, twin.activations)
        np.testing.assert_array_equal(ours.gradients, twin.gradients)


def test_a_unit_is_dead_that_is_zero_for_all_samples() -> None:
    model = ArrayMLP(2, [4, 1], rng=0)
    bias = model.linears[0].bias
    weights = np.abs(X @ model.linears[0].weight.data).max(axis=0)
    # One that never gives anything, one that does for its largest sample only, one that always does.
    bias.data = np.array([-weights[0] - 1.0, 0.0, weights[2] + 1.0, 0.0])
    largest = (X @ model.linears[0].weight.data)[:, 1].max()
    bias.data = bias.data - np.array([0.0, largest * 0.999, 0.0, 0.0])
    hidden, output = statistics_of(model)
    assert hidden.dead.tolist()[:3] == [True, False, False]
    assert (hidden.weight_grad[:, 0] == 0.0).all()
    assert not output.dead.any()


def test_a_history_holds_all_frames() -> None:
    model = ArrayMLP(2, [4, 1], rng=0)
    record = TrainingRecord(model, X, TARGETS, loss=mean_squared)
    model.linears[0].bias.data, model.linears[1].bias.data = np.full(4, -100.0), np.ones(1)
    record.add(1)
    layers = LayerHistory.of(record)
    assert layers.epochs == [0, 1]
    assert layers.update_ratios.shape == (2, 2)
    np.testing.assert_array_equal(layers.dead_fractions[1], [1.0, 0.0])
    assert layers.dead_fractions[0, 0] < 1.0
