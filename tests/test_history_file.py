"""Lines are kept in the user's data folder; where that fails, nothing else does."""

import os
from pathlib import Path

import pytest

from micrograd_plus.cli.history_file import MOST, HistoryFile, data_folder


def test_lines_come_back_in_order(tmp_path: Path) -> None:
    file = HistoryFile(tmp_path / "deep" / "history")
    for line in ("step", "why x", "∂"):
        file.add(line)
    assert HistoryFile(file.path).lines() == ["step", "why x", "∂"]


def test_the_file_is_the_users_own_and_does_not_grow_for_ever(tmp_path: Path) -> None:
    file = HistoryFile(tmp_path / "history")
    file.add("step")
    assert file.path.stat().st_mode & 0o077 == 0
    file.path.write_text("x" * 99 + "\n" + "why w\n" * 30 * MOST)
    file.add("end")
    assert file.lines() == ["why w"] * (MOST - 1) + ["end"]
    assert file.path.stat().st_size < 100 * MOST


def test_a_folder_that_cannot_be_written_to_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    file = HistoryFile(tmp_path / "file" / "history")
    file.add("step")
    assert file.lines() == []


@pytest.mark.skipif(os.name != "posix", reason="pipes and devices of POSIX")
def test_a_history_that_is_no_file_or_endless_is_left_alone(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "zero").symlink_to("/dev/zero")
    for name in ("pipe", "zero"):
        file = HistoryFile(tmp_path / name)
        file.add("step")
        assert file.lines() == []


def test_of_a_file_of_any_size_the_end_is_read(tmp_path: Path) -> None:
    file = HistoryFile(tmp_path / "history")
    file.add("step")
    os.truncate(file.path, 2**40)
    with file.path.open("ab") as end:
        end.write(b"\nlast\n")
    assert file.lines() == ["last"]
    file.add("new")
    assert file.lines() == ["last", "new"]
    assert file.path.stat().st_size == len("last\nnew\n")
    assert os.listdir(tmp_path) == ["history"]


def test_a_line_is_kept_whole_or_not_at_all(small_disk: Path) -> None:
    file = HistoryFile(small_disk / "history")
    file.add("step")
    (small_disk / "filler").write_bytes(bytes(os.statvfs(small_disk).f_bavail * os.statvfs(small_disk).f_frsize))
    for _ in range(3):
        file.add("x" * 9000)
    (small_disk / "filler").unlink()
    file.add("end")
    assert file.lines() == ["step", "end"]


@pytest.mark.parametrize(
    ("environment", "platform", "folder"),
    [
        ({"XDG_DATA_HOME": "/data", "HOME": "/home/ada"}, "linux", "/data/micrograd-plus"),
        ({"XDG_DATA_HOME": "data", "HOME": "/home/ada"}, "linux", "/home/ada/.local/share/micrograd-plus"),
        ({"HOME": "/Users/ada"}, "darwin", "/Users/ada/Library/Application Support/micrograd-plus"),
        ({"USERPROFILE": "/u", "LOCALAPPDATA": "/u/local"}, "win32", "/u/local/micrograd-plus"),
    ],
)
def test_the_folder_is_where_the_system_has_data(environment: dict[str, str], platform: str, folder: str) -> None:
    assert data_folder(environment, platform).as_posix() == folder
