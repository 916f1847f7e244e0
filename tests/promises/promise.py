"""A promise: what it says, the tests that prove it, the patches that break it."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple


class Promise(NamedTuple):
    """One sentence that a user understands, and how it is proved."""

    section: str
    says: str
    tests: tuple[str, ...]
    broken: tuple[str, ...]


def promises_of(section: str) -> Callable[..., Promise]:
    """Return what makes promises of a section, of texts in which names of tests and patches are separated by blanks."""

    def promise(says: str, *, tests: str, broken: str) -> Promise:
        return Promise(section, says, tuple(tests.split()), tuple(broken.split()))

    return promise
