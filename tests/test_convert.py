"""The same weights in a network of Values and in one of arrays give the same outputs and gradients."""

import numpy as np
import pytest

from micrograd_plus import losses
from micrograd_plus.nn import MLP, ArrayMLP

CASES = {
    "mse": (losses.mse, 1, [0.5, -1.0, 2.0, 0.0]),
    "hinge": (losses.hinge, 1, [1.0, -1.0, 1.0, -1.0]),
    "bce": (losses.binary_cross_entropy_with_logits, 1, [1.0, 0.0, 0.0, 1.0]),
    "cross entropy": (losses.cross_entropy, 3, [0, 2, 1, 2]),
}


@pytest.mark.parametrize("activation", ["relu", "tanh", "gelu"])
@pytest.mark.parametrize("case", CASES)
def test_gradients_of_twins_are_equal(case: str, activation: str) -> None:
    loss, outputs, targets = CASES[case]
    scalar = MLP(2, [8, 5, outputs], activation=activation, rng=1)
    for p in scalar.parameters():
        p.data += 0.1  # so that no bias is zero
    array = scalar.to_numpy()
    X = np.random.default_rng(0).normal(size=(4, 2))
    of_numbers = loss([scalar(row) for row in X.tolist()], targets)
    scores = array(X)
    of_arrays = loss(scores.reshape(4) if outputs == 1 else scores, targets)
    assert abs(of_numbers.data - of_arrays.item()) < 1e-12
    of_numbers.backward()
    of_arrays.backward()
    for layer, linear in zip(scalar.layers, array.linears, strict=True):
        weights = np.transpose([[w.grad for w in neuron.w] for neuron in layer.neurons])
        np.testing.assert_allclose(linear.weight.grad, weights, rtol=0, atol=1e-12)
        np.testing.assert_allclose(linear.bias.grad, [neuron.b.grad for neuron in layer.neurons], rtol=0, atol=1e-12)
        assert np.abs(weights).max() > 1e-6


def test_there_and_back_gives_the_same_network() -> None:
    scalar = MLP(3, [4, 2], activation="silu", rng=5)
    twin = scalar.to_numpy().to_scalar()
    assert repr(twin) == repr(scalar)
    assert [p.data for p in twin.parameters()] == [p.data for p in scalar.parameters()]
    assert {type(p.data) for p in twin.parameters()} == {float}


def test_back_and_there_gives_the_same_network() -> None:
    array = ArrayMLP(3, [4, 2], activation="silu", rng=5)
    twin = array.to_scalar().to_numpy()
    assert repr(twin) == repr(array)
    for name, data in array.state_dict().items():
        np.testing.assert_array_equal(twin.state_dict()[name], data)


def test_twins_share_no_memory() -> None:
    scalar = MLP(2, [1], rng=0)
    before = [p.data for p in scalar.parameters()]
    array = scalar.to_numpy()
    array.linears[0].weight.data[...] = 9.0
    assert [p.data for p in scalar.parameters()] == before
