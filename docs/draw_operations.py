"""Writes the reference of operations: `python docs/draw_operations.py` makes its two pages and their pictures.

Elementwise operations stand in docs/operations.md, functions of arrays by subject in docs/array_operations.md. All is
read off the tables: a new row or a new function is on its page once this is run, and a test fails until then.
"""

from __future__ import annotations

import inspect
import itertools
import math
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))  # the calls that the pages show are the tests' cases

from docs.operation_curves import caption, curves
from micrograd_plus import Tensor, Value, gradient, viz
from micrograd_plus.array_functions import FUNCTIONS, IN_NUMPY, METHODS, OTHER_KEYWORDS
from micrograd_plus.engine import derived, operations
from micrograd_plus.notation import latex, short, text
from micrograd_plus.ops import ALIASES, REAL, TABLE, Op
from micrograd_plus.stubs import with_star
from tests.array_cases import CASES, Case

FOLDER = Path(__file__).parent
_LONGEST = 240  # letters of a gradient that a page can show

_ELEMENTWISE = """# Elementwise operations

Every operation on one number at a time, read off the table by `docs/draw_operations.py`: what it is called, its
formula, its derivatives as the engine itself prints them, where it is defined, and a picture. All take Values, Tensors,
and arrays and numbers, which give arrays and numbers again. Where it says NumPy, NumPy's function gives the same of a
Tensor. What moves, joins and adds up numbers: [array operations](array_operations.md).

Shapes are broadcast as NumPy does it. In the pictures the operation is blue and its derivative orange; inputs that do
not move stay at the numbers that the caption names.
"""
_ARRAYS = """# Array operations

Every operation on arrays that is not [elementwise](operations.md), read off the tables by `docs/draw_operations.py`:
what it is called, what it does, its gradients as the engine itself prints them, and a picture. All take Tensors, and
arrays and numbers, which give arrays and numbers again. Where it says NumPy, NumPy's function gives the same of a
Tensor.

PyTorch's names of arguments are understood beside NumPy's. The gradient is what comes back to an input of the example
if the gradient at the result is `g`.
"""


# --- elementwise operations -------------------------------------------------------------------------------------------


def elementwise_section(op: Op) -> str:
    """Return what its page says of a row."""
    names = "abc"[: op.arity]
    inputs = [Value(number, label=name) for name, number in zip(names, _example(op), strict=True)]
    y = op(*inputs)
    usage = [f"`{op.usage}`", f"`{names[0]}.{op.name}({', '.join([*names[1:], *op.parameters])})`"]
    aliases = [alias for alias, row in ALIASES.items() if row is op]
    lines = [f"## {op.name}\n", f"{', '.join(dict.fromkeys(usage))}{_also(aliases)}{_numpy_ufunc(op)}\n"]
    lines.append(f"$$ {latex(y)} $$\n")
    lines += [
        f"- by `{x.label}`: `{text(slope)}`, $ {latex(slope)} $"
        for x, slope in zip(inputs, gradient(y, inputs), strict=True)
    ]
    domain = [f"{x} in {_interval(*d)}" for x, d in zip(names, op.domain, strict=True) if d != REAL]
    lines.append(f"- domain: {', '.join(domain) or 'all numbers'}")
    if op.parameters:
        lines.append(f"- parameters: {', '.join(f'`{name}={short(value)}`' for name, value in op.parameters.items())}")
    lines.append(f"\n![{caption(op)}](operations/{op.name}.svg)\n")
    return "\n".join(lines)


def _example(op: Op) -> list[float]:
    """Return numbers inside the domain, at which no slope happens to be a constant."""
    return [x if low < x < high else (low + high) / 2 if high < math.inf else low + x + 1.0
            for x, (low, high) in zip((0.3, 0.7, 0.9), op.domain, strict=False)]  # fmt: skip


def _also(names: list[str]) -> str:
    return f"; also {', '.join(f'`{name}`' for name in names)}" if names else ""


def _numpy_ufunc(op: Op) -> str:
    return f"; NumPy: `np.{op.ufunc.__name__}`" if op.ufunc and not op.parameters else ""


def _interval(low: float, high: float) -> str:
    return f"({short(low)}, {short(high)})".replace("inf", "∞")


# --- array operations -------------------------------------------------------------------------------------------------


def array_section(name: str) -> str:
    """Return what its page says of a function of arrays."""
    function, case = FUNCTIONS[name], example_of(name)
    parameters = [*inspect.signature(function).parameters.values()]
    signature = ", ".join(with_star([str(p).partition(":")[0] + _default(p) for p in parameters], parameters))
    aliases = aliases_of(name)
    others = OTHER_KEYWORDS.get(name, {}).items()
    keywords = [f"`{theirs}` for `{ours}`" for theirs, ours in others if theirs != ours]
    # Under an alias NumPy has the same, or had it once.
    theirs = [_numpy_name(f) for f, ours in IN_NUMPY.items() if ours is function and f.__name__ not in aliases]
    lines = [f"### {name}\n", f"`{name}({signature})`{'' if name in METHODS else ', no method'}{_also(aliases)}"]
    if keywords:
        lines[-1] += f"; {', '.join(keywords)}"
    if theirs:
        lines[-1] += f"; NumPy: {', '.join(theirs)}"
    lines += ["", inspect.cleandoc(function.__doc__ or "").partition("\n\n>>>")[0], ""]
    lines.append(f"Example: `{case}`\n")
    if case.differentiable:
        lines += [f"- by `{x.label}`: `{_shortened(text(slope))}`" for x, slope in gradients_of(case)]
        lines.append(f"\n![{name} of an example, with gradients](operations/{name}.svg)")
    else:
        lines.append("- no gradient: the result is a plain array of integers or bools")
    return "\n".join([*lines, ""])


def aliases_of(name: str) -> list[str]:
    """Return the other names of a function."""
    return [other for other, same in FUNCTIONS.items() if same is FUNCTIONS[name] and other != name]


def example_of(name: str) -> Case:
    """Return the case of a function that shows most in little room."""
    cases = [case for case in CASES if FUNCTIONS[case.function] is FUNCTIONS[name]]
    return min(cases, key=_fitness)


def _fitness(case: Case) -> tuple[bool, bool, int, int]:
    """Return the less the better: something happens along axes, named from the front, of a few elements."""
    sizes = [size for shape in case.shapes for size in shape]
    inputs = case.inputs()
    result = _first(case.of(inputs))
    given = [*case.arguments, *case.keywords.values()]
    unclear = sum(x is None or (isinstance(x, int) and x < 0) for x in given)
    same = np.array_equal(result, inputs[0])
    return same, 0 in sizes or 1 in sizes, unclear, abs(sum(x.size for x in inputs) - 8)


def _default(parameter: inspect.Parameter) -> str:
    return "" if parameter.default is parameter.empty else f"={parameter.default!r}"


def _numpy_name(function: Callable[..., Any]) -> str:
    name = function.__name__
    return f"`np.{'' if getattr(np, name, None) is function else 'linalg.'}{name}`"


def gradients_of(case: Case) -> list[tuple[Any, Any]]:
    """Return each input of an example with its gradient, from the gradient `g` of the first result."""
    inputs = _labelled(case.inputs())
    y = _first(case.of(inputs))
    g = Tensor(np.ones_like(y.data), label="g")
    return list(zip(inputs, derived(y, inputs, operations(y), g), strict=True))


def _labelled(arrays: list[np.ndarray]) -> list[Tensor]:
    names = "abcdef" if len(arrays) > 1 else "x"
    return [Tensor(x, label=name) for name, x in zip(names, arrays, strict=False)]


def _first(result: Any) -> Any:
    return result[0] if isinstance(result, list | tuple) else result


def picture_of(case: Case) -> Any:
    """Return the graph of an example after `backward()`."""
    y = _first(case.of(_labelled([x.round(2) for x in case.inputs()])))
    y.backward(np.cos(np.arange(y.size)).round(2).reshape(y.shape))  # gradients that differ
    return viz.draw(y)


def _shortened(formula: str) -> str:
    return formula if len(formula) <= _LONGEST else f"{formula[: _LONGEST - 4]} ..."


# --- the pages --------------------------------------------------------------------------------------------------------


def subjects() -> dict[str, list[str]]:
    """Return the functions by the modules they stand in, each by its first name in the registry."""
    first: dict[Any, str] = {}
    for name, function in FUNCTIONS.items():
        first.setdefault(function, name)
    found: dict[str, list[str]] = {}
    for function, name in first.items():
        found.setdefault(function.__module__, []).append(name)
    return {module: sorted(names) for module, names in sorted(found.items())}


def pages() -> dict[str, str]:
    """Return the texts of the pages, by the names of their files."""
    elementwise = [_ELEMENTWISE, _links(sorted(TABLE)) + "\n", *map(elementwise_section, TABLE.values())]
    arrays = [_ARRAYS]
    for module, names in subjects().items():
        arrays.append(f"- [{_title(module)}](#{_title(module).lower()}): {_links(names)}")
    for module, names in subjects().items():
        about, *_ = (sys.modules[module].__doc__ or "").splitlines()
        arrays += [f"\n## {_title(module)}\n", f"{about}\n", *map(array_section, names)]
    return {"operations.md": "\n".join(elementwise), "array_operations.md": "\n".join(arrays)}


def _links(names: list[str]) -> str:
    return ", ".join(f"[{name}](#{name})" for name in names)


def _title(module: str) -> str:
    return module.rpartition(".")[2].capitalize()


def main(folder: Path = FOLDER) -> None:
    """Write the pages and their pictures."""
    pictures = folder / "operations"
    shutil.rmtree(pictures, ignore_errors=True)
    pictures.mkdir()
    for op in TABLE.values():
        (pictures / f"{op.name}.svg").write_text(curves(op), encoding="utf-8")
    for name in itertools.chain(*subjects().values()):
        if (case := example_of(name)).differentiable:
            picture_of(case).save(pictures / f"{name}.svg")
    for name, text_of_page in pages().items():
        (folder / name).write_text(text_of_page, encoding="utf-8")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
