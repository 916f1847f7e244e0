"""Classes of slots: what is computed alike stands together, however it was written, after what it reads."""

import itertools
import random
from typing import Any

import numpy as np
import pytest

from micrograd_plus.compiler.classes import PRODUCT, Class, classes, late_order
from micrograd_plus.compiler.scalars import SUM, Columns, columns
from micrograd_plus.engine import CONSTANT
from micrograd_plus.value import Value
from tests.graphs import leaves
from tests.value_programs import FAMILIES, Writer


def classed(*roots: Value, one_each: bool = False) -> tuple[list[Class], np.ndarray, Columns]:
    found = columns(roots)
    made, class_of = classes(found, lambda slot: 0, one_each=one_each)
    return made, class_of, found


def names(made: list[Class]) -> list[tuple[str, int]]:
    """Return the operation and the number of members of each class that computes."""
    return [(c.op.name, len(c.members)) for c in made if c.op and c.op is not CONSTANT]


def test_neurons_are_alike_in_whatever_order_they_are_written() -> None:
    w, x, b = leaves(8), [Value(float(k)) for k in range(2)], leaves(4)
    neurons = [
        w[0] * x[0] + w[1] * x[1] + b[0],
        b[1] + x[1] * w[3] + w[2] * x[0],
        (x[0] * w[4] + b[2]) + x[1] * w[5],
        w[7] * x[1] + (b[3] + x[0] * w[6]),
    ]
    found = columns([sum(n.tanh() for n in neurons)])
    made, _ = classes(found, lambda slot: int(found.leaves[slot] in set(x)))
    assert names(made) == [("product", 8), ("sum", 4), ("tanh", 4), ("sum", 1)]


def test_sums_are_alike_whatever_the_number_of_their_terms() -> None:
    a = leaves(9)
    sums = [a[0] * a[1] + a[2] * a[3], a[4] * a[5] + a[6] * a[7] + a[8] * a[0]]
    made, _, _ = classed((sums[0].tanh() * sums[1].tanh()).exp())
    assert names(made) == [("product", 5), ("sum", 2), ("tanh", 2), ("mul", 1), ("exp", 1)]


def test_factors_count_in_either_order_and_subtraction_does_not() -> None:
    a, b = leaves(2)
    made, _, _ = classed((a.exp() * b) / (b * a.exp() - 1.0), (a.tanh() * a.exp()) / (b.exp() * b.tanh()))
    products = [c for c in made if c.op and c.op.name == "mul"]
    assert [len(c.members) for c in products] == [1, 2]  # exp * leaf once; tanh * exp twice
    for c in products:
        kinds = {tuple(made_class_of(made, slot) for slot in row) for row in c.inputs.tolist()}
        assert kinds == {c.reads}
    made, _, _ = classed(a.exp() - b, b - a.exp())
    assert names(made) == [("exp", 1), ("sub", 1), ("sub", 1)]


def made_class_of(made: list[Class], slot: int) -> int:
    return next(k for k, c in enumerate(made) if slot in c.members)


def test_a_product_that_others_read_too_is_kept() -> None:
    a, b, c, d = leaves(4)
    shared = a * b
    made, _, _ = classed((shared + c * d).tanh() + shared.exp())
    assert [op for op, _ in names(made)].count("mul") == 1
    assert [op for op, _ in names(made)].count("product") == 1


def test_a_product_that_a_sum_reads_twice_is_kept() -> None:
    a, b, c = leaves(3)
    product = a * b
    made, _, _ = classed(product + c + product)
    assert names(made) == [("mul", 1), ("sum", 1)]


def test_leaves_of_other_groups_are_other_classes() -> None:
    a, b = leaves(2)
    found = columns([a * a + b * b])
    made, _ = classes(found, lambda slot: int(found.leaves[slot] is b))
    assert [(c.group, len(c.members)) for c in made if c.op is None] == [(0, 1), (1, 1)]
    assert names(made) == [("product", 1), ("product", 1), ("sum", 1)]


def test_each_computation_can_be_a_class_of_its_own() -> None:
    a = leaves(4)
    made, _, _ = classed(sum(x.tanh() * y for x, y in itertools.pairwise(a)), one_each=True)
    assert [count for op, count in names(made) if op != "product"] == [1, 1, 1, 1]


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.__name__)
@pytest.mark.parametrize("one_each", [False, True])
def test_all_slots_are_in_one_class_and_read_the_classes_it_reads(family: Any, one_each: bool) -> None:
    for seed in range(10):
        made, class_of, found = classed(family(Writer(random.Random(seed))), one_each=one_each)
        members = np.concatenate([c.members for c in made])
        assert sorted(members.tolist()) == list(range(len(found.ops)))
        for k, c in enumerate(made):
            assert all(class_of[m] == k for m in c.members)
            assert all(read < k for read in c.reads)
            for m, row in zip(c.members.tolist(), c.inputs.tolist(), strict=True):
                assert sorted(row) == sorted(found.inputs[m]) or c.op in (SUM, None, CONSTANT)
                assert c.op is None or c.op is CONSTANT or c.op is SUM or tuple(class_of[row]) == c.reads
            if c.op is SUM:
                assert {tuple(sorted({int(class_of[s]) for s in found.inputs[m]})) for m in c.members} == {c.reads}
            if c.op is PRODUCT:
                assert all(found.ops[m].name == "mul" for m in c.members)


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.__name__)
def test_the_late_order_is_an_order(family: Any) -> None:
    for seed in range(10):
        made, _, _ = classed(family(Writer(random.Random(seed))))
        order = late_order(made)
        assert sorted(order) == list(range(len(made)))
        place = {k: at for at, k in enumerate(order)}
        assert all(place[read] < place[k] for k, c in enumerate(made) for read in c.reads)


def test_what_only_the_end_reads_comes_at_the_end() -> None:
    a = leaves(4)
    early = sum(x * x for x in a)  # made first, read last
    made, _, _ = classed((a[0].tanh().exp() * a[1]).sin() + early * 0.1)
    order = [made[k].op.name for k in late_order(made) if made[k].op]
    assert order.index("sum") > order.index("exp")
