"""What is installed is what stands in the tree."""

import configparser
import importlib
import re
from pathlib import Path

import click
import pytest
import yaml

from micrograd_plus import __version__

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


def test_the_lowest_python_is_one() -> None:
    versions = [word.rpartition(" ")[2] for word in words("metadata", "classifiers") if ":: 3." in word]
    assert versions == [f"3.{minor}" for minor in range(11, 11 + len(versions))]
    assert SETUP["options"]["python_requires"] == f">={versions[0]}"
    assert SETUP["mypy"]["python_version"] == versions[0]
    assert f'target-version = "py{versions[0].replace(".", "")}"' in (ROOT / "pyproject.toml").read_text()


def test_the_version_is_that_of_the_changelog_and_of_the_citation() -> None:
    newest = re.search(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert newest is not None
    assert newest[1] == __version__
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert citation["version"] == __version__
    assert citation["license"] == SETUP["metadata"]["license_expression"]
    assert [author["name"] for author in citation["authors"]] == [SETUP["metadata"]["author"]]


def test_hooks_run_what_the_test_environment_has() -> None:
    [repository] = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
    programs = [hook["entry"].split()[0] for hook in repository["hooks"]]
    assert {program.removeprefix(".venv/bin/") for program in programs} == {"mypy", "pytest", "ruff"}
    assert repository["repo"] == "local"


@pytest.mark.parametrize("document", sorted(ROOT.glob("*.md")), ids=lambda path: path.name)
def test_links_of_the_documents_in_front_lead_somewhere(document: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)", document.read_text(encoding="utf-8"))
    assert [link for link in links if not (ROOT / link).exists()] == []
