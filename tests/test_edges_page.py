"""The page of edges is what its script writes: each library's answers, where the library is installed."""

from importlib.metadata import version
from pathlib import Path
from runpy import run_path

import pytest
from packaging.version import Version

from tests.edge_cases import EARLIER

DOCS = Path(__file__).parents[1] / "docs"
PAGE = (DOCS / "edges.md").read_text(encoding="utf-8")
SCRIPT = run_path(str(DOCS / "write_edges.py"))
STALE = "run: python docs/write_edges.py"


@pytest.fixture(scope="module")
def shown():
    return SCRIPT["columns_of"](PAGE)


def test_the_page_is_what_the_script_writes_of_these_answers(shown):
    assert SCRIPT["page"](shown, SCRIPT["versions_of"](PAGE)) == PAGE, STALE


def compare(library, shown, asked=lambda case: True):
    for case, on_page in zip(SCRIPT["cases"](), shown[library], strict=True):
        if asked(case):
            assert SCRIPT["answer"](library, *case) == on_page, f"{library} {case}: {STALE}"


@pytest.mark.parametrize("library", ["ours", "NumPy"])
def test_answers_are_those_of_the_page(shown, library):
    compare(library, shown)


@pytest.mark.slow
@pytest.mark.parametrize(("library", "package"), SCRIPT["ORACLES"].items())
def test_answers_of_oracles_are_those_of_the_page(shown, library, package):
    pytest.importorskip(package)
    compare(library, shown, lambda case: (library, *case) not in EARLIER)


@pytest.mark.slow
@pytest.mark.parametrize("library", dict.fromkeys(library for library, *_ in EARLIER))
def test_answers_that_changed_are_those_of_the_page(shown, library):
    package, newest = SCRIPT["ORACLES"][library], SCRIPT["versions_of"](PAGE)[library]
    pytest.importorskip(package)
    if Version(version(package)) < Version(newest):
        pytest.skip(f"{library} {version(package)} answers otherwise, in places that the page names, than {newest}")
    compare(library, shown, lambda case: (library, *case) in EARLIER)
