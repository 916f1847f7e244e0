import os
import struct
import sys
import time
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from micrograd_plus.viz.render import MOST_PIXELS, MOST_PIXELS_A_SIDE, RenderError, engines, render

DOT = 'digraph { rankdir="LR"; a -> b [label="×2"] }'
PURE = next((program for program in engines() if Path(program).stem == "graphviz-pure"), None)

posix = pytest.mark.skipif(os.name != "posix", reason="the stand-ins for broken engines are shell scripts")
needs_engine = pytest.mark.skipif(not engines(), reason="no Graphviz and no graphviz-pure on this platform")


def script(folder: Path, text: str, name: str = "broken") -> str:
    program = folder / name
    program.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    program.chmod(0o755)
    return str(program)


def png_size(png: bytes) -> tuple[int, int]:
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", png[16:24])
    return width, height


@needs_engine
def test_svg_is_well_formed_and_png_has_its_signature() -> None:
    svg = ElementTree.fromstring(render(DOT, "svg"))
    assert "×2" in {text.text for text in svg.iter("{http://www.w3.org/2000/svg}text")}
    width, height = png_size(render(DOT, "png"))
    assert width > height > 50


@needs_engine
@pytest.mark.parametrize(("width", "height"), [(90, 90), (400, 1), (1, 400)])
def test_a_png_stays_within_its_limits(width: int, height: int) -> None:
    size = png_size(render(f"digraph {{ a [shape=box, width={width}, height={height}] }}", "png"))
    assert size[0] * size[1] <= 1.01 * MOST_PIXELS
    assert max(size) <= 1.01 * MOST_PIXELS_A_SIDE
    assert size[0] / size[1] == pytest.approx(width / height, rel=0.2)


@needs_engine
@posix
def test_a_hanging_engine_is_killed_with_what_it_started(tmp_path: Path) -> None:
    started = tmp_path / "started"
    hanging = script(tmp_path, f"sleep 600 &\necho $! > {started}\nwait")
    with pytest.warns(RuntimeWarning, match=r"broken made no svg: it took longer than 0\.5 s and was stopped"):
        picture = render(DOT, "svg", engine=hanging, timeout=0.5)
    assert b"<svg" in picture
    assert _ends(int(started.read_text()))


def _ends(process: int) -> bool:
    """Wait until a process has ended; one that was killed may stay known to the system for a moment."""
    for _ in range(500):
        try:
            os.kill(process, 0)
            state = Path(f"/proc/{process}/stat")
            if state.exists() and state.read_text().rsplit(")", 1)[1].split()[0] == "Z":
                return True
        except ProcessLookupError:
            return True
        time.sleep(0.01)
    return False


@needs_engine
@posix
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("echo 'libgvc.so: not found' >&2; exit 127", "ended with status 127 libgvc.so: not found"),
        ("echo half a picture", "what it wrote is no svg"),
        ("exit 0", "what it wrote is no svg"),
        ("kill -SEGV $$", "ended with status -11"),
    ],
)
def test_a_failing_engine_is_named_and_the_next_is_used(tmp_path: Path, text: str, message: str) -> None:
    with pytest.warns(RuntimeWarning, match=message):
        picture = render(DOT, "svg", engine=script(tmp_path, text))
    assert b"<svg" in picture


@needs_engine
def test_an_engine_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MICROGRAD_PLUS_DOT", "/no/such/dot")
    with pytest.warns(RuntimeWarning, match="/no/such/dot made no svg"):
        assert b"<svg" in render(DOT, "svg")


@posix
def test_order_of_engines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dot, pure = script(tmp_path, "exit 1", "dot"), script(tmp_path, "exit 1", "graphviz-pure")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert engines() == [dot, pure]
    monkeypatch.setenv("MICROGRAD_PLUS_DOT", "/from/environment")
    assert engines() == ["/from/environment", dot, pure]
    assert engines("/from/argument") == ["/from/argument", dot, pure]


@pytest.mark.skipif(PURE is None, reason="graphviz-pure is not installed on this platform")
def test_an_environment_that_is_not_activated_finds_its_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert [Path(program).parent for program in engines()] == [Path(sys.executable).parent]


@posix
def test_without_engines_the_fallback_draws_svg_and_errors_say_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("micrograd_plus.viz.render._program", lambda name: None)
    assert render(DOT, "svg", fallback=lambda: "<svg/>") == b"<svg/>"
    with pytest.raises(RenderError, match="no svg without Graphviz: pip install graphviz-pure"):
        render(DOT, "svg")
    with pytest.raises(RenderError, match="no png without Graphviz: pip install graphviz-pure"):
        render(DOT, "png", fallback=lambda: "<svg/>")
    with (
        pytest.warns(RuntimeWarning),
        pytest.raises(RenderError, match="broken made no png: it ended with status 3"),
    ):
        render(DOT, "png", engine=script(tmp_path, "exit 3"))


@pytest.mark.skipif(PURE is None, reason="graphviz-pure is not installed on this platform")
def test_a_pdf_needs_the_system_graphviz(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(RenderError, match=r"a PDF needs Graphviz's own program dot \(graphviz\.org/download\)"):
        render(DOT, "pdf")


@posix
def test_a_pdf_comes_from_dot(tmp_path: Path) -> None:
    assert render(DOT, "pdf", engine=script(tmp_path, "cat > /dev/null; echo %PDF-1.7 $1")) == b"%PDF-1.7 -Tpdf\n"


def test_unknown_format() -> None:
    with pytest.raises(ValueError, match="out of svg, png, pdf, got 'gif'"):
        render(DOT, "gif")
