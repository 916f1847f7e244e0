"""The table of operations. Most tests run over all rows: a new row is tested by existing."""

import copy
import itertools
import math
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import micrograd_plus
from micrograd_plus import ops
from micrograd_plus.array_functions import FUNCTIONS
from micrograd_plus.checks import check_gradients
from micrograd_plus.engine import gradient
from micrograd_plus.ops import ALIASES, FORMULAS, TABLE
from micrograd_plus.tensor import Tensor
from micrograd_plus.value import Value
from tests.cases import each
from tests.sampling import ROWS, generator, inputs_in_domain, with_parameters

EPS = np.finfo(np.float64).eps
INF, NAN = math.inf, math.nan


def same(a: Any, b: Any) -> bool:
    """Tell whether two floats are the same, nan and the sign of zero included."""
    return type(a) is type(b) is float and a.hex() == b.hex()


# --- every row: what it computes --------------------------------------------------------------------------------------


@each("row", ROWS)
def test_numbers_arrays_values_and_tensors_agree(row: str) -> None:
    rng = generator(row)
    for _ in range(20):
        op = with_parameters(TABLE[row], rng)
        x = inputs_in_domain(op, rng)
        expected = op(*x)
        assert type(expected) is float
        assert same(op(*map(Value, x)).data, expected)
        # NumPy's functions and math's are each within 4 units in the last place; a formula adds up a few of them.
        near = {"rtol": 32 * EPS, "atol": 8 * EPS}
        np.testing.assert_allclose(op(*map(np.array, x)), expected, **near)
        np.testing.assert_allclose(op(*map(Tensor, x)).data, expected, **near)
        np.testing.assert_allclose(op(*[np.full((2, 3), number) for number in x]), np.full((2, 3), expected), **near)


@each("row", ROWS)
def test_the_public_function_is_the_row(row: str) -> None:
    assert getattr(micrograd_plus, row) is TABLE[row]


@each("row", ROWS)
def test_method_and_function_agree(row: str) -> None:
    rng = generator(row)
    op = TABLE[row]
    first, *others = map(Value, inputs_in_domain(op, rng))
    by_method, by_function = getattr(first, row)(*others), op(first, *others)
    assert by_method.data == by_function.data
    assert by_method.op is by_function.op
    assert by_method.inputs == by_function.inputs == (first, *others)
    assert getattr(Value, row).__name__ == row


@each("row", ROWS)
def test_the_python_text_computes_the_row(row: str) -> None:
    rng = generator(row)
    op = with_parameters(TABLE[row], rng)
    x = inputs_in_domain(op, rng)
    names = "abc"[: op.arity]
    text = op.python.format(*names, **{name: f"({value!r})" for name, value in op.parameters.items()})
    written = eval(text, {**TABLE, **dict(zip(names, x, strict=True))})  # noqa: S307 - the table's own text
    assert float(written) == pytest.approx(op(*x), rel=4 * EPS)


@each("row", ROWS)
def test_latex_takes_the_inputs_and_closes_its_braces(row: str) -> None:
    op = with_parameters(TABLE[row], generator(row))
    marks = [f"<{k}>" for k in range(op.arity)]
    text = op.latex.format(*marks, **{name: str(value) for name, value in op.parameters.items()})
    assert all(text.count(mark) == 1 for mark in marks)
    depth = 0
    for character in text:
        depth += {"{": 1, "}": -1}.get(character, 0)
        assert depth >= 0
    assert depth == 0


@each("row", ROWS)
def test_float32_stays_float32(row: str) -> None:
    rng = generator(row)
    op = with_parameters(TABLE[row], rng)
    x = [np.float32(number) for number in inputs_in_domain(op, rng)]
    for inputs in (x, [np.array([number, number]) for number in x], [*map(float, x[:-1]), x[-1]]):
        out = op(*inputs)
        # A comparison of arrays gives booleans, as in NumPy.
        assert out.dtype in ((np.bool, np.float32) if 0.0 in op.slopes else (np.float32,))


COMPARISONS = {"less", "less_equal", "greater", "greater_equal", "equal", "not_equal"}


@pytest.mark.parametrize("row", sorted(COMPARISONS))
def test_only_inequality_holds_with_nan(row: str) -> None:
    expected = float(row == "not_equal")
    for a, b in ((NAN, 1.0), (1.0, NAN), (NAN, NAN)):
        assert TABLE[row](a, b) == TABLE[row](np.array(a), b) == expected


@each("row", sorted(TABLE.keys() - COMPARISONS - {"where"}))
def test_nan_comes_out_where_it_goes_in(row: str) -> None:
    op = TABLE[row]
    for k in range(op.arity):
        x = inputs_in_domain(op, generator(row))
        x[k] = NAN
        assert math.isnan(op(*x))
        with np.errstate(invalid="ignore"):
            assert np.isnan(op(*map(np.array, x)))


@each("row", sorted(FORMULAS))
def test_what_is_written_in_other_rows_computes_the_same(row: str) -> None:
    op = TABLE[row]
    for x in itertools.product([-INF, -2.0, -0.5, -0.0, 0.0, 0.5, 2.0, INF, NAN], repeat=op.arity):
        written = FORMULAS[row](*map(Value, x), **op.parameters).data
        assert written == pytest.approx(op(*x), rel=32 * EPS, abs=0.0, nan_ok=True)


@each("x", [-INF, -2.0, -0.0, 0.5, INF])
def test_clip_without_bounds_changes_nothing(x: float) -> None:
    assert same(micrograd_plus.clip(x), x)
    assert same(Value(x).clip().data, x)


@each("row", ROWS)
def test_what_is_no_real_number_is_refused(row: str) -> None:
    op = TABLE[row]
    for wrong in ("1", None, 1j, [1.0], np.array(["1"]), np.array([1j]), np.array([None])):
        for k in range(op.arity):
            x: list[Any] = inputs_in_domain(op, generator(row))
            x[k] = wrong
            with pytest.raises(TypeError, match=r"^wanted (a )?real numbers?.*, got "):
                op(*x)


# --- every row: its slopes --------------------------------------------------------------------------------------------


@each("row", ROWS)
def test_slopes_are_what_differences_say(row: str) -> None:
    rng = generator(row)
    for _ in range(10):
        op = with_parameters(TABLE[row], rng)
        check_gradients(op, *inputs_in_domain(op, rng), order=2)


@each("row", ROWS)
def test_slopes_on_arrays_are_what_differences_say(row: str) -> None:
    rng = generator(row)
    op = with_parameters(TABLE[row], rng)
    columns = [np.array(column) for column in zip(*[inputs_in_domain(op, rng) for _ in range(6)], strict=True)]
    weights = rng.uniform(0.5, 1.5, 6)
    check_gradients(lambda *x: (op(*x) * weights).sum(), *columns, order=2)


def steepest(op: ops.Op, inputs: list[float]) -> float:
    """Return the largest of the row's value and slopes, infinity for nan."""
    x = [Value(number) for number in inputs]
    y = op(*x)
    sizes = [abs(node.data) for node in [y, *gradient(y, x)]]
    return max(INF if math.isnan(size) else size for size in sizes)


@each("row", ROWS)
def test_a_domain_ends_where_the_row_or_its_slope_does(row: str) -> None:
    rng = generator(row)
    drawn = [(op := with_parameters(TABLE[row], rng), inputs_in_domain(op, rng)) for _ in range(20)]
    for k, interval in enumerate(TABLE[row].domain):
        for end in filter(math.isfinite, interval):
            assert max(steepest(op, [*x[:k], end, *x[k + 1 :]]) for op, x in drawn) > 1e12


# What PyTorch calls otherwise.
TORCH: dict[str, Callable[[Any], Callable[..., Any]]] = {
    "power": lambda torch: lambda x, n: x**n,
    "equal": lambda torch: torch.eq,
    "floor_divide": lambda torch: lambda a, b: torch.div(a, b, rounding_mode="floor"),
    "cbrt": lambda torch: lambda x: torch.sign(x) * torch.abs(x) ** (1 / 3),
    "log_sigmoid": lambda torch: torch.nn.functional.logsigmoid,
    "heaviside": lambda torch: lambda x: torch.heaviside(x, torch.zeros_like(x)),
    "where": lambda torch: lambda condition, a, b: torch.where(condition != 0, a, b),
    "leaky_relu": lambda torch: torch.nn.functional.leaky_relu,
}


def in_torch(torch: Any, row: str) -> Callable[..., Any]:
    """Return PyTorch's function for a row, or skip the test where it has none."""
    if row in TORCH:
        return TORCH[row](torch)
    for place in (torch, torch.nn.functional):
        if hasattr(place, row):
            found: Callable[..., Any] = getattr(place, row)
            return found
    pytest.skip(f"PyTorch has no {row}")


@pytest.mark.slow
@pytest.mark.parametrize("row", ROWS)
def test_value_and_both_orders_agree_with_pytorch(row: str) -> None:
    torch = pytest.importorskip("torch")
    function = in_torch(torch, row)
    rng = generator(row)
    for _ in range(10):
        op = with_parameters(TABLE[row], rng)
        numbers = inputs_in_domain(op, rng)
        x = [Value(number) for number in numbers]
        theirs = [torch.tensor(number, dtype=torch.float64, requires_grad=True) for number in numbers]
        y, y_of_theirs = op(*x), function(*theirs, *op.parameters.values())
        near = {"rtol": 64 * EPS, "atol": 64 * EPS}
        np.testing.assert_allclose(y.data, y_of_theirs.item(), **near)
        if not y_of_theirs.requires_grad or row == "heaviside":  # PyTorch has no derivative for either
            assert [g.data for g in gradient(y, x)] == [0.0] * op.arity
            continue
        first = gradient(y, x)
        first_of_theirs = torch.autograd.grad(y_of_theirs, theirs, create_graph=True, materialize_grads=True)
        np.testing.assert_allclose([g.data for g in first], [g.item() for g in first_of_theirs], **near)
        second = gradient(sum(first), x)
        total = sum(first_of_theirs)
        if total.requires_grad:
            of_theirs = torch.autograd.grad(total, theirs, materialize_grads=True)
            # The second derivatives of a product of powers reach some hundreds here.
            np.testing.assert_allclose(
                [g.data for g in second], [g.item() for g in of_theirs], rtol=1024 * EPS, atol=1024 * EPS
            )
        else:
            assert [g.data for g in second] == [0.0] * op.arity


def test_a_plus_in_front_changes_nothing() -> None:
    for x in (Value(2.0), Tensor([2.0])):
        assert +x is x


# --- edges of mathematics ---------------------------------------------------------------------------------------------

EDGES = [
    ("div", (1.0, 0.0), INF),
    ("div", (-1.0, 0.0), -INF),
    ("div", (1.0, -0.0), -INF),
    ("div", (0.0, 0.0), NAN),
    ("log", (0.0,), -INF),
    ("log", (-1.0,), NAN),
    ("log", (INF,), INF),
    ("log1p", (-1.0,), -INF),
    ("log1p", (-2.0,), NAN),
    ("exp", (1000.0,), INF),
    ("exp", (-1000.0,), 0.0),
    ("expm1", (1000.0,), INF),
    ("sinh", (-1000.0,), -INF),
    ("cosh", (1000.0,), INF),
    ("sqrt", (-1.0,), NAN),
    ("sin", (INF,), NAN),
    ("tan", (-INF,), NAN),
    ("pow", (-8.0, 1 / 3), NAN),
    ("pow", (0.0, -1.0), INF),
    ("pow", (10.0, 400.0), INF),
    ("pow", (-10.0, 401.0), -INF),
    ("pow", (0.0, 0.0), 1.0),
    ("tanh", (1000.0,), 1.0),
    ("tanh", (-1000.0,), -1.0),
    ("sigmoid", (1000.0,), 1.0),
    ("sigmoid", (-1000.0,), 0.0),
    ("softplus", (1000.0,), 1000.0),
    ("softplus", (-1000.0,), 0.0),
    ("silu", (1000.0,), 1000.0),
    ("silu", (-1000.0,), -0.0),
    ("gelu", (1000.0,), 1000.0),
    ("elu", (1000.0,), 1000.0),
    ("elu", (-1000.0,), -1.0),
    ("leaky_relu", (-100.0,), -1.0),
    ("erf", (INF,), 1.0),
    ("relu", (-INF,), 0.0),
    ("maximum", (-INF, INF), INF),
    ("minimum", (-INF, INF), -INF),
    ("sign", (-0.0,), 0.0),
    ("heaviside", (0.0,), 0.0),
    ("abs", (-INF,), INF),
    ("where", (0.0, INF, 1.0), 1.0),
]


@each("row, x, expected", EDGES)
def test_edges_follow_ieee_754(row: str, x: tuple[float, ...], expected: float) -> None:
    op = TABLE[row]
    assert same(op(*x), expected)
    assert same(op(*map(Value, x)).data, expected)
    with np.errstate(all="ignore"):
        np.testing.assert_array_equal(op(*map(np.array, x)), expected)


def test_a_power_by_a_constant_has_the_same_edges() -> None:
    assert math.isnan((Value(-8.0) ** (1 / 3)).data)
    assert same((Value(-8.0) ** 3).data, -512.0)
    assert same((Value(0.0) ** -1).data, INF)
    assert same((Value(1e200) ** 2).data, INF)
    assert same((Value(0.0) ** 0).data, 1.0)


SLOPES_AT_EDGES = [
    ("relu", 0.0, 0.0),
    ("relu", -0.0, 0.0),
    ("abs", 0.0, 0.0),
    ("sign", 0.0, 0.0),
    ("heaviside", 0.0, 0.0),
    ("sqrt", 0.0, INF),
    ("log", 0.0, INF),
    ("log1p", -1.0, INF),
    ("exp", 1000.0, INF),
    ("tanh", 1000.0, 0.0),
    ("tanh", -1000.0, 0.0),
    ("sigmoid", 1000.0, 0.0),
    ("sigmoid", -1000.0, 0.0),
    ("softplus", 1000.0, 1.0),
    ("softplus", -1000.0, 0.0),
    ("silu", 1000.0, 1.0),
    ("silu", -1000.0, 0.0),
    ("gelu", 1000.0, 1.0),
    ("gelu", -1000.0, 0.0),
    ("elu", 1000.0, 1.0),
    ("elu", -1000.0, 0.0),
    ("erf", 1000.0, 0.0),
    ("arctan", 1e200, 0.0),
]


@pytest.mark.parametrize(("row", "at", "slope"), SLOPES_AT_EDGES)
def test_slopes_at_kinks_and_far_out(row: str, at: float, slope: float) -> None:
    x = Value(at)
    y = TABLE[row](x)
    y.backward()
    assert x.grad == slope
    assert gradient(y, [x])[0].data == slope
    t = Tensor(at)
    with np.errstate(all="ignore"):
        TABLE[row](t).backward()
    assert t.grad == slope


@pytest.mark.parametrize("at", [-1.0, 0.0, 2.0, INF])
def test_the_zeroth_power_is_flat_everywhere(at: float) -> None:
    x, t = Value(at), Tensor(at)
    (x**0).backward()
    (t**0).backward()
    assert x.grad == t.grad == 0.0


def test_a_base_of_zero_has_slopes_where_the_exponent_is_a_node() -> None:
    for exponent, slope in ((0.0, 0.0), (1.0, 1.0), (2.0, 0.0)):
        a, b = Value(0.0), Value(exponent)
        (a**b).backward()
        assert (a.grad, b.grad) == (slope, 0.0)


@pytest.mark.parametrize("at", [-2.0, -1.0, 0.5, 1.0, 3.0])
def test_clip_lets_the_gradient_through_where_it_lets_the_number_through(at: float) -> None:
    x = Value(at)
    y = micrograd_plus.clip(x, min=-1.0, max=1.0)
    y.backward()
    assert y.data == min(max(at, -1.0), 1.0)
    assert x.grad == (1.0 if -1.0 <= at <= 1.0 else 0.0)


@pytest.mark.parametrize(("row", "first"), [("maximum", 1.0), ("minimum", 1.0)])
def test_of_two_equal_inputs_the_first_gets_the_gradient(row: str, first: float) -> None:
    a, b = Value(2.0), Value(2.0)
    TABLE[row](a, b).backward()
    assert (a.grad, b.grad) == (first, 1.0 - first)


MASKS: list[Callable[[Any], Any]] = [
    lambda x: micrograd_plus.relu(x),
    lambda x: micrograd_plus.maximum(x, 0.0),
    lambda x: micrograd_plus.maximum(0.0, x),
    lambda x: -micrograd_plus.minimum(-x, 0.0),
    lambda x: micrograd_plus.clip(x, min=0.0, max=9.0),
    lambda x: micrograd_plus.where(x > 0, x, 0.0),
    lambda x: micrograd_plus.where(x < 0, 0.0, x),
]


@pytest.mark.parametrize("masked", MASKS)
@pytest.mark.parametrize("kind", [Value, Tensor])
def test_masks_stop_an_infinite_gradient(masked: Callable[[Any], Any], kind: Any) -> None:
    x = kind(-4.0)
    y = masked(x).sqrt()  # sqrt's slope at 0 is inf, and 0 * inf would be nan
    y.backward()
    assert y.data == 0.0
    assert x.grad == 0.0
    assert gradient(y, [x])[0].data == 0.0


# --- Op itself --------------------------------------------------------------------------------------------------------


def test_calls_with_wrong_arguments_say_what_is_known() -> None:
    with pytest.raises(TypeError, match=r"add takes 2 input\(s\), got 1"):
        ops.add(1.0)
    with pytest.raises(TypeError, match="tanh takes at most 1 arguments, got 2"):
        ops.tanh(1.0, 2.0)
    with pytest.raises(TypeError, match="power has no parameter 'm'; its parameters: n"):
        ops.power(1.0, m=3)
    with pytest.raises(TypeError, match="tanh has no parameter 'n'; its parameters: none"):
        ops.tanh(1.0, n=3)
    with pytest.raises(TypeError, match=r"wanted a real number .* got str: 'three'"):
        ops.power(1.0, n="three")


def test_aliases_are_rows_by_other_names() -> None:
    for alias, op in ALIASES.items():
        assert getattr(micrograd_plus, alias) is op
        assert getattr(Value, alias) is getattr(Value, op.name)
        assert getattr(Tensor, alias) is getattr(Tensor, op.name)
        assert TABLE[op.name] is op
        if alias != "fix":  # which is no ufunc
            assert getattr(np, alias, op.ufunc) is op.ufunc
    assert not ALIASES.keys() & (TABLE.keys() | FUNCTIONS.keys())
    assert np.array_equal(np.fix(Tensor([-1.5, 1.5])).data, [-1.0, 1.0])
    assert micrograd_plus.atan2(1.0, 2.0) == math.atan2(1.0, 2.0)


def test_a_parameter_of_minus_0_is_0_whichever_comes_first() -> None:
    for n in (-0.0, 0.0):
        assert same(ops.power.bind([n]).parameters["n"], 0.0)
        assert same(micrograd_plus.clip(-1.0, n, 1.625), 0.0)  # which no other test binds


def test_none_is_no_bound() -> None:
    assert ops.clip(5.0, None, 3.0) == ops.clip(5.0, max=3.0, min=None) == 3.0
    assert ops.clip.bind([None, 3.0]) is ops.clip.bind(named={"max": 3.0})
    t = Tensor([-1.0, 5.0])
    for clipped in (t.clip(0.0), t.clamp(min=0.0), np.clip(t, 0.0, None), np.clip(t, 0.0, np.inf)):
        assert clipped.op is ops.clip.bind([0.0])
    with pytest.raises(TypeError, match=r"wanted a real number .* got NoneType: None"):
        ops.power(3.0, None)


@pytest.mark.parametrize("kind", [Value, Tensor])
def test_quotients_and_remainders_are_pythons(kind: Any) -> None:
    for a, b in itertools.product((7.5, -7.5, 1.0), (2.0, -2.0, 0.1)):
        x, y = kind(a), kind(b)
        assert float(x // y) == float(x // b) == float(a // y) == a // b
        assert float(x % y) == float(x % b) == float(a % y) == a % b
        assert (x % y).op is ops.remainder
        assert (x // y).op is ops.floor_divide
        assert float(x // y * y + x % y) == pytest.approx(a, rel=EPS)
    assert float(round(kind(2.5))) == 2.0
    assert round(kind(2.5)).op is ops.round_


def test_parameters_are_positional_or_named_and_rows_with_equal_ones_are_one_object() -> None:
    assert ops.clip(5.0, 0.0, 3.0) == ops.clip(5.0, max=3.0) == 3.0
    bound = ops.power.bind([3.0])
    assert bound is ops.power.bind(named={"n": 3}) is bound.bind()
    assert bound.parameters == {"n": 3.0}
    assert ops.tanh.bind() is ops.tanh


@pytest.mark.parametrize(("name", "parameters"), [("tanh", []), ("power", [3.0])])
def test_a_row_is_copied_and_pickled_as_itself(name: str, parameters: list[float]) -> None:
    op = ops.TABLE[name].bind(parameters)
    assert copy.deepcopy(op) is op
    assert pickle.loads(pickle.dumps(op)) is op  # noqa: S301 - our own bytes


def test_integers_and_bools_become_float64() -> None:
    for x in (np.array([1, 2]), np.array([True, False]), np.uint8(3)):
        assert ops.add(x, 1).dtype == np.float64
    assert type(ops.add(1, True)) is float


def test_comparisons_are_numbers_in_formulas_on_floats_and_on_arrays() -> None:
    points = np.array([-1.0, 0.5, 2.0], dtype=np.float32)
    summed = ops.greater(points, 0.0) + ops.greater(points, 1.0)
    assert summed.dtype == np.float32
    assert summed.tolist() == [ops.greater(float(x), 0.0) + ops.greater(float(x), 1.0) for x in points]
    assert (-ops.less(points, 0.0)).tolist() == [-1.0, 0.0, 0.0]


def test_the_mixed_derivative_of_a_power_does_not_depend_on_the_order_at_exponent_0() -> None:
    base, exponent = Value(2.0), Value(0.0)
    by_base, by_exponent = gradient(base**exponent, [base, exponent])
    assert gradient(by_base, [exponent])[0].data == gradient(by_exponent, [base])[0].data == 0.5
    at_0 = gradient(Value(0.0) ** exponent, [exponent])
    assert at_0[0].data == 0.0


def test_the_slope_of_expm1_does_not_cancel() -> None:
    x = Value(-40.0)
    ops.expm1(x).backward()
    assert x.grad == math.exp(-40.0)


def test_a_parameter_given_twice_is_refused() -> None:
    with pytest.raises(TypeError, match="power was given its parameter 'n' twice"):
        ops.power(3.0, 3.0, n=2.0)
