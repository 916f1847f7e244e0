"""Initial weights: the standard deviations and bounds of their sources, which are also PyTorch's."""

import math

import numpy as np
import pytest

from micrograd_plus.nn import Linear
from micrograd_plus.nn.initial import (
    initial_std,
    initial_weights,
    kaiming_normal,
    kaiming_std,
    kaiming_uniform,
    normal,
    uniform,
    xavier_normal,
    xavier_std,
    xavier_uniform,
)
from micrograd_plus.ops import TABLE, Op

NIN, NOUT = 200, 300


def torch_weights(name: str, **settings: str) -> np.ndarray:
    torch = pytest.importorskip("torch")
    torch.manual_seed(0)
    return getattr(torch.nn.init, name)(torch.empty(NOUT, NIN, dtype=torch.float64), **settings).numpy()


OURS_AND_THEIRS = [
    (lambda: xavier_normal(NIN, NOUT, rng=0), "xavier_normal_", {}),
    (lambda: xavier_uniform(NIN, NOUT, rng=0), "xavier_uniform_", {}),
    (lambda: kaiming_normal(NIN, NOUT, rng=0), "kaiming_normal_", {"nonlinearity": "relu"}),
    (lambda: kaiming_uniform(NIN, NOUT, rng=0), "kaiming_uniform_", {"nonlinearity": "relu"}),
    (lambda: kaiming_normal(NIN, NOUT, "linear", rng=0), "kaiming_normal_", {"nonlinearity": "linear"}),
    (lambda: kaiming_uniform(NIN, NOUT, "leaky_relu", rng=0), "kaiming_uniform_", {"nonlinearity": "leaky_relu"}),
]


@pytest.mark.slow
@pytest.mark.parametrize(("draw", "name", "settings"), OURS_AND_THEIRS)
def test_weights_have_the_spread_and_the_bounds_of_pytorch(draw, name: str, settings: dict[str, str]) -> None:
    # PyTorch's leaky_relu has its slope as the argument `a`, which is 0 unless given.
    ours, theirs = draw(), torch_weights(name, **settings, **({"a": 0.01} if "leaky_relu" in settings.values() else {}))
    assert ours.shape == (NIN, NOUT)
    # Two variances of n draws: each varies by at most sqrt(2 / n) of itself.
    assert abs(ours.var() / theirs.var() - 1.0) < 4.0 * math.sqrt(4.0 / ours.size)
    if "uniform" in name:
        # The largest of n uniform draws lies within some bound / n of the bound.
        assert abs(ours).max() == pytest.approx(abs(theirs).max(), rel=20.0 / ours.size)


def test_standard_deviations_are_those_of_the_papers() -> None:
    assert xavier_std(30, 70) == math.sqrt(2.0 / 100.0)
    assert kaiming_std(50) == pytest.approx(math.sqrt(2.0 / 50.0), rel=1e-12)
    assert kaiming_std(50, "linear") == math.sqrt(1.0 / 50.0)


def test_uniform_weights_are_between_minus_and_plus_one_by_default() -> None:
    weights = uniform(NIN, NOUT, rng=0)
    assert 1.0 - 20.0 / weights.size < abs(weights).max() <= 1.0
    assert abs(weights.mean()) < 4.0 * weights.std() / math.sqrt(weights.size)


@pytest.mark.parametrize("draw", [normal, uniform])
def test_weights_are_drawn_unit_by_unit(draw) -> None:
    rng = np.random.default_rng(3)
    units = [draw(5, 1, rng=rng) for _ in range(4)]
    np.testing.assert_array_equal(draw(5, 4, rng=3), np.concatenate(units, axis=1))


@pytest.mark.parametrize("nonlinearity", ["linear", "relu", "leaky_relu", "gelu", "tanh", "sigmoid", "softplus"])
def test_the_defaults_of_layers_are_what_they_were(nonlinearity: str) -> None:
    variance = (2.0 if nonlinearity in ("relu", "leaky_relu", "gelu", "softplus") else 1.0) / 7
    wanted = np.random.default_rng(5).normal(0.0, math.sqrt(variance), (3, 7)).T
    np.testing.assert_array_equal(initial_weights(7, 3, nonlinearity, np.random.default_rng(5)), wanted)
    np.testing.assert_array_equal(Linear(7, 3, nonlinearity=nonlinearity, rng=5).weight.data, wanted)


def test_a_rectifier_is_told_by_its_row(monkeypatch: pytest.MonkeyPatch) -> None:
    ramp = Op(
        "ramp", lambda x: max(x, 0.05 * x), lambda x: np.maximum(x, 0.05 * x), [lambda out, x: 0.05 + 0.95 * (x > 0)]
    )
    monkeypatch.setitem(TABLE, "ramp", ramp)
    assert initial_std(8, "ramp") == initial_std(8, "relu")
    assert kaiming_std(8, "ramp") == pytest.approx(math.sqrt(2.0 / (1.0 + 0.05**2) / 8), rel=1e-9)
