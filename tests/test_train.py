"""`fit`: the same training for Values and Tensors, a truthful history, whole steps whatever happens."""

import signal
from functools import wraps
from typing import Any

import numpy as np
import pytest

from micrograd_plus import data, losses
from micrograd_plus.evaluation import evaluate, scores
from micrograd_plus.nn import MLP, ArrayMLP, Linear, Module
from micrograd_plus.optim import SGD, Adam
from micrograd_plus.train import fit
from micrograd_plus.training_history import Epoch, History
from micrograd_plus.update_rules import sgd_rule

X, Y = data.moons(60, rng=0)
VALIDATION = data.moons(40, rng=1)


def trained(model: Module, **changes: Any) -> History:
    arguments: dict[str, Any] = {
        "loss": losses.hinge,
        "optimizer": SGD(model.parameters(), lr=0.1),
        "epochs": 3,
        "batch_size": 25,
        "rng": 0,
    }
    return fit(model, *changes.pop("samples", (X, Y)), **(arguments | changes))


def weights(model: Module) -> list[Any]:
    return [array.tolist() for array in model.state_dict().values()]


@pytest.mark.parametrize("loss", [losses.hinge, losses.binary_cross_entropy_with_logits, losses.cross_entropy])
def test_twins_train_alike(loss: Any) -> None:
    scalar = MLP(2, [6, 2 if loss is losses.cross_entropy else 1], rng=0)
    array = scalar.to_numpy()
    of_scalar = trained(scalar, loss=loss, validation=VALIDATION)
    of_array = trained(array, loss=loss, validation=VALIDATION)
    for name, weight in scalar.to_numpy().state_dict().items():
        np.testing.assert_allclose(weight, array.state_dict()[name], rtol=0, atol=1e-12)
    for a, b in zip(of_scalar.epochs, of_array.epochs, strict=True):
        assert a.loss == pytest.approx(b.loss, abs=1e-12)
        assert a.validation_loss == pytest.approx(b.validation_loss, abs=1e-12)
        assert (a.accuracy, a.validation_accuracy) == (b.accuracy, b.validation_accuracy)


def test_one_full_batch_is_one_step_down_the_gradient() -> None:
    model = ArrayMLP(2, [4, 1], rng=0)
    before = {name: p.data for name, p in model.named_parameters()}
    loss = losses.hinge(model(X).reshape(60), 2 * Y - 1)
    loss.backward()
    wanted = {name: before[name] - 0.1 * p.grad for name, p in model.named_parameters()}
    history = trained(model, epochs=1, batch_size=60)
    assert history.epochs[0].loss == pytest.approx(loss.item(), abs=1e-14)
    for name, p in model.named_parameters():
        np.testing.assert_allclose(p.data, wanted[name], rtol=0, atol=1e-14)


def test_epochs_hold_means_over_samples_and_measures_of_validation() -> None:
    model = ArrayMLP(2, [4, 1], rng=0)
    loss, right = evaluate(model, X, Y, loss=losses.hinge)
    still = SGD(model.parameters(), lr=0.0)
    history = trained(model, optimizer=still, validation=VALIDATION)
    assert [epoch.number for epoch in history.epochs] == [1, 2, 3]
    for epoch in history.epochs:
        assert epoch.loss == pytest.approx(loss, abs=1e-14)
        assert epoch.accuracy == pytest.approx(right)
        assert (epoch.validation_loss, epoch.validation_accuracy) == evaluate(model, *VALIDATION, loss=losses.hinge)


def test_a_loss_of_numbers_fits_numbers() -> None:
    slopes = np.array([2.0, -1.0])
    model = Linear(2, 1, rng=0)
    history = trained(model, samples=(X, X @ slopes + 0.5), loss=losses.mse, epochs=200, batch_size=20)
    assert history.epochs[-1].accuracy is None
    np.testing.assert_allclose(model.weight.data[:, 0], slopes, atol=1e-6)
    np.testing.assert_allclose(model.bias.data, [0.5], atol=1e-6)


def test_the_same_seed_gives_the_same_bits_and_another_does_not() -> None:
    models = [ArrayMLP(2, [4, 1], rng=0) for _ in range(3)]
    histories = [trained(model, rng=rng) for model, rng in zip(models, (5, 5, 6), strict=True)]
    assert histories[0].epochs == histories[1].epochs
    assert weights(models[0]) == weights(models[1])
    assert weights(models[0]) != weights(models[2])


def test_the_best_epoch_is_the_one_of_smallest_validation_loss_with_its_weights() -> None:
    model = ArrayMLP(2, [8, 1], rng=0)
    history = trained(model, optimizer=Adam(model.parameters(), lr=1.0), epochs=12, validation=VALIDATION)
    assert history.best is min(history.epochs, key=lambda epoch: epoch.validation_loss)
    assert history.best is not history.epochs[-1]
    model.load_state_dict(history.best_state)
    assert evaluate(model, *VALIDATION, loss=losses.hinge)[0] == history.best.validation_loss


def test_without_validation_the_loss_itself_judges() -> None:
    history = trained(ArrayMLP(2, [8, 1], rng=0))
    assert history.best is min(history.epochs, key=lambda epoch: epoch.loss)
    assert history.epochs[0].validation_loss is None
    assert history.epochs[0].validation_accuracy is None


def test_the_hook_is_given_each_epoch_and_may_stop() -> None:
    seen: list[Epoch] = []

    def stop_at_two(epoch: Epoch) -> bool:
        seen.append(epoch)
        return epoch.number == 2

    history = trained(ArrayMLP(2, [4, 1], rng=0), on_epoch=stop_at_two)
    assert seen == history.epochs
    assert len(seen) == 2
    assert not history.interrupted


def test_ctrl_c_ends_training_with_the_history_so_far() -> None:
    def interrupt(epoch: Epoch) -> None:
        if epoch.number == 2:
            signal.raise_signal(signal.SIGINT)

    model = ArrayMLP(2, [4, 1], rng=0)
    history = trained(model, on_epoch=interrupt, epochs=100)
    assert history.interrupted
    assert [epoch.number for epoch in history.epochs] == [1, 2]
    twin = ArrayMLP(2, [4, 1], rng=0)
    trained(twin, epochs=2)
    assert weights(model) == weights(twin)


@pytest.mark.parametrize("kind", [MLP, ArrayMLP])
def test_ctrl_c_within_a_step_leaves_the_weights_of_before(kind: Any) -> None:
    model = kind(2, [4, 1], rng=0)
    before = weights(model)
    half_way: list[Any] = []

    @wraps(sgd_rule)
    def interrupted_rule(*numbers: Any, **settings: Any) -> tuple[Any, ...]:
        half_way.append(weights(model))
        if len(half_way) == 3:
            signal.raise_signal(signal.SIGINT)
        return sgd_rule(*numbers, **settings)

    optimizer = type("Interrupted", (SGD,), {"rule": staticmethod(interrupted_rule)})
    history = trained(model, optimizer=optimizer(model.parameters(), lr=0.1))
    assert half_way[-1] != before
    assert history.interrupted
    assert history.best is None
    assert weights(model) == before
    assert [array.tolist() for array in history.best_state.values()] == before


def test_a_loss_that_is_not_finite_is_said_with_epoch_and_learning_rate() -> None:
    model = ArrayMLP(2, [8, 1], rng=0)
    with pytest.raises(FloatingPointError, match=r"the loss became (inf|nan) in epoch \d+: try a learning rate below"):
        trained(model, loss=losses.mse, optimizer=SGD(model.parameters(), lr=1e8), epochs=50)


def test_the_gradients_of_earlier_work_do_not_join_the_first_step() -> None:
    fresh, used = ArrayMLP(2, [4, 1], rng=0), ArrayMLP(2, [4, 1], rng=0)
    used(X).sum().backward()
    trained(fresh)
    trained(used)
    assert weights(fresh) == weights(used)


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"epochs": 0}, ValueError, "epochs is at least 1, not 0"),
        ({"epochs": -5}, ValueError, "epochs is at least 1, not -5"),
        ({"epochs": 2.5}, TypeError, "epochs is an integer, not float"),
        ({"batch_size": 0}, ValueError, "batch_size is at least 1, not 0"),
        ({"samples": (X, Y[:-1])}, ValueError, r"shapes \(60, 2\) and \(59,\)"),
        ({"samples": (X[:0], Y[:0])}, ValueError, r"at least one sample, got X of shape \(0, 2\)"),
        ({"samples": (np.where(X > 1, np.nan, X), Y)}, ValueError, "X holds nan: want finite numbers"),
        ({"samples": (X, Y + 1)}, ValueError, "hinge wants the classes 0 and 1"),
        ({"samples": (X[:, :1], Y)}, ValueError, r"shapes \(25, 1\) and \(2, 4\)"),
        ({"loss": losses.cross_entropy}, ValueError, r"outputs \(n, k\) and .* classes \(n,\)"),
        ({"rng": None}, TypeError, "rng"),
    ],
)
def test_wrong_input_is_answered_before_any_step(changes: dict[str, Any], error: type[Exception], message: str) -> None:
    model = ArrayMLP(2, [4, 1], rng=0)
    before = weights(model)
    with pytest.raises(error, match=message):
        trained(model, **changes)
    assert weights(model) == before


def test_training_separates_the_moons() -> None:
    model = ArrayMLP(2, [16, 16, 1], rng=0)
    train_X, train_y = data.moons(200, rng=0)
    trained(model, samples=(train_X, train_y), optimizer=Adam(model.parameters(), lr=0.02), epochs=60, batch_size=16)
    fresh_X, fresh_y = data.moons(1000, rng=99)
    assert np.mean((scores(model, fresh_X) > 0) == fresh_y) >= 0.98


def test_a_subclass_is_judged_by_its_own_forward():
    class Negated(MLP):
        def forward(self, x):
            return -super().forward(x)

    plain, negated = MLP(2, [3, 1], rng=0), Negated(2, [3, 1], rng=0)
    X = np.array([[0.5, -1.0], [2.0, 0.25]])
    np.testing.assert_allclose(scores(negated, X), -scores(plain, X), rtol=1e-12)


def test_one_output_in_a_list_counts_as_one_output():
    class Listed(MLP):
        def forward(self, x):
            return [super().forward(x)]

    X = np.array([[0.5, -1.0], [2.0, 0.25]])
    np.testing.assert_allclose(scores(Listed(2, [3, 1], rng=0), X), scores(MLP(2, [3, 1], rng=0), X), rtol=1e-12)


def test_a_validation_loss_that_is_not_finite_is_said():
    X, y = data.moons(20, rng=0)
    model = ArrayMLP(2, [4, 1], rng=0)
    optimizer = SGD(model.parameters(), lr=1e300)
    with pytest.raises(FloatingPointError, match="the validation loss became nan in epoch 1"):
        fit(model, X, y, loss=losses.hinge, optimizer=optimizer, epochs=1, batch_size=20, rng=0, validation=(X, y))


# --- the compiled backend ---------------------------------------------------------------------------------------------


def compared(model: Module, twin: Module, eager: History, compiled: History) -> None:
    """Require the same weights and epochs, up to rounding."""
    for name, weight in model.state_dict().items():
        np.testing.assert_allclose(twin.state_dict()[name], weight, rtol=0, atol=1e-11)
    for a, b in zip(eager.epochs, compiled.epochs, strict=True):
        assert b.loss == pytest.approx(a.loss, abs=1e-11)
        assert b.validation_loss == pytest.approx(a.validation_loss, abs=1e-11)
        assert (a.accuracy, a.validation_accuracy) == (b.accuracy, b.validation_accuracy)


@pytest.mark.parametrize("kind", [MLP, ArrayMLP])
@pytest.mark.parametrize(
    "loss", [losses.hinge, losses.binary_cross_entropy_with_logits, losses.cross_entropy, losses.mse, losses.huber]
)
def test_programs_train_as_graphs_do(kind: Any, loss: Any) -> None:
    model, twin = (kind(2, [5, 3 if loss is losses.cross_entropy else 1], rng=0) for _ in range(2))
    histories = [
        trained(m, loss=loss, optimizer=Adam(m.parameters(), lr=0.02), validation=VALIDATION, backend=backend)
        for m, backend in ((model, "eager"), (twin, "compiled"))
    ]
    compared(model, twin, *histories)


@pytest.mark.parametrize("kind", [MLP, ArrayMLP])
def test_training_goes_on_with_either_backend(kind: Any) -> None:
    model, twin = (kind(2, [4, 1], rng=0) for _ in range(2))
    for m, backends in ((model, ["eager"] * 4), (twin, ["compiled", "eager", "compiled", "compiled"])):
        optimizer = Adam(m.parameters(), lr=0.02)
        histories = [trained(m, optimizer=optimizer, epochs=1, rng=k, backend=b) for k, b in enumerate(backends)]
        assert [len(history.epochs) for history in histories] == [1] * 4
    for name, weight in model.state_dict().items():
        np.testing.assert_allclose(twin.state_dict()[name], weight, rtol=0, atol=1e-11)


def squares(outputs: Any, targets: Any) -> Any:
    """Return a sum over samples, which is no mean of the losses of each."""
    if isinstance(outputs, list):
        return sum((output - target) ** 2 for output, target in zip(outputs, targets, strict=True))
    return ((outputs - targets) ** 2).sum()


@pytest.mark.parametrize("kind", [MLP, ArrayMLP])
def test_a_loss_of_ones_own_is_compiled_for_the_whole_batch(kind: Any) -> None:
    model, twin = (kind(2, [3, 1], rng=0) for _ in range(2))
    lr = 1e-3
    eager = trained(model, loss=squares, optimizer=SGD(model.parameters(), lr=lr), validation=VALIDATION)
    compiled = trained(
        twin, loss=squares, optimizer=SGD(twin.parameters(), lr=lr), validation=VALIDATION, backend="compiled"
    )
    compared(model, twin, eager, compiled)


def test_a_compiled_step_is_recorded_like_another() -> None:
    model, twin = (ArrayMLP(2, [4, 1], rng=0) for _ in range(2))
    eager, compiled = trained(model, record=True), trained(twin, record=True, backend="compiled")
    assert eager.record is not None
    assert compiled.record is not None
    for a, b in zip(eager.record.frames[1:], compiled.record.frames[1:], strict=True):
        assert b.update_ratios == pytest.approx(a.update_ratios, rel=1e-9)


def test_ctrl_c_ends_compiled_training_with_a_whole_step() -> None:
    model = ArrayMLP(2, [4, 1], rng=0)
    seen: list[Any] = []

    class Interrupted(SGD):
        def settings(self) -> dict[str, Any]:
            seen.append(weights(model))
            if len(seen) > 8:
                signal.raise_signal(signal.SIGINT)
            return super().settings()

    history = trained(model, optimizer=Interrupted(model.parameters(), lr=0.1), backend="compiled")
    assert history.interrupted
    assert weights(model) == seen[-1] != seen[0]


def test_a_compiled_loss_that_is_not_finite_takes_no_step() -> None:
    model = ArrayMLP(2, [8, 1], rng=0)
    optimizer = SGD(model.parameters(), lr=1e8)
    with pytest.raises(FloatingPointError, match=r"the loss became (inf|nan) in epoch \d+: try a learning rate below"):
        trained(model, loss=losses.mse, optimizer=optimizer, epochs=50, backend="compiled")
    twin = ArrayMLP(2, [8, 1], rng=0)
    with pytest.raises(FloatingPointError):
        trained(twin, loss=losses.mse, optimizer=SGD(twin.parameters(), lr=1e8), epochs=50)
    for name, weight in twin.state_dict().items():
        np.testing.assert_allclose(model.state_dict()[name], weight, rtol=1e-9)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"samples": (X, Y + 1)}, "hinge wants the classes 0 and 1"),
        ({"samples": (X[:, :1], Y)}, r"shapes \(25, 1\) and \(2, 4\)"),
        ({"loss": losses.cross_entropy}, r"outputs \(n, k\) and .* classes \(n,\)"),
        ({"backend": "compile"}, "unknown backend 'compile': want eager, compiled; did you mean 'compiled'?"),
    ],
)
def test_wrong_input_is_answered_by_programs_too(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        trained(ArrayMLP(2, [4, 1], rng=0), **({"backend": "compiled"} | changes))


# --- what holds only while training -----------------------------------------------------------------------------------

WHILE_TRAINING: dict[str, dict[str, Any]] = {
    "class weights": {"class_weights": [1.0, 3.0]},
    "l1": {"l1": 0.01},
    "l2": {"l2": 0.01},
    "dropout": {"dropout": 0.3},
    "clipping": {"clip_norm": 0.05},
    "all": {"class_weights": [2.0, 1.0], "l1": 1e-3, "l2": 1e-2, "dropout": 0.2, "clip_norm": 0.1},
}


# Each option with one loss and each loss with all options are quick; the other pairs are slow.
PAIRS = [
    pytest.param(options, loss, marks=() if options == "all" or loss is losses.cross_entropy else pytest.mark.slow)
    for options in WHILE_TRAINING
    for loss in (losses.hinge, losses.binary_cross_entropy_with_logits, losses.cross_entropy)
]


@pytest.mark.parametrize(("options", "loss"), PAIRS)
def test_all_four_ways_of_training_agree_and_differ_from_plain_training(options: str, loss: Any) -> None:
    outputs = 2 if loss is losses.cross_entropy else 1
    models = [kind(2, [5, 3, outputs], rng=0) for kind in (MLP, MLP, ArrayMLP, ArrayMLP, ArrayMLP)]
    backends = ["eager", "compiled", "eager", "compiled", "eager"]
    first, *others, plain = [
        trained(
            model,
            loss=loss,
            validation=VALIDATION,
            backend=backend,
            **(WHILE_TRAINING[options] if k < 4 else {}),
        )
        for k, (model, backend) in enumerate(zip(models, backends, strict=True))
    ]
    assert first.epochs[-1].validation_loss != plain.epochs[-1].validation_loss
    state = models[2].state_dict()
    for model, history in zip(models[1:4], others, strict=True):
        twin = model.to_numpy() if isinstance(model, MLP) else model
        for name, weight in twin.state_dict().items():
            np.testing.assert_allclose(weight, state[name], rtol=0, atol=1e-11)
        for a, b in zip(first.epochs, history.epochs, strict=True):
            assert b.loss == pytest.approx(a.loss, abs=1e-11)
            assert b.validation_loss == pytest.approx(a.validation_loss, abs=1e-11)
            assert (a.accuracy, a.validation_accuracy) == (b.accuracy, b.validation_accuracy)


def test_a_gradient_is_clipped_by_what_its_batch_reaches() -> None:
    class Ends(Module):
        def __init__(self) -> None:
            self.of_whole, self.of_rest = Linear(2, 1, rng=0), Linear(2, 1, rng=1)

        def forward(self, x: Any) -> Any:
            return (self.of_whole if len(x) == 25 else self.of_rest)(x)

    models = Ends(), Ends()
    for model, backend in zip(models, ("eager", "compiled"), strict=True):
        trained(model, loss=losses.mse, clip_norm=0.05, backend=backend)
    for eager, compiled in zip(*[model.parameters() for model in models], strict=True):
        np.testing.assert_allclose(eager.data, compiled.data, rtol=0, atol=1e-12)


@pytest.mark.parametrize("backend", ["eager", "compiled"])
def test_a_penalty_that_overflows_is_no_step_left_out_in_silence(backend: str) -> None:
    model = ArrayMLP(2, [4, 1], rng=0)
    with pytest.raises(FloatingPointError, match="the loss became inf in epoch 1"):
        trained(model, backend=backend, l2=1e308)
