"""What experiments write: all files or none, and numbers that are read back as they were."""

import csv
from pathlib import Path

import click
import numpy as np
import pytest
from click.testing import CliRunner

from micrograd_plus.cli.lab.results import ResultFile, numbers_csv, out_option, write


def test_all_files_are_written_and_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "runs" / "lab-x"
    write(folder, [ResultFile("a.csv", "numbers", lambda: b"1"), ResultFile("long.html", "a page", lambda: b"2")])
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == {"a.csv": b"1", "long.html": b"2"}
    assert capsys.readouterr().out.splitlines() == [
        "wrote:",
        f"  {folder / 'a.csv'}      numbers",
        f"  {folder / 'long.html'}  a page",
    ]


def test_nothing_is_written_if_one_cannot_be_made(tmp_path: Path) -> None:
    def fail() -> bytes:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write(tmp_path / "runs", [ResultFile("a.csv", "numbers", lambda: b"1"), ResultFile("b", "fails", fail)])
    assert list(tmp_path.iterdir()) == []


def test_numbers_are_read_back_as_they_were() -> None:
    numbers = [[1, 0.1 + 0.2, np.float64(1e-300)], [2, np.pi, None]]
    header, *rows = csv.reader(numbers_csv(["step", "loss", "x"], numbers).decode().splitlines())
    assert header == ["step", "loss", "x"]
    assert [[float(cell) if cell else None for cell in row] for row in rows] == numbers


def test_a_folder_that_cannot_be_written_to_is_refused_before_the_work_begins(tmp_path: Path) -> None:
    begun = []

    @click.command()
    @out_option("rates")
    def command(out: Path) -> None:
        begun.append(out)

    (tmp_path / "file").touch()
    result = CliRunner().invoke(command, ["--out", str(tmp_path / "file" / "folder")])
    assert isinstance(result.exception, NotADirectoryError)
    CliRunner().invoke(command, ["--out", str(tmp_path / "new" / "folder")])
    assert begun == [tmp_path / "new" / "folder"]
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_the_folder_is_an_option() -> None:
    @click.command()
    @out_option("rates")
    def command(out: Path) -> None:
        click.echo(out)

    assert CliRunner().invoke(command, []).output == "runs/lab-rates\n"
    assert CliRunner().invoke(command, ["--out", "here"]).output == "here\n"
