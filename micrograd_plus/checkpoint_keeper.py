"""`CheckpointKeeper`: a training kept in a file, so that it goes on after whatever ended it as if nothing had."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from micrograd_plus import checkpoint
from micrograd_plus.atomic_file import PathLike
from micrograd_plus.checkpoint import CheckpointError
from micrograd_plus.train import Training

# Writing takes at most a twentieth of the time, and is not worth it more often than once a second.
_SHARE = 20.0
_SECONDS = 1.0


class CheckpointKeeper:
    """Writes the state of a training to `path`: at its begin, after epochs now and then, and at its end.

    The file holds `about`, which JSON can hold, besides. With `resume`, the training goes on from what the file holds,
    or another one whose path `resume` is, which stays as it is. A file is replaced as a whole: whenever the process
    ends, there is one to go on from.

    >>> from tempfile import TemporaryDirectory
    >>> from micrograd_plus import data, losses, nn, optim, train
    >>> def trained(epochs, keeper=None):
    ...     X, y = data.moons(50, rng=0)
    ...     model = nn.ArrayMLP(2, [8, 1], rng=0)
    ...     adam = optim.Adam(model.parameters())
    ...     history = train.fit(
    ...         model, X, y, loss=losses.hinge, optimizer=adam, epochs=epochs, batch_size=10, rng=0, keeper=keeper
    ...     )
    ...     return history.epochs
    >>> with TemporaryDirectory() as folder:
    ...     path = f"{folder}/training.safetensors"
    ...     _ = trained(4, CheckpointKeeper(path))
    ...     trained(9, CheckpointKeeper(path, resume=True)) == trained(9)
    True
    """

    def __init__(
        self, path: PathLike, about: Mapping[str, Any] | None = None, *, resume: bool | PathLike = False
    ) -> None:
        self.path = path
        self.about = dict(about or {})
        self.begun_in = path if resume is True else resume
        self._next = 0.0

    def begin(self, training: Training) -> None:
        """Give the training the state in the file, or write its first."""
        if not self.begun_in:
            self._write(training)
            return
        arrays, metadata = checkpoint.load(self.begun_in)
        try:
            training.set_state(arrays, metadata.get("training", {}))
        except (TypeError, ValueError) as error:
            raise CheckpointError(f"{self.begun_in}: a checkpoint, but not of this training ({error})") from error

    def epoch_done(self, training: Training) -> None:
        """Write the state, if it is time to."""
        if time.monotonic() >= self._next:
            self._write(training)

    def end(self, training: Training) -> None:
        """Write the state after the last epoch."""
        self._write(training)

    def _write(self, training: Training) -> None:
        start = time.monotonic()
        arrays, plain = training.state()
        checkpoint.save(self.path, arrays, {"about": self.about, "training": plain})
        end = time.monotonic()
        self._next = end + max(_SECONDS, _SHARE * (end - start))


def about(path: PathLike) -> dict[str, Any]:
    """Return what a kept training's file says besides; `CheckpointError` where it holds something else."""
    _, metadata = checkpoint.load(path)
    if not isinstance(metadata.get("about"), dict) or "training" not in metadata:
        raise CheckpointError(f"{path}: a checkpoint, but not of a training to go on with")
    found: dict[str, Any] = metadata["about"]
    return found
