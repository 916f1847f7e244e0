"""Lone terms counted as sums of one."""

from functools import reduce
from operator import add

from micrograd_plus import Value
from micrograd_plus.compiler.classes import classes
from micrograd_plus.compiler.scalars import SUM, columns
from micrograd_plus.compiler.sums_of_one import lone_terms, with_sums_of_one
from micrograd_plus.ops import exp, tanh


def growing(length: int) -> Value:
    """Return a sum over positions, each of which adds up exponentials of its own: one more than that before."""
    rows = [[exp(Value(0.1 * k)) for _ in range(k + 1)] for k in range(length)]
    return reduce(add, [tanh(reduce(add, row)) for row in rows])


def test_a_lone_term_joins_the_class_of_the_sums() -> None:
    before = columns([growing(4)])
    found, _ = classes(before, lambda slot: 0)
    assert sorted(len(c.members) for c in found if c.op is tanh) == [1, 3]
    after = with_sums_of_one(before, lone_terms(found, before))
    found, _ = classes(after, lambda slot: 0)
    assert [len(c.members) for c in found if c.op is tanh] == [4]
    assert sorted(len(after.inputs[s]) for s, op in enumerate(after.ops) if op is SUM) == [1, 2, 3, 4, 4]
    assert lone_terms(found, after) == set()


def test_nothing_changes_where_no_sum_is_like_it() -> None:
    before = columns([tanh(Value(1.0)) * exp(Value(2.0))])
    found, _ = classes(before, lambda slot: 0)
    assert lone_terms(found, before) == set()
