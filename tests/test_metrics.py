import numpy as np
import pytest

from micrograd_plus.metrics import accuracy


def test_accuracy_is_the_share_of_equal_classes() -> None:
    rng = np.random.default_rng(0)
    predicted, wanted = rng.integers(3, size=(2, 50))
    assert accuracy(predicted, wanted) == sum(a == b for a, b in zip(predicted, wanted, strict=True)) / 50


@pytest.mark.parametrize(("predicted", "wanted"), [([0, 1], [0]), ([[0], [1]], [0, 1]), ([], []), ([[0]], [[0]])])
def test_other_shapes_are_refused(predicted: list[int], wanted: list[int]) -> None:
    with pytest.raises(ValueError, match="two equal shapes"):
        accuracy(predicted, wanted)
