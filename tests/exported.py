"""Random classifiers, and what they compute, to hold exported files against."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from micrograd_plus.classifier import Classifier
from micrograd_plus.nn import ArrayMLP
from micrograd_plus.ops import TABLE
from micrograd_plus.settings import LOSSES, Settings

ACTIVATIONS = sorted(op.name for op in TABLE.values() if op.arity == 1)
HOSTILE = [
    '"; int x = "',
    "*/ #error",
    "/* // ??/",
    "'''\"\"\" + str(1/0)",
    "\\",
    "{} {0} %s %n",
    "two\nlines\r\0",
    "é ∑ 🙂",
    "\ud800",
    "",
]
Run = Callable[[np.ndarray], tuple[Sequence[str], np.ndarray]]


def random_classifier(seed: int | str, **settings: object) -> Classifier:
    """Return a classifier with random sizes and weights, on features of very different scales."""
    rng = np.random.default_rng(seed if isinstance(seed, int) else zlib.crc32(seed.encode()))
    loss = str(settings.setdefault("loss", rng.choice(list(LOSSES))))
    settings.setdefault("hidden", tuple(rng.integers(1, 9, rng.integers(0, 4)).tolist()))
    settings.setdefault("activation", rng.choice(ACTIVATIONS).item())
    features, classes = int(rng.integers(1, 7)), int(rng.integers(2, 6)) if loss == "cross-entropy" else 2
    X = rng.normal(size=(50, features)) * 10.0 ** rng.integers(-3, 4, features) + rng.normal(size=features)
    names = [f"f{k}" for k in range(features)], [f"class {k}" for k in range(classes)]
    classifier = Classifier.for_samples(X, *names, Settings(**settings))
    network = classifier.model
    assert isinstance(network, ArrayMLP)
    # Inside the domain of rows such as log, so that what is compared are numbers and not only nan.
    low = max(TABLE[classifier.settings.activation].domain[0][0], -10.0)
    for linear in network.linears:
        shift = 3.0 if low >= -1.0 else 0.0
        linear.weight.data = rng.normal(size=linear.weight.shape) / np.sqrt(linear.weight.shape[0]) / (1 + shift)
        linear.bias.data = rng.normal(size=linear.bias.shape) / 2 + shift
    return classifier


def named(classifier: Classifier, names: Sequence[str]) -> Classifier:
    """Return a classifier whose features and classes have other names, as many as there are, in turn."""
    features, classes = len(classifier.feature_names), len(classifier.class_names)
    endless = [name + str(k) * (k // len(names)) for k, name in enumerate(list(names) * 20)]
    return replace(
        classifier, feature_names=tuple(endless[:features]), class_names=tuple(endless[features : features + classes])
    )


def samples_for(classifier: Classifier, *, extreme: bool = True) -> np.ndarray:
    """Return ordinary samples, and those with features that are huge, infinite or nan."""
    rng = np.random.default_rng(7)
    mean, scale = classifier.standardiser.mean, classifier.standardiser.scale
    X = mean + scale * rng.normal(size=(20, len(mean)))
    if not extreme:
        return X
    # What a periodic operation makes of large numbers is noise, or goes over a pole.
    large, largest = (3.0, 10.0) if classifier.settings.activation in ("sin", "cos", "tan") else (1e3, 1e300)
    far = [mean + large * scale, mean - large * scale, mean + largest * scale, mean, np.full_like(mean, np.inf)]
    return np.vstack([X, *far, np.full_like(mean, np.nan)])


def assert_computes(run: Run, classifier: Classifier, X: np.ndarray, *, tolerance: float) -> None:
    """Hold labels and numbers of an exported file against the classifier's own."""
    with np.errstate(all="ignore"):
        scores = classifier.scores(X)
        wanted = classifier.probabilities(X) if classifier.has_probabilities else scores
        wanted_labels = [classifier.class_names[k] for k in classifier.predict(X)]
    labels, numbers = run(X)
    np.testing.assert_allclose(numbers, wanted, rtol=tolerance, atol=tolerance, equal_nan=True)
    assert np.isfinite(wanted[:20]).mean() > 0.5
    # Where two classes are all but equal, or nothing is a number, the last bit decides.
    ranked = np.sort(np.column_stack([np.zeros(len(X)), scores]) if scores.ndim == 1 else scores, axis=1)
    with np.errstate(invalid="ignore"):
        clear = ranked[:, -1] - ranked[:, -2] > 1e-6
    assert clear[:20].any()
    assert [a for a, told in zip(labels, clear, strict=True) if told] == [
        b for b, told in zip(wanted_labels, clear, strict=True) if told
    ]
