"""Ctrl-C at each moment, without a clock: the exception is raised by a trace function. And by signals, at random."""

from __future__ import annotations

import _thread
import random
import signal
import sys
import threading
import time
import timeit
from collections.abc import Callable, Iterator
from contextvars import copy_context
from types import FrameType
from typing import Any, TypeVar

_T = TypeVar("_T")
_OURS = ("micrograd_plus", "<compiled program")


def interrupted_everywhere(
    prepare: Callable[[], tuple[Callable[[], Any], Callable[[], _T]]], every: int = 1
) -> Iterator[_T]:
    """Yield what is found after an interruption at the first moment, at the second, ..., until there is none.

    With `every`, most moments are left out. `prepare` returns what is to be interrupted, and what looks at the state
    afterwards. Moments are the calls, lines and returns of the package and of compiled programs.
    """
    moment = 1
    while True:
        act, look = prepare()
        if not _is_interrupted(act, moment):
            return
        yield look()
        moment += every


def _is_interrupted(act: Callable[[], Any], moment: int) -> bool:
    left = moment

    def trace(frame: FrameType, event: str, argument: Any) -> Any:
        nonlocal left
        if not any(name in frame.f_code.co_filename for name in _OURS):
            return None
        if event != "exception":
            left -= 1
            if left == 0:
                sys.settrace(None)
                raise KeyboardInterrupt
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        copy_context().run(act)  # between two lines that no signal comes between, a scope could be left behind
    except KeyboardInterrupt:
        pass
    finally:
        sys.settrace(before)
    return left <= 0  # Python drops what is raised in a generator while that is deleted


def hit_by_signals(act: Callable[[], Any], times: int) -> Iterator[None]:
    """Yield after each of so many calls of `act` that a real SIGINT has ended, wherever Python hears it in the package.

    A trace function stops between any two lines, also where Python never hears a signal. The signals come anywhere
    within twice the time that a call takes, so that some calls end before theirs comes.
    """
    longest = 2 * min(timeit.repeat(act, number=1, repeat=5))  # the first may import, any may be kept waiting
    is_armed = False
    is_over = threading.Event()

    def hear(number: int, frame: FrameType | None) -> None:
        nonlocal is_armed
        name = frame.f_code.co_filename if frame else ""
        if is_armed and (_OURS[0] in name or name.endswith("contextlib.py")):
            is_armed = False
            raise KeyboardInterrupt

    def press() -> None:
        rng = random.Random(0)
        while not is_over.is_set():
            time.sleep(longest * rng.random())
            _thread.interrupt_main()

    before, interval = signal.signal(signal.SIGINT, hear), sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    presser = threading.Thread(target=press)
    presser.start()
    try:
        while times:
            is_hit = False
            try:
                is_armed = True
                act()
            except KeyboardInterrupt:
                is_hit = True
            is_armed = False
            if is_hit:  # and the exception is gone
                times -= 1
                yield
    finally:
        is_over.set()
        presser.join()
        sys.setswitchinterval(interval)
        signal.signal(signal.SIGINT, before)
