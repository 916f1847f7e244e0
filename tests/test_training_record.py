"""A record of training: which epochs it keeps, that it keeps them as they were, and how large the steps were."""

from typing import Any

import numpy as np
import pytest

from micrograd_plus import data, losses
from micrograd_plus.evaluation import batch_loss
from micrograd_plus.nn import MLP, ArrayMLP
from micrograd_plus.optim import SGD, Optimizer
from micrograd_plus.train import fit
from micrograd_plus.training_history import History
from micrograd_plus.training_record import MOST_BYTES, MOST_FRAMES, MOST_SAMPLES, TrainingRecord

X, Y = data.moons(60, rng=0)


def trained(model: Any, optimizer: Optimizer | None = None, **changes: Any) -> History:
    arguments: dict[str, Any] = {"loss": losses.hinge, "epochs": 5, "batch_size": 20, "rng": 0, "record": True}
    return fit(model, X, Y, optimizer=optimizer or SGD(model.parameters(), lr=0.1), **(arguments | changes))


def recorded(**changes: Any) -> TrainingRecord:
    record = trained(ArrayMLP(2, [4, 1], rng=0), **changes).record
    assert record is not None
    return record


def test_nothing_is_recorded_unless_asked_for() -> None:
    assert trained(ArrayMLP(2, [4, 1], rng=0), record=False).record is None


@pytest.mark.parametrize("kind", [MLP, ArrayMLP])
def test_frames_are_the_weights_after_their_epochs(kind: Any) -> None:
    model = kind(2, [4, 3, 1], rng=0)
    seen = [(model.to_numpy() if kind is MLP else model).state_dict()]

    def look(_: Any) -> None:
        seen.append((model.to_numpy() if kind is MLP else model).state_dict())

    record = trained(model, on_epoch=look).record
    assert record is not None
    assert [frame.epoch for frame in record.frames] == [0, 1, 2, 3, 4, 5]
    for frame, state in zip(record.frames, seen, strict=True):
        network = record.network(frame)
        for name, array in state.items():
            np.testing.assert_array_equal(frame.state[name], array)
            np.testing.assert_array_equal(network.state_dict()[name], array)


@pytest.mark.parametrize("epochs", [1, 2, 63, 64, 65, 127, 128, 200, 1000])
def test_frames_are_few_and_evenly_spaced_and_end_with_the_last_epoch(epochs: int) -> None:
    record = TrainingRecord(ArrayMLP(2, [1], rng=0), X, Y, loss=losses.hinge)
    for epoch in range(1, epochs + 1):
        record.add(epoch)
        kept = [frame.epoch for frame in record.frames]
        assert kept[0] == 0
        assert kept[-1] == epoch
        distances = np.diff(kept)
        assert set(distances[:-1]) <= {distances[0]}
        assert 0 < distances[-1] <= distances[0]
        assert min(MOST_FRAMES // 2, epoch) < len(kept) <= MOST_FRAMES + 1


def test_a_large_network_has_fewer_frames() -> None:
    model = ArrayMLP(100, [1000, 1], rng=0)
    record = TrainingRecord(model, np.zeros((50, 100)), np.zeros(50, int), loss=losses.hinge)
    for epoch in range(1, 200):
        record.add(epoch)
    taken = sum(array.nbytes for frame in record.frames for array in frame.state.values())
    assert 2 <= len(record.frames) < MOST_FRAMES
    assert taken < MOST_BYTES


def test_twins_have_the_same_steps() -> None:
    scalar = MLP(2, [4, 1], rng=0)
    array = scalar.to_numpy()
    pairs = zip(trained(scalar).record.frames, trained(array).record.frames, strict=True)
    for a, b in pairs:
        np.testing.assert_allclose(a.update_ratios, b.update_ratios, rtol=1e-9)


def test_an_update_ratio_is_the_norm_of_the_step_by_that_of_the_weights() -> None:
    model = ArrayMLP(2, [4, 1], rng=0)
    loss, _ = batch_loss(model, X, Y, loss=losses.hinge)
    loss.backward()
    wanted = []
    for linear in model.linears:
        step = np.hypot(np.linalg.norm(0.3 * linear.weight.grad), np.linalg.norm(0.3 * linear.bias.grad))
        wanted.append(step / np.hypot(np.linalg.norm(linear.weight.data), np.linalg.norm(linear.bias.data)))
    record = trained(model, SGD(model.parameters(), lr=0.3), epochs=1, batch_size=60).record
    assert record is not None
    assert np.isnan(record.frames[0].update_ratios).all()
    np.testing.assert_allclose(record.frames[1].update_ratios, wanted, rtol=1e-12)


def test_a_layer_that_the_optimizer_does_not_move_has_the_ratio_0() -> None:
    model = ArrayMLP(2, [4, 1], rng=0)
    record = trained(model, SGD(model.linears[1].parameters(), lr=0.1)).record
    assert record is not None
    still, moved = record.frames[-1].update_ratios
    assert still == 0.0
    assert moved > 0.0


def test_recording_changes_nothing_in_the_training() -> None:
    models = [ArrayMLP(2, [4, 1], rng=0) for _ in range(2)]
    histories = [trained(model, record=record) for model, record in zip(models, (False, True), strict=True)]
    assert histories[0].epochs == histories[1].epochs
    for name, array in models[0].state_dict().items():
        np.testing.assert_array_equal(array, models[1].state_dict()[name])


def test_the_samples_are_spread_over_all() -> None:
    many = np.arange(1000.0)[:, None]
    record = TrainingRecord(ArrayMLP(1, [1], rng=0), many, np.arange(1000) % 2, loss=losses.hinge)
    assert len(record.X) == len(record.y) == MOST_SAMPLES
    assert record.X[0, 0] == 0.0
    assert record.X[-1, 0] == 999.0
    assert np.ptp(np.diff(record.X[:, 0])) <= 1.0
    np.testing.assert_array_equal(record.y, record.X[:, 0] % 2)
    assert recorded().X.shape == X.shape


def test_only_networks_it_knows_are_recorded() -> None:
    class Negated(ArrayMLP):
        def forward(self, x: Any) -> Any:
            return -super().forward(x)

    with pytest.raises(TypeError, match="wanted an MLP or an ArrayMLP to record, got Negated"):
        trained(Negated(2, [4, 1], rng=0))
    with pytest.raises(ValueError, match=r"X and y of shapes \(60, 2\) and \(59,\)"):
        TrainingRecord(ArrayMLP(2, [1], rng=0), X, Y[1:], loss=losses.hinge)
