"""Programs of functions of arrays give what their graphs do: every function, over its cases."""

import numpy as np
import pytest

from micrograd_plus import Tensor
from micrograd_plus.compiler.compilation import compile  # noqa: A004 - the function under test
from tests.array_cases import Case
from tests.test_array_functions import NAMES, differentiable, weighed


def require_same(case: Case) -> None:
    """Compare value and gradients of a program, run twice, with those of the graph."""
    compiled, eager = ([Tensor(x) for x in case.inputs()] for _ in range(2))
    expected = weighed(case, *eager)
    expected.backward()
    program = compile(weighed(case, *compiled))
    for _ in range(2):  # the second run must not meet what the first left
        np.testing.assert_allclose(program(), expected.item(), rtol=1e-12, atol=1e-12, err_msg=str(case))
    for ours, theirs in zip(compiled, eager, strict=True):
        np.testing.assert_allclose(ours.grad, theirs.grad, rtol=1e-12, atol=1e-12, err_msg=str(case))


def compiled_cases(function: str) -> list[Case]:
    """Return the cases that have elements; what has none is nothing to compute."""
    return [case for case in differentiable(function) if 0 not in [np.prod(shape) for shape in case.shapes]]


def test_some_cases_of_every_function() -> None:
    for function in NAMES:
        for case in compiled_cases(function)[::8]:
            require_same(case)


@pytest.mark.slow
def test_all_cases() -> None:
    for function in NAMES:
        for case in compiled_cases(function):
            require_same(case)
