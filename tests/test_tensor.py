"""What a Tensor takes and refuses, what operands it meets, how it is changed, copied and read."""

import copy
import pickle
from collections.abc import Callable
from decimal import Decimal
from operator import add, ge, gt, le, lt, matmul, mul, sub, truediv
from typing import Any

import numpy as np
import pytest

import micrograd_plus as mp
from micrograd_plus import grad, ops
from micrograd_plus.context import no_grad, scope
from micrograd_plus.engine import CONSTANT, LEAF, PARAMETER, gradient, graph
from micrograd_plus.ops import TABLE
from micrograd_plus.tensor import Tensor
from micrograd_plus.value import Value
from tests.cases import each
from tests.graphs import grad_of
from tests.sampling import ROWS, generator, inputs_in_domain, with_parameters

Shape = tuple[int, ...]
FLOAT32, FLOAT64 = np.dtype(np.float32), np.dtype(np.float64)


# --- what it takes and refuses ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "dtype"),
    [
        (3, FLOAT64),
        (2.5, FLOAT64),
        (True, FLOAT64),
        ([1, 2], FLOAT64),
        ([[True], [False]], FLOAT64),
        ((0.5, 1), FLOAT64),
        ([], FLOAT64),
        (np.arange(3, dtype=np.uint8), FLOAT64),
        (np.ones(3, np.float16), FLOAT64),
        (np.ones(3, np.float32), FLOAT32),
        (np.float32(2.0), FLOAT32),
        (np.ones((2, 2)), FLOAT64),
    ],
)
def test_floats_are_kept_and_whole_numbers_become_float64(data: Any, dtype: np.dtype[Any]) -> None:
    for x in (Tensor(data), Tensor.leaf(data)):
        assert x.dtype == dtype
        np.testing.assert_array_equal(x.data, np.asarray(data, dtype))
        assert x.shape == np.shape(data)
        assert x.is_leaf


@pytest.mark.parametrize("dtype", [np.float32, "float64", FLOAT32])
def test_a_type_can_be_asked_for(dtype: Any) -> None:
    for data in (1, [1.5], np.ones(2), np.ones(2, np.float32), Tensor([1.0])):
        assert Tensor(data, dtype=dtype).dtype == np.dtype(dtype)


def test_the_array_is_copied() -> None:
    array = np.zeros(3)
    x, y = Tensor(array), Tensor(array, label="y")
    array[0] = 1.0
    x.data = x.data + 2.0
    assert y.data.tolist() == [0.0, 0.0, 0.0]
    assert Tensor(x).data is not x.data
    assert y.label == "y"


REFUSED = ["3", None, 3j, [1.0, None], [[1.0], [1.0, 2.0]], ["1"], Decimal(3), object(), np.array([1j]), {1.0}]


@pytest.mark.parametrize("wrong", [*REFUSED, np.array(["2020"], "datetime64[Y]"), 10**400, [Value(1.0)]])
def test_anything_else_is_refused_by_name(wrong: Any) -> None:
    kind = "an array" if isinstance(wrong, np.ndarray) else type(wrong).__name__
    message = f"^wanted an array of real numbers, got {kind}: "
    x = Tensor([1.0])

    def set_data() -> None:
        x.data = wrong

    takers = [lambda: Tensor(wrong), lambda: Tensor.leaf(wrong), set_data]
    if wrong is not None:  # to backward: no gradient given
        takers.append(lambda: x.backward(wrong))
    for take in takers:
        with pytest.raises(TypeError, match=message) as caught:
            take()
        assert "\n" not in str(caught.value)
    assert x.data.tolist() == [1.0]


def test_a_mask_is_not_lost() -> None:
    masked = np.ma.masked_array([1.0, 2.0], [False, True])
    for take in (Tensor, lambda x: Tensor([1.0, 1.0]) * x):
        with pytest.raises(TypeError, match="a Tensor has no mask"):
            take(masked)
    assert Tensor(masked.filled(0.0)).data.tolist() == [1.0, 0.0]


def test_types_that_it_does_not_hold_are_refused() -> None:
    for dtype in (int, bool, np.float16, complex, object):
        with pytest.raises(TypeError, match="a Tensor holds float32 or float64, not "):
            Tensor([1.0], dtype=dtype)


def test_values_do_not_mix() -> None:
    with pytest.raises(TypeError, match="does not mix with Values"):
        Tensor(Value(1.0))


INFIX: list[Callable[[Any, Any], Any]] = [add, sub, mul, truediv, pow, matmul]


@each("infix", INFIX)
@each("wrong", REFUSED)
def test_infix_refuses_on_either_side(infix: Callable[[Any, Any], Any], wrong: Any) -> None:
    x = Tensor([1.0])
    for operands in ((x, wrong), (wrong, x)):
        with pytest.raises(TypeError) as caught:
            infix(*operands)
        assert "\n" not in str(caught.value)


def test_an_integer_too_large_for_a_float_is_refused() -> None:
    for infix in INFIX:
        with pytest.raises(ValueError, match="wanted a number that a float can hold, got an int of 1329 bits"):
            infix(Tensor([1.0]), 10**400)


# --- operands on either side ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("infix", INFIX)
def test_arrays_on_either_side_give_tensors(infix: Callable[[Any, Any], Any]) -> None:
    a, b = np.array([[1.5, 2.0], [0.5, 3.0]]), np.array([[2.0, 0.25], [1.0, 0.5]])
    weights = np.array([[1.0, -2.0], [3.0, 0.5]])
    for left, right in ((Tensor(a), b), (a, Tensor(b)), (Tensor(a), Tensor(b)), (a.tolist(), Tensor(b))):
        y = infix(left, right)
        assert type(y) is Tensor
        np.testing.assert_array_equal(y.data, infix(a, b))
    left_alone, right_alone, (p, q) = Tensor(a), Tensor(b), (Tensor(a), Tensor(b))
    infix(left_alone, b).backward(weights)
    infix(a, right_alone).backward(weights)
    infix(p, q).backward(weights)
    np.testing.assert_array_equal(grad_of(left_alone), grad_of(p))
    np.testing.assert_array_equal(grad_of(right_alone), grad_of(q))


@each("infix", INFIX[:5])
@each("number", [2, 2.5, True, np.float64(2.5), np.float32(2.5), np.int32(3), np.bool(True)])
def test_numbers_on_either_side_give_tensors(infix: Callable[[Any, Any], Any], number: Any) -> None:
    x = Tensor([1.5, 2.0])
    for y, expected in ((infix(x, number), infix(x.data, number)), (infix(number, x), infix(number, x.data))):
        assert type(y) is Tensor
        np.testing.assert_allclose(y.data, expected, rtol=1e-15)


@pytest.mark.parametrize("infix", INFIX[:4])
@pytest.mark.parametrize(
    "other", [2, 2.5, True, np.ones(2, np.float32), np.ones(2), np.array([True, False]), np.float32(1), np.float64(1)]
)
def test_types_widen_as_in_numpy(infix: Callable[[Any, Any], Any], other: Any) -> None:
    x = Tensor(np.array([1.5, 2.0], np.float32))
    with np.errstate(divide="ignore"):
        assert infix(x, other).dtype == infix(x.data, other).dtype
        assert infix(other, x).dtype == infix(other, x.data).dtype


@each("row", ROWS)
def test_float32_stays_float32(row: str) -> None:
    rng = generator(row)
    op = with_parameters(TABLE[row], rng)
    for shape in ((), (2, 3)):
        inputs = [Tensor(np.full(shape, number), dtype=np.float32) for number in inputs_in_domain(op, rng)]
        y = (op(*inputs) * 2 + 0.5).sum()
        y.backward()
        first = gradient(y, inputs)
        second = gradient(sum((g * x).sum() for g, x in zip(first, inputs, strict=True)), inputs)
        assert {node.dtype for node in (op(*inputs), y, *first, *second)} == {FLOAT32}
        assert {grad_of(x).dtype for x in inputs} == {FLOAT32}


def test_a_narrow_input_of_a_wide_result_gets_a_narrow_gradient() -> None:
    a, b = Tensor(np.ones(2, np.float32)), Tensor(np.full(2, 0.1))
    (a * b).sum().backward()
    assert (grad_of(a).dtype, grad_of(b).dtype) == (FLOAT32, FLOAT64)
    np.testing.assert_array_equal(grad_of(a), np.full(2, 0.1, np.float32))
    by_a, by_b = gradient((a * a * b).sum(), [a, b])
    assert (by_a.dtype, by_b.dtype) == (FLOAT32, FLOAT64)
    assert gradient(by_a.sum(), [a])[0].dtype == FLOAT32
    assert grad(lambda x: (x * b.data).sum())(a.data).dtype == FLOAT32


# --- changing data ----------------------------------------------------------------------------------------------------


def test_data_is_set_in_shape_and_type() -> None:
    x = Tensor(np.zeros((2, 3), np.float32))
    x.data = np.arange(6).reshape(2, 3)
    assert x.dtype == FLOAT32
    assert x.data.tolist() == [[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]]
    for wrong in (np.zeros(3), np.zeros((3, 2)), 1.0):
        with pytest.raises(ValueError, match=r"wanted data of shape \(2, 3\), got \("):
            x.data = wrong
    assert x.data[1, 2] == 5.0


def set_anew(x: Tensor) -> None:
    x.data = x.data - 1.0


def set_in_place(x: Tensor) -> None:
    x.data -= 1.0


@pytest.mark.parametrize("change", [set_anew, set_in_place])
def test_a_leaf_changed_after_the_graph_was_made_is_named(change: Callable[[Tensor], None]) -> None:
    x, w = Tensor([1.0, 2.0], label="x"), Tensor([3.0, 4.0], label="w")
    y = (x * w).sum()
    change(w)
    assert w.data.tolist() == [2.0, 3.0]
    for derive in (y.backward, lambda: gradient(y, [x])):
        with pytest.raises(RuntimeError, match=r"the data of 'w' changed after '\*' was computed .* refresh\(\)"):
            derive()
    assert not x.has_grad
    y.refresh().backward()
    assert y.item() == 8.0
    assert grad_of(x).tolist() == [2.0, 3.0]


def test_training_by_hand_needs_no_refresh() -> None:
    w = Tensor([4.0, -2.0])
    for _ in range(60):
        w.zero_grad()
        ((w - np.array([1.0, 2.0])) ** 2).sum().backward()
        w.data -= 0.25 * grad_of(w)
    np.testing.assert_allclose(w.data, [1.0, 2.0], rtol=1e-15)


def test_refresh_computes_again_in_place() -> None:
    def f(x: Tensor) -> Tensor:
        chosen = ops.where(ops.less(x, 1.0), x, -x)
        return ((chosen @ x.T + x.max(axis=1) - x[0, 1]).softmax().reshape(-1) * x.mean()).logsumexp()

    before, after = np.array([[1.5, -2.0], [0.5, 3.0]], np.float32), np.array([[-1.0, 0.25], [2.0, 0.0]], np.float32)
    x = Tensor(before)
    y = f(x)
    nodes = graph(y)
    x.data = after
    assert y.refresh() is y
    expected = f(Tensor(after))
    assert graph(y) == nodes
    for node, wanted in zip(nodes, graph(expected), strict=True):
        assert node.dtype == FLOAT32
        np.testing.assert_array_equal(node.data, wanted.data)


# --- copies -----------------------------------------------------------------------------------------------------------


def test_what_was_taken_from_a_tensor_does_not_change_with_it() -> None:
    x, twin = Tensor([1.0, 2.0]), Tensor([0.0, 0.0])
    before = x.detach()
    twin.data = x.data
    x.data -= 1.0
    assert [y.data.tolist() for y in (x, before, twin)] == [[0.0, 1.0], [1.0, 2.0], [1.0, 2.0]]


def test_detach_is_a_leaf_without_history() -> None:
    x = Tensor([1.0, 2.0])
    y = (x * 3.0).detach()
    assert y.is_leaf
    assert y.data.tolist() == [3.0, 6.0]
    (y * x).sum().backward()
    assert grad_of(x).tolist() == [3.0, 6.0]


def test_copy_shares_its_inputs_and_not_its_arrays() -> None:
    x = Tensor([1.0, 2.0], label="x")
    y = x * x
    y.label = "y"
    y.backward(np.ones(2))
    twin = copy.copy(y)
    assert twin.inputs == y.inputs
    assert (twin.op, twin.label, twin.data.tolist()) == (y.op, "y", [1.0, 4.0])
    twin.data[:] = 0.0
    grad_of(twin)[:] = 9.0
    assert y.data.tolist() == [1.0, 4.0]
    assert grad_of(y).tolist() == [1.0, 1.0]


def test_deepcopy_of_a_graph_stands_alone() -> None:
    x, w = Tensor([[1.0, 2.0]], label="x"), Tensor([[3.0], [4.0]], label="w")
    y = (x @ w + x.sum()).tanh().sum()
    y.backward()
    twin = copy.deepcopy(y)
    assert [(n.label, n.symbol, n.shape) for n in graph(twin)] == [(n.label, n.symbol, n.shape) for n in graph(y)]
    assert set(graph(twin)).isdisjoint(graph(y))
    for original, copied in zip(graph(y), graph(twin), strict=True):
        assert not np.shares_memory(original.data, copied.data)
        np.testing.assert_array_equal(original.data, copied.data)
        np.testing.assert_array_equal(original.grad, copied.grad)
    before = grad_of(x).copy()
    twin.backward()
    np.testing.assert_array_equal(grad_of(x), before)
    np.testing.assert_array_equal(grad_of(graph(twin)[0]), 2 * before)


@pytest.mark.parametrize("role", [LEAF, PARAMETER, CONSTANT])
def test_leaves_are_pickled_with_label_and_role(role: Any) -> None:
    x = Tensor.leaf(np.arange(3, dtype=np.float32), role)
    x.label = "x"
    for twin in (pickle.loads(pickle.dumps(x)), copy.deepcopy(x)):  # noqa: S301 - its own bytes
        assert (twin.op, twin.label, twin.dtype) == (role, "x", FLOAT32)
        np.testing.assert_array_equal(twin.data, x.data)


def test_computed_nodes_are_not_pickled() -> None:
    with pytest.raises(TypeError, match="only leaves are pickled, this Tensor was computed"):
        pickle.dumps(Tensor([1.0]) * 2.0)


# --- reading ----------------------------------------------------------------------------------------------------------


def test_shape_size_and_length() -> None:
    x = Tensor(np.ones((2, 0, 3)))
    assert (x.shape, x.ndim, x.size, len(x), x.dtype) == ((2, 0, 3), 3, 0, 2, FLOAT64)
    with pytest.raises(TypeError):
        len(Tensor(1.0))


def test_one_number_can_be_read_as_float() -> None:
    for x in (Tensor(2.5), Tensor([2.5]), Tensor([[2.5]])):
        assert (x.item(), float(x)) == (2.5, 2.5)
        assert type(x.item()) is float
    for read in (float, int, Tensor.item):
        with pytest.raises(ValueError, match=r"wanted a single number, got a Tensor of shape \(2,\)"):
            read(Tensor([1.0, 2.0]))
    with pytest.raises(ValueError, match="array"):
        bool(Tensor([1.0, 2.0]))


def test_one_number_is_formatted_as_a_float() -> None:
    for x in (Tensor(2.0 / 3.0), Tensor([2.0 / 3.0]), Value(2.0 / 3.0)):
        assert (f"{x:.3f}", f"{x:>8.1e}", f"{x}") == ("0.667", " 6.7e-01", str(x))
    with pytest.raises(ValueError, match=r"wanted a single number, got a Tensor of shape \(2,\)"):
        format(Tensor([1.0, 2.0]), ".2f")


@pytest.mark.parametrize("number", [0.0, -0.0, 1.0, np.nan])
def test_truth_is_that_of_the_number(number: float) -> None:
    assert bool(Tensor(number)) is bool(number)
    assert bool(Tensor([number])) is bool(number)


def test_iterating_gives_rows_that_are_differentiated() -> None:
    x = Tensor([[1.0, 2.0], [3.0, 4.0]])
    first, second = x
    (first * 10.0 + second).sum().backward()
    assert grad_of(x).tolist() == [[10.0, 10.0], [1.0, 1.0]]
    with pytest.raises(TypeError):
        list(Tensor(1.0))


def test_repr_names_shape_and_type_and_stays_short() -> None:
    assert repr(Tensor([1.0, 2.5])) == "Tensor([1. , 2.5], shape=(2,), dtype=float64)"
    assert repr(Tensor(np.float32(2.0))) == "Tensor(2., shape=(), dtype=float32)"
    assert len(repr(Tensor(np.ones((1000, 1000))))) < 500


@pytest.mark.parametrize("compare", [lt, le, gt, ge])
def test_comparisons_compare_data(compare: Callable[[Any, Any], Any]) -> None:
    a, b = np.array([[1.0, 2.0, 3.0]]), np.array([[2.0], [3.0]])
    for left, right in ((Tensor(a), Tensor(b)), (Tensor(a), b), (a, Tensor(b)), (Tensor(a), 2), (2.0, Tensor(b))):
        found = compare(left, right)
        assert type(found) is np.ndarray
        np.testing.assert_array_equal(found, compare(getattr(left, "data", left), getattr(right, "data", right)))
    for wrong in (None, "2", 2j, Value(1.0)):
        with pytest.raises(TypeError):
            compare(Tensor(a), wrong)


def test_equality_compares_elements_and_a_node_is_itself_in_sets() -> None:
    x = Tensor([1.0, 2.0])
    assert (x == [1.0, 3.0]).tolist() == [True, False]
    assert (x != Tensor([1.0, 3.0])).tolist() == [False, True]
    assert len({x, x, x.detach()}) == 2
    assert x != None  # noqa: E711 - what libraries ask
    assert (x == "a") is False
    assert 2.0 in x
    assert 3.0 not in x


def test_a_list_of_nodes_is_no_array_of_numbers() -> None:
    for nodes in ([Tensor([1.0]), Tensor([2.0])], [[1.0, Tensor(2.0)]], (Value(1.0),)):
        with pytest.raises(TypeError, match="nodes would lose their graph in it, see stack"):
            Tensor(nodes)
        with pytest.raises(TypeError, match="would lose their graph"):
            Tensor([1.0]) + nodes
    for function in (mp.sum, mp.mean, mp.max, mp.norm, lambda nodes: mp.dot(nodes, [1.0, 2.0]), mp.flatten):
        with pytest.raises(TypeError, match="got list: nodes would lose their graph in it, see stack"):
            function([Tensor(1.0), Tensor(2.0)])
    with pytest.raises(TypeError, match="would lose their graph"):
        mp.stack([[Tensor(1.0), 2.0], [3.0, 4.0]])


def test_numpy_reads_a_tensor_as_its_array() -> None:
    x = Tensor([1.5, 2.0])
    assert np.asarray(x) is x.data
    np.testing.assert_array_equal(np.array(x), x.data)
    assert not np.shares_memory(np.array(x), x.data)
    assert np.asarray(x, dtype=np.float32).dtype == FLOAT32


# --- places and switches ----------------------------------------------------------------------------------------------


def test_no_grad_makes_leaves() -> None:
    x = Tensor([1.0, 2.0])
    with no_grad():
        results = [x * x, x.sum(), x @ x, x[0], x.reshape(2, 1), x.softmax(), ops.where(x, x, 1.0)]
    assert all(y.is_leaf and y.op is LEAF for y in results)
    assert results[0].data.tolist() == [1.0, 4.0]
    assert not (x * x).is_leaf


def test_nodes_know_their_scope() -> None:
    x = Tensor(np.ones((2, 2)))
    with scope("layer1"):
        nodes = [x + 1.0, x @ x, x.sum(), x[0], x.T, Tensor(1.0)]
    assert {node.scope.path for node in nodes} == {("layer1",)}
    assert (x + 1.0).scope.path == ()


def test_sequences_in_an_index_are_places_also_none_and_one_twice() -> None:
    x = np.array([1.0, 2.0, 3.0])
    for key in (((0, -3),), ((0, 0),), (((0, 2), (2, 2)),), [], [[]], ((),), ([],)):
        leaf = Tensor(x)
        part = leaf[key]
        part.sum().backward()
        counts = np.bincount(np.arange(3)[key].ravel(), minlength=3)
        np.testing.assert_array_equal(part.data, x[key], err_msg=repr(key))
        np.testing.assert_array_equal(leaf.grad, counts, err_msg=repr(key))
