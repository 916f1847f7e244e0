"""A file is the old one or the new one, whatever ends the writing, with its permissions and its links."""

import os
import signal
import stat
import subprocess
import sys
import textwrap

import pytest

from micrograd_plus.atomic_file import atomic_open, atomic_write, atomic_write_all

posix = pytest.mark.skipif(os.name != "posix", reason="links, permissions and limits of POSIX")


def run(program, *arguments):
    command = [sys.executable, "-c", textwrap.dedent(program), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_a_new_file_and_an_old_one(tmp_path):
    path = tmp_path / "file"
    for content in (b"first", b"", b"\x00\xff" * 100_000):
        atomic_write(path, content)
        assert path.read_bytes() == content
    assert os.listdir(tmp_path) == ["file"]


def test_until_the_block_ends_the_old_file_is_there(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"old")
    with atomic_open(path) as file:
        file.write(b"new")
        file.flush()
        assert path.read_bytes() == b"old"
    assert path.read_bytes() == b"new"


@pytest.mark.parametrize("exception", [RuntimeError, KeyboardInterrupt, SystemExit])
@pytest.mark.parametrize("old", [b"old", None])
def test_after_an_exception_all_is_as_before(tmp_path, exception, old):
    path = tmp_path / "file"
    if old is not None:
        path.write_bytes(old)

    def fail():
        with atomic_open(path) as file:
            file.write(b"new")
            raise exception

    with pytest.raises(exception):
        fail()
    assert [entry.read_bytes() for entry in tmp_path.iterdir()] == ([] if old is None else [old])


@posix
def test_of_several_files_none_is_replaced_unless_there_is_room_for_all(tmp_path):
    paths = [tmp_path / name for name in "abc"]
    atomic_write_all(dict.fromkeys(paths, b"old"))
    done = run(
        """
        import resource, sys
        from pathlib import Path
        from micrograd_plus.atomic_file import atomic_write_all
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
        sizes = dict(zip(map(Path, sys.argv[1:]), (10, 100_000, 10)))
        try:
            atomic_write_all({path: bytes(size) for path, size in sizes.items()})
        except OSError as error:
            print("refused", error.strerror)
        """,
        *paths,
    )
    assert done.stdout.startswith("refused"), done.stderr
    assert sorted(os.listdir(tmp_path)) == ["a", "b", "c"]
    assert [path.read_bytes() for path in paths] == [b"old"] * 3


@posix
def test_a_full_disk_leaves_the_old_file(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"old")
    done = run(
        """
        import resource, sys
        from micrograd_plus.atomic_file import atomic_write
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
        try:
            atomic_write(sys.argv[1], bytes(100_000))
        except OSError as error:
            print("refused", error.filename)
        """,
        path,
    )
    assert done.stdout == f"refused {path}\n", done.stderr
    assert [entry.read_bytes() for entry in tmp_path.iterdir()] == [b"old"]


@posix
def test_a_killed_process_leaves_the_old_file(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"old")
    done = run(
        """
        import os, signal, sys
        from micrograd_plus.atomic_file import atomic_open
        with atomic_open(sys.argv[1]) as file:
            file.write(bytes(100_000))
            os.kill(os.getpid(), signal.SIGKILL)
        """,
        path,
    )
    assert done.returncode == -signal.SIGKILL
    assert path.read_bytes() == b"old"


@posix
def test_a_new_file_gets_the_permissions_of_any_new_file_and_an_old_one_keeps_its_own(tmp_path):
    ordinary, ours = tmp_path / "ordinary", tmp_path / "ours"
    old_mask = os.umask(0o027)
    try:
        ordinary.write_bytes(b"")
        atomic_write(ours, b"")
    finally:
        os.umask(old_mask)
    assert stat.S_IMODE(ours.stat().st_mode) == stat.S_IMODE(ordinary.stat().st_mode) == 0o640
    ours.chmod(0o604)
    atomic_write(ours, b"again")
    assert stat.S_IMODE(ours.stat().st_mode) == 0o604


@posix
def test_a_read_only_file_stays_as_it_is(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"old")
    path.chmod(0o444)
    if os.access(path, os.W_OK):
        pytest.skip("this user may write to read-only files")
    with pytest.raises(PermissionError) as caught:
        atomic_write(path, b"new")
    assert caught.value.filename == str(path)
    assert path.read_bytes() == b"old"


@posix
def test_a_link_stays_a_link_and_its_file_is_replaced(tmp_path):
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    link = tmp_path / "link"
    link.symlink_to("elsewhere/file")
    for content in (b"made through the link", b"written through the link"):
        atomic_write(link, content)
        assert link.is_symlink()
        assert (folder / "file").read_bytes() == content
    assert os.listdir(folder) == ["file"]


@posix
def test_a_circle_of_links_is_an_error_and_stays(tmp_path):
    link = tmp_path / "link"
    link.symlink_to("link")
    with pytest.raises(OSError, match="link"):
        atomic_write(link, b"x")
    assert link.is_symlink()


@posix
def test_devices_and_pipes_are_written_to_and_not_replaced(tmp_path):
    atomic_write("/dev/null", b"gone")
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)
    done = run("from micrograd_plus.atomic_file import atomic_write; atomic_write('/dev/stdout', b'hello')")
    assert done.stdout == "hello"


def test_errors_name_the_path_that_was_asked_for(tmp_path):
    missing = tmp_path / "no folder" / "file"
    with pytest.raises(FileNotFoundError) as caught:
        atomic_write(missing, b"x")
    assert caught.value.filename == str(missing)
    with pytest.raises(IsADirectoryError) as caught:
        atomic_write(tmp_path, b"x")
    assert os.fspath(caught.value.filename) == str(tmp_path)
    assert os.listdir(tmp_path) == []


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="a device of Linux")
def test_a_device_that_is_full_is_named():
    with pytest.raises(OSError, match="No space left") as caught:
        atomic_write("/dev/full", b"x")
    assert caught.value.filename == "/dev/full"


@posix
def test_a_folder_that_can_not_be_written_to_is_named_by_the_path(tmp_path):
    tmp_path.chmod(0o555)
    if os.access(tmp_path, os.W_OK):
        pytest.skip("this user may write to read-only folders")
    with pytest.raises(PermissionError) as caught:
        atomic_write(tmp_path / "file", b"x")
    assert caught.value.filename == str(tmp_path / "file")


def test_a_name_of_the_greatest_length_can_be_written(tmp_path):
    path = tmp_path / ("n" * 255)
    atomic_write(path, b"x")
    assert path.read_bytes() == b"x"
