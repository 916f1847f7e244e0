"""What a user gets who installs the wheel: its files, how much it adds, its types, its commands.

The wheel is built twice, from the tree and from the source distribution, and installed in an environment of its own.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path
from typing import NamedTuple

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from micrograd_plus import __version__
from micrograd_plus.array_functions import FUNCTIONS
from micrograd_plus.ops import ALIASES, TABLE
from tests.command_line import ROOT, files
from tests.test_package import shipped_files

pytestmark = pytest.mark.slow

LEFT_OUT = shutil.ignore_patterns(".*", "__pycache__", "build", "dist", "*.egg-info")  # what building leaves behind
MEASURE = """
import json, sys
from importlib.metadata import distributions
def size(distribution):
    paths = [file.locate() for file in distribution.files]
    return sum(path.stat().st_size for path in paths if path.is_file())
json.dump([(d.name, size(d), d.requires or []) for d in distributions()], sys.stdout)
"""


class Builds(NamedTuple):
    """The two wheels and the source distribution."""

    of_tree: Path
    of_source: Path
    source: Path


def ended(command: list[str | Path], folder: Path) -> str:
    """Run a command that has to succeed, from where the tree cannot be seen, and return what it prints."""
    environment = {name: text for name, text in os.environ.items() if name != "PYTHONPATH"}
    run = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout


def build(tree: Path, out: Path, *options: str) -> None:
    ended([sys.executable, "-m", "build", "--outdir", out, *options, tree], tree.parent)


@pytest.fixture(scope="module")
def builds(tmp_path_factory: pytest.TempPathFactory) -> Builds:
    folder = tmp_path_factory.mktemp("builds")
    for name in ("tree", "source"):
        shutil.copytree(ROOT, folder / "copies" / name, symlinks=True, ignore=LEFT_OUT)
    build(folder / "copies" / "tree", folder / "tree", "--wheel")
    build(folder / "copies" / "source", folder / "source")  # the source distribution, and from it the wheel
    [of_tree], [of_source] = ([*(folder / name).glob("*.whl")] for name in ("tree", "source"))
    [source] = (folder / "source").glob("*.tar.gz")
    return Builds(of_tree, of_source, source)


def content(wheel: Path) -> dict[str, bytes]:
    """Return the files of a wheel and what is in them."""
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture(scope="module")
def installed(builds: Builds, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel in a new environment and return the folder of its programs."""
    folder = tmp_path_factory.mktemp("installed") / "environment"
    ended([sys.executable, "-m", "venv", "--without-pip", folder], folder.parent)
    programs = folder / ("Scripts" if os.name == "nt" else "bin")
    ended([sys.executable, "-m", "pip", f"--python={folder}", "install", "-q", "--no-compile", builds.of_tree], folder)
    return programs


def test_a_wheel_holds_the_package_and_nothing_else(builds: Builds) -> None:
    names = {name for name in content(builds.of_tree) if ".dist-info/" not in name}
    assert names == shipped_files()
    assert {"micrograd_plus/py.typed", "micrograd_plus/datasets/iris.csv"} <= names


def test_the_source_distribution_builds_the_same_wheel(builds: Builds) -> None:
    assert builds.of_tree.name == builds.of_source.name
    assert content(builds.of_tree) == content(builds.of_source)


def test_the_source_distribution_holds_tests_examples_and_documents(builds: Builds) -> None:
    with tarfile.open(builds.source) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    folders = ("tests", "examples", "docs", "benchmarks")
    wanted = {f"{folder}/{file}" for folder in folders for file in files(ROOT / folder) if "__pycache__" not in file}
    wanted |= {path.name for path in ROOT.iterdir() if path.suffix in (".md", ".cff", ".toml", ".cfg")} | {"LICENSE"}
    assert wanted - names == set()


def test_the_metadata_is_whole(builds: Builds) -> None:
    [metadata] = [text.decode() for name, text in content(builds.of_tree).items() if name.endswith("/METADATA")]
    for line in (
        f"Version: {__version__}",
        "License-Expression: MIT",
        "License-File: LICENSE",
        "Requires-Python: >=3.11",
    ):
        assert f"\n{line}\n" in metadata
    assert metadata.endswith((ROOT / "README.md").read_text(encoding="utf-8"))


def needed(names: list[str], requirements: dict[str, list[str]]) -> set[str]:
    """Return these distributions and all that they need, of those that are installed."""
    found: set[str] = set()
    waiting = [*names]
    while waiting:
        name = waiting.pop()
        if name in requirements and name not in found:
            found.add(name)
            waiting += (canonicalize_name(Requirement(text).name) for text in requirements[name] if "extra" not in text)
    return found


def test_an_installation_adds_no_more_than_readme_says(installed: Path) -> None:
    measured = json.loads(ended([installed / "python", "-c", MEASURE], installed))
    found = {canonicalize_name(name): (size, requires) for name, size, requires in measured}
    requirements = {name: requires for name, (_, requires) in found.items()}
    added = needed(["micrograd-plus"], requirements) - needed(["numpy", "matplotlib"], requirements)
    assert {"micrograd-plus", "click", "rich"} <= added
    [bound] = re.findall(r"at most\s+(\d+) MB", (ROOT / "README.md").read_text(encoding="utf-8"))
    assert sum(found[name][0] for name in added) <= int(bound) * 1e6, {name: found[name][0] for name in added}


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """Copy the user's program to a folder from which the tree cannot be seen."""
    return Path(shutil.copy(ROOT / "tests" / "typed_use.py", tmp_path))


def test_a_users_program_runs_with_warnings_as_errors(installed: Path, program: Path) -> None:
    assert ended([installed / "python", "-W", "error", program], program.parent) == ""


def test_mypy_knows_the_types_of_a_users_program(installed: Path, program: Path) -> None:
    strictly = ["--strict", "--config-file=", f"--python-executable={installed / 'python'}", "--cache-dir=cache"]
    ended([sys.executable, "-m", "mypy", *strictly, program], program.parent)
    program.write_text(
        program.read_text(encoding="utf-8").replace("tanh(x), Value", "tanh(x), float"), encoding="utf-8"
    )
    with pytest.raises(AssertionError, match="assert-type"):
        ended([sys.executable, "-m", "mypy", *strictly, program], program.parent)


def test_pyright_knows_the_types_of_a_users_program(installed: Path, program: Path) -> None:
    """By basedpyright in pyright's strict mode, which brings all that it needs."""
    pytest.importorskip("basedpyright")
    program.with_name("pyrightconfig.json").write_text('{"typeCheckingMode": "strict"}')
    command = [sys.executable, "-m", "basedpyright", "--pythonpath", installed / "python"]
    names = ", ".join(FUNCTIONS | ALIASES | TABLE)
    program.with_name("names.py").write_text(f"from micrograd_plus import {names}\nprint({names})\n")
    ended(command, program.parent)
    program.write_text(
        program.read_text(encoding="utf-8").replace("    tanh,\n", "    thn as tanh,\n"), encoding="utf-8"
    )
    with pytest.raises(AssertionError, match='"thn" is unknown import symbol'):
        ended(command, program.parent)


def test_the_command_and_the_module_are_one(installed: Path, tmp_path: Path) -> None:
    said = [
        ended([*command, "--version"], tmp_path)
        for command in ([installed / "micrograd-plus"], [installed / "python", "-m", "micrograd_plus"])
    ]
    assert said == [f"micrograd-plus, version {__version__}\n"] * 2


def test_nothing_else_of_ours_can_be_imported(installed: Path, tmp_path: Path) -> None:
    found = "import importlib.util as u; print([n for n in ('viz', 'cli', 'tests', 'benchmarks') if u.find_spec(n)])"
    assert ended([installed / "python", "-c", found], tmp_path) == "[]\n"
