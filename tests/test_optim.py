"""Optimizers: PyTorch's rules, on Values and on Tensors alike."""

import inspect
import json
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pytest

from micrograd_plus import Tensor, Value
from micrograd_plus.compiler.compilation import compile
from micrograd_plus.engine import gradient
from micrograd_plus.nn import MLP
from micrograd_plus.optim import OPTIMIZERS, SGD, Adagrad, Adam, AdamW, Optimizer, RMSprop
from tests.optimizer_cases import CASES

KINDS = [SGD, RMSprop, Adagrad, Adam, AdamW]
START = np.array([1.5, -0.7])


def valley(case: str, x: Any, y: Any) -> Any:
    """A curved valley, a gentle one, or a ridge: every step has another gradient."""
    height = 0.1 * ((1.0 - x) ** 2 + 5.0 * (y - x * x) ** 2)
    return -height if CASES[case][1].get("maximize") else height


@cache
def path_of_values(case: str, steps: int = 40) -> list[list[float]]:
    kind, settings = CASES[case]
    params = [Value(number) for number in START]
    optimizer = kind(params, **settings)
    path = []
    for _ in range(steps):
        optimizer.zero_grad()
        valley(case, *params).backward()
        optimizer.step()
        path.append([p.data for p in params])
    return path


@pytest.mark.parametrize("case", CASES)
def test_tensors_move_as_values_do(case: str) -> None:
    kind, settings = CASES[case]
    pair = Tensor(START)
    optimizer = kind([pair], **settings)
    path = []
    for _ in range(40):
        optimizer.zero_grad()
        valley(case, pair[0], pair[1]).backward()
        optimizer.step()
        path.append(pair.data)
    np.testing.assert_allclose(path, path_of_values(case), rtol=0, atol=1e-12)


@pytest.mark.parametrize("case", CASES)
def test_programs_move_values_and_tensors_as_eager_steps_do(case: str) -> None:
    kind, settings = CASES[case]
    numbers, pair = [Value(number) for number in START], Tensor(START)
    wanted = path_of_values(case)
    for params, read in ((numbers, lambda: [p.data for p in numbers]), ([pair], lambda: pair.data)):
        optimizer = kind(params, **settings)
        program = compile(valley(case, *(params if params is numbers else (pair[0], pair[1]))), optimizer=optimizer)
        path = []
        for _ in range(40):
            program.step()
            path.append(np.array(read()))
        np.testing.assert_allclose(path, wanted, rtol=0, atol=1e-10)


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_arguments_have_the_names_defaults_and_order_of_torch(kind: type[Optimizer]) -> None:
    torch = pytest.importorskip("torch")
    theirs = inspect.signature(getattr(torch.optim, kind.__name__)).parameters
    ours = inspect.signature(kind).parameters
    assert [name for name in theirs if name in ours] == list(ours)
    for name, parameter in ours.items():
        assert theirs[name].default == parameter.default


@pytest.mark.parametrize("case", CASES)
def test_a_rule_runs_on_nodes_and_so_has_a_gradient(case: str) -> None:
    kind, settings = CASES[case]
    [keywords] = kind([Value(0.0)], **settings).settings()

    def moved(lr: Any) -> Any:
        data, *state = kind.rule(2.0, 0.3, *[0.0] * len(kind.state_names), **(keywords | {"lr": lr}))
        return kind.rule(data, 0.5, *state, **(keywords | {"lr": lr}))[0]

    lr = Value(settings["lr"])
    out = moved(lr)
    assert out.data == pytest.approx(moved(settings["lr"]), rel=1e-14)
    h = 1e-6
    difference = (moved(settings["lr"] + h) - moved(settings["lr"] - h)) / (2 * h)
    assert gradient(out, [lr])[0].data == pytest.approx(difference, rel=1e-6)


def test_the_first_step_of_adam_is_the_learning_rate() -> None:
    for slope in (1e-3, 7.0, -1e5):
        x = Value(1.0)
        optimizer = Adam([x], lr=0.25, eps=1e-300)
        (slope * x).backward()
        optimizer.step()
        assert x.data == pytest.approx(1.0 - np.copysign(0.25, slope), abs=1e-12)


def test_lr_is_read_at_each_step() -> None:
    x = Value(1.0)
    optimizer = SGD([x], lr=0.5)
    x.grad = 1.0
    optimizer.step()
    assert x.data == 0.5
    optimizer.lr = 0.125
    optimizer.step()
    assert x.data == 0.375
    optimizer.lr = float("nan")
    with pytest.raises(ValueError, match="lr is a finite number of at least 0, not nan"):
        optimizer.step()
    assert x.data == 0.375


@pytest.mark.parametrize("kind", KINDS)
def test_a_parameter_without_gradient_is_left_alone(kind: type[Optimizer]) -> None:
    used, unused, pair = Value(1.0), Value(2.0), Tensor([3.0, 4.0])
    optimizer = kind([used, unused, pair], lr=0.1, weight_decay=0.1)
    used.backward()
    optimizer.step()
    assert used.data != 1.0
    assert unused.data == 2.0
    np.testing.assert_array_equal(pair.data, [3.0, 4.0])


def test_zero_grad_forgets_gradients() -> None:
    model = MLP(2, [1], rng=0)
    optimizer = SGD(model.parameters(), lr=0.1)
    model([1.0, 2.0]).backward()
    optimizer.zero_grad()
    assert not any(p.has_grad for p in model.parameters())


def test_a_step_is_seen_by_graphs_made_before_it() -> None:
    for x in (Value(2.0), Tensor(2.0)):
        y = x * x
        y.backward()
        SGD([x], lr=0.1).step()
        with pytest.raises(RuntimeError, match="changed after"):
            y.backward()


def test_arrays_from_before_a_step_keep_their_numbers_and_float32_stays() -> None:
    for kind in KINDS:
        w = Tensor(np.ones(3, np.float32))
        before = w.data
        optimizer = kind([w], lr=0.1)
        for _ in range(2):
            w.zero_grad()
            w.sum().backward()
            optimizer.step()
        np.testing.assert_array_equal(before, np.ones(3))
        assert w.data.dtype == np.float32
        assert (w.data < 1.0).all()


X = Value(1.0)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: SGD([], lr=0.1), ValueError, "at least one parameter, got none"),
        (lambda: SGD([X, X], lr=0.1), ValueError, "in the list twice"),
        (lambda: SGD(X, lr=0.1), TypeError, r"a list of parameters such as model.parameters\(\), got Value"),
        (lambda: SGD(MLP(2, [1], rng=0), lr=0.1), TypeError, r"such as model.parameters\(\), got MLP"),
        (lambda: SGD([1.0], lr=0.1), TypeError, "wanted Values or Tensors as parameters, got float"),
        (lambda: SGD([X], lr=float("nan")), ValueError, "lr is a finite number of at least 0, not nan"),
        (lambda: SGD([X], lr=-1), ValueError, "lr is a finite number of at least 0, not -1"),
        (lambda: SGD([X], lr="0.1"), TypeError, "lr is a number, not str"),
        (lambda: SGD([X], lr=0.1, momentum=-0.5), ValueError, "momentum is a finite number of at least 0, not -0.5"),
        (
            lambda: SGD([X], lr=0.1, weight_decay=float("inf")),
            ValueError,
            "weight_decay is a finite number of at least 0",
        ),
        (lambda: SGD([X], lr=0.1, nesterov=True), ValueError, "nesterov=True wants a momentum above 0"),
        (lambda: Adam([X], betas=(0.9, 1.0)), ValueError, r"betas are two numbers from 0 to below 1, not \(0.9, 1.0\)"),
        (lambda: Adam([X], betas=(0.9,)), ValueError, "betas are two numbers"),
        (lambda: Adam([X], eps=-1e-8), ValueError, "eps is a finite number of at least 0"),
        (lambda: Adam([X], eps=0), ValueError, "eps is above 0"),
        (lambda: AdamW([X], betas=0.9), TypeError, "betas are two numbers, not 0.9"),
        (lambda: RMSprop([X], alpha=1.0), ValueError, "alpha is a number from 0 to below 1, not 1.0"),
        (lambda: RMSprop([X], eps=0.0), ValueError, "eps is above 0"),
        (lambda: SGD([X], dampening=-1), ValueError, "dampening is a finite number of at least 0, not -1"),
        (lambda: SGD([X], momentum=0.9, dampening=0.1, nesterov=True), ValueError, "above 0 and no dampening"),
        (lambda: SGD([X], maximize=1), TypeError, "maximize is True or False, not 1"),
        (lambda: AdamW([{"params": [X], "decoupled_weight_decay": False}]), ValueError, "there is Adam"),
        (lambda: Adagrad([X], initial_accumulator_value=-1), ValueError, "initial_accumulator_value is a finite"),
    ],
)
def test_wrong_settings_are_answered_in_one_line(make: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message) as caught:
        make()
    assert "\n" not in str(caught.value)


def test_a_single_tensor_is_no_list_of_parameters() -> None:
    with pytest.raises(TypeError, match=r"wanted a list of parameters .*, got Tensor"):
        SGD(Tensor([[1.0, 2.0]]))


def as_json(state: list[list[Any]]) -> Any:
    """Return a state that went through JSON, which has lists for arrays."""
    return json.loads(json.dumps([[np.asarray(entry).tolist() for entry in kept] for kept in state]))


@pytest.mark.parametrize("written", [lambda state: state, as_json])
@pytest.mark.parametrize("case", CASES)
def test_an_optimizer_goes_on_from_a_state(case: str, written: Callable[[Any], Any]) -> None:
    kind, settings = CASES[case]

    def step(params: list[Any], optimizer: Optimizer) -> list[Any]:
        optimizer.zero_grad()
        number, matrix = params
        (number * number * number).backward()
        (matrix * matrix).sin().sum().backward()
        optimizer.step()
        return [np.asarray(p.data).tolist() for p in params]

    params, others = ([Value(3.0), Tensor(start, dtype=np.float32)] for start in ([[1.0, -2.0]], [[0.0, 0.0]]))
    optimizer, other = kind(params, **settings), kind(others, **settings)
    other.set_state(written(optimizer.state()))
    step(params, optimizer)
    for p, q in zip(params, others, strict=True):
        q.data = p.data
    other.set_state(written(optimizer.state()))
    for _ in range(3):
        assert step(others, other) == step(params, optimizer)
    assert as_json(other.state()) == as_json(optimizer.state())
    assert others[1].data.dtype == np.float32


def test_a_centered_rmsprop_stays_finite_where_the_gradient_is_constant() -> None:
    x = Value(0.0)
    optimizer = RMSprop([x], lr=0.01, alpha=0.5, centered=True)
    for _ in range(2000):
        x.grad = 0.1
        optimizer.step()
    assert np.isfinite(x.data)
    assert optimizer.state()[0][RMSprop.state_names.index("variance")] >= 0.0


def test_an_adagrad_begins_with_its_accumulator_and_its_first_step_says_so() -> None:
    x = Value(1.0)
    optimizer = Adagrad([x], lr=0.5, initial_accumulator_value=7.0)
    assert optimizer.state() == [[7.0, 0.0]]
    x.grad = 3.0
    optimizer.step()
    assert x.data == pytest.approx(1.0 - 0.5 * 3.0 / 4.0, rel=1e-9)


def test_the_decay_of_adamw_does_not_depend_on_the_gradients() -> None:
    x, y = Value(2.0), Value(2.0)
    for p, slope in ((x, 1e-3), (y, 1e3)):
        optimizer = AdamW([p], lr=0.1, weight_decay=0.5, eps=1e-300)
        p.grad = slope
        optimizer.step()
    assert x.data == pytest.approx(2.0 * (1.0 - 0.1 * 0.5) - 0.1, rel=1e-12)
    assert y.data == pytest.approx(x.data, rel=1e-12)


def test_a_state_of_another_shape_is_refused() -> None:
    optimizer = SGD([Tensor([1.0, 2.0])])
    with pytest.raises(ValueError, match=r"momentum_buffer: .* of the parameter's shape \(2,\), got \(3,\)"):
        optimizer.set_state([[[1.0, 2.0, 3.0], 0.0]])
    assert optimizer.state() == [[0.0, 0.0]]


def test_a_state_of_other_parameters_is_refused() -> None:
    with pytest.raises(ValueError, match="wanted 4 number"):
        Adam([Value(1.0)]).set_state(SGD([Value(1.0)]).state())


@pytest.mark.parametrize("kind", OPTIMIZERS.values())
def test_counts_and_squares_below_0_are_refused_and_nan_of_a_diverged_training_is_not(kind: type[Optimizer]) -> None:
    optimizer = kind([Value(1.0)], lr=0.1)
    before = optimizer.state()
    for k, name in enumerate(optimizer.state_names):
        is_signed = name not in (*optimizer.numbers, *optimizer.squares)
        for number, is_fine in ((-1.0, is_signed), (float("nan"), name not in optimizer.numbers)):
            kept = [number if slot == k else 0.0 for slot in range(len(before[0]))]
            if is_fine:
                optimizer.set_state([kept])
                optimizer.set_state(before)
            else:
                with pytest.raises(ValueError, match=f"{name}: wanted"):
                    optimizer.set_state([kept])
                assert optimizer.state() == before
