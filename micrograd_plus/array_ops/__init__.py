"""The table of structural operations, which know of axes: matrix products, sums, softmax, shapes, indices.

Such an operation has a pullback for each input instead of a slope: it takes the upstream gradient, the output and the
inputs to the gradient of that input. Pullbacks are written in operations that arrays and Tensors share, so that the
gradient of a gradient follows. Broadcasting is not a pullback's business: `Tensor` undoes it once, on the edge.

Users add rows of their own by `custom_array_operations.array_operation`.
"""

from micrograd_plus.array_ops.contractions import einsum
from micrograd_plus.array_ops.convolutions import conv2d, conv2d_input, conv2d_weight
from micrograd_plus.array_ops.deviations import norm, root, std, var
from micrograd_plus.array_ops.exponentials import cross_entropy, log_softmax, logsumexp, softmax
from micrograd_plus.array_ops.indices import along, index, scatter
from micrograd_plus.array_ops.joining import concatenate, roll, stack
from micrograd_plus.array_ops.normalisation import normalised
from micrograd_plus.array_ops.orders import from_order, in_order, sort
from micrograd_plus.array_ops.pools import (
    avg_pool2d,
    avg_pool2d_input,
    max_pool2d,
    max_pool2d_input,
    max_pool2d_taken,
)
from micrograd_plus.array_ops.products import matmul
from micrograd_plus.array_ops.reductions import (
    REDUCED_BY,
    detached,
    first_extreme,
    joined,
    kept_shape,
    largest,
    mean,
    smallest,
    total,
)
from micrograd_plus.array_ops.row import ARRAY_TABLE, ArrayOp, Axis
from micrograd_plus.array_ops.scans import cumprod, cumsum, exclusive_cumprod, linear_recurrence, prod
from micrograd_plus.array_ops.shapes import astype, broadcast_to, reshape, sum_to, summed_to, transpose

__all__ = [
    "ARRAY_TABLE",
    "REDUCED_BY",
    "ArrayOp",
    "Axis",
    "along",
    "astype",
    "avg_pool2d",
    "avg_pool2d_input",
    "broadcast_to",
    "concatenate",
    "conv2d",
    "conv2d_input",
    "conv2d_weight",
    "cross_entropy",
    "cumprod",
    "cumsum",
    "detached",
    "einsum",
    "exclusive_cumprod",
    "first_extreme",
    "from_order",
    "in_order",
    "index",
    "joined",
    "kept_shape",
    "largest",
    "linear_recurrence",
    "log_softmax",
    "logsumexp",
    "matmul",
    "max_pool2d",
    "max_pool2d_input",
    "max_pool2d_taken",
    "mean",
    "norm",
    "normalised",
    "prod",
    "reshape",
    "roll",
    "root",
    "scatter",
    "smallest",
    "softmax",
    "sort",
    "stack",
    "std",
    "sum_to",
    "summed_to",
    "total",
    "transpose",
    "var",
]
