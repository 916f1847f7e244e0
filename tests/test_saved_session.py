"""A session that was saved goes on where it was; a file that is damaged or hostile is one clear line."""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from micrograd_plus import Tensor, Value, nn
from micrograd_plus.array_functions import FUNCTIONS
from micrograd_plus.engine import graph
from micrograd_plus.input_file import LARGEST_FILE
from micrograd_plus.optim import SGD, Adagrad, Adam, AdamW, RMSprop
from micrograd_plus.saved_session import SessionFileError, load_session, save_session
from micrograd_plus.session import Session
from tests.array_cases.graphs import cases_in_turn
from tests.programs import QUARTERS, Program, programs
from tests.test_array_functions import parts
from tests.test_session import COMMANDS, array_loss, array_parameters, carry_out, labelled, network, state


def texts(session: Session) -> list[Any]:
    """Return all of a session that another one can be compared with."""
    place = session.debugger.recording.position
    at, pinned, numbers, optimizer = state(session)
    return [
        at,
        sorted(place[node] for node in pinned),
        numbers,
        optimizer,
        [(done.what, done.at) for done in session.done],
        [str(b) for b in session.breakpoints],
        session.breakpoints.next_number,
        [
            (repr(node.op), [place[i] for i in node.inputs], node.label, node.symbol, node.scope.path)
            for node in session.debugger.recording.nodes
        ],
    ]


def test_graphs_of_all_functions_of_arrays_are_loaded(tmp_path: Path) -> None:
    path = tmp_path / "session.json"
    for case in itertools.islice(cases_in_turn(), len(FUNCTIONS)):
        results = parts(case.of([Tensor(x, dtype=np.float32) for x in case.inputs()]))
        session = Session(sum((y.astype(np.float64).sum() for y in results), Tensor(0.0)))
        save_session(session, path)
        assert texts(load_session(path)) == texts(session), case


def compare_while_undoing(session: Session, loaded: Session) -> None:
    assert texts(loaded) == texts(session)
    while session.done:
        session.undo()
        loaded.undo()
        assert texts(loaded) == texts(session)


# Files hold that a number is nan, and not which of all nans.
ANY_FLOAT = st.one_of(QUARTERS, st.floats(allow_nan=False), st.just(math.nan))


@given(programs(ANY_FLOAT), COMMANDS)
def test_a_loaded_session_goes_on(tmp_path_factory: Any, program: Program, commands: list[tuple[Any, ...]]) -> None:
    session = Session(program.run(labelled(program.inputs)))
    for command in commands:
        carry_out(session, command)
    path = tmp_path_factory.getbasetemp() / "session.json"
    save_session(session, path)
    loaded = load_session(path)
    session.breakpoints.add("nan")
    loaded.breakpoints.add("nan")
    for each in (session, loaded):
        each.set(each.debugger.recording.nodes[0], 0.5)
    compare_while_undoing(session, loaded)


@pytest.mark.parametrize("make", [network, array_loss])
@pytest.mark.parametrize(
    ("kind", "settings"),
    [
        (SGD, {"momentum": 0.5, "nesterov": True}),
        (RMSprop, {"alpha": 0.9, "momentum": 0.5, "centered": True}),
        (Adagrad, {"lr_decay": 0.1, "initial_accumulator_value": 0.5}),
        (Adam, {"betas": (0.5, 0.9)}),
        (AdamW, {"betas": (0.5, 0.9)}),
    ],
)
def test_networks_and_optimizers_go_on(
    tmp_path: Path, make: Callable[[], Any], kind: type[Any], settings: dict[str, Any]
) -> None:
    root = make()
    session = Session(root, optimizer=kind(array_parameters(root), lr=0.1, weight_decay=0.01, **settings))
    session.train(2)
    session.debugger.step(3)
    session.breakpoints.add("dead", temporary=True)
    session.breakpoints.add("op:relu if grad > 1")
    session.breakpoints.delete(1)
    session.breakpoints.watch(session.params()[0][1])
    save_session(session, tmp_path / "s.json")
    loaded = load_session(tmp_path / "s.json")
    for each in (session, loaded):
        each.train(2)
        each.lr = 0.05
        each.set(each.debugger.operations[0], each.debugger.operations[0].data * 2.0)
    compare_while_undoing(session, loaded)


def test_structural_operations_and_indices_come_back(tmp_path: Path) -> None:
    x = Tensor(np.arange(12.0).reshape(3, 4), label="x")
    rows, mask = np.array([2, 0, 2]), np.array([True, False, True])
    root = (
        x[rows, 1:3].T.reshape(2, -1).sum(axis=(0, 1))
        + x[mask].mean(axis=0).max()
        + x[..., None, 0].softmax().logsumexp()
        + (x.clip(min=1.0) @ np.ones((4, 1))).sum()
    )
    session = Session(root)
    session.debugger.end()
    save_session(session, tmp_path / "s.json")
    compare = texts(session)[:-1]
    loaded = load_session(tmp_path / "s.json")
    assert texts(loaded)[:-1] == compare
    for each in (session, loaded):
        each.set("x[2,1]", 0.5)
    assert loaded.root.data.tobytes() == session.root.data.tobytes()


def test_what_is_code_is_not_saved(tmp_path: Path) -> None:
    class Other(SGD):
        pass

    x = Value(2.0, label="x")
    square = Value(4.0, (x,), "square")
    path = tmp_path / "s.json"
    with pytest.raises(TypeError, match="made by hand cannot be saved: the rule of 'square' is code"):
        save_session(Session(square * 1.0), path)
    with pytest.raises(
        TypeError, match="only SGD, RMSprop, Adagrad, Adam, AdamW can be saved: the rule of Other is code"
    ):
        save_session(Session(x * 1.0, optimizer=Other([x])), path)
    assert not path.exists()


# --- hostile files

Damage = Callable[[dict[str, Any]], Any]


def array(*shape: int) -> dict[str, Any]:
    return {"dtype": "float64", "shape": list(shape), "base64": "AAAAAAAA8D8="}  # one number


def program(*nodes: dict[str, Any], kind: str = "Value") -> Damage:
    def damage(content: dict[str, Any]) -> None:
        content |= {"kind": kind, "nodes": [{"scope": 0, **node} for node in nodes], "optimizer": None}

    return damage


def of_arrays(*nodes: dict[str, Any]) -> Damage:
    return program(*nodes, kind="Tensor")


def computed(op: str, data: Any, *inputs: int, **parameters: Any) -> dict[str, Any]:
    return {"op": op, "inputs": list(inputs), "data": data} | ({"parameters": parameters} if parameters else {})


X = {"op": "leaf", "data": 1.0}
ONE = {"op": "leaf", "data": array(1)}
DAMAGES: list[tuple[Damage, str]] = [
    (lambda c: c.update(format="other"), "its format is not"),
    (lambda c: c.update(version=3), "it has version 3"),
    (lambda c: c.pop("nodes"), "'nodes' is missing"),
    (lambda c: c.update(kind="os.system"), "unknown kind of node 'os.system'"),
    (lambda c: c.update(nodes={}), "wanted a list"),
    (lambda c: c.update(nodes=[]), "the last node depends on all others"),
    (lambda c: c.update(at=10**9), "there are .* events"),
    (lambda c: c.update(at="0"), "the position is an integer"),
    (lambda c: c.update(pinned=[0]), "only computed nodes are pinned"),
    (lambda c: c.update(scopes=[[3]]), "wanted a str"),
    (lambda c: c["nodes"][0].update(label=3), "wanted a label as text"),
    (lambda c: c["nodes"][0].update(data="__import__('os')"), "no number, array or index"),
    (lambda c: c["nodes"][0].update(data=array(1)), "wanted a real number"),
    (lambda c: c["nodes"][0].update(op="eval"), "unknown name 'eval'"),
    (lambda c: c["nodes"][-1].update(inputs=[len(c["nodes"]) - 1, 0]), "place of nothing that stands before"),
    (lambda c: c["nodes"][-1].update(inputs=[-1, 0]), "a place is at least 0"),
    (lambda c: c["nodes"][-1].update(inputs=[0]), r"takes 2 input\(s\), got 1"),
    (lambda c: c["nodes"][-1].update(scope=99), "place of nothing"),
    (lambda c: c["optimizer"].update(name="Lion"), "unknown name 'Lion'"),
    (lambda c: c["optimizer"]["groups"][0]["settings"].update(lr="nan"), "lr is a finite number"),
    (lambda c: c["optimizer"]["groups"][0]["settings"].update(code=1), "unknown setting of a parameter group 'code'"),
    (lambda c: c["optimizer"].update(state=[]), r"wanted 2 number\(s\) for each of 2 parameters"),
    (lambda c: c["optimizer"].update(state=[[array(1), 0.0]] * 2), "a number or an array of the parameter's shape"),
    (lambda c: c["breakpoints"].append({"number": 9, "text": "nobody", "watches": 0, "temporary": 0}), "nobody"),
    (lambda c: c["history"][0].update(data=[]), "shorter"),
    (lambda c: c["history"][0].update(at=10**9), "there is no position"),
    (lambda c: c["history"][0].update(places=[0]), "no number, array or index"),
    (program(X, computed("sum", 1.0, 0)), "sum is an operation on arrays"),
    (program(X, computed("power", 1.0, 0, m=1.0)), "no parameter 'm'"),
    (program(X, X, computed("exp", 1.0, 0)), "the last node depends on all others"),
    (program(computed("exp", 1.0)), r"exp takes 1 input\(s\), got 0"),
    (
        of_arrays(ONE, computed("broadcast_to", array(1), 0, shape={"tuple": [10**9, 10**9]})),
        "another size than its result",
    ),
    (of_arrays(ONE, computed("sum", array(1, 1), 0, axis=0, keepdims=False)), "is not what it gives"),
    (of_arrays(ONE, computed("index", array(1), 0, key=7)), "out of bounds"),
    (of_arrays({**ONE, "op": "constant"}, computed("exp", array(1), 0)), "is not what it gives"),
]


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    x, w = Value(2.0, label="x"), Value(-1.0, label="w")
    session = Session((x * w).tanh() + x)
    session.train()
    save_session(session, tmp_path / "s.json")
    return tmp_path / "s.json"


@pytest.mark.parametrize(("damage", "message"), DAMAGES, ids=[message for _, message in DAMAGES])
def test_a_damaged_file_is_one_line(saved: Path, damage: Damage, message: str) -> None:
    content = json.loads(saved.read_text())
    damage(content)
    saved.write_text(json.dumps(content))
    with pytest.raises(SessionFileError, match=message) as caught:
        load_session(saved)
    assert str(caught.value).startswith(f"{saved}: not a session, or a damaged one: ")
    assert "\n" not in str(caught.value)


def test_a_count_of_steps_below_0_is_refused_in_the_history_too(tmp_path: Path) -> None:
    x = Value(2.0, label="x")
    session = Session(x * x, optimizer=Adam([x]))
    session.train(2)
    save_session(session, tmp_path / "s.json")
    whole = json.loads((tmp_path / "s.json").read_text())
    for kept in (whole["optimizer"]["state"], whole["history"][0]["state"]):
        kept[0][2], before = -1.0, kept[0][2]
        (tmp_path / "s.json").write_text(json.dumps(whole))
        with pytest.raises(SessionFileError, match="step: wanted a finite number of at least 0"):
            load_session(tmp_path / "s.json")
        kept[0][2] = before


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"", "Expecting value"),
        (b"[]", "its format is not"),
        (b"\xff\xfe", "decode"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"format": NaN}', "NaN is not JSON"),
        (b'{"at": -1e999}', "-1e999 is more than a float holds"),
        (b'{"at": 1, "format": 2, "at": 3}', "the key 'at' comes twice"),
        (b"1" * 5000, "digits"),
        (b'{"format": "micrograd_plus.session"}', "'version' is missing"),
    ],
)
def test_what_is_no_session_is_one_line(tmp_path: Path, text: bytes, message: str) -> None:
    path = tmp_path / "s.json"
    path.write_bytes(text)
    with pytest.raises(SessionFileError, match=message):
        load_session(path)


@pytest.mark.slow
def test_a_file_that_is_too_large_is_not_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "s.json"
    with path.open("wb") as file:
        file.truncate(LARGEST_FILE + 2)
    with pytest.raises(SessionFileError, match="larger than"):
        load_session(path)
    with pytest.raises(FileNotFoundError):
        load_session(tmp_path / "none.json")


def test_what_could_not_be_read_again_is_not_saved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("micrograd_plus.saved_session.LARGEST_FILE", 1000)
    x = y = Value(0.5)
    save_session(Session(y.sin()), tmp_path / "small.json")
    for _ in range(100):
        y = y.sin()
    message = r"a session of 101 nodes takes [\d,]+ bytes, and files of at most 1,000 are read"
    with pytest.raises(ValueError, match=message):
        save_session(Session(y), tmp_path / "large.json")
    assert [file.name for file in tmp_path.iterdir()] == ["small.json"]
    assert load_session(tmp_path / "small.json").root.data == x.sin().data


@given(st.data())
def test_whatever_one_value_is_replaced_by_nothing_else_is_raised(tmp_path_factory: Any, data: st.DataObject) -> None:
    path = tmp_path_factory.getbasetemp() / "fuzzed.json"
    session = Session(nn.MLP(1, [1], rng=0)([1.0]).tanh())
    session.train()
    save_session(session, path)
    content = json.loads(path.read_text())
    holder, key = data.draw(st.sampled_from(list(places_in(content))))
    holder[key] = data.draw(st.sampled_from([None, -1, 3, 10**30, 0.5, "nan", "x", [], [[]], {}, True, {"tuple": [1]}]))
    path.write_text(json.dumps(content))
    reason = ""
    try:
        loaded = load_session(path)
        assert len(graph(loaded.root)) == len(content["nodes"])
    except SessionFileError as error:
        reason = str(error)
    assert "\n" not in reason


def places_in(content: Any) -> Any:
    """Yield each place in nested lists and objects, as what holds it and its key."""
    keys = list(content) if isinstance(content, dict) else range(len(content))
    for key in keys:
        yield content, key
        if isinstance(content[key], dict | list):
            yield from places_in(content[key])
