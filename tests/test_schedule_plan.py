"""Schedules by name: what a text means, and one clear line for what means nothing."""

from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from micrograd_plus import Value
from micrograd_plus.optim import SGD
from micrograd_plus.schedule_plan import SCHEDULES, parse
from micrograd_plus.schedules import CosineAnnealingLR, OneCycleLR, SequentialLR, StepLR


def test_arguments_are_those_of_the_scheduler() -> None:
    scheduler = parse("step:step_size=30,gamma=0.25").scheduler(SGD([Value(0.0)], lr=0.1), epochs=100)
    assert isinstance(scheduler, StepLR)
    assert (scheduler.step_size, scheduler.gamma) == (30, 0.25)
    scheduler = parse("one-cycle:max_lr=0.5,three_phase=true,anneal_strategy=linear").scheduler(
        SGD([Value(0.0)], lr=0.1), epochs=100
    )
    assert isinstance(scheduler, OneCycleLR)
    lrs = parse("one-cycle:max_lr=0.5,three_phase=true,anneal_strategy=linear").lrs(0.1, 100)
    assert lrs.max() == 0.5
    np.testing.assert_allclose(np.diff(lrs[:30]), np.diff(lrs[:30])[0])


def test_what_is_not_given_suits_the_number_of_epochs() -> None:
    for epochs in (50, 200):
        lrs = {name: parse(name).lrs(0.1, epochs, losses=[1.0] * epochs) for name in SCHEDULES}
        assert {len(of_one) for of_one in lrs.values()} == {epochs}
        assert set(lrs["constant"]) == {0.1}
        assert len(set(lrs["step"])) == 3  # a third of the epochs each
        assert lrs["exponential"][-1] < 0.05
        for name in ("cosine", "linear", "one-cycle"):
            assert 0.0 < lrs[name][-1] <= 0.1 / epochs * (1.0 + 1e-9)
        assert lrs["one-cycle"].max() == pytest.approx(0.1, rel=1e-3)
        np.testing.assert_allclose(lrs["warmup"][:6], [0.01, 0.028, 0.046, 0.064, 0.082, 0.1])
        assert len(set(lrs["plateau"])) > 3


@pytest.mark.parametrize("name", [name for name in SCHEDULES if name != "warmup"])
def test_what_follows_a_warm_up_has_the_epochs_that_are_left(name: str) -> None:
    losses = np.linspace(1.0, 0.999, 60)
    after = parse(f"warmup:epochs=10+{name}").lrs(0.1, 60, losses)[10:]
    np.testing.assert_allclose(after, parse(name).lrs(0.1, 50, losses[10:]), rtol=1e-14)


def test_a_plan_is_used_for_any_optimizer() -> None:
    plan = parse(" warmup + cosine ")
    assert str(plan) == "warmup + cosine"
    for lr in (0.1, 0.5):
        optimizer = SGD([Value(0.0)], lr=lr)
        scheduler = plan.scheduler(optimizer, epochs=20)
        assert isinstance(scheduler, SequentialLR)
        assert isinstance(scheduler.schedulers[1], CosineAnnealingLR)
        assert scheduler.schedulers[1].T_max == 15
        assert optimizer.lr == pytest.approx(0.1 * lr)
        lrs = []
        for _ in range(20):
            lrs.append(optimizer.lr)
            scheduler.step()
        np.testing.assert_array_equal(lrs, plan.lrs(lr, 20))


@given(data=st.data(), name=st.sampled_from(SCHEDULES), warm=st.booleans())
def test_a_plan_knows_whether_a_longer_run_would_have_had_other_rates(data: Any, name: str, warm: bool) -> None:
    given = {
        "step": ["step_size=7", "gamma=0.5"],
        "exponential": ["gamma=0.9"],
        "cosine": ["T_max=30", "eta_min=0.01"],
        "linear": ["total_iters=30", "end_factor=0.5"],
        "one-cycle": ["total_steps=30", "max_lr=0.2"],
        "plateau": ["patience=3", "factor=0.9"],
    }.get(name, [])
    chosen = [text for text in given if data.draw(st.booleans())]
    text = ("warmup+" if warm and name != "warmup" else "") + name + (":" + ",".join(chosen) if chosen else "")
    plan, losses = parse(text), np.ones(90)
    short, long = plan.lrs(0.1, 30, losses), plan.lrs(0.1, 90, losses)
    assert plan.depends_on_epochs == bool((short != long[:30]).any())
    assert plan.reads_loss == ("plateau" in text)


def test_a_number_may_have_an_exponent_with_a_sign() -> None:
    plan = parse("warmup+one-cycle:final_div_factor=1e+3")
    assert plan.lrs(0.1, 50)[-1] == pytest.approx(0.1 / 25.0 / 1e3)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "unknown schedule '': want constant, step, exponential, cosine, linear, warmup, one-cycle, plateau"),
        ("cosin", r"unknown schedule 'cosin': want .*, plateau; did you mean 'cosine'\?"),
        ("StepLR", "unknown schedule 'StepLR'"),
        ("step:", "wanted step:ARGUMENT=VALUE,... with step_size or gamma, not ''"),
        ("step:30", "wanted step:ARGUMENT=VALUE,... with step_size or gamma, not '30'"),
        ("step:stepsize=3", "the schedule step has no 'stepsize': want step_size, gamma; did you mean 'step_size'"),
        ("step:step_size=3,step_size=4", "the schedule step is given step_size twice"),
        ("step:step_size=2.5", "step_size of the schedule step is an integer, not '2.5'"),
        ("step:gamma=x", "gamma of the schedule step is a number, not 'x'"),
        ("step:gamma=nan", "gamma of the schedule step is a finite number, not 'nan'"),
        ("step:step_size=0", "schedule 'step:step_size=0': step_size is at least 1, not 0"),
        ("warmup:epochs=0", "schedule 'warmup:epochs=0': epochs is at least 1, not 0"),
        ("one-cycle:three_phase=yes", "three_phase of the schedule one-cycle is true or false, not 'yes'"),
        ("one-cycle:anneal_strategy=sin", "schedule '.*': anneal_strategy is cos or linear, not 'sin'"),
        ("plateau:mode=max", "the schedule plateau has no 'mode'"),
        ("plateau:factor=1.5", "factor is a number from 0 to 1, not 1.5"),
        ("cosine:optimizer=3", "the schedule cosine has no 'optimizer'"),
        ("cosine+warmup", "a \\+ joins warmup and one other, such as warmup:epochs=5\\+cosine"),
        ("warmup+warmup", "a \\+ joins warmup and one other"),
        ("warmup+cosine+step", "a \\+ joins warmup and one other"),
        ("warmup+", "unknown schedule ''"),
    ],
)
def test_what_means_nothing_is_answered_in_one_line(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message) as caught:
        parse(text)
    assert "\n" not in str(caught.value)


@given(st.text(alphabet="stepcoingamlrw:=,+-. 019ex_\n", max_size=30))
@example("step:gamma=1e400")
@example("exponential:gamma=1e99")
@example("one-cycle:total_steps=1" + "0" * 400)
@example("step:step_size=" + "9" * 5000)
def test_whatever_the_text_nothing_but_a_value_error_is_raised(text: str) -> None:
    message = ""
    try:
        assert len(parse(text).lrs(0.1, 20, losses=[1.0] * 20)) == 20
    except ValueError as error:
        message = str(error)
    assert "\n" not in message


def test_a_warm_up_leaves_epochs_to_what_follows() -> None:
    with pytest.raises(ValueError, match="schedule 'warmup\\+cosine': its warm-up leaves nothing of 5 epochs"):
        parse("warmup+cosine").lrs(0.1, 5)
    assert len(parse("warmup+cosine").lrs(0.1, 6)) == 6


def test_the_rates_of_a_plateau_want_losses() -> None:
    with pytest.raises(ValueError, match="the rates of schedule 'warmup\\+plateau' depend on the losses"):
        parse("warmup+plateau").lrs(0.1, 100)


def test_the_rates_of_more_epochs_than_losses_are_not_known() -> None:
    with pytest.raises(ValueError, match="wanted the losses of 3 epochs, got 2"):
        parse("plateau").lrs(0.1, 3, [1.0, 1.0])
