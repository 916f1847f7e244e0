"""Colours rise with the size of a gradient, differ by its sign, and can be read."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from micrograd_plus.viz.colour import NAN_FILL, ZERO_FILL, Scale

FINITE = st.floats(allow_nan=False, allow_infinity=False)


def luminance(colour: str) -> float:
    """Relative luminance as in the sRGB standard (IEC 61966-2-1)."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(a: str, b: str) -> float:
    light, dark = sorted((luminance(a), luminance(b)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@given(FINITE)
def test_limit_is_reached_and_has_one_significant_digit(gradient: float) -> None:
    scale = Scale.of([gradient])
    assert scale.limit >= abs(gradient)
    if 1e-300 < abs(gradient) < 1e300:
        assert scale.limit <= 2.0 * abs(gradient)
        assert float(f"{scale.limit:.0e}") == scale.limit


@given(FINITE, FINITE)
def test_strength_grows_with_the_gradient_and_is_odd(a: float, b: float) -> None:
    scale = Scale(10.0)
    low, high = sorted((a, b))
    assert -1.0 <= scale.strength(low) <= scale.strength(high) <= 1.0
    assert scale.strength(-a) == -scale.strength(a)


def test_nothing_finite_to_show_gives_a_scale_all_the_same() -> None:
    assert Scale.of([]) == Scale.of([0.0, math.nan, math.inf])


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_larger_gradients_are_darker_and_dark_text_can_be_read_on_them(sign: float) -> None:
    scale = Scale(1.0)
    fills = [scale.fill(sign * g) for g in (0.0, 1e-4, 1e-2, 0.1, 1.0, math.inf)]
    brightness = [luminance(fill) for fill in fills[1:]]
    assert brightness == sorted(brightness, reverse=True)
    assert all(contrast(fill, "#202020") > 4.5 for fill in fills)


def test_in_grey_equal_sizes_look_equal() -> None:
    scale = Scale(1.0)
    for g in (0.01, 0.1, 1.0):
        assert contrast(scale.fill(g), scale.fill(-g)) < 1.15


def test_zero_and_nan_have_colours_of_their_own() -> None:
    scale = Scale(1.0)
    assert scale.fill(0.0) == scale.fill(-0.0) == ZERO_FILL
    assert scale.fill(math.nan) == scale.line(math.nan) == NAN_FILL
    assert len({scale.fill(g) for g in (0.0, 1e-9, -1e-9, math.nan)}) == 4


def test_ticks_are_symmetric_and_rise() -> None:
    ticks = Scale(2.0).ticks()
    assert ticks == sorted(ticks)
    assert ticks == [-t for t in reversed(ticks)]
    assert ticks[-1] == 2.0
