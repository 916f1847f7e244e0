"""Charts of braille dots: what is drawn is where the numbers are, whatever the numbers."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from micrograd_plus.viz.terminal_chart import LEAST_HEIGHT, LEAST_WIDTH, can_be_written, chart, pieces

WIDTH, HEIGHT = 80, 14
BITS = {(row, column): bit for bit, (row, column) in enumerate([(0, 0), (1, 0), (2, 0), (0, 1), (1, 1), (2, 1)])}
BITS |= {(3, 0): 6, (3, 1): 7}  # as Unicode numbers the dots: the fourth row was added later


def dots_of(rows: list[str]) -> Any:
    """Return where dots are in the rows of a plot, by row and column of dots."""
    plots = [row[10:] for row in rows[:-2]]
    width = rows[-2].count("─")
    dots = np.zeros((4 * len(plots), 2 * width), dtype=bool)
    for k, plot in enumerate(plots):
        for c, sign in enumerate(plot[:width]):
            if "\u2800" <= sign <= "\u28ff":
                for (row, column), bit in BITS.items():
                    dots[4 * k + row, 2 * c + column] = ord(sign) >> bit & 1
    return dots


def dots(values: Any, **options: Any) -> Any:
    return dots_of(chart({"loss": values}, WIDTH, HEIGHT, **options))


def test_a_straight_line_runs_from_corner_to_corner() -> None:
    found = dots(np.linspace(5.0, -1.0, 7))
    rows, columns = found.shape
    assert rows == 4 * (HEIGHT - 2)
    assert found.sum() == columns
    assert found[0, 0]
    assert found[-1, -1]
    wanted = np.arange(columns) / (columns - 1) * (rows - 1)
    assert np.abs(found.argmax(axis=0) - wanted).max() <= 1.0


def test_steep_lines_have_no_holes() -> None:
    found = dots([0.0, 1.0] * 20)
    for column in found.T:
        at = np.flatnonzero(column)
        assert len(at) == at[-1] - at[0] + 1
    for left, right in zip(found.T[:-1], found.T[1:], strict=True):
        near = np.flatnonzero(left)[:, None] - np.flatnonzero(right)[None, :]
        assert np.abs(near).min() <= 1


def test_many_epochs_are_drawn_by_their_means() -> None:
    values = np.tile([0.0, 2.0], 5000)
    values[0], values[-400:] = 5.0, 5.0
    found = dots(values)
    rows = np.flatnonzero(found[:, 10:60].any(axis=1))
    assert rows[-1] - rows[0] <= 1  # about 1, which is drawn flat


def test_a_log_scale_makes_powers_a_straight_line() -> None:
    np.testing.assert_array_equal(dots(0.5 ** np.arange(30), log=True), dots(np.arange(30, 0, -1)))


def test_what_cannot_be_drawn_is_a_gap() -> None:
    values: list[Any] = np.linspace(1.0, 2.0, 61).tolist()
    for k, missing in enumerate([None, float("nan"), float("inf"), -float("inf"), 1e305]):
        values[20 + 2 * k : 22 + 2 * k] = [missing] * 2
    found = dots(values)
    columns = np.flatnonzero(found.any(axis=0))
    (gap,) = np.flatnonzero(np.diff(columns) > 1)
    per_epoch = (found.shape[1] - 1) / 60
    assert columns[gap] == pytest.approx(19 * per_epoch, abs=1)
    assert columns[gap + 1] == pytest.approx(30 * per_epoch, abs=1)
    np.testing.assert_array_equal(
        dots([4.0, -1.0, 0.0, 2.0, 1.0], log=True), dots([4.0, None, None, 2.0, 1.0], log=True)
    )


def test_the_axis_goes_on_to_the_epochs_to_come() -> None:
    rows = chart({"loss": [3.0, 2.0, 1.0]}, WIDTH, HEIGHT, epochs=21)
    found = dots_of(rows)
    assert np.flatnonzero(found.any(axis=0))[-1] <= 0.1 * 2 * (WIDTH - 24) + 1
    assert rows[-1].split() == ["1", "epoch", "21"]


def test_numbers_stand_at_their_rows() -> None:
    rows = chart({"training": [3.0, 0.5, 1.0], "validation": [2.5, 1.0, 1.01]}, WIDTH, HEIGHT)
    assert [(k, row.split()[0]) for k, row in enumerate(rows) if "┤" in row] == [(0, "3"), (6, "1.75"), (11, "0.5")]
    ends = {row.rsplit(" ", 2)[-2]: k for k, row in enumerate(rows) if row.endswith(("training 1", "validation 1.01"))}
    assert sorted(ends) == ["training", "validation"]
    assert all(abs(k - 9) <= 1 for k in ends.values())  # both at about 1: one above the other
    assert rows[-1].split() == ["1", "epoch", "3"]


def test_lines_differ_without_colour_and_pieces_say_whose_they_are() -> None:
    values = np.linspace(1.0, 0.0, 300)
    lines = {"training": values, "validation": values + 0.5}
    drawn = pieces(lines, WIDTH, HEIGHT)
    assert [("".join(p.text for p in row)).rstrip() for row in drawn] == chart(lines, WIDTH, HEIGHT)
    of_lines = {
        name: "".join(p.text for row in drawn for p in row if p.line == name and p.text[0] > "\u2800") for name in lines
    }
    solid, dotted = (sum((ord(sign) - 0x2800).bit_count() for sign in text) for text in of_lines.values())
    assert solid > 1.5 * dotted > 20


def test_a_lone_number_of_any_line_is_seen() -> None:
    for epoch in range(6):
        values: list[float | None] = [None] * 6
        values[epoch] = 1.0
        rows = chart({"a": [], "b": [], "c": values}, WIDTH, HEIGHT)
        assert dots_of(rows).sum() == 1


@given(
    lines=st.dictionaries(
        st.sampled_from(["training", "validation", "test"]), st.lists(st.none() | st.floats(), max_size=300)
    ),
    width=st.integers(LEAST_WIDTH, 100),
    height=st.integers(LEAST_HEIGHT, 20),
    log=st.booleans(),
    epochs=st.none() | st.integers(1, 1000),
)
def test_any_numbers_fit_the_chart(lines: Any, width: int, height: int, log: bool, epochs: int | None) -> None:
    rows = chart(lines, width, height, log=log, epochs=epochs)
    assert len(rows) == height
    assert all(len(row) <= width and row.isprintable() for row in rows)


def test_a_chart_without_numbers_has_axes_only() -> None:
    for lines in ({}, {"loss": []}, {"loss": [float("nan")]}):
        rows = chart(lines, WIDTH, HEIGHT)
        assert not dots_of(rows).any()
        assert rows[-1].split() == ["epoch", "1"]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: chart({}, 39, 10), "width is at least 40, not 39"),
        (lambda: chart({}, 80, 4), "height is at least 5, not 4"),
        (lambda: chart({str(k): [1.0] for k in range(4)}, 80, 5), "wanted at most 3 lines for 5 rows, got 4"),
        (lambda: chart({"x" * 40: [1.0]}, 60, 10), "the names of the lines leave 0 of 60 columns"),
    ],
)
def test_a_chart_without_room_is_refused(call: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()


def test_encodings_that_lack_the_signs_are_told() -> None:
    assert can_be_written("utf-8")
    assert not any(can_be_written(name) for name in ("ascii", "latin-1", "cp1252", "no-such-encoding", None))
    "\n".join(chart({"loss": [1.0, 2.0]})).encode("utf-8")
