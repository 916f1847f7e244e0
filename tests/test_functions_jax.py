"""Functions of arrays are those of JAX, which follows NumPy's names, to second order, where it is installed."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest

from micrograd_plus.engine import gradient
from micrograd_plus.tensor import Tensor
from tests.array_cases import Case
from tests.array_cases.case import parts, weighed
from tests.cases import each
from tests.in_jax import jax_or_skip, second_order
from tests.test_compiled_functions import a_few
from tests.weights import uneven

# What JAX has elsewhere than among NumPy's functions. Others that NumPy lacks, JAX lacks too, or calls otherwise.
ELSEWHERE: dict[str, Callable[[Any], Callable[..., Any]]] = {
    "norm": lambda jax: jax.numpy.linalg.norm,
    "logsumexp": lambda jax: jax.scipy.special.logsumexp,
    "softmax": lambda jax: jax.nn.softmax,
    "log_softmax": lambda jax: jax.nn.log_softmax,
    "bmm": lambda jax: jax.numpy.matmul,
    "percentile": lambda jax: lambda x, q, **keywords: jax.numpy.percentile(x, np.array(q), **keywords),
}
COMPARED = [case for case in a_few(1) if case.function in ELSEWHERE or not case.expected]


def in_jax(jax: Any, case: Case) -> Callable[..., Any]:
    """Return the call of a case in JAX."""
    named = ELSEWHERE.get(case.function)
    return partial(case.call_of, named(jax) if named else getattr(jax.numpy, case.function))


@pytest.mark.slow
@each("case", COMPARED, str)
def test_values_and_both_orders_are_those_of_jax(case: Case) -> None:
    jax = jax_or_skip()
    call = in_jax(jax, case)

    def total(*x: Any) -> Any:
        results = parts(call([*x]))
        return sum(((y * y + y) * uneven(y.shape)).sum() for y in results), results

    inputs = case.inputs()
    along = [uneven(x.shape) for x in inputs]
    results, first, second = second_order(jax, total, inputs, along)
    leaves = [*map(Tensor, inputs)]
    found = gradient(weighed(case, *leaves), leaves)
    bent = gradient(sum(((g * v).sum() for g, v in zip(found, along, strict=True)), Tensor(0.0)), leaves)
    ours, theirs = [*parts(case.of(leaves)), *found, *bent], [*results, *first, *second]
    for a, b in zip(ours, theirs, strict=True):
        assert a.shape == b.shape
        size = float(np.abs(b).max(initial=1.0))
        np.testing.assert_allclose(a.data, b, rtol=1e-10, atol=1e-12 * size, err_msg=str(case))
