"""Paths of Tensors: each carries an array, and they add up to the gradient."""

import numpy as np
import pytest

from micrograd_plus import Tensor, Value, nn
from micrograd_plus.array_paths import MOST_LISTED, ArrayPaths, paths_of
from micrograd_plus.engine import graph
from micrograd_plus.paths import size_of
from micrograd_plus.recording import Recording
from micrograd_plus.value_paths import Paths
from tests.graphs import paths_upwards

X = np.random.default_rng(0).normal(size=(7, 2))
TARGETS = np.where(np.arange(7) % 2, 1.0, -1.0)


def network_loss(activation: str = "tanh") -> tuple[nn.ArrayMLP, Tensor]:
    model = nn.ArrayMLP(2, [5, 4, 1], activation=activation, rng=0)
    hinge = (1.0 - TARGETS * model(X).reshape(7)).relu().mean()
    return model, hinge + 0.01 * sum((p * p).sum() for p in model.parameters())


def branching() -> tuple[Tensor, Tensor]:
    """Return a Tensor and a root with 2 * 2 * 3 paths from it, with broadcasting, a matrix product and an index."""
    w = Tensor([[0.5, -1.0], [2.0, 0.25]], label="w")
    a = w * w
    b = a.tanh() + a @ np.array([[1.0, 2.0], [3.0, -1.0]])
    return w, (b + b.sum(axis=0)).sum() + b[0, 1] * 2.0


@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_paths_add_up_to_the_gradient_of_every_parameter(activation: str) -> None:
    model, root = network_loss(activation)
    paths = ArrayPaths(Recording(root))
    root.backward()
    for parameter in model.parameters():
        why = paths.why(parameter, most=MOST_LISTED)
        assert why.count == paths_upwards(parameter, root)
        assert why.gradient.tobytes() == parameter.grad.tobytes()
        np.testing.assert_allclose(why.total, parameter.grad, rtol=0, atol=1e-12 * why.size)


def test_every_branch_is_a_path() -> None:
    w, root = branching()
    paths = ArrayPaths(Recording(root))
    why = paths.why(w, most=MOST_LISTED)
    root.backward()
    assert why.count == paths_upwards(w, root) == 2 * 2 * 3
    np.testing.assert_allclose(why.total, w.grad, rtol=1e-13)
    sizes = [size_of(path.share) for path in why.paths]
    assert sizes == sorted(sizes, reverse=True)
    for path in why.paths:
        assert path.steps[0].input is w
        assert path.steps[-1].node is root


def test_one_entry_is_a_sum_of_numbers() -> None:
    w, root = branching()
    paths = ArrayPaths(Recording(root))
    root.backward()
    # Of b[0, 1] the other row sees nothing, and w[0, 0] only what comes through the matrix product.
    for entry, blocked in {(0, 0): 2, (0, 1): 0, (1, 0): 4, (1, 1): 4}.items():
        why = paths.why(w, entry, most=MOST_LISTED)
        assert isinstance(why.gradient, float)
        assert why.total == pytest.approx(w.grad[entry], rel=1e-13)
        assert why.blocked == blocked
        assert why.covered >= 0.97


def test_blocked_paths_are_counted_by_operation() -> None:
    x = Tensor([-1.0, -2.0])
    why = ArrayPaths(Recording((x.relu() * 3.0 + x.relu().exp() + x).sum())).why(x)
    assert (why.count, why.blocked_by, len(why.paths)) == (3, {"relu": 2}, 1)


def test_parts_add_up_to_the_gradient() -> None:
    model, root = network_loss()
    paths = ArrayPaths(Recording(root))
    root.backward()
    for parameter in model.parameters():
        for parts in (paths.by_reader(parameter), paths.by_sample(parameter), paths.by_scope(parameter)):
            np.testing.assert_allclose(sum(parts.values()), parameter.grad, rtol=1e-12, atol=1e-15)


def test_the_rows_of_a_batch_are_its_samples() -> None:
    model, root = network_loss()
    weight = model.linears[0].weight
    parts = ArrayPaths(Recording(root)).by_sample(weight)
    for row in range(7):
        alone = (1.0 - TARGETS[row] * model(X[row : row + 1]).reshape(1)).relu().sum() / 7.0
        weight.zero_grad()
        alone.backward()
        np.testing.assert_allclose(parts[row + 1], weight.grad, rtol=1e-12, atol=1e-15)


def test_the_scopes_of_a_weight_are_the_next_layer_and_the_penalty() -> None:
    model, root = network_loss()
    parts = ArrayPaths(Recording(root)).by_scope(model.linears[0].weight)
    assert parts.keys() == {("ArrayMLP", "layer2"), ()}
    np.testing.assert_allclose(parts[()], 0.02 * model.linears[0].weight.data)


def test_too_many_paths_are_counted_only() -> None:
    x = Tensor([1.0, 2.0])
    y = x
    for _ in range(400):
        y = y * 0.3 + y * 0.2
    paths = ArrayPaths(Recording(y.sum()))
    assert paths.count(x) == 2**400
    with pytest.raises(ValueError, match="more than 1,000 paths"):
        paths.why(x)
    with pytest.raises(ValueError, match="more than 1,000 paths"):
        paths.by_scope(x)
    assert len(paths.by_reader(x)) == 2


def test_what_has_no_gradient_or_no_entry_is_said() -> None:
    x, constant = Tensor([1.0, 2.0]), np.array([3.0, 4.0])
    root = (x * constant).sum()
    paths = ArrayPaths(Recording(root))
    [lifted] = [node for node in graph(root) if node.is_leaf and node is not x]
    with pytest.raises(ValueError, match="constant"):
        paths.why(lifted)
    with pytest.raises(ValueError, match="not in this graph"):
        paths.why(Tensor([1.0]))
    with pytest.raises(ValueError, match=r"shape \(2,\) wants 1 indices, got \(0, 1\)"):
        paths.why(x, (0, 1))
    with pytest.raises(IndexError):
        paths.why(x, (5,))


def test_the_kind_of_paths_follows_the_graph() -> None:
    assert isinstance(paths_of(Recording(Value(1.0) + 1)), Paths)
    assert isinstance(paths_of(Recording(Tensor([1.0]).sum())), ArrayPaths)
