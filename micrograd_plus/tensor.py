"""`Tensor`: a node that holds a NumPy array.

At toy sizes a NumPy call takes about a microsecond, so what the engine adds to it must be less. It is one class, long
as it is: what Python and NumPy can ask of an array, they look for on its class.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from micrograd_plus import array_ops
from micrograd_plus.arguments import real_number
from micrograd_plus.array_data import floats_of, owned, result_of
from micrograd_plus.array_functions import METHODS
from micrograd_plus.array_rules import computed_below, fitted, propagate, receive
from micrograd_plus.context import deriving
from micrograd_plus.engine import CONSTANT, LEAF, Node, check_fresh, current_scope, next_number
from micrograd_plus.in_place import InPlace
from micrograd_plus.numpy_protocol import apply_function, apply_ufunc
from micrograd_plus.ops import Op, equal, greater, greater_equal, less, less_equal, not_equal

if TYPE_CHECKING:
    from micrograd_plus.operations import ArrayMethods
else:
    ArrayMethods = object

Array = NDArray[Any]

_new = object.__new__
_BOOL = np.dtype(bool)
_COMPARED = (Node, np.ndarray, np.generic, int, float, list, tuple)


def _unary(op: Op) -> Callable[[Tensor], Tensor]:
    on_arrays = op.on_arrays

    def method(self: Tensor) -> Tensor:
        return _made(op, on_arrays(self._data), (self,))

    return method


def _binary(op: Op) -> Callable[[Tensor, Any], Tensor]:
    on_arrays = op.on_arrays

    def method(self: Tensor, other: Any) -> Tensor:
        if other.__class__ is not Tensor:
            other = _lifted(other, self._data.dtype)
        return _made(op, on_arrays(self._data, other._data), (self, other))

    return method


def _comparison(op: Op, holds: np.ufunc) -> Callable[[Tensor, Any], Any]:
    def method(self: Tensor, other: Any) -> Any:
        if op in (equal, not_equal) and not isinstance(other, _COMPARED):
            return NotImplemented  # nothing else is equal to a Tensor
        outcome = np.asarray(holds(self._data, other._data if isinstance(other, Tensor) else floats_of(other)))
        if watch := current_scope().watch:
            watch.compared(op, self, other, outcome)
        return outcome

    return method


class Tensor(Node, InPlace, ArrayMethods):
    """A node that holds an array of float32 or float64; integers and bools become float64.

    The array is copied, also where `data` is set. Arrays and numbers that an operation meets become constants: no
    gradient is computed for them, and arrays of floats are not copied. Writing into a constant, or into the array
    (`t.data[0] = v`), cannot be seen by `backward()`: set `t.data` instead. What only shows an array in another way
    (`t[0]`, `t.T`) has the new numbers after `t.data -= ...`, unless its `data` was read before; `backward()` refuses
    either. NumPy's rules hold for shapes, types and warnings; comparisons give arrays of bool, `==` too.

    >>> w = Tensor([[1.0, 2.0], [3.0, 4.0]])
    >>> loss = (w @ np.array([1.0, -1.0])).tanh().sum()
    >>> loss.backward()
    >>> w.grad.round(3)
    array([[ 0.42, -0.42],
           [ 0.42, -0.42]])
    """

    __slots__ = ("_grad", "inputs")

    _data: Array
    _grad: Array | None
    inputs: tuple[Tensor, ...]

    def __init__(self, data: Any, dtype: DTypeLike | None = None, label: str = "") -> None:
        self._set_up(floats_of(data, dtype).copy(), LEAF)
        if label:
            self.label = label

    def _set_up(self, data: Array, op: Op) -> None:
        self._data = data
        self._grad = None
        self.op = op
        self.inputs = ()
        self.number = next_number()
        self.scope = current_scope()
        self.note = None

    @classmethod
    def leaf(cls, data: Any, op: Op = LEAF) -> Tensor:
        """Return a new leaf that holds `data` itself, not a copy."""
        node = _new(Tensor)
        node._set_up(floats_of(data), op)
        return node

    @property
    def has_grad(self) -> bool:
        return self._grad is not None

    def zero_grad(self) -> None:
        self._grad = None

    def apply(self, op: Op, inputs: Sequence[Any]) -> Tensor:
        for x in inputs:
            if x.__class__ is not Tensor:
                inputs = [_lifted(x, self._data.dtype) for x in inputs]
                break
        try:
            return _made(op, op.on_arrays(*[x._data for x in inputs]), tuple(inputs))
        except OverflowError as error:  # NumPy's, of a parameter beyond all integers that it counts with
            raise ValueError(f"{op.name}: {error}") from error

    @classmethod
    def method(cls, op: Op) -> Callable[..., Any]:
        if op.parameters or op.arity > 2:
            return super().method(op)
        return _unary(op) if op.arity == 1 else _binary(op)

    # --- shape and reading

    @property
    def data(self) -> Array:
        """The array. Setting it, in whole or by `t.data -= ...`, makes what was computed from it stale."""
        if self.inputs and self._data.base is not None:
            self._data = self._data.copy()  # what is written into a view would reach the Tensor it shows
        return self._data

    @data.setter
    def data(self, data: Any) -> None:
        Node.data.__set__(self, data)  # type: ignore[attr-defined]  # it is a property

    @property
    def grad(self) -> Array | None:
        """The gradient, of the shape and type of the data; None as long as none was computed.

        Setting it to numbers of another shape is a ValueError, to what are no numbers a TypeError.
        """
        return self._grad

    @grad.setter
    def grad(self, grad: Any) -> None:
        array = grad if grad is None else np.array(floats_of(grad, self.dtype))
        if array is not None and array.shape != self.shape:
            raise ValueError(f"wanted a gradient of shape {self.shape}, got {array.shape}")
        self._grad = array

    @property
    def shape(self) -> tuple[int, ...]:
        """Sizes of the axes."""
        return self._data.shape

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return self._data.ndim

    @property
    def size(self) -> int:
        """Number of elements."""
        return self._data.size

    @property
    def dtype(self) -> np.dtype[Any]:
        """float32 or float64."""
        return self._data.dtype

    def item(self) -> float:
        """Return the only element as a float; ValueError if there are more."""
        if self.size != 1:
            raise ValueError(f"wanted a single number, got a Tensor of shape {self.shape}")
        return float(self._data.item())

    def convert(self, dtype: DTypeLike) -> None:
        """Change the type of the numbers in place; what was computed from the Tensor is out of date, its gradient gone.

        For a result of another type in the graph see `astype`.
        """
        self._data = floats_of(self._data, dtype)
        self.data = self._data
        self._grad = None

    def numpy(self) -> Array:
        """Return a copy of the array, without history."""
        return self._data.copy()

    def tolist(self) -> Any:
        """Return the numbers as floats in lists of lists."""
        return self._data.tolist()

    def __float__(self) -> float:
        self._check_plain()
        return self.item()

    def _check_plain(self) -> None:
        """Raise a TypeError where plain numbers would make a derivative wrong in silence: `array[0] = x`, say.

        `data`, `numpy()`, `item()` and `detach()` ask for them by name, and give them anywhere.
        """
        if deriving.get() and self.op is not CONSTANT and current_scope().records:
            raise TypeError("plain numbers in a function that is derived lose the graph: see stack, or x.data")

    def __int__(self) -> int:
        return int(self.item())

    def __len__(self) -> int:
        if not self.ndim:
            raise TypeError("a Tensor of shape () has no length")
        return len(self._data)

    def __iter__(self) -> Iterator[Tensor]:
        return iter([self[k] for k in range(len(self))])

    def __contains__(self, number: Any) -> bool:
        return bool((self == number).any())

    def __bool__(self) -> bool:
        outcome = bool(self._data)
        if watch := current_scope().watch:
            watch.compared(not_equal, self, 0.0, outcome)
        return outcome

    def __array__(self, dtype: DTypeLike | None = None, copy: bool | None = None) -> Array:
        self._check_plain()
        return np.array(self._data, dtype=dtype, copy=copy)

    def __repr__(self) -> str:
        data = np.array2string(self._data, precision=4, threshold=20, separator=", ", prefix="Tensor(")
        return f"Tensor({data}, shape={self.shape}, dtype={self.dtype})"

    def __format__(self, wanted: str) -> str:
        return format(self.item(), wanted) if wanted else str(self)

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **keywords: Any) -> Any:  # type: ignore[override]  # it is None there
        return apply_ufunc(Tensor, ufunc, method, inputs, keywords)

    def __array_function__(self, function: Any, types: Any, inputs: Sequence[Any], keywords: dict[str, Any]) -> Any:
        return apply_function(Tensor, function, inputs, keywords)

    __hash__ = object.__hash__  # a node is itself, whatever it holds
    __eq__ = _comparison(equal, np.equal)
    __ne__ = _comparison(not_equal, np.not_equal)
    __lt__ = _comparison(less, np.less)
    __le__ = _comparison(less_equal, np.less_equal)
    __gt__ = _comparison(greater, np.greater)
    __ge__ = _comparison(greater_equal, np.greater_equal)

    # --- structural operations: what they do to numbers and gradients stands in array_ops

    def __matmul__(self, other: Any) -> Tensor:
        if other.__class__ is not Tensor:
            other = _lifted(other, self._data.dtype)
        return _made(array_ops.matmul, array_ops.matmul.on_arrays(self._data, other._data), (self, other))

    def __rmatmul__(self, other: Any) -> Tensor:
        return _lifted(other, self._data.dtype) @ self

    def __getitem__(self, key: Any) -> Tensor:
        op = array_ops.index.with_parameters(key=owned(key))
        try:
            return _made(op, op.on_arrays(self._data), (self,))
        except OverflowError as error:  # NumPy's, of an integer beyond all that it counts with
            raise IndexError(f"{key!r} is beyond all indices") from error

    def __setitem__(self, key: Any, value: Any) -> None:
        if self.inputs or current_scope().records:
            what = "a computed Tensor" if self.inputs else "a Tensor while the graph is recorded"
            raise RuntimeError(f"elements of {what} cannot be set: only a leaf's, under no_grad(); or see `where`")
        data = self.data
        data[owned(key)] = floats_of(value, self.dtype)
        self.data = data  # what was computed from it is out of date

    @property
    def T(self) -> Tensor:
        """The axes in reverse order."""
        return self.transpose()

    @property
    def mT(self) -> Tensor:
        """The last two axes exchanged."""
        exchanged: Tensor = array_ops.transpose(self, axes=(*range(self.ndim - 2), -1, -2))
        return exchanged

    # --- backward

    def backward(self, gradient: Any = None) -> None:
        """Compute the gradient of this node by every node below it that is not constant.

        `gradient` is the gradient at this node, of its shape; a ValueError where it is missing and the node holds more
        than one number. RuntimeError if a node's data was set after the graph was computed from it.
        """
        seed = self._seed(gradient)
        order = computed_below(self)
        check_fresh(order)
        for node in order:
            node._grad = None
        receive(self, seed, seed)
        watch = current_scope().watch
        with np.errstate(all="ignore"):
            for node in reversed(order):
                propagate(node)
                if watch:
                    watch.propagated(node)

    def _seed(self, gradient: Any) -> Array:
        if gradient is None:
            if self.size != 1:
                raise ValueError(f"backward() of shape {self.shape} wants a gradient of that shape")
            return np.ones(self.shape, self.dtype)
        seed = floats_of(gradient, self.dtype).copy()
        if seed.shape != self.shape:
            raise ValueError(f"wanted a gradient of shape {self.shape}, got {seed.shape}")
        return seed

    def _unit(self) -> Tensor:
        if self.size != 1:
            raise ValueError(f"wanted one number to derive, got a Tensor of shape {self.shape}: take its sum, say")
        return Tensor.leaf(np.ones_like(self._data), CONSTANT)

    def _accepted(self, data: Any) -> Array:
        array: Array = data if data is self._data else floats_of(data).astype(self.dtype)
        if array.shape != self.shape:
            raise ValueError(f"wanted data of shape {self.shape}, got {array.shape}")
        return array

    def _computed(self) -> Array:
        return result_of(self.op.on_arrays(*[i._data for i in self.inputs]), self.dtype)

    def _copied(self, inputs: Sequence[Tensor]) -> Tensor:
        node = Tensor.leaf(self._data.copy(), self.op)
        node.inputs = tuple(inputs)
        node._grad = None if self._grad is None else self._grad.copy()
        return node

    def _settled(self, share: Any) -> Any:
        """Undo broadcasting: sum a contribution over the axes along which this node was stretched, in its type."""
        if not isinstance(share, Tensor):
            return fitted(share, self._data)
        if share.shape != self.shape:
            share = array_ops.sum_to(share, shape=self.shape)
        return share if share.dtype == self.dtype else array_ops.astype(share, dtype=str(self.dtype))

    def lifted(self, other: Any) -> Tensor:
        """Return `other` as a Tensor, in this one's type if it is a Python number."""
        return _lifted(other, self._data.dtype)


for _name, _method in METHODS.items():
    if _name not in vars(Tensor):
        setattr(Tensor, _name, _method)


# --- making nodes -----------------------------------------------------------------------------------------------------


def _lifted(x: Any, dtype: np.dtype[Any]) -> Tensor:
    """Return a constant; a Python number or a mask takes the type of the Tensor it meets, as in NumPy."""
    if isinstance(x, Tensor):
        return x
    if x.__class__ in (float, int, bool):
        data = np.array(real_number(x), dtype)
    elif getattr(x, "dtype", None) is _BOOL:
        data = np.asarray(x, dtype)
    else:
        data = floats_of(x)
    node = _new(Tensor)
    node._set_up(data, CONSTANT)
    return node


def _made(op: Op, data: Any, inputs: tuple[Tensor, ...]) -> Tensor:
    node = _new(Tensor)
    if data.__class__ is not np.ndarray or data.dtype is _BOOL:
        data = result_of(data, inputs[-1]._data.dtype)
    node._data = data
    node._grad = None
    node.op = op
    node.inputs = inputs
    node.number = next_number()
    node.scope = scope = current_scope()
    node.note = None
    for i in inputs:
        if i.op is not CONSTANT:
            break
    else:
        node.op, node.inputs = CONSTANT, ()
        _part_from_others(node)
    if not scope.plain:
        _watched(node)
    return node


def _watched(node: Tensor) -> None:
    if node.scope.watch:
        node.scope.watch.made(node)
    if not node.scope.records:
        node.op, node.inputs = LEAF, ()
        _part_from_others(node)


def _part_from_others(node: Tensor) -> None:
    """Give a node without inputs an array of its own: nothing would tell that what a view shows has changed."""
    if node._data.base is not None:
        node._data = node._data.copy()
