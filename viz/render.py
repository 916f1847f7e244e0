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
import time
import warnings
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from micrograd_plus.plain_error import PlainError
from micrograd_plus.texts import printable

FORMATS = ("svg", "png", "pdf")
VARIABLE = "MICROGRAD_PLUS_DOT"  # of the environment: names the program that is tried first
PURE = "graphviz-pure"  # a port of Graphviz that comes as a wheel

MOST_BOXES_FOR_GRAPHVIZ = 2000  # beyond, it can take minutes

# A PNG stays below what image viewers and memory bear: graphviz-pure takes 8 bytes a pixel while it draws.
MOST_PIXELS = 32_000_000
MOST_PIXELS_A_SIDE = 30_000
PNG_DPI = 144.0

# What is read of a program's output; one that is out of order may write without end.
MOST_BYTES = 100_000_000
MOST_BYTES_OF_ERRORS = 10_000

_BEGINNINGS = {"svg": (b"<?xml", b"<svg", b"<!DOCTYPE"), "png": (b"\x89PNG\r\n\x1a\n",), "pdf": (b"%PDF",)}


# Programs that were stopped, and on how long a text: the frames of a film would wait for them one by one.
_stopped: dict[str, int] = {}


class RenderError(PlainError, RuntimeError):
    """No engine could make the picture; the message says what to install."""


class _TookTooLongError(RenderError):
    pass


def render(
    dot: str,
    format: str,
    *,
    engine: str | None = None,
    timeout: float = 30.0,
    fallback: Callable[[], str] | None = None,
) -> bytes:
    """Return the picture of `dot` in `format`, one of "svg", "png", "pdf".

    Engines are tried in the order of `engines(engine)`. One that fails, writes more than 100 MB, or takes longer than
    `timeout` seconds and is killed, is named in a RuntimeWarning that says what drew instead. `fallback` returns an SVG
    text for when no engine is left; without it, and for the other formats, that is a RenderError. A PNG has at most
    32 megapixels. A program that took too long is not asked again for pictures of half that size or more.
    """
    if format not in FORMATS:
        raise ValueError(f"wanted a picture format out of {', '.join(FORMATS)}, got {format!r}")
    failures: list[str] = []
    for program in engines(engine):
        if format not in formats_of(program):
            continue  # which is no failure worth a warning
        try:
            if 2 * len(dot) >= _stopped.get(program, math.inf):
                raise RenderError("it took too long before")
            picture = _drawn(program, dot, format, timeout)
        except _TookTooLongError as error:
            _stopped[program] = len(dot)
            failures.append(f"{program} made no {format}: {error}")
        except (OSError, RenderError) as error:
            failures.append(f"{program} made no {format}: {error}")
        else:
            _warn(failures, program)
            return picture
    if format == "svg" and fallback is not None:
        _warn(failures, "micrograd_plus itself")
        return fallback().encode()
    if failures:
        raise RenderError("; ".join(failures))
    if format == "pdf":
        raise RenderError("a PDF needs Graphviz's own program dot (graphviz.org/download); or save as .svg or .png")
    other = "" if format == "svg" else ", or save as .svg"
    raise RenderError(f"no {format} without Graphviz: pip install graphviz-pure{other}")


def _warn(failures: list[str], drawer: str) -> None:
    if failures:
        warnings.warn(f"{printable('; '.join(failures))}; drawn by {drawer} instead", RuntimeWarning, stacklevel=3)


def engines(chosen: str | None = None) -> list[str]:
    """Return the programs to try in order: `chosen` or MICROGRAD_PLUS_DOT, the system's dot, graphviz-pure."""
    named = chosen or os.environ.get(VARIABLE)
    found = [_program(name) for name in ("dot", PURE)]
    # A named program is kept even if it is not there, so that render() says so.
    return [named, *filter(None, found)] if named else [program for program in found if program]


def formats_of(program: str) -> tuple[str, ...]:
    """Return the formats that a program is asked for: graphviz-pure has no PDF."""
    return tuple(format for format in FORMATS if not (is_pure(program) and format == "pdf"))


def is_pure(program: str) -> bool:
    """Tell whether a program is graphviz-pure rather than the system's Graphviz."""
    return Path(program).stem == PURE


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
    """Return what a program writes when it is given `dot`.

    It reads and writes files, not pipes: those could fill the memory, and stay open in a process that it started.
    """
    with TemporaryFile() as given, TemporaryFile() as output, TemporaryFile() as errors:
        given.write(dot.encode())
        given.seek(0)
        # A session of its own, so that whatever the engine has started is killed with it.
        with subprocess.Popen(command, stdin=given, stdout=output, stderr=errors, start_new_session=True) as process:
            try:
                _wait(process, [output, errors], timeout)
            except BaseException:
                _kill(process)
                raise
        if process.returncode != 0:
            errors.seek(0)
            lines = errors.read(MOST_BYTES_OF_ERRORS).decode(errors="replace").split("\n")
            raise RenderError(f"it ended with status {process.returncode} {lines[0].strip()[:200]}".strip())
        output.seek(0)
        return output.read()


def _wait(process: subprocess.Popen[bytes], files: list[IO[bytes]], timeout: float) -> None:
    """Wait until a process has ended; a RenderError if it takes too long or writes too much."""
    end = time.monotonic() + timeout
    has_ended = False
    while not has_ended:
        with suppress(subprocess.TimeoutExpired):
            process.wait(0.02)
            has_ended = True
        if any(os.fstat(file.fileno()).st_size > MOST_BYTES for file in files):
            raise RenderError(f"it wrote more than {MOST_BYTES / 1e6:g} MB and was stopped")
        if not has_ended and time.monotonic() > end:
            raise _TookTooLongError(f"it took longer than {timeout:g} s and was stopped")


def _kill(process: subprocess.Popen[bytes]) -> None:
    if os.name == "posix":
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
