"""`state_dict()`: PyTorch's layout, the same bits after a round trip, and no half of what does not fit."""

import copy
import json
import pickle
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

from micrograd_plus import Tensor, Value
from micrograd_plus.compiler.compilation import compile
from micrograd_plus.optim import SGD, Adagrad, Adam, AdamW, Optimizer, RMSprop
from tests.optimizer_cases import CASES, START, groups_of, loss_of


def values() -> list[Any]:
    return [Value(x) for x in START]


def tensors() -> list[Any]:
    return [Tensor(np.full((2, 1), x)) for x in START]


def narrow() -> list[Any]:
    return [Tensor(np.full(3, x, np.float32)) for x in START]


def stepper(case: str, params: Sequence[Any], optimizer: Optimizer, compiled: bool) -> Callable[[], Any]:
    def loss() -> Any:
        return loss_of(case, [p.mean() if isinstance(p, Tensor) else p for p in params])

    if compiled:
        program = compile(loss(), optimizer=optimizer)
        return program.step

    def step() -> None:
        optimizer.zero_grad()
        loss().backward()
        optimizer.step()

    return step


def as_json(state: Any) -> Any:
    def plain(x: Any) -> Any:
        return x.tolist() if isinstance(x, np.ndarray) else x

    return json.loads(json.dumps(state, default=plain))


def as_pickle(state: Any) -> Any:
    return pickle.loads(pickle.dumps(state))  # noqa: S301 - its own bytes


WRITTEN: list[Callable[[Any], Any]] = [copy.deepcopy, as_json, as_pickle]


@pytest.mark.parametrize("case", CASES)
def test_an_optimizer_goes_on_from_a_state_dict_to_the_last_bit(case: str) -> None:
    kind, settings = CASES[case]
    ways = [(values, False), (tensors, False), (narrow, False), ((values, tensors, narrow)[len(case) % 3], True)]
    for k, (make, compiled) in enumerate(ways):
        ours, others = make(), make()
        optimizer = kind(groups_of(case, [[0, 2], [3, 1]], ours), **settings)
        step = stepper(case, ours, optimizer, compiled)
        for _ in range(3):
            step()
        state = WRITTEN[k % 3](optimizer.state_dict())
        other = kind(
            [{"params": [others[0], others[2]]}, {"params": [others[3], others[1]]}]
        )  # with PyTorch's defaults
        its_step = stepper(case, others, other, compiled)
        its_step()
        for p, q in zip(ours, others, strict=True):
            q.data = p.data
        other.load_state_dict(state)
        assert as_json(other.state_dict()) == as_json(optimizer.state_dict())
        for _ in range(3):
            step()
            its_step()
        found, wanted = ([np.asarray(p.data).tolist() for p in params] for params in (others, ours))
        assert found == wanted, (make.__name__, compiled)
        assert {np.asarray(p.data).dtype for p in others} == {np.asarray(p.data).dtype for p in ours}


def test_the_layout() -> None:
    x, y = Value(1.0), Tensor([1.0, 2.0])
    optimizer = SGD([{"params": [x], "momentum": 0.5}, {"params": [y]}], lr=0.1)
    settings = {"lr": 0.1, "dampening": 0.0, "weight_decay": 0.0, "nesterov": False, "maximize": False}
    groups = [{**settings, "momentum": 0.5, "params": [0]}, {**settings, "momentum": 0.0, "params": [1]}]
    assert optimizer.state_dict() == {"state": {}, "param_groups": groups}
    x.grad, y.grad = 3.0, np.ones(2)
    optimizer.step()
    assert optimizer.state_dict() == {"state": {0: {"momentum_buffer": 3.0, "begun": 1.0}}, "param_groups": groups}


def test_what_is_returned_stays_as_it_was_and_what_is_given_is_copied() -> None:
    w = Tensor([1.0, 2.0])
    optimizer = Adam([w], lr=0.1)
    program = compile((w * w).sum(), optimizer=optimizer)
    program.step()
    state = optimizer.state_dict()
    before = copy.deepcopy(state)
    program.step()
    np.testing.assert_equal(state, before)
    optimizer.load_state_dict(state)
    state["state"][0]["exp_avg"][:] = 7.0
    state["param_groups"][0]["lr"] = 9.0
    np.testing.assert_equal(optimizer.state_dict(), before)


def test_the_state_of_torch_before_its_first_step_and_without_momentum() -> None:
    x = Value(1.0)
    optimizer = SGD([x], lr=0.1, momentum=0.9, dampening=0.5)
    x.grad = 1.0
    optimizer.step()
    optimizer.load_state_dict({"state": {0: {"momentum_buffer": None}}, "param_groups": [{"params": [0], "lr": 0.5}]})
    assert optimizer.state() == [[0.0, 0.0]]
    assert (optimizer.lr, optimizer.momentum) == (0.5, 0.9)


def adam() -> dict[str, Any]:
    optimizer = Adam([Tensor([1.0, 2.0]), Tensor(3.0)], lr=0.1)
    for p in optimizer.params:
        p.grad = np.ones(p.shape)
    optimizer.step()
    return optimizer.state_dict()


def changed(change: Callable[[Any], Any]) -> Callable[[], Any]:
    def make() -> Any:
        change(state := adam())
        return state

    return make


WRONG: list[tuple[Callable[[], Any], type[Exception], str]] = [
    (lambda: 3, TypeError, "wanted a state dict with 'state' and 'param_groups', got int: 3"),
    (lambda: {"state": {}}, TypeError, "wanted a state dict with 'state' and 'param_groups'"),
    (changed(lambda s: s.update(state=[])), TypeError, "wanted a state dict"),
    (changed(lambda s: s.update(param_groups=[{"lr": 1.0}])), TypeError, "wanted a state dict"),
    (changed(lambda s: s["state"].update({0: 3.0})), TypeError, "wanted the entries of parameter 0 by name, got float"),
    (changed(lambda s: s["param_groups"].append({"params": [2]})), ValueError, "groups of 2 parameters, .* of 2 and 1"),
    (changed(lambda s: s["param_groups"][0].update(params=[0])), ValueError, "wanted groups of 2 .* groups of 1"),
    (
        changed(lambda s: s["param_groups"][0].update(params=[0, 0])),
        ValueError,
        "parameter 0 is in the state dict twice",
    ),
    (changed(lambda s: s["param_groups"][0].update(beta=0.9)), ValueError, "'beta': .*did you mean 'betas'"),
    (changed(lambda s: s["param_groups"][0].update(lr=-1.0)), ValueError, "lr is a finite number of at least 0"),
    (changed(lambda s: s["state"].update({7: {}})), ValueError, "a state of parameter 7, which is in no group"),
    (changed(lambda s: s["state"][1].update(exp_avg=np.ones(2))), ValueError, r"exp_avg: .* shape \(\), got \(2,\)"),
    (changed(lambda s: s["state"][0].update(exp_avg=[1.0])), ValueError, r"exp_avg: .* shape \(2,\), got \(1,\)"),
    (changed(lambda s: s["state"][1].update(step=[1.0, 2.0])), ValueError, "step: wanted one number"),
    (changed(lambda s: s["state"][1].update(step="3")), TypeError, "wanted numbers in a state, got str: '3'"),
    (changed(lambda s: s["state"][1].update(exp_avgsq=1.0)), ValueError, "'exp_avgsq': .*did you mean 'exp_avg_sq'"),
    (lambda: SGD([Value(1.0), Value(2.0)]).state_dict(), ValueError, "unknown setting of Adam 'momentum'"),
]


@pytest.mark.parametrize(("make", "error", "message"), WRONG)
def test_what_does_not_fit_is_answered_in_one_line_and_changes_nothing(
    make: Any, error: type[Exception], message: str
) -> None:
    optimizer = Adam([Tensor([1.0, 2.0]), Tensor(3.0)], lr=0.5)
    optimizer.load_state_dict(adam())
    optimizer.lr = 0.25
    before = copy.deepcopy(optimizer.state_dict())
    with pytest.raises(error, match=message) as caught:
        optimizer.load_state_dict(make())
    assert "\n" not in str(caught.value)
    np.testing.assert_equal(optimizer.state_dict(), before)


def test_the_state_of_another_optimizer_is_refused() -> None:
    kinds = [SGD, Adam, RMSprop, Adagrad]
    for kind in kinds:
        for other in kinds:
            if kind is not other:
                with pytest.raises(ValueError, match=f"unknown setting of {kind.__name__}"):
                    kind([Value(1.0)]).load_state_dict(other([Value(1.0)]).state_dict())
    with pytest.raises(ValueError, match="decoupled_weight_decay is True for AdamW"):
        AdamW([Value(1.0)]).load_state_dict(Adam([Value(1.0)]).state_dict())
