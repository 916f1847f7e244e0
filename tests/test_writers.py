"""Everything that writes files leaves old ones whole: on a full disk, on one that is read-only, killed at any moment.

All of it goes through the one atomic writer; what does not is listed here with its reason.
"""

from __future__ import annotations

import ast
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest

from micrograd_plus import checkpoint
from micrograd_plus.cli import main
from tests.command_line import ROOT, contents, run
from tests.writers import COMMANDS, WRITERS, Write, write_inputs

posix = pytest.mark.skipif(os.name != "posix", reason="forks and signals of POSIX")
SLOW = ("worksheet.svg", "worksheet.png", "worksheet.pdf", "gif", "frames", "plot")
each_writer = pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.slow) if name in SLOW else name for name in WRITERS]
)

# Files that grow line by line: a killed process leaves a line without an end, which does not count.
GROWING = ("runs.jsonl",)


def written(name: str, folder: Path, stem: str = "file") -> tuple[Write, Path]:
    ending, write = WRITERS[name]
    return write, folder / (stem if ending is None else stem + ending)


def is_temporary(name: str) -> bool:
    return bool(re.fullmatch(r"\.[0-9a-f]{16}\.tmp", name))


# --- one writer -------------------------------------------------------------------------------------------------------

# (file, what is called) of all that could write to a disk -> why it may.
ALLOWED = {
    ("micrograd_plus/atomic_file.py", "open"): "the atomic writer",
    ("micrograd_plus/atomic_file.py", "os.chmod"): "the atomic writer",
    ("micrograd_plus/atomic_file.py", "os.open"): "the atomic writer",
    ("micrograd_plus/atomic_file.py", "os.replace"): "the atomic writer",
    ("micrograd_plus/atomic_file.py", "temporary.unlink"): "the atomic writer",
    ("micrograd_plus/compiler/saving.py", "folder.mkdir"): "folders",
    ("micrograd_plus/compiler/saving.py", "np.savez"): "into memory",
    ("micrograd_plus/folder_lock.py", "os.open"): "to be locked",
    ("micrograd_plus/lab/sweep_folder.py", "folder.mkdir"): "folders",
    ("micrograd_plus/lab/sweep_folder.py", "open"): "the journal, which grows",
    ("micrograd_plus/lab/sweep_folder.py", "self._journal.truncate"): "a line without an end",
    ("micrograd_plus/lab/sweep_folder.py", "(self.folder / BEST).unlink"): "what --restart drops",
    ("cli/__init__.py", "open"): "os.devnull",
    ("cli/history_file.py", "self.path.parent.mkdir"): "folders",
    ("cli/history_file.py", "self.path.open"): "the history, which grows",
    ("cli/history_file.py", "file.truncate"): "a line without an end",
    ("cli/history_file.py", "self.path.touch"): "an empty file",
    ("cli/prepared.py", "folder.mkdir"): "folders",
    ("cli/prepared.py", "path.rmdir"): "empty folders",
    ("cli/prepared.py", "tempfile.TemporaryFile"): "a file without a name",
    ("cli/results.py", "(folder / picture.name).unlink"): "pictures of an earlier run",
    ("cli/run.py", "os.replace"): "a file that is whole",
    ("cli/run.py", "unfinished.unlink"): "a training that came to nothing",
    ("cli/run.py", "(folder / TRAINING).unlink"): "what an earlier run would go on from",
    ("cli/sweep_results.py", "(folder / name).unlink"): "results of an earlier sweep",
    ("cli/sweep_results.py", "(kept.folder / name).unlink"): "pictures of an earlier sweep",
    ("viz/drawing.py", "path.parent.mkdir"): "folders",
    ("viz/drawing.py", "os.unlink"): "cleanup=True",
    ("viz/figure.py", "figure(sheet).savefig"): "into memory",
    ("viz/figure.py", "pages.savefig"): "into memory",
    ("viz/own_figure.py", "self.savefig"): "into memory",
    ("viz/plots.py", "figure.savefig"): "into memory",
    ("viz/render.py", "TemporaryFile"): "files without a name",
    ("viz/slides.py", "Path(path).mkdir"): "folders",
}
_WRITING = re.compile(
    r"open|write_text|write_bytes|touch|mkdir|makedirs|rmdir|removedirs|unlink|remove|rename|renames|truncate|chmod|"
    r"link|symlink|symlink_to|hardlink_to|mkstemp|mkdtemp|\w*TemporaryFile|TemporaryDirectory|savez?|savez_compressed|"
    r"savetxt|savefig|tofile|save_file|to_csv|copy2?|copyfile|copytree|move|rmtree"
)


def calls_that_could_write(tree: ast.AST) -> Iterator[str]:
    """Yield what is called wherever the name of the function is one of those that write, unless it only reads."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "attr", None) or getattr(node.func, "id", "")
        if name not in ("replace", "open", "save", "copy", "remove", "move") and not _WRITING.fullmatch(name):
            continue
        called = ast.unparse(node.func)
        if name == "replace":  # of texts it takes two arguments, of paths one, and that of a dataclass has keywords
            could = called == "os.replace" or (len(node.args) == 1 and not node.keywords)
        elif name == "open":
            if called == "Image.open":
                continue
            mode = next((k.value for k in node.keywords if k.arg == "mode"), None)
            mode = mode or (node.args[1 if called == "open" else 0] if len(node.args) > (called == "open") else None)
            could = mode is not None and not (isinstance(mode, ast.Constant) and mode.value in ("r", "rb"))
        elif name in ("save", "copy", "remove", "move"):  # methods of many things
            could = called.rpartition(".")[0] in ("np", "os", "shutil")
        else:
            could = True
        if could:
            yield called


def test_nothing_writes_but_through_the_atomic_writer() -> None:
    found = {
        (str(path.relative_to(ROOT)), called)
        for top in ("micrograd_plus", "viz", "cli")
        for path in (ROOT / top).rglob("*.py")
        if (text := path.read_text("utf-8"))
        and re.search(rf"\b(replace|open|save|copy|remove|move|{_WRITING.pattern})\(", text)
        for called in calls_that_could_write(ast.parse(text))
    }
    assert found == set(ALLOWED)


# --- killed -----------------------------------------------------------------------------------------------------------


def killed(write: Write, path: Path, moment: int) -> list[str]:
    """Write in a process that is killed before it touches the folder of `path` that many times; return where it did."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        _write_and_die(write, path, moment, writer)
    os.close(writer)
    with open(reader) as pipe:
        lines = pipe.read().splitlines()
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0, lines
    return lines


def _write_and_die(write: Write, path: Path, moment: int, pipe: int) -> None:
    left, folder = moment, os.fspath(path.parent)

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal left
        is_reading = event == "open" and not arguments[2] & (os.O_WRONLY | os.O_RDWR)
        if not event.startswith(("open", "os.", "shutil.")) or is_reading or event in ("os.listdir", "os.scandir"):
            return
        place = next((str(a) for a in arguments if isinstance(a, str | os.PathLike) and str(a).startswith(folder)), "")
        if place:
            os.write(pipe, f"{event} {place}\n".encode())
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    try:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 1)
        os.chdir(path.parent)
        sys.addaudithook(hook)
        write(path)
    except BaseException as error:  # noqa: BLE001 - the parent says it
        os.write(pipe, repr(error).encode())
        os._exit(1)
    os._exit(0)


def is_read(name: str) -> bool:
    """Tell whether whoever writes a file reads the old one first, so that it has to make sense."""
    return Path(name).name == "training.safetensors"


def require_whole_when_killed(name: str, tmp_path: Path) -> None:
    """Kill what writes at every touch of the folder: each file is the old one or the new one, then writing works."""
    write, path = written(name, tmp_path / "new")
    path.parent.mkdir()
    (tmp_path / "once").mkdir()
    write(tmp_path / "once" / path.name)  # what is kept for the next time, such as a network, is the same in all
    touched = killed(write, path, -1)
    new = contents(path.parent)
    assert new
    opened = [Path(line.partition(" ")[2]) for line in touched if line.startswith("open ")]
    assert [each for each in opened if not (is_temporary(each.name) or each.name in GROWING or each.is_dir())] == []
    for moment in range(1, len(touched) + 1):
        write, path = written(name, tmp_path / f"{moment}")
        path.parent.mkdir()
        old = {each: b"" if Path(each).name in GROWING else b"old" for each in new if not is_read(each)}
        for each, content in old.items():
            (path.parent / each).parent.mkdir(parents=True, exist_ok=True)
            (path.parent / each).write_bytes(content)
        killed(write, path, moment)
        found = contents(path.parent)
        left = [each for each in found if each not in new]
        assert all(is_temporary(Path(each).name) or Path(each).name == "unfinished.safetensors" for each in left)
        for each in new:
            if Path(each).name in GROWING:
                assert new[each].startswith(found[each])
                continue
            assert each in found or each not in old
            if found.get(each, b"old") not in (b"old", new[each]):
                checkpoint.load(path.parent / each)  # what is written again and again is whole each time
        killed(write, path, -1)
        again = contents(path.parent)
        assert {each: content for each, content in again.items() if each in new} == new


# Without an engine that draws, which takes a process of its own.
QUICK = ("bytes", "checkpoint", "session", "export.py", "page", "pictures", "experiment", "program", "sweep", "model")


@posix
@pytest.mark.parametrize("name", QUICK)
def test_killed_at_any_moment_it_leaves_whole_files(name: str, tmp_path: Path) -> None:
    require_whole_when_killed(name, tmp_path)


@posix
@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(WRITERS.keys() - {*QUICK, *SLOW} | {"frames"}))
def test_what_draws_killed_at_any_moment_leaves_whole_files(name: str, tmp_path: Path) -> None:
    require_whole_when_killed(name, tmp_path)


# --- names and disks --------------------------------------------------------------------------------------------------


@each_writer
def test_any_name_will_do(name: str, tmp_path: Path) -> None:
    added = {"worksheet": "-answers", "draw_dot": ".svg"}.get(name.partition(".")[0], "")
    length = 255 - len((WRITERS[name][0] or "") + added)
    for stem in ("two  words", "ünïcødé 数字 \U0001f600", "n" * length):
        folder = tmp_path / str(len(stem))
        folder.mkdir()
        write, path = written(name, folder, stem)
        write(path)
        assert path.exists()
        assert contents(folder)
        assert all(each.startswith(stem) for each in contents(folder))


def fill(disk: Path, free: int = 0) -> None:
    """Leave so many bytes free."""
    (disk / "filler").write_bytes(bytes(os.statvfs(disk).f_bavail * os.statvfs(disk).f_frsize - free))


def make_read_only(disk: Path) -> None:
    subprocess.run(["mount", "-o", "remount,ro", disk], check=True)


@pytest.mark.parametrize("spoil", [fill, make_read_only])
@each_writer
def test_where_nothing_can_be_written_old_files_stay(name: str, spoil: Any, tmp_path: Path, small_disk: Path) -> None:
    (tmp_path / "new").mkdir()
    write, path = written(name, tmp_path / "new")
    write(path)
    write, path = written(name, small_disk)
    for each in contents(tmp_path / "new"):
        (small_disk / each).parent.mkdir(parents=True, exist_ok=True)
        if not is_read(each):
            (small_disk / each).write_bytes(b"" if Path(each).name in GROWING else b"old")
    spoil(small_disk)
    before = contents(small_disk)
    with pytest.raises(OSError, match=r"No space left|Read-only|Permission") as caught:
        write(path)
    assert os.fspath(caught.value.filename).startswith(str(path))
    assert contents(small_disk) == before


# --- commands ---------------------------------------------------------------------------------------------------------


def require_one_line(name: str, inputs: Path, folder: Path) -> None:
    """Run a command that cannot write to a folder: one line, status 2, old files are there and no new one."""
    before = contents(folder)
    result = run(*COMMANDS[name](inputs, folder))
    assert result.status == 2, result
    (line,) = [each for each in result.stderr.splitlines() if not each.startswith("warning: ")]
    assert re.search("No space left on device|Read-only file system|Permission denied", line), line
    assert str(folder) in line
    found = contents(folder)
    assert found.pop("out/runs.jsonl", b"") == b""  # a sweep has begun, and nothing is done
    assert found == before


def require_old_files_stay(name: str, spoil: Any, tmp_path: Path, disk: Path) -> None:
    write_inputs(tmp_path)
    for each in ("out.svg", "out.csv", "out.json"):
        (disk / each).write_bytes(b"old")
    spoil(disk)
    require_one_line(name, tmp_path, disk)


@pytest.mark.parametrize("spoil", [fill, make_read_only])
@pytest.mark.parametrize("name", [name for name in COMMANDS if not name.startswith(("lab", "demo", "sweep"))])
def test_a_command_that_cannot_write_says_so(name: str, spoil: Any, tmp_path: Path, small_disk: Path) -> None:
    require_old_files_stay(name, spoil, tmp_path, small_disk)


@pytest.mark.parametrize("name", [name for name in COMMANDS if name.startswith(("lab", "demo", "sweep"))])
def test_an_experiment_says_before_it_begins_that_it_cannot_write(name: str, tmp_path: Path, small_disk: Path) -> None:
    require_old_files_stay(name, make_read_only, tmp_path, small_disk)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["sweep"])
def test_an_experiment_on_a_full_disk_says_so(name: str, tmp_path: Path, small_disk: Path) -> None:
    require_old_files_stay(name, fill, tmp_path, small_disk)


@pytest.mark.slow
def test_a_training_on_a_disk_that_fills_up_leaves_whole_files(tmp_path: Path, small_disk: Path) -> None:
    write_inputs(tmp_path)
    arguments = COMMANDS["train"](tmp_path, small_disk)
    kept = []
    for free in (4096, 16384, 32768, 53248):
        fill(small_disk, free)
        result = run(*arguments)
        assert result.status == 2
        assert result.stderr.count("No space left") == len(result.stderr.splitlines()) == 1
        found = contents(small_disk)
        assert [each for each in found if each.endswith(".tmp")] == []
        kept.append([each for each in found if each.endswith(".safetensors")])
        for each in kept[-1]:
            checkpoint.load(small_disk / each)
        (small_disk / "filler").unlink()
        shutil.rmtree(small_disk / "out", ignore_errors=True)
    assert len(kept[0]) == 1
    assert len(kept[-1]) == 2


def test_every_command_that_takes_a_path_to_write_to_is_tried(tmp_path: Path) -> None:
    context = click.Context(main)
    groups = [("", main), ("lab ", main.get_command(context, "lab"))]
    writing = {
        prefix + name
        for prefix, group in groups
        for name in group.list_commands(context)
        for parameter in group.get_command(context, name).params
        if isinstance(parameter.type, click.Path)
        and not parameter.type.exists
        and parameter.name in ("out", "output", "folder")
    }
    tried = {" ".join(map(str, make(tmp_path, Path()))) for make in COMMANDS.values()}
    assert all(any(line.startswith(command) for line in tried) for command in writing), writing
    assert len(writing) > 10
