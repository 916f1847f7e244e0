"""Gradients of Tensors: broadcasting, constants, what backward leaves where, higher orders, long graphs, memory."""

import copy
import gc
import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from micrograd_plus import ops
from micrograd_plus.checks import check_gradients
from micrograd_plus.engine import CONSTANT, PARAMETER, gradient, graph
from micrograd_plus.ops import TABLE
from micrograd_plus.tensor import Tensor
from tests.cases import each
from tests.graphs import grad_of
from tests.sampling import ROWS, generator, inputs_in_domain, with_parameters
from tests.torch_rows import in_torch
from tests.weights import uneven

Shape = tuple[int, ...]
FLOAT32, FLOAT64 = np.dtype(np.float32), np.dtype(np.float64)


# --- broadcasting -----------------------------------------------------------------------------------------------------

STRETCHED: list[tuple[Shape, Shape, Shape]] = [
    ((), (), ()),
    ((3,), (), (3,)),
    ((), (2, 3), (1,)),
    ((2, 3), (3,), ()),
    ((2, 1), (1, 3), (2, 3)),
    ((1, 1), (3,), (2, 1)),
    ((4, 1, 1), (2, 3), (3,)),
    ((1, 3), (0, 3), ()),
    ((0,), (1,), (1,)),
]


@each("row", ROWS)
def test_gradients_of_broadcast_operations_are_what_differences_say(row: str) -> None:
    rng = generator(row)
    op = with_parameters(TABLE[row], rng)
    for shapes in STRETCHED:
        inputs = [np.empty(shape) for shape in shapes[: op.arity]]
        for k, x in enumerate(inputs):
            x.flat[:] = [inputs_in_domain(op, rng)[k] for _ in range(x.size)]
        if op.arity > 1 and (op.selects or not any(op.slopes)):  # no ties, though broadcasting pairs all with all
            inputs[0] += 10.0 * rng.choice([-1.0, 1.0], inputs[0].shape)

        def weighed(*nodes: Tensor) -> Tensor:
            out = op(*nodes)
            return (out * uneven(out.shape)).sum()

        check_gradients(weighed, *inputs)


@pytest.mark.slow
@each("row", ROWS)
def test_arrays_of_all_shapes_agree_with_pytorch(row: str) -> None:
    torch = pytest.importorskip("torch")
    op, function = TABLE[row], in_torch(torch, row)
    rng = generator(row)
    for shapes in [*STRETCHED, ((2, 3), (2, 3), (2, 3)), ((1,), (1,), (1,)), ((2, 0), (2, 1), ())]:
        inputs = [np.empty((*shape, 2)) for shape in shapes[: op.arity]]
        for k, x in enumerate(inputs):
            x.flat[:] = [inputs_in_domain(op, rng)[k] for _ in range(x.size)]
        gapped = [x[..., 0] for x in inputs]
        for arrays in (gapped, [x.T.copy().T for x in gapped]):
            ours = [Tensor.leaf(x) for x in arrays]
            theirs = [torch.tensor(x, requires_grad=True) for x in arrays]
            y, z = op(*ours), function(*theirs, *op.parameters.values())
            np.testing.assert_allclose(y.data, z.detach().numpy(), rtol=1e-12, atol=1e-12, err_msg=f"{row} {shapes}")
            upstream = uneven(y.shape)
            y.backward(upstream)
            if not z.requires_grad or row == "heaviside":  # PyTorch has no derivative for either
                assert not any(grad_of(x).any() for x in ours)
                continue
            z.backward(torch.tensor(upstream))
            for a, b in zip(ours, theirs, strict=True):
                wanted = np.zeros(a.shape) if b.grad is None else b.grad.numpy()
                np.testing.assert_allclose(grad_of(a), wanted, rtol=1e-10, atol=1e-10, err_msg=f"{row} {shapes}")


@each("row", ROWS)
def test_large_arrays_have_the_gradients_of_their_parts_and_keep_their_data(row: str) -> None:
    op, rng = TABLE[row], generator(row)
    few = [np.array([inputs_in_domain(op, rng)[k] for _ in range(8)]) for k in range(op.arity)]
    parts, wholes = [Tensor(x) for x in few], [Tensor(np.tile(x, 5_000)) for x in few]
    (op(*parts) * op(*parts)).sum().backward()
    y = op(*wholes)
    before = [node.data.copy() for node in (*wholes, y)]
    (y * y).sum().backward()
    for node, data in zip((*wholes, y), before, strict=True):
        np.testing.assert_array_equal(node.data, data, err_msg=row)
    for part, whole in zip(parts, wholes, strict=True):
        assert grad_of(whole).flags.writeable
        np.testing.assert_allclose(grad_of(whole), np.tile(grad_of(part), 5_000), rtol=1e-12, err_msg=row)


def test_a_broadcast_gradient_is_summed_over_what_was_stretched() -> None:
    a, b = Tensor(np.ones((2, 1))), Tensor(np.ones(3))
    upstream = np.arange(12.0).reshape(2, 2, 3)
    (a + b + np.zeros((2, 1, 1))).backward(upstream)
    np.testing.assert_array_equal(grad_of(a), upstream.sum(axis=(0, 2)).reshape(2, 1))
    np.testing.assert_array_equal(grad_of(b), upstream.sum(axis=(0, 1)))


STRIDED = [
    lambda a: a.T,
    lambda a: a[::2, ::-1],
    np.asfortranarray,
    lambda a: np.broadcast_to(a[:1], a.shape),
    lambda a: a[:, None, 1],
]


@pytest.mark.parametrize("strided", STRIDED)
def test_arrays_that_are_not_contiguous_give_the_same(strided: Callable[[np.ndarray], np.ndarray]) -> None:
    view = strided(np.arange(1.0, 17.0).reshape(4, 4))
    results = []
    for x in (Tensor.leaf(view), Tensor(np.ascontiguousarray(view))):
        y = (x.log() * x).sum(axis=0).softmax() + x.T @ x.mean(axis=1) + x[::-1].max(axis=0)
        y.backward(uneven(y.shape))
        results.append((y.data, grad_of(x)))
    for one, other in zip(*results, strict=True):
        # A sum over other strides may add in another order.
        np.testing.assert_allclose(one, other, rtol=1e-13)


# --- constants --------------------------------------------------------------------------------------------------------


def test_constants_get_no_gradient() -> None:
    x = Tensor([1.0, 2.0])
    y = x * np.array([3.0, 4.0]) + 1.0
    y.sum().backward()
    constants = [node for node in graph(y) if node.op is CONSTANT]
    assert [node.data.tolist() for node in constants] == [[3.0, 4.0], 1.0]
    assert not any(node.has_grad for node in constants)
    assert x.has_grad


def test_operations_on_constants_only_are_constants() -> None:
    one = Tensor.leaf(np.ones((2, 2)), CONSTANT)
    for y in (one + one, one.tanh(), one @ one, one.sum(), one[0], one.reshape(4), one * 2.0, -one, one.softmax()):
        assert y.op is CONSTANT
        assert y.inputs == ()


def test_a_parameter_is_a_leaf_that_holds_its_array() -> None:
    array = np.ones(2)
    w = Tensor.leaf(array, PARAMETER)
    assert w.data is array
    assert (w.op, w.is_leaf) == (PARAMETER, True)
    w.sum().backward()
    assert w.has_grad


# --- backward ---------------------------------------------------------------------------------------------------------


def test_the_gradient_at_the_root_can_be_given() -> None:
    for given in ([1.0, 10.0], (1, 10), np.array([1.0, 10.0]), Tensor([1.0, 10.0]), np.array([1, 10], np.float32)):
        x = Tensor([2.0, 3.0])
        (x * x).backward(given)
        assert grad_of(x).tolist() == [4.0, 60.0]


def test_a_root_of_several_numbers_wants_a_gradient_of_its_shape() -> None:
    x = Tensor(np.ones((2, 3)))
    y = x * 2.0
    with pytest.raises(ValueError, match=r"backward\(\) of shape \(2, 3\) wants a gradient of that shape"):
        y.backward()
    with pytest.raises(ValueError, match=r"wanted a gradient of shape \(2, 3\), got \(3, 2\)"):
        y.backward(np.ones((3, 2)))
    with pytest.raises(ValueError, match=r"wanted a gradient of shape \(2, 3\), got \(\)"):
        y.backward(1.0)
    assert not x.has_grad


@pytest.mark.parametrize("shape", [(), (1,), (1, 1, 1)])
def test_a_root_of_one_number_starts_from_one(shape: Shape) -> None:
    x = Tensor(np.full(shape, 3.0))
    y = x * x
    y.backward()
    np.testing.assert_array_equal(grad_of(y), np.ones(shape))
    np.testing.assert_array_equal(grad_of(x), np.full(shape, 6.0))


def test_leaves_add_up_and_computed_nodes_start_afresh() -> None:
    x = Tensor([3.0, -1.0])
    square = x * x
    y = (square * x).sum()
    once = np.array([27.0, 3.0])
    for times in (1, 2, 3):
        y.backward()
        np.testing.assert_array_equal(grad_of(x), times * once)
        np.testing.assert_array_equal(grad_of(square), x.data)
        assert grad_of(y) == 1.0
    x.zero_grad()
    assert x.grad is None
    assert not x.has_grad


def test_a_leaf_is_its_own_gradient() -> None:
    x = Tensor([1.0, 2.0])
    for _ in range(2):
        x.backward(np.array([1.0, 5.0]))
    assert grad_of(x).tolist() == [2.0, 10.0]


HANDED_ON: list[Callable[[Tensor, Tensor], Tensor]] = [
    lambda a, b: a + b,
    lambda a, b: a - b,
    lambda a, b: (a + b) + (b + a),
    lambda a, b: a.reshape(2, 1).reshape(2) + b[:],
    lambda a, b: a.T + b[::-1],
    lambda a, b: ops.where(np.array([True, True]), a, 0.0) + b,
    lambda a, b: a * 1.0 + b.relu(),
    lambda a, b: a + b.sum(axis=(), keepdims=True),
]


@pytest.mark.parametrize("f", HANDED_ON)
def test_gradient_arrays_are_nobody_elses(f: Callable[[Tensor, Tensor], Tensor]) -> None:
    a, b = Tensor([1.0, 2.0]), Tensor([3.0, 4.0])
    upstream = np.array([5.0, 7.0])
    y = f(a, b)
    y.backward(upstream)
    kept = [array.copy() for array in (upstream, grad_of(a), grad_of(b))]
    grad_of(a)[:] = 1e6
    np.testing.assert_array_equal([upstream, grad_of(b)], [kept[0], kept[2]])
    grad_of(b)[:] = 2e6
    np.testing.assert_array_equal(upstream, kept[0])
    grad_of(y)[:] = 3e6
    np.testing.assert_array_equal([upstream, grad_of(a), grad_of(b)], [kept[0], [1e6, 1e6], [2e6, 2e6]])


def test_a_gradient_that_is_set_is_a_copy() -> None:
    a, b, given = Tensor([1.0, 2.0]), Tensor([3.0, 4.0]), np.ones(2)
    a.grad = given
    b.grad = a.grad
    b.grad *= 2.0
    given[:] = 5.0
    assert (grad_of(a).tolist(), grad_of(b).tolist()) == ([1.0, 1.0], [2.0, 2.0])


def test_a_gradient_that_was_kept_does_not_grow() -> None:
    x, upstream = Tensor([1.0, 2.0]), np.ones(2)
    x.backward(upstream)
    kept = grad_of(x)
    x.backward(upstream)
    assert (kept.tolist(), upstream.tolist(), grad_of(x).tolist()) == ([1.0, 1.0], [1.0, 1.0], [2.0, 2.0])


def test_masks_stop_an_infinite_gradient() -> None:
    x = Tensor([-1.0, 0.0, 2.0])
    (x.relu() + ops.where(x.data > 0, x, 0.0) + x.clip(0.5, 9.0)).backward(np.array([np.inf, np.nan, 1.0]))
    assert grad_of(x).tolist() == [0.0, 0.0, 3.0]


def test_backward_warns_of_nothing() -> None:
    x = Tensor([0.0, 1e200])
    y = x.sqrt().sqrt() * 1e200  # its slope at 0 is infinite
    y.backward(np.array([1.0, 1e300]))
    assert grad_of(x)[0] == np.inf


# --- gradients as graphs ----------------------------------------------------------------------------------------------


def test_gradients_of_any_order() -> None:
    x = Tensor([[0.5, -1.0], [2.0, 3.0]])
    node = (x**4 * np.array([1.0, 2.0])).sum()
    for factor, exponent in ((4, 3), (12, 2), (24, 1), (24, 0)):
        [derivative] = gradient(node, [x])
        assert isinstance(derivative, Tensor)
        np.testing.assert_allclose(derivative.data, factor * x.data**exponent * [1.0, 2.0], rtol=1e-15)
        node = derivative.sum()
    assert not x.has_grad


def test_mixed_second_derivatives_agree() -> None:
    a, b = Tensor([[0.3, -0.7], [1.1, 0.2]]), Tensor([0.5, -1.5])
    y = (a @ b).tanh().logsumexp() * b.softmax()[0]
    by_a, by_b = gradient(y, [a, b])
    v, w = np.array([[1.0, -2.0], [0.5, 3.0]]), np.array([-1.0, 0.25])
    [there] = gradient((by_a * v).sum(), [b])
    [back] = gradient((by_b * w).sum(), [a])
    np.testing.assert_allclose((there * w).sum().item(), (back * v).sum().item(), rtol=1e-13)


def test_gradient_wants_one_number_and_a_sequence() -> None:
    x = Tensor([1.0, 2.0])
    with pytest.raises(TypeError, match="wanted a sequence of nodes to derive by, got one Tensor"):
        gradient(x.sum(), x)
    with pytest.raises(ValueError, match=r"wanted one number to derive, got a Tensor of shape \(2,\)"):
        gradient(x * 2.0, [x])


def test_a_gradient_by_what_was_not_read_is_zero_in_its_shape() -> None:
    x, aside = Tensor([1.0, 2.0]), Tensor(np.ones((2, 3), np.float32))
    [slope] = gradient(x.sum(), [aside])
    assert (slope.shape, slope.dtype) == ((2, 3), FLOAT32)
    assert not slope.data.any()


# --- size and memory --------------------------------------------------------------------------------------------------


def chain(x: Tensor, length: int) -> Tensor:
    for _ in range(length):
        x = x + 1.0
    return x.sum()


@pytest.mark.slow
def test_a_long_chain_is_built_derived_and_freed() -> None:
    x = Tensor([1.0, 2.0])
    y = chain(x, 100_000)
    y.backward()
    assert y.item() == 200_003.0
    assert grad_of(x).tolist() == [1.0, 1.0]
    del y


def test_a_long_chain_is_copied_refreshed_and_derived_as_a_graph() -> None:
    x = Tensor([1.0, 2.0])
    y = chain(x, 20_000)
    twin = copy.deepcopy(y)
    x.data = [0.0, 0.0]
    assert (y.refresh().item(), twin.item()) == (40_000.0, 40_003.0)
    assert gradient(y, [x])[0].data.tolist() == [1.0, 1.0]


def network(w: Tensor) -> Tensor:
    hidden = (np.ones((5, 3)) @ w).tanh()
    picked = hidden.log_softmax()[np.arange(5), [0, 1, 0, 1, 1]]
    return picked.mean() + hidden.reshape(-1).max() + w.T[1:].logsumexp()


@pytest.mark.usefixtures("_no_collector")
@pytest.mark.parametrize(
    "work",
    [
        network,
        lambda w: network(w).backward(),
        lambda w: gradient(network(w), [w]),
        lambda w: gradient(gradient(network(w), [w])[0].sum(), [w]),
        lambda w: copy.deepcopy(network(w)),
        lambda w: network(w).refresh(),
    ],
)
def test_a_graph_is_freed_as_soon_as_it_is_dropped(work: Callable[[Tensor], Any]) -> None:
    def living() -> int:
        return sum(type(thing) is Tensor for thing in gc.get_objects())

    w = Tensor(np.linspace(-1.0, 1.0, 6).reshape(3, 2))
    before = living()
    result = work(w)
    del result
    assert living() == before
    assert gc.collect() == 0


@pytest.mark.slow
def test_training_takes_no_more_memory_with_time() -> None:
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(20, 2)), rng.integers(0, 3, 20)
    weights = [Tensor.leaf(rng.normal(size=shape), PARAMETER) for shape in ((2, 8), (8,), (8, 3), (3,))]

    def step() -> None:
        W1, b1, W2, b2 = weights
        loss = -((X @ W1 + b1).relu() @ W2 + b2).log_softmax()[np.arange(20), y].mean()
        for w in weights:
            w.zero_grad()
        loss.backward()
        for w in weights:
            w.data -= 0.1 * grad_of(w)

    tracemalloc.start()
    try:
        taken = []
        for _ in range(4):
            for _ in range(250):
                step()
            gc.collect()
            taken.append(tracemalloc.get_traced_memory()[0])
    finally:
        tracemalloc.stop()
    assert taken[-1] - taken[1] < 1000  # less than two bytes a step; a kept Tensor takes more than a hundred


def test_the_gradient_of_a_number_is_an_array():
    x = Tensor(3.0)
    (x * x).backward()
    assert type(x.grad) is np.ndarray
    assert x.grad == 6.0


def test_an_index_that_changes_later_does_not_move_the_gradient():
    x, rows = Tensor([1.0, 2.0, 3.0]), np.array([0, 2])
    y = x[rows].sum()
    rows[:] = 1
    y.backward()
    assert x.grad.tolist() == [1.0, 0.0, 1.0]
