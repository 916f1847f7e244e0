"""Update rules: how data move along a gradient. Data, gradient and state go in, new data and state come out.

Each rule is a formula, written once; it runs on floats, on arrays, on graph nodes and on the arrays of a program.
Rules, settings and the names of what is kept are PyTorch's. What is kept begins at 0, unless a rule says otherwise.
"""

from __future__ import annotations

from typing import Any

from micrograd_plus.ops import maximum


def sgd_rule(
    data: Any,
    grad: Any,
    momentum_buffer: Any,
    begun: Any,
    *,
    lr: Any,
    momentum: float,
    dampening: float,
    weight_decay: float,
    nesterov: bool,
    maximize: bool,
) -> tuple[Any, ...]:
    """Return new data, velocity, and 1 where the velocity has begun, of stochastic gradient descent.

    Momentum as in Sutskever et al., "On the importance of initialization and momentum in deep learning" (2013), with
    the learning rate outside the velocity, as in PyTorch. The first gradient is not dampened.
    """
    grad = _way_up(data, grad, weight_decay, maximize)
    if momentum:
        added = grad * (1.0 - dampening * begun) if dampening else grad
        momentum_buffer, begun = momentum * momentum_buffer + added, 1.0
        grad = grad + momentum * momentum_buffer if nesterov else momentum_buffer
    return data - lr * grad, momentum_buffer, begun


def adam_rule(
    data: Any,
    grad: Any,
    exp_avg: Any,
    exp_avg_sq: Any,
    step: Any,
    max_exp_avg_sq: Any,
    *,
    lr: Any,
    betas: tuple[float, float],
    eps: float,
    weight_decay: float,
    amsgrad: bool,
    maximize: bool,
    decoupled_weight_decay: bool,
) -> tuple[Any, ...]:
    """Return new data, running means of the gradient and of its square, number of steps, and the largest such square.

    Kingma and Ba, "Adam: A Method for Stochastic Optimization" (2015), algorithm 1. The largest square is for `amsgrad`
    alone: Reddi, Kale and Kumar, "On the Convergence of Adam and Beyond" (2018), as in PyTorch. Weight decay joins the
    gradient; decoupled, it makes the data smaller beforehand and stays out of the means: Loshchilov and Hutter,
    "Decoupled Weight Decay Regularization" (2019), with the decay scaled by `lr`, as in PyTorch.
    """
    if decoupled_weight_decay and weight_decay:
        data, weight_decay = data * (1.0 - lr * weight_decay), 0.0
    grad = _way_up(data, grad, weight_decay, maximize)
    beta1, beta2 = betas
    step = step + 1
    exp_avg = beta1 * exp_avg + (1.0 - beta1) * grad
    exp_avg_sq = square = beta2 * exp_avg_sq + (1.0 - beta2) * grad * grad
    if amsgrad:
        max_exp_avg_sq = square = maximum(max_exp_avg_sq, square)
    size = lr / (1.0 - beta1**step)
    scale = (square / (1.0 - beta2**step)) ** 0.5 + eps
    return data - size * exp_avg / scale, exp_avg, exp_avg_sq, step, max_exp_avg_sq


def rmsprop_rule(
    data: Any,
    grad: Any,
    square_avg: Any,
    grad_avg: Any,
    variance: Any,
    momentum_buffer: Any,
    *,
    lr: Any,
    alpha: float,
    eps: float,
    weight_decay: float,
    momentum: float,
    centered: bool,
    maximize: bool,
) -> tuple[Any, ...]:
    """Return new data, running means of the gradient's square and of the gradient, its running variance, and velocity.

    Tieleman and Hinton, lecture 6.5 of "Neural Networks for Machine Learning" (2012); centered, the variance stands for
    the square, as in Graves, "Generating Sequences With Recurrent Neural Networks" (2013), equation 40.
    """
    grad = _way_up(data, grad, weight_decay, maximize)
    if centered:
        # The mean square less the squared mean, in a form that cannot round to below 0 (Finch, "Incremental calculation
        # of weighted mean and variance", 2009).
        distance = grad - grad_avg
        grad_avg = grad_avg + (1.0 - alpha) * distance
        variance = alpha * variance + alpha * (1.0 - alpha) * distance * distance
    else:
        square_avg = alpha * square_avg + (1.0 - alpha) * grad * grad
    scaled = grad / ((variance if centered else square_avg) ** 0.5 + eps)
    if momentum:
        scaled = momentum_buffer = momentum * momentum_buffer + scaled
    return data - lr * scaled, square_avg, grad_avg, variance, momentum_buffer


def adagrad_rule(
    data: Any,
    grad: Any,
    sum: Any,  # noqa: A002 - PyTorch's name
    step: Any,
    *,
    lr: Any,
    lr_decay: float,
    weight_decay: float,
    eps: float,
    maximize: bool,
) -> tuple[Any, ...]:
    """Return new data, the sum of the gradient's squares, which may begin above 0, and the number of steps.

    Duchi, Hazan and Singer, "Adaptive Subgradient Methods for Online Learning and Stochastic Optimization" (2011).
    """
    grad = _way_up(data, grad, weight_decay, maximize)
    rate = lr / (1.0 + lr_decay * step)
    total = sum + grad * grad
    return data - rate * grad / (total**0.5 + eps), total, step + 1


def _way_up(data: Any, grad: Any, weight_decay: float, maximize: bool) -> Any:
    """Return what the data move against: the gradient, turned round to maximize, and the weight decay."""
    if maximize:
        grad = -grad
    return grad + weight_decay * data if weight_decay else grad
