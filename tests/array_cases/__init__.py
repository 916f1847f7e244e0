"""Cases of every function of arrays, from which the tests of all are made."""

from itertools import chain

from tests.array_cases import (
    convolutions,
    joining,
    norms,
    orders,
    products,
    reductions,
    repeating,
    scans,
    selecting,
    shapes,
    statistics,
)
from tests.array_cases.case import Case

MODULES = (convolutions, joining, norms, orders, products, reductions, repeating, scans, selecting, shapes, statistics)
CASES: list[Case] = list(chain.from_iterable(module.CASES for module in MODULES))
