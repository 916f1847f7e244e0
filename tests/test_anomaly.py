"""`detect_anomaly()` names the first node that went wrong, its inputs, the user's line, and what to write instead."""

import inspect
import re

import numpy as np
import pytest

from micrograd_plus import Tensor, Value, detect_anomaly, gradient, no_grad, where
from micrograd_plus.anomaly import AnomalyError, first_anomaly


def anomaly_of(program):
    with pytest.raises(AnomalyError) as caught, np.errstate(all="ignore"), detect_anomaly():
        program()
    return caught.value


def log_of_zero():
    return (Value(0.0, label="p") * 2.0).log()


def test_forward_message_names_operation_inputs_and_line():
    error = anomaly_of(log_of_zero)
    line = inspect.getsourcelines(log_of_zero)[1] + 1
    assert str(error).startswith(f"log gave -inf (forward) from *=0.0, at {__file__}:{line};")
    assert error.node.op.name == "log"
    assert error.node.source == (__file__, line)


def steep(x):
    return gradient(x.sqrt(), [x])


def test_the_line_of_a_gradient_that_is_a_graph_is_the_users_too():
    error = anomaly_of(lambda: steep(Value(0.0)))
    assert error.node.source == (__file__, inspect.getsourcelines(steep)[1] + 1)


def test_backward_message_names_the_input_that_receives_it():
    def program():
        Value(0.0, label="x").sqrt().backward()

    assert str(anomaly_of(program)).startswith("sqrt passed inf to 'x' (backward) from x=0.0")


def test_first_bad_node_is_named_not_a_later_one():
    def program():
        overflow = Value(1000.0).exp()
        return (overflow - overflow).tanh()

    assert anomaly_of(program).node.op.name == "exp"


def test_infinity_given_by_the_user_is_no_anomaly():
    with detect_anomaly():
        y = Value(float("inf")) + 1.0
    assert y.data == float("inf")


def test_nothing_is_watched_after_the_block():
    with detect_anomaly():
        inside = Value(1.0) + 1.0
    outside = Value(0.0).log()
    assert inside.source is not None
    assert outside.source is None
    assert outside.data == -float("inf")


def test_tensor_names_the_first_bad_number():
    error = anomaly_of(lambda: Tensor([1.0, -1.0, 0.0]).log())
    assert str(error).startswith("log gave nan (forward)")


@pytest.mark.parametrize(
    ("program", "advice"),
    [
        (lambda: Value(-2000.0).sigmoid().log(), "-softplus(-x)"),
        (lambda: Tensor([-1000.0, 1000.0]).softmax().log(), "log_softmax()"),
        (lambda: (Value(-800.0).exp() + Value(-900.0).exp()).log(), "logsumexp"),
        (lambda: Tensor([-800.0, -900.0]).exp().sum().log(), "logsumexp"),
        (lambda: Value(1.0) / Value(-800.0).exp(), "sigmoid or softmax"),
        (lambda: Value(1.0) / Value(0.0), "denominator"),
        (lambda: Value(800.0).exp(), "subtract the largest"),
        (lambda: Value(-8.0) ** (1 / 3), "fractional power"),
        (lambda: Value(-1.0).log1p(), "keep the input of log1p above -1"),
        (lambda: Value(-1.0).log2(), "keep the input of log2 above 0"),
        (lambda: Tensor([0.5, 1.5]).arcsin().sum(), "keep the input of arcsin between -1 and 1"),
        (lambda: Value(0.0).reciprocal(), "away from 0"),
    ],
)
def test_a_stable_rewrite_is_named(program, advice):
    assert advice in str(anomaly_of(program))


def test_what_is_in_the_domain_is_not_advised_to_stay_there():
    assert "keep" not in str(anomaly_of(lambda: Value(0.5).arctanh() * Value(1e308) * 100.0))
    assert "keep" not in str(anomaly_of(lambda: Value(1e308).sinh()))
    one = Value(1.0)
    advice = "keep the input of arccos between -1 and 1"
    with pytest.raises(AnomalyError, match=f"passed inf to .* {advice}"), detect_anomaly():
        (-one.arccos()).backward()


def test_the_rewrites_are_stable():
    """What the advice says really has a finite value where the first way of writing it had none."""
    x = Value(-2000.0)
    assert (-(-x).softplus()).data == -2000.0
    assert np.isfinite(Tensor([-1000.0, 1000.0]).log_softmax().data).all()
    assert Tensor([-800.0, -900.0]).logsumexp().item() == pytest.approx(-800.0)


def test_message_is_one_line():
    error = anomaly_of(lambda: Tensor(np.zeros((9, 9)), label="w\nx").log())
    assert re.fullmatch(r"[^\n]+", str(error))


def test_no_grad_stays_in_force_while_watching():
    with no_grad(), detect_anomaly():
        y = Value(1.0) + 1.0
    assert y.is_leaf


def test_a_leaf_that_was_nan_from_the_start_is_named():
    x = Value(float("nan"), label="x")
    error = anomaly_of(lambda: x * 2.0)
    assert str(error).startswith("* read x, which was nan from the start")
    assert error.node is x


def test_missing_numbers_that_are_masked_out_are_no_anomaly():
    data = np.array([1.0, np.nan])
    with detect_anomaly():
        y = where(np.isfinite(data), Tensor(data), 0.0).sum()
    assert y.item() == 1.0


def test_a_finished_graph_is_looked_through():
    x = Value(1000.0, label="x")
    top = x.exp()
    assert first_anomaly((top - top).tanh()).node is top
    assert first_anomaly(x * 2) is None


def test_the_backward_pass_of_a_finished_graph_is_looked_through():
    x = Value(0.0, label="x")
    root = x.sqrt() * 2
    error = first_anomaly(root)
    assert str(error).startswith("sqrt passed inf to 'x' (backward)")
    assert not x.has_grad


def test_an_infinite_leaf_is_named_where_the_result_is_not_finite():
    x = Value(float("inf"), label="x")
    assert str(first_anomaly(x * 2)) == "x was inf from the start"
    assert first_anomaly(x.minimum(3.0)) is None
