"""Paths add up to the gradient, come in order of size, and are counted without being listed."""

import math
import random
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given

from micrograd_plus import Tensor, Value, nn, scope
from micrograd_plus.data import moons
from micrograd_plus.engine import Node, graph
from micrograd_plus.paths import MOST_COUNTED, MOST_PATHS
from micrograd_plus.recording import Recording
from micrograd_plus.value_paths import Paths
from tests.graphs import paths_upwards
from tests.programs import QUARTERS, Program, programs

SMOOTH = ("add", "sub", "mul", "tanh", "sin", "relu", "neg", "maximum", "sigmoid", "abs")


def paths_of(root: Node) -> Paths:
    return Paths(Recording(root))


def all_paths(node: Node, root: Node) -> list[tuple[tuple[Node, int], ...]]:
    """Return every path from `node` to `root` as (reader, position) pairs, by plain recursion from the root."""
    if node is root:
        return [()]
    return [(*below, (reader, k)) for reader, k, below in walks_down(root, node)]


def walks_down(root: Node, node: Node) -> list[tuple[Node, int, tuple[tuple[Node, int], ...]]]:
    found = []
    for k, input in enumerate(root.inputs):
        found += [(root, k, below) for below in all_paths(node, input)]
    return found


@given(programs(QUARTERS, SMOOTH))
def test_paths_are_those_of_the_graph_and_add_up_to_the_gradient(program: Program) -> None:
    root = program.run([Value(x) for x in program.inputs])
    paths = paths_of(root)
    root.backward()
    for node in graph(root):
        wanted = all_paths(node, root)
        why = paths.why(node, most=10_000)
        found = list(paths.strongest_first(node))
        keys = [tuple((step.node, step.k) for step in path.steps) for path in found]
        assert len(set(keys)) == len(keys)
        assert set(keys) <= set(wanted)
        assert why.count == len(wanted)
        assert why.blocked <= len(wanted) - len(found)
        sizes = [abs(path.share) for path in found]
        assert all(a >= b * (1 - 1e-12) for a, b in pairwise(sizes))
        assert math.fsum(sizes) == pytest.approx(why.size, rel=1e-12)
        assert why.total == pytest.approx(node.grad, abs=1e-12 * why.size, rel=0)
        total = math.fsum(path.share for path in found)
        assert total == pytest.approx(node.grad, abs=1e-12 * why.size, rel=0)
        assert [path.share for path in paths.strongest_first(node, 3)][:3] == [path.share for path in found][:3]


def test_a_share_is_the_product_of_the_slopes_on_its_path() -> None:
    x, w = Value(0.5), Value(-2.0)
    for path in paths_of((x * w).tanh() * x).strongest_first(x):
        assert path.share == pytest.approx(math.prod(step.slope for step in path.steps), rel=1e-15)
        assert path.steps[0].input is x


def test_a_node_with_more_paths_than_atoms_answers() -> None:
    x = Value(1.0)
    y = x
    for _ in range(400):
        y = y * 0.3 + y * 0.2
    why = paths_of(y).why(x)
    assert why.count == 2**400
    assert len(why.paths) == MOST_PATHS
    assert why.gradient == pytest.approx(0.5**400, rel=1e-10)
    assert why.paths[0].share == pytest.approx(0.3**400, rel=1e-10)
    # The second best deviates once, in any of 400 places.
    assert why.paths[1].share == pytest.approx(0.3**399 * 0.2, rel=1e-10)
    assert why.rest == pytest.approx(why.gradient)


def test_paths_are_counted_up_to_a_number_that_can_be_held() -> None:
    x = Value(1.0)
    y = x
    for _ in range(1500):
        y = y + y.relu()
        y = y * 0.5 + (y - y.data).relu()
    why = paths_of(y).why(x)
    assert why.count == why.blocked_by["relu"] == MOST_COUNTED
    assert why.total == why.gradient == 1.0
    assert math.fsum(path.share for path in why.paths) < 1e-300


def test_of_many_paths_the_largest_are_found_without_keeping_the_others() -> None:
    x, slopes = Value(1.0), [0.5 + k / 5000 for k in range(2000)]
    paths = paths_of(sum((x * slope for slope in random.Random(0).sample(slopes, 2000)), Value(0.0)))
    assert [path.share for path in paths.why(x).paths] == slopes[:-21:-1]


def test_listing_ends_when_nearly_all_is_covered() -> None:
    x = Value(1.0)
    why = paths_of(x * 98 + x * 1.5 + x * 0.5).why(x)
    assert [path.share for path in why.paths] == [98.0]
    assert (why.covered, why.rest, why.count) == (0.98, 2.0, 3)


def test_blocked_paths_are_counted() -> None:
    x = Value(-1.0)
    why = paths_of(x.relu() * 3 + x).why(x)
    assert (why.count, why.blocked, len(why.paths)) == (2, 1, 1)


def test_nan_and_inf_are_listed_first() -> None:
    x = Value(0.0)
    with np.errstate(all="ignore"):
        root = x.log() * 0.0 + x * 2
    why = paths_of(root).why(x)
    assert math.isnan(why.gradient)
    assert math.isnan(why.paths[0].share)


def test_the_parts_of_a_weights_gradient_are_samples_and_scopes() -> None:
    random.seed(0)
    model = nn.MLP(2, [4, 3, 1])
    samples = [[0.5, -1.0], [2.0, 0.25], [-0.5, 1.5]]
    outputs = [model(sample) for sample in samples]
    with scope("loss"):
        root = sum(out.tanh() for out in outputs) + 0.01 * sum(p * p for p in model.parameters())
    paths = paths_of(root)
    root.backward()
    weight = model.layers[0].neurons[2].w[1]
    readers = paths.by_reader(weight)
    assert len(readers) == len(samples) + 1
    assert math.fsum(readers.values()) == pytest.approx(weight.grad, rel=1e-12)
    scopes = paths.by_scope(weight)
    neurons = {("MLP", "layer2", f"neuron{k}") for k in (1, 2, 3)}
    assert scopes.keys() == neurons | {("loss",)}
    assert math.fsum(scopes.values()) == pytest.approx(weight.grad, rel=1e-12)
    assert scopes["loss",] == pytest.approx(0.01 * 2 * weight.data)
    layers = paths.by_scope(weight, 2)
    assert layers["MLP", "layer2"] == pytest.approx(math.fsum(scopes[neuron] for neuron in neurons))


def test_a_weight_that_a_penalty_reads_first_is_still_in_its_layer() -> None:
    model = nn.MLP(2, [3, 1], rng=0)
    weight = model.layers[0].neurons[1].w[0]
    penalty = 0.01 * sum(p * p for p in model.parameters())
    parts = paths_of(model([0.5, -1.0]) ** 2 + penalty).by_scope(weight)
    assert parts.keys() == {("MLP", "layer2", "neuron1"), ()}
    assert parts[()] == pytest.approx(0.01 * 2 * weight.data)


def test_a_rule_made_by_hand_takes_part() -> None:
    a = Value(3.0)
    out = Value(9.0, (a,), "square")

    def rule() -> None:
        a.grad += 6.0 * out.grad

    out._backward = rule
    why = paths_of(out * 2).why(a)
    assert [path.share for path in why.paths] == [12.0]


def test_what_cannot_be_told_is_said() -> None:
    with pytest.raises(TypeError, match="not for Tensors"):
        paths_of(Tensor([1.0]).sum())
    with pytest.raises(ValueError, match="not in this graph"):
        paths_of(Value(1.0) + 1).why(Value(2.0))


def test_the_total_is_the_gradient_found_from_below() -> None:
    x, w = Value(0.5), Value(-2.0)
    root = (x * w).tanh() * x + w.exp() * x
    why = paths_of(root).why(x)
    root.backward()
    assert why.total == pytest.approx(x.grad, rel=1e-14)


def test_blocked_paths_are_counted_by_what_stops_the_gradient() -> None:
    x, zero = Value(-1.0), Value(0.0)
    off = x.relu()  # stopped by the relu, but for what is stopped above it
    root = off * 3 + off * zero + x
    why = paths_of(root).why(x)
    assert why.count == 3
    assert why.blocked_by == {"relu": 1, "*": 1}


def test_what_a_relu_masks_is_cut_off_from_infinite_slopes_too() -> None:
    x = Value(-1.0)
    root = x.relu().sqrt() + 2 * x
    why = paths_of(root).why(x)
    root.backward()
    assert (why.gradient, why.total, why.size) == (x.grad, 2.0, 2.0)
    assert [path.share for path in why.paths] == [2.0]
    assert why.blocked_by == {"relu": 1}


def test_the_samples_of_a_weight_are_numbered() -> None:
    random.seed(1)
    neuron = nn.Neuron(1)
    xs = [0.5, 2.0, -1.0]
    outputs = [neuron([x]) for x in xs]
    root = sum(out * 2 for out in outputs) + neuron.w[0] * neuron.w[0]
    parts = paths_of(root).by_sample(neuron.w[0])
    numbered = {key: share for key, share in parts.items() if isinstance(key, int)}
    assert numbered == {k: 2 * x * (out.data > 0) for k, (x, out) in enumerate(zip(xs, outputs, strict=True), 1)}
    [penalty] = [share for key, share in parts.items() if not isinstance(key, int)]
    assert penalty == pytest.approx(2 * neuron.w[0].data)


def test_nothing_leads_up_from_below_a_pinned_node() -> None:
    x = Value(3.0)
    inner = x * x
    why = Paths(Recording(inner * 2, pinned=[inner])).why(x)
    assert (why.gradient, why.total, why.count, why.paths) == (0.0, 0.0, 0, ())


def demo_loss() -> tuple[nn.MLP, Value]:
    """Return micrograd's demo: 100 moons, a network of 337 parameters, max-margin loss plus L2."""
    random.seed(1337)
    model = nn.MLP(2, [16, 16, 1])
    X, y = moons(100, 0.1, rng=1337)
    scores = [model(list(map(Value, row))) for row in X]
    losses = [(1 + -sign * score).relu() for sign, score in zip((2.0 * y - 1).tolist(), scores, strict=True)]
    return model, sum(losses) * (1.0 / len(losses)) + 1e-4 * sum(p * p for p in model.parameters())


@pytest.mark.slow
def test_micrograds_demo_is_explained() -> None:
    model, root = demo_loss()
    paths = paths_of(root)
    assert len(paths.recording.nodes) == 65_818
    root.backward()
    for parameter in model.parameters()[::56]:
        why = paths.why(parameter)
        assert why.gradient == parameter.grad
        assert why.count == paths_upwards(parameter, root)
        assert why.total == pytest.approx(parameter.grad, abs=1e-12 * why.size, rel=0)
        shares = [path.share for path in paths.strongest_first(parameter)]
        assert len(shares) == why.count - why.blocked
        assert math.fsum(shares) == pytest.approx(parameter.grad, abs=1e-12 * why.size, rel=0)
        assert math.fsum(map(abs, shares)) == pytest.approx(why.size, rel=1e-12)
