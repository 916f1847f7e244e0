"""`explain` says why a gradient is what it is, by paths and by parts, of Values and of Tensors."""

import math
import re

import numpy as np
import pytest
from hypothesis import given

from micrograd_plus import Tensor, Value, nn, scope
from micrograd_plus.engine import graph
from micrograd_plus.why import WAYS, explain
from tests.programs import QUARTERS, Program, programs

SMOOTH = ("add", "sub", "mul", "tanh", "sin", "relu", "neg", "maximum", "sigmoid", "abs")


def two_samples() -> tuple[nn.MLP, Value]:
    """Return a network and a loss: what two samples give, and a penalty on the weights."""
    model = nn.MLP(2, [3, 2, 1], activation="tanh", rng=0)
    outputs = [model([0.5, -1.0]), model([2.0, 0.25])]
    with scope("loss"):
        return model, (outputs[0] - 1.0) ** 2 + (outputs[1] + 1.0) ** 2 + 0.1 * sum(p * p for p in model.parameters())


@given(programs(QUARTERS, SMOOTH))
def test_the_sum_of_all_terms_is_the_gradient(program: Program) -> None:
    root = program.run([Value(x) for x in program.inputs])
    root.backward()
    for node in graph(root):
        found = explain(root, node)
        assert found.is_right
        assert found.total == pytest.approx(node.grad, abs=found.tolerance, rel=0)
        listed = math.fsum(term.share for term in found.terms)
        assert listed + found.rest == pytest.approx(node.grad, abs=found.tolerance, rel=0)


@given(programs(QUARTERS, SMOOTH))
def test_the_factors_of_a_path_multiply_to_its_share(program: Program) -> None:
    root = program.run([Value(x) for x in program.inputs])
    for node in graph(root):
        for term in explain(root, node).terms:
            assert math.prod(number for _, number in term.factors) == pytest.approx(term.share, rel=1e-12)


@pytest.mark.parametrize("kind", [Value, Tensor])
@pytest.mark.parametrize("by", WAYS)
def test_an_infinite_gradient_is_an_infinite_sum(by: str, kind: type) -> None:
    x = kind(0.0)
    root = x * 1e200 * 1e200
    root.backward()
    explained = explain(root, x, by=by)
    assert float(explained.total) == math.inf == float(x.grad)


@pytest.mark.parametrize("by", [way for way in WAYS if way != "path"])
def test_every_split_is_the_same_sum(by: str) -> None:
    model, root = two_samples()
    root.backward()
    for parameter in model.parameters():
        found = explain(root, parameter, by)
        assert found.by == by
        assert found.is_right
        assert math.fsum(term.share for term in found.terms) + found.rest == pytest.approx(parameter.grad, rel=1e-12)
        assert math.fsum(term.part for term in found.terms) == pytest.approx(1.0)


def test_parts_have_names() -> None:
    model, root = two_samples()
    weight = model.layers[0].neurons[1].w[0]
    titles = {by: {term.title for term in explain(root, weight, by).terms} for by in ("layer", "neuron", "sample")}
    assert titles["layer"] == {"MLP/layer2", "loss"}
    assert titles["neuron"] == {"MLP/layer2/neuron1", "MLP/layer2/neuron2", "loss"}
    [penalty] = titles["sample"] - {"sample 1", "sample 2"}
    assert re.fullmatch(r"\*#\d+ = layer1.neuron2.w1 \* layer1.neuron2.w1", penalty)


def test_steps_of_slope_one_are_folded_into_one_arrow() -> None:
    x = Value(0.5, label="x")
    y = (((x + 1) + 2) + 3) * 2
    y = (y + 1) + 2
    [term] = explain(y, x).terms
    assert re.fullmatch(r"x ⇢ \+#\d+ → \*#\d+ ⇢ out", term.title)
    assert [(formula.data, number) for formula, number in term.factors] == [(2.0, 2.0)]


def test_no_line_is_longer_than_a_hundred_columns() -> None:
    x = Value(1.0, label="a name that is longer than anybody would want to read it in a table of paths")
    y = x
    for _ in range(100):
        y = (y * 0.9).tanh() + y * 0.2
    lines = repr(explain(y, x)).splitlines()
    assert max(map(len, lines)) <= 100
    assert any("…" in line for line in lines)
    assert lines[0].endswith("the sum of about 10^30 paths")  # 2**100


def test_cut_off_paths_are_told_with_what_cuts_them() -> None:
    x = Value(-1.0, label="x")
    assert "the sum of 3 paths; 2 are cut off by relu" in explain(x.relu() + (x * 2).relu() + x, x).head
    zero = Value(0.0, label="zero")
    assert explain(x.relu() + x * zero + x, x).head.endswith("3 paths; 2 are cut off: 1 by *, 1 by relu")


def test_what_is_listed_is_told_as_part_of_the_whole() -> None:
    x = Value(1.0, label="x")
    found = explain(x * 98 + x * 1.5 + x * 0.5, x)
    assert found.covered == "this one of 3 paths is 98 %; the rest adds up to 2"
    assert found.check == "sum of all paths = 100 = the gradient"
    assert explain(x * 2, x).covered == ""


def test_the_root_is_explained() -> None:
    out = Value(2.0) * 3
    found = explain(out, out)
    assert (found.head, found.total) == ("∂out/∂out = 1: the sum of 1 path", 1.0)


def test_a_rule_made_by_hand_is_a_factor() -> None:
    a = Value(3.0, label="a")
    out = Value(9.0, (a,), "square")

    def rule() -> None:
        a.grad += 6.0 * out.grad

    out._backward = rule
    [term] = explain(out * 2, a).terms
    [(rule_text, number), _] = term.factors
    assert "square" in rule_text.label
    assert number == 6.0


def array_loss() -> tuple[Tensor, Tensor]:
    w = Tensor([[0.5, -1.0], [2.0, 0.25]], label="W")
    return w, (np.array([[1.0, 2.0]]) @ w).tanh().sum() + (w * w).sum()


@pytest.mark.parametrize("by", WAYS)
def test_tensors_are_explained(by: str) -> None:
    w, root = array_loss()
    root.backward()
    found = explain(root, w, by)
    assert found.is_right
    np.testing.assert_allclose(found.total, w.grad, rtol=1e-12)
    one = explain(root, w, by, entry=(1, 0))
    assert one.node == "W[1, 0]"
    assert one.gradient == pytest.approx(w.grad[1, 0])
    assert one.total == pytest.approx(w.grad[1, 0])


def test_a_long_path_is_told_by_its_ends() -> None:
    y = x = Value(0.5, label="x")
    for _ in range(1000):
        y = y.sin() * 1.0
    [term] = explain(y, x).terms
    names = re.findall(r"[a-z]+#?\d*", term.title)
    assert (names[:2], names[-1], "…" in term.title) == (["x", "sin#2"], "out", True)
    assert (len(term.factors), term.untold) == (200, 800)
    assert [number for _, number in term.factors[:2]] == [math.cos(0.5), math.cos(math.sin(0.5))]
    assert term.factors[-1][1] == math.cos(y.inputs[0].inputs[0].data)
    found = explain(y, x)
    assert r"\text{1000 factors}" in found.latex
    assert max(map(len, repr(found).splitlines())) <= 100
    assert found.markdown.count("cos") == 200


def test_a_long_chain_of_arrays_is_one_path() -> None:
    y = x = Tensor([0.5, -0.5], label="x")
    for _ in range(5000):
        y = y.sin()
    [term] = explain(y.sum(), x).terms
    assert (len(term.factors), term.untold) == (200, 4800)


def test_long_paths_of_arrays_are_told_by_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    y = x = Tensor([1.0, 2.0], label="x")
    for _ in range(5):
        y = y * 0.3 + y * 0.2
    assert explain(y.sum(), x).by == "path"
    monkeypatch.setattr("micrograd_plus.array_paths._MOST_STEPS", 500)
    found = explain(y.sum(), x)
    assert found.by == "reader"
    assert found.head.endswith("(32 paths are too many to be listed)")
    with pytest.raises(ValueError, match="the node has 32 long paths, too many to be listed"):
        explain(y.sum(), x, "layer")


def test_too_many_paths_of_arrays_are_told_by_reader() -> None:
    x = Tensor([1.0, 2.0], label="x")
    y = x
    for _ in range(12):
        y = y * 0.3 + y * 0.2
    found = explain(y.sum(), x)
    assert found.by == "reader"
    assert found.head.endswith(f"the sum of 2 parts, by reader ({2**12:,} paths are too many to be listed)")
    assert found.is_right


def test_no_node_is_changed() -> None:
    model, root = two_samples()
    root.backward()
    before = [node.grad for node in graph(root)]
    explain(root, model.parameters()[0])
    assert [node.grad for node in graph(root)] == before


def test_mistakes_are_said() -> None:
    x = Value(1.0, label="x")
    y = x * 2
    with pytest.raises(ValueError, match="not in this graph"):
        explain(y, Value(1.0))
    with pytest.raises(ValueError, match=r"one of path, layer.* got 'layers'; did you mean 'layer'"):
        explain(y, x, "layers")
    with pytest.raises(TypeError, match="wanted Values or Tensors to explain, got str: 'x'"):
        explain(y, "x")
    with pytest.raises(TypeError, match="no entry"):
        explain(y, x, entry=(0,))
    with pytest.raises(ValueError, match="one number"):
        explain(Tensor([1.0, 2.0]) * 2.0, Tensor([1.0]))
    x.data = 3.0
    with pytest.raises(RuntimeError, match="refresh"):
        explain(y, x)


@pytest.mark.parametrize("by", WAYS)
@pytest.mark.parametrize(("sign", "gradient"), [(1.0, math.inf), (-1.0, 0.0)])
def test_shares_that_add_up_to_more_than_the_largest_float(by: str, sign: float, gradient: float) -> None:
    a, b, x = Value(1e308), Value(sign * 1e308), Value(1.0, label="x")
    values = explain(a * x + b * x, x, by)
    X = Tensor(np.full(2, 0.125), label="X")
    arrays = explain((X * np.full(2, 1e308) + X * np.full(2, sign * 1e308)).sum(), X, by, entry=(0,))
    assert values.gradient == values.total == gradient
    assert values.is_right
    assert arrays.is_right
    if len(values.terms) == 2:
        assert "0 %" not in str(values)


def test_labels_and_symbols_that_nobody_sees_do_no_harm() -> None:
    x = Value(2.0, label="\n")
    root = Value(3.0, (x * x,), "\ud800") * x
    told = "\n".join(str(explain(root, node, by)) for node in graph(root) for by in WAYS)
    assert "the sum of 3 paths; 2 are cut off by  \n" in told
    assert told.replace("\n", "").isprintable()
