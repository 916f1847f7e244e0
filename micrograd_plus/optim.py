"""Optimizers: how parameters move along their gradients. Names, settings and rules are PyTorch's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from micrograd_plus.arguments import flag, number_below_one
from micrograd_plus.optimizer import Optimizer
from micrograd_plus.optimizer_settings import Setting, above_zero, at_least_zero, two_below_one
from micrograd_plus.update_rules import adagrad_rule, adam_rule, rmsprop_rule, sgd_rule

__all__ = ["SGD", "Adagrad", "Adam", "AdamW", "Optimizer", "RMSProp", "RMSprop"]


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
    numbers = ("begun",)
    momentum = Setting(at_least_zero)
    dampening = Setting(at_least_zero)
    weight_decay = Setting(at_least_zero)
    nesterov = Setting(flag)
    maximize = Setting(flag)

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        momentum: float = 0.0,
        dampening: float = 0.0,
        weight_decay: float = 0.0,
        nesterov: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        super().__init__(
            params,
            lr,
            momentum=momentum,
            dampening=dampening,
            weight_decay=weight_decay,
            nesterov=nesterov,
            maximize=maximize,
        )

    def checked(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        """Return the settings of a group; `nesterov` wants a momentum, and no dampening."""
        found = super().checked(settings)
        if found["nesterov"] and (not found["momentum"] or found["dampening"]):
            raise ValueError("nesterov=True wants a momentum above 0 and no dampening")
        return found

    def completed(self, entries: Mapping[str, Any], settings: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return a parameter's entries of a state dict: a velocity that PyTorch kept has begun."""
        return {"begun": 1.0, **entries} if "momentum_buffer" in entries else entries


class Adam(Optimizer):
    """Adam: steps of about `lr` in every parameter, whatever the size of its gradients."""

    rule = staticmethod(adam_rule)
    numbers = ("step",)
    squares = ("exp_avg_sq", "max_exp_avg_sq")
    betas = Setting(two_below_one)
    eps = Setting(above_zero)
    weight_decay = Setting(at_least_zero)
    amsgrad = Setting(flag)
    maximize = Setting(flag)
    decoupled_weight_decay = Setting(flag)

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
        decoupled_weight_decay: bool = False,
    ) -> None:
        super().__init__(
            params,
            lr,
            betas=betas,
            eps=eps,
            weight_decay=weight_decay,
            amsgrad=amsgrad,
            maximize=maximize,
            decoupled_weight_decay=decoupled_weight_decay,
        )


class AdamW(Adam):
    """Adam whose weight decay shrinks the parameters themselves, and does not join their gradients."""

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        super().__init__(params, lr, betas, eps, weight_decay, amsgrad, maximize=maximize, decoupled_weight_decay=True)

    def checked(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        """Return the settings of a group, whose weight decay is decoupled."""
        found = super().checked(settings)
        if not found["decoupled_weight_decay"]:
            raise ValueError("decoupled_weight_decay is True for AdamW: for weight decay in the gradient there is Adam")
        return found


class RMSprop(Optimizer):
    """Gradients divided by the root of the running mean of their squares; centered, by their running deviation."""

    rule = staticmethod(rmsprop_rule)
    squares = ("square_avg", "variance")
    alpha = Setting(number_below_one)
    eps = Setting(above_zero)
    weight_decay = Setting(at_least_zero)
    momentum = Setting(at_least_zero)
    centered = Setting(flag)
    maximize = Setting(flag)

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        momentum: float = 0.0,
        centered: bool = False,
        maximize: bool = False,
    ) -> None:
        super().__init__(
            params,
            lr,
            alpha=alpha,
            eps=eps,
            weight_decay=weight_decay,
            momentum=momentum,
            centered=centered,
            maximize=maximize,
        )

    def completed(self, entries: Mapping[str, Any], settings: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return a parameter's entries of a state dict: PyTorch counts steps, and keeps the square for the variance."""
        found = {name: entry for name, entry in entries.items() if name != "step"}
        if settings["centered"] and "square_avg" in found and "variance" not in found:
            found["variance"] = np.maximum(found.pop("square_avg") - found.get("grad_avg", 0.0) ** 2, 0.0)
        return found


RMSProp = RMSprop


class Adagrad(Optimizer):
    """Gradients divided by the root of the sum of all their squares so far: steps only become smaller."""

    rule = staticmethod(adagrad_rule)
    numbers = ("step",)
    squares = ("sum",)
    lr_decay = Setting(at_least_zero)
    weight_decay = Setting(at_least_zero)
    initial_accumulator_value = Setting(at_least_zero)
    eps = Setting(above_zero)
    maximize = Setting(flag)

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-2,
        lr_decay: float = 0.0,
        weight_decay: float = 0.0,
        initial_accumulator_value: float = 0.0,
        eps: float = 1e-10,
        *,
        maximize: bool = False,
    ) -> None:
        super().__init__(
            params,
            lr,
            lr_decay=lr_decay,
            weight_decay=weight_decay,
            initial_accumulator_value=initial_accumulator_value,
            eps=eps,
            maximize=maximize,
        )

    def initial_state(self, settings: Mapping[str, Any]) -> Sequence[float]:
        """Return the sum of squares and the number of steps to begin with."""
        return [settings["initial_accumulator_value"], 0.0]


OPTIMIZERS: dict[str, type[Optimizer]] = {kind.__name__: kind for kind in (SGD, RMSprop, Adagrad, Adam, AdamW)}
