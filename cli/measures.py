"""What a trained classifier gets right, said in the terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from micrograd_plus.class_measures import ClassMeasures
from micrograd_plus.classifier import Classifier
from micrograd_plus.cli.echo import echo
from micrograd_plus.cli.plain_text import writable
from micrograd_plus.cli.text_table import table
from micrograd_plus.texts import shortened
from micrograd_plus.train import Samples
from micrograd_plus.training_history import History

MOST_CLASSES = 10  # that are listed one by one
MOST_CONFUSIONS = 3


def print_best(classifier: Classifier, history: History, validation: Samples) -> None:
    """Print what the best epoch gave, and how well its weights tell the classes of the validation samples apart."""
    best = history.best
    assert best
    echo(f"best epoch: {best.number}")
    echo(f"  training:   loss {best.loss:.3g}, accuracy {best.accuracy:.1%}")
    echo(f"  validation: loss {best.validation_loss:.3g}, accuracy {best.validation_accuracy:.1%}")
    for line in _lines(ClassMeasures.of(classifier, *validation)):
        echo(line)


def _lines(measures: ClassMeasures) -> Iterator[str]:
    """Yield a table of the classes, or of their means if they are many, and what is taken for what most often."""
    rows = [["class", "samples", *measures.by_name]]
    if len(measures.names) <= MOST_CLASSES:
        columns = zip(measures.names, measures.samples, *measures.by_name.values(), strict=True)
        rows += [[_name(name), f"{count:,}", *map(_percent, numbers)] for name, count, *numbers in columns]
    rows.append(["mean of classes", f"{measures.samples.sum():,}", *map(_percent, measures.means.values())])
    yield from table(rows, " rrrr")
    if measures.roc_auc is not None:
        yield f"area under the ROC curve: {measures.roc_auc:.4f}"
    confusions = [f"{_name(a)} for {_name(b)} {count:,} x" for a, b, count in measures.confusions]
    if confusions:
        more = f", and {len(confusions) - MOST_CONFUSIONS} more" if len(confusions) > MOST_CONFUSIONS else ""
        yield f"taken for another: {', '.join(confusions[:MOST_CONFUSIONS])}{more}"


def _name(name: str) -> str:
    return writable(shortened(name, 30), sys.stdout.encoding)


def _percent(share: float) -> str:
    return f"{share:.1%}"
