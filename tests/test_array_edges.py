"""Ties, zeros, nan, infinities and nothing at all: what functions of arrays say where NumPy's answers need a choice."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import micrograd_plus as mp
from micrograd_plus import Tensor, gradient


def slope(f: Callable[[Tensor], Tensor], x: Any) -> Any:
    """Return the gradient of the sum of f(x)."""
    leaf = Tensor(x)
    f(leaf).sum().backward()
    assert leaf.grad is not None
    return leaf.grad.tolist()


# --- zeros and ties ---------------------------------------------------------------------------------------------------


def test_a_product_with_zeros_has_the_gradient_of_the_other_factors() -> None:
    assert slope(Tensor.prod, [2.0, 0.0, 3.0]) == [0.0, 6.0, 0.0]
    assert slope(Tensor.prod, [0.0, 5.0, 0.0]) == [0.0, 0.0, 0.0]
    assert slope(lambda x: x.cumprod(axis=0), [2.0, 0.0, 3.0, 5.0]) == [1.0, 2 + 2 * 3 + 2 * 3 * 5, 0.0, 0.0]


def test_the_second_derivatives_of_a_product_with_zeros_are_those_of_pairs() -> None:
    x = Tensor([0.0, 5.0, 0.0, 7.0])
    [first] = gradient(x.prod(), [x])
    [second] = gradient(first[0], [x])
    assert second.tolist() == [0.0, 0.0, 35.0, 0.0]
    [third] = gradient(second[2], [x])
    assert third.tolist() == [0.0, 7.0, 0.0, 5.0]


def test_the_slopes_of_roots_are_0_at_0() -> None:
    for f in (Tensor.std, Tensor.norm, lambda x: x.norm(3), lambda x: x.norm(1.5), lambda x: x.norm(0.5)):
        assert slope(f, [0.0, 0.0, 0.0]) == [0.0, 0.0, 0.0]
    assert slope(lambda x: x.std(axis=1), [[2.0, 2.0], [1.0, 3.0]]) == [[0.0, 0.0], [-0.5, 0.5]]
    assert slope(lambda x: x.norm(axis=1), [[0.0, 0.0], [3.0, 4.0]])[0] == [0.0, 0.0]
    assert slope(lambda x: x.norm(1.5), [0.0, 4.0]) == pytest.approx([0.0, 1.0], rel=1e-15)


@pytest.mark.parametrize("function", [mp.norm, mp.std])
@pytest.mark.parametrize("is_compiled", [False, True])
def test_roots_are_flat_at_0_to_the_second_order(function: Callable[[Any], Any], is_compiled: bool) -> None:
    x = Tensor([2.0, 2.0]) if function is mp.std else Tensor([0.0, 0.0])
    [slopes] = gradient(function(x), [x])
    root = (slopes * np.array([1.0, 10.0])).sum()
    (mp.compile(root) if is_compiled else root.backward)()
    assert x.grad is not None
    assert x.grad.tolist() == [0.0, 0.0]


def test_equal_elements_keep_their_order() -> None:
    x = [2.0, 1.0, 2.0, 1.0]
    weights = np.array([1.0, 10.0, 100.0, 1000.0])
    assert slope(lambda x: x.sort() * weights, x) == [100.0, 1.0, 1000.0, 10.0]
    assert slope(lambda x: x.sort(descending=True) * weights, x) == [1.0, 100.0, 10.0, 1000.0]
    assert mp.argsort(x).tolist() == [1, 3, 0, 2]
    assert mp.argsort(x, descending=True).tolist() == [0, 2, 1, 3]
    assert (mp.argmax(x), mp.argmin(x)) == (0, 1)
    assert slope(Tensor.ptp, x) == [1.0, -1.0, 0.0, 0.0]
    assert slope(Tensor.median, [3.0, 3.0, 3.0, 3.0]) == [0.0, 0.5, 0.5, 0.0]


# --- nan and infinity -------------------------------------------------------------------------------------------------


def test_through_a_nan_no_extreme_is_reached_while_others_are_told_apart() -> None:
    assert slope(lambda x: x.max(axis=1), [[np.nan, 1.0], [2.0, 2.0]]) == [[0.0, 0.0], [1.0, 0.0]]


def test_nan_is_last_in_order_and_makes_the_middle_nan() -> None:
    x = np.array([[3.0, np.nan, 1.0], [3.0, 2.0, np.inf]])
    np.testing.assert_array_equal(Tensor(x).sort().data, np.sort(x))
    np.testing.assert_array_equal(Tensor(x).median(axis=1).data, np.median(x, axis=1))
    ends_and_middle = Tensor(x).quantile([0.0, 0.5, 1.0], axis=1)
    np.testing.assert_array_equal(ends_and_middle.data, np.transpose([[np.nan] * 3, np.sort(x[1])]))
    assert mp.argmax(x, axis=1).tolist() == [1, 2]


def test_where_the_largest_is_infinite_shares_are_nan_and_the_logarithm_of_the_sum_is_not() -> None:
    with np.errstate(invalid="ignore"):
        for f in (Tensor.softmax, Tensor.log_softmax):
            assert np.isnan(f(Tensor([[np.inf, 0.0], [-np.inf, -np.inf]])).data).all()
    assert Tensor([[np.inf, 0.0], [-np.inf, -np.inf]]).logsumexp(axis=1).tolist() == [np.inf, -np.inf]
    np.testing.assert_allclose(
        Tensor([[np.inf, 0.0], [-1.0, 3.0]]).logsumexp(axis=1).data, [np.inf, np.logaddexp(-1.0, 3.0)], rtol=1e-15
    )


# --- nothing ----------------------------------------------------------------------------------------------------------


def test_of_nothing() -> None:
    nothing = Tensor(np.zeros((0, 2)))
    assert nothing.sum().item() == 0.0
    assert nothing.prod(axis=0).tolist() == [1.0, 1.0]
    assert nothing.norm().item() == 0.0
    assert nothing.all()
    assert not nothing.any()
    assert nothing.sort().shape == nothing.cumprod(axis=0).shape == (0, 2)


@pytest.mark.parametrize("f", [Tensor.mean, Tensor.var, Tensor.std])
def test_means_of_nothing_are_nan_with_numpys_warning(f: Callable[[Tensor], Tensor]) -> None:
    with pytest.warns(RuntimeWarning, match="invalid value"):
        assert np.isnan(f(Tensor(np.zeros(0))).item())


def test_a_variance_without_a_degree_of_freedom_is_nan() -> None:
    with pytest.warns(RuntimeWarning, match="invalid value"):
        assert np.isnan(Tensor([3.0]).var(ddof=1).item())


# --- names and refusals -----------------------------------------------------------------------------------------------


def test_pytorchs_names_of_arguments_are_understood() -> None:
    x = np.random.default_rng(0).normal(size=(2, 3))
    t = Tensor(x)
    np.testing.assert_array_equal(t.std(dim=1, correction=1, keepdim=True).data, x.std(axis=1, ddof=1, keepdims=True))
    np.testing.assert_array_equal(t.var(dim=0, unbiased=True).data, x.var(axis=0, ddof=1))
    np.testing.assert_array_equal(t.var(dim=0, unbiased=False).data, x.var(axis=0))
    np.testing.assert_allclose(t.norm(p=3, dim=0).data, np.linalg.norm(x, 3, axis=0), rtol=1e-14)
    np.testing.assert_array_equal(t.argmax(dim=1, keepdim=True), x.argmax(axis=1, keepdims=True))
    np.testing.assert_array_equal(t.cumsum(dim=0).data, x.cumsum(axis=0))


def test_numpys_functions_are_answered() -> None:
    x = np.random.default_rng(0).normal(size=(2, 3))
    for f, kind in [
        *((np.linalg.norm, Tensor), (np.cumprod, Tensor), (np.median, Tensor), (np.sort, Tensor), (np.diff, Tensor)),
        *((np.argsort, np.ndarray), (np.argmax, np.ndarray), (np.any, np.ndarray), (np.count_nonzero, np.ndarray)),
    ]:
        result = f(Tensor(x))
        assert isinstance(result, kind)
        np.testing.assert_allclose(np.asarray(result), f(x), rtol=1e-14)


def test_reductions_and_accumulations_of_ufuncs_go_along_the_first_axis() -> None:
    x = np.random.default_rng(0).normal(size=(2, 3))
    calls: list[Callable[..., Any]] = [np.add.reduce, np.multiply.reduce, np.maximum.reduce, np.minimum.reduce]
    for f in (*calls, np.logaddexp.reduce, np.add.accumulate, np.multiply.accumulate):
        for given in ((), (1,), (-2,)):
            result = f(Tensor(x), *given)
            assert isinstance(result, Tensor)
            np.testing.assert_allclose(result.data, f(x, *given), rtol=1e-14)
    assert np.multiply.reduce(Tensor(x), axis=None).item() == pytest.approx(x.prod(), rel=1e-14)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda x: x.prod(axis=2), r"no axis 2 of shape \(2, 3\): want -2 to 1"),
        (lambda x: x.var(axis=-3), r"no axis -3 of shape \(2, 3\)"),
        (lambda x: x.sort(axis=2), r"no axis 2 of shape \(2, 3\)"),
        (lambda x: x.argmax(axis=2), r"no axis 2 of shape \(2, 3\)"),
        (lambda x: x.any(axis=(0, 0)), "name one axis twice"),
        (lambda x: x.cumsum(axis=2), r"no axis 2 of shape \(2, 3\)"),
        (lambda x: x.sum().sort(), r"no axis -1 of shape \(\): a single number has no axes"),
        (lambda x: x.sum().cumprod(axis=0), r"no axis 0 of shape \(\)"),
        (lambda x: x.sum().diff(), r"no axis -1 of shape \(\)"),
        (lambda x: x.diff(n=-1), "n is at least 0, not -1"),
        (lambda x: x.quantile(1.5), r"wanted shares of 0 to 1 \(0 to 100 percent\) as a number or a vector, got 1.5"),
        (lambda x: x.quantile(np.full((1, 1), 0.5)), "as a number or a vector"),
        (lambda x: x[:0].median(), r"no middle of shape \(0, 3\) along axis None: there are no elements"),
        (lambda x: x[:0].argmax(), "empty sequence"),
        (
            lambda x: x.norm(2),
            r"no norm of order 2 of shape \(2, 3\) along 2 axes: want a number along one axis; 'fro'",
        ),
        (lambda x: x.norm("nuc", axis=0), "no norm of order 'nuc'"),
        (lambda x: x[None].norm(1), "along 3 axes"),
        (lambda x: x.average(weights=np.ones(2)), r"no average of shape \(2, 3\) along axis None with weights"),
        (lambda x: x.average(axis=1, weights=np.ones(2)), r"weights of shape \(2,\): want that shape, or a vector"),
    ],
)
def test_what_cannot_be_is_refused_in_a_line(wrong: Callable[[Tensor], Any], message: str) -> None:
    with pytest.raises(ValueError, match=message) as caught:
        wrong(Tensor(np.ones((2, 3))))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda x: x.std(ddof="one"), "wanted a real number"),
        (lambda x: x.argmax(axis=(0, 1)), r"wanted an integer as axis, got"),
        (lambda x: x.cumsum(axis=0.5), "wanted an integer as axis"),
        (lambda x: x.norm([2], axis=0), "wanted a real number"),
        (lambda x: x.diff(n=1.5), "n is an integer, not float"),
    ],
)
def test_what_is_no_number_is_a_type_error(wrong: Callable[[Tensor], Any], message: str) -> None:
    with pytest.raises(TypeError, match=message):
        wrong(Tensor(np.ones((2, 3))))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda x: np.sort(x, 0, "stable"), "descending is True or False, not 'stable'"),
        (lambda x: np.argsort(x, 0, "stable"), "descending is True or False, not 'stable'"),
        (lambda x: np.average(x, 1, np.ones(3), True), "positional arguments but 4 were given"),
        (lambda x: np.cross(x, x, 0), "positional arguments but 3 were given"),
    ],
)
def test_what_stands_where_numpy_means_something_else_is_refused(wrong: Callable[[Tensor], Any], message: str) -> None:
    with pytest.raises(TypeError, match=message):
        wrong(Tensor(np.ones((3, 3))))
