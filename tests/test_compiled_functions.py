"""Programs of all functions of arrays give, on other numbers than they were made of, what the graph gives."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from micrograd_plus.array_ops import ArrayOp
from micrograd_plus.compiler.compilation import compile
from micrograd_plus.compiler.program import Program
from micrograd_plus.compiler.written import written
from micrograd_plus.engine import gradient
from micrograd_plus.tensor import Tensor
from tests.array_cases import CASES, Case
from tests.array_cases.case import keepdims_in_turn, weighed

DIFFERENTIABLE = [case for case in CASES if case.differentiable]


def a_few(count: int) -> list[Case]:
    """Return some cases of each function, as unlike as their places in its list are, most with several elements."""
    chosen = []
    for name in dict.fromkeys(case.function for case in DIFFERENTIABLE):
        cases = [case for case in DIFFERENTIABLE if case.function == name]
        large = [case for case in cases if max(np.prod(shape) for shape in case.shapes) > 1] or cases
        chosen += [large[k * len(large) // count] for k in range(min(count, len(large)))]
    return chosen


def slopes(case: Case, *inputs: Tensor) -> Tensor:
    """Return one number made of the gradient, so that its own gradient is of second order."""
    found = gradient(weighed(case, *inputs), inputs)
    return sum(((slope * slope).sum() for slope in found), Tensor(0.0, dtype=inputs[0].dtype))


def check(case: Case, loss: Any = weighed, dtype: Any = float) -> Program:
    """Compile the loss of a case, and compare it and its gradients on the case's numbers and on others."""
    leaves = [Tensor(x, dtype) for x in case.inputs()]
    program = compile(loss(case, *leaves))
    tolerance = 1e-11 if dtype is float else 2e-4
    for seed in (7, 8):
        inputs = [Tensor(x, dtype) for x in case.inputs(seed)]
        expected = loss(case, *inputs)
        expected.backward()
        for leaf, x in zip(leaves, inputs, strict=True):
            leaf.data = x.data
        pairs = [(program(), expected.data)] + [
            (a.grad, b.grad) for a, b in zip(leaves, inputs, strict=True) if b.grad is not None
        ]
        for ours, theirs in pairs:
            size = np.abs(theirs).max(initial=1.0)
            np.testing.assert_allclose(ours, theirs, rtol=tolerance, atol=tolerance * size, err_msg=str(case))
        assert all(leaf.grad is None or leaf.grad.dtype == dtype for leaf in leaves), case
    return program


def test_loss_and_gradients_follow_the_numbers() -> None:
    for case in a_few(2):
        check(case)


def test_float32_stays_float32() -> None:
    for case in a_few(1):
        if case.function != "astype":
            check(case, dtype=np.float32)


@pytest.mark.slow
def test_cases_of_all_kinds_follow_the_numbers() -> None:
    for case in keepdims_in_turn(DIFFERENTIABLE):
        check(case)


@pytest.mark.slow
def test_gradients_of_gradients_follow_the_numbers() -> None:
    for case in a_few(6):
        check(case, slopes)


def test_the_slopes_of_roots_are_0_at_0_in_programs_too() -> None:
    x = Tensor(np.ones((2, 3)))
    program = compile(x.std() + (x - 1.0).norm(axis=1).sum() + (x - 1.0).norm(3, axis=0).sum())
    assert program() == 0.0
    assert x.grad is not None
    assert not x.grad.any()


# Losses that read positions and counts, which Python turns into a branch or an index.
READ: dict[str, Callable[[Tensor], Tensor]] = {
    "argmax": lambda x: x[int(x.argmax()) // 3].sum(),
    "argmax of rows": lambda x: x[np.arange(2), x.argmax(axis=1)].sum(),
    "argmin": lambda x: x[int(x.argmin()) // 3].sum(),
    "argsort": lambda x: x[0][x[0].argsort()[:2]].sum() + x[:, 1][x[:, 1].argsort(descending=True)[0]],
    "any": lambda x: x.sum() if (x > 0.5).any() else (x * x).sum(),
    "any of numbers": lambda x: x.sum() if x[0].relu().any() else (x * x).sum(),
    "all": lambda x: x.sum() if x[0].relu().all() else (x * x).sum(),
    "whole numbers": lambda x: x[x[0].relu().astype(int) % 2].sum() * int((3.0 * x[1, 1]).astype(int)),
    "masks": lambda x: x[x.relu().astype(bool)].sum(),
    "an array that is less": lambda x: x[np.zeros((2, 3)) < x].sum(),
    "a number of NumPy's that is less": lambda x: x.sum() if np.float64(0.0) < x[0, 0] else (x * x).sum(),
    "np.greater": lambda x: x[np.greater(x, 0.0)].sum(),
    "np.less_equal of an array": lambda x: x[np.less_equal(np.ones(3), x)].sum() + x[0, 0],
    "np.isnan": lambda x: x.sum() if np.isnan(np.sqrt(x)).any() else (x * x).sum(),
    "np.isfinite": lambda x: x[np.isfinite(1.0 / np.maximum(x, 0.0))].sum(),
    "np.logical_and": lambda x: x[np.logical_and(x.relu(), np.ones(3))].sum(),
    "np.nonzero": lambda x: x[np.nonzero(x.relu())].sum(),
    "count_nonzero": lambda x: x.sum() * int(x.relu().count_nonzero()),
}


@pytest.mark.parametrize("name", READ)
@pytest.mark.filterwarnings("ignore:.*it is built anew:RuntimeWarning")
@np.errstate(divide="ignore", invalid="ignore")
def test_what_python_reads_of_positions_is_noticed_when_it_changes(name: str) -> None:
    rng = np.random.default_rng(0)
    program = compile(READ[name], rng.normal(size=(2, 3)))
    for _ in range(8):
        x = rng.normal(size=(2, 3))
        assert program(x) == pytest.approx(READ[name](Tensor(x)).item(), rel=1e-12)


# --- saved ------------------------------------------------------------------------------------------------------------

_RUN = """
import runpy, sys, pathlib
for folder in sorted(pathlib.Path(sys.argv[1]).iterdir()):
    print(folder.name, runpy.run_path(str(folder / "step.py"))["loss"]())
assert not [name for name in sys.modules if name.startswith("micrograd")]
"""


def check_saved(cases: list[Case], folder: Path) -> None:
    """Save a program of each case, run all where the library is not known, and compare the losses."""
    expected = {}
    for k, case in enumerate(cases):
        program = compile(weighed(case, *[Tensor(x) for x in case.inputs()]))
        program.save(folder / str(k))
        expected[str(k)] = program()
    command = [sys.executable, "-I", "-c", _RUN, str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    assert {name: float(loss) for name, loss in map(str.split, done.stdout.splitlines())} == expected


def test_saved_programs_need_numpy_alone(tmp_path: Path) -> None:
    functions = ("clone", "sort", "prod", "cumprod", "cumsum", "max", "median")
    check_saved([case for case in a_few(1) if case.function in functions], tmp_path)


@pytest.mark.slow
def test_saved_programs_of_all_functions_need_numpy_alone(tmp_path: Path) -> None:
    check_saved(a_few(3), tmp_path)


def test_what_cannot_be_written_is_named() -> None:
    no_text = ArrayOp("flip", lambda x: x[::-1])
    no_literal = ArrayOp("noise", np.linalg.norm, parameters={"generator": np.random.default_rng(0)})
    for op in (no_text, no_literal):
        with pytest.raises(TypeError, match=f"^{op.name} cannot be written as a function of NumPy alone: "):
            written({"f": op})
