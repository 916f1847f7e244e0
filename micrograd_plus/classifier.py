"""`Classifier`: a network with all that turns a row of a table into the name of a class, trained, saved and loaded."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from micrograd_plus import checkpoint, schedule_plan
from micrograd_plus.atomic_file import PathLike, atomic_write
from micrograd_plus.checkpoint import CheckpointError
from micrograd_plus.evaluation import Loss, batch_loss, has_probabilities, predict_classes, probabilities, scores
from micrograd_plus.metrics import accuracy
from micrograd_plus.nn import MLP, ArrayMLP
from micrograd_plus.nn.mlp import as_arrays
from micrograd_plus.objective import balanced_class_weights
from micrograd_plus.plain_data import each, text
from micrograd_plus.settings import LOSSES, OPTIMIZERS, Settings
from micrograd_plus.standardiser import Standardiser
from micrograd_plus.texts import one_line
from micrograd_plus.train import Keeper, fit
from micrograd_plus.training_history import Epoch, History

_MOST_WEIGHTS = 2_000_000  # the file of a training, with what the optimizer keeps, is one that is read again
_SLACK = 100_000  # so many numbers cost nothing, and what is wrong is said more exactly once there is a network


@dataclass
class Classifier:
    """A network, and what it needs to be used on a table: names of features and classes, and the features' scale.

    >>> from micrograd_plus import data
    >>> iris = data.load("iris")
    >>> classifier = Classifier.for_samples(iris.X, iris.feature_names, iris.class_names, Settings(epochs=20))
    >>> history = classifier.fit(iris.X, iris.y)
    >>> classifier.accuracy(iris.X, iris.y) > 0.9
    True
    """

    settings: Settings
    feature_names: tuple[str, ...]
    class_names: tuple[str, ...]
    standardiser: Standardiser
    model: MLP | ArrayMLP

    def __post_init__(self) -> None:
        features = len(self.standardiser.mean)
        if len(self.feature_names) != features:
            raise ValueError(f"{len(self.feature_names)} feature names do not fit samples of {features} features")
        _require_distinct("feature", self.feature_names)
        _require_distinct("class", self.class_names)
        self.settings.require_classes(self.class_names)

    @classmethod
    def for_samples(
        cls,
        X: ArrayLike,
        feature_names: Sequence[str],
        class_names: Sequence[str],
        settings: Settings,
        *,
        fills_missing: bool = False,
    ) -> Self:
        """Return an untrained classifier for samples X of shape (n, features), which set the features' scale.

        It is one for samples with missing values if there are some in these, or with `fills_missing`.
        """
        settings = settings.resolved(len(feature_names), len(class_names), len(np.asarray(X)))
        model = _in_backend(_array_model(settings, len(feature_names), len(class_names)), settings)
        standardiser = Standardiser.fit(X, fills_missing=fills_missing)
        return cls(settings, tuple(feature_names), tuple(class_names), standardiser, model)

    @property
    def loss(self) -> Loss:
        """The loss it is trained by."""
        return LOSSES[self.settings.chosen_loss(len(self.class_names))]

    def fit(
        self,
        X: ArrayLike,
        y: ArrayLike,
        *,
        validation: tuple[ArrayLike, ArrayLike] | None = None,
        on_epoch: Callable[[Epoch], bool | None] | None = None,
        record: bool = False,
        keeper: Keeper | None = None,
    ) -> History:
        """Train on samples X of shape (n, features) and classes y of shape (n,), and keep the best weights met.

        The best are those with the smallest loss on the samples `validation`, or on X without them; Ctrl-C ends the
        training with the best so far, and so does a loss that becomes infinite or nan, which is raised. `record`,
        `keeper` and errors as for `micrograd_plus.train.fit`.
        """
        settings, X = self.settings, self.standardiser.transform(X)
        optimizer = OPTIMIZERS[settings.optimizer](self.model.parameters(), settings.chosen_lr)
        history = fit(
            self.model,
            X,
            y,
            loss=self.loss,
            optimizer=optimizer,
            epochs=settings.chosen_epochs,
            batch_size=settings.chosen_batch_size(len(X)),
            rng=_generators(settings.seed)[1],
            validation=validation and (self.standardiser.transform(validation[0]), validation[1]),
            on_epoch=on_epoch,
            record=record,
            backend="compiled" if settings.backend == "compiled" else "eager",
            schedule=schedule_plan.parse(settings.schedule).scheduler(optimizer, settings.chosen_epochs),
            patience=settings.patience,
            class_weights=self._class_weights(y),
            l1=settings.l1,
            l2=settings.l2,
            dropout=settings.dropout,
            clip_norm=settings.clip_norm,
            keeper=keeper,
        )
        self.model.load_state_dict(history.best_state)
        return history

    def _class_weights(self, y: ArrayLike) -> tuple[float, ...] | None:
        weights = self.settings.class_weights
        if weights is None:
            return None
        if isinstance(weights, str):
            return balanced_class_weights(y, len(self.class_names))
        return tuple(weights.get(name, 1.0) for name in self.class_names)

    def scores(self, X: ArrayLike) -> NDArray[np.float64]:
        """Return the outputs of the network for samples X: shape (n,) for one output, else (n, classes)."""
        return scores(self.model, self.standardiser.transform(X))

    def scores_of_second(self, X: ArrayLike) -> NDArray[np.float64]:
        """Return how much speaks for the second of two classes, shape (n,)."""
        scores = self.scores(X)
        return scores if scores.ndim == 1 else np.asarray(scores[:, 1] - scores[:, 0])

    def predict(self, X: ArrayLike) -> NDArray[np.int64]:
        """Return the classes of samples X as integers that count into `class_names`."""
        return predict_classes(self.model, self.standardiser.transform(X))

    @property
    def has_probabilities(self) -> bool:
        """Whether the scores are logarithms of odds; those of the hinge loss are distances from the boundary."""
        return has_probabilities(self.loss)

    def probabilities(self, X: ArrayLike) -> NDArray[np.float64]:
        """Return the probability of each class for samples X, shape (n, classes); `ValueError` where there are none."""
        if not self.has_probabilities:
            raise ValueError("a classifier trained by the hinge loss has scores but no probabilities")
        return probabilities(self.scores(X))

    def margins(self, X: ArrayLike, y: ArrayLike) -> NDArray[np.float64]:
        """Return by how much the score of each sample's class is ahead of all others: negative where another wins."""
        scores, y = self.scores(X), np.asarray(y)
        if scores.ndim == 1:
            return np.where(y == 1, scores, -scores)
        own = np.arange(scores.shape[1]) == y[:, None]
        return np.asarray(scores[own] - np.where(own, -np.inf, scores).max(axis=1))

    def accuracy(self, X: ArrayLike, y: ArrayLike) -> float:
        """Return the share of samples whose class is predicted."""
        return accuracy(self.predict(X), y)

    def sample_loss(self, x: ArrayLike, y: ArrayLike) -> Any:
        """Return the loss as a Value, whatever the backend: the graph of numbers, to be drawn.

        x is one sample of shape (features,) and y its class, or x of shape (n, features) and y of shape (n,) are a few.
        """
        scalar = self.model if isinstance(self.model, MLP) else self.model.to_scalar()
        return batch_loss(scalar, np.atleast_2d(self.standardiser.transform(x)), np.atleast_1d(y), loss=self.loss)[0]

    def save(self, path: PathLike) -> None:
        """Write the classifier to a checkpoint; errors as for `checkpoint.save`."""
        atomic_write(path, self.content())

    def content(self) -> bytes:
        """Return what `save` writes."""
        metadata = {
            "settings": asdict(self.settings),
            "feature_names": self.feature_names,
            "class_names": self.class_names,
            "standardiser": self.standardiser.to_dict(),
        }
        return checkpoint.content(as_arrays(self.model).state_dict(), metadata)

    @classmethod
    def load(cls, path: PathLike) -> Self:
        """Return the classifier that `save` wrote; `CheckpointError` where the file holds something else."""
        arrays, metadata = checkpoint.load(path)
        try:
            settings = Settings.from_dict(metadata["settings"])
            feature_names, class_names = (
                tuple(each(text)(key, metadata[key])) for key in ("feature_names", "class_names")
            )
            if len(class_names) < 2:
                raise ValueError(f"want at least two class names, got {len(class_names)}")
            standardiser = Standardiser.from_dict(metadata["standardiser"])
            require_room(settings, len(feature_names), len(class_names), arrays)
            model = _array_model(settings, len(feature_names), len(class_names))
            model.load_state_dict(arrays)
            return cls(settings, feature_names, class_names, standardiser, _in_backend(model, settings))
        except (KeyError, TypeError, ValueError) as error:
            problem = " ".join(str(error).split())  # with names out of the file
            raise CheckpointError(f"{path}: a checkpoint, but not of a classifier ({problem})") from error


def _in_backend(model: ArrayMLP, settings: Settings) -> MLP | ArrayMLP:
    return model.to_scalar() if settings.backend == "scalar" else model


def _array_model(settings: Settings, features: int, classes: int) -> ArrayMLP:
    _, *sizes = _sizes(settings, features, classes)
    return ArrayMLP(features, sizes, activation=settings.activation, rng=_generators(settings.seed)[0])


def _sizes(settings: Settings, features: int, classes: int) -> list[int]:
    """Return the number of features, then of the neurons of each layer."""
    outputs = classes if settings.chosen_loss(classes) == "cross-entropy" else 1
    sizes = [features, *settings.chosen_hidden(features), outputs]
    if (count := _count(sizes)) > _MOST_WEIGHTS:
        layers = ", ".join(map(str, sizes))
        raise ValueError(f"layers of {layers} make {count:,} weights, and at most {_MOST_WEIGHTS:,} are trained")
    return sizes


def _count(sizes: Sequence[int]) -> int:
    """Return the number of weights, and biases, of a network."""
    return sum((nin + 1) * nout for nin, nout in pairwise(sizes))


def require_room(settings: Settings, features: int, classes: int, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Raise a ValueError for settings of a network that is far larger than the arrays for it, before it is made."""
    wanted = _count(_sizes(settings, features, classes))
    held = sum(array.size for array in arrays.values())
    if wanted > held + _SLACK:
        raise ValueError(f"its settings want a network of {wanted} numbers, its arrays hold {held}")


def _require_distinct(kind: str, names: Sequence[str]) -> None:
    if len(set(names)) < len(names):
        twice = next(name for k, name in enumerate(names) if name in names[:k])
        raise ValueError(f"two {kind} names are {one_line(twice)!r}")


def _generators(seed: int) -> list[np.random.Generator]:
    """Return a generator for the weights and one for the order of the samples."""
    return np.random.default_rng(seed).spawn(2)
