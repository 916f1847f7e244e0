"""Activations are rows of the table of operations, found by name."""

from __future__ import annotations

from micrograd_plus.ops import TABLE, Op
from micrograd_plus.suggestions import did_you_mean

_AS_WRITTEN = {"relu": "ReLU", "leaky_relu": "LeakyReLU", "elu": "ELU", "gelu": "GELU", "silu": "SiLU"}


def activation_named(name: str) -> Op:
    """Return the operation of one input that is called `name`; raises `ValueError` for any other name.

    >>> activation_named("tahn")
    Traceback (most recent call last):
    ValueError: unknown activation 'tahn': want an operation of one input; did you mean 'tan' or 'tanh' or 'arctan'?
    """
    if not isinstance(name, str):
        raise TypeError(f"an activation is named by a text such as 'relu', not by {type(name).__name__}")
    unary = [op.name for op in TABLE.values() if op.arity == 1]
    if name not in unary:
        raise ValueError(f"unknown activation {name!r}: want an operation of one input{did_you_mean(name, unary)}")
    return TABLE[name]


def written(name: str) -> str:
    """Return an activation's name as papers write it: `ReLU`, `Tanh`."""
    return _AS_WRITTEN.get(name, name.title().replace("_", ""))
