"""Gains come from the rows: equal to closed forms and, where PyTorch derives them, to PyTorch's."""

import math

import numpy as np
import pytest

from micrograd_plus.nn.gain import gain, signal_activation, sizes_after, slope_at
from micrograd_plus.ops import TABLE, leaky_relu, relu, sin, tanh
from micrograd_plus.tensor import Tensor


@pytest.mark.slow
@pytest.mark.parametrize("name", ["linear", "relu", "leaky_relu"])
def test_gains_are_those_of_pytorch(name: str) -> None:
    torch = pytest.importorskip("torch")
    assert gain(name) == pytest.approx(torch.nn.init.calculate_gain(name), rel=1e-9)


@pytest.mark.parametrize("size", [0.3, 1.0, 2.5])
def test_mean_squares_have_their_closed_forms(size: float) -> None:
    # E[cos(2 s z)] = exp(-2 s^2); the mean square of what relu lets through is half of what comes.
    wave = math.exp(-2.0 * size**2)
    assert sizes_after(sin, size) == pytest.approx([math.sqrt((1 - wave) / 2), math.sqrt((1 + wave) / 2)], rel=1e-9)
    assert sizes_after(relu, size) == pytest.approx([size / math.sqrt(2), math.sqrt(0.5)], rel=1e-9)
    assert sizes_after(leaky_relu, size)[1] == pytest.approx(math.sqrt((1 + 0.01**2) / 2), rel=1e-9)


@pytest.mark.parametrize("name", ["gelu", "silu", "softplus", "sigmoid", "elu"])
def test_mean_squares_agree_with_drawn_numbers(name: str) -> None:
    x = np.random.default_rng(0).standard_normal(200_000)
    squares = TABLE[name](x) ** 2
    after, _ = sizes_after(TABLE[name], 1.0)
    assert abs(after**2 - squares.mean()) < 4.0 * squares.std() / math.sqrt(x.size)


def test_a_steep_step_is_not_lost() -> None:
    # E[(1 - tanh(s z)^2)^2] tends to the density at 0 times the integral of (1 - tanh(u)^2)^2, 4/3, by s.
    size = 40.0
    _, slope = sizes_after(tanh, size)
    assert slope**2 == pytest.approx(4.0 / 3.0 / math.sqrt(2.0 * math.pi) / size, rel=1e-3)


@pytest.mark.parametrize("name", ["relu", "leaky_relu", "elu", "gelu", "tanh", "sin", "sign", "abs"])
def test_slopes_are_those_of_the_engine(name: str) -> None:
    x = np.array([-3.0, -0.5, 0.25, 2.0])
    node = Tensor(x)
    TABLE[name](node).sum().backward()
    np.testing.assert_array_equal(slope_at(TABLE[name], x), np.zeros(4) if node.grad is None else node.grad)


def test_what_does_not_take_all_numbers_has_no_gain() -> None:
    with pytest.raises(ValueError, match=r"log is defined from 0 to inf: a layer gives it all numbers"):
        gain("log")
    with pytest.raises(ValueError, match=r"unknown activation 'rely': .* did you mean 'relu'"):
        signal_activation("rely")
