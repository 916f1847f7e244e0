"""Boxes and arrows as plain data: their numbers, their texts, and four kinds of no gradient."""

import numpy as np
import pytest

from micrograd_plus.viz.colour import CUT_FILL, MORE_FILL, PENDING_FILL, ZERO_FILL, Scale
from micrograd_plus.viz.picture import Arrow, Box, Flow, Numbers, Picture, Role, short

ONE, NOTHING = Numbers.of(1.0), Numbers.of(0.0)


def picture(*boxes: Box) -> Picture:
    return Picture(boxes, (), (), Scale(1.0), len(boxes))


def test_numbers_are_those_of_numpy() -> None:
    array = np.random.default_rng(0).normal(size=(4, 5)).astype(np.float32)
    numbers = Numbers.of(array)
    assert (numbers.low, numbers.high, numbers.count) == (array.min(), array.max(), 20)
    assert numbers.mean == pytest.approx(float(array.astype(float).mean()), rel=1e-12)
    assert Numbers.of(np.array([])).count == 0
    assert str(Numbers.of([1.0, np.nan, np.inf])) == "nan"
    assert str(Numbers.of(np.zeros((0, 3)))) == "empty"


def test_the_strongest_number_keeps_its_sign() -> None:
    assert Numbers.of([-3.0, 2.0]).strongest == -3.0
    assert Numbers.of([-3.0, 4.0]).strongest == 4.0


def test_four_kinds_of_no_gradient_look_different() -> None:
    pending = Box("a", Role.INPUT, data=ONE)
    zero = Box("b", Role.INPUT, data=ONE, grad=NOTHING, flow=Flow.ZERO)
    cut = Box("c", Role.INPUT, data=ONE, grad=NOTHING, flow=Flow.CUT, note="cut off by relu")
    flowing = Box("d", Role.INPUT, data=ONE, grad=ONE, flow=Flow.FLOWING)
    boxes = (pending, zero, cut, flowing)
    fills = [picture(*boxes).fill(box) for box in boxes]
    assert fills[:3] == [PENDING_FILL, ZERO_FILL, CUT_FILL]
    assert len(set(fills)) == 4
    assert len({tuple(box.lines()) for box in boxes}) == 4  # and without colours too


def test_signs_of_arrows_are_told_without_colours() -> None:
    def style(share: float, flow: Flow) -> str:
        return Arrow("a", "b", ONE, Numbers.of(share), flow).style

    assert style(1.0, Flow.FLOWING) == "solid"
    assert style(-1.0, Flow.FLOWING) == "dashed"
    assert style(0.0, Flow.ZERO) == style(-0.0, Flow.CUT) == "dotted"


def test_arrows_are_wider_the_more_they_carry() -> None:
    def width(share: float | None) -> float:
        numbers = None if share is None else Numbers.of(share)
        return picture().width(Arrow("a", "b", None, numbers, Flow.FLOWING))

    assert width(None) == width(0.0) < width(0.01) < width(-0.1) < width(1.0) == width(np.nan)


def test_texts_of_an_arrow() -> None:
    assert Arrow("a", "b", ONE, ONE, Flow.FLOWING).texts == ["×1"]
    assert Arrow("a", "b", ONE, Numbers.of(-2.5), Flow.FLOWING, adds=True).texts == ["×1", "adds -2.5"]
    assert Arrow("a", "b", None, ONE, Flow.FLOWING, adds=True).texts == []
    assert Arrow("a", "b", ONE, ONE, Flow.FLOWING, says_share=True).texts == ["×1", "gives 1"]
    assert Arrow("a", "b", None, ONE, Flow.FLOWING, adds=True, says_share=True).texts == ["adds 1"]
    assert Arrow("a", "b", ONE, None, Flow.PENDING, adds=True, says_share=True).texts == ["×1"]


def test_a_group_tells_how_many_values_it_holds() -> None:
    group = Box("g", Role.GROUP, name="neuron1", data=ONE, grad=ONE, count=1234)
    assert group.lines() == ["neuron1 (1,234 values)", "data 1   grad 1"]
    assert group.lines(with_count=False)[0] == "neuron1"


def test_alike_values_are_counted_and_samples_of_a_neuron_too() -> None:
    alike = Box("g", Role.GROUP, name="tanh", data=ONE, grad=ONE, count=1500, times=300)
    assert alike.lines()[0] == "tanh × 300"
    neuron = Box("g", Role.GROUP, name="neuron1", data=Numbers.of([1.0, 2.0]), count=30)
    assert neuron.lines(with_count=False)[0] == "neuron1 × 2"


def test_a_stale_box_says_so() -> None:
    box = Box("a", Role.OPERATION, data=ONE, grad=ONE, is_stale=True)
    assert box.lines() == ["data 1 (stale)", "grad 1"]


def test_what_is_left_out_is_white_and_no_group() -> None:
    more = Box("m", Role.MORE, flow=Flow.NEVER)
    shown = picture(Box("a", Role.INPUT, data=ONE), more)
    assert more.lines() == ["..."]
    assert shown.fill(more) == MORE_FILL
    assert shown.shown == 1
    assert not shown.is_collapsed


def test_the_caption_counts_values_and_groups() -> None:
    group, more = Box("g", Role.GROUP, data=ONE, count=1200), Box("m", Role.MORE)

    def caption(values: int, *remarks: str, boxes: tuple[Box, ...] = (group, more)) -> str:
        return Picture(boxes, (), (), Scale(), values, remarks).caption

    assert caption(1200) == "1,200 values shown as 1 group"
    assert caption(5000, "around h1") == "1,200 of 5,000 values shown as 1 group, around h1"
    assert caption(7, "around h1", boxes=(Box("a", Role.INPUT), more)) == "1 of 7 values shown, around h1"
    assert caption(1, boxes=(Box("a", Role.INPUT),)) == ""


@pytest.mark.parametrize("x", [1.0, -0.1, 1 / 3, 1e-300, 123456.789, np.pi * 1e10])
def test_short_texts_keep_four_digits(x: float) -> None:
    assert float(short(x)) == pytest.approx(x, rel=5e-4)
    assert len(short(x)) <= len("-1.234e-300")
