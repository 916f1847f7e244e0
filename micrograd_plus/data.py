"""Data sets by name, and what is done with one before training: `load`, `split`, `Standardiser`, `batches`."""

from __future__ import annotations

import hashlib
import importlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from micrograd_plus.arguments import integer_at_least
from micrograd_plus.seeding import Rng, as_generator
from micrograd_plus.suggestions import did_you_mean, require_known
from micrograd_plus.tables import STDIN, WAYS, DataError, read_features, read_labelled
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

    A missing value in `X` is nan. `notes` holds what a user should know of the file they come from, in one line each.
    """

    X: NDArray[np.float64]
    y: NDArray[np.int64]
    feature_names: tuple[str, ...]
    class_names: tuple[str, ...]
    name: str
    notes: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """The name, with the numbers of features and classes."""
        return f"{self.name} ({len(self.feature_names)} features, {len(self.class_names)} classes)"

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
        return _from_file(name, target, missing)
    if target is not None:
        raise DataError(f"{name} has its classes already; target is the label column of a CSV file")
    if name in GENERATORS:
        return _toy(name, rng)
    return _shipped(name) if name in _SHIPPED else _from_scikit_learn(name)


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
    for kind, wanted, there in (
        ("feature", like.feature_names, dataset.feature_names),
        ("class", dataset.class_names, like.class_names),
    ):
        unknown = [name for name in wanted if name not in there]
        if unknown:
            who = dataset.name if kind == "feature" else like.name
            raise DataError(f"{who} has no {kind} {unknown[0]!r}{did_you_mean(unknown[0], there)}")
    number_of = np.array([like.class_names.index(name) for name in dataset.class_names])
    return dataset.X[:, [dataset.feature_names.index(name) for name in like.feature_names]], number_of[dataset.y]


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


@dataclass(frozen=True, eq=False)
class Standardiser:
    """Takes each feature to mean 0 and standard deviation 1 of the samples it was fitted to.

    `mean` and `scale` are of shape (features,). A nan in samples is a missing value, for which the mean stands in;
    `fills_missing` tells whether there were any in the samples fitted to. Raises `ValueError` unless `mean` and `scale`
    are finite and `scale` is positive.

    >>> X = np.array([[1.0, 5.0], [3.0, 5.0], [np.nan, 5.0]])
    >>> Standardiser.fit(X).transform(X)
    array([[-1.,  0.],
           [ 1.,  0.],
           [ 0.,  0.]])
    """

    mean: NDArray[np.float64]
    scale: NDArray[np.float64]
    fills_missing: bool = False

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
        """Measure samples of shape (n, features); a feature that is the same in all keeps the scale 1.

        One that is missing in all has the mean 0.
        """
        X = np.asarray(X, dtype=np.float64)
        if X.ndim != 2 or len(X) == 0:
            raise ValueError(f"samples of shape (n, features) with n at least 1 are wanted, not {X.shape}")
        # By columns: a copy of one is small, where one of all samples may not be.
        measures = np.array([_mean_and_scale(column) for column in X.T]).reshape(-1, 2)
        return cls(measures[:, 0], measures[:, 1], fills_missing=bool(np.isnan(np.maximum.reduce(X, axis=None))))

    def transform(self, X: ArrayLike) -> NDArray[np.float64]:
        """Return samples of shape (..., features) standardised."""
        X = np.asarray(X, dtype=np.float64)
        if X.shape[-1:] != self.mean.shape:
            raise ValueError(f"samples of {len(self.mean)} features are wanted, not of shape {X.shape}")
        standardised = X - self.mean
        standardised /= self.scale
        standardised[np.isnan(standardised)] = 0.0
        return standardised

    def filled(self, X: ArrayLike) -> NDArray[np.float64]:
        """Return samples of shape (..., features) as they are, with the mean where a value is missing."""
        return np.where(np.isnan(X), self.mean, X)

    def to_dict(self) -> dict[str, Any]:
        """Return plain lists, as JSON can hold them."""
        return {"mean": self.mean.tolist(), "scale": self.scale.tolist(), "fills_missing": self.fills_missing}

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Self:
        """Return what `to_dict` was called on; raises `ValueError` where the values are not as it wrote them.

        Without `fills_missing`, as earlier versions wrote it, no values were missing.
        """
        try:
            mean, scale = (np.asarray(plain[key], dtype=np.float64) for key in ("mean", "scale"))
            fills_missing = plain.get("fills_missing", False)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise ValueError(f"a standardiser is two lists of numbers, mean and scale: {error!r}") from error
        if not isinstance(fills_missing, bool):
            raise ValueError(f"a standardiser's fills_missing is true or false, not {fills_missing!r}")
        return cls(mean, scale, fills_missing)


def _mean_and_scale(column: NDArray[np.float64]) -> tuple[float, float]:
    known = column[~np.isnan(column)]
    if not len(known):
        return 0.0, 1.0
    with np.errstate(over="ignore", invalid="ignore"):
        mean, scale, spread = known.mean(), known.std(), np.ptp(known)
    # Rounding gives a constant column a standard deviation that is tiny rather than zero.
    return mean, 1.0 if spread == 0 else scale
