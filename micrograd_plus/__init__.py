"""micrograd_plus: see every gradient, then make it fast.

The functions of the table of operations (`tanh`, `relu`, `maximum`, ...) take numbers, arrays, Values and Tensors.
"""

import builtins
from importlib import import_module
from typing import TYPE_CHECKING, Any

from micrograd_plus.array_functions import FUNCTIONS
from micrograd_plus.context import no_grad, scope
from micrograd_plus.engine import gradient
from micrograd_plus.ops import ALIASES, TABLE
from micrograd_plus.tensor import Tensor
from micrograd_plus.value import Value

if TYPE_CHECKING:
    from micrograd_plus import cli as cli
    from micrograd_plus import data as data
    from micrograd_plus import export as export
    from micrograd_plus import losses as losses
    from micrograd_plus import nn as nn
    from micrograd_plus import optim as optim
    from micrograd_plus import train as train
    from micrograd_plus import viz as viz
    from micrograd_plus.anomaly import detect_anomaly
    from micrograd_plus.checks import check_gradients
    from micrograd_plus.compiler.compilation import compile as compile
    from micrograd_plus.compiler.guards import GuardError
    from micrograd_plus.creation import (
        arange,
        eye,
        full,
        full_like,
        linspace,
        ones,
        ones_like,
        rand,
        rand_like,
        randn,
        randn_like,
        zeros,
        zeros_like,
    )
    from micrograd_plus.custom_array_operations import array_operation
    from micrograd_plus.custom_operations import operation
    from micrograd_plus.debugger import Debugger
    from micrograd_plus.derivatives import grad, hessian, hvp, jacobian, jvp, value_and_grad
    from micrograd_plus.diagnosis import diagnose
    from micrograd_plus.operations import *  # noqa: F403 - the functions of the tables, with types
    from micrograd_plus.operations import abs as abs
    from micrograd_plus.operations import all as all
    from micrograd_plus.operations import any as any
    from micrograd_plus.operations import max as max
    from micrograd_plus.operations import min as min
    from micrograd_plus.operations import pow as pow
    from micrograd_plus.operations import round as round
    from micrograd_plus.operations import sum as sum
    from micrograd_plus.viz.debugger_view import debug
    from micrograd_plus.why import explain

globals().update(FUNCTIONS | ALIASES | TABLE)

__version__ = "0.1.0"
__all__ = ["Debugger", "GuardError", "Tensor", "Value", "array_operation", "check_gradients", "debug"]
__all__ += ["detect_anomaly", "diagnose", "explain", "grad", "gradient", "hessian", "hvp", "jacobian", "jvp"]
__all__ += ["no_grad", "operation", "scope"]
__all__ += ["arange", "eye", "full", "full_like", "linspace", "ones", "ones_like", "rand", "rand_like", "randn"]
__all__ += ["randn_like", "value_and_grad", "zeros", "zeros_like"]
if TYPE_CHECKING:
    from micrograd_plus import operations

    __all__ += operations.__all__
else:
    __all__ += [name for name in FUNCTIONS | ALIASES | TABLE if not hasattr(builtins, name)]


# Public names that are loaded when first asked for -> the module that has them.
_LOADED_FROM = {
    "Debugger": "debugger",
    "GuardError": "compiler.guards",
    "array_operation": "custom_array_operations",
    "check_gradients": "checks",
    "compile": "compiler.compilation",
    "debug": "viz.debugger_view",
    "detect_anomaly": "anomaly",
    "diagnose": "diagnosis",
    "explain": "why",
    "grad": "derivatives",
    "hessian": "derivatives",
    "hvp": "derivatives",
    "jacobian": "derivatives",
    "jvp": "derivatives",
    "operation": "custom_operations",
    "value_and_grad": "derivatives",
    **dict.fromkeys(("arange", "eye", "full", "full_like", "linspace", "ones", "ones_like"), "creation"),
    **dict.fromkeys(("rand", "rand_like", "randn", "randn_like", "zeros", "zeros_like"), "creation"),
}
_PARTS = ("cli", "data", "export", "losses", "nn", "optim", "train", "viz")


if not TYPE_CHECKING:  # to type checkers every name would then be one of ours, a mistyped one too

    def __getattr__(name: str) -> Any:
        """Return what is used less often, so that `import micrograd_plus` stays quick and needs NumPy alone."""
        if name in _PARTS:
            return import_module(f"{__name__}.{name}")
        if name in _LOADED_FROM:
            return getattr(import_module(f"{__name__}.{_LOADED_FROM[name]}"), name)
        for table in (TABLE, FUNCTIONS):  # an operation of a user's
            if name in table:
                return table[name]
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__, *_PARTS})
