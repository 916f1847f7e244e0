"""Which files a command writes: none that it reads, and said in the terminal."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import click

from micrograd_plus.cli.echo import echo


def require_another_file(output: Path, **inputs: Path) -> None:
    """Raise `click.UsageError` if a command would write over one of the files it reads."""
    for name, path in inputs.items():
        if os.path.exists(output) and os.path.exists(path) and os.path.samefile(output, path):
            raise click.UsageError(f"{output} is the {name} itself: write to another file")


def print_files(folder: Path, files: Mapping[str, str]) -> None:
    """Print the paths of files in a folder, with what is in each in words."""
    echo("wrote:")
    width = max(len(str(folder / name)) for name in files)
    for name, text in files.items():
        echo(f"  {folder / name!s:<{width}}  {text}")
