"""Formulas as graphs."""

from micrograd_plus.context import no_grad
from micrograd_plus.export.formulas import formula_graph
from micrograd_plus.ops import FORMULAS, TABLE


def test_a_formula_is_one_step_down() -> None:
    leaves, root = formula_graph(TABLE["silu"], FORMULAS["silu"])
    assert [i.op.name for i in root.inputs] == ["leaf", "sigmoid"]
    assert root.inputs[0] is leaves[0]


def test_a_formula_is_a_graph_where_none_is_recorded() -> None:
    with no_grad():
        assert [i.op.name for i in formula_graph(TABLE["silu"], FORMULAS["silu"]).root.inputs] == ["leaf", "sigmoid"]
