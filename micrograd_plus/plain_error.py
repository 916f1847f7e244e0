"""The base of the library's errors that name what a user, or a file, has named."""

from __future__ import annotations

from micrograd_plus.texts import printable


class PlainError(Exception):
    """An error whose message is one line that a terminal shows, and nothing that it obeys, whatever names it holds.

    >>> raise PlainError("no file \\x1b[31m.csv")
    Traceback (most recent call last):
    micrograd_plus.plain_error.PlainError: no file  [31m.csv
    """

    def __init__(self, message: str) -> None:
        super().__init__(printable(message))
