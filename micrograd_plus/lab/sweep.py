"""A sweep: a training run for each of many settings, on all cores or on a cluster; results as soon as they come."""

from __future__ import annotations

import os
import signal
import threading
import time
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import CancelledError
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from typing import Any, Literal, NamedTuple, Self

from joblib import Parallel, delayed, parallel_config  # type: ignore[import-untyped]  # it has no types

from micrograd_plus import data
from micrograd_plus.arguments import number_at_least
from micrograd_plus.classifier import Classifier
from micrograd_plus.plain_data import anything, fields, maybe, text
from micrograd_plus.plain_error import PlainError
from micrograd_plus.settings import Settings
from micrograd_plus.suggestions import require_known
from micrograd_plus.training_history import Epoch, epoch_of


class SweepError(PlainError, RuntimeError):
    """What keeps a sweep from going on, in one line."""


def _outcome(name: str, value: Any) -> str:
    require_known("outcome", value, ("trained", "diverged", "failed"))
    return str(value)


_checked = fields(
    {
        "settings": anything,
        "outcome": _outcome,
        "best": maybe(epoch_of),
        "error": maybe(text),
        "seconds": partial(number_at_least, 0),
    }
)


@dataclass(frozen=True)
class SweepRun:
    """What training with some settings gave: its best epoch, or the words of the error that ended it.

    "diverged" is a result of the settings, they do so every time; "failed" is anything else that went wrong, such as
    too little memory. `seconds` is the time of the training and does not count when runs are compared.
    """

    settings: Settings
    outcome: Literal["trained", "diverged", "failed"]
    best: Epoch | None = None
    error: str | None = None
    seconds: float = field(default=0.0, compare=False)

    @property
    def rank(self) -> tuple[float, float, str]:
        """What the best run has the smallest of: high validation accuracy first, then low validation loss.

        Of equally good ones it is always the same, whichever came first.
        """
        if self.best is None:
            return (0.0, float("inf"), repr(self.settings))
        return (-(self.best.validation_accuracy or 0.0), self.best.judged_loss, repr(self.settings))

    def to_dict(self) -> dict[str, Any]:
        """Return plain data, as JSON can hold them."""
        return asdict(self)

    @classmethod
    def from_dict(cls, plain: Any) -> Self:
        """Return what `to_dict` was called on; `TypeError` or `ValueError` for anything else."""
        run = _checked("run", plain)
        found = cls(
            Settings.from_dict(run["settings"]), *(run[name] for name in ("outcome", "best", "error", "seconds"))
        )
        if (found.outcome == "trained") != (found.best is not None):
            raise ValueError(f"a run that is {found.outcome} and has {'a' if found.best else 'no'} best epoch")
        return found


class Trained(NamedTuple):
    """A run and, unless it diverged or failed, its classifier."""

    run: SweepRun
    classifier: Classifier | None


def data_by_seed(source: str, dataset: data.Dataset, seeds: Iterable[int]) -> dict[int, data.Dataset]:
    """Return the data for each seed, as `data.load` gives them: a toy problem is drawn by it, a table is `dataset`."""
    return {seed: data.load(source, rng=seed) if source in data.GENERATORS else dataset for seed in seeds}


def require_trainable(points: Iterable[Settings], datasets: Mapping[int, data.Dataset]) -> None:
    """Raise `ValueError` where no run could begin: settings for other classes, nothing to keep for validation."""
    for settings in points:
        settings.require_classes(datasets[settings.seed].class_names)
    for seed, dataset in datasets.items():
        data.split(dataset.X, dataset.y, rng=seed)


def train_run(dataset: data.Dataset, settings: Settings) -> Trained:
    """Train on `dataset` as `micrograd-plus train` does, a part kept for validation by the seed; an error is a result.

    Ctrl-C is not: it raises `KeyboardInterrupt`.
    """
    start = time.perf_counter()
    run, classifier = _train(dataset, settings)
    return Trained(replace(run, seconds=time.perf_counter() - start), classifier)


def _train(dataset: data.Dataset, settings: Settings) -> Trained:
    try:
        training, validation = data.split(dataset.X, dataset.y, rng=settings.seed)
        names = dataset.feature_names, dataset.class_names
        classifier = Classifier.for_samples(training[0], *names, settings, fills_missing=dataset.fills_missing)
        history = classifier.fit(*training, validation=validation)
    except FloatingPointError as error:
        return Trained(SweepRun(settings, "diverged", error=str(error)), None)
    except Exception as error:  # noqa: BLE001 - whatever goes wrong in one run must not end the others
        return Trained(SweepRun(settings, "failed", error=f"{type(error).__name__}: {error}"), None)
    if history.interrupted:
        raise KeyboardInterrupt
    return Trained(SweepRun(settings, "trained", history.best), classifier)


def train_all(
    points: Iterable[Settings], datasets: Mapping[int, data.Dataset], *, jobs: int = -1, client: Any = None
) -> Iterator[Trained]:
    """Yield what training with each of the `points` gives, in the order in which they end.

    `datasets` holds the data for each seed. The work is done by `jobs` processes (-1 for one a core), or by the cluster
    that a `distributed.Client` is connected to. Runs that are lost with a process that died are done again; raises
    `SweepError` where that happens and no run came to its end since the last time, or the cluster is lost.
    """
    waiting = dict.fromkeys(points)
    while waiting:
        before = len(waiting)
        try:
            with _in_parallel(list(waiting), datasets, jobs, client) as outputs:
                for trained in outputs:
                    del waiting[trained.run.settings]
                    yield trained
        except BrokenProcessPool as error:
            if len(waiting) == before:
                raise SweepError(
                    "a process died in the middle of its run, again and again: "
                    "is there too little memory? Fewer --jobs need less"
                ) from error
        except CancelledError as error:
            raise SweepError("the cluster has lost runs: the same command goes on with them") from error


@contextmanager
def _in_parallel(
    points: Sequence[Settings], datasets: Mapping[int, data.Dataset], jobs: int, client: Any
) -> Iterator[Iterator[Trained]]:
    """Give the runs of the points; `BrokenProcessPool` where a process of this machine dies."""
    options: dict[str, Any] = {}
    if client is None:
        where = parallel_config("loky", n_jobs=jobs, inner_max_num_threads=1)
        options = {"initializer": _end_with, "initargs": (os.getpid(),)}
    else:
        where = parallel_config("dask", client=client)
        datasets = _on_cluster(datasets, client)
    with where, _children_deaf_to_ctrl_c():
        # One by one: the progress is smooth, and no process is left with two runs while the other has none.
        parallel = Parallel(return_as="generator_unordered", batch_size=1, **options)
        outputs = parallel(delayed(train_run)(datasets[settings.seed], settings) for settings in points)
    try:
        yield outputs
    finally:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # that runs are dropped is what is meant by ending early
            outputs.close()


def _on_cluster(datasets: Mapping[int, data.Dataset], client: Any) -> dict[int, Any]:
    """Return a future of the data for each seed, which are sent once.

    They are the results of tasks: scattered data, as joblib has them, would be lost with the worker that holds them.
    """
    futures = {id(each): client.submit(_same, each, pure=False) for each in datasets.values()}
    return {seed: futures[id(each)] for seed, each in datasets.items()}


def _same(dataset: data.Dataset) -> data.Dataset:
    return dataset


def _end_with(parent: int) -> None:
    """Let this process end soon after its parent, which may be killed and have no time to say so."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


@contextmanager
def _children_deaf_to_ctrl_c() -> Iterator[None]:
    """Let the processes that start in the block ignore Ctrl-C, which a terminal sends to them too."""
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread may set handlers, and only it gets Ctrl-C
        return
    previous = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, previous)
