"""An entry of an array, opened into numbers, has the gradients of the array."""

import itertools
import re
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from micrograd_plus import Tensor, Value, maximum, no_grad, where
from micrograd_plus.engine import CONSTANT, PARAMETER, graph
from micrograd_plus.notation import text
from micrograd_plus.viz.zoom import MOST_TERMS, opened

# Shapes of factors, of one axis and of more, some of them stretched over the others.
PRODUCTS = [
    ((3,), (3,)),
    ((2, 3), (3,)),
    ((3,), (3, 4)),
    ((2, 3), (3, 4)),
    ((1, 1), (1, 1)),
    ((2, 3, 4), (4, 2)),
    ((2, 1, 2, 3), (4, 3, 1)),
    ((3,), (2, 3, 2)),
    ((2, 2, 3), (3,)),
]


def tensor(label: str, shape: tuple[int, ...], seed: int = 0) -> Tensor:
    return Tensor(np.random.default_rng([seed, len(label), *map(ord, label)]).uniform(0.5, 2.0, shape), label=label)


def after_backward(y: Tensor, seed: int = 0) -> Tensor:
    """Return `y` with gradients that are different for all of its entries."""
    y.backward(gradient=np.random.default_rng(seed).normal(size=y.shape))
    return y


def entries(y: Tensor) -> list[tuple[int, ...]]:
    return list(itertools.product(*map(range, y.shape)))


def shares(root: Value) -> dict[tuple[str, tuple[int, ...]], float]:
    """Return the gradients of the leaves that stand for entries of arrays, by the array's name and the index."""
    found = {}
    for leaf in graph(root):
        match = re.fullmatch(r"(\w+)(?:\[([\d,]+)\])?", leaf.label)
        if leaf.is_leaf and match:
            found[match[1], tuple(map(int, match[2].split(","))) if match[2] else ()] = leaf.grad
    return found


def check_against(y: Tensor, *inputs: Tensor) -> None:
    """Check that all entries of `y` are right, and that what they add to their inputs' gradients is all there is."""
    totals = {x.label: np.zeros(x.shape) for x in inputs}
    assert y.grad is not None
    for index in entries(y):
        root = opened(y, index)
        assert root.data == pytest.approx(y.data[index], rel=1e-12)
        assert root.grad == y.grad[index]
        for (name, place), share in shares(root).items():
            if name in totals:  # constants have no gradient
                totals[name][place] += share
    for x in inputs:
        np.testing.assert_allclose(totals[x.label], x.grad, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize(("left", "right"), PRODUCTS)
def test_entries_of_a_product_add_up_to_its_gradients(left: tuple[int, ...], right: tuple[int, ...]) -> None:
    a, b = tensor("a", left), tensor("b", right)
    check_against(after_backward(a @ b), a, b)


@given(st.integers(1, 4), st.integers(1, MOST_TERMS), st.integers(1, 4), st.integers(0, 999))
def test_entries_of_products_of_any_size(m: int, n: int, p: int, seed: int) -> None:
    a, b = tensor("a", (m, n), seed), tensor("b", (n, p), seed)
    check_against(after_backward(a @ b, seed), a, b)


def test_a_factor_that_stands_on_both_sides_is_one_value() -> None:
    w = tensor("w", (3, 3))
    y = after_backward(w @ w)
    check_against(y, w)
    root = opened(y, (1, 1))
    assert text(root) == "w[1,0] * w[0,1] + w[1,1] * w[1,1] + w[1,2] * w[2,1]"
    assert sum(node.label == "w[1,1]" for node in graph(root)) == 1


@pytest.mark.parametrize(
    "compute",
    [
        lambda x, w: x.tanh(),
        lambda x, w: x**3,
        lambda x, w: x * x,
        lambda x, w: x / w,
        lambda x, w: w - x,
        lambda x, w: x**w,
        lambda x, w: maximum(x, w),
        lambda x, w: where(x > 1.0, x, w),
    ],
)
def test_elementwise_operations_with_stretched_inputs(compute: Callable[[Tensor, Tensor], Tensor]) -> None:
    x, w = tensor("x", (2, 3)), tensor("w", (3,))
    y = compute(x, w)
    check_against(after_backward(y), *{i.label: i for i in y.inputs if i.label}.values())
    assert opened(y, (1, 2)).symbol == y.symbol


@pytest.mark.parametrize("axis", [None, 0, 1, -1, (0, 2), (0, 1, 2)])
@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize("name", ["sum", "mean"])
def test_sums_and_means(name: str, axis: int | tuple[int, ...] | None, keepdims: bool) -> None:
    x = tensor("x", (2, 2, 2))
    check_against(after_backward(getattr(x, name)(axis=axis, keepdims=keepdims)), x)


@given(st.integers(MOST_TERMS + 1, 100))
def test_a_wide_product_folds_its_middle(n: int) -> None:
    a, b = tensor("a", (2, n)), tensor("b", (n,))
    y = after_backward(a @ b)
    assert y.grad is not None
    root = opened(y, 1)
    assert root.data == pytest.approx(y.data[1], rel=1e-12)
    leaves = {node.label: node for node in graph(root) if node.is_leaf}
    assert len(leaves) <= 2 * MOST_TERMS + 1
    [folded] = [leaf for label, leaf in leaves.items() if "more terms" in label]
    shown = {int(label[2:-1]) for label in leaves if label.startswith("b")}
    hidden = sorted(set(range(n)) - shown)
    assert folded.label == f"... {len(hidden)} more terms"
    assert folded.data == pytest.approx(sum(a.data[1, k] * b.data[k] for k in hidden))
    assert folded.grad == y.grad[1]
    for k in shown:
        assert leaves[f"b[{k}]"].grad == pytest.approx(y.grad[1] * a.data[1, k])
        assert leaves[f"a[1,{k}]"].grad == pytest.approx(y.grad[1] * b.data[k])


def test_a_wide_sum_folds_its_middle() -> None:
    x = tensor("x", (20,))
    loss = after_backward(x.mean())
    root = opened(loss)
    assert root.data == pytest.approx(float(x.data.mean()))
    assert "... 14 more terms" in {node.label for node in graph(root)}


def test_products_of_no_terms_are_zero() -> None:
    assert opened(Tensor(np.zeros((2, 0))) @ Tensor(np.zeros((0, 3))), (1, 2)).data == 0.0


def test_without_a_gradient_there_is_none() -> None:
    root = opened(tensor("a", (2, 2)) @ tensor("b", (2, 2)), (0, 1))
    assert not any(node.has_grad for node in graph(root))


def test_a_zero_gradient_is_one() -> None:
    y = tensor("a", (2, 2)) @ tensor("b", (2, 2))
    y.backward(gradient=np.zeros((2, 2)))
    assert all(node.has_grad and node.grad == 0.0 for node in graph(opened(y, (0, 1))))


def test_the_tensors_stay_as_they_are() -> None:
    a, b = tensor("a", (2, 2)), tensor("b", (2, 2))
    y = after_backward(a @ b)
    before = [np.array(x) for t in (a, b, y) for x in (t.data, t.grad)]
    opened(y, (1, 1)).backward()
    np.testing.assert_equal([x for t in (a, b, y) for x in (t.data, t.grad)], before)


def test_no_grad_and_scopes_of_the_caller_do_not_matter() -> None:
    y = tensor("a", (2, 2)) @ tensor("b", (2, 2))
    with no_grad():
        root = opened(y, (0, 1))
    assert text(root) == "a[0,0] * b[0,1] + a[0,1] * b[1,1]"


def test_parameters_and_constants_stay_what_they_are() -> None:
    w = Tensor.leaf(np.ones((2, 2)), PARAMETER)
    w.label = "w"
    root = opened(w @ np.ones((2, 2)) * 3.0, (0, 0))
    assert [i.op for i in root.inputs][1] is CONSTANT
    assert root.inputs[1].data == 3.0
    product = opened(w @ np.ones((2, 2)), (0, 0)).inputs[0]
    assert [i.op for i in product.inputs] == [PARAMETER, CONSTANT]


def test_names_of_what_has_no_label() -> None:
    x, w = tensor("x", (2, 2)), tensor("w", (2, 2))
    root = opened((x @ w).tanh(), (0, 1))
    assert [i.label for i in root.inputs] == ["(x @ w)[0,1]"]
    assert root.label == "(tanh(x @ w))[0,1]"
    assert text(opened(Tensor([1.0, 2.0]) @ Tensor([3.0, 4.0]))) == "left[0] * right[0] + left[1] * right[1]"


def test_single_precision() -> None:
    a, b = (Tensor(tensor(name, (3, 3)).data, dtype=np.float32, label=name) for name in "ab")
    y = a @ b
    y.backward(gradient=np.ones((3, 3)))
    root = opened(y, (2, 1))
    assert root.data == pytest.approx(float(y.data[2, 1]), rel=1e-6)
    assert shares(root)["a", (2, 0)] == float(b.data[0, 1])


def test_indices_count_from_the_end_too() -> None:
    y = tensor("a", (2, 3)) @ tensor("b", (3, 4))
    assert text(opened(y, (-1, -4))) == text(opened(y, (1, 0)))


@pytest.mark.parametrize("index", [(), (0,), 1, (2, 0), (0, 4), (-3, 0), (0, 0, 0)])
def test_indices_that_do_not_exist(index: int | tuple[int, ...]) -> None:
    y = tensor("a", (2, 3)) @ tensor("b", (3, 4))
    with pytest.raises(IndexError, match=r"^no entry \[.*\] in a Tensor of shape \(2, 4\)$"):
        opened(y, index)


@pytest.mark.parametrize("index", ["01", (0.0, 1), None, (slice(None), 0)])
def test_indices_that_are_none(index: object) -> None:
    y = tensor("a", (2, 3)) @ tensor("b", (3, 4))
    with pytest.raises(TypeError, match=r"^wanted whole numbers as the index of an entry, got"):
        opened(y, index)


def test_what_cannot_be_opened() -> None:
    x = tensor("x", (2, 2))
    with pytest.raises(TypeError, match="wanted a Tensor to zoom into, got"):
        opened(Value(1.0))
    with pytest.raises(TypeError, match=r"^x was not computed: zoom into the result of an operation$"):
        opened(x, (0, 0))
    with pytest.raises(TypeError, match=r"^cannot zoom into reshape: wanted a matrix product, a sum, a mean or an"):
        opened(x.reshape(4), 0)


def test_data_that_changed_is_refused() -> None:
    x, w = tensor("x", (2, 2)), tensor("w", (2, 2))
    y = x @ w
    w.data = np.zeros((2, 2))
    with pytest.raises(RuntimeError, match="the data of 'w' changed"):
        opened(y, (0, 0))
