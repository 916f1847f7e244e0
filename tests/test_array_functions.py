"""Functions of arrays. Most tests run over all cases of all functions: a function without cases fails."""

import contextlib
from typing import Any

import numpy as np
import pytest

import micrograd_plus
from micrograd_plus.array_functions import FUNCTIONS, METHODS
from micrograd_plus.checks import check_gradients
from micrograd_plus.derivatives import grad, hvp, jvp
from micrograd_plus.engine import gradient, graph
from micrograd_plus.tensor import Tensor
from micrograd_plus.value import Value
from tests.array_cases import CASES, Case
from tests.array_cases.case import keepdims_in_turn, parts, weighed
from tests.cases import each

NAMES = sorted({case.function for case in CASES})
every_function = each("function", NAMES)


def cases_of(function: str) -> list[Case]:
    return [case for case in CASES if case.function == function]


def differentiable(function: str) -> list[Case]:
    """Return what can be derived, with `keepdims` and without it in turn; PyTorch is asked for all gradients."""
    return [case for case in keepdims_in_turn(cases_of(function)) if case.differentiable]


def test_every_function_has_cases() -> None:
    assert {id(f) for f in FUNCTIONS.values()} == {id(FUNCTIONS[name]) for name in NAMES}


def test_every_function_that_has_a_gradient_is_compared_with_pytorch() -> None:
    compared = {case.function for case in CASES if case.torch}
    assert {case.function for case in CASES if case.differentiable} <= compared


def test_functions_are_public_and_methods() -> None:
    for name, function in FUNCTIONS.items():
        assert getattr(micrograd_plus, name) is function
    for name, method in METHODS.items():
        assert getattr(Tensor, name) is method


@pytest.mark.parametrize("name", ["max", "min", "sort", "median", "split", "var", "std"])
def test_dim_is_refused_where_pytorch_means_something_else(name: str) -> None:
    x = Tensor(np.arange(6.0).reshape(2, 3))
    given = (3,) if name == "split" else ()
    with pytest.raises(TypeError, match=rf"^{name}\(dim=\.\.\.\) of PyTorch .*; with axis= this is NumPy's$"):
        getattr(x, name)(*given, dim=1)
    with_axis = parts(getattr(x, name)(*given, axis=1))
    for ours, theirs in zip(with_axis, parts(getattr(np, name)(x.data, *given, axis=1)), strict=True):
        np.testing.assert_array_equal(ours.data, theirs)


def test_dim_is_understood_where_both_mean_the_same() -> None:
    x = Tensor(np.arange(6.0).reshape(2, 3))
    assert x.amax(dim=1).tolist() == [2.0, 5.0]
    assert x.var(dim=1, correction=1).tolist() == [1.0, 1.0]


def test_complaints_about_arguments_have_the_public_name() -> None:
    for wrong in (lambda: Tensor([1.0]).sum(axes=0), lambda: np.sum(Tensor([1.0]), dtype=np.float32)):
        with pytest.raises(TypeError, match=r"^sum\(\) got an unexpected keyword"):
            wrong()
    with pytest.raises(TypeError, match=r"^sum was given both axis and dim"):
        Tensor([1.0]).sum(axis=0, dim=0)


@every_function
def test_no_function_says_that_a_value_lacks_what_arrays_have(function: str) -> None:
    for case in differentiable(function):
        with contextlib.suppress(TypeError, ValueError):  # an AttributeError fails the test
            case.of([Value(1.0) for _ in case.inputs()])


def test_a_value_among_arrays_is_named() -> None:
    for wrong in (lambda: micrograd_plus.softmax(Value(1.0)), lambda: micrograd_plus.stack([Tensor(1.0), Value(1.0)])):
        with pytest.raises(TypeError, match=r"^(softmax|stack) is of arrays and Tensors, got Value: Value\(data=1"):
            wrong()


@every_function
def test_results_on_arrays_and_tensors_are_those_of_numpy(function: str) -> None:
    for case in cases_of(function):
        inputs = case.inputs()
        expected = parts(case.in_numpy(inputs))
        on_arrays, on_tensors = parts(case.of(inputs)), parts(case.of([Tensor(x) for x in inputs]))
        with_gaps = [np.repeat(x[..., None], 2, -1)[..., 0] for x in inputs]
        for results in (on_arrays, on_tensors, parts(case.of([Tensor.leaf(x) for x in with_gaps]))):
            assert len(results) == len(expected), case
            for result, wanted in zip(results, expected, strict=True):
                assert np.shape(result) == np.shape(wanted), case
                np.testing.assert_allclose(np.asarray(result), wanted, rtol=1e-13, atol=1e-13, err_msg=str(case))
        if case.differentiable:
            assert all(isinstance(result, Tensor) for result in on_tensors), case


@pytest.mark.parametrize("function", NAMES)
def test_gradients_are_what_differences_say(function: str) -> None:
    for case in differentiable(function):
        try:
            check_gradients(lambda *inputs, case=case: weighed(case, *inputs), *case.inputs())
        except AssertionError as error:
            raise AssertionError(f"{case}: {error}") from error


@every_function
def test_backward_and_gradient_agree_in_the_shape_of_the_input(function: str) -> None:
    for case in differentiable(function):
        inputs = [Tensor(x) for x in case.inputs()]
        y = weighed(case, *inputs)
        y.backward()
        for x, slope in zip(inputs, gradient(y, inputs), strict=True):
            assert x.grad is not None, case
            assert x.grad.shape == slope.shape == x.shape, case
            np.testing.assert_allclose(x.grad, slope.data, rtol=1e-12, atol=1e-14, err_msg=str(case))


@pytest.mark.parametrize("function", NAMES)
def test_forward_mode_agrees_with_reverse_mode_to_order_2(function: str) -> None:
    for case in differentiable(function):
        inputs = tuple(case.inputs())
        rng = np.random.default_rng(3)
        v, w = (tuple(rng.normal(size=x.shape) for x in inputs) for _ in range(2))

        def f(*nodes: Tensor, case: Case = case) -> Tensor:
            return weighed(case, *nodes)

        y, tangent = jvp(f, inputs, v)
        slopes = grad(f, range(len(inputs)))(*inputs)
        np.testing.assert_allclose(tangent, dot(slopes, v), rtol=1e-9, atol=1e-9, err_msg=f"{case}: {y}")
        # The Hessian is symmetric: v . (H w) = w . (H v).
        np.testing.assert_allclose(
            dot(hvp(f, inputs, v), w), dot(hvp(f, inputs, w), v), rtol=1e-9, atol=1e-9, err_msg=str(case)
        )


def dot(a: Any, b: Any) -> float:
    return sum(float(np.sum(x * y)) for x, y in zip(a, b, strict=True))


@every_function
def test_float32_stays_float32(function: str) -> None:
    if function == "astype":
        return
    for case in differentiable(function):
        inputs = [Tensor(x, dtype=np.float32) for x in case.inputs()]
        y = weighed(case, *inputs)
        y.backward()
        first = gradient(y, inputs)
        second = gradient(sum((g * g).sum() for g in first), inputs)
        nodes = [*parts(case.of(inputs)), y, *first, *second]
        assert {node.dtype for node in nodes} == {np.dtype(np.float32)}, case
        assert {x.grad.dtype for x in inputs if x.grad is not None} == {np.dtype(np.float32)}, case


@pytest.mark.slow
@every_function
def test_results_and_gradients_are_those_of_pytorch(function: str) -> None:
    torch = pytest.importorskip("torch")
    for case in cases_of(function):
        if case.torch is None:
            continue
        ours = [Tensor(x) for x in case.inputs()]
        theirs = [torch.tensor(x, requires_grad=True) for x in case.inputs()]
        results, expected = parts(case.of(ours)), parts(case.torch(torch, *theirs))
        for y, z in zip(results, expected, strict=True):
            np.testing.assert_allclose(np.asarray(y), z.detach().numpy(), rtol=1e-12, atol=1e-12, err_msg=str(case))
        if case.differentiable:
            sum(((y * np.sin(np.arange(y.size)).reshape(y.shape)).sum() for y in results), Tensor(0.0)).backward()
            sum((z * torch.arange(z.numel()).double().sin().reshape(z.shape)).sum() for z in expected).backward()
            for a, b in zip(ours, theirs, strict=True):
                wanted = b.grad.numpy() if b.grad is not None else np.zeros(a.shape)
                np.testing.assert_allclose(a.grad, wanted, rtol=1e-10, atol=1e-10, err_msg=str(case))


@pytest.mark.parametrize("join", ["concatenate", "stack"])
def test_a_thousand_parts_are_joined_in_few_steps(join: str) -> None:
    rng = np.random.default_rng(0)
    arrays = [rng.standard_normal((2, 3)) for _ in range(1000)]
    parts = [Tensor(array) for array in arrays]
    weights = rng.standard_normal(getattr(np, join)(arrays, axis=1).shape)
    found = getattr(micrograd_plus, join)(parts, axis=1)
    np.testing.assert_array_equal(found.data, getattr(np, join)(arrays, axis=1))
    assert max(len(node.inputs) for node in graph(found)) <= 256
    (found * weights).sum().backward()
    expected = np.split(weights, 1000, axis=1)
    for part, of_part in zip(parts, expected, strict=True):
        np.testing.assert_array_equal(part.grad, of_part.reshape(2, 3))
