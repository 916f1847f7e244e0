"""DOT text to a picture file: the system's Graphviz, else `graphviz-pure`, always as a process that can be killed."""

from __future__ import annotations

import math
import os
import re
import shutil
import signal
import subprocess
import sys
import sysconfig
import warnings
from collections.abc import Callable
from pathlib import Path

FORMATS = ("svg", "png", "pdf")

# A PNG stays below what image viewers and memory bear: 40 megapixels are 160 MB while being drawn.
MOST_PIXELS = 40_000_000
MOST_PIXELS_A_SIDE = 30_000
PNG_DPI = 144.0

_BEGINNINGS = {"svg": (b"<?xml", b"<svg", b"<!DOCTYPE"), "png": (b"\x89PNG\r\n\x1a\n",), "pdf": (b"%PDF",)}


class RenderError(RuntimeError):
    """No engine could make the picture; the message says what to install."""


def render(
    dot: str,
    format: str,
    *,
    engine: str | None = None,
    timeout: float = 30.0,
    fallback: Callable[[], str] | None = None,
) -> bytes:
    """Return the picture of `dot` in `format`, one of "svg", "png", "pdf".

    Engines are tried in the order of `engines(engine)`. One that fails, or takes longer than `timeout` seconds and is
    killed, is named in a RuntimeWarning and the next one is used. `fallback` returns an SVG text for when none is left;
    without it, and for the other formats, that is a RenderError. A PNG has at most 40 megapixels.
    """
    if format not in FORMATS:
        raise ValueError(f"wanted a picture format out of {', '.join(FORMATS)}, got {format!r}")
    tried = ""
    for program in engines(engine):
        if format == "pdf" and Path(program).stem == "graphviz-pure":
            continue  # it has no PDF, which is no failure worth a warning
        try:
            return _drawn(program, dot, format, timeout)
        except (OSError, RenderError) as error:
            tried = f"{program} made no {format}: {error}"
            warnings.warn(f"{tried}; the next engine is used", RuntimeWarning, stacklevel=2)
    if format == "svg" and fallback is not None:
        return fallback().encode()
    if format == "pdf":
        raise RenderError("a PDF needs Graphviz's own program dot (graphviz.org/download); or save as .svg or .png")
    raise RenderError(tried or f"no {format} without Graphviz: pip install graphviz-pure, or save as .svg")


def engines(chosen: str | None = None) -> list[str]:
    """Return the programs to try in order: `chosen` or MICROGRAD_PLUS_DOT, the system's dot, graphviz-pure."""
    named = chosen or os.environ.get("MICROGRAD_PLUS_DOT")
    found = [_program(name) for name in ("dot", "graphviz-pure")]
    # A named program is kept even if it is not there, so that render() says so.
    return [named, *filter(None, found)] if named else [program for program in found if program]


def _program(name: str) -> str | None:
    # In a virtual environment that is not activated, the interpreter's own scripts folder is not on the PATH.
    folders = [sysconfig.get_path("scripts"), str(Path(sys.executable).parent)]
    return shutil.which(name) or shutil.which(name, path=os.pathsep.join(folders))


def _drawn(program: str, dot: str, format: str, timeout: float) -> bytes:
    options = [f"-T{format}"]
    if format == "png":
        # The size is only known once the graph is laid out; an uncapped PNG can take more memory than there is.
        options.append(f"-Gdpi={_dpi(*_size(_run([program, '-Tsvg'], dot, timeout))):.6g}")
    picture = _run([program, *options], dot, timeout)
    if not picture.lstrip().startswith(_BEGINNINGS[format]):
        raise RenderError(f"what it wrote is no {format}")
    return picture


def _size(svg: bytes) -> tuple[float, float]:
    """Return width and height in inches of an SVG that Graphviz wrote."""
    found = re.search(rb'<svg width="([\d.]+)pt" height="([\d.]+)pt"', svg)
    if not found:
        raise RenderError("its SVG tells no size")
    return float(found[1]) / 72.0, float(found[2]) / 72.0


def _dpi(width: float, height: float) -> float:
    """Return the dots per inch at which a picture of so many inches stays within the limits."""
    return min(PNG_DPI, math.sqrt(MOST_PIXELS / (width * height)), MOST_PIXELS_A_SIDE / max(width, height))


def _run(command: list[str], dot: str, timeout: float) -> bytes:
    # A session of its own, so that whatever the engine has started is killed with it.
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
    ) as process:
        try:
            output, errors = process.communicate(dot.encode(), timeout)
        except subprocess.TimeoutExpired:
            _kill(process)
            raise RenderError(f"it took longer than {timeout:g} s and was stopped") from None
        except BaseException:
            _kill(process)
            raise
    if process.returncode != 0:
        lines = errors.decode(errors="replace").split("\n")
        raise RenderError(f"it ended with status {process.returncode} {lines[0].strip()[:200]}".strip())
    return output


def _kill(process: subprocess.Popen[bytes]) -> None:
    if os.name == "posix":
        os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
