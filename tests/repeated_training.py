"""Ways of training, of which a step shall leave nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import micrograd_plus as mg
from micrograd_plus import Tensor, checkpoint, data, losses, nn, optim, schedules, train
from micrograd_plus.checkpoint_keeper import CheckpointKeeper
from micrograd_plus.compiler.compilation import compile
from micrograd_plus.compiler.program import Program
from micrograd_plus.lab.sweep import train_run
from micrograd_plus.settings import Settings
from tests.repeated import Runs, Step, require_refused

RUNS = Runs()
run = RUNS.enter

X, Y = data.moons(64, rng=0)
LABELS = 2.0 * Y - 1.0


def values_loss(model: Any, k: int) -> Any:
    """Return the hinge loss of a network of Values on two samples."""
    rows = (k % 32, 32 + k % 32)
    with mg.scope("loss"):
        parts = [(1.0 - model(X[row].tolist()) * LABELS[row]).relu() for row in rows]
        return parts[0] + parts[1] + 1e-3 * sum(p * p for p in model.parameters())


def tensor_loss(model: Any, rows: slice) -> Tensor:
    """Return the hinge loss of a network of Tensors on some samples."""
    with mg.scope("loss"):
        found: Tensor = (1.0 - model(X[rows]).reshape(-1) * LABELS[rows]).relu().mean()
        return found


def some_rows(k: int) -> slice:
    """Return which samples a step takes."""
    return slice(k % 32, k % 32 + 32)


def values_model() -> nn.MLP:
    """Return a small network of Values."""
    return nn.MLP(2, [3, 1], rng=0)


def tensor_model() -> nn.ArrayMLP:
    """Return a small network of Tensors."""
    return nn.ArrayMLP(2, [8, 1], rng=0)


def program_of_one(model: nn.MLP, optimizer: optim.Optimizer) -> Program:
    """Return a program of the loss on one sample, for batches."""
    return compile(lambda x, y: (1.0 - model(x) * y).relu(), X[0].tolist(), 1.0, batch=True, optimizer=optimizer)


def descend(optimizer: optim.Optimizer, loss: Any, clip_norm: float | None = None) -> None:
    """Do one step of training."""
    optimizer.zero_grad()
    loss.backward()
    if clip_norm is not None:
        nn.utils.clip_grad_norm_(optimizer.params, clip_norm)
    optimizer.step()


# --- step by step -----------------------------------------------------------------------------------------------------


@run(1000)
def values(folder: Path) -> Step:
    """Train Values with SGD."""
    model = values_model()
    sgd = optim.SGD(model.parameters(), lr=0.01)
    return lambda k: descend(sgd, values_loss(model, k))


@run(1000)
def values_as_in_micrograd(folder: Path) -> Step:
    """Train Values as micrograd's demo does: `p.data -= lr * p.grad`."""
    model = values_model()

    def step(k: int) -> None:
        loss = values_loss(model, k)
        model.zero_grad()
        loss.backward()
        for p in model.parameters():
            p.data -= 0.01 * p.grad

    return step


@run(800)
def values_with_momentum_and_schedule(folder: Path) -> Step:
    """Train Values with momentum and a schedule, in scopes, and evaluate without a graph."""
    model = values_model()
    sgd = optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
    schedule = schedules.CosineAnnealingLR(sgd, T_max=50)

    def step(k: int) -> None:
        with mg.scope(f"step{k % 3}"):
            loss = values_loss(model, k)
        descend(sgd, loss)
        schedule.step()
        with mg.no_grad():
            values_loss(model, k + 1)

    return step


@run(200)
def values_with_anomaly(folder: Path) -> Step:
    """Train Values while nan and inf are looked for, and found in every fourth step."""
    model = values_model()
    adam = optim.Adam(model.parameters(), lr=0.01)

    def step(k: int) -> None:
        with mg.detect_anomaly():
            loss = values_loss(model, k)
            descend(adam, loss)
        if k % 4 == 0:
            require_refused(lambda: broken(loss), FloatingPointError)

    def broken(loss: Any) -> None:
        with mg.detect_anomaly():
            (loss * 0.0).log()

    return step


@run(2000)
def tensors(folder: Path) -> Step:
    """Train Tensors with SGD."""
    model = tensor_model()
    sgd = optim.SGD(model.parameters(), lr=0.01)
    return lambda k: descend(sgd, tensor_loss(model, some_rows(k)))


@run(1000)
def tensors_with_adam_and_schedule(folder: Path) -> Step:
    """Train Tensors with Adam, a schedule, clipped gradients and scopes, and evaluate without a graph."""
    model = tensor_model()
    adam = optim.Adam(model.parameters(), lr=0.01)
    schedule = schedules.ReduceLROnPlateau(adam, patience=20, min_lr=1e-4)

    def step(k: int) -> None:
        with mg.scope(f"step{k % 3}"):
            loss = tensor_loss(model, some_rows(k))
        descend(adam, loss, clip_norm=1.0)
        with mg.no_grad():
            schedule.step(float(tensor_loss(model, slice(0, 64))))

    return step


@run(300)
def tensors_with_anomaly(folder: Path) -> Step:
    """Train Tensors while nan and inf are looked for."""
    model = tensor_model()
    sgd = optim.SGD(model.parameters(), lr=0.01, momentum=0.9)

    def step(k: int) -> None:
        with mg.detect_anomaly():
            descend(sgd, tensor_loss(model, some_rows(k)))

    return step


@run(2000)
def program(folder: Path) -> Step:
    """Train with a program made of a graph of Values."""
    model = values_model()
    made = program_of_one(model, optim.Adam(model.parameters()))
    return lambda k: made.step(X, LABELS)


@run(2000)
def program_of_tensors(folder: Path) -> Step:
    """Train with a program made of a graph of Tensors, on other samples in each step."""
    model = tensor_model()
    made = compile(
        lambda x, y: (1.0 - model(x).reshape(-1) * y).relu().mean(),
        X[:32],
        LABELS[:32],
        optimizer=optim.SGD(model.parameters(), lr=0.01),
    )
    return lambda k: made.step(X[some_rows(k)], LABELS[some_rows(k)])


# --- whole trainings --------------------------------------------------------------------------------------------------


def fitted(folder: Path, model: Any, backend: str) -> None:
    """Train a network by `fit`, with all that it can do, and load what was kept."""
    adam = optim.Adam(model.parameters(), lr=0.01)
    train.fit(
        model,
        X,
        Y,
        loss=losses.hinge,
        optimizer=adam,
        epochs=2,
        batch_size=24,
        rng=0,
        validation=(X[:16], Y[:16]),
        record=True,
        backend=backend,
        schedule=schedules.StepLR(adam, 1),
        patience=5,
        l2=1e-3,
        dropout=0.1,
        clip_norm=1.0,
        keeper=CheckpointKeeper(folder / "training.safetensors"),
    )
    checkpoint.load(folder / "training.safetensors")


@run(20)
def fit(folder: Path) -> Step:
    """Train networks of Tensors from the start."""
    return lambda k: fitted(folder, tensor_model(), "eager")


@run(8)
def fit_values(folder: Path) -> Step:
    """Train networks of Values from the start."""
    return lambda k: fitted(folder, values_model(), "eager")


@run(4)
def fit_compiled(folder: Path) -> Step:
    """Train networks from the start with programs."""
    return lambda k: fitted(folder, tensor_model(), "compiled")


@run(40)
def fit_for_long(folder: Path) -> Step:
    """Train one network in many epochs: the history has a line for each."""
    model = tensor_model()
    adam = optim.Adam(model.parameters(), lr=0.01)
    objective = train.Objective(losses.hinge)
    training = train.Training(model, (X, Y), objective, adam, batch_size=4, rng=0, validation=(X[:16], Y[:16]))
    return lambda k: training.run(k + 1)


@run(2)
def sweep(folder: Path) -> Step:
    """Train as each run of a sweep does."""
    dataset = data.load("moons", rng=0)
    return lambda k: train_run(dataset, Settings(epochs=2, seed=k % 3))
