"""Mutants on tests: what the tests notice is killed, the rest is not; and which tests run which lines."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import covering
from tests.covering import Covering

SOURCE = """STEP = 1


def moved(x, by=STEP):
    return x if x is None else x + by


def clamped(x):
    return 0 if x < 0 else x
"""
FILES = {
    "tiny.py": SOURCE,
    "tests/conftest.py": """import pytest

@pytest.fixture
def one():
    return 1
""",
    "tests/test_moved.py": """from tiny import moved

def test_moved(one):
    assert moved(3) == 3 + one and moved(None) is None
""",
    "tests/test_clamped.py": """from tiny import clamped

def test_clamped(one):
    assert clamped(-one) == 0 and clamped(one) == one
""",
}


def test_lines_are_found_again_where_they_stand_now(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(covering, "ROOT", tmp_path)
    (tmp_path / "tiny.py").write_text("# new\n\n" + SOURCE)
    kept = {"seconds": {"a": 0.1, "b": 0.2}, "lines": {"tiny.py": {"1": [-1], "5": [0, 1]}}}
    (tmp_path / "tests").write_text(json.dumps(kept | {"sources": {"tiny.py": SOURCE}}))
    found = Covering(tmp_path / "tests")
    assert found.covers("tiny.py", 7, 7) == ({"a", "b"}, False)
    assert found.covers("tiny.py", 3, 3) == (set(), True)
    assert found.covers("tiny.py", 1, 1) == (set(), True), "what is new may run at any time"
    found.leave_out(["a"])
    assert found.covers("tiny.py", 7, 7) == ({"b"}, False)


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="mutants are tried in forks, on Linux alone")
def test_what_tests_notice_is_killed_and_what_they_do_not_survives(tmp_path: Path) -> None:
    """Both ways: by a new import, as for a constant, and by new code in a function."""
    (tmp_path / "tests").mkdir()
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    tests = ["tests/test_moved.py::test_moved", "tests/test_clamped.py::test_clamped"]
    trials = [
        (SOURCE.replace("STEP = 1", "STEP = 2"), True),
        (SOURCE.replace("STEP = 1", "STEP = 1 +"), True),  # is not even imported
        (SOURCE.replace("x + by", "x - by"), False),
        (SOURCE.replace("x + by", "x - by"), True),
        (SOURCE.replace("x < 0", "x <= 0"), False),
        (SOURCE.replace("x < 0", "x <= 0"), True),
        (SOURCE.replace("0 if x < 0", "1 if x < 0"), False),
        (SOURCE.replace("    return 0 if", "    while x < 0: pass\n    return 0 if"), False),
    ]
    script = (
        "import json, sys; from pathlib import Path; import tests.mutant_runner as runner; runner.SLOWER = 1\n"
        "root, tests, trials = json.loads(sys.argv[1])\n"
        "trials = [runner.Trial('tiny.py', source, tests, fresh) for source, fresh in trials]\n"
        "failing = [runner.failing(Path(root), tests, fresh=fresh) for fresh in (True, False)]\n"
        "print(json.dumps([*failing, sorted(runner.try_all(Path(root), trials, 1.0))]))\n"
    )
    words = json.dumps([str(tmp_path), tests, trials])
    ran = subprocess.run(
        [sys.executable, "-c", script, words], cwd=covering.ROOT, capture_output=True, text=True, check=True
    )
    moved, clamped = tests
    assert json.loads(ran.stdout) == [
        [],
        [],
        [
            [0, ["killed", moved]],
            [1, ["killed", "collecting tests/test_moved.py"]],
            [2, ["killed", moved]],
            [3, ["killed", moved]],
            [4, ["survived", ""]],
            [5, ["survived", ""]],
            [6, ["killed", clamped]],
            [7, ["out of time", ""]],
        ],
    ]
