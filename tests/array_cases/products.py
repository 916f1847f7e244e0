"""Products of arrays."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from tests.array_cases.case import Case, Shape

LEFT: list[Shape] = [(3,), (2, 3), (1, 3), (4, 2, 3), (5, 1, 2, 3), (0, 3)]
RIGHT: list[Shape] = [(3,), (3, 2), (3, 1), (4, 3, 2), (1, 3, 2), (3, 0)]

EINSUMS: list[tuple[str, tuple[Shape, ...]]] = [
    # one operand: orders, sums, diagonals
    ("ij->ji", ((2, 3),)),
    ("ij", ((2, 3),)),
    ("ba", ((2, 3),)),
    ("ij->j", ((2, 3),)),
    ("ij->", ((2, 3),)),
    ("", ((),)),
    ("->", ((),)),
    ("ii", ((3, 3),)),
    ("ii->i", ((3, 3),)),
    ("iji->j", ((2, 3, 2),)),
    ("ijiki->ki", ((2, 1, 2, 3, 2),)),
    ("iii", ((2, 2, 2),)),
    ("iijj->ji", ((2, 2, 3, 3),)),
    ("...", ((2, 3),)),
    ("...i", ((2, 3),)),
    ("i...j", ((2, 3, 1),)),
    ("i...j->...", ((2, 3, 2),)),
    ("...i->i", ((3,),)),
    ("ij->i", ((0, 3),)),
    # two
    ("i,i", ((3,), (3,))),
    ("i,j", ((2,), (3,))),
    ("i,j->ji", ((2,), (3,))),
    ("i,i->i", ((3,), (3,))),
    ("i,->i", ((3,), ())),
    (",", ((), ())),
    ("ij,jk", ((2, 3), (3, 2))),
    ("ij,jk->ki", ((2, 3), (3, 2))),
    (" i j , k j -> i k ", ((2, 3), (2, 3))),
    ("ij,j->i", ((2, 3), (3,))),
    ("i,ij->j", ((2,), (2, 3))),
    ("ij,ij->", ((2, 3), (2, 3))),
    ("ij,ji->", ((2, 3), (3, 2))),
    ("ij,ij->i", ((2, 3), (2, 3))),
    ("ij,ij->j", ((2, 3), (2, 3))),
    ("ij,ij->ji", ((2, 3), (2, 3))),
    ("ij,k->kj", ((2, 3), (2,))),
    ("bij,bjk->bik", ((2, 2, 3), (2, 3, 1))),
    ("ijb,jkb->bik", ((2, 3, 2), (3, 2, 2))),
    ("bij,bj->bi", ((2, 2, 3), (2, 3))),
    ("bhqd,bhkd->bhqk", ((2, 1, 2, 3), (2, 1, 2, 3))),
    ("bqhd,bkhd->bhqk", ((1, 2, 2, 3), (1, 3, 2, 3))),
    ("bhqk,bhkd->bqhd", ((1, 2, 2, 3), (1, 2, 3, 2))),
    ("btc,ck->btk", ((2, 3, 2), (2, 2))),
    ("abc,cbd->da", ((2, 3, 2), (2, 3, 2))),
    ("abcd,be->aecd", ((1, 2, 2, 2), (2, 3))),
    ("ij,kl->ijkl", ((2, 1), (1, 3))),
    ("iij,jk->ik", ((2, 2, 3), (3, 2))),
    ("ii,i->i", ((3, 3), (3,))),
    ("aB,Bc", ((2, 3), (3, 1))),
    ("ij,jk->ik", ((2, 0), (0, 3))),
    ("ij,jk->ik", ((0, 2), (2, 3))),
    # axes of size 1 that are stretched, and those that are not named
    ("ij,jk", ((2, 1), (3, 2))),
    ("ij,ij->ij", ((2, 1), (1, 3))),
    ("ij,ij->j", ((1, 3), (2, 3))),
    ("ii,i", ((1, 1), (3,))),
    ("...i,...i", ((2, 3), (4, 1, 3))),
    ("...ij,...jk", ((2, 1, 2), (2, 3))),
    ("i...,...j->ij...", ((2, 1, 3), (2, 1, 2))),
    ("...,...", ((2, 3), ())),
    ("...ij,j->...i", ((2, 3), (3,))),
    # more
    ("i,i,i", ((3,), (3,), (3,))),
    ("ij,jk,kl", ((2, 3), (3, 2), (2, 1))),
    ("ij,jk,kl->li", ((2, 3), (3, 2), (2, 1))),
    ("ij,ik,il->jkl", ((2, 2), (2, 1), (2, 3))),
    ("ij,jk,ki->", ((2, 3), (3, 2), (2, 2))),
    ("a,b,c,d->dcba", ((2,), (1,), (2,), (1,))),
    ("bi,ijk,bk->bj", ((2, 2), (2, 3, 2), (2, 2))),
    ("i,ij,j,->", ((2,), (2, 3), (3,), ())),
    ("...i,ij,...j->...", ((2, 2), (2, 3), (1, 3))),
    ("ii,ij,k->jk", ((2, 2), (2, 3), (2,))),
]
# a, b, axes
TENSORDOTS: list[tuple[Shape, Shape, Any]] = [
    ((2, 3), (3, 2), 1),
    ((2, 3, 2), (3, 2, 1), 2),
    ((2,), (3,), 0),
    ((2, 3), (2, 3), 2),
    ((2, 3, 2), (2, 2, 3), ([1, 0], [-1, 0])),
    ((2, 3, 1), (3, 2), (-2, 0)),
    ((2, 3), (2, 1), ((0,), (0,))),
    ((2, 0), (0, 3), 1),
    ((), (2,), 0),
]
DOTS: list[tuple[Shape, Shape]] = [
    ((3,), (3,)),
    ((2, 3), (3,)),
    ((2, 3), (3, 2)),
    ((4, 2, 3), (3, 1)),
    ((2, 2, 3), (2, 3, 2)),
    ((3,), (2, 3, 1)),
    ((), (2, 3)),
    ((2, 3), ()),
    ((), ()),
    ((2, 0), (0, 3)),
]
INNERS: list[tuple[Shape, Shape]] = [((3,), (3,)), ((2, 3), (1, 3)), ((2, 1, 3), (3,)), ((), (2,)), ((2,), ())]
PAIRS: list[tuple[Shape, Shape]] = [((3,), (2,)), ((2, 2), (3,)), ((), (2, 1)), ((0,), (2,)), ((2, 1), (2, 3))]
VECTORS: list[tuple[Shape, Shape, int]] = [((3,), (3,), -1), ((2, 3), (3,), -1), ((3, 2), (3, 2), 0)]


def einsums(subscripts: str, shapes: tuple[Shape, ...]) -> Case:
    return Case(
        "einsum",
        shapes,
        (subscripts,),
        call=lambda function, arrays: function(subscripts, *arrays),
        torch=lambda torch, *arrays: torch.einsum(subscripts, *arrays),
    )


def dotted(torch: Any, a: Any, b: Any) -> Any:
    """Return NumPy's `dot` of PyTorch's tensors: a sum over the last axis of `a` and the last but one of `b`."""
    if not a.ndim or not b.ndim:
        return a * b
    return torch.tensordot(a, b, dims=([-1], [max(b.ndim - 2, 0)]))


CASES = [
    *(Case("matmul", pair, torch=lambda torch, a, b: torch.matmul(a, b)) for pair in itertools.product(LEFT, RIGHT)),
    *(einsums(*case) for case in EINSUMS),
    *(
        Case("tensordot", (a, b), (axes,), torch=lambda torch, a, b, axes=axes: torch.tensordot(a, b, dims_of(axes)))
        for a, b, axes in TENSORDOTS
    ),
    # PyTorch's dot and outer are of vectors; its tensordot is the rest.
    *(Case("dot", pair, torch=dotted) for pair in DOTS),
    *(
        Case("vdot", pair, torch=lambda torch, a, b: torch.vdot(a.ravel(), b.ravel()))
        for pair in [((3,), (3,)), ((2, 3), (3, 2)), ((), (1,))]
    ),
    *(Case("inner", pair, torch=lambda torch, a, b: torch.inner(a, b)) for pair in INNERS),
    *(Case("outer", pair, torch=lambda torch, a, b: torch.outer(a.ravel(), b.ravel())) for pair in PAIRS),
    *(Case("kron", pair, torch=lambda torch, a, b: torch.kron(a, b)) for pair in PAIRS),
    *(
        Case("cross", (a, b), (), {"axis": axis}, torch=lambda torch, a, b, k=axis: crossed(torch, a, b, k))
        for a, b, axis in VECTORS
    ),
    # Of arrays with different numbers of axes, which PyTorch refuses, the axis is counted in the shape of each.
    *(Case("cross", pair, (), {"axis": 1}) for pair in [((2, 3, 3), (3, 3)), ((2, 3), (2, 3, 2))]),
    Case("bmm", ((2, 1, 3), (2, 3, 2)), expected=np.matmul, torch=lambda torch, a, b: torch.bmm(a, b)),
]


def dims_of(axes: Any) -> Any:
    """Return axes of tensordot as PyTorch wants them: a number or two lists."""
    return axes if isinstance(axes, int) else [list(np.atleast_1d(part)) for part in axes]


def crossed(torch: Any, a: Any, b: Any, axis: int) -> Any:
    """Return PyTorch's cross product, which wants as many axes of both."""
    return torch.linalg.cross(*torch.broadcast_tensors(a, b), dim=axis)
