"""Functions that derive functions, against each other, formulas and differences; forward mode against reverse mode."""

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import assume, given

from micrograd_plus import nn
from micrograd_plus.checks import check_gradients
from micrograd_plus.context import no_grad
from micrograd_plus.derivatives import grad, hessian, hvp, jacobian, jvp, value_and_grad
from micrograd_plus.engine import contributions, data_of, gradient, operations
from micrograd_plus.forward_mode import tangents
from micrograd_plus.ops import TABLE
from micrograd_plus.tensor import Tensor
from micrograd_plus.value import Value
from tests.cases import each
from tests.programs import QUARTERS, Program, programs
from tests.sampling import ROWS, generator, inputs_in_domain, with_parameters

EPS = np.finfo(np.float64).eps


# --- forward mode -----------------------------------------------------------------------------------------------------


def pushed(y: Any, nodes: list[Any], direction: list[float]) -> Any:
    """Return the tangent of `y`, all of whose inputs move along `direction`."""
    [tangent] = tangents([y], {x: type(x).leaf(v) for x, v in zip(nodes, direction, strict=True)})
    return tangent


@each("row", ROWS)
def test_first_and_second_order_are_those_of_reverse_mode(row: str) -> None:
    rng = generator(row)
    for _ in range(10):
        op = with_parameters(TABLE[row], rng)
        v, w = rng.normal(size=(2, op.arity)).tolist()
        nodes = [Value(number) for number in inputs_in_domain(op, rng)]
        y = op(*nodes)
        first = pushed(y, nodes, v)
        slopes = gradient(y, nodes)
        terms = [g.data * a for g, a in zip(slopes, v, strict=True)]
        if first is None:
            assert terms == [0.0] * op.arity
            continue
        assert first.data == pytest.approx(math.fsum(terms), abs=4 * EPS * sum(map(abs, terms)))
        second = pushed(first, nodes, w) if first.inputs else None
        along = sum(g * a for g, a in zip(slopes, v, strict=True))
        expected = sum(g.data * b for g, b in zip(gradient(along, nodes), w, strict=True))
        # Second derivatives here are differences of terms of up to some hundreds.
        assert (second.data if second else 0.0) == pytest.approx(expected, rel=64 * EPS, abs=1024 * EPS)


@each("row", ROWS)
def test_arrays_carry_arrays_and_are_stretched(row: str) -> None:
    rng = generator(row)
    op = TABLE[row]
    columns = [np.array([inputs_in_domain(op, rng)[k] for _ in range(5 if k == 0 else 1)]) for k in range(op.arity)]
    directions = [rng.normal(size=x.shape) for x in columns]
    y, tangent = jvp(op, tuple(columns), tuple(directions))
    assert y.shape == tangent.shape == (5,)
    for k in range(5):
        numbers = [x[min(k, len(x) - 1)] for x in columns]
        along = [v[min(k, len(v) - 1)] for v in directions]
        assert tangent[k] == pytest.approx(jvp(op, tuple(numbers), tuple(along))[1], rel=64 * EPS, abs=64 * EPS)


@pytest.mark.parametrize("f", [lambda x: x + np.ones(2), lambda x: x * np.ones(2), lambda x: x @ np.ones((2, 3))])
def test_of_a_narrow_input_a_wide_result_has_a_wide_tangent(f: Callable[[Any], Any]) -> None:
    x = np.ones(2, np.float32)
    y, tangent = jvp(f, x, x)
    assert y.dtype == tangent.dtype == np.float64


def absolute_gradient(y: Value, x: Value) -> float:
    """Return the sum over all paths from `y` to `x` of the absolute product of the slopes."""
    sizes: dict[Any, float] = {y: 1.0}
    for node in reversed(operations(y)):
        for input, slope, _ in contributions(node, 1.0, data_of):
            sizes[input] = sizes.get(input, 0.0) + sizes.get(node, 0.0) * abs(slope)
    return sizes.get(x, 0.0)


@given(programs(QUARTERS))
def test_programs_have_the_gradients_that_backward_gives(program: Program) -> None:
    nodes = [Value(number) for number in program.inputs]
    y = program.run(nodes)
    assume(isinstance(y, Value))
    y.backward()
    sizes = [absolute_gradient(y, node) for node in nodes]
    assume(all(map(math.isfinite, sizes)))
    for node, size in zip(nodes, sizes, strict=True):
        [tangent] = tangents([y], {node: Value(1.0)})
        # Each product along a path is rounded at each of its operations, in another order than backward.
        near = pytest.approx(node.grad, rel=0.0, abs=4 * EPS * len(program.steps) * size)
        assert (tangent.data if tangent else 0.0) == near


def test_edges_are_ieee_754() -> None:
    assert jvp(np.log, 1.0, 0.0) == (0.0, 0.0)
    y, tangent = jvp(lambda x: Value.log(x), Value(0.0), 1.0)
    assert (y.data, tangent.data) == (-math.inf, math.inf)


@pytest.mark.parametrize("x", [math.inf, -math.inf, math.nan])
def test_what_is_flat_carries_no_tangent_of_a_number_that_is_not_finite(x: float) -> None:
    for flat in (np.floor, np.ceil, np.trunc, np.sign):
        assert jvp(flat, x, 1.0)[1] == 0.0
        assert jvp(flat, np.array([x]), np.ones(1))[1].tolist() == [0.0]


def test_a_rule_made_by_hand_cannot_be_carried_through() -> None:
    x = Value(2.0)
    y = Value(4.0, (x,), "double")
    y._backward = lambda: None
    with pytest.raises(TypeError, match="'double' was made by hand"):
        tangents([y], {x: Value(1.0)})


def test_a_stale_graph_has_no_tangent() -> None:
    x = Value(2.0, label="x")
    y = x * x
    x.data = 3.0
    with pytest.raises(RuntimeError, match="'x' changed"):
        tangents([y], {x: Value(1.0)})


# --- grad and value_and_grad ------------------------------------------------------------------------------------------


def test_any_order_of_a_function_of_numpy_s() -> None:
    def f(x: Any) -> Any:
        return np.tanh(x)

    t = math.tanh(0.5)
    s = 1 - t * t
    expected = [s, -2 * t * s, -2 * s * s + 4 * t * t * s]
    for value in expected:
        f = grad(f)
        assert type(f(0.5)) is float
        assert f(0.5) == pytest.approx(value, rel=1e-14)


def test_answers_come_in_the_kind_that_was_given() -> None:
    def square(x: Any) -> Any:
        return (x * x).sum() if np.ndim(x) else x * x

    assert type(grad(square)(3)) is float
    assert type(grad(square)(np.float64(3.0))) is float
    assert grad(square)(np.array(3.0)).shape == ()
    assert type(grad(square)(np.ones(2))) is np.ndarray
    assert grad(square)(np.ones(2, np.float32)).dtype == np.float32
    assert isinstance(grad(square)(Tensor([1.0, 2.0])), Tensor)
    value, slope = value_and_grad(lambda x: x * x)(Value(3.0))
    assert (value.data, slope.data) == (9.0, 6.0)
    assert isinstance(slope, Value)


class Layer(NamedTuple):
    weight: Any
    bias: Any


def network(layers: list[Layer], x: Any) -> Any:
    for weight, bias in layers:
        x = np.tanh(x @ weight + bias)
    return np.sum(x)


def test_nests_of_arrays_are_derived_by_in_their_own_form() -> None:
    rng = np.random.default_rng(0)
    layers = [Layer(rng.normal(size=(2, 3)), np.zeros(3)), Layer(rng.normal(size=(3, 1)), np.zeros(1))]
    x = rng.normal(size=(4, 2))
    value, (slopes, by_x) = value_and_grad(network, (0, 1))(layers, x)
    assert isinstance(slopes[0], Layer)
    nodes = [Tensor(a) for layer in layers for a in layer] + [Tensor(x)]
    y = network([Layer(*nodes[:2]), Layer(*nodes[2:4])], nodes[4])
    y.backward()
    assert value == y.item()
    for found, node in zip([*slopes[0], *slopes[1], by_x], nodes, strict=True):
        np.testing.assert_allclose(found, node.grad, rtol=1e-14)
    by_name = grad(lambda p: p["w"] * p["b"][0])({"w": 2.0, "b": [3.0]})
    assert by_name == {"w": 3.0, "b": [2.0]}


def test_keywords_are_handed_on_and_what_is_closed_over_is_left_alone() -> None:
    w = nn.parameter(np.array([2.0]))
    assert grad(lambda x, scale: (x * w).sum() * scale)(np.ones(1), scale=3.0).tolist() == [6.0]
    assert w.grad is None


@pytest.mark.parametrize("x", [3.0, Value(3.0)], ids=["number", "Value"])
def test_derivatives_in_derivatives_are_of_their_own_variable(x: Any) -> None:
    number = float(x.data) if isinstance(x, Value) else x
    for f, expected in [
        (lambda x: x * grad(lambda y: x * y)(x), 2 * number),
        (lambda x: x * grad(lambda y: x + y)(x), 1.0),
        (lambda x: grad(lambda y: y * y * x)(x), 4 * number),
    ]:
        slope = grad(f)(x)
        assert (slope.data if isinstance(slope, Value) else slope) == expected


def test_what_an_outer_function_is_derived_by_is_not_lost_in_an_inner_one() -> None:
    assert grad(lambda z: np.sum(grad(lambda x: np.sum(x * x * z))(np.ones(3))))(2.0) == 6.0
    assert grad(lambda z: jvp(lambda x: x * x * z, 3.0, 1.0)[1])(2.0) == 6.0
    assert grad(lambda z: np.sum(jacobian(lambda x: x * z)(np.ones(3))))(2.0) == 3.0


def test_the_graph_is_recorded_under_no_grad_too() -> None:
    with no_grad():
        assert grad(lambda x: x * x)(3.0) == 6.0
        assert jvp(lambda x: x * x, 3.0, 1.0) == (9.0, 6.0)


# --- jacobian, hessian, hvp, jvp --------------------------------------------------------------------------------------


def bent(x: Any) -> Any:
    """Return a function of R^n whose derivatives of every order mix all inputs."""
    return np.sum(np.sin(x) * np.exp(x[::-1]))


def differences(f: Any, x: np.ndarray) -> np.ndarray:
    """Return the derivatives of `f` by central differences: shape (*f(x).shape, *x.shape)."""
    h = 1e-6
    columns = [(np.asarray(f(x + h * e)) - np.asarray(f(x - h * e))) / (2 * h) for e in np.eye(x.size)]
    return np.stack(columns, axis=-1)


def test_jacobians_are_what_differences_say() -> None:
    rng = np.random.default_rng(1)
    matrix, x = rng.normal(size=(3, 4)), rng.normal(size=4)

    def f(x: Any) -> Any:
        return np.tanh(matrix @ x)

    found = jacobian(f)(x)
    assert found.shape == (3, 4)
    np.testing.assert_allclose(found, differences(f, x), rtol=1e-8, atol=1e-9)


@pytest.mark.parametrize(("shape", "result"), [((), ()), ((2,), (2, 2)), ((2, 3), (2, 3, 2, 3)), ((0,), (0, 0))])
def test_shapes_of_jacobians(shape: tuple[int, ...], result: tuple[int, ...]) -> None:
    x = np.ones(shape)
    found = jacobian(lambda x: x * x)(x)
    assert found.shape == result
    np.testing.assert_array_equal(found.reshape(x.size, x.size), 2 * np.eye(x.size))


def test_hessians_and_products_with_them_agree() -> None:
    rng = np.random.default_rng(2)
    x, v = rng.normal(size=(2, 5))
    found = hessian(bent)(x)
    np.testing.assert_allclose(found, found.T, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(found, differences(grad(bent), x), rtol=1e-7, atol=1e-8)
    np.testing.assert_allclose(hvp(bent, x, v), found @ v, rtol=1e-12)
    np.testing.assert_allclose(jvp(grad(bent), x, v)[1], found @ v, rtol=1e-12)
    assert jvp(bent, x, v)[1] == pytest.approx(grad(bent)(x) @ v, rel=1e-13)


def test_derivatives_of_functions_of_values_are_lists() -> None:
    def f(v: list[Value]) -> list[Value]:
        return [v[0] * v[1], v[0] + 3 * v[1]]

    x = [Value(2.0), Value(5.0)]
    assert [[d.data for d in row] for row in jacobian(f)(x)] == [[5.0, 2.0], [1.0, 3.0]]
    assert [[d.data for d in row] for row in hessian(lambda v: v[0] ** 2 * v[1])(x)] == [[10.0, 4.0], [4.0, 0.0]]
    [product] = [[d.data for d in hvp(lambda v: v[0] ** 2 * v[1], x, [1.0, -1.0])]]
    assert product == [6.0, 4.0]


def test_a_jacobian_of_nodes_is_derived_further() -> None:
    check_gradients(lambda x: (jacobian(lambda y: (y * y * y).tanh())(x) ** 2).sum(), np.array([0.5, -0.7]))


def test_several_arguments_move_at_once() -> None:
    y, tangent = jvp(lambda a, b: a * b, (3.0, 4.0), (1.0, 10.0))
    assert (y, tangent) == (12.0, 34.0)
    assert hvp(lambda a, b: a * a * b, (3.0, 4.0), (1.0, 10.0)) == (8.0 + 60.0, 6.0)
    assert jvp(lambda x: (x, np.zeros(2) * 1.0 + x), 1.0, 2.0)[1][0] == 2.0


def test_the_number_of_an_argument_may_be_numpys() -> None:
    assert grad(np.multiply, np.argmax([0.0, 1.0]))(2.0, 3.0) == 2.0
    assert grad(np.multiply, [*np.arange(2)])(2.0, 3.0) == (3.0, 2.0)


def test_directions_of_dicts_go_by_their_keys() -> None:
    p = {"w": 2.0, "b": [3.0, {"c": 5.0}]}

    def f(p: Any) -> Any:
        return p["w"] * p["b"][0] * p["b"][1]["c"]

    assert jvp(f, p, {"b": [0.0, {"c": 0.0}], "w": 1.0}) == (30.0, 15.0)
    assert hvp(f, (p,), ({"b": (0.0, {"c": 0.0}), "w": 1.0},)) == ({"w": 0.0, "b": [5.0, {"c": 3.0}]},)


def test_plain_numbers_that_are_asked_for_by_name_are_given_in_a_derived_function() -> None:
    def f(x: Any) -> Any:
        with no_grad():
            told = [float(x[0]), np.asarray(x).tolist(), f"{x[0]:.1f}", np.array_equal(x, x), np.zeros_like(x).shape]
        assert told == [1.0, [1.0, 2.0], "1.0", True, (2,)]
        assert (x[0].item(), x.tolist(), int(x[1]), x.data.sum()) == (1.0, [1.0, 2.0], 2, 3.0)
        return np.sum(x[x.astype(int) - 1] * x[np.argsort(-x)] * np.where(np.isfinite(x), x, 0.0))

    written_out = grad(lambda x: x[0] * x[1] * (x[0] + x[1]))
    np.testing.assert_array_equal(grad(f)(np.array([1.0, 2.0])), written_out(np.array([1.0, 2.0])))


def test_what_does_not_depend_on_the_inputs_does_not_move() -> None:
    other = Tensor([1.0, 2.0])
    assert jvp(lambda x: other * 2.0, 1.0, 1.0)[1].tolist() == [0.0, 0.0]
    assert grad(lambda x: other.sum())(np.ones(2)).tolist() == [0.0, 0.0]


def written_into_an_array(x: Any) -> Any:
    array = np.zeros(2)
    array[0] = x[0]
    return np.sum(array * x)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda: grad(lambda x: math.sin(x) + x)(1.0), "plain numbers in a function that is derived lose the graph"),
        (lambda: grad(lambda x: x * np.sum(np.array([x, x])))(1.0), "lose the graph: see stack, or x.data"),
        (lambda: grad(lambda x: np.sum(np.vectorize(math.exp)(x) * x))(np.ones(2)), "lose the graph"),
        (lambda: grad(written_into_an_array)(np.ones(2)), "setting an array element"),
        (
            lambda: grad(lambda x: math.sin(x.data))(1.0),
            r"f gave float: 0\.84.*use functions of NumPy's or ours, not of",
        ),
        (lambda: grad(lambda x: 3.0)(1.0), r"f gave float: 3\.0"),
        (lambda: grad(np.tanh)(np.ones(2)), r"wanted one number to derive, got a Tensor of shape \(2,\)"),
        (lambda: grad(np.tanh, 1)(1.0), "no argument 1 to derive by: the function was called with 1"),
        (lambda: grad(np.tanh, "x")(1.0), "no argument 'x' to derive by"),
        (lambda: grad(np.tanh)("a"), "wanted an array of real numbers, got str: 'a'"),
        (lambda: grad(lambda x: x * Value(1.0))(1.0), "does not mix with Values"),
        (lambda: jvp(np.tanh, np.ones(2), np.ones(3)), r"a direction of shape \(2,\), got \(3,\)"),
        (lambda: grad(np.tanh, 1.0)(1.0), r"no argument 1\.0 to derive by"),
        (lambda: grad(np.multiply, (0, 0))(2.0, 3.0), r"different arguments, got \(0, 0\)"),
        (lambda: jvp(lambda p: p["w"], {"w": 1.0}, {"v": 1.0}), r"wanted the keys \['w'\], got \['v'\]"),
        (lambda: jvp(np.add, (1.0, 2.0), (1.0,)), "a direction for each of 2 inputs, got 1"),
    ],
)
def test_what_cannot_be_derived_is_said(wrong: Any, message: str) -> None:
    with pytest.raises((TypeError, ValueError), match=message):
        wrong()
