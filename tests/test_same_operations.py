"""Terms of a sum are laid upon each other, and other operations told apart by shape."""

from collections import Counter

from micrograd_plus import Value
from micrograd_plus.engine import operations
from micrograd_plus.viz.same_operations import MOST_SHAPES, classes_of
from tests.viz_graphs import parameter


def sizes(root: Value) -> dict[str, list[int]]:
    """Return how many operations the classes hold, by the symbols in them."""
    classes, _ = classes_of(operations(root), ())
    found: dict[str, list[int]] = {}
    symbols = {classes[node]: node.symbol for node in operations(root)}
    for number, count in Counter(classes.values()).items():
        found.setdefault(symbols[number], []).append(count)
    return found


def test_terms_of_a_sum_are_laid_upon_each_other_and_share_their_weights() -> None:
    w, v = parameter(2.0), parameter(3.0)
    terms = [((w * float(k) + 1.0).tanh() * v - 0.5) ** 2 for k in range(12)]
    root = (sum(terms, Value(0.0)) / 12.0).sqrt()
    classes, shared = classes_of(operations(root), ())
    assert set(shared) == {w, v}
    assert len({classes[term] for term in terms}) == 1
    # Both products in a term are told apart by their weights.
    assert sizes(root) == {"*": [12, 12], "+": [12, 12], "tanh": [12], "-": [12], "**2": [12], "/": [1], "sqrt": [1]}


def test_a_sum_is_one_however_it_is_made() -> None:
    assert sizes(sum(Value(float(k)).sin() for k in range(50)))["+"] == [50]
    left = [Value(float(k)).sin() for k in range(64)]
    while len(left) > 1:
        left = [a + b for a, b in zip(left[::2], left[1::2], strict=True)]
    assert sizes(left[0])["+"] == [63]


def test_an_operation_that_terms_have_in_common_makes_them_no_terms() -> None:
    common = Value(1.0).exp()
    root = sum((common * float(k)).sin() for k in range(12))
    classes, shared = classes_of(operations(root), ())
    assert shared == []
    assert sizes(root) == {"exp": [1], "*": [12], "sin": [12], "+": [12]}
    assert len(classes) == len(operations(root))


def test_layers_of_one_sample_are_told_apart_by_shape() -> None:
    h = [Value(0.1 * k) for k in range(4)]
    for _ in range(3):
        h = [sum(Value(0.3) * x for x in h).tanh() for _ in range(4)]
    root = (h[0] * h[1]) * (h[2] * h[3])
    assert sizes(root)["tanh"] == [4, 4, 4]


def test_what_repeats_too_often_is_folded_into_a_loop() -> None:
    y = Value(1.0)
    for _ in range(10 * MOST_SHAPES):
        y = (y * 1.01).sin()
    n = 10 * MOST_SHAPES
    assert sizes(y) == {"*": [1, n - 1], "sin": [n]}


def test_however_many_symbols_there_are_the_classes_are_few() -> None:
    x = Value(2.0)
    root = sum((Value(1.0, (x,), f"made by hand {k}") * x).sin() for k in range(100))
    assert len(set(classes_of(operations(root), ())[0].values())) == 1


def test_a_sum_of_too_many_shapes_is_none_of_terms() -> None:
    h = Value(0.5).sin()
    for k in range(2 * MOST_SHAPES):
        h = (h + Value(0.1 * k).sin()).tanh()
    assert sizes(h) == {"sin": [2 * MOST_SHAPES + 1], "+": [1, 2 * MOST_SHAPES - 1], "tanh": [2 * MOST_SHAPES]}


def test_nothing_computed() -> None:
    assert classes_of([], ()) == ({}, [])
