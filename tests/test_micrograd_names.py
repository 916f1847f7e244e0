"""Programs written for micrograd, its lecture and its followers run when the import is changed."""

import math
import random
from collections.abc import Callable
from typing import Any

import pytest

from micrograd_plus.checks import check_gradients
from micrograd_plus.context import no_grad
from micrograd_plus.engine import gradient
from micrograd_plus.value import Value


def lecture_tanh(x: Value) -> Value:
    """tanh as a viewer of the lecture writes it."""
    t = (math.exp(2 * x.data) - 1) / (math.exp(2 * x.data) + 1)
    out = Value(t, (x,), "tanh")

    def _backward() -> None:
        x.grad += (1 - t**2) * out.grad

    out._backward = _backward
    return out


def lecture_add(a: Value, b: Value) -> Value:
    out = Value(a.data + b.data, (a, b), "+")

    def _backward() -> None:
        a.grad += 1.0 * out.grad
        b.grad += 1.0 * out.grad

    out._backward = _backward
    return out


def neuron(add: Callable[[Value, Value], Value], tanh: Callable[[Value], Value]) -> tuple[Value, list[Value]]:
    """Return the lecture's neuron and its five inputs."""
    x1, x2 = Value(2.0, label="x1"), Value(0.0, label="x2")
    w1, w2 = Value(-3.0, label="w1"), Value(1.0, label="w2")
    b = Value(6.8813735870195432, label="b")
    n = add(add(x1 * w1, x2 * w2), b)
    n.label = "n"
    o = tanh(n)
    o.label = "o"
    return o, [x1, x2, w1, w2, b]


def topological_order(root: Value) -> list[Value]:
    """The lecture's own, recursive through `_prev`."""
    topo: list[Value] = []
    visited: set[Value] = set()

    def build_topo(v: Value) -> None:
        if v not in visited:
            visited.add(v)
            for child in v._prev:
                build_topo(child)
            topo.append(v)

    build_topo(root)
    return topo


# The slopes of tanh at arctanh(sqrt(1/2)) are 1/2: the lecture chose b so.
OF_LECTURE = pytest.approx([-1.5, 0.5, 1.0, 0.0, 0.5])


@pytest.mark.parametrize("add", [lambda a, b: a + b, lecture_add])
@pytest.mark.parametrize("tanh", [Value.tanh, lecture_tanh])
def test_the_neuron_with_operations_made_by_hand(add: Any, tanh: Any) -> None:
    o, inputs = neuron(add, tanh)
    o.backward()
    assert [x.grad for x in inputs] == OF_LECTURE
    assert [x.label for x in inputs] == ["x1", "x2", "w1", "w2", "b"]


@pytest.mark.parametrize("add", [lambda a, b: a + b, lecture_add])
@pytest.mark.parametrize("tanh", [Value.tanh, lecture_tanh])
def test_the_neuron_walked_by_hand(add: Any, tanh: Any) -> None:
    o, inputs = neuron(add, tanh)
    o.grad = 1.0
    for node in reversed(topological_order(o)):
        node._backward()
    assert [x.grad for x in inputs] == OF_LECTURE


def test_the_neuron_step_by_step() -> None:
    o, (x1, *_) = neuron(lambda a, b: a + b, lecture_tanh)
    (n,) = o._prev
    o.grad = 1.0
    o._backward()
    assert n.grad == pytest.approx(0.5)
    assert not x1.has_grad
    x1._backward()  # a leaf has nothing to pass on
    o._backward()
    assert n.grad == pytest.approx(1.0)


def test_the_neuron_with_tanh_spelled_out() -> None:
    def from_exponentials(n: Value) -> Value:
        e = (2 * n).exp()
        return (e - 1) / (e + 1)

    o, inputs = neuron(lambda a, b: a + b, from_exponentials)
    o.backward()
    assert [x.grad for x in inputs] == OF_LECTURE


def test_positional_arguments_and_names() -> None:
    a = Value(2.0, (), "", "a")
    b = Value(-3.0, label="b")
    e = Value(-6.0, (a, b), "*", "e")
    assert (e.data, e._op, e.label) == (-6.0, "*", "e")
    assert set(e._prev) == {a, b}
    assert set(a._prev) == set()
    assert a._op == ""
    assert [(a * b)._op, (a + b)._op, (a**2)._op] == ["*", "+", "**2"]
    assert repr(a) == "Value(data=2.0, grad=0.0)"


def test_three_children_made_by_hand() -> None:
    a, b, c = Value(2.0), Value(3.0), Value(4.0)
    out = Value(24.0, (a, b, c), "product")

    def _backward() -> None:
        for x in out._prev:
            x.grad += out.grad * out.data / x.data

    out._backward = _backward
    (out * 10.0).backward()
    assert [x.grad for x in (a, b, c)] == [120.0, 80.0, 60.0]


def test_a_rule_of_the_users_replaces_the_tables() -> None:
    x = Value(3.0)
    y = x * x

    def _backward() -> None:
        x.grad += 100.0 * y.grad

    y._backward = _backward
    (y * 2.0).backward()
    assert x.grad == 200.0
    assert y._op == "*"


def test_a_node_without_a_rule_passes_nothing_on() -> None:
    x = Value(3.0)
    y = Value(9.0, (x,), "square")
    (y * 2.0).backward()
    assert y.grad == 2.0
    assert x.grad == 0.0


def test_what_a_rule_made_by_hand_cannot_do_is_said() -> None:
    x = Value(1.0)
    y = lecture_tanh(x)
    with pytest.raises(TypeError, match="'tanh' was made by hand: its rule works on numbers, not on graphs"):
        gradient(y, [x])
    x.data = 2.0
    with pytest.raises(TypeError, match="a node made by hand cannot be computed again"):
        y.refresh()
    with pytest.raises(TypeError, match=r"wanted Values as children, got float: 1.0"):
        Value(1.0, (1.0,), "+")


def test_a_node_made_by_hand_under_no_grad_is_a_leaf() -> None:
    x = Value(1.0)
    with no_grad():
        y = lecture_tanh(x)
    y.backward()
    assert y.is_leaf
    assert not x.has_grad


def test_gradients_are_set_to_zero_by_assignment() -> None:
    w = Value(2.0)
    for _ in range(3):
        for p in [w]:
            p.grad = 0.0
        (w * w).backward()
        w.data += -0.1 * w.grad
    assert w.data == pytest.approx(2.0 * 0.8**3)


# --- against micrograd itself -----------------------------------------------------------------------------------------


def relu_and_squares(kind: Any) -> tuple[Any, list[Any]]:
    x = kind(-4.0)
    z = 2 * x + 2 + x
    q = z.relu() + z * x
    h = (z * z).relu()
    return h + q + q * x, [x]


def every_operation(kind: Any) -> tuple[Any, list[Any]]:
    a, b = kind(-4.0), kind(2.0)
    c = a + b
    d = a * b + b**3
    c += c + 1
    c += 1 + c + (-a)
    d += d * 2 + (b + a).relu()
    d += 3 * d + (b - a).relu()
    e = c - d
    f = e**2
    g = f / 2.0
    return g + 10.0 / f, [a, b]


def powers_and_quotients(kind: Any) -> tuple[Any, list[Any]]:
    a, b, c = kind(1.5), kind(-2), kind(0.25)
    return sum([a**-2, 3 - b, b / a, 1 / c, (a - c) ** 0.5, -b * c, a * a]), [a, b, c]


def random_mlp(kind: Any) -> tuple[Any, list[Any]]:
    rng = random.Random(1337)
    weights = [[kind(rng.uniform(-1, 1)) for _ in range(4)] for _ in range(8)]
    out = kind(rng.uniform(-1, 1))
    x = [rng.uniform(-1, 1) for _ in range(3)]
    hidden = [sum((w * v for w, v in zip(row[:3], x, strict=True)), row[3]).relu() for row in weights]
    return (sum(hidden) * out - 1.0) ** 2, [out, *(w for row in weights for w in row)]


@pytest.mark.parametrize("program", [relu_and_squares, every_operation, powers_and_quotients, random_mlp])
def test_micrograd_gives_the_same(program: Callable[[Any], tuple[Any, list[Any]]]) -> None:
    theirs, leaves_of_theirs = program(pytest.importorskip("micrograd.engine").Value)
    ours, leaves_of_ours = program(Value)
    theirs.backward()
    ours.backward()
    assert ours.data == pytest.approx(theirs.data, rel=1e-14)
    # micrograd divides by multiplying with a power, so that last bits differ.
    expected = [x.grad for x in leaves_of_theirs]
    assert [x.grad for x in leaves_of_ours] == pytest.approx(expected, rel=1e-13, abs=1e-13)


# --- a language model in the style of microgpt ------------------------------------------------------------------------


def linear(x: list[Any], w: list[list[Any]]) -> list[Any]:
    return [sum(wi * xi for wi, xi in zip(row, x, strict=True)) for row in w]


def softmax(logits: list[Any]) -> list[Any]:
    max_val = max(val.data for val in logits)
    exps = [(val - max_val).exp() for val in logits]
    total = sum(exps)
    return [e / total for e in exps]


def rmsnorm(x: list[Any]) -> list[Any]:
    ms = sum(xi * xi for xi in x) / len(x)
    scale = (ms + 1e-5) ** -0.5
    return [xi * scale for xi in x]


SIZE, TOKENS = 4, 3


def loss_of_model(*parameters: Value) -> Value:
    """One token's attention over its forerunners, a feed-forward layer and the cross-entropy, on scalars."""
    stream = iter(parameters)

    def matrix(rows: int, columns: int) -> list[list[Any]]:
        return [[next(stream) for _ in range(columns)] for _ in range(rows)]

    tokens = matrix(TOKENS, SIZE)
    query, key, value = matrix(SIZE, SIZE), matrix(SIZE, SIZE), matrix(SIZE, SIZE)
    up, down, head = matrix(SIZE, SIZE), matrix(SIZE, SIZE), matrix(TOKENS, SIZE)
    normed = [rmsnorm(x) for x in tokens]
    q = linear(normed[-1], query)
    keys, values = [linear(x, key) for x in normed], [linear(x, value) for x in normed]
    scores = [sum(a * b for a, b in zip(q, k, strict=True)) / SIZE**0.5 for k in keys]
    attention = softmax(scores)
    mixed = [sum(a * v[j] for a, v in zip(attention, values, strict=True)) for j in range(SIZE)]
    x = [a + b for a, b in zip(mixed, tokens[-1], strict=True)]
    hidden = [h.relu() ** 2 for h in linear(rmsnorm(x), up)]
    x = [a + b for a, b in zip(linear(hidden, down), x, strict=True)]
    return -softmax(linear(x, head))[1].log()


def test_a_small_language_model() -> None:
    rng = random.Random(42)
    count = 2 * TOKENS * SIZE + 5 * SIZE * SIZE
    numbers = [rng.gauss(0.0, 0.5) for _ in range(count)]
    check_gradients(loss_of_model, *numbers)
    parameters = [Value(number) for number in numbers]
    loss = loss_of_model(*parameters)
    loss.backward()
    assert [p.grad for p in parameters] == [g.data for g in gradient(loss, parameters)]
    assert all(p.grad != 0.0 for p in parameters[: TOKENS * SIZE])


def test_a_small_language_model_learns() -> None:
    rng = random.Random(42)
    parameters = [Value(rng.gauss(0.0, 0.5)) for _ in range(2 * TOKENS * SIZE + 5 * SIZE * SIZE)]
    losses = []
    for _ in range(20):
        loss = loss_of_model(*parameters)
        loss.backward()
        losses.append(loss.data)
        for p in parameters:
            p.data -= 0.1 * p.grad
            p.grad = 0
    assert losses[-1] < 0.2 * losses[0]
