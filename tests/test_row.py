"""A row itself: how it is called, its parameters, its other names, its copies."""

import copy
import math
import pickle

import numpy as np
import pytest

import micrograd_plus
from micrograd_plus import ops
from micrograd_plus.array_functions import FUNCTIONS
from micrograd_plus.ops import ALIASES, TABLE
from micrograd_plus.tensor import Tensor
from micrograd_plus.value import Value
from tests.floats import same

EPS = np.finfo(np.float64).eps


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


def test_a_parameter_given_twice_is_refused() -> None:
    with pytest.raises(TypeError, match="power was given its parameter 'n' twice"):
        ops.power(3.0, 3.0, n=2.0)
