"""Every loss, option, reduction and shape is PyTorch's, with gradients and second derivatives."""

import itertools
from typing import Any

import numpy as np
import pytest

from micrograd_plus import Tensor, gradient, losses
from tests.loss_cases import CASES, IGNORING, Case, sample_weight_of

NAMES = {"mse": "mse_loss", "mae": "l1_loss", "huber": "huber_loss", "smooth_l1": "smooth_l1_loss", "nll": "nll_loss"}


def theirs(torch: Any, case: Case, x: Any, reduction: str) -> Any:
    """Return PyTorch's loss; the hinge loss, which it does not have, by its definition."""
    targets = torch.tensor(case.targets)
    if case.loss is losses.hinge:
        terms = torch.relu(1.0 - targets * x)
        return terms if reduction == "none" else getattr(terms, reduction)()
    name = NAMES.get(case.loss.__name__, case.loss.__name__)
    tensors = ("weight", "pos_weight")
    options = {k: torch.tensor(v) if k in tensors and v is not None else v for k, v in case.options.items()}
    return getattr(torch.nn.functional, name)(x, targets, **options, reduction=reduction)


def weighted(torch: Any, case: Case, x: Any, reduction: str, weights: Any) -> Any:
    """Return PyTorch's loss with weights of samples: a mean is divided by what it is divided by without them."""
    terms = theirs(torch, case, x, "none")
    terms_with = terms * torch.tensor(weights).reshape(weights.shape + (1,) * (terms.ndim - weights.ndim))
    if reduction == "none":
        return terms_with
    divisor = terms.numel()
    if case.has_labels:
        counted = case.targets[case.targets != case.options.get("ignore_index", -100)]
        of_classes = case.options.get("weight")
        divisor = counted.size if of_classes is None else of_classes[counted].sum()
    return terms_with.sum() / divisor if reduction == "mean" else terms_with.sum()


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:reduction. 'mean' divides:UserWarning")  # of kl_div: it is what is compared
def test_values_gradients_and_second_derivatives_are_those_of_torch() -> None:
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(2)
    for case, reduction, has_weights in itertools.product([*CASES, *IGNORING], ("mean", "sum", "none"), (False, True)):
        name = f"{case.name}, reduction={reduction}, {'with' if has_weights else 'without'} weights of samples"
        x, tensor = torch.tensor(case.outputs, requires_grad=True), Tensor(case.outputs)
        if has_weights:
            weights = sample_weight_of(case)
            wanted = weighted(torch, case, x, reduction, weights)
            found = case(tensor, reduction=reduction, sample_weight=weights)
        else:
            wanted = theirs(torch, case, x, reduction)
            found = case(tensor, reduction=reduction)
        assert found.shape == wanted.shape, name
        np.testing.assert_allclose(found.data, wanted.detach(), rtol=1e-12, atol=1e-12, err_msg=name)
        upstream, along = rng.normal(size=found.shape), rng.normal(size=case.outputs.shape)
        (slope,) = torch.autograd.grad((wanted * torch.tensor(upstream)).sum(), x, create_graph=True)
        (ours,) = gradient((found * upstream).sum(), [tensor])
        np.testing.assert_allclose(ours.data, slope.detach(), rtol=1e-10, atol=1e-10, err_msg=name)
        bend = np.zeros_like(case.outputs)
        if slope.requires_grad:
            product = (slope * torch.tensor(along)).sum()
            bend = torch.autograd.grad(product, x, materialize_grads=True)[0].numpy(force=True)
        (second,) = gradient((ours * along).sum(), [tensor])
        np.testing.assert_allclose(second.data, bend, rtol=1e-10, atol=1e-10, err_msg=f"second order of {name}")


@pytest.mark.slow
def test_the_clamped_logarithm_and_the_batchmean_are_those_of_torch() -> None:
    functional = pytest.importorskip("torch.nn.functional")
    torch = pytest.importorskip("torch")
    for dtype in (np.float32, np.float64):
        outputs, targets = np.array([0.0, 1.0, 0.0, 1.0, 1e-40, 0.5], dtype), np.array([1, 0, 0, 1, 1, 0.3], dtype)
        found = losses.binary_cross_entropy(Tensor(outputs), targets, reduction="none")
        wanted = functional.binary_cross_entropy(torch.tensor(outputs), torch.tensor(targets), reduction="none")
        np.testing.assert_allclose(found.data, wanted, rtol=4 * np.finfo(dtype).eps, atol=0)
    for case in CASES:
        if case.loss is losses.kl_div and case.outputs.ndim:
            theirs = functional.kl_div(torch.tensor(case.outputs), torch.tensor(case.targets), reduction="batchmean")
            ours = losses.kl_div(Tensor(case.outputs), case.targets, reduction="batchmean")
            np.testing.assert_allclose(ours.data, theirs, rtol=1e-12, atol=1e-12, err_msg=case.name)
