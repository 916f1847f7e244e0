"""A lock that a process has on an open file or folder; the system forgets it however the process ends."""

from __future__ import annotations


def locked(descriptor: int) -> bool:
    """Lock an open file until it is closed; False if another has. Windows and some networks have no such locks."""
    try:
        import fcntl
    except ImportError:
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        pass
    return True
