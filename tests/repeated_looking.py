"""Ways of looking at graphs, of which a step shall leave nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

import micrograd_plus as mg
from micrograd_plus import Debugger, Value, optim
from micrograd_plus.compiler.compilation import compile
from micrograd_plus.notation import latex, text
from micrograd_plus.saved_session import load_session, save_session
from micrograd_plus.session import Session
from micrograd_plus.viz import outline
from tests.repeated import Runs, Step
from tests.repeated_training import tensor_loss, tensor_model, values_loss, values_model

RUNS = Runs()
run = RUNS.enter


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
