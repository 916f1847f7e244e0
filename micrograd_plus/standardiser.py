"""`Standardiser`: features brought to mean 0 and standard deviation 1, and missing values filled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from micrograd_plus.arguments import finite_number
from micrograd_plus.plain_data import each

_numbers = each(finite_number)


@dataclass(frozen=True, eq=False)
class Standardiser:
    """Takes each feature to mean 0 and standard deviation 1 of the samples it was fitted to.

    `mean` and `scale` are of shape (features,). A nan in samples is a missing value, for which the mean stands in;
    `fills_missing` tells whether any are to be expected, as there were in the samples fitted to. Raises `ValueError`
    unless `mean` and `scale` are finite and `scale` is positive.

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
            k = int(np.argmin(usable))
            found = f"mean {self.mean[k]:g} and scale {self.scale[k]:g}"
            raise ValueError(f"feature {k + 1} cannot be standardised: {found}, wanted finite ones, the scale above 0")

    @classmethod
    def fit(cls, X: ArrayLike, *, fills_missing: bool = False) -> Self:
        """Measure samples of shape (n, features); a feature that is the same in all keeps the scale 1.

        One that is missing in all has the mean 0. `fills_missing` may be said where no value is missing in these.
        """
        X = np.asarray(X, dtype=np.float64)
        if X.ndim != 2 or len(X) == 0:
            raise ValueError(f"samples of shape (n, features) with n at least 1 are wanted, not {X.shape}")
        # By columns: a copy of one is small, where one of all samples may not be.
        measures = np.array([_mean_and_scale(column) for column in X.T]).reshape(-1, 2)
        fills_missing = fills_missing or bool(np.isnan(np.maximum.reduce(X, axis=None)))
        return cls(measures[:, 0], measures[:, 1], fills_missing)

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
            mean, scale = (np.array(_numbers(key, plain[key]), dtype=np.float64) for key in ("mean", "scale"))
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
