"""What ONNX, or onnxruntime in float64, has no operator for is computed as the table does."""

import numpy as np
import pytest

from micrograd_plus.export.onnx_operations import IN_OTHERS
from micrograd_plus.ops import TABLE


@pytest.mark.parametrize("name", IN_OTHERS)
def test_what_onnxruntime_lacks_is_the_row_of_the_table(name: str) -> None:
    op = TABLE[name]
    grid = np.concatenate([np.linspace(-20, 20, 4001), [1e-300, -1e-9, 1e-9, 700.0, -710.0, 1e300, np.inf, np.nan]])
    inputs = [grid, grid[::-1].copy()][: op.arity]
    with np.errstate(all="ignore"):
        ours, wanted = IN_OTHERS[name](*inputs), op(*inputs)
    np.testing.assert_allclose(ours, wanted, rtol=4e-13 if name == "tan" else 2e-15, equal_nan=True)
