"""Text from a file or from standard input, in chunks of lines, whatever its encoding.

Text is UTF-8, or UTF-16 where a byte order mark says so. A byte that is not UTF-8 is read as Windows-1252, which older
spreadsheets write, and that is noted. What is no text at all is refused by a name for what it is.
"""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager

from micrograd_plus.input_file import open_regular
from micrograd_plus.plain_error import PlainError
from micrograd_plus.texts import printable

STDIN = "-"

_MAGIC = {
    b"PK\x03\x04": "looks like an Excel file: save it as CSV",  # .xlsx, .ods: ZIP archives
    b"\xd0\xcf\x11\xe0": "looks like an Excel file: save it as CSV",
    b"\x1f\x8b": "looks like a gzip file: unpack it first",
    b"PAR1": "looks like a Parquet file: save it as CSV",
}
_LONGEST = 2**22  # characters of a line
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)

# What "surrogateescape" leaves of bytes that are not UTF-8; the five that Windows-1252 leaves open are as in Latin-1.
_STRAY = re.compile("[\udc80-\udcff]")
_WINDOWS_1252 = {
    0xDC00 + byte: bytes([byte]).decode("latin-1" if byte in (0x81, 0x8D, 0x8F, 0x90, 0x9D) else "cp1252")
    for byte in range(0x80, 0x100)
}


class DataError(PlainError, ValueError):
    """What is wrong with a data set, in one line."""


class TextSource:
    """Lines of an open text; `name` is how messages call it, and `notes` gets what a reader should know of it.

    `count` is the number of lines given so far.
    """

    def __init__(self, file: io.TextIOWrapper, name: str, notes: list[str]) -> None:
        self.name = name
        self.notes = notes
        self._file = file
        self.count = 0
        self._has_strays = False

    def lines(self, size: int) -> list[str]:
        """Return the next lines with their ends, about `size` characters and at least one line; none at the end."""
        try:
            lines = list(self._read(size))
        except OSError as error:
            raise DataError(f"{self.name}: {error.strerror or error}") from error
        except UnicodeError as error:
            raise DataError(f"{self.name}: not the text that its first bytes announce ({error})") from error
        if not all(map(str.isascii, lines)):
            lines = [self._decoded(line, number) for number, line in enumerate(lines, self.count + 1)]
        self.count += len(lines)
        return lines

    def _read(self, size: int) -> Iterator[str]:
        number = self.count
        while size > 0 and (line := self._file.readline(_LONGEST + 1)):
            number += 1
            if len(line) > _LONGEST:
                raise DataError(f"{self.name}, line {number}: longer than {_LONGEST:,} characters")
            size -= len(line)
            yield line

    def _decoded(self, line: str, number: int) -> str:
        stray = _STRAY.search(line)
        if stray is None:
            return line
        if not self._has_strays:
            byte = ord(stray[0]) - 0xDC00
            self.notes.append(f"{self.name}: not UTF-8 text (byte 0x{byte:02x} in line {number}), read as Windows-1252")
        self._has_strays = True
        return line.translate(_WINDOWS_1252)


@contextmanager
def open_text(path: str, notes: list[str]) -> Iterator[TextSource]:
    """Open the file at `path`, or standard input where that is "-"; raises `DataError` for what cannot be read."""
    name = "standard input" if path == STDIN else printable(path)
    try:
        # A descriptor is left open: it is not ours.
        file = open(0, "rb", closefd=False) if path == STDIN else open_regular(path)  # noqa: SIM115 - closed below
    except OSError as error:
        raise DataError(f"{name}: {error.strerror or error}") from error
    with file:
        yield TextSource(io.TextIOWrapper(file, _encoding(file, name), "surrogateescape", newline=""), name, notes)


def _encoding(file: io.BufferedReader, name: str) -> str:
    """Return the encoding of a file by its first bytes."""
    if file.isatty():
        raise DataError(f"{name}: a terminal, where a table is wanted: end the command with < table.csv")
    try:
        head = file.peek()
    except OSError as error:
        raise DataError(f"{name}: {error.strerror or error}") from error
    for magic, problem in _MAGIC.items():
        if head.startswith(magic):
            raise DataError(f"{name}: {problem}")
    if head.startswith(_UTF_16):
        return "utf-16"
    if b"\0" in head:
        raise DataError(f"{name}: not text (it holds zero bytes); a CSV file in UTF-8 is wanted")
    return "utf-8-sig"
