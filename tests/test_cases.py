"""A test made by `each` goes through all cases and names the one that fails."""

from pathlib import Path

import pytest

from tests.cases import each


def test_all_cases_are_seen_and_one_that_fails_is_named() -> None:
    seen = []

    @each("number, square", [(1, 1), (3, 9), (2, 5), (4, 16)])
    def check(number: int, square: int) -> None:
        seen.append(number)
        assert number * number == square

    with pytest.raises(AssertionError) as failure:
        check()
    assert seen == [1, 3, 2]
    assert failure.value.__notes__ == ["case number, square = (2, 5)"]


@each("outer", "ab")
@each("inner", [1, 2], ids=str)
def test_fixtures_are_given_and_cases_multiply(outer: str, inner: int, tmp_path: Path) -> None:
    place = tmp_path / f"{outer}{inner}"
    assert not place.exists()
    place.touch()
    assert (outer, inner) != ("b", 2) or sorted(path.name for path in tmp_path.iterdir()) == ["a1", "a2", "b1", "b2"]


def test_no_cases_are_no_success() -> None:
    @each("case", [])
    def check(case: object) -> None:
        raise AssertionError(case)

    with pytest.raises(AssertionError):
        check()
