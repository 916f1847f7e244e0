"""Every optimizer with its options, in one group and in several, and a loss to take steps down: for several tests."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from micrograd_plus.optim import SGD, Adagrad, Adam, AdamW, Optimizer, RMSprop

CASES: dict[str, tuple[type[Optimizer], dict[str, Any]]] = {
    "sgd": (SGD, {"lr": 0.05}),
    "sgd, decay": (SGD, {"lr": 0.05, "weight_decay": 0.1}),
    "sgd, up": (SGD, {"lr": 0.05, "weight_decay": 0.1, "maximize": True}),
    "momentum": (SGD, {"lr": 0.02, "momentum": 0.9}),
    "dampening": (SGD, {"lr": 0.05, "momentum": 0.9, "dampening": 0.4, "weight_decay": 0.01}),
    "nesterov": (SGD, {"lr": 0.02, "momentum": 0.9, "nesterov": True, "weight_decay": 0.01}),
    "nesterov, up": (SGD, {"lr": 0.02, "momentum": 0.9, "nesterov": True, "maximize": True}),
    "adam": (Adam, {"lr": 0.05}),
    "adam, all": (Adam, {"lr": 0.05, "betas": (0.8, 0.95), "eps": 1e-3, "weight_decay": 0.1, "maximize": True}),
    "amsgrad": (Adam, {"lr": 0.05, "betas": (0.5, 0.6), "amsgrad": True}),
    "amsgrad, all": (Adam, {"lr": 0.05, "betas": (0.5, 0.6), "amsgrad": True, "weight_decay": 0.1, "maximize": True}),
    "adam, decoupled": (Adam, {"lr": 0.05, "weight_decay": 0.2, "decoupled_weight_decay": True}),
    "adamw": (AdamW, {"lr": 0.05}),
    "adamw, all": (AdamW, {"lr": 0.05, "betas": (0.8, 0.9), "eps": 1e-3, "weight_decay": 0.3, "amsgrad": True}),
    "adamw, up": (AdamW, {"lr": 0.05, "maximize": True}),
    "rmsprop": (RMSprop, {"lr": 0.02}),
    "rmsprop, momentum": (RMSprop, {"lr": 0.02, "alpha": 0.9, "momentum": 0.8}),
    "rmsprop, centered": (RMSprop, {"lr": 0.005, "alpha": 0.9, "centered": True, "maximize": True}),
    "rmsprop, all": (
        RMSprop,
        {"lr": 0.004, "alpha": 0.9, "eps": 1e-3, "weight_decay": 0.1, "momentum": 0.5, "centered": True},
    ),
    "adagrad": (Adagrad, {"lr": 0.3}),
    "adagrad, all": (
        Adagrad,
        {"lr": 0.3, "lr_decay": 0.05, "weight_decay": 0.1, "initial_accumulator_value": 0.2, "eps": 1e-3},
    ),
    "adagrad, up": (Adagrad, {"lr": 0.3, "lr_decay": 0.01, "maximize": True}),
}

# What a second group has of its own.
OWN: dict[type[Optimizer], dict[str, Any]] = {
    SGD: {"lr": 0.03, "momentum": 0.5, "weight_decay": 0.2},
    Adam: {"lr": 0.02, "betas": (0.7, 0.8), "amsgrad": True},
    AdamW: {"lr": 0.02, "weight_decay": 0.5},
    RMSprop: {"lr": 0.005, "momentum": 0.3, "centered": True},
    Adagrad: {"lr": 0.1, "lr_decay": 0.2, "weight_decay": 0.3},
}

# Where the parameters, by number, are: in the groups to begin with, and in one that comes after half of the steps.
GROUPS: dict[str, tuple[list[list[int]], list[int]]] = {
    "one group": ([[0, 1, 2, 3]], []),
    "two groups": ([[0, 2], [3, 1]], []),
    "a later group": ([[0, 1, 3]], [2]),
}
START = [1.5, -0.7, 0.3, 0.9]


def groups_of(case: str, which: Sequence[Sequence[int]], params: Sequence[Any]) -> list[dict[str, Any]]:
    """Return groups of parameters: all but the first have settings of their own."""
    kind, _ = CASES[case]
    own = OWN[kind]
    return [{"params": [params[k] for k in numbers], **(own if n else {})} for n, numbers in enumerate(which)]


def loss_of(case: str, numbers: Sequence[Any]) -> Any:
    """Return what is made small, or large: two curved valleys, gentle ones, so that every step has another gradient."""
    a, b, c, d = numbers
    valleys = sum((1.0 - x) ** 2 + 5.0 * (y - x * x) ** 2 for x, y in ((a, b), (c, d)))
    loss = 0.1 * valleys + 0.05 * a * d
    return -loss if CASES[case][1].get("maximize") else loss


def path(
    case: str,
    groups: str,
    params: Sequence[Any],
    kind: Callable[..., Any],
    step: Callable[[Any], None],
    read: Callable[[Any], Any],
    steps: int = 100,
) -> Any:
    """Return the data after each step, with a group added, and settings changed, on the way."""
    first, later = GROUPS[groups]
    optimizer = kind(groups_of(case, first, params), **CASES[case][1])
    found = []
    for k in range(steps):
        if k == steps // 2 and later:
            optimizer.add_param_group({"params": [params[k] for k in later], **OWN[CASES[case][0]]})
        if k == steps * 3 // 4:
            optimizer.param_groups[-1].update(lr=optimizer.param_groups[-1]["lr"] * 0.5, weight_decay=0.03)
        step(optimizer)
        found.append([read(p) for p in params])
    return np.array(found)
