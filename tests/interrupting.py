"""Ctrl-C at each moment at which Python can hear it, without a clock: the exception is raised by a trace function."""

from __future__ import annotations

import sys
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
        copy_context().run(act)  # a scope that is entered and not yet left when the interruption comes would stay
    except KeyboardInterrupt:
        pass
    finally:
        sys.settrace(before)
    return left <= 0  # Python drops what is raised in a generator while that is deleted
