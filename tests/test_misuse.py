"""What is wrong with how nodes and optimizers are used is said in one clear line, and nothing has moved."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from micrograd_plus import Tensor, Value, losses
from micrograd_plus.nn import MLP, ArrayMLP
from micrograd_plus.optim import SGD, Adam
from micrograd_plus.train import fit

on_both_kinds = pytest.mark.parametrize("kind", [Value, Tensor])


def refused(act: Callable[[], Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message) as caught:
        act()
    assert len(str(caught.value).splitlines()) == 1


@on_both_kinds
def test_data_changed_between_forward_and_backward(kind: Any) -> None:
    x = kind(3.0, label="x")
    loss = x * x
    x.data = 5.0
    refused(loss.backward, RuntimeError, "the data of 'x' changed after")
    assert not x.has_grad
    loss.refresh().backward()
    assert float(x.grad) == 10.0


@on_both_kinds
def test_a_step_between_forward_and_backward(kind: Any) -> None:
    x = kind(3.0)
    first, second = x * x, x * 2.0
    first.backward()
    SGD([x], lr=0.1).step()
    refused(second.backward, RuntimeError, "changed after")
    refused(first.backward, RuntimeError, "changed after")


@pytest.mark.parametrize(
    "grad", [np.ones(3), np.ones((2, 1)), np.ones((1, 2, 3)), 0.0, 1.0, np.float64(1.0), [[1.0], [2.0]], Tensor(1.0)]
)
def test_a_gradient_of_another_shape(grad: Any) -> None:
    x = Tensor(np.ones((2, 3)))
    (x * x).sum().backward()
    before = x.grad
    shape = str(np.shape(grad)).replace("(", r"\(").replace(")", r"\)")
    refused(lambda: setattr(x, "grad", grad), ValueError, rf"wanted a gradient of shape \(2, 3\), got {shape}")
    assert x.grad is before


@pytest.mark.parametrize("grad", ["x", np.ones(2, complex), np.array([None, None]), {}, [Value(1.0), Value(2.0)]])
def test_a_gradient_that_is_no_array_of_numbers(grad: Any) -> None:
    x = Tensor([1.0, 2.0])
    refused(lambda: setattr(x, "grad", grad), TypeError, "wanted an array of real numbers, got")
    assert not x.has_grad


def test_gradients_that_fit_are_taken_in_the_type_of_the_data() -> None:
    x = Tensor([1.0, 2.0], dtype=np.float32)
    own = np.array([3.0, 4.0], dtype=np.float32)
    x.grad = own
    assert x.grad is own
    for grad in ([3, 4], (3.0, 4.0), np.array([3, 4]), np.array([3.0, 4.0]), Tensor([3.0, 4.0])):
        x.grad = grad
        assert x.grad.dtype == np.float32
        np.testing.assert_array_equal(x.grad, own)
    x.grad = None
    assert not x.has_grad


@pytest.mark.parametrize("grad", [None, "x", 1j, Value(1.0), [1.0]])
def test_a_gradient_of_a_value_that_is_no_number(grad: Any) -> None:
    x, y = Value(2.0), Value(3.0)
    optimizer = Adam([y, x], lr=0.1)
    (x * y).backward()
    x.grad = grad
    refused(optimizer.step, TypeError, "wanted a number as a gradient, got")
    assert (x.data, y.data) == (2.0, 3.0)
    assert optimizer.state() == [[0.0] * 4] * 2
    if not isinstance(grad, Value | complex):  # those can be added to
        refused((x * y).backward, TypeError, "wanted a number as a gradient, got")


@on_both_kinds
def test_states_of_other_shapes(kind: Any) -> None:
    x = kind(1.0)
    optimizer = Adam([x], lr=0.1)
    before = optimizer.state()
    refused(
        lambda: optimizer.set_state([[np.ones(3)] * 4]), ValueError, r"exp_avg: wanted a number or an array .* \(3,\)"
    )
    refused(lambda: optimizer.set_state([[0.0] * 3]), ValueError, "wanted 4 number")
    refused(lambda: optimizer.set_state([]), ValueError, "for each of 1 parameters")
    assert optimizer.state() == before


def test_nodes_of_the_other_kind() -> None:
    refused(lambda: Value(1.0) * Tensor(1.0), TypeError, "does not mix with Tensor")  # type: ignore[operator]
    refused(lambda: Tensor(1.0) * Value(1.0), TypeError, "does not mix with Value")
    refused(lambda: ArrayMLP(2, [1], rng=0)([Value(1.0), Value(2.0)]), TypeError, "Value|nodes")


def test_truth() -> None:
    for number in (0.0, -0.0, 1.0, -3.0, np.inf, np.nan):
        assert bool(Value(number)) is bool(Tensor(number)) is bool(number)
    for array in ([1.0, 2.0], [[0.0, 0.0]]):
        refused(lambda array=array: bool(Tensor(array)), ValueError, "ambiguous")


@pytest.mark.parametrize(("network", "backend"), [(MLP, "eager"), (ArrayMLP, "eager"), (ArrayMLP, "compiled")])
def test_a_loss_that_becomes_nan_ends_the_training_with_the_last_good_weights(network: Any, backend: str) -> None:
    X, y = np.array([[1.0, -1.0], [0.5, 2.0]]), np.array([1.0, -1.0])
    model = network(2, [2, 1], rng=1)
    weights: list[Any] = []

    def mean_square(outputs: Any, targets: Any) -> Any:
        return losses.mse(outputs, targets)

    optimizer = SGD(model.parameters(), lr=1e6)
    arguments: dict[str, Any] = {"loss": mean_square, "optimizer": optimizer, "backend": backend}

    def watch(epoch: Any) -> None:
        weights.append(model.state_dict())

    def train() -> None:
        fit(model, X, y, epochs=200, batch_size=2, rng=0, on_epoch=watch, **arguments)

    refused(train, FloatingPointError, "the loss became (nan|inf) in epoch .*: try a learning rate below 1e")
    for name, array in model.state_dict().items():
        assert np.isfinite(array).all()
        np.testing.assert_array_equal(array, weights[-1][name])
