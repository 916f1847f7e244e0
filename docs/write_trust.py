"""Writes the page of promises: `python docs/write_trust.py` makes docs/trust.md from tests/promises/ and docs/trust/.

What is in docs/trust/ was printed by `python -m benchmarks trust --keep`. A test fails while the page is not what this
writes.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.__main__ import KEPT, PARTS
from tests.promises import PROMISES, SECTIONS, Promise

PAGE = Path(__file__).parent / "trust.md"

_HEAD = """# Trust

What this library promises, and why it may be believed. Each promise names the tests that prove it and the changes of
one line that break it: kept as patches in [tests/broken](../tests/broken), they are made one after the other by
[a test](../tests/test_broken.py) which requires that the tests of the promise fail. A promise that no test would miss
is not on this page. Promises: {promises}, patches: {patches}.
"""

_FIGURES = """## Figures

Printed by `python -m benchmarks trust --keep`, each part as it was run last; no number is typed by hand.
"""


def page() -> str:
    """Return the text of the page."""
    patches = {name for promise in PROMISES for name in promise.broken}
    parts = [_HEAD.format(promises=len(PROMISES), patches=len(patches))]
    for section in SECTIONS:
        parts += [f"## {section}\n", "| promise | proved by | broken by |", "|---|---|---|"]
        parts += [_row(promise) for promise in PROMISES if promise.section == section]
        parts.append("")
    return "\n".join([*parts, _FIGURES, *_figures()])


def _row(promise: Promise) -> str:
    tests = [f"[{_title(test)}](../tests/{test.partition('::')[0]})" for test in promise.tests]
    patches = [f"[{name}](../tests/broken/{name}.patch)" for name in promise.broken]
    return f"| {promise.says} | {'; '.join(dict.fromkeys(tests))} | {', '.join(patches)} |"


def _title(test: str) -> str:
    """Return a test's name as words.

    >>> _title("test_engine.py::test_a_leaf_is_its_own_gradient[1]")
    'a leaf is its own gradient'
    """
    name = test.partition("[")[0].split("::")[-1]
    return re.sub(r"^test_|\.py$", "", name).replace("_", " ").strip()


def _figures() -> Iterator[str]:
    for part in PARTS["trust"]:
        for file in [*KEPT.glob(f"{part}.txt"), *sorted(KEPT.glob(f"{part}-*.txt"))]:
            title, printed = re.sub("[-_]", " ", file.stem).capitalize(), file.read_text(encoding="utf-8").strip()
            yield f"### {title}\n\n```text\n{printed}\n```\n"


if __name__ == "__main__":
    Path(*sys.argv[1:] or [PAGE]).write_text(page(), encoding="utf-8")
