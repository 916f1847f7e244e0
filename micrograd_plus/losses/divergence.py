"""How far one distribution is from another."""

from __future__ import annotations

from typing import Any

from micrograd_plus.arguments import described
from micrograd_plus.losses.operands import Outputs, Targets, are_nodes, are_shares, targets_like
from micrograd_plus.losses.reduction import REDUCTIONS, of_elements, require_reduction
from micrograd_plus.ops import greater, log, where


def kl_div(outputs: Outputs, targets: Targets, sample_weight: Any = None, *, reduction: str = "mean") -> Any:
    """Return the mean of target * (log(target) - output): outputs are logarithms of probabilities, targets not.

    Summed over a row it is the divergence of the outputs' distribution from that of the targets (Kullback and Leibler,
    "On Information and Sufficiency", 1951). The mean is over all elements, as in PyTorch; "batchmean" is a reduction
    more: the sum over the number of samples. A target of 0 adds nothing.

    >>> import math
    >>> from micrograd_plus.tensor import Tensor
    >>> kl_div(Tensor([[0.5, 0.5]]).log(), [[1.0, 0.0]], reduction="batchmean").item() / math.log(2.0)
    1.0
    """
    require_reduction(reduction, (*REDUCTIONS, "batchmean"))
    shares = targets_like(targets, outputs)
    if not are_nodes(shares) and not are_shares(shares):
        raise ValueError(f"kl_div wants targets from 0 to 1, got {described(targets)}")
    if reduction == "batchmean" and not shares.shape:
        raise ValueError("a batchmean wants an axis of samples, got outputs of shape ()")
    found = of_elements(
        lambda output, share: share * (log(where(greater(share, 0.0), share, 1.0)) - output),
        outputs,
        shares,
        sample_weight,
        "sum" if reduction == "batchmean" else reduction,
    )
    return found / float(len(outputs)) if reduction == "batchmean" else found
