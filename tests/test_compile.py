"""`compile()`: what it takes, what a program gives, and that it gives what the graph does."""

import builtins
import gc
import linecache
import math
import traceback
import weakref
from collections.abc import Callable, Sequence
from copy import copy
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import micrograd_plus
from micrograd_plus import Tensor, Value, gradient, no_grad, scope
from micrograd_plus.compiler.compilation import compile
from micrograd_plus.compiler.loading import Module
from micrograd_plus.nn import MLP, parameter
from micrograd_plus.ops import FORMULAS, TABLE, Op
from micrograd_plus.optim import SGD, Adam


def eager(root: Any, leaves: Sequence[Any]) -> tuple[float, list[Any]]:
    """Return loss and gradients of a graph; the gradients that the leaves had stay."""
    before = [copy(leaf.grad) if leaf.has_grad else None for leaf in leaves]
    for leaf in leaves:
        leaf.zero_grad()
    root.backward()
    gradients = [np.copy(leaf.grad) for leaf in leaves]
    for leaf, gradient_ in zip(leaves, before, strict=True):
        leaf.zero_grad()
        if gradient_ is not None:
            leaf.grad = gradient_
    return float(root), gradients


def require_same(loss: float, leaves: Sequence[Any], expected: tuple[float, list[Any]]) -> None:
    """Compare a program's loss and gradients with those of `eager`."""
    np.testing.assert_allclose(loss, expected[0], rtol=1e-12)
    for leaf, gradient_ in zip(leaves, expected[1], strict=True):
        assert leaf.has_grad
        np.testing.assert_allclose(leaf.grad, gradient_, rtol=1e-12, atol=1e-14)


def perceptron(seed: int = 0) -> tuple[list[Value], Callable[..., Any]]:
    """Return parameters and the loss of two neurons on a sample."""
    w = [parameter(x, f"w{k}") for k, x in enumerate(np.random.default_rng(seed).normal(size=7).tolist())]

    def loss(x: Any, y: Any) -> Any:
        h = [(w[3 * k] * x[0] + w[3 * k + 1] * x[1] + w[3 * k + 2]).tanh() for k in range(2)]
        return (h[0] * w[6] - h[1] - y) ** 2

    return w, loss


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


# --- leaves -----------------------------------------------------------------------------------------------------------


def test_a_change_of_a_leaf_is_picked_up() -> None:
    w, other = parameter(2.0), Value(3.0)
    program = compile(w * other)
    assert (program(), w.grad) == (6.0, 3.0)
    other.data = 5.0
    w.data -= 1.0
    assert (program(), w.grad) == (5.0, 5.0)


def test_a_change_of_a_tensor_is_picked_up() -> None:
    w, other = parameter(np.ones(3)), Tensor([1.0, 2.0, 3.0])
    program = compile((w * other).sum())
    other.data = [4.0, 5.0, 6.0]
    w.data[0] = 2.0  # a view of the program's own buffer
    assert program() == 2 * 4 + 5 + 6
    assert w.grad.tolist() == [4.0, 5.0, 6.0]


def test_parameters_get_gradients_else_all_leaves_but_constants() -> None:
    w, x = parameter(2.0), Value(3.0)
    compile(w * x)()
    assert (w.has_grad, x.has_grad) == (True, False)
    a, b = Value(2.0), Value(3.0)
    compile(a * b * 4.0)()
    assert (a.grad, b.grad) == (12.0, 8.0)


def test_parameters_that_are_asked_for() -> None:
    w, x = parameter(2.0), Value(3.0)
    compile(w * x, parameters=iter([x]))()
    assert (w.has_grad, x.grad) == (False, 2.0)


def test_only_the_optimizers_parameters_get_gradients() -> None:
    w, x = parameter(2.0), parameter(3.0)
    compile(w * x, optimizer=SGD([x]))()
    assert (w.has_grad, x.grad) == (False, 2.0)


def test_a_parameter_that_is_not_in_the_graph_has_no_gradient() -> None:
    w, x = parameter(2.0), parameter(3.0)
    program = compile(w * 5.0, optimizer=SGD([w, x], lr=1.0))
    program()
    assert (w.has_grad, x.has_grad) == (True, False)
    program.step()
    assert (w.data, x.data) == (-3.0, 3.0)


def test_a_gradient_that_is_zero_everywhere_is_written() -> None:
    a, b = Value(2.0), Value(3.0)
    first, second = compile(a * b), compile(a + (b > 0.0) * 1.0 + micrograd_plus.heaviside(b))
    first()
    assert b.grad == 2.0
    second()
    assert (b.has_grad, b.grad) == (True, 0.0)


def test_programs_share_parameters() -> None:
    w, v = Value(2.0), Value(3.0)
    first, second = compile(w * v), compile(v * 4.0 + w * w)
    assert (first(), w.grad, v.grad) == (6.0, 3.0, 2.0)
    assert (second(), w.grad, v.grad) == (16.0, 4.0, 4.0)
    w.data = 5.0
    assert (first(), second()) == (15.0, 37.0)


def test_the_graph_goes_on_working_beside_the_program() -> None:
    w, loss = perceptron()
    root = loss([Value(0.5), Value(-1.0)], Value(2.0))
    program = compile(root, optimizer=SGD(w, lr=0.1))
    before = program.step()
    with pytest.raises(RuntimeError, match="changed after"):
        root.backward()
    after = float(root.refresh())
    assert after < before
    assert after == pytest.approx(program(), rel=1e-12)


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


@pytest.mark.parametrize("length", [3_000, pytest.param(20_000, marks=pytest.mark.slow)])
def test_a_long_chain_takes_no_recursion(length: int) -> None:
    w = Value(1.0)
    root = w
    for k in range(length):
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


# --- what is refused --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (lambda: compile(3.0), TypeError, "wanted a Value, a Tensor or a function that builds one, got float: 3.0"),
        (lambda: compile(lambda: 3.0), TypeError, "function that returns a Value or a Tensor, got float: 3.0"),
        (lambda: compile(Value(1.0), 2.0), TypeError, "a finished graph takes no inputs"),
        (lambda: compile(Value(1.0), batch=True), TypeError, "a finished graph takes no inputs and no batch"),
        (lambda: compile(lambda: Value(1.0), batch=True), ValueError, "wants an example of each input"),
        (lambda: compile(lambda x: x, "one"), TypeError, "got str: 'one'"),
        (lambda: compile(lambda x: x[0][0], [[1.0], [1.0, 2.0]]), ValueError, "rows of one length in the example"),
        (lambda: compile(Tensor([1.0, 2.0])), ValueError, r"wanted a loss of one number, got shape \(2,\)"),
        (lambda: compile(lambda x: x.sum(), np.ones(2), batch=True), ValueError, "batch=True is for graphs of Values"),
        (lambda: compile(Value(1.0), optimizer=[Value(1.0)]), TypeError, "wanted an optimizer such as"),
        (lambda: compile(Value(1.0), optimizer=SGD([Value(1.0)])), ValueError, "none of the optimizer's parameters"),
        (lambda: compile(Value(1.0), parameters=[Value(1.0)]), ValueError, "depends on none of these parameters"),
        (lambda: compile(Value(1.0), parameters=Value(1.0)), TypeError, "a list of parameters, got Value: "),
        (lambda: compile(Value(1.0), parameters=3), TypeError, "a list of parameters, got int: 3"),
        (lambda: compile(Value(1.0), parameters=[2.0]), TypeError, "wanted leaves as parameters, got float: 2.0"),
        (lambda: compile(Value(1.0), parameters=[Value(1.0) * 2]), TypeError, "wanted leaves as parameters"),
        (lambda: compile(Value(1.0), on_guard="stop"), ValueError, "on_guard is 'rebuild' or 'error', not 'stop'"),
    ],
)
def test_what_cannot_be_compiled(call: Callable[[], Any], kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=message) as caught:
        call()
    assert "\n" not in str(caught.value)


def test_an_optimizer_and_parameters_are_one_too_many() -> None:
    w = Value(1.0)
    with pytest.raises(ValueError, match="give one of the two"):
        compile(w * 2, optimizer=SGD([w]), parameters=[w])


def test_a_node_made_by_hand_is_refused() -> None:
    a = Value(2.0)
    with pytest.raises(TypeError, match="made by hand"):
        compile(Value(4.0, (a,), "square") * 2)


@pytest.mark.parametrize(
    ("inputs", "kind", "message"),
    [
        (([1.0, 2.0],), TypeError, r"wanted 2 input\(s\), as there were examples, got 1"),
        (([1.0, 2.0, 3.0], 1.0), ValueError, r"wanted shape \(2,\) for 'x', got \(3,\)"),
        (([1.0, 2.0], [1.0]), ValueError, r"wanted shape \(\) for 'y', got \(1,\)"),
        (([1.0, 1j], 1.0), TypeError, r"wanted numbers of shape \(2,\) for 'x', got list"),
        ((["1", "2"], 1.0), TypeError, "wanted numbers"),
        (([[1.0], 2.0], 1.0), TypeError, "wanted numbers"),
        ((None, 1.0), TypeError, "wanted numbers"),
    ],
)
def test_wrong_inputs_change_nothing(inputs: tuple[Any, ...], kind: type[Exception], message: str) -> None:
    w, loss = perceptron()
    program = compile(loss, [0.5, 1.0], 2.0, optimizer=SGD(w))
    before = program()
    for call in (program, program.step, program.verify):
        with pytest.raises(kind, match=message) as caught:
            call(*inputs)
        assert "\n" not in str(caught.value)
    assert program() == before


# --- around it --------------------------------------------------------------------------------------------------------


def test_tracebacks_show_the_source() -> None:
    module = Module("def fails():\n    return [][0]  # as it is written\n", {})
    with pytest.raises(IndexError) as caught:
        module.function("fails")()
    assert traceback.extract_tb(caught.value.__traceback__)[-1].line == "return [][0]  # as it is written"


def test_a_source_leaves_the_cache_of_lines_when_the_next_one_comes_and_not_while_the_cache_is_read() -> None:
    first = Module("a = 1\n", {})
    [name] = [entry[3] for entry in linecache.cache.values() if len(entry) == 4 and entry[2] == ["a = 1\n"]]
    del first
    gc.collect()
    assert name in linecache.cache
    second = Module("b = 2\n", {})
    assert name not in linecache.cache
    assert second.text == "b = 2\n"


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


@pytest.mark.parametrize("kind", [Value, Tensor])
def test_what_becomes_too_many_operations_is_refused(kind: type[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("micrograd_plus.compiler.limits.MOST_OPERATIONS", 100)
    x = y = kind(0.5)
    for _ in range(100):
        y = y.sin()
    assert compile(y)() == float(y)
    message = "a graph of 102 nodes becomes 101 operations that differ, and a program holds at most 100: call backward"
    with pytest.raises(ValueError, match=message):
        compile(y.sin())
    if kind is Value:
        assert compile(sum(x.sin() for _ in range(1000)))() == pytest.approx(1000 * x.sin().data)
