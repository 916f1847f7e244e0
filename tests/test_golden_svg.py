"""The SVG that graphviz-pure makes of each DOT text in tests/golden, against the SVG beside it; after a change that is
meant, `PYTHONPATH=. python tests/test_golden_svg.py` writes them anew, and each is looked at before it is kept."""

from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pytest

from micrograd_plus.viz.render import engines, render

GOLDEN = Path(__file__).parent / "golden"
DRAWN_BY = "0.2.2"  # another version may place things elsewhere
PURE = next((program for program in engines() if Path(program).stem == "graphviz-pure"), None)


def installed() -> str:
    try:
        return version("graphviz-pure")
    except PackageNotFoundError:
        return "none"


@pytest.mark.skipif(PURE is None, reason="graphviz-pure is not installed on this platform")
@pytest.mark.skipif(installed() != DRAWN_BY, reason=f"drawn by graphviz-pure {DRAWN_BY}; here is {installed()}")
@pytest.mark.parametrize("path", sorted(GOLDEN.glob("*.dot")), ids=lambda path: path.stem)
def test_picture_is_as_it_was(path: Path) -> None:
    assert drawn(path) == path.with_suffix(".svg").read_bytes()


def test_every_picture_has_its_text() -> None:
    assert {path.stem for path in GOLDEN.glob("*.svg")} == {path.stem for path in GOLDEN.glob("*.dot")}


def drawn(path: Path) -> bytes:
    return render(path.read_text(encoding="utf-8"), "svg", engine=PURE)


if __name__ == "__main__":
    for dot_path in GOLDEN.glob("*.dot"):
        dot_path.with_suffix(".svg").write_bytes(drawn(dot_path))
