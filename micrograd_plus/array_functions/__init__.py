"""Functions of arrays and Tensors by NumPy's and PyTorch's names, which are methods of `Tensor` too.

Of all: an axis that there is not or that comes twice, and shapes that do not fit, are a ValueError, what is no integer
where one is wanted a TypeError, an index out of range an IndexError, before anything is computed.
"""

from micrograd_plus.array_functions import (
    convolutions,
    joining,
    norms,
    orders,
    products,
    reductions,
    repeating,
    scans,
    selecting,
    shapes,
    statistics,
)
from micrograd_plus.array_functions.registry import FUNCTIONS, IN_NUMPY, METHODS, OTHER_KEYWORDS, array_function

__all__ = ["FUNCTIONS", "IN_NUMPY", "METHODS", "OTHER_KEYWORDS", "array_function"]
__all__ += [
    "convolutions",
    "joining",
    "norms",
    "orders",
    "products",
    "reductions",
    "repeating",
    "scans",
    "selecting",
    "shapes",
    "statistics",
]
