"""Imports point one way, and `import micrograd_plus` needs NumPy and nothing else."""

import ast
import builtins
import pkgutil
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import micrograd_plus
from tests.cases import each

PACKAGE = "micrograd_plus"
ROOT = Path(__file__).parents[1]

# Small modules that know nothing of graphs; all others may use them.
TOOLS = {
    "arguments",
    "atomic_file",
    "central_differences",
    "folder_lock",
    "magnitudes",
    "named_arrays",
    "plain_data",
    "plain_error",
    "seeding",
    "suggestions",
    "texts",
}

# What each layer stands on; it may import those, all that they stand on, and the tools. A layer is a module or a
# folder of the package; "__init__" is its list of public names, which nothing in the core may read back.
LAYERS: dict[str, tuple[str, ...]] = {
    # the table and the scalar engine
    "error_function": (),
    "masks": (),
    "row": ("masks",),
    "ops": ("row", "error_function"),
    "context": ("ops",),
    "engine": ("context",),
    "activation_kinds": ("ops",),
    "float_rules": ("engine",),
    "by_hand": ("ops",),
    "in_place": ("engine",),
    "value": ("float_rules", "by_hand", "in_place", "parameters"),
    "notation": ("engine",),
    "expression": ("notation", "value"),
    "anomaly": ("explanation",),
    "steps": ("engine",),
    "naming": ("engine",),
    "explanation": ("notation", "steps", "naming", "value"),
    # arrays
    "array_ops": ("ops",),
    "array_rules": ("array_ops", "engine"),
    "nested": (),
    "array_functions": ("array_ops", "context", "nested"),
    "stubs": ("array_functions",),
    "numpy_protocol": ("array_functions",),
    "array_data": ("engine", "nested"),
    "tensor": ("array_rules", "array_data", "numpy_protocol", "in_place"),
    "forward_mode": ("tensor",),
    "derivatives": ("forward_mode", "nested", "value"),
    "creation": ("tensor",),
    "checks": ("value", "tensor"),
    "formula_slopes": ("ops",),
    "own_rows": ("tensor", "expression"),
    "custom_operations": ("checks", "formula_slopes", "own_rows"),
    "custom_array_trial": ("checks",),
    "custom_array_operations": ("custom_array_trial", "own_rows"),
    # training: nn, losses, evaluation and what stands on them know that there is a graph, the others do not
    "nn": ("value", "tensor", "activation_kinds", "parameters"),
    "losses": ("value", "tensor"),
    "parameters": (),
    "update_rules": ("ops",),
    "optimizer_settings": (),
    "optimizer_state_dict": (),
    "optimizer": ("parameters", "optimizer_settings", "optimizer_state_dict"),
    "optim": ("optimizer", "update_rules"),
    "scheduler": (),
    "schedules": ("scheduler",),
    "schedule_plan": ("schedules",),
    "metrics": (),
    "input_file": (),
    "tables": ("input_file",),
    "toy_data": (),
    "datasets": (),
    "standardiser": (),
    "data": ("tables", "toy_data", "standardiser"),
    "checkpoint": ("input_file",),
    "evaluation": ("nn", "losses", "metrics"),
    "training_record": ("evaluation",),
    "training_history": ("training_record",),
    "layer_statistics": ("training_record",),
    "objective": ("evaluation",),
    "training_step": ("objective", "compiler"),
    "training_state": ("training_history",),
    "train": ("training_state", "training_step", "data", "schedules"),
    "checkpoint_keeper": ("train", "checkpoint"),
    "settings": ("objective", "optim", "schedule_plan"),
    "classifier": ("settings", "checkpoint_keeper"),
    "class_measures": ("classifier",),
    "export": ("classifier",),
    "lab": ("classifier", "expression", "schedule_plan"),
    "compiler": ("value", "tensor", "optim", "notation", "naming"),
    # looking at a backward pass
    "recording": ("steps",),
    "paths": ("steps",),
    "value_paths": ("paths", "recording", "naming"),
    "array_paths": ("value_paths", "tensor"),
    "gradient_sum": ("explanation", "paths"),
    "why": ("array_paths", "gradient_sum"),
    "slope_checks": ("recording", "expression"),
    "debugger": ("array_paths", "explanation"),
    "event_search": ("debugger", "activation_kinds"),
    "breakpoints": ("event_search",),
    "recomputation": ("engine",),
    "session_history": ("engine",),
    "session": ("breakpoints", "recomputation", "session_history", "optim"),
    "json_numbers": (),
    "result_size": ("array_ops",),
    "saved_graph": ("json_numbers", "result_size", "tensor", "value"),
    "saved_session": ("session", "saved_graph", "input_file"),
    "network_graph": ("nn", "steps", "naming"),
    "diagnosis": ("anomaly", "network_graph", "notation"),
    "museum": ("explanation",),
    "questions": ("recording", "explanation"),
    "quiz": ("questions", "expression"),
    # what people see
    "__init__": (
        "creation",
        "derivatives",
        "checks",
        "custom_operations",
        "custom_array_operations",
        "class_measures",
        "export",
        "lab",
        "layer_statistics",
        "datasets",
        "why",
        "saved_session",
        "diagnosis",
        "museum",
        "quiz",
        "slope_checks",
    ),
    "viz": ("__init__",),
    "cli": ("viz",),
    "__main__": ("cli",),
} | dict.fromkeys(TOOLS, ())


def modules_of(root: Path) -> dict[str, Path]:
    """Return the dotted name and the file of every module of the package below `root`, links followed."""
    found = {}
    for file in sorted(root.glob("*.py")):
        found[f"{root.name}.{file.stem}"] = file
    for folder in sorted(path for path in root.iterdir() if path.is_dir()):
        found |= {f"{root.name}.{name}": file for name, file in modules_of(folder).items()}
    return found


def is_left_out(node: ast.AST) -> bool:
    """Tell whether the body of `node` never runs on import: for type checkers, or for `python -m`."""
    return isinstance(node, ast.If) and ast.unparse(node.test) in (
        "TYPE_CHECKING",
        "typing.TYPE_CHECKING",
        "__name__ == '__main__'",
    )


def running_nodes(tree: ast.AST) -> Iterator[ast.AST]:
    """Yield every node of a syntax tree, those inside functions too, but for the bodies that are left out."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if is_left_out(node):
            assert isinstance(node, ast.If)
            waiting += node.orelse
        else:
            yield node
            waiting += ast.iter_child_nodes(node)


@cache
def imported_names(source: str) -> tuple[str, ...]:
    """Return the dotted names that a module imports from the package."""
    found: list[str] = []
    for node in running_nodes(ast.parse(source)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"relative import in line {node.lineno}: write the whole name"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        found += (name for name in names if name.split(".")[0] == PACKAGE)
    return tuple(found)


def home_of(name: str, modules: dict[str, Path]) -> str:
    """Return the module that an imported name comes from: the name itself, or the longest beginning of it."""
    while name:
        for module in (name, f"{name}.__init__"):
            if module in modules:
                return module
        name = name.rpartition(".")[0]
    return f"{PACKAGE}.__init__"


def layer_of(module: str) -> str:
    """Return the layer a module belongs to: its name's second part."""
    return module.split(".")[1]


@cache
def below(layer: str) -> frozenset[str]:
    """Return all that `layer` stands on, near and far."""
    return frozenset(TOOLS).union(LAYERS[layer], *(below(lower) for lower in LAYERS[layer]))


def objections(source: str, module: str, modules: dict[str, Path]) -> list[str]:
    """Return a line for each import in `source` that runs against the layers."""
    layer = layer_of(module)
    if layer not in LAYERS:
        return [f"{module} is in no layer: add {layer!r} to LAYERS in tests/test_imports.py"]
    homes = sorted({home_of(name, modules) for name in imported_names(source)})
    return [
        f"{module} imports {home}, but {layer!r} does not stand on {layer_of(home)!r}"
        for home in homes
        if layer_of(home) != layer and layer_of(home) not in below(layer)
    ]


MODULES = modules_of(ROOT / PACKAGE)


@each("module", MODULES)
def test_imports_point_down(module: str) -> None:
    assert objections(MODULES[module].read_text(), module, MODULES) == []


def test_no_two_modules_import_each_other() -> None:
    arrows = {
        module: {home_of(name, MODULES) for name in imported_names(file.read_text())} - {module}
        for module, file in MODULES.items()
    }
    cycle = None
    try:
        TopologicalSorter(arrows).prepare()
    except CycleError as error:
        cycle = " -> ".join(error.args[1])
    assert cycle is None


@pytest.mark.parametrize(
    "source",
    [
        "from micrograd_plus.tensor import Tensor",
        "from micrograd_plus import tensor",
        "import micrograd_plus.tensor as t",
        "def late():\n    from micrograd_plus.tensor import Tensor",
        "if TYPE_CHECKING:\n    import math\nelse:\n    from micrograd_plus.tensor import Tensor",
    ],
)
def test_an_import_that_points_up_is_found(source: str) -> None:
    modules = {f"{PACKAGE}.{name}": Path() for name in ("__init__", "engine", "tensor")}
    assert objections(source, f"{PACKAGE}.engine", modules) == [
        "micrograd_plus.engine imports micrograd_plus.tensor, but 'engine' does not stand on 'tensor'"
    ]


@pytest.mark.parametrize(
    "source",
    [
        "from micrograd_plus.ops import Op",
        "from micrograd_plus import error_function",
        "import numpy as np, math",
        "if TYPE_CHECKING:\n    from micrograd_plus.tensor import Tensor",
        "if __name__ == '__main__':\n    from micrograd_plus.tensor import Tensor",
    ],
)
def test_an_import_that_points_down_is_allowed(source: str) -> None:
    modules = {f"{PACKAGE}.{name}": Path() for name in ("__init__", "error_function", "ops", "engine", "tensor")}
    assert objections(source, f"{PACKAGE}.engine", modules) == []


def test_the_core_may_not_read_the_public_names_back() -> None:
    modules = {f"{PACKAGE}.{name}": Path() for name in ("__init__", "engine")}
    assert objections("from micrograd_plus import Value", f"{PACKAGE}.engine", modules) == [
        "micrograd_plus.engine imports micrograd_plus.__init__, but 'engine' does not stand on '__init__'"
    ]


def test_a_module_in_no_layer_is_named() -> None:
    assert objections("", f"{PACKAGE}.astrology.stars", {}) == [
        "micrograd_plus.astrology.stars is in no layer: add 'astrology' to LAYERS in tests/test_imports.py"
    ]


def test_import_needs_numpy_and_nothing_else() -> None:
    code = f"import sys, numpy; before = set(sys.modules); import {PACKAGE}; print(*set(sys.modules) - before)"
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = set(run.stdout.split())
    assert {name.split(".")[0] for name in loaded} - sys.stdlib_module_names <= {PACKAGE, "numpy"}
    assert not {f"{PACKAGE}.{lazy}" for lazy in ("viz", "cli", "checkpoint", "own_rows")} & loaded


def test_no_submodule_shares_its_name_with_a_public_function() -> None:
    submodules = {module.name for module in pkgutil.iter_modules(micrograd_plus.__path__)}
    functions = {name for name, found in vars(micrograd_plus).items() if callable(found)}
    assert submodules & functions == set()


def test_public_names_exist_and_hide_no_builtin() -> None:
    public = micrograd_plus.__all__
    assert [name for name in public if not hasattr(micrograd_plus, name)] == []
    assert set(public) & set(dir(builtins)) == set()


def test_what_is_loaded_late_is_offered_for_completion() -> None:
    assert set(micrograd_plus.__all__) <= set(dir(micrograd_plus))
