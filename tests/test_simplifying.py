"""What needs less work: each rule, and that nothing else is changed."""

from collections.abc import Callable

import pytest

from micrograd_plus.compiler.arrays import Array, Builder


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (lambda x: x * 1.0, lambda x: x),
        (lambda x: 0.0 + x, lambda x: x),
        (lambda x: x / 1.0 - 0.0, lambda x: x),
        (lambda x: x + x, lambda x: x * 2.0),
        (lambda x: 3.0 * x, lambda x: x * 3.0),
        (lambda x: x / 4.0, lambda x: x * 0.25),
        (lambda x: (x * 2.0) * 3.0, lambda x: x * 6.0),
        (lambda x: -(x * 2.0), lambda x: x * -2.0),
        (lambda x: (-x) * 2.0, lambda x: x * -2.0),
    ],
)
def test_rules(written: Callable[[Array], Array], meant: Callable[[Array], Array]) -> None:
    x = Builder().stored("x", (3,), float)
    assert written(x) is meant(x)


def test_what_would_change_numbers_stays() -> None:
    x = Builder().stored("x", (3,), float)
    for result, name in ((x * 0.0, "mul"), (x - x, "sub"), (x / x, "div"), (x / 0.0, "div"), (0.0 - x, "sub")):
        assert result.op.name == name
        assert x in result.inputs
