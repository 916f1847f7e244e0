"""A small GPT on names, a Value for each number, checked against the same formulas on arrays."""

import math
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks import scalar_gpt
from benchmarks.scalar_gpt import BOUNDARY, CONTEXT, GPT, HEADS, NAMES, VOCABULARY, example, one_hot
from micrograd_plus import Value
from micrograd_plus.optim import Adam

ROOT = Path(__file__).parent.parent
SHORT_NAMES = ["ada", "eva", "nora", "ian", "yuki", "mia"]


def model(seed=0):
    return GPT(np.random.default_rng(seed))


def arrays(gpt):
    """Return copies of the weights, one array for each matrix."""
    return {name: np.array([[w.data for w in row] for row in matrix]) for name, matrix in vars(gpt).items()}


def loss_on_arrays(weights, inputs, targets):
    """Return the loss as whole matrices have it: all positions at once, and a mask instead of growing sums."""

    def normed(x):
        return x / np.sqrt((x * x).mean(axis=1, keepdims=True) + 1e-5)

    def split(x):
        return x.reshape(len(x), HEADS, -1).swapaxes(0, 1)

    x = inputs @ weights["token"].T + weights["position"][: len(inputs)]
    query, key, value = (split(normed(x) @ weights[name].T) for name in ("query", "key", "value"))
    scores = query @ key.swapaxes(1, 2) / math.sqrt(query.shape[2])
    scores[:, ~np.tri(len(x), dtype=bool)] = -np.inf
    attention = np.exp(scores)
    attention /= attention.sum(axis=2, keepdims=True)
    x = x + (attention @ value).swapaxes(0, 1).reshape(x.shape) @ weights["mix"].T
    x = x + np.maximum(normed(x) @ weights["expand"].T, 0.0) @ weights["contract"].T
    logits = normed(x) @ weights["head"].T
    return (np.log(np.exp(logits).sum(axis=1)) - (targets * logits).sum(axis=1)).mean()


def numbers(rows):
    return [[x.data for x in row] for row in rows]


def test_the_names_are_given_names_the_model_can_read() -> None:
    assert len(NAMES) >= 400
    assert sorted(set(NAMES)) == NAMES
    assert all(re.fullmatch("[a-z]+", name) for name in NAMES)
    assert max(map(len, NAMES)) < CONTEXT


def test_an_example_asks_at_each_letter_for_the_next() -> None:
    inputs, targets = (["".join(c for c, x in zip(VOCABULARY, row, strict=True) if x) for row in rows]
                       for rows in example("ada"))  # fmt: skip
    assert (inputs, targets) == ([BOUNDARY, *"ada"], [*"ada", BOUNDARY])
    assert all(sum(row) == 1.0 for row in one_hot(VOCABULARY))


def test_it_has_the_size_of_the_exercise() -> None:
    gpt = model()
    assert len(set(gpt.parameters())) == len(gpt.parameters()) == sum(a.size for a in arrays(gpt).values())
    assert 4000 <= len(gpt.parameters()) <= 4500


def test_the_loss_of_an_untrained_model_is_that_of_guessing() -> None:
    inputs, targets = example("nora")
    gpt = model()
    spread = np.std(numbers(gpt.logits(inputs)))
    assert gpt.loss(inputs, targets).data == pytest.approx(math.log(len(VOCABULARY)), abs=spread)


@pytest.mark.parametrize("kind", [float, Value])
@pytest.mark.parametrize("name", ["a", "nora"])
def test_the_loss_is_that_of_the_formulas_on_arrays(name, kind) -> None:
    inputs, targets = ([list(map(kind, row)) for row in rows] for rows in example(name))
    gpt = model(1)
    on_arrays = loss_on_arrays(arrays(gpt), *map(np.array, example(name)))
    assert gpt.loss(inputs, targets).data == pytest.approx(on_arrays, rel=1e-13)


def test_the_gradient_of_each_matrix_is_what_differences_say() -> None:
    inputs, targets = map(np.array, example("nora"))
    gpt = model()
    gpt.loss(*example("nora")).backward()
    weights, step = arrays(gpt), 1e-5
    for name, matrix in vars(gpt).items():
        gradient = np.array([[w.grad for w in row] for row in matrix])
        place = np.unravel_index(np.abs(gradient).argmax(), gradient.shape)
        ahead, behind = ({**weights, name: weights[name].copy()} for _ in range(2))
        ahead[name][place] += step
        behind[name][place] -= step
        difference = loss_on_arrays(ahead, inputs, targets) - loss_on_arrays(behind, inputs, targets)
        assert gradient[place] == pytest.approx(difference / (2 * step), rel=1e-6), name


def test_a_later_letter_does_not_change_what_is_said_before_it() -> None:
    gpt = model()
    one, other = (numbers(gpt.logits(one_hot(text))) for text in (".nora", ".noma"))
    assert one[:3] == other[:3]
    assert all(a != b for a, b in zip(one[3:], other[3:], strict=True))


def test_every_later_position_sees_the_first_letter() -> None:
    gpt = model()
    one, other = (numbers(gpt.logits(one_hot(text))) for text in (".nora", ".zora"))
    assert [a != b for a, b in zip(one, other, strict=True)] == [False, True, True, True, True]


def test_numbers_ten_times_as_large_do_not_overflow() -> None:
    gpt = model()
    for weight in gpt.parameters():
        weight.data *= 10
    loss = gpt.loss(*example("nora"))
    loss.backward()
    assert math.isfinite(loss.data)
    assert all(math.isfinite(weight.grad) for weight in gpt.parameters())


def test_steps_on_one_name_lower_its_loss() -> None:
    gpt = model()
    step = scalar_gpt.eager(gpt, Adam(gpt.parameters(), lr=0.01))
    losses = [step("ada") for _ in range(5)]
    assert losses == sorted(losses, reverse=True)
    assert losses[-1] < losses[0] - 0.5


@pytest.mark.slow
def test_training_repeats_from_its_seed_and_the_rate_falls_to_zero(monkeypatch) -> None:
    monkeypatch.setattr(scalar_gpt, "NAMES", SHORT_NAMES)
    rates = []

    def recorded(gpt, optimizer):
        step = scalar_gpt.eager(gpt, optimizer)
        return lambda name: (rates.append(optimizer.lr), step(name))[1]

    one, other = (scalar_gpt.train(model(), 3, np.random.default_rng(4), recorded) for _ in range(2))
    assert one == other
    assert rates == pytest.approx([rates[0], rates[0] * 2 / 3, rates[0] / 3] * 2)


@pytest.mark.parametrize(("certain", "name"), [(BOUNDARY, ""), ("x", "x" * CONTEXT)])
def test_a_name_ends_at_the_boundary_or_where_the_context_does(certain, name) -> None:
    gpt = model()
    for weight in gpt.parameters():
        weight.data = 0.0
    # Whatever came before, the stream is all ones, and one row of the head alone sees that.
    for row in [*gpt.position, gpt.head[VOCABULARY.index(certain)]]:
        for weight in row:
            weight.data = 10.0
    assert scalar_gpt.sample(gpt, np.random.default_rng(0)) == name


@pytest.mark.slow
def test_names_repeat_from_their_seed_and_leave_no_gradient() -> None:
    gpt = model()
    names = [scalar_gpt.sample(gpt, np.random.default_rng(seed)) for seed in (3, 3, 4)]
    assert names[0] == names[1] != names[2]
    assert set("".join(names)) <= set(VOCABULARY) - {BOUNDARY}
    assert not any(weight.has_grad for weight in gpt.parameters())


@pytest.mark.slow
def test_compiled_and_eager_training_have_the_same_losses(monkeypatch) -> None:
    monkeypatch.setattr(scalar_gpt, "NAMES", SHORT_NAMES)
    models = [model(), model()]
    runs = zip(models, (scalar_gpt.eager, scalar_gpt.compiled), strict=True)
    eager, compiled = (scalar_gpt.train(gpt, 8, np.random.default_rng(0), kind) for gpt, kind in runs)
    assert compiled == pytest.approx(eager, abs=1e-9)
    before, (one, other) = arrays(model()), map(arrays, models)
    for name in one:
        np.testing.assert_allclose(other[name], one[name], rtol=0, atol=1e-9)
    # No name reaches the last positions: they have no gradient, and Adam leaves them alone.
    unused = slice(max(map(len, SHORT_NAMES)) + 1, None)
    assert (other["position"][unused] == before["position"][unused]).all()


@pytest.mark.slow
@pytest.mark.parametrize("options", [["--eager"], []])
def test_the_script_trains_and_makes_up_names(options) -> None:
    script = [sys.executable, "-m", "benchmarks.scalar_gpt", "--seed", "1", "--steps", "3", "--names", "3", *options]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    output = subprocess.run(script, cwd=ROOT, env=environment, capture_output=True, text=True, check=True).stdout
    assert "4,192 parameters" in output
    names = output.splitlines()[-1].removeprefix("made up: ").split(", ")
    assert len(names) == 3
    assert all(re.fullmatch(f"[a-z]{{0,{CONTEXT}}}", name) for name in names)
