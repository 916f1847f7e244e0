"""The report of a training run: its curves, its layers, its decisions and its settings on one page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from functools import cached_property
from typing import Any

import numpy as np

from micrograd_plus.class_measures import ClassMeasures
from micrograd_plus.classifier import Classifier
from micrograd_plus.layer_statistics import LayerHistory
from micrograd_plus.training_history import History
from micrograd_plus.viz import layer_plots, plots
from micrograd_plus.viz.drawing import draw
from micrograd_plus.viz.page import page
from micrograd_plus.viz.page_parts import columns, data_uri, facts, figure, in_page, picture_uri

Samples = tuple[Any, Any]

# Of larger networks the graph of single numbers would take seconds.
MOST_PARAMETERS = 5000
DRAWN_SAMPLES = 3
MOST_CLASSES = 20

_DPI = 110  # a page shows them no larger


class Report:
    """A training run and its pictures, as PNG and all together as one HTML page.

    `training` and `validation` are (X, y), as `classifier.fit` was given them. What is inside the layers is shown if
    the history has a record of them.

    >>> from micrograd_plus import data
    >>> from micrograd_plus.settings import Settings
    >>> X, y = data.moons(40, rng=0)
    >>> classifier = Classifier.for_samples(X, ("x1", "x2"), ("upper", "lower"), Settings(epochs=2, hidden=(4,)))
    >>> history = classifier.fit(X, y, validation=(X, y), record=True)
    >>> Report(classifier, history, (X, y), (X, y), title="Moons").html().startswith("<!DOCTYPE html>")
    True
    """

    def __init__(
        self, classifier: Classifier, history: History, training: Samples, validation: Samples, *, title: str
    ) -> None:
        self.classifier = classifier
        self.history = history
        self.training = training
        self.validation = validation
        self.title = title

    @cached_property
    def loss_png(self) -> bytes:
        """Loss and accuracy by epoch."""
        epochs = self.history.epochs
        return plots.png(
            plots.loss_curve(
                [epoch.loss for epoch in epochs],
                [epoch.validation_loss for epoch in epochs if epoch.validation_loss is not None],
                accuracies=[epoch.accuracy for epoch in epochs if epoch.accuracy is not None],
                validation_accuracies=[e.validation_accuracy for e in epochs if e.validation_accuracy is not None],
            )
        )

    @cached_property
    def boundary_png(self) -> bytes:
        """Where the classifier decides; ValueError unless the samples have two features."""
        classifier = self.classifier
        # As the network sees them: what is missing is at the mean.
        training, validation = ((classifier.standardiser.filled(X), y) for X, y in (self.training, self.validation))
        return plots.png(
            plots.decision_boundary(
                classifier.probabilities if classifier.has_probabilities else classifier.predict,
                *training,
                classifier.class_names,
                validation=validation,
                feature_names=classifier.feature_names,
            )
        )

    def hardest_loss(self, count: int) -> Any:
        """Return the loss on a few validation samples, the hardest, with its gradients: they are large."""
        X, y = map(np.asarray, self.validation)
        hardest = np.argsort(self.classifier.margins(X, y), kind="stable")[:count]
        loss = self.classifier.sample_loss(X[hardest], y[hardest])
        loss.label = "loss"
        loss.backward()
        return loss

    def html(self) -> str:
        """Return the report as a page that needs nothing but itself."""
        figures = [
            figure(picture_uri(self.loss_png), "Loss and accuracy", "After each epoch, as means over the samples."),
            *self._boundary(),
            *self._graph(),
            *self._layers(),
            *self._measures(),
            facts("Results", self._results()),
            facts("Settings", self._settings()),
        ]
        header = f"<header>\n{self._header()}\n</header>"
        body = f"{header}\n<main>\n{''.join(figures)}</main>"
        return page(self.title, body, styles=["report.css"])

    # --- figures

    def _boundary(self) -> Iterable[str]:
        if len(self.classifier.feature_names) == 2:
            text = "Each place has the colour of the class that the network sees there, the paler the less sure it is."
            yield figure(picture_uri(self.boundary_png), "Decision boundary", f"{text} Outlined: validation samples.")

    def _graph(self) -> Iterable[str]:
        if self._parameters() > MOST_PARAMETERS:
            return
        text = (
            "How the loss on the validation samples that are the hardest for the network was computed, from left to "
            "right, and how its gradient flows back. Colour and width: sign and size of the gradient."
        )
        svg = draw(self.hardest_loss(DRAWN_SAMPLES)).render("svg")
        yield figure(data_uri("svg+xml", svg), "The network, coloured by gradient", text, is_wide=True)

    def _layers(self) -> Iterable[str]:
        if self.history.record is None:
            return
        layers = LayerHistory.of(self.history.record)
        samples = len(layers.record.X)
        yield figure(
            picture_uri(plots.png(layer_plots.activation_histograms(layers), _DPI)),
            "Activations",
            f"What the units of each layer give for {samples} training samples: a column is a histogram, the stronger "
            "the colour the more. All at an end of the range: saturated. All at one place: the layer tells nothing "
            "apart.",
            is_wide=True,
        )
        yield figure(
            picture_uri(plots.png(layer_plots.gradient_histograms(layers), _DPI)),
            "Gradients",
            "The sizes of the gradients of each layer's weights and biases, and their median. Much smaller in the "
            "first layers than in the last: they vanish; much larger: they explode.",
            is_wide=True,
        )
        if layer_plots.has_relus(layers):
            yield figure(
                picture_uri(plots.png(layer_plots.dead_relus(layers), _DPI)),
                "Dead ReLUs",
                f"Units that give 0 for each of the {samples} samples: no gradient comes through them.",
            )
        yield figure(
            picture_uri(plots.png(layer_plots.update_ratios(layers), _DPI)),
            "Size of updates",
            "The norm of a step divided by that of the weights. Far below 1e-3, learning is slow; far above, unstable.",
        )

    def _measures(self) -> Iterable[str]:
        measures = ClassMeasures.of(self.classifier, *self.validation)
        names = measures.names
        if len(names) <= MOST_CLASSES:
            text = "Of the validation samples of each class (row), how many were taken for which class (column)."
            picture = plots.png(plots.confusion_matrix(measures.matrix, names), _DPI)
            yield figure(picture_uri(picture), "Confusion matrix", text)
        of_classes = zip(names, measures.samples, *measures.by_name.values(), strict=True)
        rows = [[name, f"{count:,}", *(f"{x:.1%}" for x in found)] for name, count, *found in of_classes]
        rows = rows if len(rows) <= MOST_CLASSES else []
        rows.append(["mean of classes", f"{measures.samples.sum():,}", *(f"{x:.1%}" for x in measures.means.values())])
        if measures.roc_auc is not None:
            rows.append(["area under the ROC curve", "", f"{measures.roc_auc:.4f}"])
        table = columns(["class", "samples", *measures.by_name], rows)
        yield f"<section>\n<h2>Validation samples by class</h2>\n{table}</section>\n"

    # --- texts

    def _header(self) -> str:
        history = self.history
        text = f"{len(history.epochs)} epochs" + (", then interrupted" if history.interrupted else "")
        if history.best:
            text += f"; the weights are those of epoch {history.best.number}"
        return f"<h1>{in_page(self.title)}</h1>\n<p class='muted'>{text}</p>"

    def _results(self) -> dict[str, str]:
        rows = {"training samples": f"{len(self.training[1]):,}", "validation samples": f"{len(self.validation[1]):,}"}
        best, last = self.history.best, self.history.epochs[-1:]
        for epoch in dict.fromkeys([*last, best]):
            if epoch:
                rows[f"epoch {epoch.number}{' (best)' * (epoch is best)}"] = str(epoch)
        return rows

    def _settings(self) -> dict[str, str]:
        classifier = self.classifier
        settings = classifier.settings
        chosen = {
            "hidden": ", ".join(map(str, settings.chosen_hidden(len(classifier.feature_names)))) or "none",
            "loss": settings.chosen_loss(len(classifier.class_names)),
            "lr": settings.chosen_lr,
            "batch_size": settings.chosen_batch_size(len(self.training[1])),
            "epochs": settings.chosen_epochs,
            "parameters": f"{self._parameters():,}",
            "features": _listed(classifier.feature_names),
            "classes": _listed(classifier.class_names),
        }
        # What is left out of a training is not listed.
        rows = {name: value for name, value in (asdict(settings) | chosen).items() if value not in (None, 0.0)}
        return {name.replace("_", " "): str(value) for name, value in (rows | {"seed": settings.seed}).items()}

    def _parameters(self) -> int:
        return sum(np.size(parameter.data) for parameter in self.classifier.model.parameters())


def _listed(names: Sequence[str], most: int = 12) -> str:
    text = ", ".join(names[:most])
    return text if len(names) <= most else f"{text}, ... ({len(names):,} in all)"
