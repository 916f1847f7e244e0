"""An operation of a user's own on whole arrays is known to all that reads structural rows."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import micrograd_plus
from micrograd_plus import (
    Debugger,
    Tensor,
    Value,
    array_operation,
    check_gradients,
    detect_anomaly,
    explain,
    hessian,
    jacobian,
    jvp,
    nn,
    no_grad,
    viz,
)
from micrograd_plus.anomaly import AnomalyError
from micrograd_plus.compiler.compilation import compile
from micrograd_plus.notation import latex, text
from micrograd_plus.own_rows import remove
from micrograd_plus.saved_session import SessionFileError, load_session, save_session
from micrograd_plus.session import Session
from micrograd_plus.steps import steps
from tests.command_line import answer
from tests.custom_array_rows import (
    MATRIX,
    Row,
    each_row,
    energy,
    inverse,
    leaves_of,
    loss_of,
    sorted_row,
)

pytestmark = pytest.mark.usefixtures("_own_rows_alone")


@each_row
def test_arrays_lists_and_tensors_give_the_same(row: Row) -> None:
    called = row.make()
    wanted = called.__wrapped__(*row.inputs, **row.parameters)  # it wraps the definition
    np.testing.assert_array_equal(called(*row.inputs, **row.parameters), wanted)
    np.testing.assert_array_equal(called(*[x.tolist() for x in row.inputs], **row.parameters), wanted)
    y = called(*leaves_of(row), **row.parameters)
    assert isinstance(y, Tensor)
    np.testing.assert_array_equal(y.data, wanted)
    singles = [Tensor(x, dtype=np.float32) for x in row.inputs]
    assert called(*singles, **row.parameters).dtype == np.float32


@each_row
def test_it_is_a_method_and_a_public_name(row: Row) -> None:
    called = row.make()
    assert getattr(micrograd_plus, called.__name__) is called
    first, *others = leaves_of(row)
    y = getattr(first, called.__name__)(*others, *row.parameters.values())
    np.testing.assert_array_equal(y.data, called(*row.inputs, **row.parameters))
    assert not hasattr(Value, called.__name__)


@each_row
def test_gradients_are_right_to_the_third_order(row: Row) -> None:
    called, count = row.make(), row.derived
    check_gradients(lambda *xs: loss_of(called, row, [*xs, *row.inputs[count:]]), *row.inputs[:count], order=3)


@each_row
def test_forward_mode_agrees_with_backward(row: Row) -> None:
    called = row.make()
    x, *others = row.inputs
    direction = np.cos(np.arange(x.size)).reshape(x.shape)
    value, tangent = jvp(lambda x: called(x, *others, **row.parameters), x, direction)
    matrix = jacobian(lambda x: called(x, *others, **row.parameters))(x)
    np.testing.assert_array_equal(value, called(x, *others, **row.parameters))
    np.testing.assert_allclose(tangent, np.tensordot(matrix, direction, x.ndim), rtol=1e-12, atol=1e-12)
    curvature = hessian(lambda x: loss_of(called, row, [x, *others]))(x).reshape(x.size, x.size)
    np.testing.assert_allclose(curvature, curvature.T, rtol=1e-12, atol=1e-12)


@each_row
def test_text_latex_pictures_and_words_name_it(row: Row) -> None:
    called = row.make()
    leaves = leaves_of(row)
    y = called(*leaves, **row.parameters)
    arguments = ", ".join([*"ab"[: len(leaves)], *map(repr, row.parameters.values())])
    assert text(y) == f"{called.__name__}({arguments})"
    loss = (y * y).sum()
    loss.backward()
    assert called.__name__ in viz.draw_dot(loss).source
    said = str(explain(loss, leaves[0]))
    assert said.startswith("∂out/∂a = ")
    assert called.__name__ in said
    seen = [step for step in steps(loss) if step.node is y]
    assert [step.k for step in seen][: row.derived] == list(range(row.derived))
    assert all(step.slope is None for step in seen)
    slope = leaves[0].grad
    recording = Debugger(loss).recording
    np.testing.assert_array_equal(recording.gradients[recording.place_of(leaves[0])], slope)


def test_latex_is_the_template_given() -> None:
    assert latex(inverse()(Tensor(MATRIX, label="A"))) == "A^{-1}"
    x = Tensor([1.0, 2.0], label="x")
    assert latex(sorted_row()(x)) == r"\operatorname{sorted\_row}\left(x, -1\right)"


@each_row
def test_sessions_are_saved_and_loaded(row: Row, tmp_path: Path) -> None:
    called = row.make()
    loss = loss_of(called, row, leaves_of(row))
    save_session(Session(loss), tmp_path / "session.json")
    loaded = load_session(tmp_path / "session.json").root
    assert text(loaded) == text(loss)
    np.testing.assert_array_equal(loaded.data, loss.data)
    remove(called.__name__)
    with pytest.raises(SessionFileError, match=f"unknown name '{called.__name__}'.*; one of your own is known once"):
        load_session(tmp_path / "session.json")


def test_a_parameter_that_no_file_holds_is_told(tmp_path: Path) -> None:
    called = chosen()
    with pytest.raises(TypeError, match=r"^cannot be saved: dict: "):
        save_session(Session(called(Tensor([1.0, 2.0]), by={}).sum()), tmp_path / "session.json")


def chosen() -> Callable[..., Any]:
    """Return a row whose parameter may be anything."""

    @array_operation(pullbacks=[lambda g, out, x, by: 2.0 * g])
    def chosen(x: Any, by: Any = None) -> Any:
        return 2.0 * x

    return chosen


@each_row
def test_pickles_and_copies_are_the_row(row: Row) -> None:
    called = row.make()
    y = called(*leaves_of(row), **row.parameters)
    stored = pickle.dumps(y.op)
    assert pickle.loads(stored) is y.op  # noqa: S301 - made here
    assert copy.deepcopy(y).op is y.op
    remove(called.__name__)
    with pytest.raises(ValueError, match=rf"^the operation '{called.__name__}' is not in the table: import the module"):
        pickle.loads(stored)  # noqa: S301 - made here


def test_parameters_of_any_kind_are_kept_as_they_were() -> None:
    @array_operation(pullbacks=[lambda g, out, x, weights, mode: g * weights])
    def weighted(x: Any, weights: Any = 1.0, mode: str = "plain") -> Any:
        return x * weights

    weights = np.array([1.0, 2.0])
    x = Tensor([3.0, 4.0])
    y = weighted(x, weights=weights)
    weights[:] = 0.0
    y.sum().backward()
    np.testing.assert_array_equal(x.grad, [1.0, 2.0])
    program = compile(weighted(x, np.array([1.0, 3.0]), "plain").sum())
    assert program() == 15.0
    assert program.verify().largest == 0.0
    assert str(weighted(x, 0.0).op) == str(weighted(x, -0.0).op)


def test_it_works_where_nothing_is_recorded_and_is_refreshed() -> None:
    called = sorted_row()
    x = Tensor([2.0, 1.0])
    with no_grad():
        assert called(x).is_leaf
    y = called(x)
    x.data = np.array([5.0, 4.0])
    assert y.refresh().tolist() == [4.0, 5.0]


def test_an_anomaly_names_it() -> None:
    called = energy()
    with np.errstate(all="ignore"), detect_anomaly(), pytest.raises(AnomalyError, match="energy"):
        called(Tensor([1e200]))


def test_networks_may_use_it() -> None:
    called = sorted_row()

    class Sorting(nn.Module):
        def __init__(self) -> None:
            self.layer = nn.Linear(3, 3, rng=0)

        def forward(self, x: Any) -> Any:
            return called(self.layer(x))

    model = Sorting()
    loss = (model(np.ones((2, 3))) * np.arange(3.0)).sum()
    program = compile(loss)
    assert program.verify().largest < 1e-14


def test_a_script_on_the_command_line_may_define_one(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "import numpy as np\n"
        "from micrograd_plus import Tensor, array_operation, flip\n"
        "@array_operation(pullbacks=[lambda g, out, x: flip(g, -1)])\n"
        "def turned(x):\n"
        "    return np.flip(x, -1)\n"
        "x = Tensor([2.0, 3.0], label='x')\n"
        "loss = (turned(x) * [1.0, 10.0]).sum()\n"
    )
    for k in range(2):  # the same definition again replaces the row
        answer("graph", f"{script}:loss", "-o", tmp_path / f"{k}.svg")
        assert ">turned<" in (tmp_path / f"{k}.svg").read_text()
    assert any("turned_of(" in line for line in answer("compile", f"{script}:loss"))
