"""Cases of every function of arrays, from which the tests of all are made."""

from itertools import chain

from tests.array_cases import convolutions, products, reductions, shapes
from tests.array_cases.case import Case

CASES: list[Case] = list(chain.from_iterable(module.CASES for module in (convolutions, products, reductions, shapes)))
