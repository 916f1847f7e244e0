"""A graph that is loaded takes no more memory, and no more work, than a file may."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from micrograd_plus import Tensor
from micrograd_plus.array_ops import ARRAY_TABLE, ArrayOp
from micrograd_plus.engine import graph
from micrograd_plus.result_size import laid_out_by
from micrograd_plus.saved_graph import loaded_graph, saved_graph
from tests.cases import each

LAID_OUT = sorted(name for name, op in ARRAY_TABLE.items() if "stride" in op.names)


def with_parameters(row: str, others: tuple[int, int], **parameters: tuple[int, int]) -> ArrayOp:
    op = ARRAY_TABLE[row]
    return op.with_parameters(**dict.fromkeys(op.names, others) | parameters)


@each("row", LAID_OUT)
def test_margins_that_no_memory_holds_are_refused(row: str) -> None:
    op = with_parameters(row, (2, 2), stride=(10**6, 10**6), padding=(10**6, 10**6))
    with pytest.raises(ValueError, match=rf"{row} of arrays of shape \(1, 1, 2, 2\).* lays out"):
        laid_out_by(op, [(1, 1, 2, 2)] * op.arity)


@each("row", LAID_OUT)
def test_windows_that_no_memory_holds_are_refused(row: str) -> None:
    op = with_parameters(row, (10**4, 10**4), stride=(1, 1), padding=(5000, 5000))
    with pytest.raises(ValueError, match="lays out"):
        laid_out_by(op, [(1, 1, 10**4, 10**4)] * op.arity)


def test_what_is_laid_out_is_judged_by_what_comes_in() -> None:
    pool = {"kernel": (2, 2), "stride": (20000, 20000), "padding": (1, 1)}
    assert (
        laid_out_by(ARRAY_TABLE["max_pool2d_input"].with_parameters(**pool), [(2, 2), (20000, 20000), (2, 2)]) > 2**28
    )


def saved(y: Tensor) -> dict[str, Any]:
    nodes = graph(y)
    content = saved_graph(nodes, {node: k for k, node in enumerate(nodes)})
    return {**content, "scopes": [list(scope) for scope in content["scopes"]]}  # as JSON has it


def test_a_graph_that_reads_a_large_array_again_and_again_is_neither_saved_nor_loaded() -> None:
    x = Tensor(np.zeros(2**20))
    few = saved(x.sum() + x.sum())
    sums = [x.sum() for _ in range(2**8)]
    wanted = "its operations go through [0-9,]+ numbers, and at most 268,435,456 are computed again"
    with pytest.raises(ValueError, match=wanted):
        saved(sum(sums, Tensor(0.0)))
    leaf, total = few["nodes"][:2]
    with pytest.raises(ValueError, match=wanted):
        loaded_graph({**few, "nodes": [leaf, *[total] * 2**8]})
    assert loaded_graph(few).data == 0.0
