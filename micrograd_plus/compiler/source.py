"""A plan as Python: imports, buffers, views of them, and one function that computes.

It is one class, long as it is: statements ask for imports, constants, buffers and views as they are written, and what
each is called depends on all names that are taken already.
"""

from __future__ import annotations

import keyword
import math
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from micrograd_plus.compiler.arrays import CONSTANT, STORED, VIEW, Array
from micrograd_plus.compiler.lowering import integers_like
from micrograd_plus.compiler.placing import Buffer, Plan, composed, is_number
from micrograd_plus.compiler.statements import statements
from micrograd_plus.compiler.view_text import view_text
from micrograd_plus.compiler.views import View, whole
from micrograd_plus.ops import Op, number_text
from micrograd_plus.texts import printable

# What texts of programs, also those that are saved, mean something else by.
RESERVED = frozenset(
    [
        "float",
        "math",
        "numpy",
        "np",
        "constants",
        "arrays",
        "parameters",
        "gradients",
        "leaves",
        "loss",
        "step",
        "save",
        "update",
        "loss_and_gradients",
        "erf",
        "Path",
        "cache",
        "partial",
    ]
)


class Source:
    """Collects the text of a program: functions over shared buffers, with what they import and what they are given.

    `given` are the names of the buffers that it does not make itself.
    """

    def __init__(self, given: Iterable[str] = ()) -> None:
        self.plan = Plan([])
        self.constants: dict[str, Any] = {}
        self.functions: dict[str, Op] = {}
        self.given: dict[str, Buffer] = {}
        self._imports: set[str] = set()
        self._setup: list[str] = []
        self._views: list[str] = []
        self._once: list[str] = []
        self._names: set[str] = {*RESERVED, *given}
        self._counts: Counter[str] = Counter()
        self._locals: set[str] = set()  # names in the function that is being written
        self._all_locals: set[str] = set()
        self._local_counts = Counter[str]()
        self._buffer_names: dict[Buffer, str] = {}
        self._numbers: dict[Array, str] = {}
        self._shown: dict[tuple[Buffer, View], str] = {}
        self._wishes: dict[Any, str] = {}
        self._bits: dict[str, str] = {}
        self._kept: dict[Any, str] = {}
        self._ones: dict[Any, str] = {}
        self._parts: dict[str, str] = {}
        self._bodies: list[str] = []
        self._uses_math = False

    # --- functions

    def function_of(
        self, name: str, plan: Plan, result: Sequence[Array], arguments: Sequence[tuple[str, Array]] = ()
    ) -> None:
        """Add a function that runs the plan and returns the numbers `result`."""
        self.plan = plan
        self._locals, self._local_counts = set(), Counter()
        for text, array in arguments:
            self._numbers[array] = self._unused(text, is_local=True)
        for array in plan.order:
            self._name_buffer(array)
            self._note_names(array)
        lines: list[str] = []
        for array in plan.order:
            lines += _commented(statements(array, self), self._comment(array))
        for array, buffer in plan.copies:
            lines.append(f"{self.imported('copyto')}({self._buffer(buffer)}, {self.operand(array)})")
        if result:
            lines.append(f"return {', '.join(self.operand(array) for array in result)}")
        head = f"def {name}({', '.join(self._numbers[a] for _, a in arguments)}):"
        self._uses_math |= any("math." in line for line in lines)
        self._bodies.append("\n".join([head, *(f"    {line}" for line in lines or ["pass"])]))

    def _comment(self, array: Array) -> str:
        """Return what is said of an array: of what values it is, or its name where it took over another's buffer."""
        if array.comment or not array.name or array not in self.plan.places:
            return array.comment
        return "" if self.operand(array).startswith(array.name) else array.name

    def add_function(self, text: str) -> None:
        """Add a function that is written already."""
        self._bodies.append(text)

    def add_line(self, text: str) -> None:
        """Add a line that runs once, after the buffers are there."""
        self._views.append(text)

    def part(self, name: str, start: int, stop: int) -> str:
        """Return a name for a stretch of a flat buffer that the program is given."""
        text = f"{name}[{start}:{stop}]"
        if text not in self._parts:
            self._parts[text] = self._unused(f"{name}_part")
            self._views.append(f"{self._parts[text]} = {text}")
        return self._parts[text]

    def text(self, title: str, head: str = "") -> str:
        """Return the whole module; `head` stands before what is computed first."""
        imports = ["import math\n"] if self._uses_math else []
        if "as_strided" in self._imports:
            imports.append("from numpy.lib.stride_tricks import as_strided\n")
        names = sorted(self._imports - {"as_strided"})
        if names:
            imports.append(_wrapped_import(names))
        parts = [f'"""{title}"""', "".join(imports).rstrip(), head]
        parts += ["\n".join(lines) for lines in (self._setup, self._views, self._once)]
        head = "\n\n".join(part for part in parts if part)
        return "\n\n\n".join([head, *self._bodies]) + "\n"

    # --- names that statements ask for

    def operand(self, array: Array) -> str:
        """Return the expression that reads an array or a number."""
        if array in self._numbers:
            return self._numbers[array]
        if array.is_number:
            return self._literal(array.value)
        if array.op is CONSTANT:
            return self.kept(array.value)
        if array.op is VIEW and array.base.shape == () and array.base.op is not STORED:
            return self.operand(array.base)
        if is_number(array):
            self._numbers[array] = self._unused(array.name or "n", is_local=True)
            return self._numbers[array]
        if array.op is VIEW:
            return self.shown(array.base, _without_leading_repeats(array.window))
        return self.shown(array, whole(array.shape))

    def shown(self, array: Array, view: View) -> str:
        """Return the name of a view of an array's elements, counted within the array."""
        if array.op is VIEW:
            # What is flat or reshaped of a view that is contiguous, or the view itself.
            inner = array.window
            view = inner if view == whole(array.shape) else View(inner.offset + view.offset, view.shape, view.strides)
            return self.shown(array.base, view)
        if array.op is CONSTANT:
            return self.kept(view.on(np.ravel(array.value)).copy())
        place = self.plan.places[array]
        if view == whole(array.shape):
            view = place.view
        else:
            found = composed(place.view, view)
            assert found is not None, "statements ask for such views only where an array is contiguous"
            view = found
        return self._view(place.buffer, view)

    def element(self, array: Array, offset: int) -> str:
        """Return the expression of one element of an array, counted within the array."""
        place = self.plan.places[array]
        at = np.unravel_index(offset + place.view.offset, place.buffer.shape) if place.buffer.shape else ("()",)
        if not place.view.is_contiguous:
            return (
                f"{self.shown(array, whole(array.shape))}[{', '.join(map(str, np.unravel_index(offset, array.shape)))}]"
            )
        return f"{self._buffer(place.buffer)}[{', '.join(map(str, at))}]"

    def imported(self, name: str) -> str:
        """Return the name, which the program imports from NumPy."""
        self._imports.add(name)
        self._names.add(name)
        return name

    def bits(self, array: Array) -> str:
        """Return the name of an array's bits as integers."""
        name = self.operand(array)
        if name not in self._bits:
            self._bits[name] = self._unused(f"{name}_bits")
            self._views.append(f'{self._bits[name]} = {name}.view("{integers_like(array.dtype)}")')
        return self._bits[name]

    def ones(self, size: int, dtype: Any) -> str:
        """Return the name of so many ones."""
        if (size, dtype) not in self._ones:
            name = self._unused(f"ones_{size}")
            self._ones[size, dtype] = name
            self._setup.append(f"{name} = {self.imported('ones')}({size}{_type(dtype)})")
        return self._ones[size, dtype]

    def kept(self, value: Any) -> str:
        """Return the name under which the program keeps a constant array."""
        key = (value.shape, str(value.dtype), value.tobytes())
        if key not in self._kept:
            self._kept[key] = self._uniform(value) or self._constant(value)
        return self._kept[key]

    def _constant(self, value: Any) -> str:
        name = self._unused("c")
        self.constants[name] = np.ascontiguousarray(value)
        self._setup.append(f'{name} = constants["{name}"]  # {_sizes(value.shape)}')
        return name

    def _uniform(self, value: Any) -> str:
        """Make a constant of equal numbers in the program's own text; return nothing for others."""
        if value.dtype.kind != "f" or not value.size or not (value == value.flat[0]).all():
            return ""
        number = self._literal(float(value.flat[0])).strip("()")
        about = f"{value.flat[0]:.3g}".replace("-", "minus_").replace(".", "_").replace("+", "")
        stem = {"0.0": "zero", "1.0": "one"}.get(number) or f"of_{about}"
        sizes = "_".join(map(str, value.shape))
        if not value.shape:
            name = self._unused(stem)
            text = f"{self.imported('array')}({number}{_type(value.dtype)})"
        else:
            name = self._unused(f"{stem}s_{sizes}" if stem in ("zero", "one") else f"{stem}_{sizes}")
            text = f"{self.imported('full')}({_sizes(value.shape)}, {number}{_type(value.dtype)})"
        self._setup.append(f"{name} = {text}")
        return name

    def once(self, line: str) -> None:
        """Let the program do something when it is loaded, rather than each time it runs."""
        self._once.append(line)

    def function(self, op: Op) -> str:
        """Return the name of a function that computes what NumPy has no function for."""
        for name, known in self.functions.items():
            if known is op:
                return name
        name = self._unused(f"{op.name}_of")
        self.functions[name] = op
        return name

    # --- buffers and views

    def _view(self, buffer: Buffer, view: View) -> str:
        name = self._buffer(buffer)
        if view == whole(buffer.shape):
            return name
        view = View(
            view.offset, tuple(1 if s == 0 else n for n, s in zip(view.shape, view.strides, strict=True)), view.strides
        )
        if (buffer, view) not in self._shown:
            text = view_text(name, buffer.shape, view)
            if "as_strided" in text:
                self.imported("as_strided")
            found = self._unused(self._wish(buffer, view, text))
            self._shown[buffer, view] = found
            self._views.append(f"{found} = {text}")
        return self._shown[buffer, view]

    def _name_buffer(self, array: Array) -> None:
        place = self.plan.places.get(array)
        if place and place.buffer not in self._buffer_names:
            self._buffer(place.buffer, array.name or array.op.name)

    def _note_names(self, array: Array) -> None:
        """Remember what the views that an operation reads are called; gradients are called like what they are of."""
        for i in array.inputs:
            if i.op is VIEW and i.name and i.base in self.plan.places:
                place = self.plan.places[i.base]
                view = composed(place.view, i.window) or place.view
                self._wishes.setdefault((place.buffer.given, _span(view)), i.name)

    def _wish(self, buffer: Buffer, view: View, text: str) -> str:
        name = self._buffer(buffer)
        if text == f"{name}.T":
            return f"{name}_T"
        wish = self._wishes.get((buffer.given, _span(view)), "") if buffer.given else ""
        if not wish:
            return f"{name}_"
        transposed = "_T" if text.endswith(".T") else ""
        return ("d_" if "gradients" in buffer.name else "") + wish + transposed

    def _buffer(self, buffer: Buffer, wish: str = "a") -> str:
        if buffer not in self._buffer_names:
            if buffer.given:
                self.given[buffer.name] = buffer
                name = buffer.name
                self._names.add(name)
            else:
                name = self._unused(wish)
                make = self.imported("zeros" if buffer.zeros else "empty")
                self._setup.append(f"{name} = {make}({_sizes(buffer.shape)}{_type(buffer.dtype)})")
            self._buffer_names[buffer] = name
        return self._buffer_names[buffer]

    def _literal(self, value: float) -> str:
        if value - value != 0.0:
            self.imported("nan" if value != value else "inf")
        text = number_text(value) if value - value != 0.0 else repr(value)
        return f"({text})" if text.startswith("-") else text

    def _unused(self, wish: str, *, is_local: bool = False) -> str:
        taken = self._locals if is_local else self._all_locals
        counts = self._local_counts if is_local else self._counts
        # Python normalizes names too: what looks different must be different.
        plain = unicodedata.normalize("NFKC", wish)
        stem = "".join(c if f"a{c}".isidentifier() else "_" for c in plain) or "a"
        stem = stem if stem.isidentifier() else f"_{stem}"
        name = stem
        needs_number = stem.endswith("_") or len(stem) == 1
        while needs_number or name in self._names or name in taken or keyword.iskeyword(name) or hasattr(np, name):
            # Counted for each stem, so that many names of one stem are found in linear time.
            counts[stem] += 1
            name = f"{stem}{counts[stem]}"
            needs_number = False
        for names in (self._locals, self._all_locals) if is_local else (self._names,):
            names.add(name)
        return name


def _without_leading_repeats(view: View) -> View:
    """Return the view without the axes in front that repeat it, which NumPy adds by itself."""
    first = 0
    while first in view.repeats:
        first += 1
    return View(view.offset, view.shape[first:], view.strides[first:])


def _span(view: View) -> tuple[int, int]:
    """Return the first of the elements that a view shows, and how many."""
    return view.offset, math.prod(n for n, s in zip(view.shape, view.strides, strict=True) if s)


def _commented(lines: list[str], comment: str) -> list[str]:
    if not comment or not lines:
        return lines
    # In a label there may be anything; what ended the line would be run.
    return [*lines[:-1], f"{lines[-1]}  # {printable(comment)}"]


def _sizes(shape: tuple[int, ...]) -> str:
    return str(shape[0]) if len(shape) == 1 else str(shape)


def _type(dtype: Any) -> str:
    return "" if dtype == np.float64 else f', "{np.dtype(dtype).name}"'


def _wrapped_import(names: list[str]) -> str:
    line = f"from numpy import {', '.join(names)}"
    if len(line) <= 120:
        return line
    return "from numpy import (\n" + "".join(f"    {name},\n" for name in names) + ")"
