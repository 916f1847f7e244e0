"""Text in any encoding, and what is no text."""

import gzip
import io
import os
import pty
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from micrograd_plus.tables.source import DataError, open_text

TEXT = "größe,π,kind\r\n1,2,café\n3,4,日本\n"


def text_of(path: Path, size: int = 10**6) -> tuple[str, list[str]]:
    """Return all that is in a file, read in pieces of that size, and the notes on it."""
    notes: list[str] = []
    lines: list[str] = []
    with open_text(str(path), notes) as source:
        while more := source.lines(size):
            lines += more
            assert source.count == len(lines)
    return "".join(lines), notes


def problem_of(path: Path) -> str:
    with pytest.raises(DataError) as caught:
        text_of(path)
    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    return message.removeprefix(f"{path}: ")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("size", [1, 7, 10**6])
def test_text_in_unicode_is_read_without_a_word(tmp_path: Path, encoding: str, size: int) -> None:
    path = tmp_path / "table.csv"
    path.write_bytes(TEXT.encode(encoding))
    assert text_of(path, size) == (TEXT, [])


@given(text=st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"])))
def test_any_utf_8_text_comes_back(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.mktemp("text") / "table.csv"
    path.write_bytes(b"a\n" + text.encode())
    assert text_of(path) == ("a\n" + text, [])


def test_every_byte_that_is_not_utf_8_is_read_as_windows_1252_and_that_is_noted_once(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    content = b"".join(bytes([byte]) + b"\n" for byte in range(0x80, 0x100))
    path.write_bytes(content)
    found, notes = text_of(path)
    assert notes == [f"{path}: not UTF-8 text (byte 0x80 in line 1), read as Windows-1252"]
    open_places = bytes([0x81, 0x8D, 0x8F, 0x90, 0x9D])  # read as Latin-1
    assert [letter for letter in found if letter != "\n"] == [
        bytes([byte]).decode("latin-1" if byte in open_places else "cp1252") for byte in range(0x80, 0x100)
    ]


def test_the_first_byte_that_is_not_utf_8_is_named_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_bytes("a,kind\n1,x\n2,Zoë\n3,€5–10\n".encode("cp1252"))
    assert text_of(path) == (
        "a,kind\n1,x\n2,Zoë\n3,€5–10\n",
        [f"{path}: not UTF-8 text (byte 0xeb in line 3), read as Windows-1252"],
    )


def zipped() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (zipped(), "looks like an Excel file: save it as CSV"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(99), "looks like an Excel file: save it as CSV"),
        (gzip.compress(b"a,kind\n1,x\n"), "looks like a gzip file: unpack it first"),
        (b"PAR1\x15\x04", "looks like a Parquet file: save it as CSV"),
        (b"a,\0kind\n", "not text (it holds zero bytes); a CSV file in UTF-8 is wanted"),
        ("a,kind\n1,x\n".encode("utf-16-le"), "not text (it holds zero bytes); a CSV file in UTF-8 is wanted"),
    ],
    ids=["xlsx", "xls", "gzip", "Parquet", "zero bytes", "UTF-16 without a mark"],
)
def test_what_is_no_text_is_called_by_its_name(tmp_path: Path, content: bytes, problem: str) -> None:
    path = tmp_path / "table.csv"
    path.write_bytes(content)
    assert problem_of(path) == problem


def test_utf_16_that_is_cut_short_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_bytes("a,b".encode("utf-16")[:-1])
    assert problem_of(path).startswith("not the text that its first bytes announce")


def test_files_that_can_not_be_read(tmp_path: Path) -> None:
    assert problem_of(tmp_path / "none.csv") == "No such file or directory"
    assert problem_of(tmp_path) == "Is a directory"


PROGRAM = """
import sys
from micrograd_plus.tables.source import DataError, open_text
try:
    with open_text("-", []) as source:
        print(source.name, source.lines(10**6))
except DataError as error:
    print(error)
sys.stdin.close()
"""


def test_standard_input_is_read_as_a_file_is() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], input=b"a\r\n\xc3\xa9\n", capture_output=True, check=True)
    assert done.stdout.decode() == "standard input ['a\\r\\n', 'é\\n']\n"


def test_a_terminal_is_refused_rather_than_waited_for() -> None:
    ours, theirs = pty.openpty()
    done = subprocess.run([sys.executable, "-c", PROGRAM], stdin=theirs, capture_output=True, text=True, check=True)
    os.close(ours)
    os.close(theirs)
    assert done.stdout == "standard input: a terminal, where a table is wanted: end the command with < table.csv\n"
