"""Functions that derive functions: `grad`, `value_and_grad`, `jacobian`, `hessian`, `hvp`, `jvp`.

They take a function of numbers, arrays, Values or Tensors, or of nests of these (lists, tuples, dicts), written with
NumPy's functions or with ours. It is called with Tensors in the place of numbers and arrays, and what comes out is
numbers and arrays again. Given nodes they give nodes, which can be derived further: `grad(grad(f))`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

import numpy as np

from micrograd_plus.arguments import described
from micrograd_plus.array_data import zero_of
from micrograd_plus.array_functions.joining import stack
from micrograd_plus.context import deriving, no_grad, recorded
from micrograd_plus.engine import Node, gradient
from micrograd_plus.forward_mode import tangents
from micrograd_plus.nested import in_order_of, leaves, mapped
from micrograd_plus.tensor import Tensor
from micrograd_plus.value import Value

Function = Callable[..., Any]
Argnum = int | np.integer[Any] | Sequence[int]


def grad(f: Function, argnum: Argnum = 0) -> Function:
    """Return the function that gives the gradient of `f`, one number, by its argument `argnum`, or by each of several.

    >>> grad(lambda x: np.tanh(x) ** 2)(0.0)
    0.0
    >>> grad(grad(lambda x: np.tanh(x) ** 2))(0.0)
    2.0
    >>> grad(lambda w, x: np.sum(w * x))(np.ones(2), np.array([3.0, 4.0]))
    array([3., 4.])
    """
    with_value = value_and_grad(f, argnum)

    @wraps(f)
    def derivative(*inputs: Any, **keywords: Any) -> Any:
        return with_value(*inputs, **keywords)[1]

    return derivative


def value_and_grad(f: Function, argnum: Argnum = 0) -> Function:
    """Return the function that gives what `f` gives, one number, and its gradient as `grad` does.

    >>> value_and_grad(lambda x: x**3)(2.0)
    (8.0, 12.0)
    """

    @wraps(f)
    def both(*inputs: Any, **keywords: Any) -> tuple[Any, Any]:
        question = _Question(f, argnum, inputs, keywords)
        y = _node(question.result)
        return question.answer(y), question.answers(question.gradient(y))

    return both


def jacobian(f: Function, argnum: Argnum = 0) -> Function:
    """Return the function that gives all derivatives of what `f` gives: of shape (*shape of f(x), *shape of x).

    Of a function of Values, which gives a Value or a list of them, it gives lists: the derivatives of the first result,
    then those of the second. Reverse mode, one pass for each element of the result.

    >>> jacobian(lambda x: x**2)(np.array([1.0, 3.0]))
    array([[2., 0.],
           [0., 6.]])
    """

    @wraps(f)
    def derivatives(*inputs: Any, **keywords: Any) -> Any:
        question = _Question(f, argnum, inputs, keywords)
        return mapped(lambda y: question.answers(_rows(question, _node(y))), question.result)

    return derivatives


def hessian(f: Function, argnum: int = 0) -> Function:
    """Return the function that gives all second derivatives of `f`, one number: of shape (*shape of x, *shape of x).

    >>> hessian(lambda x: np.sum(x**3))(np.array([1.0, 2.0]))
    array([[ 6.,  0.],
           [ 0., 12.]])
    """
    return jacobian(grad(f, argnum), argnum)


def jvp(f: Function, inputs: Any, directions: Any) -> tuple[Any, Any]:
    """Return f(inputs) and its derivative along `directions`, the Jacobian times that vector: forward mode, one pass.

    `inputs` is the argument of `f`, or a tuple of all its arguments; `directions` holds numbers and arrays of the same
    shapes.

    >>> jvp(lambda x: x**2, 3.0, 1.0)
    (9.0, 6.0)
    """
    question = _Question(f, *_all_of(inputs))
    ys = [_node(y) for y in leaves(question.result)]
    with recorded():
        found = dict(zip(ys, tangents(ys, _along(question, directions)), strict=True))

    def tangent(y: Any) -> Any:
        return question.answer(y.leaf(zero_of(y.data)) if found[y] is None else found[y])

    return mapped(question.answer, question.result), mapped(tangent, question.result)


def hvp(f: Function, inputs: Any, directions: Any) -> Any:
    """Return the Hessian of `f`, one number, times the vector `directions`, without the Hessian itself.

    `inputs` and `directions` as for `jvp`. Forward mode over reverse mode.

    >>> hvp(lambda x: np.sum(x**3), np.array([1.0, 2.0]), np.array([1.0, 1.0]))
    array([ 6., 12.])
    """
    return jvp(grad(f, _all_of(inputs)[0]), inputs, directions)[1]


# --- one call of the function -----------------------------------------------------------------------------------------


class _Question:
    """A call of `f` with new nodes in the place of what it is derived by, and how to answer in the caller's terms."""

    def __init__(self, f: Function, argnum: Argnum, inputs: Sequence[Any], keywords: dict[str, Any]) -> None:
        self.is_single = not isinstance(argnum, Sequence)
        positions = tuple(argnum) if isinstance(argnum, Sequence) else (argnum,)
        if len(set(positions)) < len(positions):
            raise ValueError(f"wanted to derive by different arguments, got {positions}")
        arguments = list(inputs)
        asked = tuple(_argument(arguments, k) for k in positions)
        self.kinds = [type(x) for x in leaves(asked)]
        self.gives_nodes = deriving.get() or any(issubclass(kind, Node) for kind in self.kinds)
        token = deriving.set(True)
        try:
            with recorded():
                self.variables = mapped(_variable, asked)
                for k, x in zip(positions, self.variables, strict=True):
                    arguments[k] = x
                self.result = f(*arguments, **keywords)
        finally:
            deriving.reset(token)
        self.nodes = list(leaves(self.variables))

    def gradient(self, y: Node) -> list[Any]:
        """Return the gradient of `y` by each of the nodes."""
        with recorded() if self.gives_nodes else no_grad():
            return gradient(y, self.nodes)

    def answer(self, y: Any) -> Any:
        """Return a node as it is if nodes are asked for, else its number or its array."""
        return y if self.gives_nodes else y.data if np.ndim(y.data) else float(y.data)

    def answers(self, found: Sequence[Any]) -> Any:
        """Return what was found for each of the nodes in the nest that the caller gave; arrays for arrays."""
        answers = iter(
            x.data if kind is np.ndarray and not self.gives_nodes else self.answer(x)
            for x, kind in zip(found, self.kinds, strict=True)
        )
        nest = mapped(lambda _: next(answers), self.variables)
        return nest[0] if self.is_single else nest


def _argument(arguments: list[Any], k: Any) -> Any:
    if not isinstance(k, int | np.integer) or not 0 <= k < len(arguments):
        raise ValueError(f"there is no argument {k!r} to derive by: the function was called with {len(arguments)}")
    return arguments[k]


def _all_of(inputs: Any) -> tuple[Argnum, tuple[Any, ...], dict[str, Any]]:
    """Return what derives by the argument, or by each of a tuple of arguments."""
    if isinstance(inputs, tuple):
        return range(len(inputs)), inputs, {}
    return 0, (inputs,), {}


def _variable(x: Any) -> Any:
    """Return a new node of what `x` holds, so that what `f` knows otherwise of `x` is not derived by it."""
    return x * 1.0 if isinstance(x, Node) else Tensor(x)


def _node(y: Any) -> Any:
    if not isinstance(y, Node):
        hint = "use functions of NumPy's or ours, not of math, and no float() or np.asarray()"
        raise TypeError(f"wanted a node to derive, and f gave {described(y)}: {hint}")
    return y


def _rows(question: _Question, y: Any) -> list[Any]:
    """Return the derivatives of all elements of `y` by each of the nodes."""
    if isinstance(y, Value):
        return question.gradient(y)
    with recorded():
        elements = list(y.reshape(-1))
    rows = [question.gradient(element) for element in elements]
    return [_stacked([row[k] for row in rows], y.shape, x) for k, x in enumerate(question.nodes)]


def _stacked(rows: list[Any], shape: tuple[int, ...], x: Any) -> Any:
    if not rows:
        return Tensor(np.zeros(shape + x.shape, x.dtype))
    with recorded():
        return stack(rows).reshape(shape + x.shape)


def _along(question: _Question, directions: Any) -> dict[Any, Any]:
    """Return the direction of each node, as a node of its kind and shape."""
    given = question.variables[0] if question.is_single else question.variables
    along = list(leaves(in_order_of(given, directions)))
    if len(along) != len(question.nodes):
        raise ValueError(f"wanted a direction for each of {len(question.nodes)} inputs, got {len(along)}")
    return {x: _direction(v, x) for x, v in zip(question.nodes, along, strict=True)}


def _direction(v: Any, x: Any) -> Any:
    node = v if isinstance(v, Node) else x.leaf(np.asarray(v, x.dtype)) if isinstance(x, Tensor) else x.leaf(v)
    if np.shape(node.data) != np.shape(x.data):
        raise ValueError(f"wanted a direction of shape {np.shape(x.data)}, got {np.shape(node.data)}")
    return node
