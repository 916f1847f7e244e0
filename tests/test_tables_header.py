"""Delimiters and names of columns."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from micrograd_plus.tables.header import column_names, delimiter_of

names = st.lists(st.sampled_from(["", " ", "x", "x.2", "x.3", " x ", "y", "column 1", "column 2"]), min_size=1)


@given(cells=names)
def test_every_column_gets_a_name_of_its_own_and_keeps_what_was_given_first(cells: list[str]) -> None:
    found = column_names(cells, "table.csv", notes := [])
    assert len(set(found)) == len(found) == len(cells)
    assert all(found)
    given = [cell.strip() for cell in cells]
    for place, name in enumerate(given):
        is_first = name != "" and name not in given[:place]
        assert (found[place] == name) == is_first
    changed = sum(name != other for name, other in zip(given, found, strict=True))
    assert len(notes) == (changed if changed <= 3 else 4)


def test_the_same_header_gets_the_same_names_again() -> None:
    header = ["x", "x", "", "x.2", "x"]
    assert (
        column_names(header, "a.csv", []) == column_names(header, "b.csv", []) == ["x", "x.3", "column 3", "x.2", "x.4"]
    )


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
