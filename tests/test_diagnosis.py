"""`diagnose` finds what was broken on purpose, names it, and has nothing to say of a sound network."""

import numpy as np
import pytest

from micrograd_plus import Tensor, Value, losses, nn, scope
from micrograd_plus.data import moons
from micrograd_plus.diagnosis import LARGEST_RATIO, Diagnosis, diagnose
from micrograd_plus.engine import graph

X, Y = moons(21, 0.1, rng=1)
SIGNS = 2.0 * Y - 1.0
SIZES = [6, 5, 1]


def network(activation: str = "relu", sizes: list[int] = SIZES) -> nn.ArrayMLP:
    """Return a network of arrays; `model_and_loss` makes one of numbers of it, so that both are broken alike."""
    return nn.ArrayMLP(2, sizes, activation=activation, rng=3)


def diagnosis_of(model: nn.ArrayMLP, kind: str, inputs: np.ndarray = X) -> Diagnosis:
    """Return what is wrong with a loss that has a hinge of its own and a penalty on all parameters."""
    return diagnose(*model_and_loss(model, kind, inputs))


def model_and_loss(model: nn.ArrayMLP, kind: str, inputs: np.ndarray = X) -> tuple[nn.Module, Tensor | Value]:
    if kind == "Value":
        scalar = model.to_scalar()
        loss = losses.hinge([scalar(row) for row in inputs.tolist()], SIGNS)
        return scalar, loss + 1e-9 * sum(p * p for p in scalar.parameters())
    loss = losses.hinge(model(inputs).reshape(len(inputs)), SIGNS)
    return model, loss + 1e-9 * sum((p * p).sum() for p in model.parameters())


def kinds(diagnosis: Diagnosis) -> list[str]:
    return [finding.kind for finding in diagnosis.findings]


both = pytest.mark.parametrize("kind", ["Value", "Tensor"])


@both
@pytest.mark.parametrize("activation", ["relu", "tanh", "sigmoid"])
def test_a_sound_network_has_no_findings(kind: str, activation: str) -> None:
    found = diagnosis_of(network(activation), kind)
    assert not found
    assert repr(found).startswith("nothing wrong")


@both
def test_dead_units_are_counted_by_layer(kind: str) -> None:
    model = network()
    bias = model.linears[0].bias.data.copy()
    bias[:3] = -100.0
    model.linears[0].bias.data = bias
    # Some may be dead besides those that were killed.
    hidden = np.maximum(X @ model.linears[0].weight.data + bias, 0.0)
    dead = int((hidden == 0.0).all(axis=0).sum())
    [finding] = [finding for finding in diagnosis_of(model, kind).findings if finding.kind == "dead"]
    assert dead >= 3
    assert finding.sentence.startswith(f"layer1: {dead} of 6 relu units are 0 for all 21 samples")
    assert all(node.op.name == "relu" for node in finding.nodes)


@both
def test_a_layer_that_nothing_reaches_is_told(kind: str) -> None:
    model = network()
    model.linears[1].bias.data = np.full(5, -100.0)
    model, loss = model_and_loss(model, kind)
    without_penalty = loss.inputs[0]
    found = diagnose(model, without_penalty)
    assert [f.sentence for f in found.findings if f.kind == "vanishing"] == [
        "layer1: the gradient of every parameter is 0",
        "layer2: the gradient of every parameter is 0",
    ]


@both
@pytest.mark.parametrize("activation", ["tanh", "sigmoid"])
def test_saturated_units_are_counted_by_layer(kind: str, activation: str) -> None:
    model = network(activation)
    bias = model.linears[1].bias.data.copy()
    bias[:2] = 50.0
    model.linears[1].bias.data = bias
    found = diagnosis_of(model, kind)
    [finding] = [finding for finding in found.findings if finding.kind == "saturated"]
    assert finding.sentence.startswith(f"layer2: 2 of 5 {activation} units saturated")


@both
@pytest.mark.parametrize(("factor", "word"), [(1e-3, "vanishing"), (1e5, "exploding")])
def test_gradients_that_shrink_or_grow_from_layer_to_layer(kind: str, factor: float, word: str) -> None:
    model = network("relu", [4, 4, 4, 1])
    for linear in model.linears[1:]:
        linear.weight.data = linear.weight.data * factor
    model.linears[0].bias.data = np.ones(4)
    model, loss = model_and_loss(model, kind)
    [finding] = [finding for finding in diagnose(model, loss).findings if finding.kind == word]
    assert finding.sentence.startswith("the gradient of layer1 is ")
    assert "layer4" in finding.sentence
    loss.backward()
    first, last = (
        np.sqrt(
            np.mean(np.concatenate([np.ravel(p.grad) for name, p in model.named_parameters() if layer in name]) ** 2)
        )
        for layer in ("layer1", "layer4")
    )
    assert (first / last > LARGEST_RATIO) if word == "exploding" else (last / first > LARGEST_RATIO)


@both
def test_inputs_that_are_not_scaled_are_named(kind: str) -> None:
    wide = X * [1.0, 500.0]
    [finding] = [f for f in diagnosis_of(network(), kind, wide).findings if f.kind == "inputs"]
    largest = np.abs(wide).max(axis=0)
    assert finding.sentence.startswith(f"they are not scaled: feature 2 is as large as {largest[1]:.4g}, feature 1")


@both
def test_parameters_that_the_loss_does_not_depend_on_are_named(kind: str) -> None:
    model, loss = model_and_loss(network(), kind)
    model.spare = nn.parameter([1.0, 2.0])
    [finding] = diagnose(model, loss).findings
    assert finding.kind == "unreached"
    assert "1 parameter of the model (spare)" in finding.sentence
    assert finding.nodes == (model.spare,)


def test_the_first_anomaly_is_told_with_a_rewrite() -> None:
    x = Value(1000.0, label="x")
    found = diagnose((x.exp() + 1).log())
    assert kinds(found) == ["anomaly"]
    assert "exp gave inf" in repr(found)
    assert "subtract the largest input first" in repr(found)


def test_a_plain_graph_needs_no_model() -> None:
    x = Value(-2.0, label="x")
    assert "1 of 2 relus are 0 (relu#2): no gradient comes through" in repr(diagnose(x.relu() + (-x).relu()))
    assert "tanh" in repr(diagnose((x * 10).tanh()))
    assert not diagnose(x * 2)


def test_a_plain_graph_of_arrays_needs_no_model() -> None:
    rng = np.random.default_rng(0)
    w1, b1, w2 = Tensor(rng.normal(size=(2, 4))), Tensor([0.0, 0.0, -100.0, 0.0]), Tensor(rng.normal(size=(4, 1)))
    assert "1 of 4 relu units are 0 for all 21 samples" in repr(diagnose((((X @ w1 + b1).relu() @ w2) ** 2).mean()))


def test_a_satisfied_hinge_is_no_dead_unit() -> None:
    model = network("tanh").to_scalar()
    with scope("loss"):
        loss = (1.0 - 1e3 * model([0.5, 0.5]) ** 2).relu() + model([0.1, 0.2])
    assert "dead" not in kinds(diagnose(model, loss))


@pytest.mark.parametrize("activation", ["relu", "arctan"])
def test_a_penalty_that_is_computed_first_changes_no_layer(activation: str) -> None:
    model = nn.MLP(2, [3, 1], activation=activation, rng=0)
    for neuron in model.layers[0].neurons:
        neuron.b.data = -100.0
    penalty = 1e-9 * sum(p * p for p in model.parameters())
    before, after = (
        diagnose(model, first + second) for first, second in ((penalty, model(X[0])), (model(X[0]), penalty))
    )
    assert before.findings
    assert [finding.sentence for finding in before.findings] == [finding.sentence for finding in after.findings]


def test_no_node_is_changed() -> None:
    model, loss = model_and_loss(network(), "Value")
    loss.backward()
    before = [node.grad for node in graph(loss)]
    diagnose(model, loss)
    assert [node.grad for node in graph(loss)] == before


def test_mistakes_are_said() -> None:
    model = network()
    with pytest.raises(TypeError, match="wanted a loss as a Value or a Tensor to diagnose, got ArrayMLP"):
        diagnose(model)
    with pytest.raises(TypeError, match="wanted a network and its loss"):
        diagnose("model", Value(1.0))


def test_an_array_without_numbers_has_no_units() -> None:
    empty = Tensor(np.zeros((0, 3)), label="x")
    assert not diagnose(empty.relu().tanh().sum())
