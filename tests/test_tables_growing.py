"""An array that grows by rows."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from micrograd_plus.tables.growing import Growing


@given(sizes=st.lists(st.integers(0, 40), max_size=12), width=st.sampled_from([(), (1,), (3,)]))
def test_blocks_are_put_one_below_the_other(sizes: list[int], width: tuple[int, ...]) -> None:
    blocks = [np.random.default_rng(k).normal(size=(size, *width)) for k, size in enumerate(sizes)]
    growing = Growing(*width)
    for block in blocks:
        growing.add(block)
    np.testing.assert_array_equal(growing.all(), np.concatenate([np.empty((0, *width)), *blocks]))
