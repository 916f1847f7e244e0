"""Cases of every function of arrays, from which the tests of all are made: those of every module of this folder."""

from importlib import import_module
from itertools import chain
from pkgutil import iter_modules

from tests.array_cases.case import Case

_MODULES = [import_module(f"{__name__}.{module.name}") for module in iter_modules(__path__) if module.name != "case"]

CASES: list[Case] = list(chain.from_iterable(module.CASES for module in _MODULES))
