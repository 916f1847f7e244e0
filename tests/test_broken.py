"""Each promise of trust is broken by patches of one line, and its tests notice."""

import ast
import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from tests.breaking import PACKAGE, PATCHES, ROOT, Patch, broken, copy_tree, environment, noticed, outcome, read
from tests.cases import each
from tests.promises import PROMISES, SECTIONS

NAMES = sorted(path.stem for path in PATCHES.glob("*.patch"))
TESTS = sorted({test for promise in PROMISES for test in promise.tests})
# Fuzzing takes its six seconds in every process; it is in the suite, and patches are noticed by what comes before it.
SHORT = [test for test in TESTS if not test.startswith("test_fuzzing.py")]


def test_each_promise_has_tests_and_patches() -> None:
    assert len({promise.says for promise in PROMISES}) == len(PROMISES)
    for promise in PROMISES:
        assert promise.section in SECTIONS, promise.says
        assert promise.tests, promise.says
        assert promise.broken, promise.says


def test_each_patch_belongs_to_a_promise() -> None:
    assert sorted({name for promise in PROMISES for name in promise.broken}) == NAMES


@each("name", NAMES)
def test_each_patch_changes_one_line_that_is_there(name: str) -> None:
    patch = read(name)
    assert patch.path.split("/")[0] in PACKAGE
    assert not any(part.is_symlink() for part in (ROOT / patch.path).parents)
    text = (ROOT / patch.path).read_text(encoding="utf-8")
    old, new = patch.old.splitlines(), patch.apply(text) and patch.new.splitlines()
    assert old != new
    assert abs(len(old) - len(new)) <= 1
    changed = [k for k, (a, b) in enumerate(zip(old, new, strict=False)) if a != b]
    if len(old) == len(new):
        assert len(changed) == 1, "more than one line changes"
    else:  # a line is taken out of the longer one, or put in
        longer, shorter = sorted([old, new], key=len, reverse=True)
        assert any(longer[:k] + longer[k + 1 :] == shorter for k in range(len(longer)))
    if patch.path.endswith(".py"):
        ast.parse(patch.apply(text))


@cache
def functions(file: str) -> set[str]:
    """Return the names of the functions of a file of tests."""
    tree = ast.parse((ROOT / "tests" / file).read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


@each("test", TESTS)
def test_each_test_is_there(test: str) -> None:
    file, *names = test.partition("[")[0].split("::")
    assert {name for name in names if name.startswith("test")} <= functions(file)


def test_a_patch_that_fits_nowhere_or_twice_is_refused() -> None:
    for text in ("a = 2\n", "aa = 1\n", "a = 1\nb = 2\na = 1\n"):
        with pytest.raises(ValueError, match="once"):
            Patch("x.py", "a = 1\n", "a = 3\n").apply(text)
    assert Patch("x.py", "a = 1\n", "a = 3\n").apply("aa = 1\na = 1\n") == "aa = 1\na = 3\n"


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = copy_tree(tmp_path_factory.mktemp("broken") / "copy")
    where = "import micrograd_plus.viz, micrograd_plus.cli; print(micrograd_plus.__file__)"
    run = [sys.executable, "-c", where]
    printed = subprocess.run(run, cwd=folder, env=environment(folder), capture_output=True, text=True, check=True)
    assert os.path.samefile(printed.stdout.strip(), folder / "micrograd_plus" / "__init__.py")
    return folder


@pytest.fixture(scope="module")
def noticing() -> set[str]:
    """The tests that failed because of a patch."""
    return set()


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_each_patch_is_noticed(copy: Path, noticing: set[str], name: str) -> None:
    for promise in PROMISES:
        if name in promise.broken:
            found = noticed(copy, promise, name)
            assert (found.status, bool(found.failed)) == (1, True), f"{promise.says}\n{found.printed}"
            noticing.add(found.failed)


@pytest.mark.slow
def test_without_a_patch_what_noticed_passes(copy: Path, noticing: set[str]) -> None:
    # All of them, where this test is run alone. The slow ones pass on the tree itself, which the copy is one of.
    found = outcome(copy, sorted(noticing) or SHORT, "not slow")
    assert found.status == 0, found.printed


@pytest.mark.slow
def test_a_copy_is_whole_after_a_patch(copy: Path) -> None:
    patch = read(NAMES[0])
    whole = (copy / patch.path).read_bytes()
    with broken(copy, patch):
        assert (copy / patch.path).read_bytes() != whole
    assert (copy / patch.path).read_bytes() == whole == (ROOT / patch.path).read_bytes()
