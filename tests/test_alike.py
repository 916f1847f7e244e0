"""What does the same shares a box, and large graphs are grouped by shape."""

import math

import pytest

from micrograd_plus import Value, scope
from micrograd_plus.engine import Node, graph
from micrograd_plus.naming import places
from micrograd_plus.viz.alike import MOST_LEAVES, MOST_NAMES, kinds
from tests.viz_graphs import parameter


def boxes(root: Value) -> dict[str, list[list[Node]]]:
    """Return the nodes that share a box, by title."""
    nodes = graph(root)
    found: dict[str, dict[object, list[Node]]] = {}
    for node, kind in kinds(nodes, {}).items():
        found.setdefault(kind.title, {}).setdefault(kind.key, []).append(node)
    return {title: list(members.values()) for title, members in found.items()}


def by_hand(samples: int, hidden: int = 3) -> tuple[Value, list[Value]]:
    """The mean squared error of a network without modules, scopes and labels, and its weights."""
    weights = [[Value(math.sin(3 * j + i)) for i in range(4)] for j in range(hidden)]
    total = Value(0.0)
    for s in range(samples):
        x, y = Value(0.1 * s), Value(1.0 - 0.2 * s)
        out = sum((v * (a * x + b * y + c).tanh() for a, b, c, v in weights), Value(0.5))
        total = total + (out - 0.3) ** 2
    return total / float(samples), [w for row in weights for w in row]


def test_samples_are_laid_upon_each_other() -> None:
    root, weights = by_hand(samples=30)
    found = boxes(root)
    assert {w for members in found[""] for w in members} >= set(weights)
    # Of each neuron: two products with inputs, one sum, one tanh, and one product with the output's weight.
    assert [len(members) for members in found["tanh"]] == [30] * 3
    assert [len(members) for members in found["*"]] == [30] * 9
    # The numbers that are subtracted go with the differences.
    assert [sorted(node.symbol for node in members) for members in found["-"]] == [[""] * 30 + ["-"] * 30]


def test_inputs_of_many_samples_are_told_apart_by_the_weights_they_meet() -> None:
    w, v, b = parameter(1.0, "w"), parameter(2.0, "v"), parameter(0.0, "b")
    data = [(Value(float(s)), Value(-float(s))) for s in range(20)]
    root = sum(((w * x + v * y + b) ** 2 for x, y in data), Value(0.0))
    inputs = boxes(root)["input"]
    assert sorted(map(len, inputs)) == [20, 20]
    assert set(inputs[0]) in ({x for x, _ in data}, {y for _, y in data})


def test_too_large_a_network_of_samples_is_grouped_by_shape() -> None:
    hidden = 40
    root, weights = by_hand(samples=5, hidden=hidden)
    found = boxes(root)
    assert [len(members) for members in found["tanh"]] == [5 * hidden]
    # Of the weights, those that one layer's operations read in one place share a box.
    assert sorted(len(members) for members in found["input"] if members[0] in weights) == [hidden, hidden, 2 * hidden]
    assert sum(map(len, found.values())) < 20


def test_the_last_step_of_a_sum_gives_it_its_name() -> None:
    root, _ = by_hand(samples=30)
    total = root.a
    total.label = "total"
    [members] = boxes(root)["total: +"]
    assert members[-1] is total
    assert len(members) == 30


def test_named_operations_keep_their_boxes_as_long_as_they_are_few() -> None:
    for count, expected in ((MOST_NAMES - 1, ""), (MOST_NAMES + 1, "tanh")):
        terms = [Value(0.1 * k).tanh() for k in range(count)]
        for k, term in enumerate(terms):
            term.label = f"h{k}"
        found = kinds(graph(sum(terms, Value(0.0))), {})
        assert {found[term].title for term in terms} == {expected}


def test_operations_of_one_name_share_a_box() -> None:
    terms = [(Value(0.1 * k) * 2.0).tanh() for k in range(10)]
    for k, term in enumerate(terms):
        term.label = f"h{k % 2}"
    found = boxes(sum(terms, Value(0.0)))
    assert found["h0: tanh"] == [terms[::2]]
    assert found["h1: tanh"] == [terms[1::2]]


def test_leaves_are_called_by_what_their_labels_have_in_common() -> None:
    few = [Value(1.0, label=f"x{k}") for k in range(MOST_LEAVES)]
    many = [*few, Value(1.0, label="x[8]")]
    assert boxes(sum(x.sin() for x in many))["x"] == [many]
    assert [members for members in boxes(sum(x.sin() for x in few))[""] if members[0] in few] == [[x] for x in few]


def test_weights_that_many_boxes_read_are_put_together() -> None:
    w, u = parameter(0.5, "w"), parameter(0.25, "u")
    x = Value(1.0, label="x")
    for k in range(5):
        with scope(f"step{k}"):
            x = (w * x + u).tanh()
    nodes = graph(x)
    placed = {node: path for node, path in places(nodes).items() if path}
    found = kinds(nodes, placed)
    assert found[w] == found[u]
    assert found[w].title == "parameter"


def test_the_root_of_a_loop_has_a_box_of_its_own() -> None:
    y = Value(1.0, label="x")
    for _ in range(500):
        y = y * 1.01 + 0.1
    assert [y] in boxes(y)[""]
    assert [len(members) for members in boxes(y)["*"]] == [2 * 499]  # and the numbers


@pytest.mark.parametrize("count", [2, 200])
def test_one_key_has_one_title(count: int) -> None:
    root, _ = by_hand(samples=count)
    title_of: dict[object, str] = {}
    for kind in kinds(graph(root), {}).values():
        assert title_of.setdefault(kind.key, kind.title) == kind.title
