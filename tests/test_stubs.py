"""The committed types are those of the table."""

from pathlib import Path

import micrograd_plus
from micrograd_plus.ops import TABLE
from micrograd_plus.stubs import stubs

COMMITTED = Path(micrograd_plus.__file__).with_name("operations.pyi")


def test_committed_stubs_are_up_to_date():
    assert COMMITTED.read_text() == stubs(), "run: python -m micrograd_plus.stubs > micrograd_plus/operations.pyi"


def test_stubs_name_every_row_as_function_and_as_method():
    lines = stubs().splitlines()
    for name in TABLE:
        assert any(line.startswith(f"    def {name}(self") for line in lines)
        assert any(line.startswith(f"def {name}(") for line in lines)
