"""A graph that is loaded takes no more memory than its file says."""

import pytest

from micrograd_plus.array_ops import ARRAY_TABLE
from micrograd_plus.saved_graph import refuse_wide_margins
from tests.cases import each


@each("row", sorted(name for name, op in ARRAY_TABLE.items() if "padding" in op.names))
def test_a_padding_that_no_memory_holds_is_refused(row: str) -> None:
    op = ARRAY_TABLE[row]
    far = dict.fromkeys(("stride", "padding"), (10**6, 10**6))
    near = {name: (2, 2) for name in op.names if name not in far}
    with pytest.raises(ValueError, match=r"a padding of \(1000000, 1000000\) is too much for .* \(1, 1, 2, 2\)"):
        refuse_wide_margins(op.with_parameters(**far, **near), [(1, 1, 2, 2)] * op.arity)


def test_margins_are_judged_by_the_largest_array_that_comes_in() -> None:
    pool = {"kernel": (16000, 16000), "stride": (20000, 20000), "padding": (8000, 8000)}
    shapes = [(2, 2), (20000, 20000), (2, 2)]
    refuse_wide_margins(ARRAY_TABLE["max_pool2d_input"].with_parameters(**pool), shapes)


def test_images_that_come_out_are_judged_too() -> None:
    pool = {"kernel": (2, 2), "stride": (2, 2), "padding": (1, 1), "size": (10**5, 10**5)}
    with pytest.raises(ValueError, match=r"too much for an array of shape \(1, 1, 100000, 100000\)"):
        refuse_wide_margins(ARRAY_TABLE["avg_pool2d_input"].with_parameters(**pool), [(1, 1, 2, 2)])
