"""Cases of eager Tensor beside PyTorch eager, HIPS autograd and NumPy by hand: how they are run, judged and shown.

Forward and backward, no optimizer. A peer holds its parameters and forgets their gradients before each run, as in a
training loop. Before anything is timed all peers must give the same gradients.
"""

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np

from benchmarks.protocol import Program, duration, freeze, interleaved, ratio, show, verdict, versions
from micrograd_plus import Tensor

OURS, TORCH, AUTOGRAD, NUMPY = "micrograd_plus", "PyTorch", "HIPS autograd", "NumPy by hand"
SECONDS, TURN_SECONDS = 2.0, 2e-3  # of a case, of a turn of one program
TOLERANCE = {"float64": 1e-11, "float32": 2e-4}


@dataclass(frozen=True)
class Case:
    """A loss of `arrays`, written for each library, and its gradients by hand, each a function of the arrays.

    `elements` is the size of the largest array on the way; from `small` on we may take `above` times as long as
    PyTorch, however long where that is None: its kernels and NumPy's decide there.
    """

    name: str
    arrays: Sequence[np.ndarray]
    elements: int
    ours: Callable[..., Tensor]
    torch: Callable[..., Any]
    autograd: Callable[..., Any]
    by_hand: Callable[..., Sequence[np.ndarray]]
    above: float | None = 1.5
    small: int = 10_000

    @property
    def reach(self) -> float | None:
        """How many times as long as PyTorch we may take."""
        return 1.0 if self.elements < self.small else self.above


def with_tensor(loss: Callable[..., Tensor], arrays: Sequence[np.ndarray]) -> Program:
    """Return our program."""
    leaves = [Tensor(array) for array in arrays]

    def program():
        for leaf in leaves:
            leaf.zero_grad()
        loss(*leaves).backward()
        return [leaf.grad for leaf in leaves]

    return program


def with_torch(loss: Callable[..., Any], arrays: Sequence[np.ndarray]) -> Program:
    """Return the PyTorch program."""
    import torch

    torch.set_num_threads(1)
    leaves = [torch.tensor(array, requires_grad=True) for array in arrays]

    def program():
        for leaf in leaves:
            leaf.grad = None
        loss(*leaves).backward()
        return [leaf.grad for leaf in leaves]

    return program


def with_autograd(loss: Callable[..., Any], arrays: Sequence[np.ndarray]) -> Program:
    """Return the HIPS autograd program."""
    import autograd

    if len(arrays) == 1:
        gradient = autograd.grad(loss)
        return lambda: [gradient(*arrays)]
    gradients = autograd.grad(loss, argnum=tuple(range(len(arrays))))
    return lambda: gradients(*arrays)


def programs_of(case: Case) -> dict[str, Program]:
    """Return the program of each peer."""
    return {
        OURS: with_tensor(case.ours, case.arrays),
        TORCH: with_torch(case.torch, case.arrays),
        AUTOGRAD: with_autograd(case.autograd, case.arrays),
        NUMPY: lambda: case.by_hand(*case.arrays),
    }


def check_agreement(case: Case, programs: dict[str, Program]) -> None:
    """Raise an AssertionError unless all programs give the same gradients."""
    expected = programs[OURS]()
    dtype = case.arrays[0].dtype
    tolerance = TOLERANCE[dtype.name]
    for name, program in programs.items():
        for ours, theirs in zip(expected, program(), strict=True):
            theirs = np.asarray(theirs)
            scale = max(1.0, float(np.abs(ours).max()))
            message = f"gradients of {case.name} with {name}"
            np.testing.assert_allclose(theirs / scale, ours / scale, rtol=0, atol=tolerance, err_msg=message)
            assert name == AUTOGRAD or theirs.dtype == dtype, f"{message} are {theirs.dtype}"


def measured(case: Case) -> dict[str, list[float]]:
    """Return the seconds per run of each program in each turn, after they have been found to agree."""
    programs = programs_of(case)
    check_agreement(case, programs)
    once = [min(_seconds(program) for _ in range(3)) for program in programs.values()]
    turn = min(20, max(1, int(TURN_SECONDS / max(once))))
    rounds = min(400, max(10, int(SECONDS / (sum(once) * turn))))
    return interleaved(programs, rounds, turn=turn)


def _seconds(program: Program) -> float:
    start = time.perf_counter()
    program()
    return time.perf_counter() - start


def run(title: str, cases: Sequence[Case]) -> None:
    """Measure the cases; print a table, a row each, and for each reach the case that is nearest to it or beyond."""
    for peer in ("autograd", "torch"):
        import_module(peer)  # what the peers load is set aside too: each collection would walk it
    freeze()
    rows, slowest = [], {}
    for case in cases:
        seconds = measured(case)
        row = [case.name, duration(statistics.median(seconds[OURS]))]
        for peer, reach in ((TORCH, case.reach), (AUTOGRAD, 1.0), (NUMPY, None)):
            middle, low, high = ratio(seconds[OURS], seconds[peer])
            row.append(f"{middle:.2f} ({low:.2f} to {high:.2f})")
            if reach:
                slowest[peer, reach] = max((middle, case.name), slowest.get((peer, reach), (0.0, "")))
                row[-1] += " MISSED" if middle > reach else ""
        rows.append(row)
    header = ["forward and backward", "ours", *(f"ours / {peer}" for peer in (TORCH, AUTOGRAD, NUMPY))]
    show(f"{title}: medians and quartiles ({versions('numpy', 'torch', 'autograd')})", header, rows)
    print()
    for (peer, reach), (middle, name) in sorted(slowest.items()):
        verdict(f"our time by that of {peer}, the slowest case ({name})", middle, at_most=reach)
