"""What goes through JSON comes back as it was, to the last bit; what else JSON may hold is refused."""

import json
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from micrograd_plus.json_numbers import from_json, list_of, text_of, to_json

NUMBERS = st.one_of(st.none(), st.booleans(), st.integers(-(2**62), 2**62), st.floats(allow_nan=False), st.just(...))
SLICES = st.builds(slice, *[st.one_of(st.none(), st.integers(-9, 9))] * 3)


def through(x: Any) -> Any:
    return from_json(json.loads(json.dumps(to_json(x), allow_nan=False)))


@given(st.recursive(st.one_of(NUMBERS, SLICES), lambda inner: st.lists(inner, max_size=3).map(tuple)))
def test_numbers_and_indices_come_back(x: Any) -> None:
    assert repr(through(x)) == repr(x)


@pytest.mark.parametrize("dtype", ["float32", "float64", "int32", "int64", "bool"])
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 3), (2, 0, 3)])
def test_arrays_come_back(dtype: str, shape: tuple[int, ...]) -> None:
    x = np.asarray(np.random.default_rng(0).normal(size=shape) * 3).astype(dtype)
    for array in (x, x.T):
        found = through(array)
        assert (found.dtype, found.shape) == (array.dtype, array.shape)
        assert found.tobytes() == array.tobytes()
        assert found.flags.writeable


def test_nan_and_inf_come_back() -> None:
    for nan in (math.nan, -math.nan):
        assert math.isnan(through(nan))
        assert math.copysign(1.0, through(nan)) == math.copysign(1.0, nan)
    assert through(-math.inf) == -math.inf
    x = np.array([np.nan, -np.nan, np.inf, -0.0])
    assert through(x).tobytes() == x.tobytes()


def test_indices_of_other_integers_come_back_as_numbers() -> None:
    assert through(np.int16(3)) == 3
    assert through(np.float32(0.1)) == np.float32(0.1)
    np.testing.assert_array_equal(through(np.array([1, 2], dtype=np.uint8)), [1, 2])


@pytest.mark.parametrize("x", [b"text", {"a": 1}, object(), 1j], ids=["bytes", "dict", "object", "complex"])
def test_what_is_no_number_is_refused(x: Any) -> None:
    with pytest.raises(TypeError, match="cannot be saved"):
        to_json(x)


@pytest.mark.parametrize(
    ("x", "message"),
    [
        ("__import__('os')", "no number, array or index"),
        ({"dtype": "object", "shape": [1], "base64": "AAAA"}, "unknown type of numbers"),
        ({"dtype": ["float64"], "shape": [1], "base64": "AAAA"}, "unknown type of numbers"),
        ({"dtype": "float64", "shape": [10**12], "base64": "AAAA"}, "holds 3 bytes"),
        ({"dtype": "float64", "shape": [-1], "base64": ""}, "at least 0"),
        ({"dtype": "float64", "shape": 3, "base64": ""}, "wanted a list"),
        ({"dtype": "float64", "shape": [], "base64": 3}, "wanted a str"),
        ({"dtype": "float64", "shape": [], "base64": "%"}, "base64"),
        ({"slice": ["a", 1, 1]}, "an index is an integer"),
        ({"tuple": 3}, "wanted a list"),
        ({"text": 3}, "wanted a str"),
        ({}, "no number, array or index"),
    ],
)
def test_what_to_json_does_not_make_is_refused(x: Any, message: str) -> None:
    with pytest.raises((TypeError, ValueError), match=message):
        from_json(x)


@pytest.mark.parametrize("x", ["", "ij,jk->ik", "inf", "'\"\n\u00e9", ("a", 1)])
def test_texts_come_back(x: Any) -> None:
    assert through(x) == x


def test_lists_and_texts_are_told() -> None:
    assert list_of([1]) == [1]
    assert text_of("a") == "a"
    with pytest.raises(TypeError, match="wanted a list, got str: 'ab'"):
        list_of("ab")
