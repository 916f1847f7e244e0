"""`ClassMeasures`: how well a classifier tells its classes apart on samples, class by class."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from micrograd_plus import metrics
from micrograd_plus.classifier import Classifier

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class ClassMeasures:
    """Counts and measures of the classes `names`, one number a class; `matrix` is the confusion matrix.

    `roc_auc` is None unless there are two classes and samples of both.
    """

    names: tuple[str, ...]
    matrix: NDArray[np.int64]
    roc_auc: float | None

    @classmethod
    def of(cls, classifier: Classifier, X: ArrayLike, y: ArrayLike) -> Self:
        """Measure a classifier on samples X of shape (n, features) with classes y of shape (n,), n at least 1."""
        names = classifier.class_names
        matrix = metrics.confusion_matrix(classifier.predict(X), y, len(names))
        has_both = len(names) == 2 and bool(matrix.any(axis=1).all())
        return cls(names, matrix, metrics.roc_auc(classifier.scores_of_second(X), y) if has_both else None)

    @property
    def samples(self) -> NDArray[np.int64]:
        """The number of samples of each class."""
        return np.asarray(self.matrix.sum(axis=1))

    @property
    def by_name(self) -> dict[str, Array]:
        """Precision, recall and F1 of each class."""
        return {
            "precision": metrics.precision(self.matrix),
            "recall": metrics.recall(self.matrix),
            "F1": metrics.f1(self.matrix),
        }

    @property
    def means(self) -> dict[str, float]:
        """Their means over the classes that occur."""
        return {name: metrics.macro_average(numbers, self.matrix) for name, numbers in self.by_name.items()}

    @property
    def confusions(self) -> list[tuple[str, str, int]]:
        """The class, what it was taken for, and how many samples of it, the most frequent first."""
        wrong = self.matrix * (1 - np.eye(len(self.names), dtype=np.int64))
        pairs = sorted(np.argwhere(wrong).tolist(), key=lambda pair: -wrong[pair[0], pair[1]])
        return [(self.names[i], self.names[j], int(wrong[i, j])) for i, j in pairs]
