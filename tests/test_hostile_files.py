"""Files that are damaged, hostile or no files: one clear line each, nothing run, and old files stay."""

from __future__ import annotations

import json
import os
import pickle
import struct
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from micrograd_plus import Tensor, checkpoint, data
from micrograd_plus.checkpoint import CheckpointError
from micrograd_plus.checkpoint_keeper import about
from micrograd_plus.classifier import Classifier
from micrograd_plus.saved_session import SessionFileError, load_session, save_session
from micrograd_plus.session import Session
from micrograd_plus.settings import Settings
from tests.command_line import mistake, run
from tests.peak_memory import needs_proc, output_of

X, _ = data.moons(20, rng=0)


def save_classifier(path: Path) -> None:
    Classifier.for_samples(X, ("x1", "x2"), ("no", "yes"), Settings(hidden=(2,), epochs=1)).save(path)


def save_a_session(path: Path) -> None:
    x = Tensor([1.0, 2.0], label="x")
    session = Session((x * x).tanh().sum())
    session.debugger.step()
    save_session(session, path)


Save, Load = Callable[[Path], None], Callable[[Path], Any]
KINDS: dict[str, tuple[Save, list[Load]]] = {
    "classifier": (save_classifier, [Classifier.load, checkpoint.load, about]),
    "session": (save_a_session, [load_session]),
}
each_kind = pytest.mark.parametrize(("save", "loads"), KINDS.values(), ids=KINDS)


def outcome(load: Load, path: Path) -> str:
    """Return what is said of a file, "" if it was taken; anything but one clear line is raised."""
    try:
        load(path)
    except (CheckpointError, SessionFileError) as error:
        said = str(error)
        assert said.startswith(f"{path}: ")
        assert len(said.splitlines()) == 1
        return said
    return ""


@pytest.mark.slow
@each_kind
def test_a_file_cut_short_at_any_byte_is_refused(tmp_path: Path, save: Save, loads: list[Load]) -> None:
    path = tmp_path / "file"
    save(path)
    whole = path.read_bytes()
    for length in range(len(whole.rstrip())):
        path.write_bytes(whole[:length])
        assert outcome(loads[0], path), length


@each_kind
def test_flipped_bits_are_refused_or_give_other_numbers(tmp_path: Path, save: Save, loads: list[Load]) -> None:
    path = tmp_path / "file"
    save(path)
    whole = np.frombuffer(path.read_bytes(), np.uint8)
    rng = np.random.default_rng(0)
    for count in (1, 2, 8):
        for _ in range(150):
            flipped = whole.copy()
            np.bitwise_xor.at(flipped, rng.integers(len(whole), size=count), 1 << rng.integers(8, size=count))
            path.write_bytes(flipped.tobytes())
            for load in loads:
                outcome(load, path)


class Trap:
    """Makes a folder when it is unpickled."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __reduce__(self) -> Any:
        return os.mkdir, (os.fspath(self.folder),)


@each_kind
def test_a_pickle_in_disguise_is_not_opened(tmp_path: Path, save: Save, loads: list[Load]) -> None:
    path, sprung = tmp_path / "model.safetensors", tmp_path / "sprung"
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        path.write_bytes(pickle.dumps(Trap(sprung), protocol))
        assert all(outcome(load, path) for load in loads)
    np.savez(path.with_suffix(".npz"), a=np.array([Trap(sprung)], dtype=object), allow_pickle=True)
    assert all(outcome(load, path.with_suffix(".npz")) for load in loads)
    assert not sprung.exists()
    pickle.loads(pickle.dumps(Trap(sprung)))  # noqa: S301 - the trap works
    assert sprung.exists()


@pytest.mark.skipif(os.name != "posix", reason="pipes, devices and links of POSIX")
@each_kind
def test_what_is_no_file_is_an_os_error_that_names_it(tmp_path: Path, save: Save, loads: list[Load]) -> None:
    pipe, circle, dangling = (tmp_path / name for name in ("pipe", "circle", "dangling"))
    os.mkfifo(pipe)
    circle.symlink_to(circle.name)
    dangling.symlink_to("nowhere")
    for path in (pipe, Path("/dev/zero"), tmp_path, circle, dangling, tmp_path / "missing", tmp_path / ("x" * 300)):
        for load in loads:
            with pytest.raises(OSError, match=path.name[:20]) as caught:
                load(path)
            assert os.fspath(caught.value.filename) == str(path)
            assert len(str(caught.value).splitlines()) == 1


@each_kind
def test_a_link_to_a_file_is_followed(tmp_path: Path, save: Save, loads: list[Load]) -> None:
    save(tmp_path / "file")
    (tmp_path / "link").symlink_to("file")
    assert not outcome(loads[0], tmp_path / "link")
    save(tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    assert not outcome(loads[0], tmp_path / "file")


@pytest.mark.parametrize("name", ["a name with  spaces", "ünïcødé 数字 \U0001f600", "-o", "n" * 255, "é" * 127, "a\nb"])
@each_kind
def test_any_name_will_do(tmp_path: Path, save: Save, loads: list[Load], name: str) -> None:
    save(tmp_path / name)
    assert os.listdir(tmp_path) == [name]
    loads[0](tmp_path / name)
    with pytest.raises(OSError, match="too long"):
        save(tmp_path / ("n" * 256))
    assert os.listdir(tmp_path) == [name]


@pytest.mark.parametrize(
    "content", [b"", b"{", pickle.dumps([1]), b"\x00" * 5000, struct.pack("<Q", 2**62), b"[" * 200_000]
)
def test_commands_say_it_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    monkeypatch.chdir(tmp_path)
    Path("file").write_bytes(content)
    Path("t.csv").write_text("x1,x2,y\n1,2,no\n3,4,yes\n")
    assert mistake("predict", "file", "t.csv").startswith("error: file: ")
    assert mistake("export", "file", "out.py").startswith("error: file: ")
    assert sorted(os.listdir()) == ["file", "t.csv"]


@pytest.mark.parametrize(
    "arguments",
    [
        ["predict", "", "t.csv"],
        ["predict", "file", ""],
        ["predict", "file", "t.csv", "-o", ""],
        ["export", "", "out.py"],
        ["train", "t.csv", "--out", ""],
        ["train", "--resume", ""],
        ["sweep", "t.csv", "--out", ""],
        ["demo", "--out", ""],
        ["lab", "descent", "saddle", "--out", ""],
        ["step", "x*x", "--at", "x=2", "--commands", ""],
    ],
    ids=" ".join,
)
def test_an_empty_text_is_no_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str]) -> None:
    monkeypatch.chdir(tmp_path)
    Path("t.csv").write_text("x1,x2,y\n1,2,no\n3,4,yes\n")
    assert mistake(*arguments).endswith(": an empty text is no path")
    assert os.listdir() == ["t.csv"]


@pytest.mark.skipif(os.name != "posix", reason="devices of POSIX")
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["step", "x*x", "--at", "x=2", "--commands", "/dev/zero"], "/dev/zero: not a regular file"),
        (["step", "x*x", "--at", "x=2"], "stdin, line 1: longer than 1,048,576 characters"),
        (["train", "/dev/zero"], "/dev/zero: not a regular file"),
        (["step", "/dev/zero.json"], "/dev/zero.json: "),
        (["predict", "/dev/zero", "t.csv"], "/dev/zero: not a regular file"),
        (["graph", "/dev/zero.py"], "/dev/zero.py: "),
        (["graph", "-"], "wanted at most 4000 characters"),
        (["step", "x*x", "--at", "x=2", "--commands", "source"], "/dev/zero: not a regular file"),
    ],
)
def test_what_never_ends_is_not_read_to_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("source").write_text("commands /dev/zero\n")
    with open("/dev/zero") as endless:
        monkeypatch.setattr(sys, "stdin", endless)
        result = run(*arguments)
    assert result.status == 2
    (line,) = result.stderr.splitlines()
    assert said in line


@pytest.mark.skipif(os.name != "posix", reason="pipes of POSIX")
def test_commands_wait_for_no_pipe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    os.mkfifo("pipe")
    save_classifier(Path("model"))
    Path("t.csv").write_text("x1,x2,y\n1,2,no\n3,4,yes\n5,6,no\n7,8,yes\n")
    for arguments in (
        ["train", "pipe"],
        ["train", "t.csv", "--validation", "pipe"],
        ["sweep", "pipe"],
        ["lab", "lr", "pipe"],
        ["predict", "model", "pipe"],
        ["predict", "pipe", "t.csv"],
        ["export", "pipe", "model.py"],
        ["step", "x*x", "--at", "x=2", "--commands", "pipe"],
    ):
        assert mistake(*arguments) == "error: pipe: not a regular file"
    assert sorted(os.listdir()) == ["model", "pipe", "t.csv"]


# --- memory -----------------------------------------------------------------------------------------------------------


def checkpoint_of(text: str) -> bytes:
    header = json.dumps({"__metadata__": {"micrograd_plus": text}}).encode()
    return struct.pack("<Q", len(header)) + header


def session_of(items: str) -> bytes:
    return f'{{"format":"micrograd_plus.session","version":2,"kind":"Value","nodes":[{items}1]}}'.encode()


def hidden(path: Path, sizes: list[int]) -> None:
    save_classifier(path)
    arrays, metadata = checkpoint.load(path)
    metadata["settings"]["hidden"] = sizes
    checkpoint.save(path, arrays, metadata)


PROGRAM = """
import sys
from micrograd_plus.checkpoint import CheckpointError
from micrograd_plus.classifier import Classifier
from micrograd_plus.saved_session import SessionFileError, load_session
load = load_session if sys.argv[2] == "session" else Classifier.load
try:
    load(sys.argv[1])
except (CheckpointError, SessionFileError) as error:
    print("refused:", error)
print(peak())
"""
# The bytes of memory that are enough to refuse a file, and what is written into it.
HALF, MORE, WHOLE = 2**29, 3 * 2**28, 2**30
LARGE: dict[str, tuple[str, int, Callable[[Path], Any]]] = {
    "many_lists": ("session", HALF, lambda path: path.write_bytes(session_of("[]," * 8_000_000))),
    "many_objects": ("session", WHOLE, lambda path: path.write_bytes(session_of('{"a":1},' * 4_000_000))),
    "many_texts": ("session", WHOLE, lambda path: path.write_bytes(session_of('"xy",' * 8_000_000))),
    "wide_text": ("session", MORE, lambda path: path.write_bytes(session_of(f'"{"x" * 100_000_000}\U0001f600",'))),
    "wide_layers": ("classifier", HALF, lambda path: hidden(path, [20_000, 20_000])),
    "widest_layer": ("classifier", HALF, lambda path: hidden(path, [10**12])),
    "many_layers": ("classifier", HALF, lambda path: hidden(path, [1] * 100_000)),
    "long_header": (
        "classifier",
        HALF,
        lambda path: path.write_bytes(checkpoint_of('{"format":[' + "[]," * 8_000_000 + "1]}")),
    ),
}


@needs_proc
@pytest.mark.slow
@pytest.mark.parametrize("name", LARGE)
def test_no_file_takes_more_than_a_gigabyte(tmp_path: Path, name: str) -> None:
    kind, most, write = LARGE[name]
    write(tmp_path / "file")
    refused, peak = output_of(PROGRAM, tmp_path / "file", kind).splitlines()
    assert refused.startswith("refused:")
    assert int(peak) < most


# --- disks and other processes ----------------------------------------------------------------------------------------


def test_on_a_full_disk_the_old_file_stays(small_disk: Path) -> None:
    path = small_disk / "model"
    checkpoint.save(path, {"w": np.ones(100)}, {})
    before = path.read_bytes()
    for _ in range(3):
        with pytest.raises(OSError, match="No space left") as caught:
            checkpoint.save(path, {"w": np.ones(100_000)}, {})
        assert os.fspath(caught.value.filename) == str(path)
        assert path.read_bytes() == before
        assert os.listdir(small_disk) == ["model"]
    checkpoint.save(path, {"w": np.zeros(100)}, {})


def test_a_disk_that_is_read_only_keeps_its_files(small_disk: Path) -> None:
    path = small_disk / "model"
    checkpoint.save(path, {"w": np.ones(100)}, {})
    before = path.read_bytes()
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    for target in (path, small_disk / "new"):
        with pytest.raises(OSError, match=r"[Rr]ead-only|[Pp]ermission") as caught:
            checkpoint.save(target, {"w": np.zeros(100)}, {})
        assert os.fspath(caught.value.filename) == str(target)
    assert path.read_bytes() == before
    assert os.listdir(small_disk) == ["model"]


WRITER = """
    import sys
    import numpy as np
    from micrograd_plus import checkpoint
    number = float(sys.argv[2])
    for turn in range(60):
        checkpoint.save(sys.argv[1], {"w": np.full(20_000, number)}, {"number": number, "turn": turn})
"""


@pytest.mark.slow
def test_of_processes_that_save_to_one_path_the_last_wins_and_no_reader_sees_a_part(tmp_path: Path) -> None:
    path = tmp_path / "model"
    checkpoint.save(path, {"w": np.full(20_000, 9.0)}, {"number": 9.0, "turn": 0})
    command = [sys.executable, "-c", textwrap.dedent(WRITER), str(path)]
    writers = [subprocess.Popen([*command, str(k)]) for k in range(3)]
    reads = 0
    while any(writer.poll() is None for writer in writers) or not reads:
        arrays, metadata = checkpoint.load(path)
        assert (arrays["w"] == metadata["number"]).all()
        reads += 1
    assert [writer.returncode for writer in writers] == [0, 0, 0]
    assert checkpoint.load(path)[1]["turn"] == 59
    assert os.listdir(tmp_path) == ["model"]
