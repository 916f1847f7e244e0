"""One test that goes through many small cases."""

import functools
import inspect
from collections.abc import Callable, Iterable
from typing import Any


def each(name: str, cases: Iterable[Any], ids: Callable[[Any], str] = repr) -> Callable[[Callable[..., None]], Any]:
    """Make a test of one case go through all of them, as `pytest.mark.parametrize` does, but in a single test.

    For hundreds of cases that take less than a millisecond each: a test of its own costs another millisecond or two.
    `name` is the test's argument, or several as in "case, expected"; a failure has a note that names its case. Not for
    tests that need a fresh fixture for each case.
    """
    names = [part.strip() for part in name.split(",")]
    cases = list(cases)

    def decorated(test: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(test)
        def through_all(**fixtures: Any) -> None:
            assert cases
            for case in cases:
                values = case if len(names) > 1 else (case,)
                try:
                    test(**dict(zip(names, values, strict=True)), **fixtures)
                except BaseException as error:
                    error.add_note(f"case {name} = {ids(case)}")
                    raise

        signature = inspect.signature(test)
        rest = [parameter for key, parameter in signature.parameters.items() if key not in names]
        through_all.__signature__ = signature.replace(parameters=rest)
        return through_all

    return decorated
