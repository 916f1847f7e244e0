"""Which files a command wrote, said in the terminal."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from micrograd_plus.cli.echo import echo


def print_files(folder: Path, files: Mapping[str, str]) -> None:
    """Print the paths of files in a folder, with what is in each in words."""
    echo("wrote:")
    width = max(len(str(folder / name)) for name in files)
    for name, text in files.items():
        echo(f"  {folder / name!s:<{width}}  {text}")
