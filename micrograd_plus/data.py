"""Data sets by name, and what is done with one before training: `load`, `split`, `Standardiser`, `batches`."""

from __future__ import annotations

import hashlib
import importlib
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from micrograd_plus.arguments import integer_at_least
from micrograd_plus.seeding import Rng, as_generator
from micrograd_plus.standardiser import Standardiser
from micrograd_plus.suggestions import did_you_mean, require_known
from micrograd_plus.tables import STDIN, WAYS, DataError, read_features, read_labelled
from micrograd_plus.texts import printable
from micrograd_plus.toy_data import GENERATORS, blobs, circles, moons, spiral, xor

__all__ = [
    "GENERATORS",
    "NAMES",
    "STDIN",
    "VALIDATION_SHARE",
    "DataError",
    "Dataset",
    "Standardiser",
    "aligned",
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
VALIDATION_SHARE = 0.2


@dataclass(frozen=True, eq=False)
class Dataset:
    """Samples with their classes: `X` float64 (n, features), `y` int64 (n,) counting into `class_names`.

    A missing value in `X` is nan; `fills_missing` tells whether a model of them is to take missing values. `notes`
    holds what a user should know of the file they come from, in one line each.
    """

    X: NDArray[np.float64]
    y: NDArray[np.int64]
    feature_names: tuple[str, ...]
    class_names: tuple[str, ...]
    name: str
    notes: tuple[str, ...] = ()
    fills_missing: bool = False

    @property
    def title(self) -> str:
        """The name, with the numbers of features and classes."""
        return f"{printable(self.name)} ({len(self.feature_names)} features, {len(self.class_names)} classes)"

    @cached_property
    def fingerprint(self) -> str:
        """32 hexadecimal digits that are the same for equal samples, classes and names, and for no others.

        >>> load("moons").fingerprint == load("moons").fingerprint != load("moons", rng=1).fingerprint
        True
        """
        names = repr((self.X.shape, self.feature_names, self.class_names))
        digest = hashlib.blake2b(names.encode("utf-8", "backslashreplace"), digest_size=16)
        for array in (self.X, self.y):
            digest.update(np.ascontiguousarray(array).data)
        return digest.hexdigest()


def load(
    name_or_path: str | os.PathLike[str], target: str | None = None, *, rng: Rng = 0, missing: str = "error"
) -> Dataset:
    """Return the data set of that name (one of `NAMES`), or the one in a CSV file; "-" is standard input.

    `target` names the label column of a CSV file, by default the last one, and `missing` what is done about its missing
    values: "error", "drop" to leave their rows out, or "mean" to have them as nan, which a `Standardiser` fills. `rng`
    draws the toy problems; tables do not use it. Raises `DataError` for an unknown name, a file that is not as wanted,
    or missing scikit-learn, and `ValueError` for another `missing`.

    >>> iris = load("iris")
    >>> iris.X.shape, iris.class_names
    ((150, 4), ('setosa', 'versicolor', 'virginica'))
    """
    require_known("missing", missing, WAYS)
    name = os.fspath(name_or_path)
    if name not in NAMES:
        found = _from_file(name, target, missing)
    elif target is not None:
        raise DataError(f"{name} has its classes already; target is the label column of a CSV file")
    elif name in GENERATORS:
        found = _toy(name, rng)
    else:
        found = _shipped(name) if name in _SHIPPED else _from_scikit_learn(name)
    return replace(found, fills_missing=missing == "mean")


def _from_file(path: str, target: str | None, missing: str) -> Dataset:
    if path != STDIN and not path.lower().endswith(".csv") and not os.path.exists(path):
        wanted = f"{', '.join(NAMES)}, the path of a CSV file, or - for standard input"
        raise DataError(f"unknown data set {path!r}: want {wanted}{did_you_mean(path, NAMES)}")
    table = read_labelled(path, target, missing=missing)
    name = "stdin" if path == STDIN else Path(path).stem
    return Dataset(table.X, table.y, table.feature_names, table.class_names, name, table.notes)


def _toy(name: str, rng: Rng) -> Dataset:
    X, y = GENERATORS[name](rng=rng)
    return Dataset(X, y, ("x1", "x2"), tuple(str(k) for k in range(y.max() + 1)), name)


def _shipped(name: str) -> Dataset:
    with resources.as_file(resources.files("micrograd_plus.datasets") / f"{name}.csv") as path:
        return _from_file(os.fspath(path), None, "error")


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


def aligned(dataset: Dataset, like: Dataset) -> tuple[Array, Array]:
    """Return `(X, y)` of a data set with the features in the order of another's and its class numbers.

    Features that the other has not are left out. Raises `DataError` for one that is missing, and for a class that the
    other has not.
    """
    places, numbers = ({name: k for k, name in enumerate(names)} for names in (dataset.feature_names, like.class_names))
    for kind, wanted, there, who in (
        ("feature", like.feature_names, places, dataset.name),
        ("class", dataset.class_names, numbers, like.name),
    ):
        unknown = [name for name in wanted if name not in there]
        if unknown:
            raise DataError(f"{who} has no {kind} {unknown[0]!r}{did_you_mean(unknown[0], there)}")
    columns = [places[name] for name in like.feature_names]
    return dataset.X[:, columns], np.array([numbers[name] for name in dataset.class_names])[dataset.y]


def split(
    X: ArrayLike, y: ArrayLike, validation: float = VALIDATION_SHARE, *, rng: Rng
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
