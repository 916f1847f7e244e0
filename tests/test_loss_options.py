"""Every loss with every option: Values and Tensors agree, graphs and programs; what cannot be is refused."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from micrograd_plus import Tensor, Value, check_gradients, gradient, losses
from micrograd_plus.compiler.compilation import compile
from micrograd_plus.losses.reduction import REDUCTIONS
from micrograd_plus.nested import leaves
from tests.loss_cases import CASES, DEFINITIONS, IGNORING, Case, as_values, sample_weight_of
from tests.weights import uneven

IN_LISTS = [case for case in [*CASES, *IGNORING] if case.outputs.ndim in (1, 2)]
FEW = [case for case in CASES if case.outputs.shape in ((3, 4), (3, 4, 2), ())]


def test_every_loss_is_what_its_definition_says() -> None:
    assert {getattr(losses, name) for name in losses.__all__} == {*DEFINITIONS, losses.checked_classes}
    for case in CASES:
        rows = case.one_hot() if case.has_labels else case.targets
        wanted = DEFINITIONS[case.loss](case.outputs, rows, **case.options)
        found = case(Tensor(case.outputs), reduction="none").data
        np.testing.assert_allclose(found, wanted, rtol=1e-12, atol=1e-12, err_msg=case.name)


def test_values_and_tensors_agree_with_each_reduction() -> None:
    for case in IN_LISTS:
        weights = sample_weight_of(case)
        values, tensor = as_values(case.outputs), Tensor(case.outputs)
        for reduction in REDUCTIONS:
            name = f"{case.name}, reduction={reduction}"
            of_values = case(values, reduction=reduction, sample_weight=weights)
            of_tensor = case(tensor, reduction=reduction, sample_weight=weights)
            terms = of_values if reduction == "none" else [of_values]
            upstream = uneven(of_tensor.shape)
            data = [[value.data for value in row] if isinstance(row, list) else row.data for row in terms]
            data = data if reduction == "none" else data[0]
            assert np.shape(data) == of_tensor.shape, name
            np.testing.assert_allclose(data, of_tensor.data, rtol=1e-12, atol=1e-12, err_msg=name)
            seeds = upstream.ravel().tolist()
            total = sum([term * seed for term, seed in zip(leaves(terms), seeds, strict=True)], Value(0.0))
            found = [node.data for node in gradient(total, leaves(values))]
            (wanted,) = gradient((of_tensor * upstream).sum(), [tensor])
            np.testing.assert_allclose(found, wanted.data.ravel(), rtol=1e-12, atol=1e-12, err_msg=name)


def test_ignored_targets_lose_nothing_and_the_mean_is_that_of_the_others() -> None:
    for case in IGNORING:
        counts = case.targets != case.options.get("ignore_index", -100)
        alike = case.given(Tensor(case.outputs), np.where(counts, case.targets, 0), reduction="none")
        terms = case(Tensor(case.outputs), reduction="none")
        np.testing.assert_array_equal(terms.data, np.where(counts, alike.data, 0.0), err_msg=case.name)
        weight = case.options.get("weight")
        divisor = counts.sum() if weight is None else weight[case.targets[counts]].sum()
        mean = case(Tensor(case.outputs)).item()
        assert mean == pytest.approx(terms.data.sum() / divisor, rel=1e-13), case.name


def test_what_is_ignored_may_be_infinite() -> None:
    outputs = np.array([[-np.inf, 0.0], [0.0, 0.0]])
    for loss in (losses.cross_entropy, losses.nll):
        tensor, values = Tensor(outputs), as_values(outputs)
        assert loss(tensor, [-100, 1]).item() == loss(values, [-100, 1]).data == loss(tensor[1:], [1]).item()


def test_sum_and_mean_are_those_of_the_terms() -> None:
    for case in CASES:
        terms, total, mean = (case(Tensor(case.outputs), reduction=kind).data for kind in ("none", "sum", "mean"))
        np.testing.assert_allclose(total, terms.sum(), rtol=1e-13, atol=1e-13, err_msg=case.name)
        weight = case.options.get("weight") if case.has_labels else None
        divisor = terms.size if weight is None else weight[case.targets].sum()
        np.testing.assert_allclose(mean, terms.sum() / divisor, rtol=1e-13, atol=1e-13, err_msg=case.name)


def test_gradients_to_second_order_are_what_differences_say() -> None:
    for case in FEW:
        upstream = uneven(case(Tensor(case.outputs), reduction="none").shape)
        check_gradients(lambda x, case=case, up=upstream: (case(x, reduction="none") * up).sum(), case.outputs)


def test_the_second_derivative_at_no_error_is_that_of_the_square() -> None:
    for loss, wanted in [(losses.huber, 1.0), (lambda x, y: losses.smooth_l1(x, y, beta=0.5), 2.0)]:
        value, tensor = Value(3.0), Tensor([3.0])
        (slope,) = gradient(loss([value], [3.0]), [value])
        assert (slope.data, gradient(slope, [value])[0].data) == (0.0, wanted)
        (slope,) = gradient(loss(tensor, [3.0]), [tensor])
        assert (slope.item(), gradient(slope, [tensor])[0].item()) == (0.0, wanted)


def test_float32_stays_float32_in_gradients_too() -> None:
    for case in [*CASES, *IGNORING]:
        tensor = Tensor(case.outputs.astype(np.float32))
        for reduction in REDUCTIONS:
            loss = case(tensor, reduction=reduction, sample_weight=sample_weight_of(case))
            (slope,) = gradient(loss.sum(), [tensor])
            (bend,) = gradient((slope * slope).sum(), [tensor])
            assert {loss.dtype, slope.dtype, bend.dtype} == {np.dtype(np.float32)}, f"{case.name}, {reduction}"


def compared(program: Any, wanted: Tensor, leaf: Tensor, name: str, *inputs: Any) -> None:
    """Assert that a program gives the loss and the gradient of a graph."""
    np.testing.assert_allclose(program(*inputs), wanted.item(), rtol=1e-12, atol=1e-13, err_msg=name)
    (slope,) = gradient(wanted, [leaf])
    np.testing.assert_allclose(leaf.grad, slope.data, rtol=1e-12, atol=1e-13, err_msg=name)


def test_programs_give_what_graphs_do() -> None:
    for case in [case for case in FEW if case.outputs.ndim]:
        x, weights = Tensor(case.outputs), sample_weight_of(case)
        if case.has_labels:
            wanted = case(x, sample_weight=weights)
            compared(compile(lambda w, x=x, c=case: c(x, sample_weight=w), weights), wanted, x, case.name, weights)
        rows = case.one_hot() if case.has_labels else case.targets
        program = compile(lambda t, w, x=x, c=case: c.given(x, t, sample_weight=w), np.flip(rows).copy(), weights)
        compared(program, case.given(x, rows, sample_weight=weights), x, case.name, rows, weights)


def test_programs_of_values_give_what_graphs_do() -> None:
    for case in CASES:
        if case.outputs.shape not in ((1,), (1, 3)) or case.has_labels:
            continue
        x = as_values(case.outputs)
        program = compile(lambda t, x=x, c=case: c.given(x, t), case.targets.tolist())
        loss = case(x)
        assert program(case.targets.tolist()) == pytest.approx(loss.data, rel=1e-12), case.name
        found = [value.grad for value in leaves(x)]
        slopes = [node.data for node in gradient(loss, leaves(x))]
        np.testing.assert_allclose(found, slopes, rtol=1e-12, atol=1e-13, err_msg=case.name)


def test_probabilities_of_0_and_1_lose_at_most_100_without_a_warning() -> None:
    for outputs in (Tensor([0.0, 1.0, 0.0, 1.0]), Tensor([0, 1, 0, 1], dtype=np.float32)):
        terms = losses.binary_cross_entropy(outputs, [1, 0, 0, 1], reduction="none")
        assert terms.data.tolist() == [100.0, 100.0, 0.0, 0.0]
        assert np.isfinite(gradient(terms.sum(), [outputs])[0].data).all()
    terms = losses.binary_cross_entropy(as_values([0.0, 1.0]), [1, 0], reduction="none")
    assert [term.data for term in terms] == [100.0, 100.0]


def test_a_target_of_0_adds_nothing_to_the_divergence_and_has_a_slope() -> None:
    targets = Tensor([[0.0, 1.0]])
    loss = losses.kl_div(Tensor(np.log([[0.25, 0.75]])), targets, reduction="batchmean")
    assert loss.item() == pytest.approx(-np.log(0.75), abs=1e-15)
    assert np.isfinite(gradient(loss, [targets])[0].data).all()


def test_names_of_other_frameworks_are_the_same_functions() -> None:
    pairs = {"mse_loss": "mse", "l1_loss": "mae", "huber_loss": "huber", "smooth_l1_loss": "smooth_l1"}
    for other, name in {**pairs, "nll_loss": "nll"}.items():
        assert getattr(losses, other) is getattr(losses, name)


X = Tensor([[0.1, 0.2], [0.3, 0.4]])
Refused = tuple[Callable[[], Any], type[Exception], str]
REFUSED: list[Refused] = [
    (
        lambda: losses.mse(X, X.data, reduction="maen"),
        ValueError,
        "unknown reduction 'maen': want mean, sum, none; did you mean 'mean'?",
    ),
    (lambda: losses.nll(X, [0, 1], reduction="batchmean"), ValueError, "unknown reduction 'batchmean'"),
    (lambda: losses.kl_div(X, X.data, reduction="batchmen"), ValueError, "did you mean 'batchmean'?"),
    (lambda: losses.kl_div(Tensor(0.0), 0.0, reduction="batchmean"), ValueError, "wants an axis of samples"),
    (lambda: losses.mae(X, X.data, reduction=None), TypeError, "wanted reduction as one of mean, sum, none, got None"),
    (lambda: losses.huber(X, X.data, delta=0), ValueError, "delta is a finite number above 0, not 0"),
    (lambda: losses.smooth_l1(X, X.data, beta=-1.0), ValueError, "beta is a finite number of at least 0, not -1.0"),
    (lambda: losses.mae(X, [[1.0, 2.0]]), ValueError, "differ in shape: (2, 2) and (1, 2)"),
    (lambda: losses.mae(X, ["a", "b"]), TypeError, "wanted targets as numbers, got list: ['a', 'b']"),
    (lambda: losses.mae(X, np.ones((2, 2), complex)), TypeError, "wanted targets as numbers, got an array"),
    (lambda: losses.mae(Tensor([1.0]), [Tensor(1.0)]), TypeError, "got Values or Tensors in a list"),
    (lambda: losses.mae(as_values([1.0]), [Tensor(1.0)]), TypeError, "numbers or Values in rows of one length"),
    (lambda: losses.mae([Tensor(1.0)], [1.0]), TypeError, "wanted Values in a list or a list of lists as outputs"),
    (lambda: losses.mae([as_values([[1.0]])], [[[1.0]]]), TypeError, "wanted Values in a list or a list of lists"),
    (lambda: losses.mae(np.ones(2), [1.0, 1.0]), TypeError, "wanted outputs as a Tensor"),
    (lambda: losses.mae(Tensor(np.ones((2, 0))), np.ones((2, 0)), reduction="sum"), ValueError, "at least one output"),
    (
        lambda: losses.mse(X, X.data, [1.0, -1.0]),
        ValueError,
        "wanted sample_weight as finite numbers of at least 0, got an array: array([ 1., -1.])",
    ),
    (lambda: losses.mse(X, X.data, [1.0, np.nan]), ValueError, "wanted sample_weight as finite numbers"),
    (lambda: losses.mse(X, X.data, "sum"), TypeError, "wanted sample_weight as numbers, got str: 'sum'"),
    (lambda: losses.mse(Tensor(1.0), 1.0, [1.0]), ValueError, "a weight for each of 1 samples, got shape (1,)"),
    (
        lambda: losses.binary_cross_entropy(Tensor([-1.0, 3.0]), [0, 1]),
        ValueError,
        "wants outputs from 0 to 1, got -1 to 3: use binary_cross_entropy_with_logits for logits",
    ),
    (lambda: losses.binary_cross_entropy(as_values([[1.5]]), [[1.0]]), ValueError, "wants outputs from 0 to 1"),
    (lambda: losses.binary_cross_entropy(X, X.data + 1.0), ValueError, "wants targets from 0 to 1"),
    (lambda: losses.kl_div(X, X.data - 1.0), ValueError, "kl_div wants targets from 0 to 1"),
    (
        lambda: losses.binary_cross_entropy_with_logits(X, X.data, pos_weight=[1.0, 2.0, 3.0]),
        ValueError,
        "wanted pos_weight in a shape that broadcasts to the outputs' (2, 2), got (3,)",
    ),
    (
        lambda: losses.binary_cross_entropy_with_logits(X, X.data, pos_weight=np.ones((1, 2, 2))),
        ValueError,
        "broadcasts to the outputs' (2, 2), got (1, 2, 2)",
    ),
    (lambda: losses.binary_cross_entropy_with_logits(X, X.data, pos_weight=-1.0), ValueError, "wanted pos_weight as"),
    (
        lambda: losses.binary_cross_entropy_with_logits(X, X.data, pos_weight=Tensor(1.0)),
        TypeError,
        "wanted pos_weight as numbers, got Tensor",
    ),
    (
        lambda: losses.cross_entropy(X, [0, 1], weight=[1.0]),
        ValueError,
        "wanted a weight for each of 2 classes, got shape (1,)",
    ),
    (lambda: losses.cross_entropy(X, [0, 1], weight=[1.0, -1.0]), ValueError, "wanted weight as finite numbers"),
    (lambda: losses.cross_entropy(X, [0, 1], weight=as_values([1.0, 1.0])), TypeError, "wanted weight as numbers"),
    (
        lambda: losses.cross_entropy(X, [1, 1], weight=[1.0, 0.0]),
        ValueError,
        "the mean of cross_entropy wants some target with a weight above 0, got list: [1.0, 0.0]",
    ),
    (
        lambda: losses.cross_entropy(X, [0, 1], label_smoothing=1.5),
        ValueError,
        "label_smoothing is a number from 0 to 1, not 1.5",
    ),
    (lambda: losses.cross_entropy(X, [0, 1], label_smoothing=-0.1), ValueError, "label_smoothing is a finite number"),
    (
        lambda: losses.cross_entropy(X, [-100, -100]),
        ValueError,
        "the mean of cross_entropy wants some target with a weight above 0, got ignore_index=-100",
    ),
    (lambda: losses.cross_entropy(X, [0, 1], ignore_index=0.5), TypeError, "ignore_index is an integer, not float"),
    (lambda: losses.cross_entropy(X, np.eye(2), ignore_index=1), ValueError, "not for probabilities: got 1"),
    (lambda: losses.cross_entropy(X, [-1, 1]), ValueError, "wants classes 0 to 1, got"),
    (lambda: losses.nll(X, [0, 2]), ValueError, "nll of 2 outputs wants classes 0 to 1, got"),
    (lambda: losses.nll(X, [0.0, 1.0]), TypeError, "nll wants classes as integers"),
    (lambda: losses.nll(X, Tensor([0.0, 1.0])), TypeError, "or, of nodes, rows with 1 for the class"),
    (
        lambda: losses.nll(X, [0, 1, 1]),
        ValueError,
        "nll wants outputs (n, k) and probabilities (n, k) or classes (n,), got (2, 2) and (3,)",
    ),
    (lambda: losses.cross_entropy(Tensor(np.ones((2, 3, 4))), [0, 1]), ValueError, "got (2, 3, 4) and (2,)"),
]


def test_what_cannot_be_is_answered_in_one_line() -> None:
    for compute, error, message in REFUSED:
        with pytest.raises(error) as caught:
            compute()
        assert message in str(caught.value)
        assert "\n" not in str(caught.value)


def test_targets_that_weigh_nothing_lose_nothing() -> None:
    assert losses.cross_entropy(X, [1, 1], weight=[1.0, 0.0], reduction="sum").item() == 0.0
    assert losses.nll(X, [1, 0], weight=[1.0, 0.0], reduction="none").data.tolist() == [0.0, -X.data[1, 0]]


def test_the_weights_of_probabilities_that_are_nodes_may_change() -> None:
    case = Case("", losses.cross_entropy, X.data, np.eye(2), {"weight": [1.0, 3.0], "label_smoothing": 0.1})
    wanted = pytest.approx(case.given(X, np.eye(2)[::-1]).item(), abs=1e-15)
    array, rows = Tensor(np.eye(2)), as_values(np.eye(2))
    of_tensor, of_values = case.given(X, array), case.given(as_values(X.data), rows)
    array.data = np.eye(2)[::-1]
    for node, number in zip(leaves(rows), [0.0, 1.0, 1.0, 0.0], strict=True):
        node.data = number
    assert of_tensor.refresh().item() == wanted
    assert of_values.refresh().data == wanted
