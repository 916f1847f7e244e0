"""Where a text becomes code that runs: in two places, and what a user named stands there in comments alone."""

import ast
import runpy
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from micrograd_plus import Tensor, Value, scope
from micrograd_plus.compiler.compilation import compile
from micrograd_plus.compiler.program import Program
from micrograd_plus.optim import SGD
from tests.hostile import TEXTS

ROOT = Path(__file__).parents[1]
FOLDERS = ("micrograd_plus", "viz", "cli")

# What runs a text as code, or gives access to what does.
RUNS = {"eval", "exec", "compile", "execfile", "__import__", "run_path", "run_module", "InteractiveInterpreter"}
# Modules whose reading runs code that the file names, or that make code.
UNSAFE_MODULES = {"pickle", "_pickle", "cPickle", "dill", "cloudpickle", "shelve", "marshal", "code", "codeop", "yaml"}
# Calls that read a pickle.
UNPICKLE = {"joblib.load", "np.load", "numpy.load", "torch.load", "pd.read_pickle"}

# Every place, and why no data reaches it.
ALLOWED = {
    # The text that the compiler wrote: see below.
    ("micrograd_plus/compiler/loading.py", "builtins.compile"): 1,
    ("micrograd_plus/compiler/loading.py", "exec"): 1,
    # Slices of a buffer, which the compiler wrote.
    ("micrograd_plus/compiler/view_text.py", "eval"): 1,
    # `script.py:loss` on the command line is documented as running that script.
    ("cli/script.py", "runpy.run_path"): 1,
}


Modules = list[tuple[str, ast.Module]]


@pytest.fixture(scope="module")
def modules() -> Modules:
    return [
        (path.relative_to(ROOT).as_posix(), ast.parse(path.read_text(encoding="utf-8")))
        for folder in FOLDERS
        for path in sorted((ROOT / folder).rglob("*.py"))
        if not any(part.is_symlink() for part in path.parents)
    ]


def runs_code(node: ast.AST) -> str:
    """Return what a node of a syntax tree names of `RUNS`, with what it is an attribute of; nothing for another."""
    if isinstance(node, ast.Name) and node.id in RUNS:
        return node.id
    if isinstance(node, ast.Attribute) and node.attr in RUNS:
        return ast.unparse(node)
    if isinstance(node, ast.Constant) and node.value in RUNS:  # getattr(builtins, "exec")
        return repr(node.value)
    return ""


# What has one of these names and is another thing: the compiler's own function, the mode of a network, re's.
def is_other(path: str, tree: ast.Module, name: str) -> bool:
    imported = {alias.asname or alias.name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)
                if (node.module or "").startswith("micrograd_plus") for alias in node.names}  # fmt: skip
    defined = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    if name == "compile":
        return name in imported | defined
    if name == "re.compile":
        return True
    return name in {"compilation.compile", "'compile'", "'eval'", "'exec'"} and path in OTHERS.get(name, ())


OTHERS = {
    "compilation.compile": ("cli/compile.py",),
    "'compile'": ("micrograd_plus/__init__.py", "cli/__init__.py"),
    "'exec'": ("micrograd_plus/compiler/loading.py",),  # how the one call compiles
    "'eval'": ("micrograd_plus/notation.py", "micrograd_plus/expression.py"),  # how ast.parse parses; it runs nothing
}


def test_texts_run_as_code_in_these_places_alone(modules: Modules) -> None:
    found = Counter(
        (path, name)
        for path, tree in modules
        for node in ast.walk(tree)
        if (name := runs_code(node)) and not is_other(path, tree, name)
    )
    assert found == ALLOWED


def test_nothing_is_read_as_a_pickle(modules: Modules) -> None:
    for path, tree in modules:
        for node in ast.walk(tree):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            assert not UNSAFE_MODULES & {name.partition(".")[0] for name in names}, (path, node.lineno)
            if isinstance(node, ast.Call):
                assert not calls(node, UNPICKLE), (path, node.lineno)
                assert never(node, "allow_pickle"), (path, node.lineno)


def calls(call: ast.Call, names: set[str]) -> bool:
    """Tell whether a call is one of what has these names."""
    last = getattr(call.func, "attr", None)  # to write out every call would take seconds
    return any(name.endswith(f".{last}") for name in names) and ast.unparse(call.func) in names


def never(call: ast.Call, keyword: str) -> bool:
    """Tell whether a call says no to something, or nothing of it."""
    return all(isinstance(k.value, ast.Constant) and k.value.value is False for k in call.keywords if k.arg == keyword)


def test_no_program_is_started_through_a_shell(modules: Modules) -> None:
    for path, tree in modules:
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                assert not calls(node, {"os.system", "os.popen"}), (path, node.lineno)
                assert never(node, "shell"), (path, node.lineno)


# --- what the compiler writes


def program_of(labels: list[str], kind: type[Any], shape: tuple[int, ...]) -> Program:
    """A chain in which each text names a parameter, a result and a scope, and an optimizer takes steps.

    No two links are alike, so that none is lifted into the array of another's name.
    """
    parameters = []
    total: Any = kind(np.zeros(shape)) if shape else kind(0.0)
    for k, label in enumerate(labels):
        start = np.full(shape, 0.5 + k / 100) if shape else 0.5 + k / 100
        parameters.append(kind(start, label=label))
        with scope(label):
            total = (total + parameters[-1]).sin()
        total.label = label
    root = total.sum() if shape else total
    root.label = labels[0]
    return compile(root, optimizer=SGD(parameters, lr=0.1))


KINDS = [(Value, ()), (Tensor, ()), (Tensor, (3,)), (Tensor, (2, 2))]
every_kind = pytest.mark.parametrize(("kind", "shape"), KINDS)


def skeleton(source: str) -> str:
    """Return the syntax tree of a text in which each name is replaced by the number of its first mention."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        for field in ("id", "name", "arg", "attr"):
            if isinstance(getattr(node, field, None), str):
                setattr(node, field, "_")
    return ast.dump(tree)


LABELS = [text for text in TEXTS if text]  # a scope has a name
PLAIN = [f"label_{k}" for k in range(len(LABELS))]


@every_kind
def test_a_label_becomes_a_comment_or_a_part_of_a_name(kind: Any, shape: tuple[int, ...]) -> None:
    hostile, plain = program_of(LABELS, kind, shape), program_of(PLAIN, kind, shape)
    assert "alert" in hostile.source
    assert skeleton(hostile.source) == skeleton(plain.source)
    assert hostile.step() == plain.step()
    assert_lines_are_lines(hostile.source)


@every_kind
def test_saved_programs_hold_no_more_of_a_label(kind: Any, shape: tuple[int, ...], tmp_path: Path) -> None:
    texts = {}
    for name, labels in {"hostile": LABELS, "plain": PLAIN}.items():
        program = program_of(labels, kind, shape)
        program.save(tmp_path / name)
        texts[name] = (tmp_path / name / "step.py").read_bytes().decode("utf-8")
        module = runpy.run_path(str(tmp_path / name / "step.py"))
        assert module["step"]() == program.step()
    assert skeleton(texts["hostile"]) == skeleton(texts["plain"])
    assert_lines_are_lines(texts["hostile"])


def assert_lines_are_lines(source: str) -> None:
    """A comment ends where the line ends, for every reader of lines, and no sign hides or reorders what one sees."""
    lines = source.split("\n")
    assert source.splitlines() == lines[:-1]
    assert [ascii(line) for line in lines if not line.isprintable()] == []
