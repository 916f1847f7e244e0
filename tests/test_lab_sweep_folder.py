"""A sweep's folder: what is done stays done, wherever the process was stopped; other data and settings are refused."""

import json
import os
import re
import signal
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from micrograd_plus import data
from micrograd_plus.classifier import Classifier
from micrograd_plus.lab.grid import Grid
from micrograd_plus.lab.sweep import SweepError, SweepRun, Trained, train_run
from micrograd_plus.lab.sweep_folder import BEST, JOURNAL, SweepFolder
from micrograd_plus.settings import Settings

MOONS = data.load("moons")
POINTS = Grid({"lr": [0.003, 0.1, 1e300], "seed": [0, 1]}, {"hidden": (4,), "epochs": 3}).points()
TRAINED = [train_run(MOONS, point) for point in POINTS]
RUNS = {each.run.settings: each.run for each in TRAINED}


def folder(path: Path, **fixed: object) -> SweepFolder:
    return SweepFolder(path, MOONS, fixed)


def fill(path: Path, trained: list[Trained] = TRAINED) -> None:
    with folder(path) as kept:
        for each in trained:
            kept.add(each)


def test_what_is_kept_is_read_again(tmp_path: Path) -> None:
    fill(tmp_path / "a/b")
    with folder(tmp_path / "a/b") as kept:
        assert kept.runs == RUNS
        assert kept.best == min(RUNS.values(), key=lambda run: run.rank)
        assert kept.waiting(POINTS) == []
        new = replace(POINTS[0], seed=7)
        assert kept.waiting([*POINTS, new]) == [new]


def test_a_best_model_of_chosen_sizes_is_known_again(tmp_path: Path) -> None:
    points = Grid({"seed": [0]}, {"epochs": 1}).points()
    assert points[0].hidden is None
    fill(tmp_path, [train_run(MOONS, points[0])])
    with folder(tmp_path) as kept:
        assert kept.waiting(points) == []


def test_the_best_model_is_the_same_in_any_order(tmp_path: Path) -> None:
    fill(tmp_path / "a")
    fill(tmp_path / "b", TRAINED[::-1])
    assert (tmp_path / "a" / BEST).read_bytes() == (tmp_path / "b" / BEST).read_bytes()
    best = min(RUNS.values(), key=lambda run: run.rank)
    saved = Classifier.load(tmp_path / "a" / BEST).settings
    assert replace(saved, loss=best.settings.loss, batch_size=best.settings.batch_size) == best.settings
    assert (saved.loss, saved.batch_size) == ("bce", best.settings.chosen_batch_size(160))


def test_of_equally_good_runs_the_same_is_kept_in_any_order(tmp_path: Path) -> None:
    run, classifier = TRAINED[0]
    assert classifier is not None
    twins = []
    for seed in (3, 4):
        settings = replace(run.settings, seed=seed)
        twins.append(Trained(replace(run, settings=settings), replace(classifier, settings=settings)))
    for name, order in (("a", twins), ("b", twins[::-1])):
        fill(tmp_path / name, order)
    assert (tmp_path / "a" / BEST).read_bytes() == (tmp_path / "b" / BEST).read_bytes()


def test_wherever_the_journal_is_cut_whole_runs_count(tmp_path: Path) -> None:
    fill(tmp_path)
    whole = (tmp_path / JOURNAL).read_bytes()
    ends = [k + 1 for k, byte in enumerate(whole) if byte == ord("\n")]
    for length in (*range(0, len(whole), 53), *ends, *(end - 1 for end in ends)):
        (tmp_path / JOURNAL).write_bytes(whole[:length])
        with folder(tmp_path) as kept:
            count = max(sum(end <= length for end in ends) - 1, 0)
            lost = {kept._lost[0]: RUNS[kept._lost[0]]} if kept._lost else {}
            assert kept.runs | lost == {each.run.settings: each.run for each in TRAINED[:count]}
            for point in kept.waiting(POINTS):
                kept.add(next(each for each in TRAINED if each.run.settings == point))
            assert kept.runs == RUNS
        with folder(tmp_path) as kept:
            assert (kept.runs, kept.waiting(POINTS)) == (RUNS, [])


@pytest.mark.parametrize("spoil", [Path.unlink, lambda path: path.write_bytes(b"torn")], ids=["missing", "torn"])
def test_a_best_run_without_its_model_is_done_again(tmp_path: Path, spoil: Callable[[Path], object]) -> None:
    fill(tmp_path)
    model = (tmp_path / BEST).read_bytes()
    spoil(tmp_path / BEST)
    with folder(tmp_path) as kept:
        (again,) = kept.waiting([])
        assert again == min(RUNS.values(), key=lambda run: run.rank).settings
        kept.add(next(each for each in TRAINED if each.run.settings == again))
        assert kept.runs == RUNS
    assert (tmp_path / BEST).read_bytes() == model


def test_a_failed_run_is_tried_again_and_a_diverged_one_is_not(tmp_path: Path) -> None:
    failed, diverged = (
        SweepRun(point, outcome, error="so") for point, outcome in zip(POINTS[:2], ("failed", "diverged"), strict=True)
    )
    fill(tmp_path, [Trained(failed, None), Trained(diverged, None)])
    with folder(tmp_path) as kept:
        assert kept.waiting(POINTS[:2]) == [POINTS[0]]


def test_other_data_and_other_settings_are_refused(tmp_path: Path) -> None:
    fill(tmp_path)
    before = (tmp_path / JOURNAL).read_bytes()
    with pytest.raises(SweepError, match=r"holds a sweep of other data: .* --restart"):
        SweepFolder(tmp_path, data.load("moons", rng=1), {})
    with pytest.raises(SweepError, match=r"holds a sweep with epochs 3, not 4: .* --restart"):
        folder(tmp_path, epochs=4)
    folder(tmp_path, epochs=3).__exit__()
    assert (tmp_path / JOURNAL).read_bytes() == before


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b'{"format": "micrograd_plus.sweep", "version": 2}\n', "of a newer micrograd_plus: .* --restart"),
        (b'{"format": "micrograd_plus.sweep", "version": 1, \n', "line 1: not JSON; .* --restart"),
        (b'{"format": "micrograd_plus.sweep"\n', "line 1: not JSON; .* --restart"),
    ],
)
def test_a_journal_that_cannot_be_read_is_named_and_left(tmp_path: Path, content: bytes, words: str) -> None:
    (tmp_path / JOURNAL).write_bytes(content)
    with pytest.raises(SweepError, match=words):
        folder(tmp_path)
    assert (tmp_path / JOURNAL).read_bytes() == content
    with SweepFolder(tmp_path, MOONS, {}, restart=True) as kept:
        assert kept.runs == {}


@pytest.mark.parametrize("content", [b"lr,loss\n", b"[]\n", b"{}\n", b"precious", b"{}"])
@pytest.mark.parametrize("restart", [False, True])
def test_a_file_that_is_no_journal_is_left_also_by_a_restart(tmp_path: Path, content: bytes, *, restart: bool) -> None:
    for name in (JOURNAL, BEST):
        (tmp_path / name).write_bytes(content)
    with pytest.raises(SweepError, match="not the journal of a sweep: choose another folder with --out"):
        SweepFolder(tmp_path, MOONS, {}, restart=restart)
    for name in (JOURNAL, BEST):
        assert (tmp_path / name).read_bytes() == content


def test_a_line_that_is_no_run_is_named(tmp_path: Path) -> None:
    fill(tmp_path)
    lines = (tmp_path / JOURNAL).read_bytes().splitlines(keepends=True)
    for bad in (b"{}\n", lines[1].replace(b"epochs", b"epoks"), lines[1][:40] + b"\n"):
        (tmp_path / JOURNAL).write_bytes(b"".join([*lines[:2], bad, *lines[2:]]))
        with pytest.raises(SweepError, match=r"runs\.jsonl, line 3: not"):
            folder(tmp_path)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"seconds": "x"}, "run.seconds is a number, not str"),
        ({"seconds": 10**400}, "run.seconds is a number that a float can hold"),
        ({"error": 1}, "run.error is a text, not int: 1"),
        ({"outcome": "done"}, "unknown outcome 'done'"),
        ({"outcome": "diverged"}, "a run that is diverged and has a best epoch"),
        ({"best": None}, "a run that is trained and has no best epoch"),
        ({"best": {}}, "run.best holds number, loss, accuracy"),
        *(
            ({"best": {**asdict(TRAINED[0].run)["best"], name: value}}, f"run.best.{name} is a ")
            for name, value in [
                ("loss", "x"),
                ("loss", None),
                ("accuracy", {}),
                ("validation_loss", []),
                ("lr", 10**400),
            ]
        ),
        *(
            ({"settings": {**asdict(TRAINED[0].run)["settings"], name: 10**400}}, f"{name} is a")
            for name in ("lr", "l1", "l2", "dropout", "clip_norm", "seed", "epochs")
        ),
    ],
)
def test_a_run_with_a_damaged_value_is_named(tmp_path: Path, change: dict[str, Any], words: str) -> None:
    fill(tmp_path)
    lines = (tmp_path / JOURNAL).read_text().splitlines(keepends=True)
    lines[1] = json.dumps(json.loads(lines[1]) | change) + "\n"
    (tmp_path / JOURNAL).write_text("".join(lines))
    with pytest.raises(SweepError, match=rf"runs\.jsonl, line 2: not a run \(.*{re.escape(words)}"):
        folder(tmp_path)


def test_a_refusal_makes_no_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("kept")
    with pytest.raises(NotADirectoryError):
        folder(tmp_path / "file" / "out")


def test_a_run_of_the_default_settings_fits_in_a_line(tmp_path: Path) -> None:
    fill(tmp_path, [Trained(SweepRun(Settings(), "failed", error="two\nlines"), None)])
    assert (tmp_path / JOURNAL).read_text().count("\n") == 2


def test_two_do_not_work_on_one_folder(tmp_path: Path) -> None:
    with folder(tmp_path) as kept:
        kept.add(TRAINED[0])
        for restart in (False, True):
            with pytest.raises(SweepError, match="a training or a sweep is under way in"):
                SweepFolder(tmp_path, MOONS, {}, restart=restart)
        kept.add(TRAINED[1])
    with folder(tmp_path) as kept:
        assert set(kept.runs.values()) == {TRAINED[0].run, TRAINED[1].run}


@pytest.mark.skipif(os.name != "posix", reason="forks and signals of POSIX")
def test_a_killed_process_is_in_nobodys_way(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            kept = folder(tmp_path)
            kept.add(TRAINED[0])
            os.write(writer, b"ready")
            signal.pause()
        finally:
            os._exit(1)  # whatever went wrong: here are no tests
    os.close(writer)
    assert os.read(reader, 5) == b"ready"
    with pytest.raises(SweepError, match="under way"):
        folder(tmp_path)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    with folder(tmp_path) as kept:
        assert list(kept.runs.values()) == [TRAINED[0].run]


@pytest.mark.skipif(os.name != "posix", reason="pipes of POSIX")
def test_a_journal_that_is_no_file_or_endless_is_an_os_error(tmp_path: Path) -> None:
    path = tmp_path / JOURNAL
    os.mkfifo(path)
    with pytest.raises(OSError, match="not a regular file"):
        folder(tmp_path)
    path.unlink()
    path.write_bytes(b"")
    os.truncate(path, 2**40)
    with pytest.raises(OSError, match="File too large") as caught:
        folder(tmp_path)
    assert caught.value.filename == str(path)


@pytest.mark.parametrize("line", [b"[" * 100_000, b"[" + b"1," * 10_000_000 + b"1]", b"NaN", b"\xff"])
def test_a_line_that_would_take_all_memory_is_refused(tmp_path: Path, line: bytes) -> None:
    fill(tmp_path, [])
    with (tmp_path / JOURNAL).open("ab") as journal:
        journal.write(line + b"\n")
    with pytest.raises(SweepError, match="line 2: not JSON"):
        folder(tmp_path)


def test_a_sweep_that_begins_anew_drops_the_runs(tmp_path: Path) -> None:
    fill(tmp_path)
    with SweepFolder(tmp_path, data.load("circles"), {}, restart=True) as kept:
        assert kept.runs == {}
    assert not (tmp_path / BEST).exists()
