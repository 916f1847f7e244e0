"""Programs of Tensor graphs give what the graphs do."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from micrograd_plus import Tensor, gradient, losses, ops
from micrograd_plus.compiler.compilation import compile
from micrograd_plus.nn import ArrayMLP
from micrograd_plus.optim import Adam

RNG = np.random.default_rng(0)
A, B, C = RNG.normal(size=(4, 3)), RNG.normal(size=(3, 5)), RNG.normal(size=5)
PICK = np.array([2, 0, 2])

# The loss of two leaves a (4, 3) and b (3, 5).
LOSSES: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "product": lambda a, b: (a @ b).tanh().sum(),
    "bias": lambda a, b: ((a @ b + C).relu() * C).mean(),
    "vectors": lambda a, b: (a[0] @ b) @ C,
    "transposed": lambda a, b: ((b.T @ a.T).exp() * 0.1).sum(),
    "cross-entropy": lambda a, b: losses.cross_entropy(a @ b, np.array([0, 4, 2, 2])),
    "softmax": lambda a, b: ((a @ b).softmax() * C).sum() + (a @ b).log_softmax(axis=0).sum() * 0.1,
    "logsumexp": lambda a, b: (a @ b).logsumexp(axis=1, keepdims=True).sum() + b.logsumexp(),
    "largest": lambda a, b: (a @ b).max(axis=1).sum() - b.min(),
    "slices": lambda a, b: (a[1:3, ::2] * b[:2, 1:3]).sum() + b[..., -1].sum() + b[:, ::2].sum() + a[1, 2],
    "gathered": lambda a, b: (a[PICK] * a[PICK, None, :].sum(axis=1)).sum() + b[PICK, PICK].sum(),
    "masked": lambda a, b: a[A > 0].sum() * b[B < 0].exp().mean(),
    "reshaped": lambda a, b: (a.reshape(2, 6).T.reshape(12) * b.reshape(-1)[:12]).sum(),
    "stretched": lambda a, b: (a[:, :, None] * b).sum(axis=(0, 2)).sin().sum() + (a[:, :1] - a).erf().sum(),
    "means": lambda a, b: (a.mean(axis=0) @ b).sum() + ((a - a.mean(axis=1, keepdims=True)) ** 2).mean() ** 0.5,
    "spread": lambda a, b: a.var(axis=1).sum() + (a.std(axis=1) * a[:, 0]).sum() + b.var(axis=1, keepdims=True).sum(),
    "comparisons": lambda a, b: (a * (a > 0.5) + (a < 0) * a * a).sum() + (b >= b.mean()).sum() * b.sum(),
    "matrices": lambda a, b: (np.stack([A.T, A.T * 2]) @ (a @ b)).sum(axis=0).tanh().sum(),
    "joined": lambda a, b: (np.concatenate([a, a * 2]) * np.concatenate([b, b], axis=1)[:, :8].T).sum(),
    "one element": lambda a, b: (a[:1, :1] @ b[:1, :1]) * 3.0,
    "number": lambda a, b: (a.sum() * b.sum()).sin() / (1.0 + (a * a).sum()),
    "powers": lambda a, b: (abs(a) ** 1.5).sum() + (b**3).sum() + (1 + a * a).pow(b[:, 0]).sum(),
    "only one": lambda a, b: (a * a).sum(),
}


def leaves(dtype: Any = float) -> list[Tensor]:
    return [Tensor(A, label="a", dtype=dtype), Tensor(B, label="b", dtype=dtype)]


@pytest.mark.parametrize("name", LOSSES)
def test_loss_and_gradients_are_those_of_the_graph(name: str) -> None:
    ours, theirs = leaves(), leaves()
    expected = LOSSES[name](*theirs)
    expected.backward()
    program = compile(LOSSES[name](*ours))
    for _ in range(2):
        np.testing.assert_allclose(program(), expected.item(), rtol=1e-12)
        for a, b in zip(ours, theirs, strict=True):
            assert a.has_grad == b.has_grad
            if b.has_grad:
                np.testing.assert_allclose(a.grad, b.grad, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("name", LOSSES)
def test_verify_finds_no_difference(name: str) -> None:
    assert compile(LOSSES[name], A, B).verify().largest <= 1e-12
    a, b = leaves()
    found = compile(lambda: LOSSES[name](a, b)).verify()
    assert found.largest <= 1e-12
    assert set(found) <= {"a", "b"}


@pytest.mark.parametrize("shape", [(3, 1), (1, 3), (3,), (1, 1), (1,), ()])
@pytest.mark.parametrize("axis", [0, 1])
def test_what_stretches_a_joined_array_is_cut_for_its_parts(shape: tuple[int, ...], axis: int) -> None:
    stretched = Tensor(np.arange(1.0, 4.0)[: np.prod(shape, dtype=int)].reshape(shape))
    parts = [Tensor(np.ones((n, 3) if axis == 0 else (3, n))) for n in (1, 2)]
    compile((np.concatenate(parts, axis=axis) * stretched).sum(), parameters=parts)()
    gradient = np.concatenate([part.grad for part in parts], axis=axis)
    np.testing.assert_array_equal(gradient, np.broadcast_to(stretched.data, (3, 3)))


def test_float32_stays_float32() -> None:
    ours, theirs = leaves(np.float32), leaves(np.float32)
    for name in ("bias", "cross-entropy", "means", "number"):
        expected = LOSSES[name](*[Tensor(t.data) for t in theirs])
        program = compile(LOSSES[name](*ours))
        np.testing.assert_allclose(program(), expected.item(), rtol=1e-5)
        assert "float64" not in program.source
        assert {t.grad.dtype for t in ours} == {np.dtype(np.float32)}


def test_second_order() -> None:
    a, b = leaves()
    [slope] = gradient((a @ b).tanh().sum(), [a])
    root = (slope * slope).sum()
    expected = compile(root).verify()
    assert expected.largest <= 1e-12


def test_a_constant_is_copied() -> None:
    x = A.copy()
    a = Tensor(A)
    program = compile((a * x).sum())
    before = program()
    x[...] = 0.0
    assert program() == before


def test_a_network_trains_as_it_does_eagerly() -> None:
    x, y = RNG.normal(size=(12, 2)), np.arange(12) % 3
    ours, theirs = ArrayMLP(2, [8, 3], rng=0), ArrayMLP(2, [8, 3], rng=0)
    program = compile(
        lambda x: losses.cross_entropy(ours(x), y), np.zeros((12, 2)), optimizer=Adam(ours.parameters(), lr=0.05)
    )
    optimizer = Adam(theirs.parameters(), lr=0.05)
    for k in range(1, 21):  # with x = 0 gradients would be rounding errors, of which Adam makes steps of its size
        loss = losses.cross_entropy(theirs(Tensor(x * k)), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        assert program.step(x * k) == pytest.approx(loss.item(), rel=1e-9)
    for a, b in zip(ours.parameters(), theirs.parameters(), strict=True):
        np.testing.assert_allclose(a.data, b.data, rtol=1e-9, atol=1e-12)


def test_names_of_the_user_stand_in_the_source() -> None:
    a, b = leaves()
    source = compile(LOSSES["bias"](a, b)).source
    assert "\na1 = parameters[:12].reshape(4, 3)" in source  # a single letter gets a number
    assert "d_b" in source


def test_a_mask_is_computed_of_the_data_that_a_program_is_called_with() -> None:
    """Masks that are rows of the graph follow; of those that Python compares, another outcome builds anew."""
    w = Tensor([2.0, -3.0, 0.5], label="w")
    weights = np.array([1.0, 10.0, 100.0])

    def of_rows(x: Tensor) -> Tensor:
        return ((x * w).masked_fill(ops.less(x, 0.0), 7.0) * weights).sum() + ops.where(ops.greater(x, 1.0), w, x).sum()

    def compared(x: Tensor) -> Tensor:
        return ((x * w).masked_fill(x < 0.0, 7.0) * weights).sum() + ops.where(x > 1.0, w, x).sum()

    first, second = np.array([1.5, -1.0, 0.5]), np.array([-0.5, 2.0, 3.0])
    program = compile(of_rows, first)
    for x in (first, second, first):
        w.zero_grad()
        compared(Tensor(x)).backward()
        expected = w.grad.copy()
        np.testing.assert_allclose(program(x), compared(Tensor(x)).item(), rtol=1e-14)
        np.testing.assert_allclose(w.grad, expected, rtol=1e-14)
    guarded = compile(compared, first)
    with pytest.warns(RuntimeWarning, match="built"):
        found = guarded(second)
    np.testing.assert_allclose(found, of_rows(Tensor(second)).item(), rtol=1e-14)
