"""Accuracy on held-back data and the time to reach it, with default settings, beside scikit-learn's `MLPClassifier`.

Toy problems: both are given what the generator gives by default, and are tested on 2,000 fresh points of the same
distribution. Tables: a fifth, stratified and drawn anew for each seed, is held back for the test. Of what it is given
ours keeps a fifth for validation, as `micrograd-plus train` does, so that of a table it takes steps on 64 %;
scikit-learn, which validates nothing by default, takes them on all 80 %. The test samples decide nothing in either.

Ours: `Settings(seed=seed)`. Theirs: `MLPClassifier(hidden_layer_sizes=ours, random_state=seed)` behind a
`StandardScaler`. The time is that of one thread's processor, from the samples to a trained model: scaling, splitting,
and making the programs, anew for each seed, are counted.

`python -m benchmarks.accuracy 10` takes the seeds from 10 on.
"""

import sys
import time
import warnings
from collections.abc import Callable, Sequence
from functools import partial
from statistics import mean, median, stdev
from typing import Any

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from benchmarks.protocol import duration, ratio, show, verdict, versions
from micrograd_plus import data
from micrograd_plus.classifier import Classifier
from micrograd_plus.settings import Settings

SEEDS, FRESH, LONGER = 10, 2_000, 2_000
# The least mean accuracy in percent.
GOALS = {
    "moons": 99,
    "circles": 99,
    "spiral": 97,
    "xor": 97,
    "iris": 93,
    "wine": 97,
    "breast-cancer": 96,
    "digits": 97,
}
OURS, THEIRS, LONG = "ours", "scikit-learn", "scikit-learn, longer"

Run = tuple[float, float]  # accuracy in percent, seconds
Found = dict[str, list[Run]]  # of each program, one run for each seed


def parts(dataset: data.Dataset, seed: int) -> tuple[tuple[Any, Any], tuple[Any, Any]]:
    """Return the samples that a program is given, and those that it is tested on."""
    rng = np.random.default_rng([seed, 1])  # the seed alone is what the training draws with
    if dataset.name in data.GENERATORS:
        return (dataset.X, dataset.y), data.GENERATORS[dataset.name](FRESH, rng=rng)
    return data.split(dataset.X, dataset.y, rng=rng)


def with_ours(dataset: data.Dataset, X: Any, y: Any, seed: int) -> Classifier:
    """Return what `micrograd-plus train` makes of the samples."""
    (X, y), validation = data.split(X, y, rng=seed)
    classifier = Classifier.for_samples(X, dataset.feature_names, dataset.class_names, Settings(seed=seed))
    classifier.fit(X, y, validation=validation)
    return classifier


def with_peer(dataset: data.Dataset, X: Any, y: Any, seed: int, **options: Any) -> Any:
    """Return scikit-learn's network of the same size, with its defaults but for `options`."""
    hidden = Settings().chosen_hidden(len(dataset.feature_names))
    network = MLPClassifier(hidden_layer_sizes=hidden, random_state=seed, **options)
    return make_pipeline(StandardScaler(), network).fit(X, y)


def run(made: Callable[[], Any], X_test: Any, y_test: Any) -> tuple[Run, bool]:
    """Return what a training reached and took, and whether it said that it would need longer."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        start = time.process_time()
        model = made()
        seconds = time.process_time() - start
    is_unfinished = any(issubclass(warning.category, ConvergenceWarning) for warning in caught)
    return (100.0 * float((model.predict(X_test) == y_test).mean()), seconds), is_unfinished


def measured(name: str, seeds: range) -> Found:
    """Train on one data set with each seed; scikit-learn longer too, off the clock, if it says that it needs to."""
    found: Found = {OURS: [], THEIRS: [], LONG: []}
    order = [OURS, THEIRS]
    for seed in seeds:
        dataset = data.load(name, rng=seed)
        given, test = parts(dataset, seed)
        programs = {OURS: partial(with_ours, dataset, *given, seed), THEIRS: partial(with_peer, dataset, *given, seed)}
        order.reverse()  # neither always follows the other
        for program in order:
            one, is_unfinished = run(programs[program], *test)
            found[program].append(one)
            if is_unfinished:
                found[LONG].append(run(partial(programs[program], max_iter=LONGER), *test)[0])
    return found


def cells(runs: Sequence[Run]) -> list[str]:
    """Return the mean accuracy with its standard deviation, and the median time."""
    reached, seconds = zip(*runs, strict=True)
    spread = f" ± {stdev(reached):.2f}" if len(reached) > 1 else ""
    return [f"{mean(reached):.2f}{spread}", duration(median(seconds))]


def row(name: str, found: Found) -> list[str]:
    """Return a row of the table."""
    hidden = Settings().chosen_hidden(len(data.load(name).feature_names))
    middle, low, high = times_theirs(found)
    compared = [f"{middle:.2f}", f"{low:.2f} to {high:.2f}"]
    return [name, "-".join(map(str, hidden)), *cells(found[OURS]), *cells(found[THEIRS]), *compared]


def times_theirs(found: Found) -> tuple[float, float, float]:
    """Return the median of our time over scikit-learn's, with its quartiles."""
    ours, theirs = ([seconds for _, seconds in found[program]] for program in (OURS, THEIRS))
    return ratio(ours, theirs)


def tables(found: dict[str, Found], first: int) -> None:
    """Print what was found, and off the record what scikit-learn reaches where it is given the time it asks for."""
    title = f"Trained with default settings, seeds {first} to {first + SEEDS - 1}: % right of the samples held back"
    header = ["data", "hidden", OURS, "time", THEIRS, "time", "our time, times theirs", "quartiles"]
    show(f"{title} ({versions('numpy', 'scikit-learn')})", header, [row(*item) for item in found.items()])
    title = f"Where scikit-learn warns that it ends too soon, the same seeds with max_iter={LONGER} (no target)"
    longer = {name: runs[LONG] for name, runs in found.items() if runs[LONG]}
    show(
        title,
        ["data", "seeds", THEIRS, "time"],
        [[name, f"{len(runs)}", *cells(runs)] for name, runs in longer.items()],
    )


def main(first: int = 0) -> None:
    """Print the tables and the verdicts for the seeds from `first` on."""
    measured("xor", range(first, first + 2))  # what is loaded when it is first used is not counted
    found = {name: measured(name, range(first, first + SEEDS)) for name in GOALS}
    tables(found, first)
    print()
    for name, goal in GOALS.items():
        ours, theirs = (mean(reached for reached, _ in found[name][program]) for program in (OURS, THEIRS))
        verdict(f"{name}: % right", ours, at_least=goal)
        verdict(f"{name}: points behind scikit-learn", theirs - ours, at_most=1)
        verdict(f"{name}: times scikit-learn's time", times_theirs(found[name])[0], at_most=1)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
