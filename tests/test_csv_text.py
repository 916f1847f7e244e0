"""What is exported as a table: spreadsheets compute none of its texts, and numbers stay numbers."""

import csv
import io

import numpy as np
import pytest

from micrograd_plus.cli.csv_text import csv_text
from tests.hostile import CELLS, TEXTS

NUMBERS = [-1.5, 0.0, -0.0, 3, -7, 1e300, -1e-300, float("inf"), float("-inf"), True, np.float64(-2.5).item()]


def cells_of(text: str, delimiter: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_no_cell_is_a_formula(delimiter: str) -> None:
    """Also where a spreadsheet separates cells by another sign, as those of many countries do."""
    text = csv_text(TEXTS, [TEXTS, [f"p({name})" for name in TEXTS], [f"{text}\n{text}" for text in TEXTS]])
    for row in cells_of(text, delimiter):
        for cell in row:
            assert not cell.startswith(("\t", "\r", "\n")), ascii(cell)
            assert not cell.lstrip().startswith(tuple("=+-@＝＋－＠")), ascii(cell)


def test_other_texts_are_as_they_were() -> None:
    plain = [text for text in TEXTS if text not in CELLS and not text.startswith("-")]
    assert len(plain) > len(TEXTS) - len(CELLS) - 5
    [header, row] = cells_of(csv_text(plain, [plain]), ",")
    assert header == row == plain


def test_the_others_are_led_by_apostrophes() -> None:
    [header] = cells_of(csv_text(CELLS, []), ",")
    assert [cell.replace("'", "") for cell in header] == [cell.replace("'", "") for cell in CELLS]


def test_numbers_stay_numbers() -> None:
    texts = [f"{number:.6g}" for number in NUMBERS] + ["-nan", "+1", "-.5", "-5."]
    [_, numbers, same] = cells_of(csv_text(["a"], [NUMBERS, texts]), ",")
    assert numbers == [str(number) for number in NUMBERS]
    assert same == texts


@pytest.mark.parametrize("text", ["-1e", "-", "+-1", "-1 ", "-1\n", "-١", "-infinity()", "-0x1f", "-1_000"])
def test_what_only_looks_like_a_number_is_a_text(text: str) -> None:
    assert cells_of(csv_text([text], []), ",")[0] == [f"'{text}"]
