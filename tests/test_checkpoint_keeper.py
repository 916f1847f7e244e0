"""A kept training goes on to the same bits, whatever it was made of; a file of something else is refused."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from micrograd_plus import checkpoint, data, losses
from micrograd_plus.checkpoint import CheckpointError
from micrograd_plus.checkpoint_keeper import CheckpointKeeper, about
from micrograd_plus.nn import MLP, ArrayMLP
from micrograd_plus.schedule_plan import SCHEDULES, parse
from micrograd_plus.settings import OPTIMIZERS
from micrograd_plus.train import fit
from micrograd_plus.training_history import Epoch, History

X, Y = data.moons(50, rng=0)
VALIDATION = data.moons(30, rng=1)


class Killed(BaseException):
    """The end of a process, as far as a test can make one in its own."""


def trained(
    epochs: int, *, kind: Any = ArrayMLP, optimizer: str = "adam", schedule: str = "constant", **options: Any
) -> tuple[Any, History]:
    model = kind(2, [5, 1], rng=0)
    moved = OPTIMIZERS[optimizer](model.parameters(), 0.02)
    arguments = {"validation": VALIDATION, "record": True, "batch_size": 20, "rng": 7} | options
    history = fit(
        model,
        X,
        Y,
        loss=losses.hinge,
        optimizer=moved,
        epochs=epochs,
        schedule=parse(schedule).scheduler(moved, 12),
        **arguments,
    )
    return model, history


def require_same(one: tuple[Any, History], other: tuple[Any, History]) -> None:
    """Require the same bits in all that a training leaves."""
    (model, history), (twin, of_twin) = one, other
    for a, b in ((model.state_dict(), twin.state_dict()), (history.best_state, of_twin.best_state)):
        assert {k: v.tobytes() for k, v in a.items()} == {k: v.tobytes() for k, v in b.items()}
    assert (history.epochs, history.best, history.stopped_early) == (
        of_twin.epochs,
        of_twin.best,
        of_twin.stopped_early,
    )
    assert history.record is not None
    assert of_twin.record is not None
    for frame, of_other in zip(history.record.frames, of_twin.record.frames, strict=True):
        assert frame.epoch == of_other.epoch
        assert all(np.array_equal(frame.state[name], of_other.state[name]) for name in frame.state)
        np.testing.assert_array_equal(frame.update_ratios, of_other.update_ratios)


CASES: dict[str, dict[str, Any]] = {
    **{name: {"optimizer": name} for name in OPTIMIZERS},
    **{name: {"schedule": name} for name in SCHEDULES},
    "warm-up and more": {"schedule": "warmup:epochs=3+plateau:patience=1"},
    "dropout": {"dropout": 0.3},
    "penalties": {"l1": 1e-3, "l2": 1e-3, "class_weights": [1.0, 2.0], "clip_norm": 0.2},
    "patience": {"patience": 2, "optimizer": "sgd"},
    "values": {"kind": MLP},
    "compiled": {"backend": "compiled"},
    "compiled values": {"kind": MLP, "backend": "compiled", "dropout": 0.2},
    "compiled, momentum": {"backend": "compiled", "optimizer": "nesterov"},
    "no validation": {"validation": None},
}


@pytest.mark.parametrize("case", CASES)
def test_a_training_that_was_ended_goes_on_to_the_same_bits(case: str, tmp_path: Path) -> None:
    options, path = CASES[case], tmp_path / "training.safetensors"

    def die(epoch: Epoch) -> None:
        if epoch.number == 4:
            raise Killed

    class Eager(CheckpointKeeper):
        """Writes after every epoch."""

        def epoch_done(self, training: Any) -> None:
            self.end(training)

    with pytest.raises(Killed):
        trained(12, keeper=Eager(path), on_epoch=die, **options)
    resumed = trained(12, keeper=CheckpointKeeper(path, resume=True), **options)
    require_same(resumed, trained(12, **options))


@pytest.mark.parametrize("kind", ["MT19937", "Philox", "SFC64"])
def test_any_generator_can_be_kept(kind: str, tmp_path: Path) -> None:
    def rng() -> np.random.Generator:
        return np.random.Generator(getattr(np.random, kind)(3))

    path = tmp_path / "training.safetensors"
    trained(2, rng=rng(), keeper=CheckpointKeeper(path))
    resumed = trained(4, rng=rng(), keeper=CheckpointKeeper(path, resume=True))
    require_same(resumed, trained(4, rng=rng()))


def test_a_finished_training_has_nothing_left_to_do(tmp_path: Path) -> None:
    path = tmp_path / "training.safetensors"
    whole = trained(5, keeper=CheckpointKeeper(path))
    before = path.read_bytes()
    require_same(trained(5, keeper=CheckpointKeeper(path, resume=True)), whole)
    assert path.read_bytes() == before


def test_more_epochs_give_what_they_would_have_given_at_once(tmp_path: Path) -> None:
    path = tmp_path / "training.safetensors"
    trained(5, keeper=CheckpointKeeper(path))
    require_same(trained(9, keeper=CheckpointKeeper(path, resume=True)), trained(9))


def test_it_is_written_at_the_begin_and_the_end_and_holds_what_is_said_about_it(tmp_path: Path) -> None:
    path = tmp_path / "training.safetensors"
    sizes = []

    def look(epoch: Epoch) -> None:
        sizes.append(len(checkpoint.load(path)[1]["training"]["epochs"]))

    trained(3, keeper=CheckpointKeeper(path, {"of": "moons"}), on_epoch=look)
    assert sizes[0] <= 1
    assert about(path) == {"of": "moons"}
    assert len(checkpoint.load(path)[1]["training"]["epochs"]) == 3


def test_a_state_of_another_training_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "training.safetensors"
    trained(2, keeper=CheckpointKeeper(path))
    for options in ({"kind": MLP}, {"optimizer": "sgd"}, {"schedule": "plateau"}):
        with pytest.raises(CheckpointError, match="a checkpoint, but not of this training"):
            trained(2, keeper=CheckpointKeeper(path, resume=True), **options)


def test_a_file_that_is_no_kept_training_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    checkpoint.save(path, {"w": np.zeros(2)}, {"settings": {}})
    with pytest.raises(CheckpointError, match="not of a training to go on with"):
        about(path)
    with pytest.raises(CheckpointError, match="not of this training"):
        trained(2, keeper=CheckpointKeeper(path, resume=True))
