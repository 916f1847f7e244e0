"""Graphs as deep and as wide as memory allows: all that is done with them ends, in memory in proportion, or refuses."""

import warnings

import pytest

from tests.apart import STATUS
from tests.huge_graphs import FEATURES, GRAPHS, Took, tried

pytestmark = pytest.mark.skipif(not STATUS.exists(), reason="memory is read from /proc")

DEEP = 3000  # operations, more than Python may recurse
SLOW_ANYWHERE = {"compiled", "verified", "slides"}  # each operation becomes some lines; `player` makes the same page


@pytest.mark.parametrize("name", [name for name in FEATURES if name not in SLOW_ANYWHERE])
def test_nothing_recurses(name: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # that a picture was folded
        FEATURES[name](GRAPHS["branching"](DEEP))


@pytest.mark.parametrize("name", ["backward", "second_order", "deepcopy", "tree", "explain", "debugger", "names"])
def test_nothing_recurses_on_tensors(name: str) -> None:
    FEATURES[name](GRAPHS["deep_tensor"](DEEP))


@pytest.mark.parametrize("name", GRAPHS)
def test_gradients_are_those_of_forward_mode(name: str) -> None:
    backward, jvp = (FEATURES[of](GRAPHS[name](DEEP)) for of in ("backward", "jvp"))
    assert backward == pytest.approx(jvp, rel=1e-9)
    assert backward != 0.0


def test_what_cannot_be_done_is_said() -> None:
    assert "the data of 'x' changed after '*' was computed from it" in str(FEATURES["stale"](GRAPHS["branching"](DEEP)))
    assert "only leaves are pickled" in str(FEATURES["pickle"](GRAPHS["branching"](DEEP)))
    assert "a sheet has room for 40 values, the graph has" in str(FEATURES["worksheet"](GRAPHS["branching"](DEEP)))
    assert "more than 1,000 paths" in str(FEATURES["explain_parts"](GRAPHS["deep_tensor"](DEEP)))


def took(name: str, of: str, size: int) -> Took:
    found, failure = tried(name, of, size)
    assert not failure
    return found


@pytest.mark.slow
@pytest.mark.parametrize("of", ["backward", "stale", "tree", "written"])
def test_a_chain_of_a_million_operations(of: str) -> None:
    found = took("deep", of, 1_000_000)
    assert found.own > 100 * 2**20
    assert found.is_modest


@pytest.mark.slow
def test_a_graph_that_no_program_is_made_of() -> None:
    assert "operations that differ, and a program holds at most 50,000" in took("deep", "compiled", 60_000).answer


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "of"),
    [
        ("branching", "explain"),
        ("branching", "debugger"),
        ("readers", "names"),
        ("readers", "compiled"),
        ("leaves", "deepcopy"),
        ("terms", "recorded_steps"),
        ("deep_tensor", "explain"),
        ("deep_tensor", "compiled"),
        ("joined", "backward"),
    ],
)
def test_a_hundred_thousand_operations(name: str, of: str) -> None:
    assert took(name, of, 100_000).is_modest
