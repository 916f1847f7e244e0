"""Writes the page of edges: `python docs/write_edges.py` makes docs/edges.md; PyTorch and JAX must be installed.

Every answer is computed by the library that it is said of. A test fails while the page is not what this writes.
"""

from __future__ import annotations

import math
import re
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from importlib.metadata import version
from pathlib import Path
from textwrap import fill
from types import SimpleNamespace
from typing import Any

import numpy as np

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

import micrograd_plus as mp
from tests.edge_cases import EARLIER, SECTIONS

PAGE = Path(__file__).parent / "edges.md"
NOTHING = "–"  # the library has no such function, or no gradient there

_HEAD = """# Edges

What operations answer where mathematics leaves a choice or floating point ends, beside what NumPy, PyTorch and JAX
answer in float64: all computed by running them (`docs/write_edges.py`), none typed. An answer that is not ours is
**bold**. Gradients are those of the sum of the result, one for each input. The name of an exception says that the
library refuses; a dash that it has no such function or no gradient there.
"""

# Their packages.
ORACLES = {"PyTorch": "torch", "JAX": "jax"}

# --- libraries: what expressions call, and how to derive --------------------------------------------------------------


class Names(Mapping[str, Any]):
    """The names of an expression: a library's functions, found in several places in turn, and the inputs."""

    def __init__(self, *places: Any, **inputs: Any) -> None:
        self.places, self.inputs = places, inputs

    def __getitem__(self, name: str) -> Any:
        if name in self.inputs:
            return self.inputs[name]
        for place in self.places:
            if hasattr(place, name):
                return getattr(place, name)
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self.inputs)

    def __len__(self) -> int:
        return len(self.inputs)


Derived = tuple[Any, Any]  # a result, and its gradients or None


def ours(run: Callable[..., Any], inputs: list[np.ndarray]) -> Derived:
    """Return what this package answers."""
    leaves = [mp.Tensor(x) for x in inputs]
    y = run(*leaves, places=[SimpleNamespace(array=np.array, inf=math.inf), mp])
    if not isinstance(y, mp.Tensor):
        return y, None
    y.backward(np.ones(y.shape))
    return y.data, [x.grad for x in leaves]


def numpys(run: Callable[..., Any], inputs: list[np.ndarray]) -> Derived:
    """Return what NumPy answers; it has no gradients."""
    return run(*inputs, places=[np, np.linalg]), None


def pytorchs(run: Callable[..., Any], inputs: list[np.ndarray]) -> Derived:
    """Return what PyTorch answers: of its variants the one that is written like the others' function."""
    import torch

    leaves = [torch.tensor(x, requires_grad=True) for x in inputs]
    own = SimpleNamespace(
        array=torch.tensor,
        std=partial(torch.std, correction=0),
        floor_divide=partial(torch.div, rounding_mode="floor"),  # the function of that name has no gradient
        argsort=partial(torch.argsort, stable=True),
        sort=lambda x: torch.sort(x).values,
        logsumexp=partial(torch.logsumexp, dim=0),
        softmax=partial(torch.softmax, dim=0),
    )
    y = run(*leaves, places=[own, torch, torch.linalg, torch.nn.functional])
    if not y.requires_grad:
        return y.numpy(), None
    slopes = torch.autograd.grad(y.sum(), leaves, materialize_grads=True)
    return y.detach().numpy(), [slope.numpy() for slope in slopes]


def jaxs(run: Callable[..., Any], inputs: list[np.ndarray]) -> Derived:
    """Return what JAX answers."""
    import jax

    jax.config.update("jax_enable_x64", True)
    own = SimpleNamespace(gelu=partial(jax.nn.gelu, approximate=False), array=jax.numpy.array)
    f = partial(run, places=[own, jax.numpy, jax.numpy.linalg, jax.nn])
    leaves = [jax.numpy.array(x) for x in inputs]
    y = f(*leaves)
    if not np.issubdtype(y.dtype, np.floating):
        return y, None
    return y, jax.grad(lambda *x: f(*x).sum(), range(len(leaves)))(*leaves)


LIBRARIES = {"ours": ours, "NumPy": numpys, "PyTorch": pytorchs, "JAX": jaxs}
Answer = tuple[str, str]  # the texts of a value and of its gradients


def answer(library: str, expression: str, at: tuple[Any, ...]) -> Answer:
    """Return what a library answers, as the page shows it."""

    def run(*inputs: Any, places: list[Any]) -> Any:
        return eval(expression, {}, Names(*places, **dict(zip("ab", inputs, strict=False))))  # noqa: S307 - the page's

    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            value, slopes = LIBRARIES[library](run, [np.array(x) for x in at])
        except NameError:
            return NOTHING, NOTHING
        except (ArithmeticError, LookupError, RuntimeError, TypeError, ValueError) as error:
            return type(error).__name__, NOTHING
    return shown(value), NOTHING if slopes is None else "; ".join(map(shown, slopes))


def shown(x: Any) -> str:
    """Return numbers in four digits, the sign of zero included."""
    x = np.asarray(x)
    return f"{x.item():.4g}" if x.ndim == 0 else f"[{', '.join(map(shown, x))}]"


# --- the page ---------------------------------------------------------------------------------------------------------


def cases() -> list[tuple[str, tuple[Any, ...]]]:
    """Return all expressions, each with inputs, in the order of the page."""
    return [(text, at) for _, table in SECTIONS.values() for text, points in table.items() for at in points]


def answers(library: str) -> list[Answer]:
    """Return what a library answers to all cases."""
    return [answer(library, *case) for case in cases()]


def page(columns: dict[str, list[Answer]], versions: dict[str, str]) -> str:
    """Return the text of the page from the answers of all libraries and the versions of the oracles."""
    rows = iter(zip(*[columns[library] for library in LIBRARIES], strict=True))
    parts = [_HEAD, fill(_about_versions(versions), 120) + "\n"]
    for title, (choice, table) in SECTIONS.items():
        names = [*LIBRARIES, *[f"gradient: {library}" for library in LIBRARIES if library != "NumPy"]]
        parts += [
            f"## {title}\n",
            fill(choice, 120) + "\n",
            f"| | at | {' | '.join(names)} |",
            "|---" * (len(names) + 2) + "|",
        ]
        for text, points in table.items():
            parts += [f"| `{text}` | {'; '.join(map(shown, at))} | {_cells(next(rows))} |" for at in points]
        parts.append("")
    return "\n".join(parts)


def _about_versions(versions: dict[str, str]) -> str:
    answered = " and ".join(f"{library} {version}" for library, version in versions.items())
    earlier = [f"{library} to `{text}` at {'; '.join(map(shown, at))}" for library, text, at in EARLIER]
    return f"The answers are those of {answered}. Earlier versions answer otherwise: {', '.join(earlier)}."


def versions_of(text: str) -> dict[str, str]:
    """Return the versions of the oracles that a page names."""
    return {library: re.findall(rf"{library} (\d[\d.]*\d)", text)[0] for library in ORACLES}


def _cells(found: tuple[Answer, ...]) -> str:
    values = [value for value, _ in found]
    slopes = [slope for library, (_, slope) in zip(LIBRARIES, found, strict=True) if library != "NumPy"]
    return " | ".join(
        f"**{cell}**" if cell not in (column[0], NOTHING) else cell for column in (values, slopes) for cell in column
    )


def columns_of(text: str) -> dict[str, list[Answer]]:
    """Return the answers that a page shows."""
    rows = [line.replace("**", "").split(" | ")[2:] for line in text.splitlines() if line.startswith("| `")]
    rows = [[cell.removesuffix(" |") for cell in row] for row in rows]
    slopes = dict(zip([library for library in LIBRARIES if library != "NumPy"], range(len(LIBRARIES), 9), strict=False))
    return {
        library: [(row[k], row[slopes[library]] if library in slopes else NOTHING) for row in rows]
        for k, library in enumerate(LIBRARIES)
    }


if __name__ == "__main__":
    columns = {library: answers(library) for library in LIBRARIES}
    # Without what says how a package was built: 2.13.0+cpu.
    versions = {library: version(package).partition("+")[0] for library, package in ORACLES.items()}
    Path(*sys.argv[1:] or [PAGE]).write_text(page(columns, versions), encoding="utf-8")
