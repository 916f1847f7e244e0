"""From graphs of Values to arrays: the numbers of eager mode, and what is an array program is found to be one."""

import itertools
import random
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from micrograd_plus.compiler.leaves import Leaves
from micrograd_plus.compiler.lifting import lifted
from micrograd_plus.engine import graph
from micrograd_plus.nn import MLP, parameter
from micrograd_plus.ops import exp
from micrograd_plus.value import Value
from tests.compiled_values import Compiled, compiled, require_agreement
from tests.value_programs import FAMILIES, Writer, attention, network, recurrence, steps_on_lists, windows

SEEDS = st.integers(0, 2**64 - 1)
every_family = pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.__name__)


def written(family: Callable[[Writer], Value], seed: int, inputs: int = 3) -> tuple[Value, list[Value], random.Random]:
    """Return the loss of a random program and its inputs."""
    rng = random.Random(seed)
    x = [Value(rng.uniform(-1.0, 1.0)) for _ in range(inputs)]
    return family(Writer(rng, x)), x, rng


def compare(family: Callable[[Writer], Value], seed: int) -> None:
    """Compile a random program in a random way, and compare it with eager mode."""
    loss, x, rng = written(family, seed)
    batch = rng.choice([None, None, 1, 3])
    program = compiled(loss, x, batch=batch, free=rng.random() < 0.7, as_arrays=rng.random() < 0.6)
    require_agreement(program, seed % 2**32)


# --- the numbers ------------------------------------------------------------------------------------------------------


@every_family
@settings(max_examples=10)
@given(seed=SEEDS)
def test_what_people_write_gives_the_numbers_of_eager_mode(family: Callable[[Writer], Value], seed: int) -> None:
    compare(family, seed)


@pytest.mark.slow
@every_family
@settings(max_examples=150)
@given(seed=SEEDS)
def test_much_of_what_people_write_gives_the_numbers_of_eager_mode(
    family: Callable[[Writer], Value], seed: int
) -> None:
    compare(family, seed)


def test_what_is_added_where_a_slope_is_zero_is_not_there_in_the_next_run() -> None:
    first, a, b, _ = (parameter(x) for x in (0.7, 0.4, 0.5, 0.2))
    rest = (a + 0.3) % (round(b + 0.3) + 3.3)
    program = compiled(rest * b + first.tanh(), as_arrays=True)
    for number in (0.5, 0.6, 0.65):
        b.data = number
        _, found = program.run([[]])
        assert found[b] == pytest.approx(0.7, rel=1e-15)


def test_holes_make_no_nan() -> None:
    # Later positions are holes: what is computed there (1 / 0, the logarithm of 0, exp(800)) must not reach the rest.
    queries, keys = ([[parameter(x), parameter(0.1)] for x in (0.5, 0.25, 2.0)] for _ in range(2))
    results: list[Any] = []
    for i in range(3):
        scores = [queries[i][0] * keys[j][0] + queries[i][1] * keys[j][1] for j in range(i + 1)]
        whole = sum(exp(x) for x in scores)
        results += [(exp(x) / whole).log() + 1.0 / x + x.sqrt() for x in scores]
    program = compiled(sum(results), as_arrays=True)
    assert program.matrix_products == 1
    for query, key in ((0.5, 2.0), (20.0, 40.0)):  # what the first query and the last key give is a hole
        queries[0][0].data, keys[2][0].data = query, key
        expected, by, size = program.eager([[]])
        assert np.isfinite(size)
        loss, found = program.run([[]])
        np.testing.assert_allclose(loss, expected, rtol=1e-13)
        np.testing.assert_allclose([found[node] for node in by], list(by.values()), rtol=1e-12, atol=1e-13)


def test_numbers_that_happen_to_be_equal_now_are_not_taken_for_constants() -> None:
    # All leaves hold 0 and 1 when the graph is compiled: b - 0 * x would be 0, x * 1 would be x.
    leaves = [parameter(float(k % 2)) for k in range(9)]
    terms = [(leaves[k] - leaves[k + 1] * leaves[k + 2]) / (leaves[k + 2] + 2.0) for k in range(7)]
    require_agreement(compiled(sum(t * t for t in terms), as_arrays=True))
    require_agreement(compiled(sum(t * t for t in terms)))


def test_more_than_one_root() -> None:
    a, b = parameter(2.0), parameter(3.0)
    group = Leaves("parameters", [a, b], is_free=True)
    roots = [a * b + a, a * b, b, a * 0.0 + 7.0]
    found = lifted(roots, [group])
    assert [root.shape for root in found.roots] == [()] * 4
    assert set(group.nodes) == {a, b}
    assert found.roots[1] in found.roots[0].inputs  # what is computed twice is computed once
    assert found.counts["nodes"] == len(graph(*roots))


def test_leaves_that_nothing_reads_keep_a_place() -> None:
    read, unread = parameter(2.0), parameter(3.0)
    group = Leaves("parameters", [unread, read], is_free=True)
    found = lifted([read * read], [group])
    assert group.nodes == [read, unread]
    assert found.stored[0].shape == (2,)


def test_leaves_whose_place_is_not_free_stay_where_they_are() -> None:
    w = [parameter(float(k)) for k in range(6)]
    group = Leaves("parameters", w[::-1], is_free=False)
    lifted([sum(w[k] * w[k + 1] for k in (4, 0, 2))], [group])
    assert group.nodes == w[::-1]


def test_an_input_of_a_batch_gets_a_leading_axis() -> None:
    x = [Value(1.0), Value(2.0)]
    w = parameter(3.0)
    groups = [Leaves("parameters", [w], is_free=True), Leaves("x", x, shape=(2,), batched=True)]
    found = lifted([w * x[0] + x[1]], groups, batch=5)
    assert found.stored[1].shape == (5, 2)
    assert found.roots[0].shape == (5,)
    assert lifted([w * w], groups, batch=5).roots[0].shape == ()


# --- the arrays -------------------------------------------------------------------------------------------------------


def net(
    rng: random.Random, sizes: Sequence[int], samples: int, *, missing: float = 0.0, shuffled: bool = True
) -> Value:
    """Return a loss of a network written by hand, in which everything that has no meaning is in random order."""
    layers = [
        [(parameter(rng.uniform(-1, 1)), [parameter(rng.uniform(-1, 1)) for _ in range(a)]) for _ in range(b)]
        for a, b in itertools.pairwise(sizes)
    ]
    biased = [[rng.random() >= missing for _ in layer] for layer in layers]
    losses = []
    for _ in range(samples):
        h: list[Any] = [Value(rng.uniform(-1, 1)) for _ in range(sizes[0])]
        for layer, has_bias in zip(layers, biased, strict=True):
            out: list[Any] = [None] * len(layer)
            order = list(range(len(layer)))
            if shuffled:
                rng.shuffle(order)
            for j in order:
                bias, weights = layer[j]
                terms = [
                    w * x if not shuffled or rng.random() < 0.5 else x * w for w, x in zip(weights, h, strict=True)
                ]
                terms += [bias] if has_bias[j] else []
                if shuffled:
                    rng.shuffle(terms)
                result = terms[0]
                for term in terms[1:]:
                    result = term + result if shuffled and rng.random() < 0.5 else result + term
                out[j] = result.tanh()
            h = out
        losses.append((1 - h[0]).relu())
    rng.shuffle(losses)
    return sum(losses) / len(losses)


def require_views(program: Compiled, lines: int) -> None:
    """Assert that nothing is gathered, and that the function is short."""
    assert "take(" not in program.source
    assert ".at(" not in program.source
    assert len(program.steps) <= lines


@pytest.mark.parametrize("seed", range(4))
def test_a_shuffled_network_is_as_short_as_a_tidy_one(seed: int) -> None:
    tidy = compiled(net(random.Random(seed), (2, 8, 8, 1), 20, shuffled=False))
    shuffled = compiled(net(random.Random(seed), (2, 8, 8, 1), 20))
    assert shuffled.matrix_products == tidy.matrix_products == 3
    assert sorted(line.split("(")[0] for line in shuffled.steps) == sorted(line.split("(")[0] for line in tidy.steps)
    require_views(shuffled, lines=40)
    require_agreement(shuffled)


def test_a_network_without_some_biases_needs_no_index() -> None:
    program = compiled(net(random.Random(1), (2, 6, 6, 1), 20, missing=0.5))
    assert program.matrix_products >= 3
    require_views(program, lines=70)
    require_agreement(program)


def test_the_number_of_lines_does_not_grow_with_the_network() -> None:
    small = compiled(net(random.Random(0), (2, 5, 1), 6), as_arrays=True)
    large = compiled(net(random.Random(0), (2, 17, 1), 60), as_arrays=True)
    assert len(large.steps) == len(small.steps)


def test_a_layer_s_parameters_stand_as_its_matrix_product_reads_them() -> None:
    model = MLP(3, [4, 1], rng=0)
    x = [Value(0.1 * k) for k in range(3)]
    program = compiled(model(x) * 1.0, x, batch=7)
    # The other layer is one neuron: a scalar product.
    assert [kind for _, _, kind in program.lifted.kinds].count("matrix product") == 1
    require_views(program, lines=25)
    require_agreement(program)


def attention_scores(length: int, size: int, causal: bool) -> Value:
    """Return a loss of which the products of queries and keys are all that is worth a matrix product."""
    queries, keys = ([[parameter(0.1 * (i + k)) for k in range(size)] for i in range(length)] for _ in range(2))
    scores = []
    for i in range(length):
        for j in range(i + 1 if causal else length):
            scores.append(sum(queries[i][k] * keys[j][k] for k in range(size)).tanh())
    return sum(scores)


@pytest.mark.parametrize("causal", [False, True])
def test_scores_of_attention_are_one_matrix_product(causal: bool) -> None:
    program = compiled(attention_scores(6, 3, causal))
    assert program.matrix_products == 1
    assert len(program.steps) <= 16
    require_agreement(program)


def test_weighted_sums_that_grow_are_one_matrix_product() -> None:
    n = 6
    weights, values = (
        [[parameter(0.1 * (i - j)) for j in range(i + 1)] for i in range(n)],
        [parameter(k) for k in range(n)],
    )
    sums = [sum(w * v for w, v in zip(row, values, strict=False)) for row in weights]
    # The first sum is a lone product, all others are rows of one product with a vector.
    program = compiled(sum(s.tanh() for s in sums), as_arrays=True)
    assert program.matrix_products == 1
    assert len(program.steps) <= 20
    require_agreement(program)


@pytest.mark.parametrize("family", [network, attention, windows, recurrence, steps_on_lists])
def test_the_shortcut_for_few_numbers_changes_no_result(family: Callable[[Writer], Value]) -> None:
    for seed in range(5):
        loss, x, _ = written(family, seed)
        rows = [[node.data for node in x]]
        shapes = [compiled(loss, x, as_arrays=as_arrays) for as_arrays in (False, True)]
        (a, by), (b, others) = (program.run(rows) for program in shapes)
        size = shapes[0].eager(rows)[2]
        assert abs(a - b) <= 1e-12 * size
        assert all(abs(slope - others[node]) <= 1e-12 * size for node, slope in by.items())


# --- large graphs -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("steps", [500, pytest.param(3_000, marks=pytest.mark.slow)])
def test_long_chains_do_not_recurse(steps: int) -> None:
    x = parameter(0.5)
    y: Any = x
    for _ in range(steps):
        y = (y * 0.5).tanh() + x
    program = compiled(y)
    expected, by, _ = program.eager([[]])
    loss, found = program.run([[]])
    assert loss == pytest.approx(expected, rel=1e-13)
    assert found[x] == pytest.approx(by[x], rel=1e-13)


@pytest.mark.slow
@pytest.mark.parametrize("from_the_left", [True, False])
def test_a_sum_of_a_hundred_thousand_terms(from_the_left: bool) -> None:
    leaves = [parameter(k / 1e5) for k in range(100_000)]
    total: Any = leaves[0]
    for leaf in leaves[1:]:
        total = total + leaf if from_the_left else leaf + total
    program = compiled(total * total)
    assert len(program.steps) <= 6
    loss, found = program.run([[]])
    exact = sum(range(100_000)) / 1e5
    assert loss == pytest.approx(exact**2, rel=1e-12)
    assert set(np.round([slope / exact for slope in found.values()], 12)) == {2.0}
