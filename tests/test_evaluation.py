"""Models of Values, of Tensors and of a user's own are run on samples alike."""

from typing import Any

import numpy as np
import pytest

from micrograd_plus import Tensor, Value, losses, tanh
from micrograd_plus.evaluation import (
    batch_loss,
    classes,
    evaluate,
    one_hot,
    predict_classes,
    scores,
    share_right,
    target_numbers,
)
from micrograd_plus.metrics import accuracy
from micrograd_plus.nn import MLP, ArrayMLP, Linear, Module, Sequential

X = np.random.default_rng(0).normal(size=(6, 2))


class Slow(Module):
    """A network of Values that has no twin of arrays."""

    def __init__(self, inner: MLP) -> None:
        self.inner = inner

    def forward(self, x: list[float]) -> object:
        return self.inner(x)


@pytest.mark.parametrize("outputs", [1, 3])
def test_all_kinds_of_models_have_the_same_scores(outputs: int) -> None:
    model = MLP(2, [4, outputs], activation="tanh", rng=0)
    wanted = [[out.data for out in model(row)] if outputs > 1 else model(row).data for row in X]
    for kind in (model, model.to_numpy(), Slow(model)):
        np.testing.assert_allclose(scores(kind, X), wanted, rtol=0, atol=1e-14)


def test_scores_record_no_graph() -> None:
    seen: list[Value] = []

    class Seen(Slow):
        def forward(self, x: list[float]) -> object:
            seen.append(self.inner(x))
            return seen[-1]

    scores(Seen(MLP(2, [2, 1], rng=0)), X)
    assert len(seen) == len(X)
    assert all(value.is_leaf for value in seen)


def test_classes_are_signs_of_one_output_and_places_of_the_largest_of_several() -> None:
    np.testing.assert_array_equal(classes(np.array([-1.0, 2.0, 0.0])), [0, 1, 0])
    np.testing.assert_array_equal(classes(np.array([[1.0, 2.0, 0.0], [3.0, -1.0, 0.0]])), [1, 0])


def test_predicted_classes_follow_from_scores() -> None:
    two, three = MLP(2, [4, 1], rng=0), Sequential(Linear(2, 3, rng=0), tanh)
    np.testing.assert_array_equal(predict_classes(two, X), scores(two, X) > 0)
    np.testing.assert_array_equal(predict_classes(three, X), np.argmax(scores(three, X), axis=1))


@pytest.mark.parametrize("loss", [losses.hinge, losses.binary_cross_entropy_with_logits])
def test_losses_of_two_classes_take_0_and_1(loss: object) -> None:
    model = MLP(2, [4, 1], rng=0).to_numpy()
    y = np.array([0, 1, 1, 0, 1, 0])
    targets = 2 * y - 1 if loss is losses.hinge else y
    value, outputs = batch_loss(model, X, y, loss=loss)
    assert value.item() == loss(model(X).reshape(6), targets).item()
    np.testing.assert_array_equal(outputs, model(X).data[:, 0])
    with pytest.raises(ValueError, match=r"wants the classes 0 and 1, got \[-1  1\]"):
        batch_loss(model, X, 2 * y - 1, loss=loss)


def test_evaluation_gives_loss_and_accuracy() -> None:
    model = MLP(2, [4, 3], rng=0)
    y = predict_classes(model, X)
    y[0] = (y[0] + 1) % 3
    loss, right = evaluate(model, X, y, loss=losses.cross_entropy)
    assert loss == pytest.approx(losses.cross_entropy([model(row) for row in X], y).data, abs=1e-14)
    assert right == pytest.approx(5 / 6)


def test_a_loss_of_numbers_has_no_accuracy() -> None:
    model = MLP(2, [1], rng=0)
    assert evaluate(model, X, scores(model, X), loss=losses.mse) == (pytest.approx(0.0, abs=1e-28), None)


def as_values(numbers: np.ndarray) -> list[Any]:
    return [as_values(row) if np.ndim(row) else Value(row) for row in numbers]


@pytest.mark.parametrize("shape", [(40,), (40, 2), (40, 5)])
def test_the_share_right_as_a_node_is_the_accuracy(shape: tuple[int, ...]) -> None:
    rng = np.random.default_rng(0)
    outputs = rng.integers(-2, 3, shape).astype(float)  # with ties, of which the first counts
    y = rng.integers(0, 2 if len(shape) == 1 else shape[1], len(outputs))
    wanted = accuracy(classes(outputs), y)
    for targets in [np.eye(shape[1])[y]] if len(shape) == 2 else [y.astype(float), 2.0 * y - 1.0]:
        of_tensor = share_right(Tensor(outputs), Tensor(targets))
        of_values = share_right(as_values(outputs), as_values(targets))
        assert of_tensor.item() == pytest.approx(wanted, abs=1e-15)
        assert of_values.data == pytest.approx(wanted, abs=1e-15)


def test_no_gradient_depends_on_the_share_right() -> None:
    outputs = Tensor([[1.0, 2.0], [4.0, 3.0]])
    (share_right(outputs, np.eye(2)) + outputs.sum()).backward()
    assert outputs.grad.tolist() == [[1.0, 1.0], [1.0, 1.0]]


def test_targets_as_numbers_are_rows_only_for_several_outputs() -> None:
    y = np.array([1, 0, 1])
    assert target_numbers(y, losses.cross_entropy, 2).tolist() == [[0.0, 1.0], [1.0, 0.0], [0.0, 1.0]]
    assert target_numbers(y, losses.hinge).tolist() == [1.0, -1.0, 1.0]
    assert target_numbers(y, losses.mse).dtype == np.float64


def test_one_hot_rows_want_classes() -> None:
    assert one_hot(np.array([1, 0]), 3).tolist() == [[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]]
    with pytest.raises(ValueError, match="of 3 outputs wants classes 0 to 2"):
        one_hot(np.array([1, 3]), 3)


@pytest.mark.parametrize(("outputs", "loss"), [(1, losses.hinge), (3, losses.cross_entropy)])
def test_many_samples_are_run_in_blocks_and_give_the_same(
    outputs: int, loss: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = ArrayMLP(2, [4, outputs], rng=0)
    rng = np.random.default_rng(1)
    samples, y = rng.normal(size=(25, 2)), rng.integers(0, max(outputs, 2), 25)
    whole, measures = scores(model, samples), evaluate(model, samples, y, loss=loss)
    sizes = []

    class Watched(ArrayMLP):
        def forward(self, x: Any) -> Any:
            sizes.append(len(x))
            return super().forward(x)

    watched = Watched(2, [4, outputs], rng=0)
    monkeypatch.setattr("micrograd_plus.evaluation._MOST_ROWS", 10)
    np.testing.assert_allclose(scores(watched, samples), whole, rtol=0, atol=1e-15)
    assert sizes == [10, 10, 5]
    np.testing.assert_allclose(evaluate(watched, samples, y, loss=loss), measures, rtol=1e-14)
