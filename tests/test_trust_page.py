"""The page of promises is what its script writes, and says nothing that was not printed."""

from pathlib import Path
from runpy import run_path

from benchmarks.__main__ import KEPT, PARTS

DOCS = Path(__file__).parents[1] / "docs"


def test_the_page_is_what_the_script_writes() -> None:
    page = run_path(str(DOCS / "write_trust.py"))["page"]()
    assert page == (DOCS / "trust.md").read_text(encoding="utf-8"), "run: python docs/write_trust.py"


def test_what_is_kept_was_printed_by_a_part_of_the_benchmark() -> None:
    assert {file.stem.partition("-")[0] for file in KEPT.glob("*")} <= set(PARTS["trust"])
