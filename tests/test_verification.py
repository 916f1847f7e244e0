"""`verify()` tells a program that is right from one that is not, and leaves everything as it was."""

import math
from typing import Any

import numpy as np
import pytest

from micrograd_plus import Tensor, Value
from micrograd_plus.compiler import lowering
from micrograd_plus.compiler.arrays import Array
from micrograd_plus.compiler.compilation import compile
from micrograd_plus.compiler.verification import Differences
from micrograd_plus.nn import MLP, parameter
from micrograd_plus.optim import Adam


def state(program: Any, leaves: list[Any]) -> list[Any]:
    inputs = [buffer.copy() for buffer in program._current.current.assembly.inputs]
    return [*[np.copy(x.data) for x in leaves], *[np.copy(x.grad) if x.has_grad else None for x in leaves], *inputs]


def programs() -> dict[str, tuple[Any, list[Any]]]:
    rng = np.random.default_rng(0)
    w, b = Tensor(rng.normal(size=(3, 2)), label="w"), Tensor(rng.normal(size=2), label="b")
    x = rng.normal(size=(4, 3))
    model = MLP(2, [3, 1], rng=0)
    values = model.parameters()
    return {
        "finished Tensor": (compile((Tensor(x) @ w + b).tanh().sum(), parameters=[w, b]), [w, b]),
        "finished Value": (compile(model([Value(0.5), Value(2.0)]) ** 2), values),
        "build": (compile(lambda x: (x @ w + b).tanh().sum(), x), [w, b]),
        "batch": (compile(lambda x: model(x) ** 2 + values[0] * 2, [0.5, 2.0], batch=True), values),
        "optimizer": (compile(lambda x: model(x) ** 2, [0.5, 2.0], optimizer=Adam(values)), values),
    }


@pytest.mark.parametrize("name", programs())
def test_a_right_program_differs_by_rounding_and_nothing_changes(name: str) -> None:
    program, leaves = programs()[name]
    assert program.source  # a batch begins with the example
    for _ in range(2):
        before = state(program, leaves)
        found = program.verify()
        np.testing.assert_equal(state(program, leaves), before)
        assert found.largest <= 1e-13
        assert found.loss <= 1e-13
        assert len(found) == len(leaves)
        program()


def test_inputs_are_those_that_are_given() -> None:
    program, _ = programs()["batch"]
    assert program.verify(np.random.default_rng(0).normal(size=(3, 2))).largest <= 1e-13
    assert program.verify().largest <= 1e-13


def test_names_are_those_of_the_network() -> None:
    program, _ = programs()["finished Value"]
    assert {"layer1.neuron2.w1", "layer2.neuron1.b"} <= set(program.verify())


def test_a_gradient_that_was_there_stays() -> None:
    program, leaves = programs()["build"]
    leaves[0].grad = np.full((3, 2), 7.0)
    program.verify()
    assert leaves[0].grad.tolist() == [[7.0, 7.0]] * 3
    assert not leaves[1].has_grad


def test_a_parameter_that_the_graph_does_not_read_any_more_has_a_name_too() -> None:
    v, w = parameter(2.0, "v"), parameter(3.0, "w")
    program = compile(lambda x: v * x if x.data > 0.0 else w * x, 1.0)
    found = program.verify(-4.0)
    assert (dict(found), found.loss) == ({"v (parameter 1)": 4.0}, 4.0)


def test_names_that_are_cut_hide_no_gradient() -> None:
    a, b = parameter(2.0, "x" * 99 + "a"), parameter(3.0, "x" * 99 + "b")
    assert list(compile(a * b).verify()) == ["x" * 39 + "…", "x" * 39 + "… (parameter 2)"]


def test_a_stale_graph_is_computed_anew() -> None:
    w = parameter(2.0)
    root = (w * 3.0).sin()
    program = compile(root)
    w.data = 5.0
    data = root.data
    assert program.verify().largest <= 1e-14
    assert root.data == data


def test_a_pass_that_is_broken_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(x: Array) -> Any:
        return lowering._mul(lowering._mul(x, x), 1.001)

    monkeypatch.setitem(lowering._SMALL_POWERS, 2.0, wrong)
    w = Value(3.0, label="w")
    found = compile(lambda x: (w * x) ** 2, 2.0).verify()
    assert found.loss == pytest.approx(0.036)
    w = Value(3.0, label="w")
    monkeypatch.setattr("micrograd_plus.compiler.backward._settled", lambda share, full, shape: share * 2.0)
    found = compile(lambda x: (w * x).sin(), 2.0).verify()
    assert found.loss == 0.0
    assert found["w"] == pytest.approx(abs(3 * 2 * np.cos(6.0)))
    assert str(found).startswith(f"1 gradient differs by at most {found['w']:g} (w)")


def test_what_is_nan_or_inf_in_both_does_not_differ() -> None:
    w = Value(0.0, label="w")
    assert compile(w.log() * w).verify() == {"w": 0.0}
    assert compile(1.0 / w).verify().largest == 0.0


def test_a_program_without_gradients_has_no_differences_of_them() -> None:
    found = compile(lambda x: x * 2, 3.0).verify()
    assert found == {}
    assert str(found) == "no gradients; the loss differs by 0"


def test_a_nan_is_the_largest_difference() -> None:
    assert math.isnan(Differences({"w": math.nan, "b": 1.0}, 0.0).largest)
    assert Differences({}, 0.5).largest == 0.5
