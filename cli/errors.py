"""A user's mistake is one line on stderr and exit status 2; a bug keeps its traceback."""

from __future__ import annotations

import signal
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NoReturn

import click

from micrograd_plus.cli.plain_text import writable
from micrograd_plus.cli.sentences import say
from micrograd_plus.texts import shortened

FOUND, MISTAKE = 1, 2
INTERRUPTED = 130  # as shells count it: 128 and the number of SIGINT
_LONGEST = 1000  # characters of an error or a warning
STATUSES = {
    0: "done",
    FOUND: "diagnose or doctor found something",
    MISTAKE: "a mistake",
    INTERRUPTED: "interrupted",
}


def message_of(error: BaseException) -> str:
    """Return what went wrong as it is said to the user; of a file that cannot be used, its name in front."""
    if isinstance(error, OSError):
        reason = error.strerror or str(error)
        return f"{error.filename}: {reason}" if error.filename else reason
    return " ".join(str(error).split())


@contextmanager
def one_line_each() -> Iterator[None]:
    """End the process with one line for a mistake or an interruption in the block; print warnings in one line too.

    Once interrupted, the process hears no other Ctrl-C.
    """
    try:
        with warnings.catch_warnings():
            warnings.showwarning = _shown_once()
            yield
    except click.ClickException as error:
        _end(error.format_message(), MISTAKE)
    except (click.Abort, KeyboardInterrupt):
        _be_deaf()
        _end("interrupted", INTERRUPTED)
    except OSError as error:
        _end(message_of(error), MISTAKE)
    except (FloatingPointError, MemoryError) as error:  # training that diverged, a network too large
        _end(str(error) or "not enough memory", MISTAKE)
    except (TypeError, ValueError, RuntimeError) as error:
        # The library has classes of its own for what is wrong in a file, a formula or on the machine.
        if not type(error).__module__.startswith("micrograd_plus."):
            raise
        _end(str(error), MISTAKE)


@contextmanager
def taken_as_mistakes() -> Iterator[None]:
    """Take a TypeError or ValueError for the user's mistake; the block only looks at what the user gave."""
    try:
        yield
    except (TypeError, ValueError) as error:
        raise click.UsageError(str(error)) from error


def _be_deaf() -> None:
    """Ignore Ctrl-C from now on: whoever is impatient presses it more than once, and the process ends already."""
    if threading.current_thread() is threading.main_thread():  # no other may change it
        signal.signal(signal.SIGINT, signal.SIG_IGN)


def _end(message: str, status: int) -> NoReturn:
    say(f"error: {_in_one_line(message)}" if status == MISTAKE else message, err=True)
    sys.exit(status)


def _shown_once() -> Callable[..., None]:
    """Return what shows a warning in one line, each once: what matplotlib says of a sign it says of every picture."""
    shown = set()

    def show(message: Warning | str, *where: object) -> None:
        line = f"warning: {_in_one_line(str(message))}"
        if line not in shown:
            shown.add(line)
            say(line, err=True)

    return show


def _in_one_line(message: str) -> str:
    """Return a message in one line that is not endless where what it names is: a word, or a text out of a file."""
    return shortened(writable(" ".join(message.split()), "utf-8"), _LONGEST)
