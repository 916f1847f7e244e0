"""What cannot be compiled, and inputs that do not fit, are refused in one line and change nothing."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from micrograd_plus import Tensor, Value
from micrograd_plus.compiler.compilation import compile
from micrograd_plus.optim import SGD
from tests.eager import perceptron


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
        ((np.ma.masked_array([1.0, 2.0], [True, False]), 1.0), TypeError, "wanted numbers of shape"),
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
