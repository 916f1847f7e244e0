"""Run a notebook with a kernel of its own: `python tests/notebook_run.py NOTEBOOK OUT`, from where its cells run."""

import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient


def main(notebook: str, out: str) -> None:
    """Write the notebook with all outputs; a cell that fails ends the run with its traceback."""
    read = nbformat.read(notebook, as_version=4)
    NotebookClient(
        read, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(Path.cwd())}}
    ).execute()
    nbformat.write(read, out)


if __name__ == "__main__":
    main(*sys.argv[1:])
