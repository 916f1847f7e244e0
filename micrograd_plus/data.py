"""Data sets by name, and what is done with one before training: `load`, `split`, `Standardiser`, `batches`."""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from micrograd_plus.arguments import integer_at_least
from micrograd_plus.csv_table import DataError, read_features, read_labelled
from micrograd_plus.seeding import Rng, as_generator
from micrograd_plus.suggestions import did_you_mean
from micrograd_plus.toy_data import GENERATORS, blobs, circles, moons, spiral, xor

__all__ = [
    "GENERATORS",
    "NAMES",
    "DataError",
    "Dataset",
    "Standardiser",
    "batches",
    "blobs",
    "circles",
    "load",
    "moons",
    "read_features",
    "spiral",
    "split",
    "xor",
]

Array = NDArray[Any]

_SHIPPED = ("iris",)
_SCIKIT_LEARN = {"wine": "load_wine", "breast-cancer": "load_breast_cancer", "digits": "load_digits"}
NAMES = (*GENERATORS, *_SHIPPED, *_SCIKIT_LEARN)


@dataclass(frozen=True, eq=False)
class Dataset:
    """Samples with their classes: `X` float64 (n, features), `y` int64 (n,) counting into `class_names`."""

    X: NDArray[np.float64]
    y: NDArray[np.int64]
    feature_names: tuple[str, ...]
    class_names: tuple[str, ...]
    name: str


def load(name_or_path: str | os.PathLike[str], target: str | None = None, *, rng: Rng = 0) -> Dataset:
    """Return the data set of that name (one of `NAMES`), or the one in a CSV file.

    `target` names the label column of a CSV file, by default the last one. `rng` draws the toy problems; tables do not
    use it. Raises `DataError` for an unknown name, a file that is not as wanted, or missing scikit-learn.

    >>> iris = load("iris")
    >>> iris.X.shape, iris.class_names
    ((150, 4), ('setosa', 'versicolor', 'virginica'))
    """
    name = os.fspath(name_or_path)
    if name not in NAMES:
        return _from_file(name, target)
    if target is not None:
        raise DataError(f"{name} has its classes already; target is the label column of a CSV file")
    if name in GENERATORS:
        return _toy(name, rng)
    return _shipped(name) if name in _SHIPPED else _from_scikit_learn(name)


def _from_file(path: str, target: str | None) -> Dataset:
    if not path.lower().endswith(".csv") and not os.path.exists(path):
        wanted = f"{', '.join(NAMES)} or the path of a CSV file"
        raise DataError(f"unknown data set {path!r}: want {wanted}{did_you_mean(path, NAMES)}")
    return Dataset(*read_labelled(path, target), name=Path(path).stem)


def _toy(name: str, rng: Rng) -> Dataset:
    X, y = GENERATORS[name](rng=rng)
    return Dataset(X, y, ("x1", "x2"), tuple(str(k) for k in range(y.max() + 1)), name)


def _shipped(name: str) -> Dataset:
    with resources.as_file(resources.files("micrograd_plus.datasets") / f"{name}.csv") as path:
        return Dataset(*read_labelled(path), name=name)


def _from_scikit_learn(name: str) -> Dataset:
    try:
        tables = importlib.import_module("sklearn.datasets")
    except ModuleNotFoundError as error:
        raise DataError(f'{name} needs scikit-learn: pip install "micrograd-plus[data]"') from error
    table = getattr(tables, _SCIKIT_LEARN[name])()
    return Dataset(
        table.data.astype(np.float64),
        table.target.astype(np.int64),
        tuple(map(str, table.feature_names)),
        tuple(map(str, table.target_names)),
        name,
    )


def split(
    X: ArrayLike, y: ArrayLike, validation: float = 0.2, *, rng: Rng
) -> tuple[tuple[Array, Array], tuple[Array, Array]]:
    """Return `(X, y)` for training and `(X, y)` for validation, rows in their old order.

    Stratified: of each class the share `validation` is for validation, and of a class of two or more at least one
    sample goes to either part; a single sample is trained on. Raises `ValueError` for a share not between 0 and 1, and
    where no class has two samples.

    >>> (X_train, y_train), (X_val, y_val) = split(*moons(100, rng=0), rng=0)
    >>> np.bincount(y_train), np.bincount(y_val)
    (array([40, 40]), array([10, 10]))
    """
    X, y = _paired(X, y)
    if not 0 < validation < 1:
        raise ValueError(f"validation is a share between 0 and 1, not {validation}")
    rng = as_generator(rng)
    is_validation = np.zeros(len(y), dtype=bool)
    for label in np.unique(y):
        members = rng.permutation(np.flatnonzero(y == label))
        count = min(max(round(validation * len(members)), 1), len(members) - 1)
        is_validation[members[:count]] = True
    if not is_validation.any():
        raise ValueError("no class has two samples, so none can be kept for validation")
    return (X[~is_validation], y[~is_validation]), (X[is_validation], y[is_validation])


def batches(
    X: ArrayLike, y: ArrayLike, batch_size: int, shuffle: bool = True, rng: Rng | None = None
) -> Iterator[tuple[Array, Array]]:
    """Return an iterator over `(X, y)` in batches of `batch_size` rows, the last one smaller if it does not divide.

    With `shuffle` the rows come in an order drawn from `rng`: pass one generator along for a new order in each epoch (a
    seed gives the same order each time). Raises `ValueError` for a batch size below 1 and for shuffling without `rng`.

    >>> [len(y) for X, y in batches(*moons(100, rng=0), 32, rng=0)]
    [32, 32, 32, 4]
    """
    X, y = _paired(X, y)
    batch_size = integer_at_least(1, "batch_size", batch_size)
    if shuffle and rng is None:
        raise ValueError("shuffle=True needs rng, a numpy.random.Generator or a seed")
    order = np.arange(len(y)) if rng is None or not shuffle else as_generator(rng).permutation(len(y))
    rows_of_batch = (order[start : start + batch_size] for start in range(0, len(y), batch_size))
    return ((X[rows], y[rows]) for rows in rows_of_batch)


def _paired(X: ArrayLike, y: ArrayLike) -> tuple[Array, Array]:
    X, y = np.asarray(X), np.asarray(y)
    if X.ndim == 0 or y.ndim != 1 or len(X) != len(y):
        raise ValueError(f"X and y have one row per sample: shapes {X.shape} and {y.shape} do not")
    return X, y


@dataclass(frozen=True, eq=False)
class Standardiser:
    """Takes each feature to mean 0 and standard deviation 1 of the samples it was fitted to.

    `mean` and `scale` are of shape (features,). Raises `ValueError` unless both are finite and `scale` is positive.

    >>> X = np.array([[1.0, 5.0], [3.0, 5.0]])
    >>> Standardiser.fit(X).transform(X)
    array([[-1.,  0.],
           [ 1.,  0.]])
    """

    mean: NDArray[np.float64]
    scale: NDArray[np.float64]

    def __post_init__(self) -> None:
        if self.mean.ndim != 1 or self.mean.shape != self.scale.shape:
            raise ValueError(
                f"mean and scale have one number per feature: shapes {self.mean.shape} and {self.scale.shape} do not"
            )
        usable = np.isfinite(self.mean) & np.isfinite(self.scale) & (self.scale > 0)
        if not usable.all():
            raise ValueError(f"feature {np.argmin(usable) + 1} has no finite mean and positive finite scale")

    @classmethod
    def fit(cls, X: ArrayLike) -> Self:
        """Measure samples of shape (n, features); a feature that is the same in all keeps the scale 1."""
        X = np.asarray(X, dtype=np.float64)
        if X.ndim != 2 or len(X) == 0:
            raise ValueError(f"samples of shape (n, features) with n at least 1 are wanted, not {X.shape}")
        with np.errstate(over="ignore", invalid="ignore"):
            mean, scale, spread = X.mean(axis=0), X.std(axis=0), np.ptp(X, axis=0)
        # Rounding gives a constant column a standard deviation that is tiny rather than zero.
        return cls(mean, np.where(spread == 0, 1.0, scale))

    def transform(self, X: ArrayLike) -> NDArray[np.float64]:
        """Return samples of shape (..., features) standardised."""
        X = np.asarray(X, dtype=np.float64)
        if X.shape[-1:] != self.mean.shape:
            raise ValueError(f"samples of {len(self.mean)} features are wanted, not of shape {X.shape}")
        return (X - self.mean) / self.scale

    def to_dict(self) -> dict[str, list[float]]:
        """Return plain lists, as JSON can hold them."""
        return {"mean": self.mean.tolist(), "scale": self.scale.tolist()}

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Self:
        """Return what `to_dict` was called on; raises `ValueError` where the lists are not as it wrote them."""
        try:
            mean, scale = (np.asarray(plain[key], dtype=np.float64) for key in ("mean", "scale"))
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"a standardiser is two lists of numbers, mean and scale: {error!r}") from error
        return cls(mean, scale)
