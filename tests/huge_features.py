"""All that is done with a graph, whatever its size, a function each; what refuses it returns the line that says so."""

from __future__ import annotations

import copy
import pickle
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

import micrograd_plus as mg
from micrograd_plus import Debugger, gradient, optim
from micrograd_plus.anomaly import first_anomaly
from micrograd_plus.breakpoints import Breakpoints
from micrograd_plus.compiler.compilation import compile
from micrograd_plus.engine import graph
from micrograd_plus.forward_mode import tangents
from micrograd_plus.naming import names_of
from micrograd_plus.notation import latex, text
from micrograd_plus.quiz import Quiz
from micrograd_plus.saved_session import load_session, save_session
from micrograd_plus.session import Session
from micrograd_plus.steps import steps
from micrograd_plus.viz.worksheet import quiz_sheet
from tests.huge_shapes import Huge

Feature = Callable[[Huge], object]
FEATURES: dict[str, Feature] = {}


def feature(function: Feature) -> Feature:
    """Enter a feature by its name."""
    FEATURES[function.__name__.strip("_")] = function
    return function


@contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


@feature
def build(huge: Huge) -> object:
    """Nothing but build it."""


@feature
def backward(huge: Huge) -> object:
    """Derive once."""
    huge.root.backward()
    return float(np.sum(huge.x.grad))


@feature
def second_order(huge: Huge) -> object:
    """Derive the gradient, which is a graph of its own."""
    [slope] = gradient(huge.root, [huge.x])
    [curvature] = gradient(slope, [huge.w])
    return float(curvature)


@feature
def jvp(huge: Huge) -> object:
    """Carry a tangent forwards."""
    [tangent] = tangents([huge.root], {huge.x: type(huge.x)(huge.x.data * 0.0 + 1.0)})
    return float(tangent)


@feature
def refresh(huge: Huge) -> object:
    """Set a leaf and compute all anew."""
    huge.x.data = huge.x.data * 2.0
    return float(huge.root.refresh())


@feature
def stale(huge: Huge) -> object:
    """Set a leaf and be refused."""
    huge.x.data = huge.x.data * 2.0
    try:
        huge.root.backward()
    except RuntimeError as error:
        return str(error)
    raise AssertionError("a stale graph was derived")


@feature
def deepcopy(huge: Huge) -> object:
    """Copy the graph."""
    return float(copy.deepcopy(huge.root))


@feature
def _pickle(huge: Huge) -> object:
    """Be refused."""
    try:
        pickle.dumps(huge.root)
    except TypeError as error:
        return str(error)
    raise AssertionError("a graph was pickled")


@feature
def written(huge: Huge) -> object:
    """Write formulas and reprs."""
    return len(text(huge.root)) + len(latex(huge.root)) + len(repr(huge.root)) + len(f"{huge.root}")


@feature
def names(huge: Huge) -> object:
    """Name all nodes."""
    return len(names_of(huge.root))


@feature
def recorded_steps(huge: Huge) -> object:
    """Go through all steps of the backward pass."""
    return sum(1 for _ in steps(huge.root))


@feature
def anomaly(huge: Huge) -> object:
    """Look for nan and inf in a finished graph, and while it is derived."""
    assert first_anomaly(huge.root) is None
    with mg.detect_anomaly():
        huge.root.backward()
        huge.root.sin().backward()
    return float(np.sum(huge.x.grad))


@feature
def diagnose(huge: Huge) -> object:
    """Look for what is wrong with a network."""
    huge.root.backward()
    return len(repr(mg.diagnose(huge.root)))


@feature
def draw(huge: Huge) -> object:
    """Draw the folded picture as DOT and SVG, before and after backward."""
    huge.root.backward()
    drawing = mg.viz.draw(huge.root)
    assert len(drawing.picture.boxes) < 1000
    return len(drawing.dot) + len(drawing.render("svg"))


@feature
def draw_full(huge: Huge) -> object:
    """Draw a picture in full, or be refused."""
    return len(mg.viz.draw(huge.root, "full", depth=5).dot)


@feature
def draw_focus(huge: Huge) -> object:
    """Draw what is around a leaf."""
    return len(mg.viz.draw(huge.root, focus=huge.x).dot)


@feature
def draw_dot(huge: Huge) -> object:
    """Draw as micrograd does."""
    return len(mg.viz.draw_dot(huge.root).source)


@feature
def tree(huge: Huge) -> object:
    """Write the tree."""
    from micrograd_plus.viz import outline

    return len(outline.text(huge.root))


@feature
def player(huge: Huge) -> object:
    """Write the page that plays the backward pass."""
    return len(mg.viz.player(huge.root).html)


@feature
def explain(huge: Huge) -> object:
    """Explain two gradients by paths."""
    return len(str(mg.explain(huge.root, huge.x))) + len(str(mg.explain(huge.root, huge.w)))


@feature
def explain_parts(huge: Huge) -> object:
    """Explain a gradient in parts, or be refused."""
    try:
        return sum(len(str(mg.explain(huge.root, huge.w, by))) for by in ("layer", "neuron", "sample", "reader"))
    except ValueError as error:
        return str(error)


@feature
def debugger(huge: Huge) -> object:
    """Walk to the end and back in every way."""
    debugger = Debugger(huge.root)
    debugger.step()
    debugger.back()
    debugger.next()
    debugger.previous()
    debugger.out()
    debugger.into()
    debugger.until(huge.w)
    debugger.back_until(huge.x)
    debugger.end()
    assert huge.x.has_grad
    debugger.goto(len(debugger) // 2)
    shown = [repr(debugger.last), repr(debugger.coming), repr(debugger)]
    debugger.restart()
    debugger.run()
    debugger.run_back()
    breakpoints = Breakpoints(debugger)
    breakpoints.add("nan")
    breakpoints.watch("x")
    breakpoints.run()
    breakpoints.run_back()
    return sum(map(len, shown))


@feature
def debug(huge: Huge) -> object:
    """Show the debugger as a notebook does."""
    debugger = mg.debug(huge.root)
    debugger.step(10)
    bundle = debugger._repr_mimebundle_()
    assert "image/svg+xml" in bundle, bundle
    return len(bundle["image/svg+xml"])


@feature
def session(huge: Huge) -> object:
    """Change a number in a session, train, take all back."""
    session = Session(huge.root, parameters=[huge.w])
    session.set("x", huge.x.data / 2)
    session.train(2)
    session.undo()
    session.undo()
    return float(huge.root)


@feature
def saved_session(huge: Huge) -> object:
    """Save a session and load it, or be refused."""
    with _folder() as folder:
        try:
            save_session(Session(huge.root), folder / "session.json")
            return float(load_session(folder / "session.json").root)
        except ValueError as error:
            return str(error).replace(str(folder), "")


@feature
def compiled(huge: Huge) -> object:
    """Compile the graph, run it and save it, or be refused."""
    try:
        program = compile(huge.root, optimizer=optim.SGD([huge.x, huge.w], lr=0.0))
    except ValueError as error:
        return str(error)
    program.step()
    with _folder() as folder:
        program.save(folder)
    return len(program.source) + len(program.report())


@feature
def verified(huge: Huge) -> object:
    """Compile the graph and have the program verify itself, or be refused."""
    try:
        return len(repr(compile(huge.root).verify()))
    except ValueError as error:
        return str(error)


@feature
def quiz(huge: Huge) -> object:
    """Ask questions."""
    quiz = Quiz(huge.root)
    return len(quiz.question) + len(quiz.hint()) + len(quiz.reveal())


@feature
def worksheet(huge: Huge) -> object:
    """Be refused."""
    with _folder() as folder:
        try:
            quiz_sheet(huge.root, folder / "sheet.svg")
        except ValueError as error:
            return str(error)
    raise AssertionError("a sheet of a million values was made")


@feature
def slides(huge: Huge) -> object:
    """Save the drawing as a page to be played."""
    with _folder() as folder:
        mg.viz.draw(huge.root).save(folder / "graph.html")
        return (folder / "graph.html").stat().st_size


@feature
def checked(huge: Huge) -> object:
    """Check the gradient of a function that builds as large a graph."""
    length = len(graph(huge.root)) // 2

    def function(x: Any) -> Any:
        for _ in range(length):
            x = x.sin() + 1e-6
        return x

    mg.check_gradients(function, 0.5, order=1)
    return length
