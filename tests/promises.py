"""The promises of trust: what each says, the tests that prove it, the patches that break it and must fail those tests.

To add a promise: write its test; change one line of micrograd_plus/, viz/ or cli/ so that the promise no longer holds;
keep the change with `git diff -U1 >tests/broken/NAME.patch` and undo it; add a row below, the test that notices first
in front; run `pytest -n 0 -m "" tests/test_broken.py -k NAME` and `python docs/write_trust.py`.
Tests are named as pytest names them, without the folder `tests/`: those alone that are needed and quick, since each
patch runs them in a process of its own. A patch may belong to several promises; each promise must notice it.
"""

from __future__ import annotations

from typing import NamedTuple

SECTIONS = ("Correct", "Engine", "Robust", "Secure")


class Promise(NamedTuple):
    """One sentence that a user understands, and how it is proved."""

    section: str
    says: str
    tests: tuple[str, ...]
    broken: tuple[str, ...]


def promise(section: str, says: str, *, tests: str, broken: str) -> Promise:
    """Return a promise from texts in which the names of tests and patches are separated by blanks."""
    return Promise(section, says, tuple(tests.split()), tuple(broken.split()))


PROMISES = [
    promise(
        "Engine",
        "Gradients of leaves add up over calls of `backward()`; those of computed nodes are set afresh in each.",
        tests="test_engine.py::test_leaves_add_up_and_computed_nodes_start_afresh"
        " test_engine.py::test_computed_nodes_start_afresh_wherever_they_are_read",
        broken="inner_gradients_add_up",
    ),
]
