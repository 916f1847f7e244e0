"""A program as a folder that runs with NumPy alone: `step.py`, and `arrays.npz` with the numbers."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from micrograd_plus.atomic_file import PathLike, atomic_write_all
from micrograd_plus.compiler.version import FUNCTION, Version
from micrograd_plus.compiler.written import written

_IMPORTS = """\
from pathlib import Path

import numpy as np
"""

_ARRAYS = """\
arrays = dict(np.load(Path(__file__).with_name("arrays.npz")))
constants = arrays
"""

_LOSS = '''

def loss({inputs}):
    """Return the loss; the gradients stand in {gradients} then. Inputs that are left out are those of the last call."""
{filling}    with np.errstate(all="ignore"):
        result = float({function}())
{check}    return result
'''

_FILLING = """\
    if {name} is not None:
        if np.shape({name}) != {shape}:
            raise ValueError(f"wanted shape {shape} for '{name}', got {{np.shape({name})}}")
        np.copyto(arrays["{name}"], {name})
"""

_CHECK = """\
    if others[-1]:
        raise ValueError("a comparison comes out otherwise than when the program was built")
"""

_STEP = '''

def step({inputs}{rates}):
    """Take a step of the optimizer and return the loss before it."""
    before = loss({names})
    with np.errstate(all="ignore"):
        update({rate_names})
    return before
'''

_SAVE = '''

def save():
    """Write the numbers as they are now; the old file stays until the new one is whole."""
    unfinished = Path(__file__).with_name("unfinished.npz")
    np.savez(unfinished, **arrays)
    unfinished.replace(unfinished.with_name("arrays.npz"))


if __name__ == "__main__":
    print({first}())
'''


def save(version: Version, folder: PathLike, rates: Mapping[str, float]) -> None:
    """Write the two files, whole or not at all; the folder is made if need be, other files in it stay.

    With learning rates, by name, which an optimizer has, `step.py` has a function `step`.
    """
    text = _text(version, rates)
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    file = io.BytesIO()
    np.savez(file, allow_pickle=False, **version.buffers, **version.constants)
    atomic_write_all({folder / "arrays.npz": file.getvalue(), folder / "step.py": text.encode()})


def _text(version: Version, rates: Mapping[str, float]) -> str:
    given = "".join(f'{name} = arrays["{name}"]\n' for name in version.buffers)
    text = version.text("\n".join([_IMPORTS + written(version.functions), _ARRAYS + given]).rstrip())
    names = [i.name for i in version.inputs]
    inputs = "".join(f"{name}=None, " for name in names)
    filling = "".join(
        _FILLING.format(name=name, shape=shape) for name, shape in zip(names, version.shapes, strict=True)
    )
    gradients = " and ".join(f"`{group.gradient_name}`" for group in version.groups if group.trained) or "none"
    text += _LOSS.format(
        inputs=inputs.removesuffix(", "),
        gradients=gradients,
        filling=filling,
        function=FUNCTION,
        check=_CHECK if version.seen else "",
    )
    if rates:
        defaults = ", ".join(f"{name}={float(rate)!r}" for name, rate in rates.items())
        text += _STEP.format(inputs=inputs, rates=defaults, names=", ".join(names), rate_names=", ".join(rates))
    return text + _SAVE.format(first="step" if rates else "loss")
