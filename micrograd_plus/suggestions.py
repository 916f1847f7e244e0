"""A name that is not known is answered with the names close to it."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable


def did_you_mean(name: str, names: Iterable[str]) -> str:
    """Return `"; did you mean 'a' or 'b'?"` with those of `names` that are close to `name`, or an empty text.

    >>> did_you_mean("Moon", ["moons", "circles"])
    "; did you mean 'moons'?"
    >>> did_you_mean("wind", ["moons", "circles"])
    ''
    """
    spelled = {known.casefold(): known for known in names}
    close = difflib.get_close_matches(name.casefold(), spelled, n=3)
    return f"; did you mean {' or '.join(repr(spelled[match]) for match in close)}?" if close else ""


def require_known(kind: str, name: object, names: Collection[str]) -> None:
    """Raise a ValueError unless `name` is one of `names`, which are of that kind, and a TypeError for no text.

    >>> require_known("backend", "compild", ["eager", "compiled"])
    Traceback (most recent call last):
    ValueError: unknown backend 'compild': want eager, compiled; did you mean 'compiled'?
    """
    if not isinstance(name, str):
        raise TypeError(f"want a {kind} by its name, {', '.join(names)}, got {name!r}")
    if name not in names:
        raise ValueError(f"unknown {kind} {name!r}: want {', '.join(names)}{did_you_mean(name, names)}")
