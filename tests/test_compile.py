"""`compile()`: what it takes, what a program gives, and that it gives what the graph does."""

import builtins
import gc
import math
import operator
import runpy
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import micrograd_plus
from micrograd_plus import Tensor, Value, gradient, no_grad, scope
from micrograd_plus.compiler.compilation import compile
from micrograd_plus.nn import MLP
from micrograd_plus.ops import FORMULAS, TABLE, Op
from micrograd_plus.optim import SGD, Adam
from tests.eager import eager, perceptron, require_same

# --- what it gives ----------------------------------------------------------------------------------------------------


def test_it_is_exported_and_hides_no_builtin() -> None:
    assert micrograd_plus.compile is compile
    assert "compile" not in micrograd_plus.__all__


def test_it_shows_itself_in_a_line() -> None:
    x = Value(2.0)
    assert repr(compile(x * x + 1)) == "<program of a graph of 4 nodes>"


def test_a_finished_graph_of_values() -> None:
    w, loss = perceptron()
    root = loss([Value(0.5), Value(-1.0)], Value(2.0))
    expected = eager(root, w)
    program = compile(root)
    require_same(program(), w, expected)
    require_same(program(), w, expected)  # replaced, not added to


def test_a_finished_graph_of_tensors() -> None:
    w = Tensor([[1.0, -2.0], [0.5, 3.0]], label="w")
    root = (w @ np.array([1.0, -1.0])).tanh().sum()
    expected = eager(root, [w])
    require_same(compile(root)(), [w], expected)


@pytest.mark.parametrize("inputs", [([0.5, -1.0], 2.0), (np.array([0.5, -1.0]), np.float32(2)), ((True, 7), 1)])
def test_a_build_of_values(inputs: tuple[Any, Any]) -> None:
    w, loss = perceptron()
    program = compile(loss, [0.0, Value(1.0)], 3)
    x, y = inputs
    require_same(program(x, y), w, eager(loss([Value(float(n)) for n in x], Value(float(y))), w))


def test_a_build_of_tensors() -> None:
    rng = np.random.default_rng(1)
    w, b = Tensor(rng.normal(size=(3, 2))), Tensor(rng.normal(size=2))

    def loss(x: Tensor, y: Any) -> Tensor:
        return ((x @ w + b).tanh() * y).mean()

    x, y = rng.normal(size=(5, 3)), rng.normal(size=(5, 1))
    program = compile(loss, np.zeros((5, 3)), Tensor(np.ones((5, 1))))
    require_same(program(x, y), [w, b], eager(loss(Tensor(x), y), [w, b]))


def test_inputs_that_are_left_out_are_those_of_the_last_call() -> None:
    _, loss = perceptron()
    program = compile(loss, [0.5, -1.0], 2.0)
    first = program()
    assert first == program([0.5, -1.0], 2.0)
    other = program([1.0, 1.0], 0.0)
    assert other != first
    assert program() == other


def test_a_loss_is_a_float_of_python() -> None:
    w = Tensor(np.ones((1, 1), np.float32))
    for program in (compile(w.sum()), compile(w * 1.0), compile(lambda x: x, 2.0), compile(lambda x: x * 0, 2.0)):
        assert type(program()) is float
    empty = Tensor(np.ones((0, 2)))
    program = compile(lambda: (empty.sum(), empty.prod(), empty.prod() * 2.0))
    assert type(program()) is float
    assert [program(), *program.others] == [0.0, 1.0, 2.0]


def test_nodes_are_taken_for_their_numbers() -> None:
    w = Value(3.0)
    program = compile(lambda x, y: w * x[0] * x[1] + y, [1.0, 1.0], 0.0)
    assert program([Value(4.0), 5.0], Value(1.0)) == 61.0
    assert compile(lambda x: (x * 2.0).sum(), np.zeros(2))(Tensor([1.0, 2.0])) == 6.0


def test_several_numbers_as_inputs() -> None:
    w = Value(3.0)
    program = compile(lambda a, b, *rest: w * a - b + rest[0], 1.0, 2.0, 3.0)
    assert program(4.0, 5.0, 6.0) == 13.0
    assert w.grad == 4.0


def test_an_input_that_is_not_read() -> None:
    w = Value(3.0)
    assert compile(lambda x, y: w * y, [[1.0], [2.0]], 2.0)([[0.0], [0.0]], 5.0) == 15.0


def test_names_of_inputs_may_be_those_of_numpy_or_of_the_program() -> None:
    w = Value(3.0, label="dot")
    program = compile(lambda exp, gradients, w1, n1, lr, math: w * exp + gradients * w1 - n1 * lr + math, *[1.0] * 6)
    assert program(2.0, 3.0, 4.0, 5.0, 6.0, 7.0) == 3 * 2 + 3 * 4 - 5 * 6 + 7
    assert w.grad == 2.0
    assert compile(lambda loss_and_gradients: w * loss_and_gradients, 1.0)(2.0) == 6.0
    assert compile(lambda _x, input1: w * _x - input1, 1.0, 1.0)(2.0, 5.0) == 1.0


@pytest.mark.parametrize("name", ["others", "state_momentum_buffer", "state_begun", "parameters1", "lr2"])
def test_an_input_may_be_called_like_what_an_optimizer_adds(name: str, tmp_path: Path) -> None:
    v, w = Value(1.0), Value(3.0)
    build = eval(f"lambda {name}, y: (v * {name} * w - y, {name})", {"v": v, "w": w})  # noqa: S307 - a name of the list above
    optimizer = SGD([{"params": [v]}, {"params": [w]}], lr=0.1, momentum=0.9)
    program = compile(build, 1.0, 1.0, optimizer=optimizer)
    assert program.step(2.0, 5.0) == 1.0
    program.save(tmp_path)
    assert runpy.run_path(str(tmp_path / "step.py"))["step"](3.0, 4.0) == program.step(3.0, 4.0)


def test_a_function_that_does_not_tell_its_arguments() -> None:
    """Before Python 3.13 `inspect` knows no signature of this one."""
    assert compile(operator.methodcaller("tanh"), Value(1.0))(2.0) == math.tanh(2.0)


# --- mathematics ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("function", "x"),
    [
        (lambda x: micrograd_plus.log(x), -1.0),
        (lambda x: micrograd_plus.log(x), 0.0),
        (lambda x: 1.0 / x, 0.0),
        (lambda x: micrograd_plus.exp(x), 1000.0),
        (lambda x: x**-1.5, 0.0),
        (lambda x: micrograd_plus.sqrt(x), -1.0),
        (lambda x: micrograd_plus.pow(x, x), -0.5),
        (lambda x: micrograd_plus.erf(x) / x, 0.0),
    ],
)
def test_edges_of_mathematics_are_those_of_ieee(function: Callable[[Any], Any], x: float) -> None:
    leaf = Value(x)
    root = function(leaf)
    expected = eager(root, [leaf])
    program = compile(root)
    for _ in range(2):
        np.testing.assert_equal(program(), expected[0])
        np.testing.assert_equal(leaf.grad, expected[1][0])
    leaf.data = 2.0
    require_same(program(), [leaf], eager(root.refresh(), [leaf]))


def test_second_order() -> None:
    x, y = Value(0.5), Value(-1.5)
    [slope] = gradient((x * y).sin() * x, [x])
    expected = eager(slope, [x, y])
    require_same(compile(slope)(), [x, y], expected)


def test_a_long_chain_takes_no_recursion() -> None:
    w = Value(1.0)
    root = w
    for k in range(3_000):
        root = root.sin() if k % 2 else root * 1.5
    expected = eager(root, [w])
    require_same(compile(root)(), [w], expected)


def test_a_network_of_values() -> None:
    rng = np.random.default_rng(2)
    model = MLP(2, [8, 8, 1], rng=0)
    x, y = rng.normal(size=(20, 2)), np.sign(rng.normal(size=20))

    def loss(xs: Any, ys: Any) -> Any:
        return sum((1 - y * model(x)).relu() for x, y in zip(xs, ys, strict=True)) / 20

    program = compile(loss, x.tolist(), y.tolist())
    require_same(program(-x, y), model.parameters(), eager(loss(-x, y), model.parameters()))


def test_a_new_row_is_compiled_by_standing_in_the_table(monkeypatch: pytest.MonkeyPatch) -> None:
    def formula(x: Any) -> Any:
        return x / (1.0 + TABLE["abs"](x))

    softsign = Op("softsign", formula, formula, [lambda out, x: (1.0 - TABLE["abs"](out)) ** 2])
    monkeypatch.setitem(TABLE, "softsign", softsign)
    monkeypatch.setitem(FORMULAS, "softsign", formula)
    w = [Value(0.3 * k - 1.0) for k in range(20)]
    root = sum(softsign(softsign(x) * x) for x in w)
    expected = eager(root, w)
    require_same(compile(root)(), w, expected)


# --- a batch of samples -----------------------------------------------------------------------------------------------


def batch_loss(loss: Callable[..., Any], x: Any, y: Any) -> Any:
    losses = [loss([Value(n) for n in row], Value(target)) for row, target in zip(x.tolist(), y.tolist(), strict=True)]
    return sum(losses) / len(losses)


def test_a_batch_is_the_mean_over_its_rows() -> None:
    w, one = perceptron()

    def loss(x: Any, y: Any) -> Any:
        return one(x, y) + 0.1 * w[0] * w[0]  # a term that reads no input

    program = compile(loss, [0.0, 0.0], 0.0, batch=True)
    rng = np.random.default_rng(3)
    for rows in (4, 1, 7, 4):
        x, y = rng.normal(size=(rows, 2)), rng.normal(size=rows)
        require_same(program(x, y), w, eager(batch_loss(loss, x, y), w))
    last = program()
    assert last == program(x, y)


def test_a_batch_without_a_call_is_the_example() -> None:
    w, loss = perceptron()
    program = compile(loss, [0.5, 1.0], 2.0, batch=True)
    assert "def loss_and_gradients" in program.source
    require_same(program(), w, eager(loss([Value(0.5), Value(1.0)], Value(2.0)), w))


def test_a_batch_whose_loss_reads_no_input() -> None:
    w = Value(3.0)
    assert compile(lambda x: w * w, 1.0, batch=True)(np.ones(5)) == 9.0
    assert w.grad == 6.0


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ((np.zeros((3, 2)), np.zeros(4)), r"same number of rows, at least one, got shapes \[\(3, 2\), \(4,\)\]"),
        ((np.zeros((0, 2)), np.zeros(0)), "at least one"),
        ((np.zeros((3, 2)), 1.0), "same number of rows"),
        ((np.zeros((3, 5)), np.zeros(3)), r"wanted shape \(3, 2\) for 'x', got \(3, 5\)"),
    ],
)
def test_wrong_batches(inputs: tuple[Any, ...], message: str) -> None:
    program = compile(perceptron()[1], [0.0, 0.0], 0.0, batch=True)
    with pytest.raises(ValueError, match=message):
        program(*inputs)


# --- steps ------------------------------------------------------------------------------------------------------------


def test_steps_and_training() -> None:
    w, loss = perceptron()
    v, same_loss = perceptron()
    program = compile(loss, [0.5, 1.0], 2.0, optimizer=Adam(w, lr=0.1))
    optimizer = Adam(v, lr=0.1)
    losses = []
    for _ in range(5):
        root = same_loss([Value(0.5), Value(1.0)], Value(2.0))
        optimizer.zero_grad()
        root.backward()
        optimizer.step()
        losses.append(root.data)
    assert program.step() == pytest.approx(losses[0], rel=1e-12)
    assert program.step([0.5, 1.0], 2.0) == pytest.approx(losses[1], rel=1e-12)
    assert program.train(3) == pytest.approx(losses[4], rel=1e-12)
    assert [x.data for x in w] == pytest.approx([x.data for x in v], rel=1e-12)


def test_a_step_wants_an_optimizer() -> None:
    program = compile(Value(1.0) * 2.0)
    for take in (program.step, lambda: program.train(3)):
        with pytest.raises(RuntimeError, match="there is no optimizer: give compile"):
            take()


def test_a_number_of_steps_is_at_least_one() -> None:
    w = Value(1.0)
    program = compile(w * w, optimizer=SGD([w]))
    with pytest.raises(ValueError, match="steps is at least 1, not 0"):
        program.train(0)


# --- around it --------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("_no_collector")
def test_a_program_is_freed_without_the_collector() -> None:
    w = Value(2.0)
    program = compile(w * w, optimizer=Adam([w]))
    program.step()
    gone = [weakref.ref(program), weakref.ref(program._current)]
    del program
    assert [each() for each in gone] == [None, None]
    assert math.isfinite(w.data)
    assert not gc.isenabled()


def test_a_build_without_a_graph_is_a_leaf() -> None:
    w = Value(2.0)

    def loss(x: Any) -> Any:
        with no_grad():
            return w * x

    assert compile(loss, 3.0)() == 6.0


def test_programs_are_made_within_no_grad_too() -> None:
    w = Value(2.0)

    def build(x: Any) -> Any:
        return w * x if x > 0.0 else w * w * x

    with no_grad():
        program = compile(build, 1.0, batch=True)
        assert (program([3.0]), w.grad) == (6.0, 3.0)
        assert (program([3.0, 5.0]), w.grad) == (8.0, 4.0)
        with pytest.warns(RuntimeWarning, match="x > 0 was True"):
            assert (program([-3.0]), w.grad) == (-12.0, -12.0)
        assert program.verify([5.0, 1.0]).largest == 0.0


@pytest.mark.parametrize("label", ["a\nraise", "a\r\nraise", "\x0craise", "\u2028raise", "a\0", "\\", '"""', "\ud800"])
def test_nothing_in_a_label_is_run(label: str, tmp_path: Path) -> None:
    w = Value(0.5, label=label)
    with scope("inner"), scope(label):
        of_values = compile(lambda x: (w * x + 0.25).tanh(), 1.0, batch=True)
    doubled = Tensor(np.ones(3), label=label) * 2.0
    doubled.label = label
    of_tensors = compile((doubled.tanh() * doubled).sum())
    assert of_values.verify([1.0, 2.0]).largest < 1e-13
    assert of_tensors.verify().largest < 1e-13
    for program in (of_values, of_tensors):
        program.save(tmp_path)
        builtins.compile((tmp_path / "step.py").read_text(encoding="utf-8"), "step.py", "exec")


def test_the_report_says_what_became_of_the_graph() -> None:
    _, loss = perceptron()
    report = compile(loss, [0.5, 1.0], 2.0).report()
    assert "7 leaves" in report
    assert "nodes -> " in report
