"""What is wrong with how nodes and optimizers are used is said in one clear line, and nothing has moved."""

from __future__ import annotations

import copy
import math
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from micrograd_plus import Debugger, Tensor, Value, explain, gradient, losses
from micrograd_plus.compiler.compilation import compile
from micrograd_plus.evaluation import evaluate
from micrograd_plus.nn import MLP, ArrayMLP, Module, parameter
from micrograd_plus.optim import SGD, Adam
from micrograd_plus.session import Session
from micrograd_plus.train import DivergedError, fit
from micrograd_plus.viz.drawing import draw

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
    for grad in (own, [3, 4], (3.0, 4.0), np.array([3, 4]), np.array([3.0, 4.0]), Tensor([3.0, 4.0])):
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
    refused(lambda: Value(1.0) * Tensor(1.0), TypeError, "does not mix with Tensor")
    refused(lambda: Tensor(1.0) * Value(1.0), TypeError, "does not mix with Value")
    refused(lambda: ArrayMLP(2, [1], rng=0)([Value(1.0), Value(2.0)]), TypeError, "Value|nodes")


@on_both_kinds
def test_data_of_a_computed_node_set_by_hand(kind: Any) -> None:
    x = kind(3.0, label="x")
    inner = x.tanh()
    inner.label = "inner"
    y = inner * 2.0
    inner.data = 0.5
    refused(y.backward, RuntimeError, "the data of 'inner' changed after")
    y.refresh()
    assert float(y) == 1.0
    # The slope of tanh would be taken at another value than that of x.
    refused(y.backward, RuntimeError, "the data of 'inner' was set, though 'tanh' had computed it: set that of leaves")
    refused(lambda: gradient(y, [x]), RuntimeError, "was set, though")
    refused(lambda: Debugger(copy.deepcopy(y)), RuntimeError, "was set, though")
    assert not x.has_grad
    x.data = 1.0
    y.refresh().backward()
    assert float(x.grad) == pytest.approx(2.0 * (1.0 - np.tanh(1.0) ** 2))


@on_both_kinds
def test_the_gradient_of_a_computed_node_set_by_hand(kind: Any) -> None:
    x = kind(3.0)
    inner = x * x
    y = inner * 2.0
    inner.grad = 100.0 if kind is Value else np.array(100.0)
    y.grad = 100.0 if kind is Value else np.array(100.0)
    y.backward()
    assert (float(inner.grad), float(x.grad)) == (2.0, 12.0)  # each pass sets them afresh


@on_both_kinds
def test_no_graph_is_freed_by_its_backward_pass(kind: Any) -> None:
    x = kind(3.0)
    y = x * x
    for k in (1.0, 2.0, 3.0):
        y.backward()
        assert float(x.grad) == 6.0 * k
    [slope] = gradient(y, [x])
    slope.backward()
    assert float(x.grad) == 18.0 + 2.0


def test_links_and_rules_set_by_hand() -> None:
    x = Value(3.0)
    y = x * x
    refused(lambda: setattr(y, "_prev", ()), AttributeError, "_prev")
    refused(lambda: setattr(y, "_op", "+"), AttributeError, "_op")
    for rule in (None, 3.0, "x"):
        refused(lambda rule=rule: setattr(y, "_backward", rule), TypeError, "wanted a function of no arguments")
    y.backward()
    assert x.grad == 6.0


@on_both_kinds
def test_nodes_of_another_graph(kind: Any) -> None:
    x, z = kind(3.0, label="x"), kind(4.0, label="z")
    y, foreign = x * x, z * z
    session = Session(y)
    debugger = session.debugger
    at = debugger.at
    acts = (
        lambda: debugger.node(foreign),
        lambda: debugger.until(foreign),
        lambda: debugger.last_arrival(foreign),
        lambda: session.set(z, 1.0),
        lambda: session.unset(foreign),
        lambda: session.pin([foreign]),
        lambda: explain(y, z),
        lambda: draw(y, focus=foreign),
        lambda: Session(y, optimizer=SGD([z], lr=0.1)),
        lambda: compile(y, optimizer=SGD([z], lr=0.1)),
    )
    for act in acts:
        refused(act, ValueError, "not in this graph|not part of this graph|none of the optimizer's parameters")
    assert (float(x), float(z), debugger.at, session.pinned) == (3.0, 4.0, at, frozenset())


@on_both_kinds
def test_parameters_that_were_computed_or_come_twice(kind: Any) -> None:
    x = kind(3.0)
    refused(lambda: SGD([x * 0.1], lr=0.1), ValueError, "a parameter was computed from others")
    refused(lambda: SGD([x, x], lr=0.1), ValueError, "twice")
    refused(lambda: SGD([{"params": [x]}, {"params": [x]}], lr=0.1), ValueError, "in two groups")
    SGD([(x * 0.1).detach()], lr=0.1)


@on_both_kinds
@pytest.mark.parametrize("ways", [("program", "program"), ("program", "eager"), ("eager", "program")])
def test_two_optimizers_of_the_same_parameters_each_keep_their_state(kind: Any, ways: tuple[str, str]) -> None:
    def trained(ways: tuple[str, str]) -> Any:
        params = [kind(1.0), kind(2.0)]
        losses = [lambda: params[0] * params[0] + params[1], lambda: params[0] * params[1]]
        optimizers = [Adam(params, lr=0.1), SGD(params, lr=0.1, momentum=0.9)]
        programs = [compile(loss, optimizer=each) for loss, each in zip(losses, optimizers, strict=True)]
        for _ in range(3):
            for way, loss, optimizer, program in zip(ways, losses, optimizers, programs, strict=True):
                if way == "program":
                    program.step()
                    continue
                optimizer.zero_grad()
                loss().backward()
                optimizer.step()
        return [float(p.data) for p in params], [each.state() for each in optimizers]

    data, states = trained(ways)
    assert data == trained(("eager", "eager"))[0]
    assert states == trained(("eager", "eager"))[1]


def test_truth() -> None:
    for number in (0.0, -0.0, 1.0, -3.0, np.inf, np.nan):
        assert bool(Value(number)) is bool(Tensor(number)) is bool(number)
    for array in ([1.0, 2.0], [[0.0, 0.0]]):
        refused(lambda array=array: bool(Tensor(array)), ValueError, "ambiguous")


def mean_square(outputs: Any, targets: Any) -> Any:
    return losses.mse(outputs, targets)


@pytest.mark.parametrize(("network", "backend"), [(MLP, "eager"), (ArrayMLP, "eager"), (ArrayMLP, "compiled")])
@pytest.mark.parametrize("lr", [3.0, 1e200])
def test_a_loss_that_becomes_nan_ends_the_training_with_the_best_weights(network: Any, backend: str, lr: float) -> None:
    """Those of the best epoch; those before training where the loss of these is not finite either."""
    X, y = np.array([[1.0, -1.0], [0.5, 2.0]]), np.array([1.0, -1.0])
    model = network(2, [2, 1], rng=1)
    weights = [model.state_dict()]
    arguments: dict[str, Any] = {"loss": mean_square, "optimizer": SGD(model.parameters(), lr=lr), "backend": backend}

    def watch(epoch: Any) -> None:
        weights.append(model.state_dict())

    message = rf"the loss became (nan|inf) in epoch .*: try a learning rate below {re.escape(f'{lr:g}')}"
    with pytest.raises(DivergedError, match=message) as raised:
        fit(model, X, y, epochs=200, batch_size=2, rng=0, on_epoch=watch, **arguments)
    best = raised.value.history.best
    assert bool(best) == (lr == 3.0)
    for name, array in model.state_dict().items():
        np.testing.assert_array_equal(array, weights[best.number if best else 0][name])
    assert math.isfinite(evaluate(model, X, y, loss=mean_square)[0])


def test_a_weight_that_becomes_nan_ends_the_training_although_no_loss_shows_it() -> None:
    class Shifted(Module):
        def __init__(self) -> None:
            self.w = parameter([0.0, 0.0])

        def forward(self, x: Any) -> Any:
            return x + (self.w * self.w).sum().sqrt()  # whose slope at 0 is inf * 0

    model = Shifted()
    arguments: dict[str, Any] = {"loss": mean_square, "optimizer": SGD(model.parameters(), lr=0.1)}
    with pytest.raises(
        DivergedError, match=r"the largest weight became nan in epoch 1: try a learning rate below 0\.1"
    ):
        fit(model, [[1.0]], [2.0], epochs=1, batch_size=1, rng=0, **arguments)
    assert model.w.data.tolist() == [0.0, 0.0]
