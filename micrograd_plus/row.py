"""What an operation is (`Op`), and what it works on besides numbers and arrays (`Operand`).

`TABLE` holds the rows that `ops.py` adds to it, and after it whoever uses `operation`, by name, and `FORMULAS` how some
of them are written in others. Both classes stand in one file, long as it is, because each asks for the other.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache, partial
from string import ascii_lowercase
from typing import TYPE_CHECKING, Any, Self, TypeVar

import numpy as np

from micrograd_plus.arguments import real, real_number
from micrograd_plus.masks import kept_where

if TYPE_CHECKING:
    from micrograd_plus.operations import Methods
else:
    Methods = object

Slope = float | Callable[..., Any]
Interval = tuple[float, float]

_FLOAT64 = np.dtype(np.float64)
REAL: Interval = (-math.inf, math.inf)
POSITIVE: Interval = (0.0, math.inf)
TABLE: dict[str, Op] = {}
FORMULAS: dict[str, Callable[..., Any]] = {}  # how operations are written in others
AnyOp = TypeVar("AnyOp", bound="Op")
ALIASES: dict[str, Op] = {}  # other names of rows: functions and methods too
OPERANDS: list[type[Operand]] = []  # the classes that have every row as a method


class Op:
    """One operation: a row of the table, or a row with other parameters. Call it on numbers, arrays or nodes.

    `slopes` has one entry per input; `python` and `latex` are templates with `{}` for each input and `{name}` for each
    parameter; `domain` has an open interval per input, from which the tests of every row draw their points. `selects`
    says that a slope is 0 or 1 and that an input with slope 0 is not used at all, so that its gradient is 0 whatever
    comes from above (also inf and nan). `ufunc` is the NumPy function, if there is one, that computes the same from the
    inputs and then the parameters, into an array that it is given. `parameters` have values that a call may leave out;
    `names` are those of more, which each call gives.

    >>> from micrograd_plus.ops import log, power, tanh
    >>> tanh(0.5) == math.tanh(0.5)
    True
    >>> power(3.0, n=2)
    9.0
    >>> log(0.0)
    -inf
    """

    __slots__ = (
        "arity",
        "backward",
        "domain",
        "latex",
        "name",
        "on_arrays",
        "on_floats",
        "parameters",
        "python",
        "selects",
        "slopes",
        "ufunc",
    )

    def __init__(
        self,
        name: str,
        on_floats: Callable[..., float],
        on_arrays: Callable[..., Any],
        slopes: Sequence[Slope],
        *,
        python: str = "",
        latex: str = "",
        domain: Sequence[Interval] = (),
        selects: bool = False,
        ufunc: np.ufunc | None = None,
        parameters: Mapping[str, Any] | None = None,
        names: Sequence[str] = (),
    ) -> None:
        self.name = name
        self.parameters: dict[str, Any] = dict(parameters or {})
        self.on_floats: Callable[..., float] = self._bound_function(on_floats)
        self.on_arrays = self._bound_function(on_arrays)
        self.slopes = tuple(self._bound_function(s) if callable(s) else s for s in slopes)
        self.arity = len(self.slopes)
        arguments = ", ".join(["{}"] * self.arity + [f"{{{p}}}" for p in (*self.parameters, *names)])
        self.python = python or f"{name}({arguments})"
        upright = name.replace("_", r"\_")
        self.latex = latex or rf"\operatorname{{{{{upright}}}}}\left({arguments}\right)"
        self.domain = tuple(domain) or (REAL,) * self.arity
        self.selects = selects
        self.ufunc: np.ufunc | None = on_arrays if isinstance(on_arrays, np.ufunc) and _is_numpys(on_arrays) else ufunc
        # The engine's chain rule on floats for this operation, made at its first use.
        self.backward: Callable[[Any], None] | None = None

    def _bound_function(self, function: Callable[..., Any]) -> Callable[..., Any]:
        return partial(function, **self.parameters) if self.parameters else function

    def __call__(self, *inputs: Any, **parameters: float) -> Any:
        if self.parameters or parameters or len(inputs) != self.arity:
            return self._bound_call(inputs, parameters)
        arrays = others = False
        for x in inputs:
            if x.__class__ is not float:
                if isinstance(x, Operand):
                    return x.apply(self, inputs)
                if x.__class__ is np.ndarray and x.dtype is _FLOAT64:
                    arrays = True
                else:
                    others = True
        if others:
            return self._on_numbers(inputs)
        if arrays:
            return self.on_arrays(*inputs)
        try:
            return self.on_floats(*inputs)
        except (ArithmeticError, ValueError):
            return self.ieee(*inputs)

    def _bound_call(self, inputs: tuple[Any, ...], parameters: dict[str, float]) -> Any:
        bound = self.bind(inputs[self.arity :], parameters)
        inputs = inputs[: self.arity]
        if len(inputs) < self.arity:
            raise TypeError(f"{self.name} takes {self.arity} input(s), got {len(inputs)}")
        for x in inputs:
            if isinstance(x, Operand):
                return x.apply(bound, inputs)
        return bound._on_numbers(inputs)

    def _on_numbers(self, inputs: Sequence[Any]) -> Any:
        if any(isinstance(x, np.ndarray | np.generic) for x in inputs):
            return self.on_arrays(*(real(x) for x in inputs))
        floats = [real_number(x) for x in inputs]
        try:
            return self.on_floats(*floats)
        except (ArithmeticError, ValueError):
            return self.ieee(*floats)

    def contribution(
        self, k: int, upstream: Any, out: Any, inputs: Sequence[Any], product: Callable[[Any, Any], Any] = operator.mul
    ) -> tuple[Any, Any]:
        """Return the local derivative by input `k` and what it contributes to that input's gradient.

        That is the `product` of the upstream gradient and the local derivative, where this is no plain number.
        """
        slope = self.slopes[k]
        if not callable(slope):
            if slope == 0.0:
                return slope, 0.0
            return slope, upstream if slope == 1.0 else -upstream if slope == -1.0 else upstream * slope
        local = slope(out, *inputs)
        if self.selects:
            if local.__class__ is np.ndarray:
                return local, kept_where(local, upstream)
            return local, TABLE["where"](local, upstream, 0.0)
        if upstream.__class__ is float and upstream == 1.0:
            return local, local
        return local, product(upstream, local)

    def ieee(self, *inputs: float) -> float:
        """Compute as IEEE 754 and NumPy do where Python's floats raise: `1 / 0` is inf, `log(-1)` is nan."""
        with np.errstate(all="ignore"):
            return float(self.on_arrays(*map(np.float64, inputs)))

    def bind(self, positional: Sequence[float] = (), named: Mapping[str, float] | None = None) -> Op:
        """Return this row with its parameters set; equal parameters give the same object.

        None leaves out a bound: a parameter that the table has at inf or -inf.
        """
        named = named or {}
        if len(positional) > len(self.parameters):
            wanted = self.arity + len(self.parameters)
            raise TypeError(f"{self.name} takes at most {wanted} arguments, got {self.arity + len(positional)}")
        for name in named:
            if name not in self.parameters:
                known = ", ".join(self.parameters) or "none"
                raise TypeError(f"{self.name} has no parameter {name!r}; its parameters: {known}")
            if name in list(self.parameters)[: len(positional)]:
                raise TypeError(f"{self.name} was given its parameter {name!r} twice")
        if not self.parameters:
            return self
        values = {**self.parameters, **dict(zip(self.parameters, positional, strict=False)), **named}
        defaults = TABLE[self.name].parameters
        # 0 is added for -0.0: it equals 0.0, and which of two equal ones came first must not matter.
        given = (
            defaults[n] if v is None and math.isinf(defaults[n]) else real_number(v) + 0.0 for n, v in values.items()
        )
        return _bound(TABLE[self.name], tuple(given))

    @property
    def symbol(self) -> str:
        """What stands in a picture's box: `+`, `**3`, `tanh`.

        >>> from micrograd_plus.ops import add, power, tanh
        >>> add.symbol, power.bind([3.0]).symbol, tanh.symbol
        ('+', '**3', 'tanh')
        """
        if self.python.startswith(f"{self.name}("):
            return self.name
        return self.python.format(*[""] * self.arity, **self.shown_parameters()).replace(" ", "")

    @property
    def usage(self) -> str:
        """How the operation is written: `tanh(a)`, `clip(a, min, max)`."""
        return self.python.format(*ascii_lowercase[: self.arity], **{name: name for name in self.parameters})

    def shown_parameters(self) -> dict[str, str]:
        """Return the parameters as text, to fill in the templates."""
        return {name: number_text(value) for name, value in self.parameters.items()}

    def __copy__(self) -> Op:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Op:
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        return _restored, (self.name, tuple(self.parameters.values()))

    def __repr__(self) -> str:
        written = self.python.format(*ascii_lowercase[: self.arity], **self.shown_parameters())
        return f"<operation {self.name}: {written}>"


def _is_numpys(ufunc: np.ufunc) -> bool:
    return getattr(np, ufunc.__name__, None) is ufunc


def number_text(x: float) -> str:
    """Return the shortest text that reads back as `x`, whole numbers without a point.

    >>> number_text(2.0), number_text(0.1), number_text(1e300)
    ('2', '0.1', '1e+300')
    """
    return repr(float(x)).removesuffix(".0")


@lru_cache(maxsize=4096)
def _bound(row: Op, values: tuple[float, ...]) -> Op:
    parameters = dict(zip(row.parameters, values, strict=True))
    if parameters == row.parameters:
        return row
    return Op(
        row.name,
        row.on_floats,
        row.on_arrays,
        row.slopes,
        python=row.python,
        latex=row.latex,
        domain=row.domain,
        selects=row.selects,
        ufunc=row.ufunc,
        parameters=parameters,
    )


def _restored(name: str, values: tuple[float, ...]) -> Op:
    return named_in(TABLE, name).bind(values)


def named_in(table: Mapping[str, AnyOp], name: str) -> AnyOp:
    """Return the row of a name; ValueError if there is none, as for one of a user's own that is not defined yet."""
    if name not in table:
        raise ValueError(f"the operation {name!r} is not in the table: import the module that defines it first")
    return table[name]


class Operand(Methods):
    """What operations work on besides numbers and arrays: gives a class every operation as method and infix."""

    __slots__ = ()

    # NumPy then leaves `ndarray * operand` to the operand.
    __array_ufunc__ = None

    def apply(self, op: Op, inputs: Sequence[Any]) -> Any:
        """Return what `op` gives on `inputs`, of which at least one is of this class."""
        raise NotImplementedError

    def lifted(self, other: Any) -> Any:
        """Return what stands to the left of this operand, as far as its class needs it in a form of its own."""
        return other

    @classmethod
    def method(cls, op: Op) -> Callable[..., Any]:
        """Return the function that stands on this class for `op`; faster classes override it."""

        def method(self: Operand, *others: Any, **parameters: float) -> Any:
            return op(self, *others, **parameters)

        return method

    def __init_subclass__(cls, **keywords: Any) -> None:
        super().__init_subclass__(**keywords)
        if "apply" in cls.__dict__:
            OPERANDS.append(cls)
            for op in TABLE.values():
                _install(cls, op)
            for alias, op in ALIASES.items():
                setattr(cls, alias, getattr(cls, op.name))

    def __pos__(self) -> Self:
        return self

    def __pow__(self, exponent: Any) -> Self:
        row = TABLE["pow" if isinstance(exponent, Operand | np.ndarray) else "power"]
        result: Self = row(self, exponent)
        return result

    def __rpow__(self, base: Any) -> Self:
        result: Self = TABLE["pow"](base, self)
        return result


# How Python's infix notation finds a row: template -> the middle of the special method's name.
INFIX = {
    "{} + {}": "add",
    "{} - {}": "sub",
    "{} * {}": "mul",
    "{} / {}": "truediv",
    "{} // {}": "floordiv",
    "{} % {}": "mod",
    "-{}": "neg",
    "abs({})": "abs",
    "round({})": "round",
}


def _install(cls: type[Operand], op: Op) -> None:
    method = cls.method(op)
    method.__name__ = op.name
    method.__qualname__ = f"{cls.__name__}.{op.name}"
    method.__doc__ = f"Return {op.usage}, elementwise, this operand being a; see the table of operations."
    setattr(cls, op.name, method)
    if special := INFIX.get(op.python):
        setattr(cls, f"__{special}__", method)
        if op.arity == 2:
            setattr(cls, f"__r{special}__", lambda self, other: method(self.lifted(other), self))


def primitive(
    name: str, on_floats: Callable[..., float], on_arrays: Callable[..., Any], *slopes: Slope, **facts: Any
) -> Op:
    """Add a row that a float function and a NumPy function compute."""
    return put(Op(name, on_floats, on_arrays, slopes, **facts))


def derived(
    name: str,
    formula: Callable[..., Any],
    *slopes: Slope,
    on_floats: Callable[..., float] | None = None,
    **facts: Any,
) -> Op:
    """Add a row that one formula in the table's own operations computes, on numbers and on arrays."""
    FORMULAS[name] = formula
    return primitive(name, on_floats or formula, formula, *slopes, **facts)


def put(row: Op) -> Op:
    """Add a row that is made already, or in the place of the one of its name."""
    TABLE[row.name] = row
    for cls in OPERANDS:  # those that were there before the row
        _install(cls, row)
    return row


def remove(name: str) -> None:
    """Take a row out of the table, if it is there."""
    FORMULAS.pop(name, None)
    if TABLE.pop(name, None):
        for cls in OPERANDS:
            delattr(cls, name)
