"""Places without Graphviz: no box covers another, arrows go one way, long chains need no recursion."""

from itertools import accumulate, combinations, pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from micrograd_plus import Value
from micrograd_plus.viz.from_graph import picture_of
from micrograd_plus.viz.layout import CHARACTER, Place, _apart, frames, longest_paths, places
from micrograd_plus.viz.picture import Arrow, Flow
from tests.viz_graphs import network, neuron


def arrow(tail: str, head: str) -> Arrow:
    return Arrow(tail, head, None, None, Flow.PENDING)


def overlap(a: Place, b: Place) -> bool:
    return 2 * abs(a.x - b.x) < a.width + b.width and 2 * abs(a.y - b.y) < a.height + b.height


def test_levels_are_lengths_of_longest_paths() -> None:
    arrows = [arrow("a", "b"), arrow("b", "c"), arrow("a", "c"), arrow("a", "c"), arrow("d", "c")]
    assert longest_paths("abcd", arrows) == {"a": 0, "b": 1, "c": 2, "d": 0}


def test_cycles_of_groups_are_cut_somewhere() -> None:
    levels = longest_paths("abcd", [arrow("a", "b"), arrow("b", "c"), arrow("c", "b"), arrow("c", "d")])
    assert levels["a"] < levels["b"] < levels["c"] < levels["d"]


def test_a_long_chain_needs_no_recursion() -> None:
    keys = [f"n{k}" for k in range(20_000)]
    levels = longest_paths(keys, [arrow(a, b) for a, b in pairwise(keys)])
    assert levels[keys[-1]] == 19_999


@pytest.mark.parametrize("rankdir", ["LR", "TB"])
@pytest.mark.parametrize("hidden", [1, 5, 30])
@pytest.mark.parametrize("detail", ["neuron", "full"])
def test_no_box_covers_another_and_arrows_go_one_way(rankdir: str, hidden: int, detail: str) -> None:
    picture = picture_of(network(hidden=hidden), detail)
    found = places(picture, rankdir)
    assert not [pair for pair in combinations(found.values(), 2) if overlap(*pair)]
    for a in picture.arrows:
        tail, head = found[a.tail], found[a.head]
        assert (tail.x < head.x) if rankdir == "LR" else (tail.y > head.y)


def test_neurons_stand_in_order_in_frames_that_hold_no_other_box() -> None:
    picture = picture_of(network(hidden=12), "neuron")
    found = places(picture)
    headings = [frame.heading for frame in frames(picture, found)]
    assert headings == ["layer1", "layer2"]  # what both begin with is left out
    frame = frames(picture, found)[0].place
    column = picture.clusters[0].keys
    assert [found[key].y for key in column] == sorted((found[key].y for key in column), reverse=True)
    for key, place in found.items():
        assert overlap(frame, place) == (key in column)


@pytest.mark.parametrize("rankdir", ["LR", "TB"])
def test_no_arrow_runs_over_a_heading(rankdir: str) -> None:
    picture = picture_of(network(hidden=12), "neuron")
    found = places(picture, rankdir)
    for heading, frame, room in frames(picture, found, rankdir):
        assert len(heading) * CHARACTER <= room.width
        assert abs(room.x - frame.x) + room.width / 2 <= frame.width / 2 + 1e-9
        assert abs(room.y - frame.y) + room.height / 2 <= frame.height / 2 + 1e-9
        for a in picture.arrows:
            (x1, y1), (x2, y2) = ends(found[a.tail], found[a.head], rankdir)
            for part in np.linspace(0.0, 1.0, 50):
                assert not overlap(room, Place(x1 + part * (x2 - x1), y1 + part * (y2 - y1), 0.0, 0.0))


def ends(tail: Place, head: Place, rankdir: str) -> tuple[tuple[float, float], tuple[float, float]]:
    if rankdir == "LR":
        return (tail.x + tail.width / 2, tail.y), (head.x - head.width / 2, head.y)
    return (tail.x, tail.y - tail.height / 2), (head.x, head.y + head.height / 2)


def test_weights_stand_beside_what_reads_them_first() -> None:
    picture = picture_of(neuron())
    found = places(picture)
    by_name = {box.name: found[box.key].x for box in picture.boxes}
    assert by_name["b"] > by_name["w1"]


def test_of_products_and_sums_each_stands_beside_its_reader() -> None:
    picture = picture_of(network(hidden=20), "full")
    found = places(picture)
    readers: dict[str, list[str]] = {}
    for a in picture.arrows:
        readers.setdefault(a.tail, []).append(a.head)
    for tail, [head, *others] in readers.items():
        if not others:
            between = [p for p in found.values() if found[tail].x < p.x < found[head].x]
            assert not between  # in the level before it


def test_a_sum_stands_in_the_middle_of_its_terms_and_a_chain_on_a_line() -> None:
    a, b = Value(1.0, label="a"), Value(2.0, label="b")
    y = ((a + b).sin().exp()).tanh()
    picture = picture_of(y, "full")
    found = {box.name or box.symbol: places(picture)[box.key] for box in picture.boxes}
    assert found["a"].y > found["b"].y
    assert (found["a"].y + found["b"].y) / 2 == pytest.approx(found["+"].y)
    assert {found[name].y for name in ("+", "sin", "exp", "tanh")} == {found["tanh"].y}


def test_arrows_are_short_in_a_picture_of_a_thousand_boxes() -> None:
    picture = picture_of(network(inputs=10, hidden=30), "full")
    found = places(picture)
    height = max(p.y for p in found.values()) - min(p.y for p in found.values())
    steps = [abs(found[a.head].y - found[a.tail].y) for a in picture.arrows]
    assert np.median(steps) < height / 50


numbers = st.floats(-100, 100)


@given(st.data(), st.lists(numbers, min_size=1, max_size=8))
def test_rows_are_apart_and_as_near_as_can_be(data: st.DataObject, wanted: list[float]) -> None:
    def some(least: float) -> list[float]:
        return data.draw(st.lists(st.floats(least, 10), min_size=len(wanted) - 1, max_size=len(wanted) - 1))

    distances = some(0.1)
    found = np.array(_apart(wanted, distances))
    assert np.all(np.diff(found) >= np.array(distances) - 1e-9)
    # A point of a convex set is the nearest one if every other lies on its far side.
    other = data.draw(numbers) + np.array(list(accumulate(distances + np.array(some(0.0)), initial=0.0)))
    assert (other - found) @ (np.array(wanted) - found) <= 1e-6
