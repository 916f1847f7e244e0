"""Steps of which each has something new, a name, a shape or a mistake, and shall leave nothing of it."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np

import micrograd_plus as mg
from micrograd_plus import Tensor, Value, nn, optim
from micrograd_plus.compiler.compilation import compile
from micrograd_plus.expression import Expression
from micrograd_plus.ops import power
from tests.repeated import Runs, Step, require_refused
from tests.repeated_training import LABELS, X, program_of_one, values_model

RUNS = Runs()
run = RUNS.enter


@run(500)
def new_exponents(folder: Path) -> Step:
    """Use operations with new parameters."""
    x, t = Value(1.5), Tensor([1.5, 2.5])

    def step(k: int) -> None:
        n = 1.0 + k / 1e6
        (power(x, n=n) + x.clip(-1.0, k)).backward()
        (t**n).sum().backward()
        x.zero_grad()
        t.zero_grad()

    for k in range(100_000, 102_100):
        step(k)
    return step


@run(200)
def new_shapes(folder: Path) -> Step:
    """Compute on arrays of new shapes, along new axes, with new indices."""

    def step(k: int) -> None:
        t = Tensor(np.ones((k % 89 + 2, k % 97 + 3, 2)))
        y = (t * np.ones((1, k % 97 + 3, 1))).reshape(-1, 2).T.reshape(2, -1)
        z = mg.concatenate([y[:, : k % 50 + 1], y[:, k % 60 :]], axis=1)
        loss = z.sum(axis=k % 2).mean() + t.max(axis=(0, 1)).sum() + mg.einsum("ijk->k", t).sum() + t.std()
        loss.backward()

    for k in range(100_000, 101_200):
        step(k)
    return step


@run(2000)
def new_scopes(folder: Path) -> Step:
    """Compute in scopes with new names, one in the other."""
    x = Value(0.5)

    def step(k: int) -> None:
        with mg.scope(f"step{k}"), mg.scope(f"sample{k}"):
            (x * x).backward()

    for k in range(100_000, 101_100):
        step(k)
    return step


@run(20)
def program_of_many_sizes(folder: Path) -> Step:
    """Give one program batches of more and more sizes."""
    model = values_model()
    made = program_of_one(model, optim.SGD(model.parameters()))
    samples, labels = np.tile(X, (4, 1)), np.tile(LABELS, 4)

    def call(k: int) -> None:
        size = 120 + k % 40
        made.step(samples[:size], labels[:size])

    for k in range(40):  # what is kept is kept by now
        call(k)
    return lambda k: call(k + 40)


@run(20)
def program_that_is_rebuilt(folder: Path) -> Step:
    """Give a program inputs on which its comparisons come out in more and more ways."""
    w = nn.parameter(0.5)

    def build(*xs: Value) -> Any:
        return sum((x * w if x > 0.0 else -x for x in xs), Value(0.0))

    made = compile(build, *[1.0] * 12)

    def call(k: int) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            made(*[1.0 if k >> bit & 1 else -1.0 for bit in range(12)])

    for k in range(4000, 4020):
        call(k)
    return call


@run(300)
def new_formulas(folder: Path) -> Step:
    """Read formulas with new names."""

    def step(k: int) -> None:
        formula = Expression(f"tanh(x{k} * {k}.5 + y{k} ** {k % 9})")
        formula(**dict.fromkeys(formula.names, 0.5)).backward()

    return step


@run(300)
def refused(folder: Path) -> Step:
    """Make mistakes."""

    def step(k: int) -> None:
        x = Value(2.0, label=f"x{k}")
        y = x * x
        x.data = 3.0
        require_refused(y.backward, RuntimeError)
        require_refused(lambda: x + "1", TypeError)
        require_refused(lambda: Tensor(np.ones(3)) @ Tensor(np.ones((k % 5 + 4, 2))), ValueError)
        require_refused(lambda: Expression(f"f{k}(x)"), ValueError)
        require_refused(lambda: compile(lambda: k), TypeError)
        require_refused(lambda: mg.explain(y.refresh(), Value(1.0)), ValueError)

    return step
