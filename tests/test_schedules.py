"""Schedules: PyTorch's learning rates, epoch by epoch, and a state that JSON can hold."""

import inspect
import json
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from micrograd_plus import Value, schedules
from micrograd_plus.optim import SGD
from micrograd_plus.schedules import (
    ConstantLR,
    CosineAnnealingLR,
    ExponentialLR,
    LinearLR,
    OneCycleLR,
    ReduceLROnPlateau,
    Scheduler,
    SequentialLR,
    StepLR,
)

EPOCHS = 120
CASES: dict[str, tuple[type[Scheduler], dict[str, Any]]] = {
    "constant": (ConstantLR, {}),
    "constant, all arguments": (ConstantLR, {"factor": 0.25, "total_iters": 7}),
    "step": (StepLR, {"step_size": 30}),
    "step, all arguments": (StepLR, {"step_size": 7, "gamma": 0.6}),
    "exponential": (ExponentialLR, {"gamma": 0.97}),
    "cosine": (CosineAnnealingLR, {"T_max": EPOCHS}),
    "cosine, up again": (CosineAnnealingLR, {"T_max": 25, "eta_min": 0.01}),
    "linear": (LinearLR, {}),
    "linear, down": (LinearLR, {"start_factor": 1.0, "end_factor": 0.0, "total_iters": EPOCHS}),
    "one cycle": (OneCycleLR, {"max_lr": 0.5, "total_steps": EPOCHS}),
    "one cycle, lines": (OneCycleLR, {"max_lr": 0.5, "total_steps": EPOCHS, "anneal_strategy": "linear"}),
    "one cycle, all arguments": (
        OneCycleLR,
        {"max_lr": 0.2, "total_steps": EPOCHS, "pct_start": 0.43, "div_factor": 10.0, "final_div_factor": 77.0},
    ),
    "one cycle of three": (OneCycleLR, {"max_lr": 0.5, "total_steps": EPOCHS, "pct_start": 0.4, "three_phase": True}),
}
PLATEAUS: dict[str, dict[str, Any]] = {
    "plain": {},
    "impatient": {"factor": 0.5, "patience": 1},
    "cooling down": {"factor": 0.7, "patience": 0, "cooldown": 3, "min_lr": 0.001},
    "absolute": {"factor": 0.7, "patience": 2, "threshold": 0.05, "threshold_mode": "abs"},
    "of what grows": {"mode": "max", "factor": 0.9, "patience": 3},
    "of what grows, absolute": {"mode": "max", "patience": 3, "threshold": 0.01, "threshold_mode": "abs"},
    "down to the smallest step": {"factor": 0.5, "patience": 0, "eps": 1e-3},
}
LOSSES = np.abs(1.0 / np.sqrt(np.arange(1, EPOCHS + 1)) + np.random.default_rng(0).normal(0, 0.03, EPOCHS)).tolist()


class Rate:
    """All that a scheduler knows of an optimizer."""

    def __init__(self, lr: float = 0.1) -> None:
        self.param_groups = [{"lr": lr}]

    @property
    def lr(self) -> float:
        return self.param_groups[0]["lr"]


def rates(make: Callable[[Any], Scheduler], losses: Sequence[float] = LOSSES, optimizer: Any = None) -> list[float]:
    optimizer = optimizer or Rate()
    scheduler = make(optimizer)
    found = []
    for loss in losses:
        found.append(optimizer.lr)
        scheduler.step(loss)
    return found


def rates_of_torch(make: Callable[[Any, Any], Any], losses: Sequence[float] | None = None) -> list[float]:
    torch = pytest.importorskip("torch")
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1)
    scheduler = make(torch.optim.lr_scheduler, optimizer)
    found = []
    for k in range(EPOCHS):
        found.append(optimizer.param_groups[0]["lr"])
        optimizer.step()  # PyTorch warns where a scheduler comes before it
        scheduler.step(*([] if losses is None else [losses[k]]))
    return found


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES)
def test_rates_are_those_of_torch(case: str) -> None:
    kind, arguments = CASES[case]
    more = {"cycle_momentum": False} if kind is OneCycleLR else {}
    theirs = rates_of_torch(lambda torch, optimizer: getattr(torch, kind.__name__)(optimizer, **arguments, **more))
    np.testing.assert_allclose(rates(lambda optimizer: kind(optimizer, **arguments)), theirs, rtol=0, atol=1e-12)


@pytest.mark.slow
@pytest.mark.parametrize("case", PLATEAUS)
def test_rates_on_plateaus_are_those_of_torch(case: str) -> None:
    theirs = rates_of_torch(lambda torch, o: torch.ReduceLROnPlateau(o, **PLATEAUS[case]), LOSSES)
    assert len(set(theirs)) > 1
    np.testing.assert_allclose(rates(lambda o: ReduceLROnPlateau(o, **PLATEAUS[case])), theirs, rtol=0, atol=1e-12)


@pytest.mark.slow
@pytest.mark.parametrize("case", [case for case in CASES if not case.startswith("one cycle")])
def test_a_warm_up_and_what_follows_are_those_of_torch(case: str) -> None:
    kind, arguments = CASES[case]

    def in_sequence(library: Any, optimizer: Any) -> Any:
        warm_up = library.LinearLR(optimizer, start_factor=0.2, total_iters=6)
        then = getattr(library, kind.__name__)(optimizer, **arguments)
        last = library.ExponentialLR(optimizer, gamma=0.9)
        return library.SequentialLR(optimizer, [warm_up, then, last], milestones=[6, 50])

    theirs = rates_of_torch(in_sequence)
    np.testing.assert_allclose(rates(lambda o: in_sequence(schedules, o)), theirs, rtol=0, atol=1e-12)


@pytest.mark.slow
@pytest.mark.parametrize(
    "kind", [ConstantLR, StepLR, ExponentialLR, CosineAnnealingLR, LinearLR, OneCycleLR, ReduceLROnPlateau]
)
def test_arguments_have_the_names_defaults_and_order_of_torch(kind: type[Scheduler]) -> None:
    torch = pytest.importorskip("torch")
    theirs = inspect.signature(getattr(torch.optim.lr_scheduler, kind.__name__)).parameters
    ours = inspect.signature(kind).parameters
    assert [name for name in theirs if name in ours] == list(ours)
    for name in ours.keys() - {"total_steps"}:  # which may be left out there if other arguments tell it
        assert theirs[name].default == ours[name].default


def test_a_rate_that_grows_beyond_all_numbers_is_refused_by_the_optimizer() -> None:
    optimizer = SGD([Value(1.0)], lr=0.1)
    scheduler = StepLR(optimizer, step_size=1, gamma=1e200)
    for _ in range(3):
        scheduler.step()
    with pytest.raises(ValueError, match="lr is a finite number of at least 0, not inf"):
        optimizer.step()


def test_steps_and_powers() -> None:
    assert rates(lambda o: StepLR(o, 2, gamma=0.5), LOSSES[:5], Rate(8.0)) == [8.0, 8.0, 4.0, 4.0, 2.0]
    assert rates(lambda o: ExponentialLR(o, 0.5), LOSSES[:4], Rate(8.0)) == [8.0, 4.0, 2.0, 1.0]
    assert rates(lambda o: LinearLR(o, 0.25, total_iters=3), LOSSES[:5], Rate(8.0)) == [2.0, 4.0, 6.0, 8.0, 8.0]
    assert rates(lambda o: ConstantLR(o, 0.5, 2), LOSSES[:3], Rate(8.0)) == [4.0, 4.0, 8.0]


def test_a_cosine_is_half_way_down_at_half_its_time_and_at_the_bottom_at_its_end() -> None:
    found = rates(lambda o: CosineAnnealingLR(o, T_max=40, eta_min=0.02))
    assert (found[0], found[20], found[40], found[80]) == pytest.approx((0.1, 0.06, 0.02, 0.1), abs=1e-15)
    assert found[10] - 0.06 == pytest.approx(0.04 / math.sqrt(2.0), rel=1e-12)


@pytest.mark.parametrize("strategy", ["cos", "linear"])
def test_one_cycle_climbs_to_its_peak_and_stays_at_its_end(strategy: str) -> None:
    found = rates(lambda o: OneCycleLR(o, max_lr=1.0, total_steps=100, anneal_strategy=strategy))
    assert found[0] == pytest.approx(1.0 / 25.0)
    assert np.argmax(found) == 29
    assert found[29] == 1.0
    assert found[99] == pytest.approx(1.0 / 25.0 / 1e4)
    assert set(found[99:]) == {found[99]}
    assert np.all(np.diff(found[:30]) > 0.0)
    assert np.all(np.diff(found[29:100]) < 0.0)


@pytest.mark.parametrize("total_steps", [1, 2, 3, 10])
@pytest.mark.parametrize("pct_start", [0.0, 0.1, 0.5, 1.0])
def test_the_shortest_cycles_have_rates_too(total_steps: int, pct_start: float) -> None:
    found = rates(lambda o: OneCycleLR(o, max_lr=1.0, total_steps=total_steps, pct_start=pct_start), LOSSES[:12])
    assert all(1.0 / 25.0 / 1e4 * (1.0 - 1e-12) <= lr <= 1.0 for lr in found)


def test_a_plateau_is_told_from_progress() -> None:
    def make(optimizer: Any) -> Scheduler:
        return ReduceLROnPlateau(optimizer, factor=0.5, patience=2)

    assert set(rates(make, np.linspace(1.0, 0.5, 50).tolist())) == {0.1}
    flat = [1.0] * 9
    assert rates(make, flat) == [0.1, 0.1, 0.1, 0.1, 0.05, 0.05, 0.05, 0.025, 0.025]
    assert rates(make, [float("nan")] * 4) == [0.1, 0.1, 0.1, 0.05]


def test_an_infinite_measure_is_no_best_one() -> None:
    scheduler = ReduceLROnPlateau(Rate(), mode="max", patience=0)
    for measure in (1.0, float("inf")):
        scheduler.step(measure)
    scheduler.set_state(scheduler.state())
    assert (scheduler.best, scheduler.bad_epochs) == (1.0, 0)
    assert scheduler.get_last_lr() == [Rate().param_groups[0]["lr"] * 0.1]


def test_a_plateau_after_a_warm_up_reads_the_losses_from_then_on() -> None:
    def make(optimizer: Any) -> Scheduler:
        parts = [LinearLR(optimizer, 0.5, total_iters=2), ReduceLROnPlateau(optimizer, factor=0.5, patience=1)]
        return SequentialLR(optimizer, parts, [2])

    assert rates(make, [1.0] * 8, Rate(8.0)) == [4.0, 6.0, 8.0, 8.0, 8.0, 4.0, 4.0, 2.0]


def test_the_loss_is_wanted_by_a_plateau_alone() -> None:
    for kind, arguments in CASES.values():
        kind(Rate(), **arguments).step()
    with pytest.raises(ValueError, match=r"call step\(loss\)"):
        ReduceLROnPlateau(Rate()).step()


def test_an_optimizer_moves_by_the_rates() -> None:
    x = Value(1.0)
    optimizer = SGD([x], lr=1.0)
    scheduler = ExponentialLR(optimizer, 0.5)
    for _ in range(10):
        x.grad = 1.0
        optimizer.step()
        scheduler.step()
    assert x.data == 1.0 - sum(0.5**k for k in range(10))


def after_warm_up(kind: type[Scheduler], arguments: dict[str, Any]) -> Callable[[Any], Scheduler]:
    return lambda o: SequentialLR(o, [LinearLR(o, 0.1, total_iters=9), kind(o, **arguments)], [9])


MAKERS: dict[str, Callable[[Any], Scheduler]] = {
    **{case: lambda o, row=row: row[0](o, **row[1]) for case, row in CASES.items()},
    **{case: lambda o, row=row: ReduceLROnPlateau(o, **row) for case, row in PLATEAUS.items()},
    "sequence": after_warm_up(CosineAnnealingLR, {"T_max": 50}),
    "sequence with a plateau": after_warm_up(ReduceLROnPlateau, {"factor": 0.5, "patience": 1}),
}


@given(case=st.sampled_from(sorted(MAKERS)), stop=st.integers(0, EPOCHS), lr=st.floats(1e-6, 10.0))
def test_a_scheduler_goes_on_from_its_state_to_the_last_bit(case: str, stop: int, lr: float) -> None:
    unbroken = rates(MAKERS[case], optimizer=Rate(lr))
    first = Rate(lr)
    scheduler = MAKERS[case](first)
    for loss in LOSSES[:stop]:
        scheduler.step(loss)
    state = json.loads(json.dumps(scheduler.state(), allow_nan=False))
    second = Rate(0.77)  # what the state says wins
    scheduler = MAKERS[case](second)
    scheduler.set_state(state)
    found = []
    for loss in LOSSES[stop:]:
        found.append(second.lr)
        scheduler.step(loss)
    assert found == unbroken[stop:]


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (lambda s: s.pop("epoch"), ValueError, "schedule holds lrs, base_lrs, epoch, got lrs, base_lrs"),
        (lambda s: s.update(best=1.0), ValueError, "schedule holds lrs, base_lrs, epoch, got"),
        (lambda s: s.update(epoch=-1), ValueError, "epoch is at least 0"),
        (lambda s: s.update(epoch="3"), TypeError, "epoch is an integer"),
        (lambda s: s.update(lrs=[None]), TypeError, r"lrs\[0\] is a number"),
        (lambda s: s.update(lrs=[1.0, 2.0]), ValueError, "the rates of 1 parameter groups, got 2"),
    ],
)
def test_another_state_is_refused_and_changes_nothing(change: Any, error: type[Exception], message: str) -> None:
    scheduler = StepLR(Rate(), 2)
    before = scheduler.state()
    state = {"lrs": [5.0], "base_lrs": [6.0], "epoch": 7}
    change(state)
    with pytest.raises(error, match=message):
        scheduler.set_state(state)
    assert scheduler.state() == before


def test_a_sequence_refuses_the_state_of_one_of_another_length() -> None:
    optimizer = Rate()
    scheduler = SequentialLR(optimizer, [StepLR(optimizer, 2)], [])
    with pytest.raises(ValueError, match="the states of 1 schedulers, got 0"):
        scheduler.set_state({**scheduler.state(), "schedulers": []})


R = Rate()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: StepLR(R, 0), "step_size is at least 1, not 0"),
        (lambda: StepLR(R, 3, gamma=-0.1), "gamma is a finite number of at least 0"),
        (lambda: ExponentialLR(R, float("nan")), "gamma is a finite number"),
        (lambda: ExponentialLR(Rate(-1.0), 0.9), "lr is a finite number of at least 0"),
        (lambda: CosineAnnealingLR(R, 0), "T_max is at least 1"),
        (lambda: LinearLR(R, 0.0), "start_factor is above 0"),
        (lambda: LinearLR(R, 0.5, 1.5), "end_factor is a number from 0 to 1, not 1.5"),
        (lambda: OneCycleLR(R, 0.1, 10, anneal_strategy="sin"), "anneal_strategy is cos or linear, not 'sin'"),
        (lambda: OneCycleLR(R, 0.1, 10, pct_start=1.1), "pct_start is a number from 0 to 1"),
        (lambda: OneCycleLR(R, 0.1, 10, pct_start=0.6, three_phase=True), "pct_start is at most 0.5 with three_phase"),
        (lambda: OneCycleLR(R, 0.1, 10, div_factor=0.5), "div_factor is a finite number of at least 1"),
        (lambda: ReduceLROnPlateau(R, factor=1.0), "factor is below 1"),
        (lambda: ReduceLROnPlateau(R, mode="least"), "mode is min or max, not 'least'"),
        (lambda: ReduceLROnPlateau(R, threshold_mode="no"), "threshold_mode is rel or abs"),
        (lambda: SequentialLR(R, [], []), "schedulers of this optimizer, at least one"),
        (lambda: SequentialLR(R, [StepLR(Rate(), 1)], []), "schedulers of this optimizer"),
        (lambda: SequentialLR(R, [StepLR(R, 1), StepLR(R, 2)], [0]), "a milestone is at least 1"),
        (lambda: SequentialLR(R, [StepLR(R, 1), StepLR(R, 2)], []), r"wanted 1 milestones that rise, got \[\]"),
        (lambda: SequentialLR(R, [SequentialLR(R, [StepLR(R, 1)], [])], []), "a sequence in a sequence"),
    ],
)
def test_wrong_arguments_are_answered_in_one_line(make: Callable[[], Scheduler], message: str) -> None:
    with pytest.raises(ValueError, match=message) as caught:
        make()
    assert "\n" not in str(caught.value)
