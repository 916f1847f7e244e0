"""A user's program, of which type checkers know what everything is: checked and run by tests/test_installed.py.

What is asserted here is what the checkers infer; that it is so when the program runs, `is_a` asserts too.
"""

from typing import Any, assert_type

import numpy as np
from numpy.typing import NDArray

import micrograd_plus
from micrograd_plus import (
    Debugger,
    Tensor,
    Value,
    check_gradients,
    compile,
    concatenate,
    data,
    detect_anomaly,
    diagnose,
    einsum,
    explain,
    grad,
    gradient,
    hessian,
    losses,
    matmul,
    maximum,
    nn,
    no_grad,
    optim,
    randn,
    relu,
    scope,
    softmax,
    split,
    tanh,
    train,
    value_and_grad,
    viz,
    where,
    zeros,
)
from micrograd_plus.diagnosis import Diagnosis
from micrograd_plus.gradient_sum import GradientSum
from micrograd_plus.notation import text
from micrograd_plus.schedules import CosineAnnealingLR
from micrograd_plus.training_history import History
from micrograd_plus.viz.page import Page


def is_a(kind: type, *found: object) -> None:
    """Require that each is of a kind."""
    for one in found:
        assert isinstance(one, kind), (kind, one)


def scalars() -> None:
    """Use Values, the functions of the table, gradients of gradients."""
    x, w = Value(2.0, label="x"), Value(-3)
    y = assert_type((x * w + 1) ** 2 / 3 - np.float64(0.5), Value)
    y.backward()
    is_a(Value, y, assert_type(2 * x, Value), assert_type(-x, Value), assert_type(abs(x), Value))
    is_a(Value, assert_type(x.tanh(), Value), assert_type(tanh(x), Value), assert_type(relu(w), Value))
    is_a(Value, assert_type(maximum(x, 0), Value), assert_type(where(x > 0, x, w), Value))
    is_a(float, assert_type(x.data, float), assert_type(x.grad, float), assert_type(tanh(1.0), float))
    is_a(np.ndarray, assert_type(tanh(np.zeros(3)), NDArray[np.floating[Any]]))
    is_a(bool, assert_type(x > w, bool))
    [slope] = gradient(y, [x])
    is_a(Value, assert_type(slope, Value))
    is_a(str, assert_type(text(slope), str), assert_type(x.label, str))
    x.data -= 0.1 * x.grad


def arrays() -> None:
    """Use Tensors, their methods, the functions of arrays, functions that derive functions."""
    t = Tensor([[1.0, 2.0]], label="t")
    is_a(Tensor, assert_type(t @ t.T, Tensor), assert_type(t * 2 + 1, Tensor), assert_type(t.sum(axis=0), Tensor))
    is_a(Tensor, assert_type(t[0], Tensor), assert_type(t.reshape(2, 1), Tensor), assert_type(t.tanh(), Tensor))
    is_a(
        Tensor,
        assert_type(tanh(t), Tensor),
        assert_type(softmax(t, axis=1), Tensor),
        assert_type(matmul(t, t.T), Tensor),
    )
    is_a(Tensor, assert_type(concatenate([t, t], axis=1), Tensor), assert_type(einsum("ij->ji", t), Tensor))
    is_a(
        Tensor,
        assert_type(zeros(3, 4), Tensor),
        assert_type(randn(3, rng=0), Tensor),
        *assert_type(split(t, 1), list[Tensor]),
    )
    loss = assert_type((t**2).mean(), Tensor)
    loss.backward()
    is_a(np.ndarray, assert_type(t.data, NDArray[Any]), assert_type(t.grad, NDArray[Any] | None))
    is_a(float, assert_type(loss.item(), float))
    is_a(tuple, assert_type(t.shape, tuple[int, ...]))

    def f(x: Any) -> Any:
        return np.sum(np.sin(x) * x)

    is_a(np.ndarray, grad(f)(np.ones(2)), hessian(f)(np.ones(2)))
    is_a(tuple, value_and_grad(f)(np.ones(2)))
    check_gradients(f, np.ones(2))


class Scaled(nn.Module):
    """A module of the user's own."""

    def __init__(self) -> None:
        self.scale = nn.parameter(np.ones(2))
        self.shift = nn.parameter(0.5)

    def forward(self, x: Tensor) -> Tensor:
        """Scale each column."""
        return x * self.scale


def training() -> None:
    """Train networks: by hand, compiled, with `fit`."""
    module = Scaled()
    is_a(Tensor, assert_type(module.scale, Tensor), module(Tensor([[1.0, 2.0]])))
    is_a(Value, assert_type(module.shift, Value))

    net = nn.Sequential(nn.Linear(2, 8, rng=0), nn.ReLU(), nn.Linear(8, 2, rng=1))
    adam = optim.Adam(net.parameters(), lr=3e-3)
    schedule = CosineAnnealingLR(adam, 10)
    moons = data.load("moons", rng=0)
    is_a(np.ndarray, assert_type(moons.X, NDArray[np.float64]))
    for X, y in data.batches(moons.X, moons.y, 50, rng=0):
        loss = losses.cross_entropy(net(X), y)
        net.zero_grad()
        loss.backward()
        adam.step()
    schedule.step()
    with no_grad(), scope("looked at"), detect_anomaly():
        net(moons.X)

    model = nn.MLP(2, [4, 1], rng=0)
    sgd = optim.SGD(model.parameters(), lr=0.05)

    def output_of(x: list[Value]) -> Value:
        output: Value = model(x)
        return output

    def loss_of(x: list[Value], y: Value) -> Value:
        return assert_type(relu(1 - y * output_of(x)), Value)

    program = compile(loss_of, [0.5, -1.0], 1.0, batch=True, optimizer=sgd)
    is_a(float, assert_type(program.step([[0.5, -1.0]], [1.0]), float))
    is_a(float, assert_type(program.verify([[0.5, -1.0]], [1.0]).largest, float))
    is_a(str, assert_type(program.source, str), assert_type(program.report(), str))
    is_a(nn.ArrayMLP, assert_type(model.to_numpy(), nn.ArrayMLP))
    how: dict[str, Any] = {"epochs": 1, "batch_size": 50, "rng": 0}
    history = train.fit(net, moons.X, moons.y, loss=losses.cross_entropy, optimizer=adam, **how)
    is_a(History, assert_type(history, History))


def looking() -> None:
    """Draw, play, step and ask."""
    x = Value(2.0, label="x")
    y = (x * 3).tanh()
    y.backward()
    is_a(viz.Drawing, assert_type(viz.draw(y), viz.Drawing))
    is_a(Page, assert_type(viz.player(y), Page))
    is_a(str, assert_type(viz.text(y), str))
    debugger = Debugger(y)
    event = debugger.step()
    is_a(object, event.node if event else None)
    debugger.back()
    is_a(GradientSum, assert_type(explain(y, x), GradientSum))
    is_a(Diagnosis, assert_type(diagnose(y), Diagnosis))
    is_a(str, assert_type(micrograd_plus.__version__, str))


if __name__ == "__main__":
    scalars()
    arrays()
    training()
    looking()
