"""Numbers changed in the middle of a walk: what follows from them, and that all of it can be taken back."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from micrograd_plus import Tensor, Value, nn
from micrograd_plus.engine import CONSTANT, Node, graph
from micrograd_plus.optim import SGD, Adam, Optimizer
from micrograd_plus.recording import Recording
from micrograd_plus.session import Session
from micrograd_plus.steps import steps
from tests.graphs import array_loss
from tests.programs import QUARTERS, Program, programs

MOVES = ("step", "back", "next", "previous", "into", "out", "restart", "end")


def bits(x: Any) -> bytes:
    return np.asarray(x).tobytes()


def state(session: Session) -> list[Any]:
    """Return all that a session can change, to the last bit."""
    nodes = session.debugger.recording.nodes
    optimizer = session.optimizer
    return [
        session.debugger.at,
        session.pinned,
        [(bits(node.data), bits(node.grad) if node.has_grad else None) for node in nodes],
        optimizer and (optimizer.lr, [[bits(x) for x in kept] for kept in optimizer.state()]),
    ]


def network() -> Any:
    return nn.MLP(2, [2, 2, 1], rng=0)([1.0, -2.0]) ** 2


def array_parameters(root: Node) -> list[Any]:
    return [node for node in graph(root) if node.op.name == "parameter"]


COMMANDS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(MOVES)),
        st.tuples(st.just("set"), st.integers(0, 99), QUARTERS),
        st.tuples(st.just("unset"), st.integers(0, 9)),
        st.tuples(st.just("train"), st.integers(1, 3)),
        st.tuples(st.just("lr"), st.sampled_from([0.01, 0.5])),
        st.tuples(st.just("undo")),
    ),
    max_size=12,
)


def carry_out(session: Session, command: tuple[Any, ...]) -> None:
    match command:
        case ("set", k, value):
            nodes = session.debugger.recording.nodes
            node = nodes[k % len(nodes)]
            session.set(node, value if isinstance(node, Value) else np.full_like(node.data, value))
        case ("unset", k):
            if session.pinned:
                session.unset(sorted(session.pinned, key=lambda node: node.number)[k % len(session.pinned)])
        case ("train", n):
            if session.optimizer:
                session.train(n)
        case ("lr", lr):
            if session.optimizer:
                session.lr = lr
        case ("undo",):
            if session.done:
                session.undo()
        case (move,):
            getattr(session.debugger, move)()


def go_and_come_back(session: Session, commands: list[tuple[Any, ...]]) -> None:
    """Carry commands out, checking each state that a change led to when it is come back to."""
    states = []
    for command in commands:
        before, count = state(session), len(session.done)
        carry_out(session, command)
        if len(session.done) == count + 1:
            states.append(before)
        elif len(session.done) > count:  # training: the steps between are not looked at
            states += [before, *[None] * (len(session.done) - count - 1)]
        elif len(session.done) < count:
            check(session, states.pop())
    while session.done:
        session.undo()
        check(session, states.pop())


def check(session: Session, wanted: Any) -> None:
    assert wanted is None or state(session) == wanted


def labelled(values: tuple[float, ...]) -> list[Value]:
    return [Value(x, label=f"x{k}") for k, x in enumerate(values)]


@given(programs(st.one_of(QUARTERS, st.floats())), COMMANDS)
def test_undoing_all_gives_the_start_to_the_last_bit(program: Program, commands: list[tuple[Any, ...]]) -> None:
    session = Session(program.run(labelled(program.inputs)))
    go_and_come_back(session, commands)


@given(st.sampled_from([network, array_loss]), st.sampled_from([SGD, Adam]), COMMANDS)
def test_networks_and_their_optimizers_come_back(
    make: Callable[[], Any], kind: type[Optimizer], commands: list[tuple[Any, ...]]
) -> None:
    root = make()
    settings = {"momentum": 0.9} if kind is SGD else {}
    session = Session(root, optimizer=kind(array_parameters(root), lr=0.1, **settings))
    go_and_come_back(session, commands)


@given(st.sampled_from([network, array_loss]), COMMANDS)
def test_what_was_changed_steps_to_what_backward_gives(
    make: Callable[[], Any], commands: list[tuple[Any, ...]]
) -> None:
    root = make()
    session = Session(root)
    for command in commands:
        carry_out(session, command)
    for node in list(session.pinned):
        session.unset(node)
    session.debugger.end()
    nodes = graph(root)
    stepped = [bits(node.grad) if node.has_grad else None for node in nodes]
    data = [bits(node.data) for node in nodes]
    for node in nodes:
        node.zero_grad()
    root.backward()
    assert [bits(node.grad) if node.has_grad else None for node in nodes] == stepped
    for node in nodes:
        if node.inputs:
            node._data = node._computed()
    assert [bits(node.data) for node in nodes] == data


@given(programs(QUARTERS), st.integers(0, 99), QUARTERS)
def test_a_recording_made_again_is_a_new_one(program: Program, k: int, value: float) -> None:
    session = Session(program.run(labelled(program.inputs)))
    nodes = session.debugger.recording.nodes
    session.set(nodes[k % len(nodes)], value)
    recording = session.debugger.recording
    anew = Recording(session.root, session.pinned)
    for name in ("reader", "k", "input", "has_slope", "has_before"):
        assert getattr(recording, name) == getattr(anew, name)
    for name in ("slope", "share", "before", "total"):
        assert bits(getattr(recording, name)) == bits(getattr(anew, name))
    assert recording.gradients == anew.gradients or any(g != g for g in anew.gradients)


# --- set and unset


def test_a_leaf_that_is_set_is_followed_by_what_depends_on_it() -> None:
    x, w, b = Value(2.0, label="x"), Value(-3.0, label="w"), Value(1.0, label="b")
    product = x * w
    root = product + b
    session = Session(root)
    change = session.set("w", 5.0)
    assert list(change) == [(w, -3.0, 5.0), (product, -6.0, 10.0), (root, -5.0, 11.0)]
    assert (change.what, change.root_before, change.root_after) == ("set w", -5.0, 11.0)
    assert session.latest is change
    session.debugger.end()
    assert (x.grad, w.grad, b.grad) == (5.0, 2.0, 1.0)


def test_a_change_tells_only_what_differs() -> None:
    x = Value(-2.0, label="x")
    session = Session(x.relu() + x.sqrt())
    assert [node for node, _, _ in session.set("x", -3.0)] == [x]  # 0 and nan are what they were


def test_the_position_stays() -> None:
    session = Session(network())
    session.debugger.goto(session.debugger.start + 5)
    before = session.debugger.last
    session.set("layer1.neuron1.w1", 0.5)
    after = session.debugger.last
    assert before is not None
    assert after is not None
    assert (before.node, before.k) == (after.node, after.k)
    session.debugger.restart()
    session.set("layer1.neuron1.w1", 0.25)
    assert session.debugger.at == 0
    assert not session.root.has_grad


def test_a_pinned_node_lets_no_gradient_through() -> None:
    x, w = Value(2.0, label="x"), Value(-3.0, label="w")
    product = x * w
    product.label = "product"
    root = product.tanh() + x
    session = Session(root)
    session.debugger.end()
    session.set("product", 0.5)
    assert session.pinned == {product}
    assert root.data == math.tanh(0.5) + 2.0
    assert session.debugger.coming is None  # still at the end, which is nearer now
    assert (x.grad, product.grad) == (1.0, 1.0 - math.tanh(0.5) ** 2)
    assert not w.has_grad
    session.set("w", 7.0)
    assert product.data == 0.5
    session.unset("product")
    assert (product.data, session.pinned) == (14.0, frozenset())
    root.backward()  # nothing is out of date


def test_pins_are_what_a_graph_without_the_inputs_would_be() -> None:
    root = network()
    session = Session(root)
    pinned = [node for node in session.debugger.operations if node.symbol == "relu"][-1]
    session.set(pinned, 0.75)
    session.debugger.end()
    copy: dict[Node, Any] = {}
    for node in graph(root):
        inputs = [copy[i] for i in node.inputs]
        if node is pinned:
            copy[node] = Value.leaf(node.data, CONSTANT)
        else:
            copy[node] = node.op(*inputs) if inputs else Value.leaf(node.data, node.op)
    copy[root].backward()
    for node, copied in copy.items():
        assert node.data == copied.data
        assert node.has_grad == copied.has_grad
        assert node.grad == copied.grad


def test_a_pinned_root_takes_all_gradients_away() -> None:
    x = Value(2.0, label="x")
    root = x * x
    session = Session(root)
    session.set(root, 1.0)
    session.debugger.end()
    assert (root.grad, x.has_grad, len(session.debugger.recording)) == (1.0, False, 0)
    for text in ("x", "op:*", "nan", "grad > 1"):
        session.breakpoints.add(text)
    session.debugger.goto(1)
    assert session.breakpoints.run().breakpoints == ()


def test_arrays_are_set_whole_or_by_the_entry() -> None:
    w = Tensor([[1.0, 2.0], [3.0, 4.0]], label="W")
    root = (w * w).sum()
    session = Session(root)
    original = w.data
    session.set("W[0, -1]", 5)
    np.testing.assert_array_equal(w.data, [[1.0, 5.0], [3.0, 4.0]])
    assert root.data == 1 + 25 + 9 + 16
    session.set("W", [[0.0, 1.0], [0.0, 0.0]])
    assert root.data == 1.0
    session.undo()
    session.undo()
    assert w.data is original
    session.set("#2[1,0]", -1.0)  # W * W
    assert root.data == 1 + 4 - 1 + 16
    assert session.pinned == {root.inputs[0]}


def test_a_label_with_brackets_is_a_name() -> None:
    x = Value(1.0, label="h[0]")
    session = Session(x * 2.0)
    session.set("h[0]", 3.0)
    assert session.root.data == 6.0


# --- training


def test_training_is_what_the_optimizer_does() -> None:
    model, twin = nn.MLP(2, [2, 1], rng=0), nn.MLP(2, [2, 1], rng=0)

    def loss(model: Any) -> Any:
        return (model([1.0, -2.0]) - 3.0) ** 2

    session = Session(loss(model), optimizer=Adam(model.parameters(), lr=0.01))
    changes = session.train(4)
    optimizer = Adam(twin.parameters(), lr=0.01)
    for change in changes:
        found = loss(twin)
        assert change.root_before == found.data
        found.backward()
        optimizer.step()
        optimizer.zero_grad()
    assert [p.data for p in model.parameters()] == [p.data for p in twin.parameters()]
    assert session.debugger.at == session.debugger.start
    assert [done.what for done in session.done] == ["train"] * 4


def test_without_an_optimizer_it_is_plain_gradient_descent() -> None:
    x, y = Value(3.0, label="x"), Value(1.0)
    session = Session(x * x * y)
    session.lr = 0.25
    session.train()
    assert (x.data, y.data, session.lr) == (3.0 - 0.25 * 6.0, 1.0, 0.25)
    assert session.params() == [("x", x)]
    session.undo()
    session.undo()
    assert (x.data, session.lr) == (3.0, 0.1)


def test_what_is_trained_is_what_was_given_or_parameters_or_named_leaves() -> None:
    w, x = nn.parameter(2.0, "w"), Value(3.0, label="x")
    assert [node for _, node in Session(w * x).params()] == [w]
    assert [node for _, node in Session(w * x, [x]).params()] == [x]
    assert [node for _, node in Session(x * x).params()] == [x]
    nothing = Session(Value(1.0) * 2.0)
    assert (nothing.params(), nothing.lr) == ([], None)
    with pytest.raises(ValueError, match="nothing to train"):
        nothing.train()
    with pytest.raises(ValueError, match="nothing to train"):
        nothing.lr = 1.0


# --- where, and mistakes


def test_where_tells_the_place() -> None:
    session = Session(network())
    session.debugger.step(8)
    where = session.where
    assert (where.at, where.start, where.count) == (session.debugger.at, session.debugger.start, len(session.debugger))
    assert (where.last, where.coming) == (session.debugger.last, session.debugger.coming)
    assert where.scope == ("MLP", "layer3", "neuron1") == where.coming.node.scope.path


def test_a_change_that_fails_has_not_happened() -> None:
    x = Value(2.0, label="x")
    root = Value(4.0, (x + 1.0,), "by hand") * x
    session = Session(root)
    session.debugger.step()
    before = state(session)
    with pytest.raises(TypeError, match="made by hand cannot be computed again"):
        session.set("x", 5.0)
    assert state(session) == before
    assert session.done == []
    root.backward()  # nothing is out of date


def test_a_graph_that_others_change_is_noticed() -> None:
    x, other = Value(2.0, label="x"), Value(1.0)
    session = Session(x * x)
    session.set("x", 3.0)
    other.data = 5.0
    session.undo()
    x.data = 7.0
    session.root.refresh()
    with pytest.raises(RuntimeError, match="'x' was set outside of this session"):
        session.set("x", 1.0)


def test_another_graph_on_the_same_leaf_is_out_of_date_after_a_change() -> None:
    x = Value(2.0, label="x")
    other = x * 3.0
    session = Session(x * x)
    session.set("x", 4.0)
    with pytest.raises(RuntimeError, match="'x' changed"):
        other.backward()
    other.refresh()
    session.undo()
    with pytest.raises(RuntimeError, match="'x' changed"):
        list(steps(other))


def test_mistakes_are_said() -> None:
    w = Tensor([1.0, 2.0], label="weight")
    session = Session((w * w).sum())
    with pytest.raises(ValueError, match="no node 'wieght'; did you mean 'weight'"):
        session.set("wieght", 1.0)
    with pytest.raises(ValueError, match=r"wanted data of shape \(2,\), got \(3,\)"):
        session.set("weight", [1.0, 2.0, 3.0])
    with pytest.raises(ValueError, match=r"weight has shape \(2,\) and no entry \[2\]"):
        session.set("weight[2]", 1.0)
    with pytest.raises(ValueError, match=r"weight has shape \(2,\) and no entry \[0, 0\]"):
        session.set("weight[0,0]", 1.0)
    with pytest.raises(ValueError, match="holds one number and has no entries"):
        session.set("out[0]", 1.0)
    with pytest.raises(TypeError, match="wanted a real number"):
        session.set("weight[0]", "3; import os")
    with pytest.raises(ValueError, match="'weight' is not pinned; what is: none"):
        session.unset("weight")
    with pytest.raises(ValueError, match="nothing to undo"):
        session.undo()
    with pytest.raises(ValueError, match="lr is a finite number"):
        session.lr = math.nan
    with pytest.raises(ValueError, match="n is at least 1, not 0"):
        session.train(0)
    with pytest.raises(TypeError, match="wanted an optimizer"):
        Session(session.root, optimizer=0.1)
    with pytest.raises(TypeError, match="not both"):
        Session(session.root, [w], SGD([w]))
    with pytest.raises(ValueError, match="not in this graph"):
        Session(session.root, [Tensor([1.0])])
    assert session.done == []


@pytest.mark.parametrize("call", ["end", "renew", "goto"])
def test_a_change_that_is_interrupted_has_not_happened(call: str, monkeypatch: pytest.MonkeyPatch) -> None:
    root = network()
    session = Session(root, optimizer=Adam(array_parameters(root), lr=0.1))
    session.train(2)
    session.debugger.step(2)
    own = getattr(session.debugger, call)
    before, done = state(session), list(session.done)
    left = 0

    def interrupted(*arguments: Any, **options: Any) -> Any:
        nonlocal left
        left -= 1
        found = own(*arguments, **options)
        if left == 0:
            raise KeyboardInterrupt
        return found

    monkeypatch.setattr(session.debugger, call, interrupted, raising=False)
    session.train(1)
    calls = -left
    session.undo()
    assert calls
    for k in range(1, calls + 1):
        left = k
        with pytest.raises(KeyboardInterrupt):
            session.train(1)
        assert state(session) == before
        assert session.done == done
