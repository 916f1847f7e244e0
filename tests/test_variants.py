"""Programs whose build compares: the right branch on every call, built anew or refused, a version for each branch."""

import operator
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest

from micrograd_plus import Tensor, Value
from micrograd_plus.compiler.compilation import compile
from micrograd_plus.compiler.guards import GuardError
from micrograd_plus.optim import SGD


@contextmanager
def built_anew(*texts: str) -> Iterator[None]:
    """Require that programs are built anew in the block for these comparisons, in order."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield
    wanted = [f"{text} when the program was built: it is built anew" for text in texts]
    assert [str(warning.message) for warning in caught] == wanted
    assert {warning.category for warning in caught} <= {RuntimeWarning}
    assert {warning.filename for warning in caught} <= {__file__}


class Hinge:
    """A build that takes one of two branches."""

    def __init__(self) -> None:
        self.w = Value(3.0, label="w")

    def __call__(self, x: Value, y: Value) -> Any:
        error = self.w * x - y
        return error * error if error > 0.0 else -2.0 * error


def test_the_branch_that_the_numbers_take_is_run() -> None:
    build = Hinge()
    program = compile(build, 2.0, 5.0)
    with built_anew("w * x - y > 0 was True"):
        for x, loss, grad in [(2.0, 1.0, 4.0), (1.0, 4.0, -2.0), (2.0, 1.0, 4.0), (0.0, 10.0, 0.0), (3.0, 16.0, 24.0)]:
            assert (program(x, 5.0), build.w.grad) == (loss, grad)


def test_what_the_branch_does_not_read_has_no_gradient() -> None:
    v, w = Value(2.0, label="v"), Value(3.0, label="w")
    program = compile(lambda x: v * x if x > 0.0 else w * x, 1.0)
    with built_anew("x > 0 was True"):
        for x, gradients in [(1.0, (1.0, 0.0)), (-4.0, (0.0, -4.0)), (5.0, (5.0, 0.0)), (-6.0, (0.0, -6.0))]:
            program(x)
            assert (v.grad, w.grad) == gradients
    refusing = compile(lambda x: v * x if x > 0.0 else w * x, 1.0, on_guard="error")
    with pytest.raises(GuardError):
        refusing(-1.0)
    assert not v.has_grad


def test_nor_does_it_have_one_from_a_batch_of_another_size() -> None:
    v, w = Value(2.0, label="v"), Value(3.0, label="w")
    program = compile(lambda x: v * x if x > 0.0 else w * x, 1.0, batch=True)
    with built_anew("x > 0 was True"):
        for x, gradients in [([1.0], (1.0, None)), ([-4.0, -4.0], (None, -4.0))] * 2:
            program(x)
            assert tuple(leaf.grad if leaf.has_grad else None for leaf in (v, w)) == gradients
    program([1.0])
    assert program.verify([-4.0, -4.0]).largest == 0.0  # of the other branch, and no gradient is taken away
    assert (v.grad, w.has_grad) == (1.0, False)


@pytest.mark.parametrize("kind", [Value, Tensor])
@pytest.mark.parametrize("compare", [operator.gt, operator.ge, operator.lt, operator.le])
def test_a_parameter_may_stand_on_the_right(compare: Any, kind: Any) -> None:
    w, x = kind(1.0, label="w"), np.array(2.0) if kind is Tensor else 2.0
    program = compile(lambda x: w * x if compare(x, w) else w * x + 100.0, x)
    first = program()
    w.data = 5.0
    with pytest.warns(RuntimeWarning, match="when the program was built"):
        assert {first, program()} in ({2.0, 110.0}, {102.0, 10.0})


def test_the_data_of_a_parameter_decide_too() -> None:
    build = Hinge()
    program = compile(build, 2.0, 5.0)
    build.w.data = 1.0
    with built_anew("w * x - y > 0 was True"):
        assert (program(), build.w.grad) == (6.0, -4.0)


@pytest.mark.parametrize("run", ["step", "train"])
def test_steps_are_those_of_the_right_branch(run: str) -> None:
    build, twin = Hinge(), Hinge()
    optimizer, eager = (SGD([b.w], lr=0.25) for b in (build, twin))
    program = compile(build, 2.0, 5.0, optimizer=optimizer)
    with built_anew("w * x - y > 0 was True"):
        if run == "train":
            program.train(4, 2.0, 5.0)
        for _ in range(4):
            if run == "step":
                program.step(2.0, 5.0)
            loss = twin(Value(2.0), Value(5.0))
            eager.zero_grad()
            loss.backward()
            eager.step()
    assert build.w.data == twin.w.data


def test_on_request_another_branch_is_an_error_and_no_step_is_taken() -> None:
    build = Hinge()
    program = compile(build, 2.0, 5.0, on_guard="error", optimizer=SGD([build.w], lr=0.1))
    assert program(3.0, 5.0) == 16.0
    with pytest.raises(GuardError, match=r"^w \* x - y > 0 was True when the program was built$"):
        program.step(1.0, 5.0)
    assert build.w.data == 3.0
    assert program(2.0, 5.0) == 1.0


def test_rows_of_a_batch_take_one_branch() -> None:
    build = Hinge()
    program = compile(build, 2.0, 5.0, batch=True)
    assert program([2.0, 3.0], [5.0, 5.0]) == 8.5
    with built_anew("w * x - y > 0 was True"):
        assert program([1.0, 0.0], [5.0, 5.0]) == 7.0
        assert build.w.grad == -1.0
        assert program([2.0, 3.0], [5.0, 5.0]) == 8.5
        with pytest.raises(GuardError, match=r"w \* x - y > 0 was .* for some rows only: write where\(\)"):
            program([1.0, 3.0], [5.0, 5.0])


def test_the_largest_of_several_changes() -> None:
    program = compile(lambda x: max(x) * 2.0, [1.0, 2.0, 3.0])
    rng = np.random.default_rng(0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        for row in rng.normal(size=(30, 3)):
            assert program(row) == 2.0 * max(row)


def test_a_comparison_of_arrays_is_seen() -> None:
    t = Tensor([1.0, -2.0], label="t")

    def build(x: Tensor) -> Tensor:
        return (t * x * (t * x > 0.0)).sum()

    program = compile(build, np.array([1.0, 1.0]))
    assert program() == 1.0
    with built_anew("t * x > 0 was True in 1 of 2 elements"):
        assert program(np.array([1.0, -1.0])) == 3.0
        assert t.grad is not None
        assert t.grad.tolist() == [1.0, -1.0]
        assert program(np.array([1.0, 1.0])) == 1.0


def test_the_numbers_beside_the_loss_are_no_guards() -> None:
    build = Hinge()
    program = compile(lambda x, y: (build(x, y), x * y, x + y), 2.0, 5.0)
    assert (program(), program.others) == (1.0, [10.0, 7.0])
    assert (program(3.0, 4.0), program.others, build.w.grad) == (25.0, [12.0, 7.0], 30.0)
    with built_anew("w * x - y > 0 was True"):
        assert (program(1.0, 5.0), program.others) == (4.0, [5.0, 6.0])


def test_the_numbers_beside_the_loss_are_means_over_a_batch() -> None:
    w = Value(2.0)
    program = compile(lambda x: (w * x, x * x), 1.0, batch=True)
    assert (program([1.0, 3.0]), program.others) == (4.0, [5.0])
    array = compile(lambda x: ((x * x).sum(), x.max()), np.array([1.0, 2.0], np.float32))
    assert (array(np.array([3.0, -1.0])), array.others) == (10.0, [3.0])


def test_what_a_comparison_alone_reads_gets_no_gradient() -> None:
    a, b = Value(2.0), Value(3.0)
    program = compile(lambda x: a * x if b > x else a, 1.0)
    assert program(1.0) == 2.0
    assert (a.grad, b.has_grad) == (1.0, False)


def test_a_program_without_comparisons_never_builds_again() -> None:
    calls: list[Value] = []
    w = Value(2.0)

    def build(x: Value) -> Value:
        calls.append(x)
        return (w * x).relu()

    program = compile(build, 1.0)
    assert [program(x) for x in (1.0, -1.0, 2.0)] == [2.0, 0.0, 4.0]
    assert len(calls) == 1


def test_the_report_tells_of_comparisons() -> None:
    w = Value(2.0)
    assert "1 comparison made while the graph was built: checked at each call" in compile(Hinge(), 2.0, 5.0).report()
    assert "no comparisons were made" in compile(lambda x: w * x, 2.0).report()
    assert "not known: it was finished" in compile(w * 2.0).report()


def test_a_saved_program_refuses_another_branch(tmp_path: Any) -> None:
    compile(Hinge(), 2.0, 5.0).save(tmp_path)
    names: dict[str, Any] = {"__file__": str(tmp_path / "step.py"), "__name__": "step"}
    exec((tmp_path / "step.py").read_text(), names)  # noqa: S102 - the program itself
    assert names["loss"](3.0, 5.0) == 16.0
    with pytest.raises(ValueError, match="a comparison comes out otherwise"):
        names["loss"](1.0, 5.0)


@pytest.mark.parametrize(
    ("build", "error", "message"),
    [
        (lambda x: (x, Tensor(1.0)), TypeError, "numbers of one kind, got a Value and a Tensor"),
        (lambda x: (x, 1.0), TypeError, "wanted a function that returns a Value or a Tensor, got float: 1.0"),
        (lambda x: x * 2.0 if Tensor([1.0]) > 0.0 else x, TypeError, "build of a Value compares nodes of the other"),
        (lambda x: (), TypeError, r"wanted a function that returns a Value or a Tensor, got tuple: \(\)"),
    ],
)
def test_what_is_no_loss_is_told_in_one_line(build: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message) as caught:
        compile(build, 1.0)
    assert "\n" not in str(caught.value)
