"""All that a training goes on from, after an epoch: arrays by name and what JSON can hold, checked when it is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, astuple
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from micrograd_plus.arguments import integer_at_least, number_at_least
from micrograd_plus.named_arrays import arrays_like, taken_from, under
from micrograd_plus.plain_data import anything, each, fields, maybe
from micrograd_plus.texts import one_line
from micrograd_plus.training_history import Epoch, epoch_of

if TYPE_CHECKING:
    from micrograd_plus.train import Training  # it imports this module

Array = NDArray[Any]

_checked = fields(
    {
        "epochs": each(epoch_of),
        "best": maybe(partial(integer_at_least, 1)),
        "rng": anything,  # its bit generator knows what it is
        "lrs": each(partial(number_at_least, 0)),
        "schedule": anything,
        "record": anything,
    },
    optional=("record",),
)


def saved(training: Training) -> tuple[dict[str, Array], dict[str, Any]]:
    """Return what `training.state()` does."""
    history = training.history
    arrays = under("model", training.model.state_dict()) | under("best", history.best_state)
    for k, numbers in enumerate(training.optimizer.state()):
        arrays |= under(f"optimizer/{k}", {str(slot): np.array(number) for slot, number in enumerate(numbers)})
    plain = {
        "epochs": [astuple(epoch) for epoch in history.epochs],
        "best": history.best.number if history.best else None,
        "rng": _with_lists(training.rng.bit_generator.state),
        "lrs": [group["lr"] for group in training.optimizer.param_groups],
        "schedule": training.schedule.state() if training.schedule else None,
    }
    if history.record:
        kept, plain["record"] = history.record.state()
        arrays |= under("record", kept)
    return arrays, plain


def restore(training: Training, arrays: Mapping[str, Array], plain: Any) -> None:
    """Do what `training.set_state()` does."""
    history, optimizer = training.history, training.optimizer
    kept = _checked("training", plain)
    epochs, lrs = kept["epochs"], kept["lrs"]
    _require_measures(training, epochs)
    best = _best_of(epochs, kept["best"])
    if len(lrs) != len(optimizer.param_groups):
        raise ValueError(f"it has {len(lrs)} parameter groups, this one has {len(optimizer.param_groups)}")
    weights = training.model.state_dict()
    model, best_state = (arrays_like(weights, taken_from(arrays, name), name) for name in ("model", "best"))
    optimizer.set_state([_slots(taken_from(arrays, f"optimizer/{k}"), k) for k in range(len(optimizer.params))])
    training.model.load_state_dict(model)
    _set_rng(training.rng, kept["rng"])
    if training.schedule:
        training.schedule.set_state(kept["schedule"])
    for group, lr in zip(optimizer.param_groups, lrs, strict=True):
        group["lr"] = lr
    if history.record:
        history.record.set_state(taken_from(arrays, "record"), kept.get("record"), len(epochs))
    history.epochs, history.best, history.best_state = epochs, best, best_state


def _require_measures(training: Training, epochs: list[Epoch]) -> None:
    for k, epoch in enumerate(epochs):
        missing = {name for name, number in asdict(epoch).items() if number is None}
        for name in sorted(missing ^ training.unmeasured):
            wanted = "None" if name in training.unmeasured else "a number"
            raise ValueError(f"training.epochs[{k}].{name} is {wanted} in this training, not {getattr(epoch, name)}")


def _best_of(epochs: list[Epoch], number: int | None) -> Epoch | None:
    """Return the best of the epochs, whose number was kept besides."""
    if [epoch.number for epoch in epochs] != list(range(1, len(epochs) + 1)):
        raise ValueError("training.epochs are numbered from 1 on")
    best = min(epochs, key=lambda epoch: epoch.judged_loss, default=None)
    if number != (best and best.number):
        raise ValueError(f"training.best is {best and best.number}, the epoch with the smallest loss, not {number}")
    return best


def _slots(kept: Mapping[str, Array], number: int) -> list[Any]:
    """Return what an optimizer keeps of a parameter: numbers, or arrays of its shape."""
    if kept.keys() != {str(slot) for slot in range(len(kept))}:
        raise ValueError(f"the state of parameter {number} is not complete: there are {one_line(', '.join(kept), 200)}")
    for name, array in kept.items():
        if np.isnan(array).any():
            raise ValueError(f"optimizer/{number}/{name} holds nan")
    return [array if array.shape else array.item() for array in (kept[str(slot)] for slot in range(len(kept)))]


def _set_rng(rng: np.random.Generator, state: Any) -> None:
    try:
        rng.bit_generator.state = state
        is_fine = bool(_with_lists(rng.bit_generator.state) == state)
    except (TypeError, ValueError, LookupError, OverflowError):
        is_fine = False
    if not is_fine:
        raise ValueError(f"training.rng is no state of a {type(rng.bit_generator).__name__}")


def _with_lists(state: Any) -> Any:
    """Return the state of a bit generator as JSON can hold it: some, such as MT19937's, have arrays in them."""
    if isinstance(state, Mapping):
        return {key: _with_lists(entry) for key, entry in state.items()}
    return state.tolist() if isinstance(state, np.ndarray) else state
