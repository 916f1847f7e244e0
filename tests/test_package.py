"""What is installed is what stands in the tree."""

import configparser
import importlib
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import click
import pytest

ROOT = Path(__file__).parents[1]
SETUP = configparser.ConfigParser()
SETUP.read(ROOT / "setup.cfg")
DATA = ("*.py", "*.pyi", "py.typed", "*.csv", "*.md", "static/*")


def words(section: str, key: str) -> list[str]:
    """Return the lines of a list in setup.cfg."""
    return SETUP[section][key].split("\n")[1:]


def folders(root: Path) -> list[Path]:
    """Return `root` and the folders below it that hold a module, links followed."""
    inner = [found for path in sorted(root.iterdir()) if path.is_dir() for found in folders(path)]
    return [root, *inner] if any(root.glob("*.py")) else inner


def shipped_files() -> set[str]:
    """Return the path inside the package of every file that an installation needs."""
    return {
        str(file.relative_to(ROOT))
        for folder in folders(ROOT / "micrograd_plus")
        for pattern in DATA
        for file in folder.glob(pattern)
    }


def test_packages_are_the_folders_of_the_tree() -> None:
    dotted = [".".join(folder.relative_to(ROOT).parts) for folder in folders(ROOT / "micrograd_plus")]
    assert sorted(words("options", "packages")) == sorted(dotted)


def test_every_package_has_an_init() -> None:
    assert [folder for folder in folders(ROOT / "micrograd_plus") if not (folder / "__init__.py").is_file()] == []


@pytest.mark.parametrize("name", ["cli", "viz"])
def test_link_and_package_dir_lead_to_the_same_folder(name: str) -> None:
    link = ROOT / "micrograd_plus" / name
    assert link.is_symlink()
    assert link.readlink() == Path("..") / name
    assert f"micrograd_plus.{name} = {name}" in words("options", "package_dir")


def test_the_console_script_is_a_command() -> None:
    (script,) = words("options.entry_points", "console_scripts")
    name, target = script.split(" = ")
    module, attribute = target.split(":")
    assert name == "micrograd-plus"
    assert isinstance(getattr(importlib.import_module(module), attribute), click.Command)


@pytest.mark.slow
def test_a_wheel_holds_the_package_and_nothing_else(tmp_path: Path) -> None:
    # A copy, because building leaves folders behind that the next build would read.
    ignore = shutil.ignore_patterns(".*", "__pycache__", "build", "dist", "*.egg-info")
    shutil.copytree(ROOT, tmp_path / "copy", symlinks=True, ignore=ignore)
    options = ["--quiet", "--no-deps", "--wheel-dir", str(tmp_path)]
    subprocess.run([sys.executable, "-m", "pip", "wheel", *options, str(tmp_path / "copy")], check=True)
    (wheel,) = tmp_path.glob("*.whl")
    names = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert names == shipped_files()
    assert {"micrograd_plus/py.typed", "micrograd_plus/datasets/iris.csv"} <= names
