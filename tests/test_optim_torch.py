"""A hundred steps of every optimizer are those of PyTorch: of Values, Tensors, programs, in groups, from its state."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

from micrograd_plus import Tensor, Value
from micrograd_plus.compiler.compilation import compile
from micrograd_plus.nn import parameter
from micrograd_plus.optim import Optimizer, RMSprop
from tests.optimizer_cases import CASES, GROUPS, START, groups_of, loss_of, path

pytestmark = pytest.mark.slow


def values() -> list[Any]:
    return [parameter(x, f"x{k}") for k, x in enumerate(START)]


def tensors() -> list[Any]:
    return [Tensor(np.array(x)) for x in START[:2]] + [Tensor(np.array([[x]])) for x in START[2:]]


def eager(case: str, params: Sequence[Any]) -> Callable[[Any], None]:
    def step(optimizer: Any) -> None:
        optimizer.zero_grad()
        loss_of(case, numbers_of(params)).backward()
        optimizer.step()

    return step


def compiled(case: str, params: Sequence[Any]) -> Callable[[Any], None]:
    programs: dict[int, Any] = {}

    def step(optimizer: Any) -> None:
        count = len(optimizer.param_groups)
        if count not in programs:
            programs[count] = compile(loss_of(case, numbers_of(params)), optimizer=optimizer)
        programs[count].step()

    return step


def numbers_of(params: Sequence[Any]) -> list[Any]:
    return [p.sum() if isinstance(p, Tensor) else p for p in params]


def number(param: Any) -> float:
    return float(np.asarray(param.data).item())


def torch_params() -> list[Any]:
    torch = pytest.importorskip("torch")
    return [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in START]


def torch_step(case: str, params: Sequence[Any]) -> Callable[[Any], None]:
    def step(optimizer: Any) -> None:
        optimizer.zero_grad()
        loss_of(case, params).backward()
        optimizer.step()

    return step


def torch_kind(case: str) -> Any:
    return getattr(pytest.importorskip("torch").optim, CASES[case][0].__name__)


WAYS = [(make, way) for make in (values, tensors) for way in (eager, compiled)]


# PyTorch's Adagrad has no state for a later group.
IN_GROUPS = [
    (case, groups) for case in CASES for groups in GROUPS if (case[:7], groups) != ("adagrad", "a later group")
]


# Numbers and arrays, eager and compiled, each once for every case: the rest is between us (see test_update).
CROSSED = [((values, eager), (tensors, compiled)), ((values, compiled), (tensors, eager))]


@pytest.mark.parametrize(("case", "groups", "ways"), [(*case, CROSSED[k % 2]) for k, case in enumerate(IN_GROUPS)])
def test_a_hundred_steps(case: str, groups: str, ways: Any) -> None:
    theirs = torch_params()
    wanted = path(case, groups, theirs, torch_kind(case), torch_step(case, theirs), lambda p: p.item())
    assert np.abs(wanted[-1] - START).max() > 0.05
    for make, way in ways:
        params = make()
        found = path(case, groups, params, CASES[case][0], way(case, params), number)
        np.testing.assert_allclose(found, wanted, rtol=0, atol=1e-10, err_msg=f"{make.__name__}, {way.__name__}")


def run(step: Callable[[Any], None], optimizer: Any, steps: int) -> None:
    for _ in range(steps):
        step(optimizer)


def with_arrays(state: Any) -> Any:
    """Return a state dict of PyTorch with arrays for its tensors."""
    if isinstance(state, dict):
        return {key: with_arrays(entry) for key, entry in state.items()}
    if isinstance(state, list):
        return [with_arrays(entry) for entry in state]
    return state.numpy() if hasattr(state, "numpy") else state


def with_tensors(state: Any) -> Any:
    torch = pytest.importorskip("torch")
    entries = {k: {name: torch.tensor(x) for name, x in kept.items()} for k, kept in state["state"].items()}
    return {**state, "state": entries}


def begun(case: str) -> tuple[list[Any], Any]:
    """Return the parameters and the optimizer of PyTorch after some steps."""
    theirs = torch_params()
    optimizer = torch_kind(case)(groups_of(case, [[0, 2], [3, 1]], theirs), **CASES[case][1])
    run(torch_step(case, theirs), optimizer, 30)
    return theirs, optimizer


def fresh(case: str, params: list[Any]) -> Optimizer:
    """Return an optimizer with PyTorch's defaults in the same groups."""
    return CASES[case][0]([{"params": [params[0], params[2]]}, {"params": [params[3], params[1]]}])


@pytest.mark.parametrize("case", CASES)
def test_it_goes_on_from_the_state_of_torch(case: str) -> None:
    theirs, optimizer = begun(case)
    states = [optimizer.state_dict(), with_arrays(optimizer.state_dict())]
    places = [p.item() for p in theirs]
    starts = []
    for k, (make, way) in enumerate(WAYS):
        params = make()
        for p, x in zip(params, places, strict=True):
            p.data = np.full(np.shape(p.data), x) if isinstance(p, Tensor) else x
        ours = fresh(case, params)
        ours.load_state_dict(states[k % 2])
        starts.append((params, ours, way(case, params)))
    run(torch_step(case, theirs), optimizer, 70)
    for params, ours, step in starts:
        run(step, ours, 70)
        np.testing.assert_allclose([number(p) for p in params], [p.item() for p in theirs], rtol=0, atol=1e-10)


@pytest.mark.parametrize("case", [case for case, (kind, _) in CASES.items() if kind is not RMSprop])
def test_torch_goes_on_from_a_state(case: str) -> None:
    torch = pytest.importorskip("torch")
    params = tensors()[:2] + [Tensor(np.array(x)) for x in START[2:]]
    ours = CASES[case][0](groups_of(case, [[0, 2], [3, 1]], params), **CASES[case][1])
    run(eager(case, params), ours, 30)
    theirs = torch_params()
    optimizer = torch_kind(case)([{"params": [theirs[0], theirs[2]]}, {"params": [theirs[3], theirs[1]]}])
    optimizer.load_state_dict(with_tensors(ours.state_dict()))
    with torch.no_grad():
        for p, q in zip(theirs, params, strict=True):
            p.copy_(torch.tensor(q.data))
    run(torch_step(case, theirs), optimizer, 70)
    run(eager(case, params), ours, 70)
    np.testing.assert_allclose([number(p) for p in params], [p.item() for p in theirs], rtol=0, atol=1e-10)


@pytest.mark.parametrize("case", CASES)
def test_the_layout_is_that_of_torch(case: str) -> None:
    theirs, optimizer = begun(case)
    params: list[Any] = [Value(p.item()) for p in theirs]
    ours = fresh(case, params)
    ours.load_state_dict(optimizer.state_dict())
    found, wanted = ours.state_dict(), optimizer.state_dict()
    for group, their_group in zip(found["param_groups"], wanted["param_groups"], strict=True):
        assert group == {name: their_group[name] for name in group}
    if CASES[case][0] is not RMSprop:  # which keeps the variance instead of a mean from which it follows
        for k, kept in found["state"].items():
            entries = {name: x for name, x in wanted["state"][k].items() if x is not None}
            assert {name: float(x) for name, x in kept.items() if name != "begun"} == with_numbers(entries)


def with_numbers(entries: dict[str, Any]) -> dict[str, float]:
    return {name: x.item() for name, x in entries.items()}


def test_schedules_set_the_rate_of_each_group_as_torch_does() -> None:
    torch = pytest.importorskip("torch")
    from micrograd_plus import schedules

    makers: dict[str, Callable[[Any, Any], Any]] = {
        "step": lambda of, o: of.StepLR(o, step_size=7, gamma=0.5),
        "cosine": lambda of, o: of.CosineAnnealingLR(o, T_max=20, eta_min=0.001),
        "cycle": lambda of, o: of.OneCycleLR(
            o, max_lr=[0.3, 0.7], total_steps=60, **({"cycle_momentum": False} if of is not schedules else {})
        ),
        "plateau": lambda of, o: of.ReduceLROnPlateau(o, factor=0.5, patience=1, min_lr=[0.01, 0.002]),
        "sequence": lambda of, o: of.SequentialLR(
            o, [of.LinearLR(o, start_factor=0.2, total_iters=5), of.ExponentialLR(o, gamma=0.9)], milestones=[5]
        ),
    }
    losses = (1.0 + 0.1 * np.sin(np.arange(50))).tolist()
    for name, make in makers.items():
        found = []
        for of, kind, params in (
            (torch.optim.lr_scheduler, torch.optim.SGD, torch_params()),
            (schedules, CASES["sgd"][0], values()),
        ):
            optimizer = kind([{"params": params[:2]}, {"params": params[2:], "lr": 0.02}], lr=0.1)
            scheduler = make(of, optimizer)
            rates = []
            for loss in losses:
                rates.append([group["lr"] for group in optimizer.param_groups])
                optimizer.step()
                scheduler.step(*([loss] if name == "plateau" else []))
            found.append(rates)
        np.testing.assert_allclose(found[1], found[0], rtol=0, atol=1e-12, err_msg=name)
