"""The fast chain rule on floats must give the very bits that the plain one, `engine.contributions`, gives."""

import itertools
import math
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from micrograd_plus.engine import contributions, data_of, gradient, graph, operations
from micrograd_plus.float_rules import chain_rule
from micrograd_plus.ops import TABLE, Op
from micrograd_plus.value import Value
from tests.cases import each
from tests.programs import QUARTERS, Program, programs
from tests.sampling import ROWS, generator, with_parameters

INF, NAN = math.inf, math.nan
ANY_FLOAT = st.one_of(QUARTERS, st.floats())
EDGES = (0.0, -0.0, 1.0, -1.5, 1e-320, -1e200, INF, -INF, NAN)


def gradients_by_contributions(y: Value) -> dict[Value, float]:
    """Return the gradient at every node below `y`: the chain rule, as plain as it can be written."""
    gradients = dict.fromkeys(graph(y), 0.0)
    gradients[y] = 1.0
    for node in reversed(operations(y)):
        for input, _, share in contributions(node, gradients[node], data_of):
            gradients[input] += share
    return gradients


@given(programs(ANY_FLOAT))
def test_programs_have_the_bits_of_the_plain_chain_rule(program: Program) -> None:
    y = program.run([Value(number) for number in program.inputs])
    assume(isinstance(y, Value))
    expected = gradients_by_contributions(y)
    y.backward()
    assert [node.grad.hex() for node in expected] == [share.hex() for share in expected.values()]
    assert all(node.has_grad for node in expected)


@given(programs(ANY_FLOAT))
def test_programs_have_the_numbers_that_gradient_gives(program: Program) -> None:
    inputs = [Value(number) for number in program.inputs]
    y = program.run(inputs)
    assume(isinstance(y, Value))
    y.backward()
    for x, slope in zip(inputs, gradient(y, inputs), strict=True):
        assert slope.data == x.grad or (math.isnan(slope.data) and math.isnan(x.grad))


@each("row", ROWS)
def test_every_row_has_the_bits_of_the_plain_chain_rule_at_the_edges(row: str) -> None:
    op = with_parameters(TABLE[row], generator(row))
    for numbers in itertools.product(EDGES, repeat=op.arity):
        inputs = [Value(number) for number in numbers]
        out = op(*inputs)
        for upstream in EDGES:
            expected = [0.0 + share for _, _, share in contributions(out, upstream, data_of)]
            for x in inputs:
                x.grad = 0.0
            out.grad = upstream
            out.op.backward(out)
            assert [x.grad.hex() for x in inputs] == [share.hex() for share in expected]


@pytest.mark.parametrize("slopes", [(0.0, 1.0), (0.0, lambda out, a, b: b), (2.0, lambda out, a, b: a), (-1.0, 0.5)])
def test_rows_that_mix_constant_and_computed_slopes(slopes: tuple[Any, Any]) -> None:
    op = Op("mixed", lambda a, b: a, lambda a, b: a, slopes)
    a, b = Value(3.0), Value(5.0)
    out = a.apply(op, (a, b))
    for upstream in EDGES:
        expected = [0.0 + share for _, _, share in contributions(out, upstream, data_of)]
        a.grad = b.grad = 0.0
        out.grad = upstream
        chain_rule(op)(out)
        assert [a.grad.hex(), b.grad.hex()] == [share.hex() for share in expected]


@pytest.mark.parametrize("row", ["add", "mul", "div", "pow", "maximum"])
def test_an_input_read_twice_gets_both_contributions(row: str) -> None:
    x = Value(1.5)
    y = TABLE[row](x, x)
    y.backward()
    assert x.grad == sum(share for _, _, share in contributions(y, 1.0, data_of))


def test_a_rule_that_raises_halfway_leaves_gradients_as_they_were() -> None:
    def unable(out: Any, a: Any, b: Any) -> Any:
        raise ZeroDivisionError

    op = Op("half", lambda a, b: a, lambda a, b: a, (lambda out, a, b: 1.0, unable))
    a, b = Value(3.0), Value(5.0)
    out = a.apply(op, (a, b))
    with pytest.raises(ZeroDivisionError):
        out.backward()
    assert not a.has_grad
    assert not b.has_grad
