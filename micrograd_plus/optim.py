"""Optimizers: how parameters move along their gradients. Names and rules are PyTorch's.

An update rule is a formula, written once; it runs on floats, on arrays and on graph nodes. What is optimized is known
only by its `data`, `grad`, `has_grad` and `zero_grad()`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol, runtime_checkable

import numpy as np

from micrograd_plus.arguments import number_at_least


@runtime_checkable
class Parameter(Protocol):
    """What an optimizer needs of a parameter: a Value and a Tensor have it."""

    data: Any
    grad: Any

    @property
    def has_grad(self) -> bool:
        """Whether a gradient has been computed."""

    def zero_grad(self) -> None:
        """Forget the gradient."""


# --- the rules: data, gradient and state go in, new data and state come out -------------------------------------------


def sgd_rule(
    data: Any, grad: Any, velocity: Any, *, lr: Any, momentum: float, nesterov: bool, weight_decay: float
) -> tuple[Any, ...]:
    """Return new data and velocity of stochastic gradient descent; the velocity begins at 0.

    Momentum as in Sutskever et al., "On the importance of initialization and momentum in deep learning" (2013), with
    the learning rate outside the velocity, as in PyTorch.
    """
    if weight_decay:
        grad = grad + weight_decay * data
    if momentum:
        velocity = momentum * velocity + grad
        grad = grad + momentum * velocity if nesterov else velocity
    return data - lr * grad, velocity


def adam_rule(
    data: Any,
    grad: Any,
    mean: Any,
    square: Any,
    steps: Any,
    *,
    lr: Any,
    betas: tuple[float, float],
    eps: float,
    weight_decay: float,
) -> tuple[Any, ...]:
    """Return new data, running means of the gradient and of its square, and number of steps; all three begin at 0.

    Kingma and Ba, "Adam: A Method for Stochastic Optimization" (2015), algorithm 1; weight decay joins the gradient.
    """
    if weight_decay:
        grad = grad + weight_decay * data
    beta1, beta2 = betas
    steps = steps + 1
    mean = beta1 * mean + (1.0 - beta1) * grad
    square = beta2 * square + (1.0 - beta2) * grad * grad
    size = lr / (1.0 - beta1**steps)
    scale = (square / (1.0 - beta2**steps)) ** 0.5 + eps
    return data - size * mean / scale, mean, square, steps


# --- optimizers -------------------------------------------------------------------------------------------------------


class Optimizer:
    """Applies its rule to parameters. `lr` may be set between steps. Abstract: see `SGD` and `Adam`.

    Raises `TypeError` or `ValueError` for parameters that are none, that come twice, or of which there is not one.
    """

    rule: Callable[..., tuple[Any, ...]]
    state_size: int

    def __init__(self, params: Iterable[Any], lr: float) -> None:
        self.params = _parameters(params)
        self.lr = number_at_least(0, "lr", lr)
        self._states: list[Iterable[Any]] = [[0.0] * self.state_size for _ in self.params]

    def settings(self) -> dict[str, Any]:
        """Return the keywords of the rule as they are now."""
        raise NotImplementedError

    def state(self) -> list[list[Any]]:
        """Return what the rule keeps of each parameter, such as its velocity: numbers, or arrays of its shape."""
        return [list(state) for state in self._states]

    def set_state(self, state: Sequence[Sequence[Any]]) -> None:
        """Go on from what `state()` returned; ValueError if it is of another number of parameters or another rule."""
        if [len(kept) for kept in state] != [self.state_size] * len(self.params):
            raise ValueError(f"wanted {self.state_size} number(s) for each of {len(self.params)} parameters")
        self._states = [list(kept) for kept in state]

    def step(self) -> None:
        """Move each parameter that has a gradient: its data becomes a new number or array.

        An old array stays as it is, unless it is a view of what a program holds.

        Raises `ValueError` if `lr` was set to what is no learning rate.
        """
        number_at_least(0, "lr", self.lr)
        rule, settings = type(self).rule, self.settings()
        states = self._states = list(self._states)  # a new list tells who keeps the state elsewhere that it moved on
        for k, parameter in enumerate(self.params):
            if parameter.has_grad:
                parameter.data, *states[k] = rule(parameter.data, parameter.grad, *states[k], **settings)

    def zero_grad(self) -> None:
        """Forget the gradients of all parameters."""
        for parameter in self.params:
            parameter.zero_grad()


class SGD(Optimizer):
    """Stochastic gradient descent with momentum, Nesterov's momentum and weight decay.

    >>> from micrograd_plus.value import Value
    >>> x = Value(3.0)
    >>> optimizer = SGD([x], lr=0.1)
    >>> (x * x).backward()
    >>> optimizer.step()
    >>> round(x.data, 12)
    2.4
    """

    rule = staticmethod(sgd_rule)
    state_size = 1

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        momentum: float = 0.0,
        weight_decay: float = 0.0,
        nesterov: bool = False,
    ) -> None:
        super().__init__(params, lr)
        self.momentum = number_at_least(0, "momentum", momentum)
        self.weight_decay = number_at_least(0, "weight_decay", weight_decay)
        self.nesterov = nesterov
        if nesterov and not momentum:
            raise ValueError("nesterov=True wants a momentum above 0")

    def settings(self) -> dict[str, Any]:
        """Return the keywords of `sgd_rule` as they are now."""
        return {
            "lr": self.lr,
            "momentum": self.momentum,
            "nesterov": self.nesterov,
            "weight_decay": self.weight_decay,
        }


class Adam(Optimizer):
    """Adam: steps of about `lr` in every parameter, whatever the size of its gradients."""

    rule = staticmethod(adam_rule)
    state_size = 3

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(params, lr)
        if not isinstance(betas, tuple | list):
            raise TypeError(f"betas are two numbers, not {betas!r}")
        if len(betas) != 2 or not all(number_at_least(0, "a beta", beta) < 1.0 for beta in betas):
            raise ValueError(f"betas are two numbers from 0 to below 1, not {betas}")
        self.betas = betas
        self.eps = number_at_least(0, "eps", eps)
        if not eps:
            raise ValueError("eps is above 0: a parameter whose gradient is 0 is divided by it")
        self.weight_decay = number_at_least(0, "weight_decay", weight_decay)

    def settings(self) -> dict[str, Any]:
        """Return the keywords of `adam_rule` as they are now."""
        return {"lr": self.lr, "betas": self.betas, "eps": self.eps, "weight_decay": self.weight_decay}


def clip_grad_norm(params: Iterable[Any], max_norm: float) -> float:
    """Scale the gradients so that their common Euclidean norm is at most `max_norm`; return the norm before.

    PyTorch's rule, which adds 1e-6 to the norm it divides by. Parameters without a gradient are left out.
    """
    max_norm = number_at_least(0, "max_norm", max_norm)
    with_grad = [parameter for parameter in _parameters(params) if parameter.has_grad]
    norm = math.sqrt(sum(float(np.vdot(parameter.grad, parameter.grad)) for parameter in with_grad))
    factor = max_norm / (norm + 1e-6)
    if factor < 1.0:
        for parameter in with_grad:
            parameter.grad = parameter.grad * factor
    return norm


def _parameters(params: Iterable[Any]) -> list[Any]:
    try:
        if isinstance(params, Parameter):  # the rows of a Tensor could be listed, and would move nothing
            raise TypeError
        found = list(params)
    except TypeError:
        kind = type(params).__name__
        raise TypeError(f"wanted a list of parameters such as model.parameters(), got {kind}") from None
    for parameter in found:
        if not isinstance(parameter, Parameter):
            raise TypeError(f"wanted Values or Tensors as parameters, got {type(parameter).__name__}")
    if not found:
        raise ValueError("wanted at least one parameter, got none")
    if len({id(parameter) for parameter in found}) < len(found):
        raise ValueError("a parameter is in the list twice: it would be moved twice in each step")
    return found
