"""A graph as columns: each computation once, constants known, chains of additions as sums, and no recursion."""

import pytest

from micrograd_plus.compiler.scalars import SUM, Columns, columns
from micrograd_plus.context import scope
from micrograd_plus.engine import CONSTANT, graph
from micrograd_plus.ops import TABLE
from micrograd_plus.value import Value
from tests.graphs import leaves


def nodes_of(found: Columns, slot: int) -> list[Value | float]:
    """Return what a slot reads: leaves as nodes, constants as numbers, slots that compute as None."""
    return [found.leaves.get(s, found.values[s]) for s in found.inputs[slot]]


def require_order(found: Columns) -> None:
    """Assert that each slot comes after those it reads."""
    assert all(read < slot for slot, slots in enumerate(found.inputs) for read in slots)


def test_each_slot_comes_after_those_it_reads_and_holds_its_data() -> None:
    a, b, c = leaves(3)
    root = ((a * b).tanh() - c) / a
    found = columns([root])
    require_order(found)
    assert [op and op.name for op in found.ops] == [None, None, None, "mul", "tanh", "sub", "div"]
    assert found.values == [node.data for node in graph(root)]
    assert found.leaves == {0: a, 1: b, 2: c}
    assert found.roots == [6]
    assert found.nodes == 7


def test_what_is_computed_twice_is_computed_once() -> None:
    a, b = leaves(2)
    found = columns([(a * b).tanh() - (b * a).tanh() * (a - b) / (a - b)])
    assert [op and op.name for op in found.ops] == [None, None, "mul", "tanh", "sub", "mul", "div", "sub"]


def test_what_does_not_commute_is_told_apart() -> None:
    a, b = leaves(2)
    found = columns([(a - b) * (b - a)])
    assert [op and op.name for op in found.ops].count("sub") == 2


def test_rows_with_other_parameters_are_told_apart() -> None:
    [a] = leaves(1)
    found = columns([(a**2) * (a**3) * (a**2)])
    assert [op and op.symbol for op in found.ops] == [None, "**2", "**3", "*", "*"]


def test_what_only_reads_constants_is_a_constant() -> None:
    [a] = leaves(1)
    half = Value.leaf(0.5, CONSTANT)
    found = columns([a * (half * 3.0).exp()])
    assert [op and op.name for op in found.ops] == [None, "constant", "mul"]
    assert found.values[1] == pytest.approx(4.4816890703)


def test_a_constant_that_is_held_is_read_as_a_leaf() -> None:
    [a] = leaves(1)
    half = Value.leaf(0.5, CONSTANT)
    found = columns([a * half], {half})
    assert set(found.leaves.values()) == {a, half}


def test_a_chain_of_additions_is_one_sum() -> None:
    a, b, c, d = leaves(4)
    for root in ((a + b) + (c + d), d + (c + (b + a)), sum([a, b, c, d])):
        assert isinstance(root, Value)
        found = columns([root])
        assert [op for op in found.ops if op] == [SUM]
        assert set(nodes_of(found, found.roots[0])) == {a, b, c, d}


def test_a_term_may_come_twice() -> None:
    a, b = leaves(2)
    found = columns([a + b + a])
    assert sorted(nodes_of(found, found.roots[0]), key=id) == sorted([a, b, a], key=id)


def test_a_sum_that_others_read_too_stays_a_sum_of_its_own() -> None:
    a, b, c = leaves(3)
    shared = a + b
    found = columns([(shared + c) * shared])
    sums = [slot for slot, op in enumerate(found.ops) if op is SUM]
    assert [len(found.inputs[slot]) for slot in sums] == [2, 2]
    assert nodes_of(found, sums[0]) == [a, b]


def test_a_sum_that_is_a_result_stays_a_sum_of_its_own() -> None:
    a, b, c = leaves(3)
    first = a + b
    found = columns([first, first + c])
    assert nodes_of(found, found.roots[0]) == [a, b]
    assert found.values[found.roots[1]] == (first + c).data


def test_zeros_are_no_terms() -> None:
    a, b = leaves(2)
    found = columns([(a * b + 0.0).tanh() + 0])
    assert [op and op.name for op in found.ops] == [None, None, "mul", "tanh"]
    assert [op and op.name for op in columns([0.0 + a * 1.0 + 0]).ops][-1] == "mul"


def test_a_sum_of_zeros_is_a_constant() -> None:
    zero = Value.leaf(0.0, CONSTANT)
    [a] = leaves(1)
    found = columns([a * (zero + 0.0)])
    assert [op and op.name for op in found.ops] == [None, "constant", "mul"]


def test_what_the_roots_do_not_read_is_left_out() -> None:
    a, b = leaves(2)
    assert a + b  # made, and read by nobody
    found = columns([a * a])
    assert list(found.leaves.values()) == [a]


def test_places_are_the_scopes() -> None:
    [a] = leaves(1)
    with scope("layer"):
        root = a.tanh()
    assert columns([root * 2.0]).places[1] == ("layer",)


def test_a_node_made_by_hand_is_refused_in_one_line() -> None:
    [a] = leaves(1)
    by_hand = Value(3.0, (a,), "twice")
    with pytest.raises(TypeError, match="'twice' was made by hand") as caught:
        columns([by_hand * 2.0])
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["add", "mul", "tanh"])
def test_a_chain_of_ten_thousand_does_not_recurse(name: str) -> None:
    [a] = leaves(1)
    op = TABLE[name]
    root = a
    for _ in range(10_000):
        root = op(root, *([a] * (op.arity - 1)))
    found = columns([root])
    require_order(found)
    assert found.nodes == 10_001
    assert len(found.ops) == (2 if name == "add" else 10_001)
    assert len(found.inputs[-1]) == (10_001 if name == "add" else op.arity)
