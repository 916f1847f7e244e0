"""The update of a program moves parameters as `optimizer.step()` does, whichever of them a program reaches."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

from micrograd_plus import Tensor, Value, greater, where
from micrograd_plus.compiler.compilation import compile
from micrograd_plus.compiler.pieces import block_size, pieces_of
from micrograd_plus.nn import parameter
from micrograd_plus.optim import SGD, Adagrad, Adam, AdamW, Optimizer, RMSprop
from micrograd_plus.optimizer_settings import Setting

OPTIMIZERS: dict[str, Callable[[Any], Optimizer]] = {
    "sgd": lambda params: SGD(params, lr=0.1),
    "momentum": lambda params: SGD(params, lr=0.1, momentum=0.9, weight_decay=0.01),
    "nesterov": lambda params: SGD(params, lr=0.1, momentum=0.9, nesterov=True),
    "adam": lambda params: Adam(params, lr=0.1, betas=(0.8, 0.9)),
    "adam with decay": lambda params: Adam(params, lr=0.1, weight_decay=0.1),
    "adamw": lambda params: AdamW(params, lr=0.1, weight_decay=0.1),
    "rmsprop": lambda params: RMSprop(params, lr=0.1, alpha=0.8, momentum=0.5, centered=True),
    "adagrad": lambda params: Adagrad(params, lr=0.1, lr_decay=0.1, initial_accumulator_value=0.5),
    "sgd in groups": lambda params: SGD(
        [{"params": params[::2]}, {"params": params[1::2], "lr": 0.2, "momentum": 0.5, "dampening": 0.1}], lr=0.1
    ),
    "adam in groups": lambda params: Adam(
        [
            {"params": params[3:]},
            {"params": params[2::-2], "amsgrad": True},
            {"params": params[1], "weight_decay": 0.1},
        ],
        lr=0.1,
    ),
}


def values(count: int = 10) -> list[Value]:
    return [parameter(x, f"w{k}") for k, x in enumerate(np.random.default_rng(0).normal(size=count).tolist())]


def loss_of(leaves: Sequence[Any]) -> Any:
    """Return a loss that depends on all leaves, on each otherwise."""
    return sum((leaf * (0.5 + 0.1 * k)).sin() + leaf * leaf * 0.1 for k, leaf in enumerate(leaves))


class Pair:
    """The same leaves twice: one set is moved by programs, the other eagerly."""

    def __init__(self, make: Callable[[Any], Optimizer], leaves: Callable[[], list[Any]] = values) -> None:
        self.ours, self.theirs = leaves(), leaves()
        self.optimizer, self.eager_optimizer = make(self.ours), make(self.theirs)

    def program(self, which: Sequence[int]) -> Any:
        return compile(loss_of([self.ours[k] for k in which]), optimizer=self.optimizer)

    def step_eagerly(self, leaves: list[Any], optimizer: Optimizer, which: Sequence[int]) -> None:
        optimizer.zero_grad()
        loss_of([leaves[k] for k in which]).backward()
        optimizer.step()

    def require_same(self, rtol: float = 1e-12) -> None:
        for a, b in zip(self.ours, self.theirs, strict=True):
            np.testing.assert_allclose(a.data, b.data, rtol=rtol, atol=1e-14)
        states = self.optimizer.state(), self.eager_optimizer.state()
        for ours, theirs in zip(*states, strict=True):
            for x, y in zip(ours, theirs, strict=True):
                np.testing.assert_allclose(x, y, rtol=rtol, atol=1e-14)


# Which parameters the programs of a case read.
SHARES = {
    "all": [range(10)],
    "one": [[3]],
    "two that overlap": [range(6), range(4, 10)],
    "every other one": [range(10), range(0, 10, 2)],
    "holes": [[0, 2, 3, 7], [1, 2, 7, 8], range(5)],
    "apart": [range(5), range(5, 10)],
}


@pytest.mark.parametrize("share", SHARES)
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_steps_of_programs_are_those_of_the_optimizer(name: str, share: str) -> None:
    pair = Pair(OPTIMIZERS[name])
    programs: list[Any] = []
    for k in np.random.default_rng(1).integers(len(SHARES[share]), size=12).tolist():
        which = list(SHARES[share][k])
        if k not in [made for made, _ in programs]:
            programs.append((k, pair.program(which)))
        dict(programs)[k].step()
        pair.step_eagerly(pair.theirs, pair.eager_optimizer, which)
        pair.require_same()


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_eager_steps_in_between(name: str) -> None:
    pair = Pair(OPTIMIZERS[name])
    whole, part = pair.program(range(10)), pair.program([1, 2, 5])
    for who in (whole, None, part, None, None, whole, part, whole):
        which = list(range(10)) if who is whole else [1, 2, 5] if who is part else [2, 3, 8]
        pair.step_eagerly(pair.theirs, pair.eager_optimizer, which)
        if who is None:
            pair.step_eagerly(pair.ours, pair.optimizer, which)
        else:
            who.step()
        pair.require_same()


def test_settings_are_read_at_every_step() -> None:
    pair = Pair(OPTIMIZERS["momentum"])
    program = pair.program(range(10))
    changes: list[dict[str, Any]] = [{}, {"lr": 0.5}, {"momentum": 0.5}, {"weight_decay": 0.0}, {"momentum": 0.0}]
    for change in [*changes, {"momentum": 0.9, "nesterov": True}]:
        for optimizer in (pair.optimizer, pair.eager_optimizer):
            for group in optimizer.param_groups:
                group.update(change)
        program.step()
        pair.step_eagerly(pair.theirs, pair.eager_optimizer, range(10))
        pair.require_same()
    assert "state_momentum_buffer" in program.source


def test_the_source_is_that_of_the_settings_now() -> None:
    pair = Pair(OPTIMIZERS["momentum"])
    program = pair.program(range(10))
    pair.optimizer.momentum = 0.625
    program.step()
    assert "0.625" in program.source
    pair.step_eagerly(pair.theirs, pair.eager_optimizer, range(10))
    program.step()  # with the functions that were written for the text


def test_what_is_not_in_use_is_one_number_until_it_is() -> None:
    pair = Pair(lambda params: SGD(params, lr=0.1))
    programs = [pair.program(range(10)), pair.program([1, 2, 5])]
    sizes = []
    for momentum in (0.0, 0.5, 0.0, 0.5):
        for optimizer in (pair.optimizer, pair.eager_optimizer):
            optimizer.param_groups[0]["momentum"] = momentum
        for program, which in zip(programs, (list(range(10)), [1, 2, 5]), strict=True):
            program.step()
            pair.step_eagerly(pair.theirs, pair.eager_optimizer, which)
            pair.require_same()
        sizes.append([" ".join(program.source.split()).count("state_momentum_buffer (10)") for program in programs])
    assert sizes == [[0, 0], [1, 1], [1, 1], [1, 1]]
    pair.optimizer.set_state([[k, 1.0] for k in range(10)])
    programs[0].step()
    assert [kept[0] != 0.0 for kept in pair.optimizer.state()] == [True] * 10


def test_a_state_that_comes_while_it_is_not_in_use_is_kept() -> None:
    w = [Tensor([1.0, 2.0]), Tensor(3.0)]
    optimizer = RMSprop(w, lr=0.1)
    program = compile(tensor_loss(w), optimizer=optimizer)
    program.step()
    state = optimizer.state()
    state[0][RMSprop.state_names.index("grad_avg")] = np.array([5.0, 6.0])
    optimizer.set_state(state)
    program.step()
    np.testing.assert_equal([kept[1] for kept in optimizer.state()], [np.array([5.0, 6.0]), 0.0])


@pytest.mark.parametrize("lr", [-1.0, float("nan"), "0.1"])
def test_a_wrong_learning_rate_moves_nothing(lr: Any) -> None:
    pair = Pair(OPTIMIZERS["adam"])
    program = pair.program(range(10))
    pair.optimizer.lr = lr
    with pytest.raises((TypeError, ValueError), match="lr is a"):
        program.step()
    pair.require_same()


def test_a_state_that_was_set_is_gone_on_from() -> None:
    pair = Pair(OPTIMIZERS["adam"])
    program = pair.program(range(10))
    kept = pair.optimizer.state()
    program.train(3)
    pair.optimizer.set_state(kept)
    for a, b in zip(pair.ours, pair.theirs, strict=True):
        a.data = b.data
    program.step()
    pair.step_eagerly(pair.theirs, pair.eager_optimizer, range(10))
    pair.require_same()


@pytest.mark.parametrize("name", ["adam", "sgd in groups", "adam in groups"])
def test_programs_of_several_stores_share_an_optimizer(name: str) -> None:
    pair = Pair(OPTIMIZERS[name])
    compile(loss_of(pair.ours[:4]))  # holds these four
    compile(loss_of(pair.ours[6:]))
    programs = {k: pair.program(which) for k, which in enumerate([range(10), range(3, 8)])}
    for k in (0, 1, 0, 0, 1):
        programs[k].step()
        pair.step_eagerly(pair.theirs, pair.eager_optimizer, [*range(10)] if k == 0 else [*range(3, 8)])
        pair.require_same()


def test_what_has_no_gradient_stays_where_it_is() -> None:
    pair = Pair(OPTIMIZERS["adam in groups"])
    program = pair.program(range(6))
    program.update()
    for frozen in ([], [1, 4], [], range(6)):
        program()
        pair.eager_optimizer.zero_grad()
        loss_of(pair.theirs[:6]).backward()
        for k in frozen:
            pair.ours[k].zero_grad()
            pair.theirs[k].zero_grad()
        program.update()
        pair.eager_optimizer.step()
        pair.require_same()


def test_a_program_leaves_gradients_alone_that_are_not_its_own() -> None:
    a, b, c = values(3)
    optimizer = SGD([a, b, c], lr=0.1)
    first, second = compile(a * c, optimizer=optimizer), compile(b * c * 2.0, optimizer=optimizer)
    first()
    second()
    assert (a.grad, b.grad, c.grad) == (c.data, 2.0 * c.data, 2.0 * b.data)
    second.update()  # moves neither `a`, nor anything that has none
    c.zero_grad()
    before = a.data - 0.1 * a.grad, b.data, c.data
    first.update()
    assert (a.data, b.data, c.data) == before


def test_two_optimizers_move_the_same_parameters() -> None:
    ours, theirs = values(), values()
    pairs = [(SGD(ours, lr=0.1), SGD(theirs, lr=0.1)), (Adam(ours[:5], lr=0.2), Adam(theirs[:5], lr=0.2))]
    programs = [compile(loss_of(ours), optimizer=optimizer) for optimizer, _ in pairs]
    for k in (0, 1, 1, 0, 1):
        programs[k].step()
        pairs[k][1].zero_grad()
        loss_of(theirs).backward()
        pairs[k][1].step()
    assert [x.data for x in ours] == pytest.approx([x.data for x in theirs], rel=1e-12)


# --- arrays -----------------------------------------------------------------------------------------------------------


def tensors(dtype: Any = float) -> list[Any]:
    rng = np.random.default_rng(2)
    return [Tensor(rng.normal(size=shape), dtype=dtype) for shape in ((3, 4), (), (5,), (2, 1, 2))]


def tensor_loss(leaves: Sequence[Any]) -> Any:
    return sum((leaf.sin() * (0.5 + 0.1 * k) + leaf * leaf).mean() for k, leaf in enumerate(leaves))


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_tensors_move_as_they_do_eagerly(name: str, dtype: Any) -> None:
    pair = Pair(OPTIMIZERS[name], lambda: tensors(dtype))
    shares = [0, 1, 2, 3], [0, 3]
    programs = [compile(tensor_loss([pair.ours[k] for k in share]), optimizer=pair.optimizer) for share in shares]
    for k in (0, 1, 1, 0):
        programs[k].step()
        pair.eager_optimizer.zero_grad()
        tensor_loss([pair.theirs[j] for j in shares[k]]).backward()
        pair.eager_optimizer.step()
        pair.require_same(1e-12 if dtype is np.float64 else 1e-5)
    assert {leaf.data.dtype for leaf in pair.ours} == {np.dtype(dtype)}


LARGE = [
    *((name, sizes) for name in ("momentum", "adam") for sizes in ([70_000], [65_537], [40_000, 30_000, 10], [65_536])),
    ("sgd in groups", [70_000, 66_000, 10]),
    ("adam in groups", [3, 70_000, 3, 66_000]),
]


@pytest.mark.parametrize("dtypes", [(np.float32, np.float64), (np.float64, np.float32)])
def test_programs_of_two_types_round_each_to_its_own(dtypes: tuple[Any, Any]) -> None:
    ours, theirs = ([parameter(np.linspace(-1.0, 0.7, 5, dtype=dtype)) for dtype in dtypes] for _ in range(2))
    optimizers = Adam(ours, lr=0.1), Adam(theirs, lr=0.1)
    programs = [compile((leaf.sin() * leaf).sum(), optimizer=optimizers[0]) for leaf in ours]
    for k in (0, 1, 1, 0, 1):
        programs[k].step()
        optimizers[1].zero_grad()
        (theirs[k].sin() * theirs[k]).sum().backward()
        optimizers[1].step()
    for a, b, dtype in zip(ours, theirs, dtypes, strict=True):
        np.testing.assert_allclose(a.data, b.data, rtol=20 * float(np.finfo(dtype).eps))


@pytest.mark.parametrize(("name", "sizes"), LARGE)
def test_large_parameters_move_in_blocks(name: str, sizes: list[int]) -> None:
    def leaves() -> list[Any]:
        return [Tensor(np.linspace(-1.0, 2.0, size)) for size in sizes]

    pair = Pair(OPTIMIZERS[name], leaves)
    whole = compile(tensor_loss(pair.ours), optimizer=pair.optimizer)
    assert ("for block in" in whole.source) == (sum(sizes) > 65_536)
    part = compile(tensor_loss(pair.ours[:1]), optimizer=pair.optimizer)
    for program in (whole, whole, part, whole):
        program.step()
        pair.eager_optimizer.zero_grad()
        tensor_loss(pair.theirs if program is whole else pair.theirs[:1]).backward()
        pair.eager_optimizer.step()
        pair.require_same()


@pytest.mark.parametrize("size", [65_537, 70_000, 235_146, 10**6 + 3])
def test_blocks_cover_everything_once(size: int) -> None:
    block = block_size(size)
    assert 16_000 <= block <= 36_000
    assert size % block == 0 or block == 32_000


def test_runs_are_pieces_of_their_own_where_they_are_few() -> None:
    cohorts = np.array([0, 0, 1, 1, 1, 0])
    everything = np.ones(6, bool)
    [piece] = pieces_of("p", "g", 7, np.zeros(6, int), everything)
    assert (piece.start, piece.stop, piece.offset, piece.cohorts, piece.moved) == (0, 6, 7, 0, None)
    [first, second] = pieces_of("p", "g", 0, cohorts, np.array([1, 1, 0, 1, 1, 0], bool))
    assert [(p.start, p.stop, p.cohorts) for p in (first, second)] == [(0, 2, 0), (3, 5, 1)]
    [together] = pieces_of("p", "g", 0, cohorts, everything)
    assert (together.start, together.stop, together.moved) == (0, 6, None)
    [holes] = pieces_of("p", "g", 0, cohorts, np.array([0, 1, 0, 1, 0, 1], bool))
    assert (holes.start, holes.stop) == (1, 6)
    assert holes.moved is not None
    assert holes.moved.tolist() == [True, False, True, False, True]


# --- rules ------------------------------------------------------------------------------------------------------------


class Halving(Optimizer):
    """An optimizer of the user's: two numbers and an array as state, one of which begins anew every time."""

    numbers = ("count", "last")
    pull = Setting()

    @staticmethod
    def rule(data: Any, grad: Any, count: Any, last: Any, mean: Any, *, lr: Any, pull: float) -> tuple[Any, ...]:
        mean = 0.5 * mean + 0.5 * grad
        return data - lr / 2.0**count * mean - pull * data, count + 1.0, 5.0, mean


def test_a_rule_of_ones_own() -> None:
    pair = Pair(lambda params: Halving(params, lr=0.5, pull=0.125))
    programs = {k: pair.program(which) for k, which in enumerate([range(10), [0, 3, 5, 8]])}
    for k in (0, 0, 1, 0, 1):
        programs[k].step()
        pair.step_eagerly(pair.theirs, pair.eager_optimizer, [*range(10)] if k == 0 else [0, 3, 5, 8])
        pair.require_same()


class Unfit(Optimizer):
    @staticmethod
    def rule(data: Any, grad: Any, *, lr: float) -> tuple[Any, ...]:
        return (data - lr * np.sign(grad),)


def test_a_rule_that_cannot_be_compiled_is_named() -> None:
    w = Value(1.0)
    with pytest.raises(TypeError, match="the rule of Unfit does not run on arrays of a program"):
        compile(w * w, optimizer=Unfit([w], lr=0.1))


class Undeclared(Optimizer):
    @staticmethod
    def rule(data: Any, grad: Any, count: Any, *, lr: Any) -> tuple[Any, ...]:
        return data - lr * grad, 1.0


class Misdeclared(Optimizer):
    numbers = ("mean",)

    @staticmethod
    def rule(data: Any, grad: Any, mean: Any, *, lr: Any) -> tuple[Any, ...]:
        return data - lr * mean, mean + grad


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        (Undeclared, "the rule of Undeclared gives a number for 'count', which is not in Undeclared.numbers"),
        (Misdeclared, "the rule of Misdeclared gives an array for 'mean', which is in Misdeclared.numbers"),
    ],
)
def test_what_a_rule_keeps_is_declared(kind: type[Optimizer], message: str) -> None:
    w = Value(1.0)
    with pytest.raises(TypeError, match=message):
        compile(w * w, optimizer=kind([w], lr=0.1))


class Family(Optimizer):
    """Of optimizers with a setting in common."""

    pull = Setting()


class Pulled(Family):
    @staticmethod
    def rule(data: Any, grad: Any, *, lr: Any, pull: float) -> tuple[Any, ...]:
        return (data - lr * grad - pull * data,)


def test_a_class_in_between_has_no_rule() -> None:
    pair = Pair(lambda params: Pulled(params, lr=0.1, pull=0.25))
    pair.program(range(10)).step()
    pair.step_eagerly(pair.theirs, pair.eager_optimizer, range(10))
    pair.require_same()
    with pytest.raises(ValueError, match=r"unknown setting of Pulled 'pul': .*did you mean 'pull'"):
        Pulled([Value(1.0)], lr=0.1, pul=0.25)


class Thresholded(Optimizer):
    """Moves only where the gradient is large: the rule chooses between new data and old."""

    threshold = Setting()

    @staticmethod
    def rule(data: Any, grad: Any, *, lr: Any, threshold: float) -> tuple[Any, ...]:
        return (where(greater(grad * grad, threshold), data - lr * grad, data),)


def test_a_rule_that_chooses_between_new_and_old() -> None:
    pair = Pair(lambda params: Thresholded(params, lr=0.5, threshold=0.01))
    program = pair.program(range(10))
    for _ in range(4):
        program.step()
        pair.step_eagerly(pair.theirs, pair.eager_optimizer, range(10))
        pair.require_same()
