"""Damaged input of every kind is used or refused as documented: no other exception, no hang, no gigabyte."""

import random

import pytest

from tests.fuzz_targets import TARGETS
from tests.fuzzing import Refused, Target, fuzz, tried

SECONDS = 6.0


@pytest.mark.slow
@pytest.mark.parametrize("target", TARGETS)
def test_damaged_input_is_used_or_refused(target: str) -> None:
    outcome = fuzz(target, seconds=SECONDS)
    assert not outcome.failure, outcome.failure
    assert outcome.tried > outcome.refused > 0


def test_every_target_draws_the_same_input_again(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("expression", "index", "function"):
        draw = TARGETS[name].draw
        assert len({repr(draw(random.Random(k))) for k in range(50)}) > 25, name
        assert repr(draw(random.Random(7))) == repr(draw(random.Random(7))), name


def _of(number: int) -> None:
    if number == 3:
        raise Refused
    if number == 5:
        raise KeyError("five")
    while number == 8:
        pass


def test_a_failure_tells_its_seed_its_number_and_its_input() -> None:
    counts = iter(range(20))
    outcome = tried("counting", Target(lambda rng: next(counts), _of, (Refused,)), 2, range(100, 120))
    assert (outcome.tried, outcome.refused) == (6, 1)
    assert outcome.failure.startswith("counting, seed 2, input 105: 5\n")
    assert outcome.failure.rstrip().endswith("KeyError: 'five'")


def test_what_takes_too_long_is_a_failure() -> None:
    outcome = tried("waiting", Target(lambda rng: 8, _of, (Exception,)), 0, range(9), most_time=0.1)
    assert outcome.tried == 1
    assert "Hang: longer than 0.1 seconds" in outcome.failure
