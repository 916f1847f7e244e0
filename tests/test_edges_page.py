"""The page of edges is what its script writes: each library's answers, where the library is installed."""

from pathlib import Path
from runpy import run_path

import pytest

DOCS = Path(__file__).parents[1] / "docs"
PAGE = (DOCS / "edges.md").read_text(encoding="utf-8")
SCRIPT = run_path(str(DOCS / "write_edges.py"))
STALE = "run: python docs/write_edges.py"


@pytest.fixture(scope="module")
def shown():
    return SCRIPT["columns_of"](PAGE)


def test_the_page_is_what_the_script_writes_of_these_answers(shown):
    assert SCRIPT["page"](shown) == PAGE, STALE


def compare(library, shown):
    for case, found, on_page in zip(SCRIPT["cases"](), SCRIPT["answers"](library), shown[library], strict=True):
        assert found == on_page, f"{library} {case}: {STALE}"


@pytest.mark.parametrize("library", ["ours", "NumPy"])
def test_answers_are_those_of_the_page(shown, library):
    compare(library, shown)


@pytest.mark.slow
@pytest.mark.parametrize(("library", "package"), [("PyTorch", "torch"), ("JAX", "jax")])
def test_answers_of_oracles_are_those_of_the_page(shown, library, package):
    pytest.importorskip(package)
    compare(library, shown)
