"""Tensors that show the same array, and elements that are set: no result changes behind the back of `backward()`."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from micrograd_plus import Tensor, gradient, no_grad, optim
from micrograd_plus.compiler.compilation import compile
from micrograd_plus.engine import CONSTANT, PARAMETER
from tests.array_cases import CASES
from tests.test_array_functions import differentiable, parts

VIEWS: dict[str, Callable[[Tensor], Tensor]] = {
    "reshape": lambda x: x.reshape(6),
    "transpose": lambda x: x.T,
    "row": lambda x: x[0],
    "slice": lambda x: x[:, ::-1],
    "squeeze": lambda x: x[None].squeeze(0),
    "flip": lambda x: x.flip(),
    "diagonal": lambda x: x.diagonal(),
    "split": lambda x: x.split(2)[1],
}
each_view = pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS)
NUMBERS = np.arange(6.0).reshape(2, 3)


def set_in_place(x: Tensor) -> None:
    x.data -= 10.0


def set_element(x: Tensor) -> None:
    with no_grad():
        x[...] = x.data - 10.0


def step(x: Tensor) -> None:
    x.grad = np.full(x.shape, 10.0)
    optim.SGD([x], lr=1.0).step()


each_change = pytest.mark.parametrize("change", [set_in_place, set_element, step])


@each_change
@each_view
def test_what_a_changed_leaf_was_computed_into_is_stale(
    view: Callable[[Tensor], Tensor], change: Callable[[Tensor], None]
) -> None:
    x = Tensor(NUMBERS, label="x")
    y = view(x)
    loss = (y * y).sum()
    before = y.data.tolist(), loss.item()
    change(x)
    np.testing.assert_array_equal(x.data, NUMBERS - 10.0)
    assert (y.data.tolist(), loss.item()) == before
    for derive in (loss.backward, lambda: gradient(loss, [x])):
        with pytest.raises(RuntimeError, match=r"the data of 'x' changed after .* refresh\(\)"):
            derive()
    loss.refresh()
    np.testing.assert_array_equal(y.data, view(Tensor(NUMBERS - 10.0)).data)
    x.zero_grad()
    loss.backward()
    fresh = Tensor(NUMBERS - 10.0)
    (view(fresh) * view(fresh)).sum().backward()
    np.testing.assert_array_equal(x.grad, fresh.grad)


@each_view
def test_what_is_written_into_a_view_stays_there(view: Callable[[Tensor], Tensor]) -> None:
    x = Tensor(NUMBERS)
    y = view(x)
    y.data -= 10.0
    np.testing.assert_array_equal(x.data, NUMBERS)
    np.testing.assert_array_equal(y.data, view(Tensor(NUMBERS)).data - 10.0)


@each_change
@each_view
def test_results_without_a_graph_have_arrays_of_their_own(
    view: Callable[[Tensor], Tensor], change: Callable[[Tensor], None]
) -> None:
    for role in (PARAMETER, CONSTANT):
        x = Tensor.leaf(NUMBERS.copy(), role)
        with no_grad():
            y = view(x)
        z = view(Tensor.leaf(x.data, CONSTANT))
        change(x)
        for kept in (y, z):
            np.testing.assert_array_equal(kept.data, view(Tensor(NUMBERS)).data)


def test_no_function_gives_out_the_array_of_its_input() -> None:
    for case in [case for name in sorted({c.function for c in CASES}) for case in differentiable(name)]:
        inputs = [Tensor(x) for x in case.inputs()]
        with no_grad():
            unrecorded = parts(case.of(inputs))
        for y in [*parts(case.of(inputs)), *unrecorded]:
            assert any(y is x for x in inputs) or not any(np.shares_memory(y.data, x.data) for x in inputs), case


@each_change
def test_a_clone_keeps_the_numbers_also_unread(change: Callable[[Tensor], None]) -> None:
    x = Tensor(NUMBERS)
    kept = x.clone()
    change(x)
    np.testing.assert_array_equal(kept.data, NUMBERS)


# --- elements that are set --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "value"),
    [
        (0, 7.0),
        ((1, -1), 7),
        ((slice(None), 1), [1.0, 2.0]),
        (..., np.ones((2, 3), np.float32)),
        (NUMBERS > 2.0, -1.0),
        ([1, 0], np.ones((2, 1))),
        (1, Tensor([1.0, 2.0, 3.0])),
        (Tensor(NUMBERS) > 2.0, 0.0),
        (slice(0, 0), 1.0),
        ((slice(None), [0, 0]), 5.0),
    ],
)
def test_elements_of_a_leaf_are_set_as_numpy_does(key: Any, value: Any) -> None:
    for dtype in (np.float64, np.float32):
        x, expected = Tensor(NUMBERS, dtype=dtype), NUMBERS.astype(dtype)
        with no_grad():
            x[key] = value
        expected[key] = np.asarray(value)
        assert x.dtype == dtype
        np.testing.assert_array_equal(x.data, expected)
        assert x.is_leaf


def test_elements_of_what_a_program_holds_are_set() -> None:
    x = Tensor(NUMBERS, label="x")
    program = compile((x * x).sum())
    with no_grad():
        x[0] = 0.0
    assert program() == float((NUMBERS[1] ** 2).sum())
    np.testing.assert_array_equal(x.grad, [[0.0, 0.0, 0.0], [6.0, 8.0, 10.0]])


def test_an_array_moved_within_itself_is_read_before_it_is_written() -> None:
    x = Tensor(NUMBERS)
    with no_grad():
        x[:, 1:] = x[:, :-1]
    assert x.tolist() == [[0.0, 0.0, 1.0], [3.0, 3.0, 4.0]]


def test_elements_are_not_set_where_a_gradient_would_be_wrong() -> None:
    x = Tensor(NUMBERS)
    y = x * 2.0
    with pytest.raises(RuntimeError, match=r"a Tensor while the graph is recorded cannot be set: .* under no_grad"):
        x[0] = 1.0
    with no_grad(), pytest.raises(RuntimeError, match=r"a computed Tensor cannot be set: .* see `where`"):
        y[0] = 1.0
    with no_grad():
        z = x * 2.0  # a leaf
        z[0] = 1.0
        for key, value, kind, message in (
            (0, [1.0, 2.0], ValueError, r"could not broadcast .* shape \(2,\) into shape \(3,\)"),
            (2, 1.0, IndexError, "index 2 is out of bounds for axis 0 with size 2"),
            (0, "1", TypeError, "wanted an array of real numbers, got str"),
            (0, 1j, TypeError, "wanted an array of real numbers, got complex"),
            (0, [None], TypeError, "wanted an array of real numbers, got list"),
            (Tensor(0.0), 1.0, TypeError, "indices are integers or bools, and a Tensor holds floats"),
            (np.array([0.0]), 1.0, IndexError, "must be of integer"),
        ):
            with pytest.raises(kind, match=message):
                x[key] = value
    np.testing.assert_array_equal(x.data, NUMBERS)
    assert z.data[0].tolist() == [1.0, 1.0, 1.0]
    y.sum().backward()  # nothing was set, nothing is stale


def test_a_failed_setting_leaves_results_fresh() -> None:
    x = Tensor(NUMBERS)
    y = (x * x).sum()
    with no_grad(), pytest.raises(IndexError):
        x[5] = 1.0
    y.backward()
    np.testing.assert_array_equal(x.grad, 2.0 * NUMBERS)
