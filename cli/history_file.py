"""The lines that were typed in earlier sessions, in the user's data folder."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from micrograd_plus.atomic_file import atomic_write
from micrograd_plus.input_file import open_regular

MOST = 1000  # lines that are kept
_MOST_BYTES = 2**20  # that are looked at


def data_folder(environment: Mapping[str, str] = os.environ, platform: str = sys.platform) -> Path:
    """Return where programs keep a user's data: `XDG_DATA_HOME`, else what the system has for it.

    >>> data_folder({"XDG_DATA_HOME": "/data"}, "linux").as_posix()
    '/data/micrograd-plus'
    """
    home = Path(environment.get("HOME") or environment.get("USERPROFILE") or Path.home())
    # The standard has it that relative paths are to be ignored.
    given = environment.get("XDG_DATA_HOME", "")
    if os.path.isabs(given):
        folder = Path(given)
    elif platform == "win32":
        folder = Path(environment.get("LOCALAPPDATA") or home / "AppData" / "Local")
    elif platform == "darwin":
        folder = home / "Library" / "Application Support"
    else:
        folder = home / ".local" / "share"
    return folder / "micrograd-plus"


class HistoryFile:
    """Lines in a file, the oldest first. Where it cannot be read or written, there is no history and no error."""

    def __init__(self, path: Path | None = None) -> None:
        self.path = path or data_folder() / "history"

    def lines(self) -> list[str]:
        """Return the lines that are kept."""
        try:
            with open_regular(self.path) as file:
                begin = max(os.fstat(file.fileno()).st_size - _MOST_BYTES, 0)
                file.seek(begin)
                lines = file.read(_MOST_BYTES).decode("utf-8", "replace").splitlines()
        except OSError:
            return []
        return lines[begin > 0 :][-MOST:]  # what is cut is none

    def add(self, line: str) -> None:
        """Keep one more line."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with suppress(FileNotFoundError):
                open_regular(self.path).close()  # to open a pipe for writing could take for ever
            if not self.path.exists() or self.path.stat().st_size > 100 * MOST:
                self._write(self.lines())
            with self.path.open("ab", buffering=0) as file:  # sessions side by side each add lines of their own
                size = os.fstat(file.fileno()).st_size
                content = f"{line}\n".encode(errors="replace")
                if file.write(content) != len(content):  # the disk is full
                    file.truncate(size)
        except OSError:
            pass

    def _write(self, lines: list[str]) -> None:
        # What was typed is nobody else's business.
        self.path.touch(mode=0o600)
        atomic_write(self.path, "".join(f"{line}\n" for line in lines).encode(errors="replace"))
