"""Leaves in flat buffers behave as leaves do, whoever writes: the user, eager operations, or a program."""

import copy
import gc
import pickle
import weakref
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from micrograd_plus import Tensor, Value, losses
from micrograd_plus.compiler.holding import HeldTensor, HeldValue, Store, place_of, store_of
from micrograd_plus.debugger import Debugger
from micrograd_plus.engine import CONSTANT, PARAMETER, gradient, last_change
from micrograd_plus.nn import MLP, ArrayMLP
from micrograd_plus.nn.utils import clip_grad_norm_
from micrograd_plus.notation import text
from micrograd_plus.optim import SGD, Adam
from micrograd_plus.saved_session import load_session, save_session
from micrograd_plus.session import Session
from micrograd_plus.train import fit
from micrograd_plus.viz.dot import dot_text
from micrograd_plus.viz.from_graph import picture_of
from tests import graphs

NUMBERS = [1.5, -0.7, 0.4]
ARRAYS = [np.array([[1.0, 2.0, -1.0], [0.5, -0.5, 3.0]]), np.array(0.75), np.array([0.25, -2.0])]


def values() -> list[Value]:
    return [Value(x, label=name) for x, name in zip(NUMBERS, "abc", strict=True)]


def tensors() -> list[Tensor]:
    return [Tensor(x, label=name) for x, name in zip(ARRAYS, "abc", strict=True)]


def loss_of_values(a: Value, b: Value, c: Value) -> Value:
    return (a * b + c).tanh() + (2.0 - a) / c + c.relu() ** 2 + b ** a.exp()


def loss_of_tensors(a: Tensor, b: Tensor, c: Tensor) -> Tensor:
    return ((a.T @ c + b).tanh() * a[0] + a.sum(0)).sum() + (c * c * b).mean()


KINDS = [(values, loss_of_values), (tensors, loss_of_tensors)]
on_both_kinds = pytest.mark.parametrize(("leaves", "loss"), KINDS, ids=["Values", "Tensors"])
on_both_kinds_of_leaves = pytest.mark.parametrize("leaves", [values, tensors], ids=["Values", "Tensors"])


def held(leaves: Sequence[Any]) -> Sequence[Any]:
    Store(leaves)
    return leaves


def bits(x: Any) -> Any:
    """Return numbers such that equal ones compare equal, with their type and shape."""
    if isinstance(x, Value | Tensor):
        return [x.kind, bits(x.data), x.has_grad, bits(x.grad)]
    if isinstance(x, list | tuple):
        return [bits(item) for item in x]
    if not isinstance(x, float | np.ndarray):
        return x
    return (type(x) is float, np.shape(x), np.asarray(x).dtype, graphs.bits(x))  # one number may be NumPy's


# --- where the numbers are --------------------------------------------------------------------------------------------


def test_the_buffers_hold_all_in_order() -> None:
    leaves = tensors()
    leaves[2].grad = np.array([7.0, 8.0])
    store = Store(leaves)
    np.testing.assert_array_equal(store.data, np.concatenate([x.ravel() for x in ARRAYS]))
    np.testing.assert_array_equal(store.grad, [0.0] * 7 + [7.0, 8.0])
    assert (store.offsets, store.shapes, store.size) == ([0, 6, 7], [(2, 3), (), (2,)], 9)
    assert store.computed.tolist() == [False, False, True]
    assert [place_of(leaf) for leaf in leaves] == [(store, 0), (store, 1), (store, 2)]


def test_values_and_tensors_share_a_store() -> None:
    v, t = Value(2.0), Tensor([3.0, 4.0])
    store = Store([v, t])
    assert store.data.tolist() == [2.0, 3.0, 4.0]
    assert (store.shapes, store.offsets) == ([None, (2,)], [0, 1])
    assert store_of(v) is store_of(t) is store


@on_both_kinds
def test_what_was_there_stays(leaves: Callable[[], list[Any]], loss: Callable[..., Any]) -> None:
    plain = leaves()
    loss(*plain).backward()
    plain[0].zero_grad()
    before = [bits(plain), [(x.label, x.op, x.number, x.scope, last_change(x)) for x in plain]]
    held(plain)
    assert [bits(plain), [(x.label, x.op, x.number, x.scope, last_change(x)) for x in plain]] == before


def test_reads_are_floats_and_views() -> None:
    v, t = Value(2.0), Tensor([3.0, 4.0])
    store = Store([v, t])
    store.data += 1.0
    store.grad[:] = 5.0, 6.0, 7.0
    assert not v.has_grad
    assert not t.has_grad
    assert (v.grad, t.grad) == (0.0, None)
    store.computed = np.array([True, True])
    assert [type(v.data), v.data, type(v.grad), v.grad] == [float, 3.0, float, 5.0]
    assert t.grad is not None
    assert np.shares_memory(t.data, store.data)
    assert np.shares_memory(t.grad, store.grad)
    assert (t.data.tolist(), t.grad.tolist()) == ([4.0, 5.0], [6.0, 7.0])


def test_writes_go_into_the_store() -> None:
    v, t = Value(2.0), Tensor([3.0, 4.0])
    store = Store([v, t])
    data, grad = store.data, store.grad
    v.data, t.data = 5, [6, 7]
    v.grad, t.grad = 8.0, np.array([9.0, 10.0])
    assert (data.tolist(), grad.tolist(), store.computed.tolist()) == ([5.0, 6.0, 7.0], [8.0, 9.0, 10.0], [True, True])
    v.data += 1.0
    t.data *= 2.0
    t.data[0] = -1.0
    v.grad += 1.0
    t.grad *= 2.0
    assert (data.tolist(), grad.tolist()) == ([6.0, -1.0, 14.0], [9.0, 18.0, 20.0])
    t.data = t.data[::-1]
    assert data.tolist() == [6.0, 14.0, -1.0]
    v.zero_grad()
    t.grad = None
    assert (grad.tolist(), store.computed.tolist()) == ([0.0] * 3, [False, False])
    assert (store.data is data, store.grad is grad) == (True, True)


def test_a_mask_of_a_program_is_never_written_into() -> None:
    leaves = values()
    store = Store(leaves)
    mask = np.array([True, True, False])
    for _ in range(2):
        store.computed = mask
        leaves[0].zero_grad()
        leaves[2].grad = 1.0
        assert [x.has_grad for x in leaves] == [False, True, True]
        assert mask.tolist() == [True, True, False]


def test_float32_stays_float32() -> None:
    t = Tensor([1.0, 2.0], dtype=np.float32)
    store = Store([t])
    t.data = np.array([1 / 3, 2 / 3])
    (t * t).sum().backward()
    assert t.grad is not None
    assert {store.data.dtype, store.grad.dtype, t.data.dtype, t.grad.dtype} == {np.dtype(np.float32)}
    np.testing.assert_array_equal(t.data, np.array([1 / 3, 2 / 3], np.float32))


def test_sizes_of_nothing() -> None:
    empty, full = Tensor(np.zeros((0, 3))), Tensor([1.0])
    store = Store([empty, full])
    assert (store.offsets, empty.data.shape, full.data.tolist()) == ([0, 0], (0, 3), [1.0])
    assert Store([]).size == 0


# --- what is refused --------------------------------------------------------------------------------------------------


class OwnValue(Value):
    """A Value of the user's."""


@pytest.mark.parametrize(
    ("leaves", "error", "message"),
    [
        (lambda: [Value(1.0), Tensor([1.0], dtype=np.float32)], ValueError, "one dtype, got float32 and float64"),
        (lambda: [Value(1.0), Value(2.0) + 1.0], ValueError, "a node that holds float: 3.0 was computed"),
        (lambda: [Value(1.0)] * 2, ValueError, "in the list twice"),
        (lambda: [Value(1.0), held([Value(2.0, label="w")])[0]], ValueError, "'w' belongs to a store already"),
        (lambda: [Value(1.0), 2.0], TypeError, "wanted Values or Tensors to hold, got float: 2.0"),
        (lambda: [Value(1.0), OwnValue(2.0)], TypeError, "wanted Values or Tensors to hold, got OwnValue"),
    ],
)
def test_what_cannot_be_held_is_refused_and_nothing_is_taken(
    leaves: Callable[[], list[Any]], error: type[Exception], message: str
) -> None:
    refused = leaves()
    with pytest.raises(error, match=message):
        Store(refused)
    assert store_of(refused[0]) is None
    assert type(refused[0]) is Value


def test_what_is_held_keeps_its_type_and_a_copy_changes_it() -> None:
    (t,) = held([Tensor([1.0, 0.1], label="t")])
    t.grad = np.ones(2)
    with pytest.raises(
        TypeError, match=r"^a program holds 't' as float64: convert a copy, made by copy\.deepcopy\(\)$"
    ):
        t.convert(np.float32)
    assert (t.data.tolist(), t.has_grad) == ([1.0, 0.1], True)
    twin = copy.deepcopy(t)
    twin.convert(np.float32)
    t.convert(np.float64)
    assert (twin.dtype, t.dtype, t.has_grad) == (np.float32, np.float64, False)


def test_wrong_numbers_are_refused() -> None:
    v, t = held([Value(2.0), Tensor([3.0, 4.0])])
    for data in ("x", None, 1j, [1.0]):
        with pytest.raises(TypeError):
            v.data = data
        with pytest.raises(TypeError):
            v.grad = data
    with pytest.raises(ValueError, match=r"wanted data of shape \(2,\), got \(3,\)"):
        t.data = np.zeros(3)
    with pytest.raises(ValueError, match=r"wanted a gradient of shape \(2,\), got \(\)"):
        t.grad = 1.0
    assert [bits(v), bits(t)] == [bits(Value(2.0)), bits(Tensor([3.0, 4.0]))]


def test_a_leaf_of_no_store_has_no_place() -> None:
    with pytest.raises(ValueError, match="no store holds 'w'"):
        place_of(Value(1.0, label="w"))


# --- the engine works as ever -----------------------------------------------------------------------------------------


def twice_backward(leaves: Sequence[Any], loss: Callable[..., Any]) -> Any:
    loss(*leaves).backward()
    loss(*leaves).backward()
    return leaves


def derived(leaves: Sequence[Any], loss: Callable[..., Any]) -> Any:
    slopes = gradient(loss(*leaves), leaves)
    square = slopes[0] * slopes[0]
    root = square if isinstance(square, Value) else square.sum()
    return [slopes, gradient(root, leaves), text(root)]


def derived_by_itself(leaves: Sequence[Any], loss: Callable[..., Any]) -> Any:
    """The root is a leaf, and what is derived by is of the plain class."""
    root = leaves[1]
    return gradient(root, [root, Value(1.0) if isinstance(root, Value) else Tensor([1.0])])


def copied(leaves: Sequence[Any], loss: Callable[..., Any]) -> Any:
    root = loss(*leaves)
    root.backward()
    leaves[1].zero_grad()
    deep = copy.deepcopy([root, *leaves])
    pickled = pickle.dumps(leaves)
    copies = [*deep, *map(copy.copy, leaves), *pickle.loads(pickled)]  # noqa: S301 - its own bytes
    for leaf in leaves:
        leaf.data = 0.0 * leaf.data
        leaf.zero_grad()
    assert {type(x) for x in copies} == {root.kind}
    deep[0].backward()
    return [copies, [(x.label, x.op) for x in copies], pickled, [leaf.detach() for leaf in leaves]]


def looked_at(leaves: Sequence[Any], loss: Callable[..., Any]) -> Any:
    root = loss(*leaves)
    root.backward()
    return [[repr(x) for x in (*leaves, root)], text(root), dot_text(picture_of(root)), str(Debugger(root).steps)]


def refreshed(leaves: Sequence[Any], loss: Callable[..., Any]) -> Any:
    root = loss(*leaves)
    leaves[0].data = leaves[0].data * 1.25
    with pytest.raises(RuntimeError, match="the data of 'a' changed after"):
        root.backward()
    root.refresh().backward()
    return [root, leaves]


def debugged(leaves: Sequence[Any], loss: Callable[..., Any]) -> Any:
    debugger = Debugger(loss(*leaves))
    seen = []
    while debugger.at < len(debugger):
        debugger.step()
        seen.append(bits(leaves))
    while debugger.back():
        seen.append(bits(leaves))
    debugger.end()
    return [seen, leaves]


def optimized(leaves: Sequence[Any], loss: Callable[..., Any]) -> Any:
    first, second = Adam(leaves, lr=0.01), SGD(leaves[:2], lr=0.01, momentum=0.9)
    norms = []
    for optimizer in (first, second, first):
        optimizer.zero_grad()
        loss(*leaves).backward()
        norms.append(clip_grad_norm_(leaves, 0.5))
        optimizer.step()
    return [norms, leaves, first.state(), second.state()]


def in_a_session(leaves: Sequence[Any], loss: Callable[..., Any]) -> Any:
    session = Session(loss(*leaves))
    session.debugger.end()
    seen = [bits(leaves)]
    changes = [session.set("b", 0.25), *session.train(2), session.set("c", leaves[2].data * 0.5)]
    seen.append(bits(leaves))
    while session.done:
        changes.append(session.undo())
        seen.append(bits(leaves))
    return [seen, [[x.root_before, x.root_after, x.before, x.after] for x in changes], session.root]


@pytest.mark.parametrize(
    "use",
    [
        twice_backward,
        derived,
        derived_by_itself,
        copied,
        looked_at,
        refreshed,
        debugged,
        optimized,
        in_a_session,
    ],
)
@on_both_kinds
def test_all_is_as_with_plain_leaves(leaves: Callable[[], list[Any]], loss: Callable[..., Any], use: Any) -> None:
    assert bits(use(held(leaves()), loss)) == bits(use(leaves(), loss))


def test_constants_stay_constants() -> None:
    weight = Tensor([1.0, 2.0])
    constant = Tensor.leaf(np.array([3.0, 4.0]), CONSTANT)
    Store([weight, constant])
    (weight * constant).sum().backward()
    assert weight.grad is not None
    assert (weight.grad.tolist(), constant.grad) == ([3.0, 4.0], None)


def test_a_rule_made_by_hand_adds_into_the_store() -> None:
    a, b = Value(2.0), Value(3.0)
    store = Store([a, b])
    out = Value(a.data * b.data, (a, b), "*")

    def rule() -> None:
        a.grad += b.data * out.grad
        b.grad += a.data * out.grad

    out._backward = rule
    assert [step.total for step in Debugger(out).recording] == [3.0, 2.0]
    assert store.computed.tolist() == [False, False]
    out.backward()
    assert store.grad.tolist() == [3.0, 2.0]


# --- staleness --------------------------------------------------------------------------------------------------------


@on_both_kinds
def test_a_program_that_wrote_makes_graphs_stale(leaves: Callable[[], list[Any]], loss: Callable[..., Any]) -> None:
    nodes, twins = leaves(), leaves()
    store = Store(nodes)
    other = Value(2.0) if isinstance(nodes[0], Value) else Tensor([2.0])
    Store([other])
    before, apart = loss(*nodes), (other * 3.0).sum() if isinstance(other, Tensor) else other * 3.0
    store.data *= 1.125
    store.changed()
    with pytest.raises(RuntimeError, match="the data of 'a' changed after"):
        before.backward()
    apart.backward()
    for twin in twins:
        twin.data = twin.data * 1.125
    expected = loss(*twins)
    for root in (before.refresh(), loss(*nodes)):
        assert bits(root.data) == bits(expected.data)
        for node in nodes:
            node.zero_grad()
        root.backward()
        for twin in twins:
            twin.zero_grad()
        expected.backward()
        assert bits(nodes) == bits(twins)


@on_both_kinds_of_leaves
def test_one_leaf_that_is_set_makes_no_graph_of_another_stale(leaves: Callable[[], list[Any]]) -> None:
    a, b, c = leaves()
    Store([a, b, c])
    by_b = (b * 2.0).tanh()
    by_c = (c * 2.0).tanh()
    b.data = b.data * 2.0
    with pytest.raises(RuntimeError, match="'b' changed"):
        by_b.backward()
    by_c.backward(*([] if isinstance(c, Value) else [np.ones(2)]))
    assert c.has_grad


def test_what_was_computed_does_not_change_with_the_buffers() -> None:
    w = Tensor([[1.0, 2.0], [3.0, 4.0]])
    store = Store([w])
    computed = [w.T, w[0], w.reshape(4), w.T.reshape(4)[:2], w.detach(), copy.copy(w)]
    before = [x.data.copy() for x in computed]
    store.data += 1.0
    assert bits([x.data for x in computed]) == bits(before)


def test_a_session_notices_a_program() -> None:
    leaves = values()
    store = Store(leaves)
    session = Session(loss_of_values(*leaves))
    store.changed()
    with pytest.raises(RuntimeError, match="was set outside of this session"):
        session.set("b", 0.5)


# --- models -----------------------------------------------------------------------------------------------------------

X, Y = np.array([[1.0, -1.0], [0.5, 2.0], [-1.0, 0.25]]), np.array([0, 1, 1])


@pytest.mark.parametrize("network", [MLP, ArrayMLP])
def test_a_model_trains_saves_and_loads_as_ever(network: Any) -> None:
    results = []
    for hold in (list, held):
        model = network(2, [3, 1], rng=1)
        hold(model.parameters())
        saved = model.state_dict()
        fit(model, X, Y, loss=losses.hinge, optimizer=Adam(model.parameters(), lr=0.1), epochs=3, batch_size=2, rng=0)
        trained = model.state_dict()
        copied = copy.deepcopy(model)
        model.load_state_dict(saved)
        assert all((model.state_dict()[name] == saved[name]).all() for name in saved)
        assert all((copied.state_dict()[name] == trained[name]).all() for name in trained)
        results.append([bits(list(trained.values())), repr(model), [p.op for p in copied.parameters()]])
    assert results[0] == results[1]
    assert results[1][2] == [PARAMETER] * len(results[1][2])


@on_both_kinds
def test_a_session_is_saved_as_a_plain_one(
    leaves: Callable[[], list[Any]], loss: Callable[..., Any], tmp_path: Path
) -> None:
    for name, nodes in {"plain": leaves(), "held": held(leaves())}.items():
        session = Session(loss(*nodes))
        session.train(1)
        save_session(session, tmp_path / name)
    assert (tmp_path / "held").read_bytes() == (tmp_path / "plain").read_bytes()
    save_session(Session(held(leaves())[1]), tmp_path / "leaf")
    assert bits(load_session(tmp_path / "leaf").root.data) == bits(leaves()[1].data)


# --- memory -----------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("_no_collector")
@on_both_kinds
def test_leaves_and_store_are_freed_without_the_collector(
    leaves: Callable[[], list[Any]], loss: Callable[..., Any]
) -> None:
    assert not gc.isenabled()
    nodes = leaves()
    store = Store(nodes)
    root = loss(*nodes)
    root.backward()
    alive, buffer = weakref.ref(store), weakref.ref(store.data)
    del store
    assert alive() is not None
    del nodes
    assert alive() is not None
    del root
    assert alive() is None
    assert buffer() is None


@pytest.mark.usefixtures("_no_collector")
def test_a_store_does_not_keep_its_leaves() -> None:
    array = np.zeros(1000)
    nodes = [Tensor.leaf(array), Value(1.0)]
    store = Store(nodes)
    note = nodes[0].note
    assert note is not None
    label = type("Label", (str,), {})("seen")  # what a leaf's note holds is freed with the leaf
    note.label = label
    alive = weakref.ref(label)
    del label, note, nodes
    assert alive() is None
    assert store.size == 1001


def test_the_classes_are_those_of_the_leaves() -> None:
    v, t = held([Value(1.0), Tensor([1.0])])
    assert (type(v), type(t)) == (HeldValue, HeldTensor)
    assert isinstance(v, Value)
    assert isinstance(t, Tensor)
    for node in (v, t):  # messages name the class that the user knows
        with pytest.raises(AttributeError, match=f"^'{node.kind.__name__}' object has no attribute 'size_of'"):
            node.size_of  # noqa: B018 - read for the error
    assert (type(v + 1.0), type(1.0 + v), type(t * 2.0), type(t @ t)) == (Value, Value, Tensor, Tensor)
