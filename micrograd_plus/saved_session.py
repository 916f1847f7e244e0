"""A session as a JSON file: its graph, all numbers, optimizer, history, breakpoints. It holds no code."""

from __future__ import annotations

import json
import os
from array import array
from collections.abc import Mapping
from typing import Any

import numpy as np

from micrograd_plus.arguments import integer_at_least, number_at_least, real_number
from micrograd_plus.atomic_file import PathLike, atomic_write
from micrograd_plus.engine import Node, graph
from micrograd_plus.input_file import LARGEST_FILE, bounded_json, open_regular
from micrograd_plus.json_numbers import from_json, list_of, text_of, to_json
from micrograd_plus.optim import OPTIMIZERS, Optimizer
from micrograd_plus.plain_error import PlainError
from micrograd_plus.saved_graph import item_at, item_named, loaded_graph, saved_graph
from micrograd_plus.session import Session
from micrograd_plus.session_history import Done
from micrograd_plus.value import Value

FORMAT = "micrograd_plus.session"
VERSION = 2


class SessionFileError(PlainError, ValueError):
    """What is wrong with a file of a session, in one line."""


# --- saving -----------------------------------------------------------------------------------------------------------


def save_session(session: Session, path: PathLike) -> None:
    """Write a session to a JSON file, whole or not at all.

    Raises `OSError` where it cannot be written, `TypeError` for what is code: nodes made by hand, an optimizer that is
    not one of `micrograd_plus.optim`; and `ValueError` for what is larger than `load_session` reads.
    """
    nodes = session.debugger.recording.nodes
    place = session.debugger.recording.position
    content = {
        "format": FORMAT,
        "version": VERSION,
        **saved_graph(nodes, place),
        "optimizer": session.optimizer and _saved_optimizer(session.optimizer, place),
        "pinned": sorted(place[node] for node in session.pinned),
        "at": session.debugger.at,
        "breakpoints": [
            {"number": b.number, "text": b.text, "watches": b.watches, "temporary": b.temporary}
            for b in session.breakpoints
        ],
        "next_breakpoint": session.breakpoints.next_number,
        "history": [_saved_change(done, place) for done in session.done],
    }
    lines = ",\n".join(f"{json.dumps(key)}: {_json(value)}" for key, value in content.items())
    file = f"{{\n{lines}\n}}\n".encode()
    if len(file) > LARGEST_FILE:
        raise ValueError(
            f"a session of {len(nodes):,} nodes takes {len(file):,} bytes, and files of at most {LARGEST_FILE:,} are "
            "read: debug a node inside it, whose graph is smaller"
        )
    atomic_write(path, file)


def _json(value: Any) -> str:
    """Return JSON with one line for each item of a list of objects."""
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return "[\n" + ",\n".join(json.dumps(item, allow_nan=False) for item in value) + "\n]"
    return json.dumps(value, allow_nan=False)


def _saved_optimizer(optimizer: Optimizer, place: Mapping[Node, int]) -> dict[str, Any]:
    name = type(optimizer).__name__
    if OPTIMIZERS.get(name) is not type(optimizer):
        raise TypeError(f"only {', '.join(OPTIMIZERS)} can be saved: the rule of {name} is code")
    return {
        "name": name,
        "groups": [_saved_group(group, place) for group in optimizer.param_groups],
        "state": [[to_json(x) for x in state] for state in optimizer.state()],
    }


def _saved_group(group: Mapping[str, Any], place: Mapping[Node, int]) -> dict[str, Any]:
    settings = {name: to_json(value) for name, value in group.items() if name != "params"}
    return {"params": [place[node] for node in group["params"]], "settings": settings}


def _saved_change(done: Done, place: Mapping[Node, int]) -> dict[str, Any]:
    return {
        "what": done.what,
        "at": done.at,
        "pinned": sorted(place[node] for node in done.pinned),
        "lrs": list(done.lrs),
        "state": [[to_json(x) for x in state] for state in done.state],
        "places": to_json(np.array(done.places, dtype=np.int32)),
        "data": to_json(np.array(done.data)) if isinstance(done.data, array) else [to_json(x) for x in done.data],
    }


# --- loading ----------------------------------------------------------------------------------------------------------


def load_session(path: PathLike) -> Session:
    """Return the session that `save_session` wrote; nothing in the file is ever run.

    Raises `OSError` for a file that cannot be read and `SessionFileError` for one that is no session.
    """
    with open_regular(path) as file:
        text = file.read(LARGEST_FILE + 1)
    try:
        if len(text) > LARGEST_FILE:
            raise ValueError(f"larger than {LARGEST_FILE} bytes")
        return _session(_parsed(text))
    except RecursionError:
        reason = "nested too deeply"
    except MemoryError:
        reason = "larger than memory"
    except KeyError as error:
        reason = f"{error} is missing"
    except (TypeError, ValueError, IndexError, ArithmeticError, AttributeError, RuntimeError) as error:
        reason = " ".join(str(error).split())
    raise SessionFileError(f"{os.fspath(path)}: not a session, or a damaged one: {reason[:200]}")


def _parsed(text: bytes) -> dict[str, Any]:
    content = bounded_json(text.decode())
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise ValueError(f"its format is not {FORMAT!r}")
    if content["version"] != VERSION:
        raise ValueError(f"it has version {content['version']!r}; this program reads version {VERSION}")
    return content


def _session(content: dict[str, Any]) -> Session:
    root = loaded_graph(content)
    nodes = graph(root)
    saved = content["optimizer"]
    session = Session(root, optimizer=None if saved is None else _optimizer(saved, nodes))
    session.pin(_pinned(content["pinned"], nodes))
    session.debugger.goto(content["at"])
    session.done = [_change(each, session, nodes) for each in list_of(content["history"])]
    for each in list_of(content["breakpoints"]):
        session.breakpoints.next_number = integer_at_least(session.breakpoints.next_number, "a number", each["number"])
        if each["watches"]:
            session.breakpoints.watch(text_of(each["text"]))
        else:
            session.breakpoints.add(text_of(each["text"]), temporary=bool(each["temporary"]))
    least = session.breakpoints.next_number
    session.breakpoints.next_number = integer_at_least(least, "the next number", content["next_breakpoint"])
    return session


def _optimizer(saved: dict[str, Any], nodes: list[Node]) -> Optimizer:
    kind = item_named(OPTIMIZERS, saved["name"])
    optimizer: Optimizer = kind([_group(each, nodes) for each in list_of(saved["groups"])])
    optimizer.set_state(_state(saved["state"], optimizer))
    return optimizer


def _group(saved: dict[str, Any], nodes: list[Node]) -> dict[str, Any]:
    settings = {name: from_json(value) for name, value in saved["settings"].items()}
    return {**settings, "params": [item_at(nodes, place) for place in list_of(saved["params"])]}


def _state(saved: Any, optimizer: Optimizer) -> list[list[Any]]:
    return optimizer.checked_state([[_number_or_array(x) for x in list_of(kept)] for kept in list_of(saved)])


def _pinned(saved: Any, nodes: list[Node]) -> frozenset[Node]:
    pinned = frozenset(item_at(nodes, place) for place in list_of(saved))
    if any(node.is_leaf for node in pinned):
        raise ValueError("only computed nodes are pinned")
    return pinned


def _change(saved: dict[str, Any], session: Session, nodes: list[Node]) -> Done:
    places = from_json(saved["places"])
    if not isinstance(places, np.ndarray) or places.dtype != np.int32 or places.ndim != 1:
        raise TypeError("the places of a change are an array of int32")
    touched = [item_at(nodes, place) for place in places.tolist()]
    data: Any = saved["data"]
    data = [from_json(x) for x in data] if isinstance(data, list) else from_json(data).tolist()
    data = [node._accepted(x) for node, x in zip(touched, data, strict=True)]
    at = integer_at_least(0, "a position", saved["at"])
    if at > len(nodes) + sum(len(node.inputs) for node in nodes):
        raise ValueError(f"there is no position {at}")
    lrs = tuple(number_at_least(0, "lr", lr) for lr in list_of(saved["lrs"]))
    if len(lrs) != (len(session.optimizer.param_groups) if session.optimizer else 0):
        raise ValueError("a change has the learning rates of other parameter groups")
    state = _state(saved["state"], session.optimizer) if session.optimizer else []
    column = array("d", data) if isinstance(session.root, Value) else data
    return Done(text_of(saved["what"]), at, _pinned(saved["pinned"], nodes), lrs, state, array("i", places), column)


def _number_or_array(x: Any) -> Any:
    loaded = from_json(x)
    return loaded if isinstance(loaded, np.ndarray) else real_number(loaded)
