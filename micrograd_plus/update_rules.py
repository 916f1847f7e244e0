"""Update rules: how data move along a gradient. Data, gradient and state go in, new data and state come out.

Each rule is a formula, written once; it runs on floats, on arrays, on graph nodes and on the arrays of a program. The
rules are PyTorch's.
"""

from __future__ import annotations

from typing import Any


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


def adamw_rule(
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
    """Return what `adam_rule` gives for data that have decayed beforehand: the decay stays out of the running means.

    Loshchilov and Hutter, "Decoupled Weight Decay Regularization" (2019), with the decay scaled by `lr`, as in PyTorch.
    """
    if weight_decay:
        data = data * (1.0 - lr * weight_decay)
    return adam_rule(data, grad, mean, square, steps, lr=lr, betas=betas, eps=eps, weight_decay=0.0)


def rmsprop_rule(
    data: Any,
    grad: Any,
    square: Any,
    mean: Any,
    velocity: Any,
    *,
    lr: Any,
    alpha: float,
    eps: float,
    weight_decay: float,
    momentum: float,
    centered: bool,
) -> tuple[Any, ...]:
    """Return new data, running means of the gradient's square and of the gradient, and velocity; all begin at 0.

    Tieleman and Hinton, lecture 6.5 of "Neural Networks for Machine Learning" (2012); centered, `square` is the
    variance instead, as in Graves, "Generating Sequences With Recurrent Neural Networks" (2013), equation 40.
    """
    if weight_decay:
        grad = grad + weight_decay * data
    if centered:
        # The mean square less the squared mean, in a form that cannot round to below 0 (Finch, "Incremental calculation
        # of weighted mean and variance", 2009).
        distance = grad - mean
        mean = mean + (1.0 - alpha) * distance
        square = alpha * square + alpha * (1.0 - alpha) * distance * distance
    else:
        square = alpha * square + (1.0 - alpha) * grad * grad
    scaled = grad / (square**0.5 + eps)
    if momentum:
        velocity = momentum * velocity + scaled
        scaled = velocity
    return data - lr * scaled, square, mean, velocity


def adagrad_rule(
    data: Any, grad: Any, total: Any, steps: Any, *, lr: Any, lr_decay: float, weight_decay: float, eps: float
) -> tuple[Any, ...]:
    """Return new data, the sum of the gradient's squares, and the number of steps, which begins at 0.

    Duchi, Hazan and Singer, "Adaptive Subgradient Methods for Online Learning and Stochastic Optimization" (2011).
    """
    if weight_decay:
        grad = grad + weight_decay * data
    rate = lr / (1.0 + lr_decay * steps)
    total = total + grad * grad
    return data - rate * grad / (total**0.5 + eps), total, steps + 1
