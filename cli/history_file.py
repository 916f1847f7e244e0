"""The lines that were typed in earlier sessions, in the user's data folder."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

MOST = 1000  # lines that are kept


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
            return self.path.read_text(encoding="utf-8", errors="replace").splitlines()[-MOST:]
        except OSError:
            return []

    def add(self, line: str) -> None:
        """Keep one more line."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            if not self.path.exists() or self.path.stat().st_size > 100 * MOST:
                self._write(self.lines())
            with self.path.open("a", encoding="utf-8", errors="replace") as file:
                file.write(f"{line}\n")
        except OSError:
            pass

    def _write(self, lines: list[str]) -> None:
        # What was typed is nobody else's business.
        with open(os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            file.writelines(f"{line}\n" for line in lines)
