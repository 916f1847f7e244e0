"""Leaves of a program: what changes is picked up, and who gets a gradient."""

import numpy as np
import pytest

import micrograd_plus
from micrograd_plus import Tensor, Value
from micrograd_plus.compiler.compilation import compile
from micrograd_plus.compiler.holding import store_of
from micrograd_plus.nn import parameter
from micrograd_plus.optim import SGD
from tests.eager import perceptron


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


def test_parameters_come_first_and_those_that_the_loss_does_not_read_stand_with_them() -> None:
    v, w, x = Value(4.0), parameter(2.0), parameter(3.0)
    program = compile(v * w, optimizer=SGD([w, x]))
    assert "Given: parameters (2), leaves (1)," in program.source
    assert store_of(w) is store_of(x)


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
