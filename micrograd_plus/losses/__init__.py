"""Losses: how far outputs are from targets, as a node to call `backward()` on.

Outputs are a Tensor, or Values in a list (one per sample) or in a list of lists (one row per sample); targets are
numbers in the same shape, or nodes of the same kind, which stay in the graph: the range of nodes is not checked, as
their data may change.

`reduction` is "mean" over all elements, which is over the samples where each has one loss, "sum", or "none": what each
element or sample loses, a Tensor, or Values in lists as the outputs stand in. `sample_weight`, numbers from 0 up or
nodes of shape (n,), multiplies what each sample loses; a mean is still divided by what it is divided by without.

Raises `ValueError` where shapes differ, with both, for a reduction that there is not, and where there are no outputs:
PyTorch gives nan for the mean of no samples. Names that differ in PyTorch, such as `mse_loss`, are here too.
"""

from micrograd_plus.losses.binary import binary_cross_entropy, binary_cross_entropy_with_logits, hinge
from micrograd_plus.losses.classes import checked_classes, cross_entropy, nll
from micrograd_plus.losses.divergence import kl_div
from micrograd_plus.losses.regression import huber, mae, mse, smooth_l1

mse_loss, l1_loss, huber_loss, smooth_l1_loss, nll_loss = mse, mae, huber, smooth_l1, nll

__all__ = [
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "checked_classes",
    "cross_entropy",
    "hinge",
    "huber",
    "huber_loss",
    "kl_div",
    "l1_loss",
    "mae",
    "mse",
    "mse_loss",
    "nll",
    "nll_loss",
    "smooth_l1",
    "smooth_l1_loss",
]
