"""Each mistake goes wrong as reasoning says it must, and does no harm where it cannot."""

import numpy as np
import pytest

from micrograd_plus import Tensor, Value, losses, nn
from micrograd_plus.data import moons
from micrograd_plus.engine import graph
from micrograd_plus.museum import MISTAKES, exhibit


def named(data: float, label: str) -> Value:
    return Value(data, label=label)


@pytest.mark.parametrize("name", MISTAKES)
def test_the_right_gradients_are_those_of_backward(name: str) -> None:
    x, w = named(0.5, "x"), named(-2.0, "w")
    root = ((x * w).relu() + (x - w).tanh() * x) / 3.0
    found = exhibit(root, name)
    root.backward()
    assert {node: node.grad for node in found.right} == found.right


@pytest.mark.parametrize("name", MISTAKES)
def test_a_pinned_node_is_a_leaf(name: str) -> None:
    x, w = named(0.5, "x"), named(-2.0, "w")
    product = x * w
    found = exhibit(-product.relu() * x + (product - w) * x, name, [product])
    leaf = named(product.data, "product")
    wanted = exhibit(-leaf.relu() * x + (leaf - w) * x, name)
    assert list(found.right.values()) == list(wanted.right.values())
    doubled = name == "no_zero_grad"  # a leaf keeps its gradient, a pinned node is computed anew like all inner ones
    assert [found.wrong[node] for node in (x, w)] == [wanted.wrong[node] for node in (x, w)]
    assert found.wrong[product] == wanted.wrong[leaf] / (2 if doubled else 1)


def test_what_only_a_pinned_node_reads_gets_no_gradient() -> None:
    x = named(3.0, "x")
    square = x * x
    pinned = square * x
    found = exhibit(pinned * pinned, "overwrite", [pinned])
    assert (found.right[pinned], found.wrong[pinned]) == (2 * 27.0, 27.0)
    assert {x, square}.isdisjoint(found.right)


def test_overwriting_keeps_the_last_share() -> None:
    x = named(3.0, "x")
    found = exhibit(x * 5 + x * 7, "overwrite")
    # The products are passed in the reverse order of their creation: 7 first, and 5 in its place.
    assert (found.right[x], found.wrong[x]) == (5.0 + 7.0, 5.0)
    assert found.first is x


def test_a_wrong_order_passes_a_gradient_on_too_early() -> None:
    x = named(2.0, "x")
    a = x * 3
    a.label = "a"
    root = a + (a * 10) * 7
    found = exhibit(root, "order")
    # The root meets `a` first, which holds 1 then; the other 70 come when `a` has been passed.
    assert (found.right[a], found.wrong[a]) == (71.0, 71.0)
    assert (found.right[x], found.wrong[x]) == (71.0 * 3, 1.0 * 3)
    assert found.spoilt == (x,)


def test_without_zero_grad_leaves_double_and_inner_nodes_stay() -> None:
    x = named(3.0, "x")
    inner = x * x
    found = exhibit(inner * 2, "no_zero_grad")
    assert (found.right[x], found.wrong[x]) == (12.0, 24.0)
    assert found.wrong[inner] == found.right[inner]
    assert found.first is x


def test_a_second_pass_multiplies_by_the_depth() -> None:
    x = named(1.0, "x")
    y = x
    for _ in range(10):
        y = -y
    found = exhibit(y, "backward_twice")
    # In a chain the k-th node below the root gets 1 in the first pass, and in the second what the one above has: k.
    assert [found.wrong[node] / found.right[node] for node in found.right] == [1.0, *range(2, 12)]


def test_a_wrong_sign_turns_all_below_what_is_subtracted() -> None:
    x, y, z = named(2.0, "x"), named(3.0, "y"), named(5.0, "z")
    found = exhibit(x - y * z, "minus_sign")
    assert [found.right[node] for node in (x, y, z)] == [1.0, -5.0, -3.0]
    assert [found.wrong[node] for node in (x, y, z)] == [1.0, 5.0, 3.0]
    assert found.first.op.name == "mul"
    assert exhibit(-x, "minus_sign").wrong[x] == 1.0


def test_without_its_mask_a_relu_that_is_off_passes_everything_on() -> None:
    x, w = named(-2.0, "x"), named(4.0, "w")
    found = exhibit((x * w).relu() * 3, "relu_mask")
    assert [found.right[node] for node in (x, w)] == [0.0, 0.0]
    assert [found.wrong[node] for node in (x, w)] == [3 * 4.0, 3 * -2.0]
    assert not exhibit((x * w * -1).relu() * 3, "relu_mask").spoilt


@pytest.mark.parametrize("mean", ["/", "*", "sum()", "mean()", "array sum"])
def test_without_its_count_a_mean_is_a_sum(mean: str) -> None:
    if mean in ("mean()", "array sum"):
        x = Tensor([1.0, 2.0, 4.0], label="x")
        root = (x * x).mean() if mean == "mean()" else (x * x).sum() / 3
    else:
        x = named(2.0, "x")
        terms = [x * 1.5, x * x, x.exp()]
        total = terms[0] + terms[1] + terms[2] if mean != "sum()" else sum(terms)
        root = total * (1 / 3) if mean == "*" else total / 3
    found = exhibit(root, "mean_count")
    np.testing.assert_allclose(found.wrong[x], 3 * np.asarray(found.right[x]), rtol=1e-14)


def test_a_constant_that_is_no_count_is_left_alone() -> None:
    x = named(2.0, "x")
    for root in ((x + x) * 0.1, (x + x) / 5, x / 2, (x + x) * x, (x + x) * 0.0):
        assert not exhibit(root, "mean_count").spoilt


@pytest.mark.parametrize("name", [name for name in MISTAKES if name not in ("no_zero_grad", "backward_twice")])
def test_a_graph_that_is_not_affected_says_so(name: str) -> None:
    found = exhibit(named(2.0, "x").tanh() * named(3.0, "w"), name)
    assert found.first is None
    assert found.wrong == found.right
    assert "this graph is not affected" in repr(found)


def test_the_first_node_is_the_one_whose_gradient_is_finished_first() -> None:
    x, w, b = named(-2.0, "x"), named(4.0, "w"), named(1.0, "b")
    n = x * w
    s = n + b
    s.label = "s"
    found = exhibit(s.relu() * 3, "relu_mask")
    assert found.first is s
    assert set(found.spoilt) == {s, n, x, w, b}
    assert "first that of s" in repr(found)


@pytest.mark.parametrize("name", MISTAKES)
def test_networks_of_numbers_and_of_arrays_go_wrong_alike(name: str) -> None:
    X, y = moons(12, 0.1, rng=1)
    arrays = nn.ArrayMLP(2, [4, 1], rng=0)
    numbers = arrays.to_scalar()
    of_numbers = exhibit(losses.hinge([numbers(row) for row in X.tolist()], 2.0 * y - 1), name)
    of_arrays = exhibit(losses.hinge(arrays(X).reshape(12), 2.0 * y - 1), name)
    assert len(repr(of_numbers).splitlines()) <= 30
    if name in ("overwrite", "order"):  # which depend on how many nodes a computation has
        return
    for layer, linear in zip(numbers.layers, arrays.linears, strict=True):
        wrong = np.array([[of_numbers.wrong[w] for w in neuron.w] for neuron in layer.neurons]).T
        if name == "backward_twice":  # the depth differs, the sign does not
            np.testing.assert_array_equal(np.sign(wrong), np.sign(of_arrays.wrong[linear.weight]))
        else:
            np.testing.assert_allclose(of_arrays.wrong[linear.weight], wrong, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("name", MISTAKES)
def test_no_node_is_changed(name: str) -> None:
    x = named(0.5, "x")
    root = (x * x).relu() - x
    root.backward()
    before = [(node.data, node.grad) for node in graph(root)]
    exhibit(root, name)
    assert [(node.data, node.grad) for node in graph(root)] == before


def test_every_mistake_shows_itself() -> None:
    x = named(-1.0, "x")
    y = (x * x - x.relu() + x) / 2 - x
    for name, mistake in MISTAKES.items():
        text = repr(exhibit(y, name))
        assert text.startswith(f"{name}: {mistake.written}\n{mistake.consequence}\n")
        assert text.endswith(mistake.rule)
        assert max(map(len, text.splitlines())) <= 100


def test_unknown_mistakes_are_answered_with_the_close_ones() -> None:
    with pytest.raises(ValueError, match=r"no mistake 'overwrit' .* did you mean 'overwrite'"):
        exhibit(Value(1.0) * 2, "overwrit")
    with pytest.raises(TypeError, match=r"wanted a Value or a Tensor, got float: 1\.0"):
        exhibit(1.0, "order")
    x = Value(1.0)
    y = x * 2
    x.data = 2.0
    with pytest.raises(RuntimeError, match="refresh"):
        exhibit(y, "order")


@pytest.mark.parametrize("name", MISTAKES)
def test_gradients_without_numbers_stay_right(name: str) -> None:
    x = Tensor(np.zeros((0, 3)), label="x")
    assert exhibit((x.relu() * x).sum(), name).spoilt == ()
