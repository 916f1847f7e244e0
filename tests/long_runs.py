"""What is done again and again in a long run: ways of training and of looking, of which a step shall leave nothing.

`python -X tracemalloc -m tests.long_runs RUN --steps 100000` does one and prints what its steps left behind.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import tempfile
import time
import tracemalloc
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

import micrograd_plus as mg
from micrograd_plus import Debugger, Tensor, Value, checkpoint, data, losses, nn, optim, schedules, train
from micrograd_plus.checkpoint_keeper import CheckpointKeeper
from micrograd_plus.compiler.compilation import compile
from micrograd_plus.compiler.program import Program
from micrograd_plus.expression import Expression
from micrograd_plus.lab.sweep import train_run
from micrograd_plus.notation import latex, text
from micrograd_plus.ops import power
from micrograd_plus.saved_session import load_session, save_session
from micrograd_plus.session import Session
from micrograd_plus.settings import Settings
from micrograd_plus.viz import outline
from tests.apart import Apart, apart, resident

FILES = Path("/proc/self/fd")

Step = Callable[[int], object]  # of its number
Begin = Callable[[Path], Step]  # in a folder for its files


class Run(NamedTuple):
    """Returns a step, and how many are few: in a second or so, so many can be done."""

    begin: Begin
    few: int


RUNS: dict[str, Run] = {}


def run(few: int) -> Callable[[Begin], Begin]:
    """Enter a run by its name."""

    def enter(begin: Begin) -> Begin:
        RUNS[begin.__name__] = Run(begin, few)
        return begin

    return enter


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


def values_model() -> nn.MLP:
    """Return a small network of Values."""
    return nn.MLP(2, [3, 1], rng=0)


def tensor_model() -> nn.ArrayMLP:
    """Return a small network of Tensors."""
    return nn.ArrayMLP(2, [8, 1], rng=0)


def program_of_one(model: nn.MLP, optimizer: optim.Optimizer) -> Program:
    """Return a program of the loss on one sample, for batches."""
    return compile(lambda x, y: (1.0 - model(x) * y).relu(), X[0].tolist(), 1.0, batch=True, optimizer=optimizer)


# --- training ---------------------------------------------------------------------------------------------------------


@run(1000)
def values(folder: Path) -> Step:
    """Train Values with SGD."""
    model = values_model()
    sgd = optim.SGD(model.parameters(), lr=0.01)

    def step(k: int) -> None:
        loss = values_loss(model, k)
        sgd.zero_grad()
        loss.backward()
        sgd.step()

    return step


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
        sgd.zero_grad()
        loss.backward()
        sgd.step()
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
            adam.zero_grad()
            loss.backward()
        adam.step()
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

    def step(k: int) -> None:
        loss = tensor_loss(model, slice(k % 32, k % 32 + 32))
        sgd.zero_grad()
        loss.backward()
        sgd.step()

    return step


@run(1000)
def tensors_with_adam_and_schedule(folder: Path) -> Step:
    """Train Tensors with Adam, a schedule, clipped gradients and scopes, and evaluate without a graph."""
    model = tensor_model()
    adam = optim.Adam(model.parameters(), lr=0.01)
    schedule = schedules.ReduceLROnPlateau(adam, patience=20, min_lr=1e-4)

    def step(k: int) -> None:
        with mg.scope(f"step{k % 3}"):
            loss = tensor_loss(model, slice(k % 32, k % 32 + 32))
        adam.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        adam.step()
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
            loss = tensor_loss(model, slice(k % 32, k % 32 + 32))
            sgd.zero_grad()
            loss.backward()
        sgd.step()

    return step


@run(2000)
def program(folder: Path) -> Step:
    """Train with a program made of a graph of Values."""
    model = values_model()
    step = compile(
        lambda x, y: (1.0 - model(x) * y).relu(),
        X[0].tolist(),
        1.0,
        batch=True,
        optimizer=optim.Adam(model.parameters()),
    )
    return lambda k: step.step(X, LABELS)


@run(2000)
def program_of_tensors(folder: Path) -> Step:
    """Train with a program made of a graph of Tensors, on other samples in each step."""
    model = tensor_model()
    step = compile(
        lambda x, y: (1.0 - model(x).reshape(-1) * y).relu().mean(),
        X[:32],
        LABELS[:32],
        optimizer=optim.SGD(model.parameters(), lr=0.01),
    )
    return lambda k: step.step(X[k % 32 : k % 32 + 32], LABELS[k % 32 : k % 32 + 32])


@run(20)
def program_of_many_sizes(folder: Path) -> Step:
    """Give one program batches of more and more sizes."""
    model = values_model()
    step = compile(
        lambda x, y: (1.0 - model(x) * y).relu(),
        X[0].tolist(),
        1.0,
        batch=True,
        optimizer=optim.SGD(model.parameters()),
    )
    samples, labels = np.tile(X, (4, 1)), np.tile(LABELS, 4)

    def call(k: int) -> None:
        size = 120 + k % 40
        step.step(samples[:size], labels[:size])

    for k in range(40):  # what is kept is kept by now
        call(k)
    return lambda k: call(k + 40)


@run(20)
def program_that_is_rebuilt(folder: Path) -> Step:
    """Give a program inputs on which its comparisons come out in more and more ways."""
    w = nn.parameter(0.5)

    def build(*xs: Value) -> Any:
        return sum((x * w if x > 0.0 else -x for x in xs), Value(0.0))

    step = compile(build, *[1.0] * 12)

    def call(k: int) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            step(*[1.0 if k >> bit & 1 else -1.0 for bit in range(12)])

    for k in range(4000, 4020):
        call(k)
    return call


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


# --- looking ----------------------------------------------------------------------------------------------------------


def example(k: int) -> tuple[Value, Value]:
    """Return a small graph and one of its leaves."""
    x, w = Value(0.5 + k % 7, label="x"), Value(-0.25, label="w")
    return (x * w + w**2).tanh() * x, w


@run(200)
def debugger(folder: Path) -> Step:
    """Walk through a small graph and back."""

    def step(k: int) -> None:
        root, w = example(k)
        debugger = Debugger(root)
        debugger.until(w)
        debugger.back(3)
        debugger.end()
        repr(debugger.last)
        debugger.restart()
        debugger.run()

    return step


@run(40)
def debug(folder: Path) -> Step:
    """Show a debugger as a notebook does."""

    def step(k: int) -> None:
        debugger = mg.debug(example(k)[0])
        debugger.step(k % 5 + 1)
        assert "text/plain" in debugger._repr_mimebundle_()

    return step


@run(40)
def session(folder: Path) -> Step:
    """Change numbers in a session, save it, load it."""

    def step(k: int) -> None:
        root, w = example(k)
        session = Session(root, parameters=[w])
        session.set("x", 0.25)
        session.train(3)
        session.undo()
        save_session(session, folder / "session.json")
        load_session(folder / "session.json").undo()

    return step


@run(40)
def draw(folder: Path) -> Step:
    """Draw a graph, as a tree and as a page too."""

    def step(k: int) -> None:
        root, _ = example(k)
        root.backward()
        mg.viz.draw(root).save(folder / "graph.dot")
        outline.text(root)
        mg.viz.player(root, folder / "graph.html")

    return step


@run(1)
def render(folder: Path) -> Step:
    """Draw a graph with Graphviz, in a process of its own."""
    return lambda k: mg.viz.draw(example(k)[0]).render("svg")


@run(100)
def explain(folder: Path) -> Step:
    """Explain a gradient in every form."""

    def step(k: int) -> None:
        root, w = example(k)
        found = mg.explain(root, w)
        repr(found), found.markdown, found.latex, text(root), latex(root)
        mg.explain(root, w, "reader")
        mg.diagnose(root)

    return step


@run(10)
def compile_anew(folder: Path) -> Step:
    """Compile, run, verify and save."""

    def step(k: int) -> None:
        model = values_model()
        made = compile(values_loss(model, k), optimizer=optim.Adam(model.parameters()))
        made.step()
        made.verify()
        made.save(folder)
        compile(tensor_loss(tensor_model(), slice(0, 8)))()

    return step


@run(50)
def derivatives(folder: Path) -> Step:
    """Derive functions to the second order."""

    def f(x: Any, y: Any) -> Any:
        return (x * y).tanh() + x**3

    def step(k: int) -> None:
        a, b = 0.5 + k % 5, -0.25
        mg.grad(f)(a, b)
        mg.grad(mg.grad(f))(a, b)
        mg.hessian(lambda x: f(x[0], x[1]))(np.array([a, b]))
        mg.jacobian(lambda x: x * x)(np.array([a, b]))
        mg.hvp(f, (a, b), (1.0, 0.0))
        mg.jvp(f, (a, b), (1.0, 0.0))
        mg.check_gradients(f, a, b)

    return step


# --- what is new in each step -----------------------------------------------------------------------------------------


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


def require_refused(mistake: Callable[[], object], error: type[BaseException]) -> None:
    """Run what must raise an error."""
    try:
        mistake()
    except error:
        return
    raise AssertionError(f"no {error.__name__}")


# --- what they leave --------------------------------------------------------------------------------------------------


@contextmanager
def _without_collector() -> Iterator[None]:
    """Set aside what lives, and let nothing but reference counts free memory."""
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.unfreeze()


class Left(NamedTuple):
    """What steps left behind: `memory` and `resident` are bytes at the begin and at the end, `cycles` objects.

    The begin is after a tenth of the steps.
    """

    steps: int
    seconds: float
    memory: tuple[int, int]
    resident: tuple[int, int]
    cycles: int
    files: tuple[int, int]

    @property
    def growth(self) -> float:
        """By how much of itself the memory that Python holds has grown."""
        return self.memory[1] / self.memory[0] - 1.0

    @property
    def resident_growth(self) -> float:
        """By how much of itself the memory of the process has grown."""
        return self.resident[1] / self.resident[0] - 1.0


def left(name: str, steps: int) -> Left:
    """Do the steps of a run in this process, in which `tracemalloc` runs; return what all but the first tenth left."""
    with tempfile.TemporaryDirectory() as folder:
        step = RUNS[name].begin(Path(folder))
        first = max(steps // 10, 1)
        for k in range(first):
            step(k)
        with _without_collector():
            before = _held()
            start = time.process_time()
            for k in range(first, steps):
                step(k)
            seconds = time.process_time() - start
            cycles = gc.collect()  # which empties Python's lists of freed objects too, as it did before
            after = _held()
    pairs = zip(before, after, strict=True)
    memory, resident_, files = pairs
    return Left(steps, seconds / (steps - first), memory, resident_, cycles, files)


def _held() -> tuple[int, int, int]:
    return tracemalloc.get_traced_memory()[0], resident(), len(os.listdir(FILES))


def tried(name: str, steps: int) -> Apart:
    """Return what `left` does, found out in a process of its own."""
    # Traced from the begin, so that growth is measured against all that Python holds, also what is imported.
    limits = {"most_memory": 4 * 2**30, "most_seconds": 3600.0}
    found = apart("tests.long_runs", name, "--steps", steps, **limits, options=["-X", "tracemalloc"])
    return found if found.failure else Apart(Left(*found.found))


def main() -> None:
    """Do one run in this process and print what it left as JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("run", choices=RUNS)
    parser.add_argument("--steps", type=int, default=1000)
    how = parser.parse_args()
    tracemalloc.start()  # again, unless Python has it from its begin
    print(json.dumps(left(how.run, how.steps)))  # noqa: T201 - to the process that asked


if __name__ == "__main__":
    main()
