"""An optimizer's settings and state in PyTorch's layout: plain dicts of numbers and arrays."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from micrograd_plus.arguments import described
from micrograd_plus.suggestions import require_known

if TYPE_CHECKING:
    from micrograd_plus.optimizer import Optimizer

# What PyTorch's groups hold beside settings: how its kernels compute, and notes of its schedulers.
_NO_SETTINGS = ("foreach", "fused", "capturable", "differentiable", "param_names", "initial_lr", "max_lr", "min_lr")


def state_dict(optimizer: Optimizer) -> dict[str, Any]:
    """Return what `optimizer.state_dict()` does."""
    groups, state, k = [], {}, 0
    kept = optimizer.state()
    for group in optimizer.param_groups:
        settings = {name: group[name] for name in optimizer.defaults}
        numbers = list(range(k, k := k + len(group["params"])))
        groups.append({**settings, "params": numbers})
        initial = optimizer.initial_state(settings)
        for number, parameter in zip(numbers, group["params"], strict=True):
            entries = zip(optimizer.state_names, kept[number], initial, strict=True)
            if moved := {
                name: _whole(entry, parameter.data) if name not in optimizer.numbers else entry
                for name, entry, begin in entries
                if not np.all(entry == begin)
            }:
                state[number] = moved
    return {"state": state, "param_groups": groups}


def loaded(optimizer: Optimizer, saved: Mapping[str, Any]) -> tuple[list[dict[str, Any]], list[Any]]:
    """Return the settings of each group and the state of each parameter that a state dict holds, checked."""
    _require_layout(saved)
    sizes = [len(group["params"]) for group in optimizer.param_groups]
    found = [len(group["params"]) for group in saved["param_groups"]]
    if found != sizes:
        raise ValueError(f"wanted groups of {_listed(sizes)} parameters, the state dict has groups of {_listed(found)}")
    by_number = {int(number): entries for number, entries in saved["state"].items()}
    settings, states = [], []
    for ours, theirs in zip(optimizer.param_groups, saved["param_groups"], strict=True):
        settings.append(_settings(optimizer, ours, theirs))
        for number, parameter in zip(theirs["params"], ours["params"], strict=True):
            states.append(_state(optimizer, by_number.pop(int(number), {}), settings[-1], parameter.data))
    if by_number:
        raise ValueError(f"the state dict has a state of parameter {next(iter(by_number))}, which is in no group")
    return settings, states


def _require_layout(saved: Any) -> None:
    try:
        groups, state = saved["param_groups"], saved["state"]
        numbers = [int(number) for group in groups for number in group["params"]]
        is_fine = isinstance(state, Mapping) and all(isinstance(group, Mapping) for group in groups)
    except (TypeError, KeyError, ValueError, IndexError):
        is_fine = False
    if not is_fine:
        raise TypeError(f"wanted a state dict with 'state' and 'param_groups', got {described(saved)}")
    for number, times in Counter(numbers).items():
        if times > 1:
            raise ValueError(f"parameter {number} is in the state dict twice")
    for number, entries in state.items():
        if not isinstance(entries, Mapping):
            raise TypeError(f"wanted the entries of parameter {number} by name, got {described(entries)}")


def fitting(name: str, entry: Any, data: Any) -> Any:
    """Return an entry of a state, a number or an array of the shape of `data`; anything else is a ValueError."""
    if isinstance(entry, list):
        entry = np.array(entry, dtype=np.asarray(data).dtype)
    if np.shape(entry) not in ((), np.shape(data)):
        wanted = f"a number or an array of the parameter's shape {np.shape(data)}"
        raise ValueError(f"{name}: wanted {wanted}, got {np.shape(entry)}")
    return entry


def _settings(optimizer: Optimizer, ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> dict[str, Any]:
    found = {name: value for name, value in theirs.items() if name != "params" and name not in _NO_SETTINGS}
    for name in found:
        require_known(f"setting of {type(optimizer).__name__}", name, optimizer.defaults)
    return optimizer.checked({name: found.get(name, ours[name]) for name in optimizer.defaults})


def _state(optimizer: Optimizer, entries: Mapping[str, Any], settings: Mapping[str, Any], data: Any) -> list[Any]:
    """Return the state of a parameter with these data; what is left out, or None as in PyTorch, begins anew."""
    kept = {name: _copy(entry) for name, entry in entries.items() if entry is not None}
    kept = dict(optimizer.completed(kept, settings))
    for name in kept:
        require_known(f"entry of a state of {type(optimizer).__name__}", name, optimizer.state_names)
    state = []
    for name, begin in zip(optimizer.state_names, optimizer.initial_state(settings), strict=True):
        entry = kept.get(name, begin)
        if name in optimizer.numbers and np.size(entry) != 1:
            raise ValueError(f"{name}: wanted one number, got an array of shape {np.shape(entry)}")
        is_number = name in optimizer.numbers or isinstance(data, float)
        entry = fitting(name, entry, data)
        state.append(np.asarray(entry).item() if is_number else _like(entry, data))
    return state


def _copy(entry: Any) -> Any:
    array = np.asarray(entry).copy()
    if array.dtype.kind not in "fiu":
        raise TypeError(f"wanted numbers in a state, got {described(entry)}")
    return array


def _whole(entry: Any, data: Any) -> Any:
    """Return an entry as an array of the shape of a Tensor's data, as a number for a Value."""
    if isinstance(data, float):
        return float(entry)
    return np.array(np.broadcast_to(entry, np.shape(data)), dtype=np.asarray(data).dtype)


def _like(entry: Any, data: Any) -> Any:
    return entry if isinstance(entry, float) else np.asarray(entry, dtype=np.asarray(data).dtype)


def _listed(sizes: Sequence[int]) -> str:
    return " and ".join(map(str, sizes)) or "no"
