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
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))  # the calls that the pages show are the tests' cases

from micrograd_plus import Tensor, Value, gradient, viz
from micrograd_plus.array_functions import FUNCTIONS, IN_NUMPY, METHODS, OTHER_KEYWORDS
from micrograd_plus.engine import derived, operations
from micrograd_plus.notation import latex, short, text
from micrograd_plus.ops import ALIASES, REAL, TABLE, Op
from micrograd_plus.viz.charts import Axis
from micrograd_plus.viz.plots import COLOURS
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

_FIXED = (1.0, 0.5, -0.75)  # the inputs that stay, in pictures
_PARAMETERS = {"min": -1.0, "max": 1.5, "n": 3.0}  # in pictures; others at their defaults


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
    lines.append(f"\n![{_caption(op)}](operations/{op.name}.svg)\n")
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


def _caption(op: Op) -> str:
    names, k = "abc"[: op.arity], moving(op)
    fixed = [f"{names[i]} = {short(_FIXED[i])}" for i in range(op.arity) if i != k]
    fixed += [f"{name} = {short(value)}" for name, value in _drawn_with(op).items()]
    return f"{op.name} and its derivative by {names[k]}{' at ' if fixed else ''}{', '.join(fixed)}"


def moving(op: Op) -> int:
    """Return the position of the input that moves in a picture: the first that the operation has a slope by."""
    return next((k for k, slope in enumerate(op.slopes) if slope != 0.0), 0)


def _drawn_with(op: Op) -> dict[str, float]:
    return {name: _PARAMETERS.get(name, value) for name, value in op.parameters.items()}


def curves(op: Op) -> str:
    """Return a small SVG of an operation and its derivative, over the input that moves."""
    k = moving(op)
    low, high = op.domain[k]
    x = np.linspace(max(low, -3.0), min(high, 3.0), 243)[1:-1]
    inputs: list[Any] = [np.array(number) for number in _FIXED[: op.arity]]
    inputs[k] = Tensor(x)
    with np.errstate(all="ignore"):
        y = op(*inputs, **_drawn_with(op))
        [slope] = gradient(y.sum(), [inputs[k]])
    return _svg(x, [y.data, np.broadcast_to(slope.data, x.shape)])


def _svg(x: np.ndarray, lines: list[np.ndarray]) -> str:
    shown = np.concatenate([line[np.isfinite(line)] for line in lines])
    low, high = np.quantile(shown, [0.02, 0.98])
    low, high = max(min(low, 0.0) - 0.2, -6.0), min(max(high, 0.0) + 0.2, 6.0)
    across, up = Axis(x[0], x[-1], 26.0, 312.0), Axis(low, high, 150.0, 8.0)
    parts = [_axis_lines(across, up)]
    for line, colour in zip(lines, COLOURS, strict=False):
        for piece in _pieces(across.at(x), up.at(line), up):
            points = " ".join(f"{a:.1f},{b:.1f}" for a, b in piece)
            parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="1.8"/>')
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" width="320" height="172" viewBox="0 0 320 172" font-size="10"'
        f' font-family="sans-serif"><rect width="320" height="172" fill="white"/>{"".join(parts)}</svg>\n'
    )


def _axis_lines(across: Axis, up: Axis) -> str:
    grey = 'stroke="#bbb" stroke-width="1"'
    parts = [f'<path d="M{across.start} {up.at(0.0):.1f}H{across.end}" {grey}/>']
    if across.low < 0.0 < across.high:
        parts.append(f'<path d="M{across.at(0.0):.1f} {up.start}V{up.end}" {grey}/>')
    for tick in across.ticks():
        parts.append(f'<text x="{across.at(tick):.1f}" y="166" text-anchor="middle" fill="#555">{short(tick)}</text>')
    for tick in up.ticks():
        parts.append(f'<text x="22" y="{up.at(tick) + 3:.1f}" text-anchor="end" fill="#555">{short(tick)}</text>')
    return "".join(parts)


def _pieces(x: np.ndarray, y: np.ndarray, up: Axis) -> Iterator[list[tuple[float, float]]]:
    """Yield the runs of points that are inside the picture, broken where a line jumps."""
    piece: list[tuple[float, float]] = []
    for a, b in zip(x.tolist(), y.tolist(), strict=True):
        inside = up.end <= b <= up.start
        if piece and (not inside or abs(b - piece[-1][1]) > 25.0):
            yield piece
            piece = []
        if inside:
            piece.append((a, b))
    if piece:
        yield piece


# --- array operations -------------------------------------------------------------------------------------------------


def array_section(name: str) -> str:
    """Return what its page says of a function of arrays."""
    function, case = FUNCTIONS[name], example_of(name)
    signature = ", ".join(
        str(p).partition(":")[0] + _default(p) for p in inspect.signature(function).parameters.values()
    )
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
    inputs = [Tensor(x, label=name) for name, x in zip("abcdef", case.inputs(), strict=False)]
    if len(inputs) == 1:
        inputs[0].label = "x"
    y = _first(case.of(inputs))
    g = Tensor(np.ones_like(y.data), label="g")
    return list(zip(inputs, derived(y, inputs, operations(y), g), strict=True))


def _first(result: Any) -> Any:
    return result[0] if isinstance(result, list | tuple) else result


def picture_of(case: Case) -> Any:
    """Return the graph of an example after `backward()`."""
    inputs = [Tensor(x.round(2), label=name) for name, x in zip("abcdef", case.inputs(), strict=False)]
    if len(inputs) == 1:
        inputs[0].label = "x"
    y = _first(case.of(inputs))
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
