"""Programs that draw: which are tried, in what order, and what becomes of those that hang, fail or never stop."""

import os
import re
import signal
import struct
import sys
import tracemalloc
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from micrograd_plus.viz.render import MOST_PIXELS, MOST_PIXELS_A_SIDE, RenderError, engines, render
from tests.waiting import PATIENCE, wait_until

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
    text = f"sleep 600 &\necho $! > {started}.new\nmv {started}.new {started}\nwait"
    for k, patience in enumerate(PATIENCE):
        problem = f"it took longer than {patience:g} s and was stopped"
        said = rf"hanging{k} made no svg: {re.escape(problem)}; drawn by .*(dot|graphviz-pure) instead"
        with pytest.warns(RuntimeWarning, match=said):
            picture = render(DOT, "svg", engine=script(tmp_path, text, f"hanging{k}"), timeout=patience)
        assert b"<svg" in picture
        if started.exists():
            break
    wait_until(lambda: has_ended(int(started.read_text())), 5.0)


@needs_engine
@posix
def test_an_engine_that_took_too_long_is_asked_again_for_much_smaller_pictures_only(tmp_path: Path) -> None:
    asked = tmp_path / "asked"
    asked.touch()
    hanging = script(tmp_path, f"echo x >> {asked}\nsleep 600")

    def require_said(said: str, dot: str) -> None:
        with pytest.warns(RuntimeWarning, match=said):
            render(dot, "svg", engine=hanging, timeout=0.2)

    large = f"digraph {{ {'a; ' * 100} }}"
    require_said("longer than", large)
    before = asked.read_text()
    require_said("too long before", large[:-30] + "}")
    assert asked.read_text() == before
    require_said("longer than", DOT)


@posix
def test_what_an_engine_leaves_running_is_not_waited_for(tmp_path: Path) -> None:
    leaving = script(tmp_path, "sleep 600 &\necho $! > $0.started\necho '<svg/>'")
    try:
        assert render(DOT, "svg", engine=leaving, timeout=60) == b"<svg/>\n"
    finally:
        os.kill(int(Path(f"{leaving}.started").read_text()), signal.SIGKILL)


@needs_engine
@posix
@pytest.mark.parametrize("stream", ["1", "2"])
def test_an_engine_that_writes_without_end_is_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stream: str
) -> None:
    monkeypatch.setattr("micrograd_plus.viz.render.MOST_BYTES", 1_000_000)
    tracemalloc.start()
    with pytest.warns(RuntimeWarning, match=r"broken made no svg: it wrote more than 1 MB and was stopped"):
        picture = render(DOT, "svg", engine=script(tmp_path, f"yes | head -c 200000000 >&{stream}"))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert b"<svg" in picture
    assert most < 10_000_000


def has_ended(process: int) -> bool:
    """Tell whether a process has ended; one that was killed may stay known to the system."""
    try:
        os.kill(process, 0)
        state = Path(f"/proc/{process}/stat")
        return state.exists() and state.read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except (ProcessLookupError, FileNotFoundError):
        return True


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
    broken = script(tmp_path, "exit 3")
    with pytest.raises(RenderError, match="broken made no png: it ended with status 3"):
        render(DOT, "png", engine=broken)
    with pytest.warns(RuntimeWarning, match="ended with status 3; drawn by micrograd_plus itself instead"):
        assert render(DOT, "svg", engine=broken, fallback=lambda: "<svg/>") == b"<svg/>"


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
