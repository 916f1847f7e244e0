"""A legend explains each sign that the picture uses and no other."""

import numpy as np
import pytest

from micrograd_plus import Tensor, Value
from micrograd_plus.viz.from_graph import picture_of
from micrograd_plus.viz.legend import swatches, words
from tests.viz_graphs import dead_relu, network, neuron


def stale() -> Value:
    x = Value(1.0, label="x")
    y = x.sin()
    y.backward()
    x.data = 2.0
    return y


def not_a_number() -> Value:
    x = Value(0.0, label="x")
    y = x.log() * x
    y.backward()
    return y


def array_with_nan() -> Tensor:
    x = Tensor(np.array([1.0, -2.0, np.nan]), label="x")
    y = (x * x).sum()
    y.backward()
    return y


SIGNS = {
    "ellipse": (neuron, {}),
    "octagon": (neuron, {}),
    "folded corner": (dead_relu, {}),
    "local derivative": (neuron, {}),
    "adds:": (dead_relu, {}),
    "gives:": (neuron, {"shares": True}),
    "how many are alike": (lambda: network(hidden=20, samples=2), {}),
    "dashed arrow": (neuron, {}),
    "dotted arrow": (dead_relu, {}),
    "grey end": (dead_relu, {}),
    "dashed outline": (network, {}),
    "stale": (stale, {}),
    "black:": (not_a_number, {}),
    "- in a map": (array_with_nan, {}),
    "x in a map": (array_with_nan, {}),
    "...:": (neuron, {"depth": 1}),
}


@pytest.mark.parametrize("sign", SIGNS)
def test_each_sign_in_use_is_explained(sign: str) -> None:
    make, options = SIGNS[sign]
    assert sign in words(picture_of(make(), **options))


def test_signs_that_are_not_in_use_are_not_explained() -> None:
    x = Value(1.0, label="x")
    y = x.sin()
    y.backward()
    assert words(picture_of(y)).split("  |  ") == [
        "ellipse: input",
        "bold outline: root",
        "× on an arrow: local derivative",
    ]


def test_the_scale_is_shown_once_there_are_gradients() -> None:
    assert swatches(picture_of(network())) == []
    picture = picture_of(neuron())
    assert [fill for fill, _ in swatches(picture)] == [picture.scale.fill(tick) for tick in picture.scale.ticks()]
