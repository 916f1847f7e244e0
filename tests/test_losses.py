"""Losses: the same on Values and on Tensors, equal to their definitions, stable, strict about shapes."""

import math
from typing import Any

import numpy as np
import pytest

from micrograd_plus import Tensor, Value
from micrograd_plus.engine import operations
from micrograd_plus.losses import binary_cross_entropy_with_logits, cross_entropy, hinge, mse
from micrograd_plus.nested import leaves
from tests.loss_cases import as_values

RNG = np.random.default_rng(0)
SCORES = RNG.normal(scale=3.0, size=7)
LOGITS = RNG.normal(scale=3.0, size=(7, 4))
CASES: dict[str, tuple[Any, np.ndarray, np.ndarray]] = {
    "mse": (mse, SCORES, RNG.normal(size=7)),
    "mse of rows": (mse, LOGITS, RNG.normal(size=(7, 4))),
    "hinge": (hinge, SCORES, np.array([1, -1, 1, 1, -1, -1, 1])),
    "hinge of rows": (hinge, LOGITS, np.where(LOGITS > 1, -1.0, 1.0)),
    "bce": (binary_cross_entropy_with_logits, SCORES, np.array([0, 1, 1, 0, 1, 0, 0])),
    "bce of probabilities": (binary_cross_entropy_with_logits, SCORES, RNG.uniform(size=7)),
    "cross entropy": (cross_entropy, LOGITS, np.array([0, 3, 2, 1, 1, 0, 2])),
    "cross entropy of one-hot rows": (cross_entropy, LOGITS, np.eye(4)[[0, 3, 2, 1, 1, 0, 2]]),
    "cross entropy of probabilities": (cross_entropy, LOGITS, RNG.dirichlet(np.ones(4), size=7)),
}


@pytest.mark.parametrize("case", CASES)
def test_values_and_tensors_agree(case: str) -> None:
    loss, outputs, targets = CASES[case]
    values, tensor = as_values(outputs), Tensor(outputs)
    of_values, of_tensor = loss(values, targets), loss(tensor, targets)
    of_values.backward()
    of_tensor.backward()
    assert isinstance(of_values, Value)
    assert of_tensor.shape == ()
    assert abs(of_values.data - of_tensor.item()) < 1e-12
    gradients = np.reshape([value.grad for value in leaves(values)], outputs.shape)
    np.testing.assert_allclose(gradients, tensor.grad, rtol=0, atol=1e-12)


@pytest.mark.parametrize("case", [case for case in CASES if case != "cross entropy"])
def test_targets_may_be_nodes_that_change(case: str) -> None:
    loss, outputs, targets = CASES[case]
    values, tensor = as_values(outputs), Tensor(outputs)
    nodes, array = as_values(targets), Tensor(targets)
    of_values, of_tensor = loss(values, nodes), loss(tensor, array)
    assert of_values.data == loss(values, targets).data
    assert of_tensor.item() == loss(tensor, targets).item()
    other = targets[::-1].copy()
    for node, number in zip(leaves(nodes), other.ravel(), strict=True):
        node.data = number
    array.data = other
    assert of_values.refresh().data == loss(values, other).data
    assert of_tensor.refresh().item() == loss(tensor, other).item()


def test_targets_may_mix_numbers_and_values() -> None:
    loss = mse(as_values([1.0, 5.0]), [Value(0.0), 2])
    assert loss.data == 5.0


def test_one_hot_rows_are_classes() -> None:
    classes = [0, 3, 2, 1, 1, 0, 2]
    of_classes = cross_entropy(Tensor(LOGITS), classes).item()
    for rows in (np.eye(4)[classes], np.eye(4, dtype=int)[classes], np.eye(4)[classes].tolist()):
        assert cross_entropy(Tensor(LOGITS), rows).item() == pytest.approx(of_classes, abs=1e-14)
        assert cross_entropy(as_values(LOGITS), rows).data == pytest.approx(of_classes, abs=1e-14)


def test_the_range_of_nodes_is_not_checked() -> None:
    assert hinge([Value(0.5)], [Value(3.0)]).data == 0.0
    assert binary_cross_entropy_with_logits(Tensor([0.0]), Tensor([2.0])).item() == pytest.approx(math.log(2.0))


def test_hinge_is_the_mean_distance_to_the_margin() -> None:
    _, outputs, targets = CASES["hinge"]
    wanted = np.mean([max(0.0, 1.0 - sign * score) for score, sign in zip(outputs, targets, strict=True)])
    assert hinge(Tensor(outputs), targets).item() == pytest.approx(wanted, abs=1e-15)


def test_cross_entropy_of_two_outputs_is_binary_cross_entropy_of_their_difference() -> None:
    logits, classes = LOGITS[:, :2], np.array([0, 1, 1, 0, 1, 0, 0])
    binary = binary_cross_entropy_with_logits(Tensor(logits[:, 1] - logits[:, 0]), classes)
    assert cross_entropy(Tensor(logits), classes).item() == pytest.approx(binary.item(), abs=1e-14)


@pytest.mark.parametrize("size", [1000.0, 1e6])
def test_large_outputs_overflow_nowhere(size: float) -> None:
    for outputs in (as_values([size, -size]), Tensor([size, -size])):
        assert float(binary_cross_entropy_with_logits(outputs, [1, 0])) == 0.0
        assert float(binary_cross_entropy_with_logits(outputs, [0, 1])) == size
    for outputs in (as_values([[size, 0.0], [-size, 0.0]]), Tensor([[size, 0.0], [-size, 0.0]])):
        loss = cross_entropy(outputs, [0, 0])
        loss.backward()
        assert float(loss) == size / 2
        gradients = [v.grad for v in leaves(outputs)] if isinstance(outputs, list) else outputs.grad.ravel()
        np.testing.assert_allclose(gradients, [0.0, 0.0, -0.5, 0.5], rtol=0, atol=1e-15)


def test_the_largest_logit_may_change_before_refresh() -> None:
    values = as_values([[3.0, 1.0]])
    loss = cross_entropy(values, [0])
    values[0][1].data = 2000.0
    assert loss.refresh().data == 1997.0


def test_the_graph_of_one_sample_holds_nothing_but_the_formula() -> None:
    loss = hinge([Value(0.5)], [1.0])
    assert [node.symbol for node in operations(loss)] == ["*", "-", "relu"]


def test_outputs_of_float32_give_a_loss_of_float32() -> None:
    outputs = Tensor(SCORES.astype(np.float32))
    assert mse(outputs, [0.0] * 7).dtype == np.float32


def test_targets_may_be_lists_and_arrays_of_any_numbers() -> None:
    outputs = Tensor(SCORES)
    wanted = hinge(outputs, [1, -1, 1, 1, -1, -1, 1]).item()
    for dtype in (np.int8, np.int64, np.float32):
        assert hinge(outputs, np.array([1, -1, 1, 1, -1, -1, 1], dtype)).item() == wanted


@pytest.mark.parametrize(
    ("compute", "error", "message"),
    [
        (lambda: mse(Tensor([1.0, 2.0]), [1.0]), ValueError, r"differ in shape: \(2,\) and \(1,\)"),
        (lambda: mse(Tensor([[1.0], [2.0]]), [1.0, 2.0]), ValueError, r"differ in shape: \(2, 1\) and \(2,\)"),
        (lambda: mse(as_values([1.0, 2.0]), [1.0]), ValueError, r"differ in shape: \(2,\) and \(1,\)"),
        (lambda: mse(as_values([[1.0], [2.0]]), [1.0, 2.0]), ValueError, r"differ in shape: \(2, 1\) and \(2,\)"),
        (lambda: mse([as_values([1.0, 2.0]), as_values([1.0])], [1.0]), ValueError, r"rows of one length.*\[2, 1\]"),
        (lambda: mse([Value(1.0), [Value(1.0)]], [1.0, 1.0]), ValueError, r"rows of one length.*\[1\] in 2 rows"),
        (lambda: mse(Value(1.0), 1.0), TypeError, "wanted outputs as a Tensor, a list of Values"),
        (lambda: mse([], []), ValueError, r"at least one output, got shape \(0,\)"),
        (lambda: mse(Tensor(np.zeros(0)), []), ValueError, r"at least one output, got shape \(0,\)"),
        (lambda: mse(Tensor([1.0]), ["a"]), TypeError, "wanted targets as numbers, got list: .'a'."),
        (lambda: hinge(Tensor([1.0, 2.0]), [0, 1]), ValueError, r"hinge wants targets -1 and 1, got list: \[0, 1\]"),
        (lambda: binary_cross_entropy_with_logits(Tensor([1.0]), [-1]), ValueError, "wants targets from 0 to 1"),
        (lambda: binary_cross_entropy_with_logits(Tensor([1.0]), [math.nan]), ValueError, "wants targets from 0 to 1"),
        (lambda: cross_entropy(Tensor([1.0, 2.0]), [0, 1]), ValueError, r"outputs \(n, k\).*got \(2,\) and \(2,\)"),
        (lambda: cross_entropy(Tensor([[1.0, 2.0]]), [0, 1]), ValueError, r"classes \(n,\), got \(1, 2\) and \(2,\)"),
        (lambda: cross_entropy(Tensor([[1.0, 2.0]]), [0.0]), TypeError, "wants classes as integers"),
        (
            lambda: cross_entropy(Tensor([[1.0, 2.0]]), [2]),
            ValueError,
            r"of 2 outputs wants classes 0 to 1, got.*\[2\]",
        ),
        (lambda: cross_entropy(as_values([[1.0, 2.0]]), [-1]), ValueError, "of 2 outputs wants classes 0 to 1"),
        (lambda: cross_entropy(Tensor([[1.0, 2.0]]), [[0.5, 0.4]]), ValueError, "rows of probabilities that sum to 1"),
        (lambda: cross_entropy(Tensor([[1.0, 2.0]]), [[1.5, -0.5]]), ValueError, "rows of probabilities that sum to 1"),
        (lambda: cross_entropy(Tensor([[1.0, 2.0]]), [[math.nan, 1.0]]), ValueError, "rows of probabilities that sum"),
        (lambda: cross_entropy(Tensor([[1.0, 2.0]]), [[1.0]]), ValueError, r"got \(1, 2\) and \(1, 1\)"),
        (lambda: cross_entropy(Tensor([[1.0, 2.0]]), Tensor([1.0])), TypeError, "wants classes as integers"),
        (lambda: cross_entropy(as_values([[1.0, 2.0]]), [Value(1.0)]), TypeError, "wants classes as integers"),
        (lambda: mse(as_values([1.0]), Tensor([1.0])), TypeError, "as the outputs are Values: got a Tensor"),
        (lambda: mse(Tensor([1.0]), [Value(1.0)]), TypeError, "as the outputs are a Tensor: got Values"),
        (lambda: mse(as_values([1.0, 2.0]), [[Value(1.0)], "a"]), TypeError, "numbers or Values in rows of one length"),
    ],
)
def test_wrong_input_is_answered_in_one_line(compute: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message) as caught:
        compute()
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("case", CASES)
def test_weighted_samples_count_as_often_as_they_weigh(case: str) -> None:
    loss, outputs, targets = CASES[case]
    counts = np.array([1, 0, 3, 1, 2, 0, 1])
    weighted = loss(Tensor(outputs), targets, sample_weight=counts)
    repeated = loss(Tensor(np.repeat(outputs, counts, axis=0)), np.repeat(targets, counts, axis=0))
    assert weighted.item() == pytest.approx(repeated.item() * counts.sum() / len(counts), abs=1e-13)
    values = loss(as_values(outputs), targets, sample_weight=counts)
    nodes = loss(as_values(outputs), targets, sample_weight=[Value(count) for count in counts.tolist()])
    assert values.data == pytest.approx(weighted.item(), abs=1e-13)
    assert nodes.data == values.data


def test_weights_of_another_shape_are_refused() -> None:
    with pytest.raises(ValueError, match=r"wanted a weight for each of 2 samples, got shape \(3,\)"):
        mse(Tensor([1.0, 2.0]), [0.0, 0.0], sample_weight=[1.0, 1.0, 1.0])
    with pytest.raises(ValueError, match=r"wanted a weight for each of 2 samples, got shape \(1,\)"):
        hinge(as_values([1.0, 2.0]), [1.0, 1.0], sample_weight=[1.0])
