"""What a Value takes, refuses, compares as, prints, and how it is copied and pickled."""

import copy
import math
import pickle
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from micrograd_plus.context import scope
from micrograd_plus.engine import CONSTANT, LEAF, PARAMETER, Node, graph
from micrograd_plus.ops import TABLE
from micrograd_plus.tensor import Tensor
from micrograd_plus.value import Value
from tests.cases import each

# --- what it takes and refuses ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "number", [3, 3.0, True, np.float64(3.0), np.float32(3.0), np.float16(3.0), np.int64(3), np.uint8(3), np.bool(True)]
)
def test_real_numbers_become_floats(number: Any) -> None:
    for x in (Value(number), Value.leaf(number), Value(0.0) + number, number + Value(0.0)):
        assert type(x.data) is float
        assert x.data == float(number)
    x = Value(0.0)
    x.data = number
    assert type(x.data) is float
    assert x.data == float(number)


REFUSED = ["3", None, 3j, [3.0], (3.0,), Decimal(3), Fraction(1, 3), {}, object(), np.complex128(3)]


@pytest.mark.parametrize("wrong", [*REFUSED, np.array(3.0), np.ones(3)])
def test_anything_else_is_refused_by_name(wrong: Any) -> None:
    wanted = r"^wanted a real number \(int, float, bool or a NumPy real scalar\), got "
    kind = "an array" if isinstance(wrong, np.ndarray) else type(wrong).__name__
    x = Value(1.0)
    with pytest.raises(TypeError, match=f"{wanted}{kind}: "):
        Value(wrong)
    with pytest.raises(TypeError, match=f"{wanted}{kind}: "):
        x.data = wrong
    assert x.data == 1.0


INFIX: list[Callable[[Any, Any], Any]] = [
    lambda a, b: a + b,
    lambda a, b: a - b,
    lambda a, b: a * b,
    lambda a, b: a / b,
    lambda a, b: a**b,
    lambda a, b: a < b,
    lambda a, b: a <= b,
    lambda a, b: a > b,
    lambda a, b: a >= b,
]


@each("infix", INFIX)
@each("wrong", REFUSED)
def test_infix_refuses_on_either_side(infix: Callable[[Any, Any], Any], wrong: Any) -> None:
    message = "^wanted a real number .* got "
    with pytest.raises(TypeError, match=message):
        infix(Value(2.0), wrong)
    if isinstance(wrong, Fraction) and infix(4, 2) == 16:
        return  # Before Python 3.12 a Fraction makes itself a float when it is raised to a power.
    with pytest.raises(TypeError, match=message):
        infix(wrong, Value(2.0))


@pytest.mark.parametrize("infix", INFIX[:5])
@pytest.mark.parametrize("array", [np.array(3.0), np.ones(3), np.ones(3, int)])
def test_values_and_arrays_do_not_mix(infix: Callable[[Any, Any], Any], array: Any) -> None:
    message = "^a Value holds one number and does not mix with ndarray; use Tensors for arrays$"
    with pytest.raises(TypeError, match=message):
        infix(Value(2.0), array)
    with pytest.raises(TypeError, match=message):
        infix(array, Value(2.0))


@pytest.mark.parametrize("infix", INFIX[5:])
def test_values_and_arrays_are_not_compared(infix: Callable[[Any, Any], Any]) -> None:
    for a, b in ((Value(2.0), np.ones(3)), (np.ones(3), Value(2.0))):
        with pytest.raises(TypeError, match=r"wanted a real number .* got an array: "):
            infix(a, b)


@pytest.mark.parametrize("infix", INFIX[:5])
def test_values_and_tensors_do_not_mix(infix: Callable[[Any, Any], Any]) -> None:
    with pytest.raises(TypeError, match="a Value holds one number and does not mix with Tensor"):
        infix(Value(2.0), Tensor(2.0))
    with pytest.raises(TypeError, match="a Tensor holds an array of numbers and does not mix with Values"):
        infix(Tensor(2.0), Value(2.0))


def test_an_integer_too_large_for_a_float_is_refused() -> None:
    message = "^wanted a number that a float can hold, got an int of 1329 bits$"
    for attempt in (lambda: Value(10**400), lambda: Value(1.0) * 10**400, lambda: 10**400 + Value(1.0)):
        with pytest.raises(ValueError, match=message):
            attempt()


def test_a_label_is_text() -> None:
    x = Value(1.0, label="x")
    with pytest.raises(TypeError, match="wanted a label as text, got int: 3"):
        x.label = 3
    assert x.label == "x"


# --- infix, methods, functions ----------------------------------------------------------------------------------------


def test_infix_on_either_side_computes_what_floats_do() -> None:
    a, b = 3.5, -1.25
    for infix in INFIX[:4]:
        expected = infix(a, b)
        assert infix(Value(a), Value(b)).data == infix(Value(a), b).data == infix(a, Value(b)).data == expected
        assert infix(np.float64(a), Value(b)).data == infix(Value(a), np.float32(b)).data == expected
    assert (-Value(a)).data == -a
    assert abs(Value(b)).data == 1.25
    assert (Value(a) ** 3).data == (Value(a) ** Value(3.0)).data == a**3
    assert (2 ** Value(b)).data == (np.float64(2.0) ** Value(b)).data == 2**b


def test_power_by_a_number_and_by_a_node_are_two_rows() -> None:
    x = Value(2.0)
    assert (x**3).op is TABLE["power"].bind([3.0])
    assert (x ** Value(3.0)).op is (3**x).op is TABLE["pow"]


def test_sum_starts_from_zero() -> None:
    x = [Value(1.0), Value(2.0), Value(3.0)]
    y = sum(x)
    y.backward()
    assert y.data == 6.0
    assert [v.grad for v in x] == [1.0, 1.0, 1.0]


def test_inputs_are_ordered_and_repeated() -> None:
    a, b = Value(2.0), Value(3.0)
    assert (a - b).inputs == (a, b)
    assert (b - a).inputs == (b, a)
    assert (a + a).inputs == (a, a)
    assert a.where(b, a).inputs == (a, b, a)
    assert (-a).inputs == (a,)
    assert a.inputs == ()


def test_numbers_met_on_the_way_are_constants() -> None:
    x = Value(2.0)
    _, two = (x * 2).inputs
    assert two.op is CONSTANT
    assert x.op is LEAF
    assert two.is_leaf


def test_symbols() -> None:
    x = Value(2.0)
    nodes = [x + x, x - x, x * x, x / x, -x, x**2, x**-0.5, x**x, x.tanh(), x.clip(0.0, 1.0), abs(x)]
    assert [node.symbol for node in nodes] == ["+", "-", "*", "/", "-", "**2", "**-0.5", "**", "tanh", "clip", "abs"]
    assert x.symbol == ""


# --- comparisons, truth, identity -------------------------------------------------------------------------------------


def test_comparisons_compare_data() -> None:
    for a in (1.0, 2.0, math.nan):
        for b in (1.0, 2.0, math.nan):
            for infix in INFIX[5:]:
                expected = infix(a, b)
                left = [infix(Value(a), Value(b)), infix(Value(a), b), infix(Value(a), np.float64(b))]
                right = [infix(a, Value(b)), infix(np.float64(a), Value(b))]
                answers = left + right
                assert answers == [expected] * 5
                assert {type(answer) for answer in answers} == {bool}
    values = [Value(3.0), Value(1.0), Value(2.0)]
    assert [v.data for v in sorted(values)] == [1.0, 2.0, 3.0]
    assert max(values) is values[0]


def test_equality_is_identity() -> None:
    a, b = Value(1.0), Value(1.0)
    assert a == a
    assert a != b
    assert not a == 1.0  # noqa: SIM201 - the subject of the test
    assert len({a, b, a}) == 2
    assert [b, a].index(a) == 1


@pytest.mark.parametrize("number", [0.0, -0.0, 1.0, -2.0, math.nan, math.inf])
def test_truth_is_that_of_the_number(number: float) -> None:
    assert bool(Value(number)) is bool(number)


def test_float_and_repr() -> None:
    x = Value(2)
    (x * x).backward()
    assert float(x) == 2.0
    assert repr(x) == "Value(data=2.0, grad=4.0)"
    assert repr(Value(-0.5)) == "Value(data=-0.5, grad=0.0)"


# --- copies and pickles -----------------------------------------------------------------------------------------------


def test_detach_is_a_leaf_without_history() -> None:
    x = Value(3.0)
    y = (x * x).detach()
    assert (y.is_leaf, y.data) == (True, 9.0)
    (y * x).backward()
    assert x.grad == 9.0


def test_deepcopy_of_a_graph_stands_alone() -> None:
    with scope("layer"):
        a, b = Value(2.0, label="a"), Value.leaf(-3.0, PARAMETER)
        y = a * b + a * 10.0
    y.label = "y"
    z = copy.deepcopy(y)
    assert (z.label, z.data, z.scope) == ("y", y.data, y.scope)
    old, new = graph(y), graph(z)
    assert [node.op for node in new] == [node.op for node in old]
    assert [node.label for node in new] == [node.label for node in old]
    assert not set(old) & set(new)
    a_of_z, b_of_z = new[:2]
    z.backward()
    assert (a_of_z.grad, b_of_z.grad) == (7.0, 2.0)
    assert not a.has_grad
    a.data = 100.0
    assert z.refresh().data == 14.0


def test_deepcopy_keeps_what_is_shared_shared() -> None:
    x, w = Value(2.0), Value(3.0)
    hidden = x * w
    outputs = {"hidden": hidden, "first": hidden + x, "second": w - hidden, "leaves": [x, w]}
    copied = copy.deepcopy(outputs)
    x_copy, w_copy = copied["leaves"]
    assert copied["hidden"].inputs == (x_copy, w_copy)
    assert copied["first"].inputs == (copied["hidden"], x_copy)
    assert copied["second"].inputs == (w_copy, copied["hidden"])
    assert x_copy is not x


def test_deepcopy_keeps_gradients_and_their_absence() -> None:
    x = Value(2.0)
    y = x * x
    assert not copy.deepcopy(y).has_grad
    y.backward()
    z = copy.deepcopy(y)
    assert (z.grad, z.inputs[0].grad) == (1.0, 4.0)
    z.backward()
    assert (z.inputs[0].grad, x.grad) == (8.0, 4.0)


def test_a_copy_of_a_stale_graph_is_stale() -> None:
    x = Value(2.0, label="x")
    y = x * x
    x.data = 5.0
    z = copy.deepcopy(y)
    with pytest.raises(RuntimeError, match="the data of 'x' changed"):
        z.backward()
    assert z.refresh().data == 25.0


def test_copy_shares_its_inputs() -> None:
    x = Value(2.0)
    y = x * x
    z = copy.copy(y)
    assert z is not y
    assert z.inputs == (x, x)
    z.backward()
    assert x.grad == 4.0
    leaf = copy.copy(x)
    assert leaf is not x
    assert (leaf.data, leaf.grad, leaf.is_leaf) == (2.0, 4.0, True)


def test_copies_are_newer_than_originals() -> None:
    y = Value(2.0) * 3.0
    z = copy.deepcopy(y)
    numbers = [node.number for node in (*graph(y), *graph(z))]
    assert numbers == sorted(set(numbers))


@pytest.mark.parametrize("role", [LEAF, PARAMETER, CONSTANT])
def test_leaves_keep_data_label_and_role_when_copied_and_pickled(role: Any) -> None:
    x = Value.leaf(0.1, role)
    x.label = "weight"
    for again in (copy.copy(x), copy.deepcopy(x), pickle.loads(pickle.dumps(x))):  # noqa: S301 - our own bytes
        assert isinstance(again, Node)
        assert again is not x
        assert (again.data, again.label, again.op) == (0.1, "weight", role)


def test_computed_nodes_are_not_pickled() -> None:
    with pytest.raises(TypeError, match=r"only leaves are pickled, this Value was computed: use detach\(\)"):
        pickle.dumps(Value(1.0) * 2.0)


def test_values_have_no_dictionary() -> None:
    with pytest.raises(AttributeError):
        Value(1.0).lable = "typo"
