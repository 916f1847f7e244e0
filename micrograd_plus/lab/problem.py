"""`Problem`: a loss as a function of one flat vector of parameters, with its gradient and its curvature."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from micrograd_plus.arguments import integer_at_least
from micrograd_plus.classifier import Classifier
from micrograd_plus.compiler.compilation import compile  # noqa: A004 - the name of what it does
from micrograd_plus.compiler.program import Program
from micrograd_plus.context import no_grad
from micrograd_plus.data import Dataset
from micrograd_plus.engine import gradient, graph
from micrograd_plus.evaluation import outputs_of, target_numbers
from micrograd_plus.expression import Expression
from micrograd_plus.lab.surfaces import SURFACES, Window
from micrograd_plus.nn import parameter
from micrograd_plus.settings import Settings
from micrograd_plus.suggestions import require_known
from micrograd_plus.tensor import Tensor
from micrograd_plus.texts import one_line

Array = NDArray[Any]

LARGEST = 1e300  # that a place or a loss at the start may be, for what is drawn goes beyond them

# Of `training_problem`: small, so that a picture of many runs comes at once; smooth, so that curvature tells something.
SMALL = Settings(hidden=(8,), activation="tanh")


class Problem:
    """A loss of `size` parameters, which stand in one vector. Abstract: see `FormulaProblem` and `TrainingProblem`.

    `parameters` are the Values or Tensors that an optimizer moves; `start` is what they held at first, float64 of shape
    (size,), and `parameter_names` has a name for each element: `x`, or `layer1.weight[0,1]`. Methods that are given `w`
    leave the parameters where they were; without it they look at where the parameters are. The gradients in the
    parameters are those of the last call. Overflow gives inf and nan.
    """

    def __init__(self, name: str, parameters: Sequence[Any], parameter_names: Sequence[str]) -> None:
        self.name = name
        self.parameters = list(parameters)
        self.parameter_names = tuple(parameter_names)
        self.start = self.get()
        self.size = self.start.size
        self._program: Program | None = None
        self._curvature: Program | None = None

    def _loss(self, *inputs: Any) -> Any:
        """Build the loss as a node from the inputs that belong to it."""
        raise NotImplementedError

    def _inputs(self) -> tuple[Any, ...]:
        """Return the numbers that the loss is computed from, beside the parameters."""
        raise NotImplementedError

    # --- where the parameters are

    def get(self) -> Array:
        """Return the parameters as a vector of their own."""
        return _flat(parameter.data for parameter in self.parameters)

    def set(self, w: ArrayLike) -> None:
        """Move the parameters to the vector `w`; ValueError unless it has `size` elements."""
        for node, data in zip(self.parameters, self._split(w), strict=True):
            node.data = data

    def _split(self, vector: ArrayLike) -> list[Any]:
        """Return the elements as the parameters hold them: floats, or arrays of their shapes."""
        vector = np.array(vector, dtype=np.float64)
        if vector.shape != (self.size,):
            raise ValueError(
                f"{one_line(self.name)} has {self.size} parameter(s): a vector of shape {vector.shape} is no place"
            )
        shapes = [np.shape(node.data) for node in self.parameters]
        parts = np.split(vector, np.cumsum([int(np.prod(shape)) for shape in shapes])[:-1])
        return [part.reshape(shape) if shape else float(part[0]) for part, shape in zip(parts, shapes, strict=True)]

    @contextmanager
    def _at(self, w: ArrayLike | None) -> Iterator[None]:
        if w is None:
            yield
            return
        before = self.get()
        self.set(w)
        try:
            yield
        finally:
            self.set(before)

    # --- the loss and its derivatives

    def loss(self, w: ArrayLike | None = None) -> float:
        """Return the loss, at the vector `w` if it is given."""
        with self._at(w):
            return self._compiled()()

    def loss_and_gradient(self, w: ArrayLike | None = None) -> tuple[float, Array]:
        """Return the loss and its gradient, shape (size,), which is in the parameters too."""
        with self._at(w):
            return self._run(self._compiled()), self._gradient()

    def hvp(self, w: ArrayLike | None, v: ArrayLike) -> Array:
        """Return the Hessian at `w` times the vector `v`, shape (size,), without the Hessian: exact, not a difference.

        It is the gradient of (gradient . v), which is the loss of a graph of gradients (Pearlmutter, "Fast Exact
        Multiplication by the Hessian", 1994).
        """
        direction = self._split(v)
        if self._curvature is None:
            slope = self._slope_along(*direction, *self._inputs())
            if not set(self.parameters) & set(graph(slope)):  # the gradient is the same everywhere
                return np.zeros(self.size)
            self._curvature = compile(self._slope_along, *direction, *self._inputs(), parameters=self.parameters)
        with self._at(w):
            self._run(self._curvature, *direction, *self._inputs())
            return self._gradient()

    def losses(self, W: ArrayLike) -> Array:
        """Return the loss for each row of W, shape (m, size), as an array of shape (m,)."""
        program = self._compiled()
        found = np.empty(len(np.asarray(W)))
        with self._at(self.get()):
            for k, w in enumerate(np.asarray(W, dtype=np.float64)):
                self.set(w)
                found[k] = program()
        return found

    def _compiled(self) -> Program:
        if self._program is None:
            self._program = compile(self._loss, *self._inputs(), parameters=self.parameters)
        return self._program

    def _run(self, program: Program, *inputs: Any) -> float:
        """Return what a program computes; its gradient is in the parameters, but for those that it does not read."""
        for node in self.parameters:
            node.zero_grad()
        return program(*inputs)

    def _gradient(self) -> Array:
        return _flat(node.grad if node.has_grad else np.zeros(np.shape(node.data)) for node in self.parameters)

    def _slope_along(self, *numbers: Any) -> Any:
        direction, inputs = numbers[: len(self.parameters)], numbers[len(self.parameters) :]
        slopes = gradient(self._loss(*inputs), self.parameters)
        products = [slope * along for slope, along in zip(slopes, direction, strict=True)]
        terms = [product.sum() if isinstance(product, Tensor) else product for product in products]
        return sum(terms[1:], terms[0])

    def __repr__(self) -> str:
        return f"<{one_line(self.name)}: a loss of {self.size} parameter{'s' * (self.size != 1)}>"


class FormulaProblem(Problem):
    """A formula as the loss of its variables; where they are known, `minima` are its lowest places.

    `window` is what a picture of two variables shows: ((x from, to), (y from, to)).
    """

    def __init__(
        self,
        expression: Expression,
        start: Mapping[str, float],
        *,
        name: str = "",
        minima: Sequence[tuple[float, ...]] = (),
        window: Window | None = None,
    ) -> None:
        if not expression.names:
            raise ValueError(f"{expression.text!r} has no variable to move")
        for variable, number in start.items():
            if not np.isfinite(number):
                raise ValueError(f"{one_line(variable)} starts at a finite number, not at {number}")
            if abs(number) > LARGEST:
                far = f"a number from -{LARGEST:g} to {LARGEST:g}"
                raise ValueError(f"{one_line(variable)} starts at {far}, not at {number:g}")
        self.expression = expression
        self.minima = tuple(minima)
        self.window = window
        expression(**start)  # raises ValueError unless there is a number for each name
        variables = [parameter(float(start[variable]), variable) for variable in expression.names]
        super().__init__(name or expression.text, variables, expression.names)

    def _loss(self, *inputs: Any) -> Any:
        return self.expression(**dict(zip(self.parameter_names, self.parameters, strict=True)))

    def _inputs(self) -> tuple[Any, ...]:
        return ()

    def losses(self, W: ArrayLike) -> Array:
        """Return the loss for each row of W, shape (m, size), in one run of the formula on arrays."""
        columns = map(Tensor, np.array(W, dtype=np.float64).reshape(-1, self.size).T)
        with no_grad(), np.errstate(all="ignore"):
            values = self.expression(**dict(zip(self.parameter_names, columns, strict=True)))
        found: Array = values.data
        return found


class TrainingProblem(Problem):
    """The mean loss of a classifier's network over all samples, standardised, as a function of its weights."""

    def __init__(self, dataset: Dataset, settings: Settings) -> None:
        settings = replace(settings, backend="compiled")
        self.classifier = Classifier.for_samples(dataset.X, dataset.feature_names, dataset.class_names, settings)
        self.dataset = dataset
        self._X = self.classifier.standardiser.transform(dataset.X)
        self._targets = target_numbers(dataset.y, self.classifier.loss, len(dataset.class_names))
        self._of_batches: dict[int, Program] = {}
        named = self.classifier.model.named_parameters()
        names = [name for stem, node in named for name in _element_names(stem, np.shape(node.data))]
        super().__init__(dataset.name, [node for _, node in named], names)

    @property
    def samples(self) -> int:
        """The number of samples."""
        return len(self._X)

    def require_batch_size(self, size: int) -> None:
        """Raise `ValueError` or `TypeError` unless batches of that size can be drawn without replacement."""
        if integer_at_least(1, "a batch size", size) > self.samples:
            raise ValueError(f"a batch of {size} cannot be drawn from {self.samples} samples")

    def batch_loss(self, rows: ArrayLike) -> float:
        """Return the mean loss over the samples of these numbers; its gradient is in the parameters."""
        rows = np.asarray(rows)
        inputs = self._X[rows], self._targets[rows]
        if len(rows) not in self._of_batches:
            self._of_batches[len(rows)] = compile(self._loss, *inputs, parameters=self.parameters)
        return self._run(self._of_batches[len(rows)], *inputs)

    def batch_loss_and_gradient(self, rows: ArrayLike, w: ArrayLike | None = None) -> tuple[float, Array]:
        """Return the mean loss over the samples of these numbers, and its gradient, shape (size,)."""
        with self._at(w):
            return self.batch_loss(rows), self._gradient()

    def accuracy(self, w: ArrayLike | None = None) -> float:
        """Return the share of samples whose class is predicted."""
        with self._at(w):
            return self.classifier.accuracy(self.dataset.X, self.dataset.y)

    def _loss(self, *inputs: Any) -> Any:
        X, targets = inputs
        return self.classifier.loss(outputs_of(self.classifier.model, X), targets)

    def _inputs(self) -> tuple[Any, ...]:
        return self._X, self._targets


def formula_problem(text: str, start: Mapping[str, float]) -> FormulaProblem:
    """Return the formula `text` as a loss of its variables, each beginning at its number in `start`.

    ExpressionError (a ValueError) for what is no formula, ValueError where names and numbers do not match.

    >>> problem = formula_problem("x**2 - 3*x", {"x": 4.0})
    >>> problem.loss_and_gradient()
    (4.0, array([5.]))
    >>> problem.hvp([0.0], [1.0])
    array([2.])
    """
    return FormulaProblem(Expression(text), start)


def training_problem(dataset: Dataset, settings: Settings = SMALL) -> TrainingProblem:
    """Return the training of a classifier's network on a data set as a loss of its weights.

    The features are standardised; hidden layers, activation, loss and seed are those of the settings.

    >>> from micrograd_plus import data
    >>> training_problem(data.load("moons"))
    <moons: a loss of 33 parameters>
    """
    return TrainingProblem(dataset, settings)


def surface(name: str) -> FormulaProblem:
    """Return one of `SURFACES`, at its usual start; ValueError for another name.

    >>> rosenbrock = surface("rosenbrock")
    >>> [rosenbrock.loss(w) for w in rosenbrock.minima]
    [0.0]
    """
    require_known("surface", name, SURFACES)
    found = SURFACES[name]
    start = dict(zip(("x", "y"), found.start, strict=True))
    return FormulaProblem(Expression(found.text), start, name=name, minima=found.minima, window=found.window)


def _flat(parts: Any) -> Array:
    return np.concatenate([np.ravel(part) for part in parts]).astype(np.float64, copy=False)


def _element_names(stem: str, shape: tuple[int, ...]) -> list[str]:
    return [f"{stem}[{','.join(map(str, place))}]" for place in np.ndindex(shape)]
