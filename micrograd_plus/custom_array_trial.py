"""What an operation of your own on whole arrays is tried by before it is added: zeros, types, shapes, differences."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from micrograd_plus.arguments import described
from micrograd_plus.array_ops import ArrayOp
from micrograd_plus.checks import GradientError, check_gradients
from micrograd_plus.tensor import Tensor
from micrograd_plus.texts import printable

Array = NDArray[Any]
Arrays = Sequence[Array]

Function = Callable[..., Any]

_FUNCTION = "its function"
_NONE: Mapping[str, Any] = {}


def tried(row: ArrayOp, inputs: Sequence[str], derived: Sequence[int], examples: Sequence[Arrays]) -> None:
    """Raise a TypeError or a ValueError that names what is wrong with a row.

    `derived` are the places of the inputs that have a pullback; each example has an array for each input.
    """
    for arrays in examples:
        trial = _Trial(row, inputs, arrays)
        trial.require_result()
        for k in derived:
            trial.require_pullback(k)
        trial.require_second_order(derived)


class _Trial:
    """A row at one example, with a gradient of its result that treats no element like another."""

    def __init__(self, row: ArrayOp, inputs: Sequence[str], arrays: Arrays) -> None:
        self.row = row
        self.inputs = inputs
        self.arrays = arrays
        self.at = ", ".join(f"{name} of shape {x.shape}" for name, x in zip(inputs, arrays, strict=True))
        self.out: Array = np.zeros(())
        self.upstream: Array = np.zeros(())

    # --- the function

    def require_result(self) -> None:
        """Require of the function one new array of floats, in the type of its inputs and the shape that it says."""
        name = self.row.name
        for dtype in (np.float64, np.float32):
            out = self._computed(_FUNCTION, self.row.on_arrays, [x.astype(dtype) for x in self.arrays])
            if not isinstance(out, np.ndarray | np.floating):
                raise TypeError(f"{name}: for {self.at} it gives {described(out)}: wanted one array of floats")
            if out.dtype != dtype:
                raise TypeError(f"{name}: of arrays of {np.dtype(dtype)} it gives one of {out.dtype}")
            if dtype == np.float64:
                self.out = np.asarray(out)
        if not np.isfinite(self.out).all():
            raise ValueError(f"{name}: for {self.at} it gives inf or nan: say with examples= where it is finite")
        self._require_shape()
        self.upstream = np.random.default_rng(0).uniform(0.5, 1.0, self.out.shape)

    def _require_shape(self) -> None:
        name, wanted = self.row.name, self.out.shape
        if self.row.shape:
            told = self._run("shape=", self.row.shape, [x.shape for x in self.arrays], self.row.parameters)
            if told != wanted:
                raise ValueError(f"{name}: for {self.at} shape= says {told!r}, and the result has the shape {wanted}")
            return
        try:
            with np.errstate(all="ignore"):
                told = np.shape(self.row.on_arrays(*map(np.zeros_like, self.arrays)))
            reason = "" if told == wanted else f"it has the shape {told}"
        except Exception as error:  # noqa: BLE001 - it is the user's function
            reason = _told(error)
        if reason:
            raise ValueError(f"{name}: of zeros, {reason}: say with shape= what shape the result has, here {wanted}")

    # --- what is the user's

    def _computed(self, what: str, function: Function, arguments: Sequence[Any]) -> Any:
        """Return what a function gives, which may change none of its arguments."""
        before = [_numbers(x).copy() for x in arguments]
        result = self._run(what, function, arguments)
        if what == _FUNCTION and any(result is x for x in arguments):
            raise ValueError(f"{self.row.name}: {what} gives an input itself: give a copy")
        if not all(np.array_equal(_numbers(x), numbers) for x, numbers in zip(arguments, before, strict=True)):
            raise ValueError(f"{self.row.name}: {what} writes into what it is given: work on a copy")
        return result

    def _run(self, what: str, function: Function, arguments: Sequence[Any], named: Mapping[str, Any] = _NONE) -> Any:
        name = self.row.name
        try:
            with np.errstate(all="ignore"):
                return function(*arguments, **named)
        except NameError as error:
            raise ValueError(
                f"{name}: {what}: {printable(str(error))}; if it is defined further down, say check=False"
            ) from error
        except Exception as error:
            kind = TypeError if isinstance(error, TypeError | AttributeError) else ValueError
            hint = "; say with examples= what it takes" if what == _FUNCTION else ""
            raise kind(f"{name}: {what} for {self.at}: {_told(error)}{hint}") from error

    # --- the pullbacks

    def require_pullback(self, k: int) -> None:
        """Require that a pullback runs on arrays and Tensors alike and gives what differences do."""
        name, input, x = self.row.name, self.inputs[k], self.arrays[k]
        what, pullback = f"the pullback by {input}", self.row.pullbacks[k]
        share = self._computed(what, pullback, [self.upstream, self.out, *self.arrays])
        if np.shape(share) != x.shape or not isinstance(share, np.ndarray | np.floating):
            raise ValueError(f"{name}: {what} gives {_form(share)} for {self.at}: wanted an array of shape {x.shape}")
        tensors = [Tensor(x) for x in (self.upstream, self.out, *self.arrays)]
        on_tensors = self._computed(f"{what}, on Tensors", pullback, tensors)
        if not isinstance(on_tensors, Tensor) or not np.allclose(on_tensors.data, share, rtol=1e-9, atol=1e-12):
            raise TypeError(
                f"{name}: {what} gives something else on Tensors than on arrays: write it in operators, methods and "
                "functions of micrograd_plus"
            )
        self._require_slopes(f"{what} is wrong", [k], 1)

    def require_second_order(self, derived: Sequence[int]) -> None:
        """Require that pullbacks have the derivatives that differences find."""
        if derived:
            self._require_slopes("the gradients of its pullbacks are wrong", derived, 2)

    def _require_slopes(self, problem: str, places: Sequence[int], order: int) -> None:
        def loss(*moved: Any) -> Any:
            inputs: list[Any] = list(self.arrays)
            for k, x in zip(places, moved, strict=True):
                inputs[k] = x
            return (self.row(*inputs) * self.upstream).sum()

        try:
            check_gradients(loss, *[self.arrays[k] for k in places], order=order)
        except GradientError as error:
            raise ValueError(f"{self.row.name}: {problem} for {self.at}: {error}") from None


def _numbers(x: Any) -> Array:
    return x.data if isinstance(x, Tensor) else x


def _form(share: Any) -> str:
    return f"one of shape {share.shape}" if isinstance(share, np.ndarray | np.floating) else described(share)


def _told(error: Exception) -> str:
    return f"{type(error).__name__}: {printable(' '.join(str(error).split()))}"
