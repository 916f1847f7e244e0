"""Parameter groups: settings of their own, read at each step, by everything that reads an optimizer."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from micrograd_plus import Tensor, Value, data, losses, schedules
from micrograd_plus.checkpoint_keeper import CheckpointKeeper
from micrograd_plus.compiler.compilation import compile
from micrograd_plus.compiler.optimizer_state import HeldState
from micrograd_plus.nn import MLP, ArrayMLP, parameter
from micrograd_plus.optim import SGD, Adagrad, Adam, RMSProp, RMSprop
from micrograd_plus.saved_session import load_session, save_session
from micrograd_plus.session import Session
from micrograd_plus.train import History, fit


def two() -> tuple[Value, Value]:
    return Value(1.0), Value(2.0)


def test_each_group_has_its_settings_and_the_others_are_the_defaults() -> None:
    x, y = two()
    optimizer = Adam([{"params": [x], "lr": 0.5, "betas": [0.5, 0.6]}, {"params": y}], lr=0.25, eps=1e-3)
    assert optimizer.params == [x, y]
    first, second = optimizer.param_groups
    assert (first["params"], first["lr"], first["betas"], first["eps"]) == ((x,), 0.5, (0.5, 0.6), 1e-3)
    assert (second["params"], second["lr"], second["betas"], second["eps"]) == ((y,), 0.25, (0.9, 0.999), 1e-3)
    assert optimizer.defaults == {name: value for name, value in second.items() if name != "params"}


def test_a_group_is_added_and_begins_anew() -> None:
    x, y = two()
    optimizer = Adagrad([x], lr=0.5)
    x.grad = y.grad = 1.0
    optimizer.step()
    optimizer.add_param_group({"params": [y], "initial_accumulator_value": 3.0})
    assert optimizer.state() == [[1.0, 1.0], [3.0, 0.0]]
    optimizer.step()
    assert y.data == pytest.approx(2.0 - 0.5 / 2.0)


def test_a_setting_stands_for_all_groups_while_they_agree() -> None:
    x, y = two()
    optimizer = SGD([{"params": [x]}, {"params": [y], "momentum": 0.5}], lr=0.1)
    optimizer.lr = 0.2
    assert [group["lr"] for group in optimizer.param_groups] == [0.2, 0.2]
    for act in (lambda: optimizer.momentum, lambda: setattr(optimizer, "momentum", 0.9)):
        with pytest.raises(ValueError, match=r"differ in momentum \(0.0, 0.5\): take param_groups\[i\]\['momentum'\]"):
            act()
    assert [group["momentum"] for group in optimizer.param_groups] == [0.0, 0.5]


def test_numbers_of_numpy_do_not_widen_an_array() -> None:
    w = Tensor(np.ones(2, np.float32))
    optimizer = SGD([w], lr=0.1)
    optimizer.param_groups[0]["lr"] = np.float64(0.5)
    w.sum().backward()
    optimizer.step()
    assert w.data.dtype == np.float32


def test_the_name_as_papers_spell_it() -> None:
    assert RMSProp is RMSprop


X, Y = two()
WRONG: list[tuple[Callable[[], Any], type[Exception], str]] = [
    (lambda: SGD([{"params": [X], "weight_decy": 0.1}]), ValueError, "'weight_decy': .*did you mean 'weight_decay'"),
    (lambda: SGD([{"params": [X], "betas": (0.9, 0.9)}]), ValueError, "unknown setting of a parameter group 'betas'"),
    (lambda: SGD([{"params": [X]}, {"params": [Y, X]}]), ValueError, "a parameter is in two groups"),
    (lambda: SGD([{"params": [X, X]}]), ValueError, "a parameter is in the list twice"),
    (lambda: SGD([{"params": []}]), ValueError, "at least one parameter, got none"),
    (lambda: SGD([{"params": [X]}, {"params": []}]), ValueError, "at least one parameter, got none"),
    (lambda: SGD([{"params": [X], "lr": -1.0}]), ValueError, "lr is a finite number of at least 0, not -1.0"),
    (lambda: SGD([{"params": [X], "lr": "fast"}]), TypeError, "lr is a number, not str"),
    (lambda: SGD([{"params": [X], "nesterov": True}]), ValueError, "nesterov=True wants a momentum"),
    (lambda: SGD([{"params": [X]}, Y]), TypeError, r"wanted a group such as \{.*\}, got Value"),
    (lambda: SGD([{"lr": 0.1}]), TypeError, r"wanted a group such as \{.*\}, got one of 'lr'"),
    (lambda: SGD({"params": [X]}), TypeError, r"got one mapping: write \[\{"),
    (lambda: SGD([{"params": "w"}]), TypeError, "wanted a list of parameters .* got str"),
]


@pytest.mark.parametrize(("make", "error", "message"), WRONG)
def test_wrong_groups_are_answered_in_one_line(make: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message) as caught:
        make()
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "group", [{"params": [X]}, {"params": []}, {"params": [Y], "lr": -1.0}, {"params": [Y], "rl": 1.0}, {}, [Y]]
)
def test_a_group_that_is_refused_is_not_there(group: Any) -> None:
    optimizer = SGD([X], lr=0.1)
    before = optimizer.state_dict()
    with pytest.raises((TypeError, ValueError)):
        optimizer.add_param_group(group)
    assert (optimizer.params, optimizer.state_dict(), len(optimizer.state())) == ([X], before, 1)


def test_a_wrong_setting_of_any_group_moves_nothing() -> None:
    for compiled in (False, True):
        x, y = two()
        optimizer = SGD([{"params": [x]}, {"params": [y]}], lr=0.1)
        program = compile(x * y, optimizer=optimizer) if compiled else None
        (x * y).backward()
        for name, value in (("lr", float("nan")), ("momentum", -1.0), ("nesterov", True)):
            before = optimizer.param_groups[1][name]
            optimizer.param_groups[1][name] = value
            with pytest.raises(ValueError, match=name):
                program.step() if program else optimizer.step()
            assert (x.data, y.data) == (1.0, 2.0)
            optimizer.param_groups[1][name] = before
        program.step() if program else optimizer.step()
        assert (x.data, y.data) == (0.8, 1.9)


# --- what reads an optimizer


def layers(model: Any) -> list[dict[str, Any]]:
    """Return groups as one makes them: weights that decay, and biases that do not and move faster."""
    weights = [p for p in model.parameters() if np.ndim(p.data) == 2]
    rest = [p for p in model.parameters() if np.ndim(p.data) != 2]
    if not weights:  # single numbers
        weights, rest = rest[::2], rest[1::2]
    return [{"params": weights, "weight_decay": 0.1}, {"params": rest, "lr": 0.05}]


def trained(kind: Any, backend: str, epochs: int = 4, **options: Any) -> tuple[list[Any], History]:
    features, classes = data.moons(24, rng=0)
    model = kind(2, [4, 1], rng=0)
    adam = Adam(layers(model), lr=0.02)
    schedule = schedules.ExponentialLR(adam, gamma=0.5)
    history = fit(
        model,
        features,
        classes,
        loss=losses.hinge,
        optimizer=adam,
        epochs=epochs,
        batch_size=8,
        rng=0,
        backend=backend,
        schedule=schedule,
        clip_norm=0.5,
        **options,
    )
    assert [group["lr"] for group in adam.param_groups] == [0.02 * 0.5**epochs, 0.05 * 0.5**epochs]
    return [np.asarray(p.data).tolist() for p in model.parameters()], history


@pytest.mark.parametrize("kind", [MLP, ArrayMLP])
def test_a_training_is_the_same_eagerly_and_compiled(kind: Any) -> None:
    (eager, history), (compiled, _) = trained(kind, "eager"), trained(kind, "compiled")
    for a, b in zip(eager, compiled, strict=True):
        np.testing.assert_allclose(a, b, rtol=0, atol=1e-12)
    assert [epoch.lr for epoch in history.epochs] == [0.02 * 0.5**k for k in range(4)]  # those of the first group


def test_a_training_goes_on_from_a_file_to_the_last_bit(tmp_path: Path) -> None:
    path = tmp_path / "kept.safetensors"
    for backend in ("eager", "compiled"):
        trained(ArrayMLP, backend, 2, keeper=CheckpointKeeper(path))
        resumed, _ = trained(ArrayMLP, backend, keeper=CheckpointKeeper(path, resume=True))
        assert resumed == trained(ArrayMLP, backend)[0], backend


def test_a_session_trains_undoes_and_is_saved_with_its_groups(tmp_path: Path) -> None:
    x, y = Value(1.0, label="x"), Value(2.0, label="y")
    optimizer = SGD([{"params": [y], "lr": 0.5, "momentum": 0.5}, {"params": [x]}], lr=0.25)
    session = Session(x * x + y * y, optimizer=optimizer)
    with pytest.raises(ValueError, match="differ in lr"):
        session.lr = 1.0
    assert session.done == []
    session.train()
    assert (x.data, y.data, session.lr) == (0.5, 0.0, 0.5)
    optimizer.param_groups[1]["lr"] = 0.125
    session.train()
    save_session(session, tmp_path / "session.json")
    loaded = load_session(tmp_path / "session.json")
    assert loaded.optimizer is not None
    assert [g["lr"] for g in loaded.optimizer.param_groups] == [0.5, 0.125]
    assert [g["momentum"] for g in loaded.optimizer.param_groups] == [0.5, 0.0]
    for each in (session, loaded):
        each.undo()
        each.undo()
        assert each.optimizer is not None
        assert [g["lr"] for g in each.optimizer.param_groups] == [0.5, 0.25]
        assert [node.data for _, node in each.params()] == [2.0, 1.0]


def test_a_program_is_made_anew_for_a_new_group() -> None:
    x, y = parameter(1.0, "x"), parameter(2.0, "y")
    optimizer = SGD([x], lr=0.5)
    program = compile(x * y, optimizer=optimizer)
    program.step()
    optimizer.add_param_group({"params": [y], "lr": 0.25})
    for act in (program.update, program.step, lambda: program.source):
        with pytest.raises(RuntimeError, match="another parameter group after the program was made: compile anew"):
            act()
    compile(x * y, optimizer=optimizer).step()
    assert (x.data, y.data) == (-1.0, 2.0)


def test_the_parameters_of_a_group_stand_side_by_side_in_a_program() -> None:
    numbers = [parameter(float(k), f"w{k}") for k in range(8)]
    optimizer = SGD([{"params": numbers[::2], "lr": 0.5}, {"params": numbers[1::2], "lr": 0.25}])
    program = compile(sum(w * w for w in numbers), optimizer=optimizer)
    assert "def update(lr1, lr2):" in program.source
    assert "where(" not in program.source  # no masks: each group is one slice
    program.step()
    assert [w.data for w in numbers] == [k * (0.0 if k % 2 == 0 else 0.5) for k in range(8)]


def test_a_saved_program_has_a_rate_for_each_group(tmp_path: Path) -> None:
    w = Tensor(np.ones(2)), Tensor(np.ones(3))
    optimizer = SGD([{"params": [w[0]], "lr": 0.5}, {"params": [w[1]], "lr": 0.25}])
    program = compile((w[0] * w[0]).sum() + (w[1] * w[1]).sum(), optimizer=optimizer)
    program.save(tmp_path)
    scope: dict[str, Any] = {"__file__": str(tmp_path / "step.py"), "__name__": "step"}
    exec((tmp_path / "step.py").read_text(), scope)  # noqa: S102 - that is what it is for
    scope["step"]()
    np.testing.assert_array_equal(scope["arrays"]["parameters"], [0.0, 0.0, 0.5, 0.5, 0.5])
    scope["step"](lr2=0.5)
    np.testing.assert_array_equal(scope["arrays"]["parameters"], np.zeros(5))


def test_schedules_keep_the_rates_of_groups_apart() -> None:
    x, y, z = Value(1.0), Value(1.0), Value(1.0)
    optimizer = SGD([{"params": [x], "lr": 1.0}, {"params": [y], "lr": 8.0}])
    scheduler = schedules.StepLR(optimizer, step_size=1, gamma=0.5)
    scheduler.step()
    assert scheduler.get_last_lr() == [0.5, 4.0]
    state = json.loads(json.dumps(scheduler.state()))
    scheduler.step()
    scheduler.set_state(state)
    assert (scheduler.get_last_lr(), scheduler.base_lrs) == ([0.5, 4.0], [1.0, 8.0])
    optimizer.add_param_group({"params": [z]})
    with pytest.raises(ValueError, match="has 3 parameter groups, this scheduler was made for 2"):
        scheduler.step()
    assert (scheduler.epoch, [group["lr"] for group in optimizer.param_groups[:2]]) == (1, [0.5, 4.0])
    with pytest.raises(ValueError, match="max_lr is a number, or one for each of 3 parameter groups, not 2 of them"):
        schedules.OneCycleLR(optimizer, [0.1, 0.2], 10)


def test_the_state_of_groups_is_held_by_programs() -> None:
    w = [Tensor(np.ones(2)), Tensor(np.ones(3))]
    optimizer = Adam([{"params": [w[1]], "lr": 0.5, "amsgrad": True}, {"params": [w[0]]}])
    program = compile((w[0] * w[0]).sum() + (w[1] * w[1]).sum(), optimizer=optimizer)
    program.step()
    assert {type(kept) for kept in optimizer._states} == {HeldState}
    found = optimizer.state_dict()["state"]
    assert [set(found[k]) for k in (0, 1)] == [
        {"exp_avg", "exp_avg_sq", "step", "max_exp_avg_sq"},
        {"exp_avg", "exp_avg_sq", "step"},
    ]
    optimizer.load_state_dict(optimizer.state_dict())
    program.step()
    assert optimizer.state_dict()["state"][1]["step"] == 2.0
