from itertools import combinations, pairwise

import pytest
from viz_graphs import network, neuron

from micrograd_plus.viz.from_graph import picture_of
from micrograd_plus.viz.layout import Place, frames, longest_paths, places
from micrograd_plus.viz.picture import Arrow, Flow


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
def test_no_box_covers_another_and_arrows_go_one_way(rankdir: str, hidden: int) -> None:
    picture = picture_of(network(hidden=hidden), "neuron")
    found = places(picture, rankdir)
    assert not [pair for pair in combinations(found.values(), 2) if overlap(*pair)]
    for a in picture.arrows:
        tail, head = found[a.tail], found[a.head]
        assert (tail.x < head.x) if rankdir == "LR" else (tail.y > head.y)


def test_neurons_stand_in_order_in_frames_that_hold_no_other_box() -> None:
    picture = picture_of(network(hidden=12), "neuron")
    found = places(picture)
    headings = [heading for heading, _ in frames(picture, found)]
    assert headings == ["layer1", "layer2"]  # what both begin with is left out
    _, frame = frames(picture, found)[0]
    column = picture.clusters[0].keys
    assert [found[key].y for key in column] == sorted((found[key].y for key in column), reverse=True)
    for key, place in found.items():
        assert overlap(frame, place) == (key in column)


def test_weights_stand_beside_what_reads_them_first() -> None:
    picture = picture_of(neuron())
    found = places(picture)
    by_name = {box.name: found[box.key].x for box in picture.boxes}
    assert by_name["b"] > by_name["w1"]
