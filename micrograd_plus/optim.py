"""Optimizers: how parameters move along their gradients. Names and rules are PyTorch's.

What is optimized is known only by its `data`, `grad`, `has_grad` and `zero_grad()`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol, runtime_checkable

import numpy as np

from micrograd_plus.arguments import number_at_least
from micrograd_plus.update_rules import adagrad_rule, adam_rule, adamw_rule, rmsprop_rule, sgd_rule


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


class Optimizer:
    """Applies its rule to parameters. `lr` may be set between steps. Abstract: see `SGD`, `Adam` and the others.

    Raises `TypeError` or `ValueError` for parameters that are none, that come twice, or of which there is not one.
    """

    rule: Callable[..., tuple[Any, ...]]
    state_size: int

    def __init__(self, params: Iterable[Any], lr: float) -> None:
        self.params = _parameters(params)
        self.lr = number_at_least(0, "lr", lr)
        self._states: list[Iterable[Any]] = [list(self.initial_state()) for _ in self.params]

    def initial_state(self) -> Sequence[float]:
        """Return what the state of every parameter begins as."""
        return [0.0] * self.state_size

    def settings(self) -> dict[str, Any]:
        """Return the keywords of the rule as they are now."""
        raise NotImplementedError

    def state(self) -> list[list[Any]]:
        """Return what the rule keeps of each parameter, such as its velocity: numbers, or arrays of its shape."""
        return [list(state) for state in self._states]

    def set_state(self, state: Sequence[Sequence[Any]]) -> None:
        """Go on from what `state()` returned, or from the same with lists for its arrays, as JSON holds them.

        Raises `ValueError` if it is of another number of parameters, of another rule or of other shapes.
        """
        if [len(kept) for kept in state] != [self.state_size] * len(self.params):
            raise ValueError(f"wanted {self.state_size} number(s) for each of {len(self.params)} parameters")
        self._states = [
            [_fitting(entry, parameter.data) for entry in kept]
            for kept, parameter in zip(state, self.params, strict=True)
        ]

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


class _Adam(Optimizer):
    """What Adam and AdamW have in common: all but what the weight decay does. Abstract."""

    state_size = 3

    def __init__(
        self, params: Iterable[Any], lr: float, betas: tuple[float, float], eps: float, weight_decay: float
    ) -> None:
        super().__init__(params, lr)
        if not isinstance(betas, tuple | list):
            raise TypeError(f"betas are two numbers, not {betas!r}")
        if len(betas) != 2 or not all(number_at_least(0, "a beta", beta) < 1.0 for beta in betas):
            raise ValueError(f"betas are two numbers from 0 to below 1, not {betas}")
        self.betas = betas
        self.eps = _above_zero(eps)
        self.weight_decay = number_at_least(0, "weight_decay", weight_decay)

    def settings(self) -> dict[str, Any]:
        """Return the keywords of the rule as they are now."""
        return {"lr": self.lr, "betas": self.betas, "eps": self.eps, "weight_decay": self.weight_decay}


class Adam(_Adam):
    """Adam: steps of about `lr` in every parameter, whatever the size of its gradients."""

    rule = staticmethod(adam_rule)

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(params, lr, betas, eps, weight_decay)


class AdamW(_Adam):
    """Adam whose weight decay shrinks the parameters themselves, and does not join their gradients."""

    rule = staticmethod(adamw_rule)

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
    ) -> None:
        super().__init__(params, lr, betas, eps, weight_decay)


class RMSprop(Optimizer):
    """Gradients divided by the root of the running mean of their squares; centered, by their running deviation."""

    rule = staticmethod(rmsprop_rule)
    state_size = 3

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        momentum: float = 0.0,
        centered: bool = False,
    ) -> None:
        super().__init__(params, lr)
        if not number_at_least(0, "alpha", alpha) < 1.0:
            raise ValueError(f"alpha is a number from 0 to below 1, not {alpha}")
        self.alpha = alpha
        self.eps = _above_zero(eps)
        self.weight_decay = number_at_least(0, "weight_decay", weight_decay)
        self.momentum = number_at_least(0, "momentum", momentum)
        self.centered = centered

    def settings(self) -> dict[str, Any]:
        """Return the keywords of `rmsprop_rule` as they are now."""
        return {
            "lr": self.lr,
            "alpha": self.alpha,
            "eps": self.eps,
            "weight_decay": self.weight_decay,
            "momentum": self.momentum,
            "centered": self.centered,
        }


class Adagrad(Optimizer):
    """Gradients divided by the root of the sum of all their squares so far: steps only become smaller."""

    rule = staticmethod(adagrad_rule)
    state_size = 2

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-2,
        lr_decay: float = 0.0,
        weight_decay: float = 0.0,
        initial_accumulator_value: float = 0.0,
        eps: float = 1e-10,
    ) -> None:
        self.lr_decay = number_at_least(0, "lr_decay", lr_decay)
        self.weight_decay = number_at_least(0, "weight_decay", weight_decay)
        self.initial_accumulator_value = number_at_least(0, "initial_accumulator_value", initial_accumulator_value)
        self.eps = _above_zero(eps)
        super().__init__(params, lr)

    def initial_state(self) -> Sequence[float]:
        """Return the sum of squares and the number of steps to begin with."""
        return [self.initial_accumulator_value, 0.0]

    def settings(self) -> dict[str, Any]:
        """Return the keywords of `adagrad_rule` as they are now."""
        return {"lr": self.lr, "lr_decay": self.lr_decay, "weight_decay": self.weight_decay, "eps": self.eps}


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


def _above_zero(eps: float) -> float:
    if not number_at_least(0, "eps", eps):
        raise ValueError("eps is above 0: a parameter whose gradient is 0 is divided by it")
    return float(eps)


def _fitting(entry: Any, data: Any) -> Any:
    """Return an entry of a state, a number or an array of the shape of `data`; anything else is a ValueError."""
    if isinstance(entry, list):
        entry = np.array(entry, dtype=np.asarray(data).dtype)
    if np.shape(entry) not in ((), np.shape(data)):
        raise ValueError(f"wanted numbers or arrays of the parameter's shape {np.shape(data)}, got {np.shape(entry)}")
    return entry
