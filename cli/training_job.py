"""What `micrograd-plus train` trains on what: said by the command line, or by the file of a run to go on with."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import numpy as np

from micrograd_plus import checkpoint, data, schedule_plan
from micrograd_plus.atomic_file import PathLike
from micrograd_plus.checkpoint import CheckpointError
from micrograd_plus.checkpoint_keeper import about
from micrograd_plus.classifier import Classifier, require_room
from micrograd_plus.cli.results import kept_file
from micrograd_plus.plain_data import anything, fields, maybe, text
from micrograd_plus.settings import Settings
from micrograd_plus.train import Samples

_checked = fields(
    {
        "source": text,
        "target": maybe(text),
        "missing": text,
        "validation": text,
        "settings": anything,
        "fingerprint": text,
    }
)


@dataclass(frozen=True)
class TrainingJob:
    """Data by name or path, how they are read and split, and the settings of the classifier.

    `validation` is the share of the samples that is not trained on, or the path of a CSV file with others.
    """

    source: str
    settings: Settings
    target: str | None = None
    missing: str = "error"
    validation: str = f"{data.VALIDATION_SHARE}"

    @cached_property
    def dataset(self) -> data.Dataset:
        """The samples that are trained on, and with them those that a share is taken of for validation."""
        return data.load(self.source, self.target, rng=self.settings.seed, missing=self.missing)

    @cached_property
    def _others(self) -> data.Dataset | None:
        """The samples for validation, if they are a data set of their own."""
        if _share(self.validation) is not None:
            return None
        if self.validation == data.STDIN == self.source:
            raise ValueError("standard input can be read once: give the samples for validation as a file")
        return data.load(self.validation, self.target, rng=self.settings.seed, missing=self.missing)

    @cached_property
    def parts(self) -> tuple[Samples, Samples]:
        """`(X, y)` for training and `(X, y)` for validation."""
        share = _share(self.validation)
        if share is not None:
            return data.split(self.dataset.X, self.dataset.y, share, rng=self.settings.seed)
        assert self._others
        return (self.dataset.X, self.dataset.y), data.aligned(self._others, self.dataset)

    @property
    def notes(self) -> tuple[str, ...]:
        """What one should know of the files."""
        return tuple(note for dataset in self._datasets for note in dataset.notes)

    @property
    def _datasets(self) -> list[data.Dataset]:
        return [self.dataset, *([self._others] if self._others else [])]

    def classifier(self) -> Classifier:
        """Return the classifier before training."""
        dataset, X = self.dataset, self.parts[0][0]
        names = dataset.feature_names, dataset.class_names
        return Classifier.for_samples(X, *names, self.settings, fills_missing=dataset.fills_missing)

    @property
    def title(self) -> str:
        """The data in words."""
        return self.dataset.title

    def with_seed(self, seed: int) -> TrainingJob:
        """Return the same job with another seed."""
        job = replace(self, settings=replace(self.settings, seed=seed))
        if self.source not in data.GENERATORS:  # it does not depend on the seed, and standard input is read once
            vars(job)["dataset"] = self.dataset
        return job

    # --- as the file of a run says it

    def about(self) -> dict[str, Any]:
        """Return the job as JSON can hold it, with what tells whether the data are still the same."""
        plain = {"source": self.source, "target": self.target, "missing": self.missing, "validation": self.validation}
        dataset = self.dataset
        settings = self.settings.resolved(
            len(dataset.feature_names), len(dataset.class_names), len(np.asarray(self.parts[0][1]))
        )
        fingerprint = " ".join(each.fingerprint for each in self._datasets)
        return plain | {"settings": asdict(settings), "fingerprint": fingerprint}

    def is_kept_in(self, folder: Path) -> bool:
        """Tell whether a folder holds a run of this very job."""
        path = kept_file(folder)
        return path is not None and about(path) == json.loads(json.dumps(self.about()))

    @classmethod
    def resumed(cls, path: PathLike, **changes: Any) -> Self:
        """Return the job of a run that was kept in a file, with changed settings.

        `CheckpointError` where the file holds something else, `ValueError` where the data or a setting have changed so
        that the run cannot go on.
        """
        said = about(path)
        try:
            plain = _checked("about", said)
            before = Settings.from_dict(plain.pop("settings"))
        except (TypeError, ValueError) as error:
            raise CheckpointError(f"{path}: a checkpoint, but not of a run to go on with ({error})") from error
        fingerprint = plain.pop("fingerprint")
        job = cls(settings=replace(before, **changes), **plain)
        if job.settings.chosen_epochs < before.chosen_epochs:
            raise ValueError(f"the run is one of {before.chosen_epochs} epochs: it can go on for more, not for fewer")
        plan = schedule_plan.parse(job.settings.schedule)
        if plan.depends_on_epochs and job.settings.chosen_epochs != before.chosen_epochs:
            raise ValueError(f"the schedule {plan} is one of {before.chosen_epochs} epochs: it cannot go on for others")
        for dataset, known in zip(job._datasets, fingerprint.split() or [""], strict=False):  # one in earlier versions
            if dataset.fingerprint != known:
                raise ValueError(f"{dataset.name} has changed since the run began: it cannot go on")
        job._require_room(path)
        return job

    def _require_room(self, path: PathLike) -> None:
        """Raise `CheckpointError` for the file of a run whose network is far larger than what is kept in it."""
        try:
            classes, features = len(self.dataset.class_names), len(self.dataset.feature_names)
            require_room(self.settings, features, classes, checkpoint.load(path)[0])
        except ValueError as error:
            raise CheckpointError(f"{path}: {error}") from error


def _share(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
