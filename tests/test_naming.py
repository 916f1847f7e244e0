"""Names tell the nodes of a graph apart, whatever labels they have."""

from hypothesis import given
from hypothesis import strategies as st

from micrograd_plus import Value, nn, scope
from micrograd_plus.engine import graph
from micrograd_plus.naming import names_of


@given(st.lists(st.sampled_from(["", "x", "x", "out", "#2", "layer1.x"]), min_size=2, max_size=6))
def test_no_two_names_are_alike(labels: list[str]) -> None:
    total = Value(0.0)
    for k, label in enumerate(labels):
        with scope(f"layer{k % 2}"):
            total = total * Value(float(k), label=label)
    names = names_of(total)
    assert names.keys() == set(graph(total))
    assert len(set(names.values())) == len(names)


def test_a_label_is_enough_where_it_is_unique() -> None:
    x, y = Value(1.0, label="x"), Value(2.0, label="y")
    assert names_of(x * y)[x] == "x"


def test_parameters_are_called_as_the_model_calls_them() -> None:
    model = nn.MLP(2, [2, 2], rng=0)
    out = model([1.0, 2.0])
    with scope("loss"):
        root = sum(out) + sum(p * p for p in model.parameters())
    names = names_of(root)
    assert {names[parameter] for parameter in model.parameters()} == {name for name, _ in model.named_parameters()}


def test_the_root_is_out_unless_something_else_is() -> None:
    x = Value(1.0, label="out")
    root = x * 2
    assert names_of(root)[root] == "#3"
    assert names_of(x)[x] == "out"


def test_a_label_of_which_nothing_is_seen_is_none() -> None:
    x, y = Value(1.0, label="\n"), Value(2.0, label=" \x00")
    assert list(names_of(x * y).values()) == ["#1", "#2", "out"]
    root = x.tanh()
    root.label = " "
    assert names_of(root)[root] == "out"
