"""Delimiters and names of columns."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from micrograd_plus.tables.header import column_names, delimiter_of

names = st.lists(st.sampled_from(["", " ", "x", "x.2", "x.3", " x ", "y", "column 1", "column 2"]), min_size=1)


@given(cells=names)
def test_every_column_gets_a_name_of_its_own_and_keeps_what_was_given_first(cells: list[str]) -> None:
    found = column_names(cells)
    assert len(found) == len(cells)
    assert all(found)
    given = [cell.strip() for cell in cells]
    for place, (name, problem) in enumerate(found.items()):
        wanted = given[place]
        is_own = wanted != "" and wanted not in given[:place]
        assert (name == wanted) == (problem is None) == is_own
        assert problem is None or problem.startswith(f"column {place + 1} ")


def test_names_that_are_given_later_are_not_taken_away() -> None:
    assert [*column_names(["x", "x", "", "x.2", "x"])] == ["x", "x.3", "column 3", "x.2", "x.4"]


def test_names_of_many_columns_that_have_one_are_found_in_time_in_proportion() -> None:
    assert list(column_names(["x"] * 100_000))[1:] == [f"x.{number}" for number in range(2, 100_001)]


@pytest.mark.parametrize(
    ("line", "delimiter", "notes"),
    [
        ("a,b,kind\n", ",", []),
        ("a\n", ",", []),
        ("a;b;kind\n", ";", ["t.csv: cells are separated by semicolons"]),
        ("a\tb\tkind\r\n", "\t", ["t.csv: cells are separated by tabs"]),
        ("a, b; c, kind\n", ",", []),
        ("width, cm;height, cm;kind\n", ",", []),
        ("width, cm;height;kind\n", ";", ["t.csv: cells are separated by semicolons"]),
        ('"a;b;c;d",kind\n', ",", []),
        ('"a,b,c,d";kind\n', ";", ["t.csv: cells are separated by semicolons"]),
    ],
)
def test_the_delimiter_makes_the_most_columns_of_the_header(line: str, delimiter: str, notes: list[str]) -> None:
    assert delimiter_of(line, "t.csv", found := []) == delimiter
    assert found == notes
