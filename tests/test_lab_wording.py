"""Parts of sentences about learning rates."""

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from micrograd_plus.lab.run import Run
from micrograd_plus.lab.tuning import Tuned
from micrograd_plus.lab.wording import rate_at_an_end, two_digits

RUN = Run(np.arange(2), np.zeros((2, 1)), np.array([2.0, 1.0]), np.ones(2), np.zeros(2), np.ones(1))


@given(st.floats(1e-9, 1e9))
def test_two_digits_are_near_and_stay(x: float) -> None:
    rounded = two_digits(x)
    assert abs(rounded - x) <= 0.05 * x * (1 + 1e-9)
    assert two_digits(rounded) == rounded
    assert len(f"{rounded:e}".partition("e")[0].rstrip("0").rstrip(".")) <= 3


def test_a_best_rate_is_told_only_at_an_end_of_several() -> None:
    lower = replace(RUN, losses=np.array([2.0, 0.0]))
    assert rate_at_an_end(Tuned({0.1: RUN, 0.2: lower})) == [
        "0.2 is the largest of the rates, so another may be better"
    ]
    assert rate_at_an_end(Tuned({0.1: lower, 0.2: RUN})) == [
        "0.1 is the smallest of the rates, so another may be better"
    ]
    assert rate_at_an_end(Tuned({0.1: RUN, 0.2: lower, 0.3: RUN})) == []
    assert rate_at_an_end(Tuned({0.1: RUN})) == []
