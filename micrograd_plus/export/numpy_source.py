"""A classifier as a readable Python file that needs NumPy alone."""

from __future__ import annotations

import inspect
import math
import re
import textwrap
from pprint import pformat

from micrograd_plus import error_function
from micrograd_plus.compiler.written import plain_source
from micrograd_plus.export.languages import WIDTH, Language, applied, functions_for, number_lines
from micrograd_plus.export.pipeline import Array, Pipeline
from micrograd_plus.ops import Op

_ERF_IMPORTS = "import math\nfrom functools import cache\n\n"

_HEAD = '''\
"""{title}; needs NumPy alone.

Written by micrograd_plus. `predict(X)` returns the names of the classes of samples X of shape (n, {features}), whose
columns are FEATURES in this order; {more}.
"""

{imports}import numpy as np

FEATURES = {feature_names}
CLASSES = {class_names}

# Features are taken to mean 0 and standard deviation 1; nan is a missing value, for which the mean stands in.
'''

_SCORES = '''

def scores(X):
    """Return the outputs of the network for samples X of shape (n, {features}): shape (n, {outputs})."""
    with np.errstate(all="ignore"):
        x = (np.asarray(X, dtype=float) - MEAN) / SCALE
        x = np.where(np.isnan(x), 0.0, x)
{layers}
        return x


def predict(X):
    """Return the names of the classes of samples X of shape (n, {features}): shape (n,)."""
    return np.array(CLASSES, dtype=object)[{winner}]
'''

_PROBABILITIES = '''

def predict_proba(X):
    """Return the probability of each of CLASSES for samples X of shape (n, {features}): shape (n, {classes})."""
    logits = {logits}
    with np.errstate(all="ignore"):
        powers = np.exp(logits - logits.max(axis=1, keepdims=True))
        return powers / powers.sum(axis=1, keepdims=True)
'''


def _call(op: Op) -> str | None:
    if op.ufunc is not None:
        return f"np.{op.ufunc.__name__}"
    return {"where": "np.where", "erf": "erf"}.get(op.name)


def _number(x: float) -> str:
    return repr(x) if math.isfinite(x) else f'float("{x}")'


NUMPY = Language("NumPy", _call, _number)


def numpy_source(pipeline: Pipeline) -> str:
    """Return the text of a module with `predict`, `scores`, and `predict_proba` where there are probabilities."""
    layers = _layers(pipeline)
    functions = _functions(pipeline)
    with_erf = re.search(r"\berf\(", functions + layers)
    facts = {
        "features": len(pipeline.feature_names),
        "outputs": len(pipeline.layers[-1][1]),
        "classes": len(pipeline.class_names),
    }
    head = _HEAD.format(
        title=pipeline.title,
        more="`predict_proba(X)` their probabilities"
        if pipeline.has_probabilities
        else "`scores(X)` is above 0 for the second class",
        imports=_ERF_IMPORTS if with_erf else "",
        feature_names=pformat(pipeline.feature_names, width=WIDTH - 12),
        class_names=pformat(pipeline.class_names, width=WIDTH - 12),
        **facts,
    )
    winner = "(scores(X)[:, 0] > 0).astype(int)" if pipeline.has_one_output else "scores(X).argmax(axis=1)"
    logits = "np.pad(scores(X), [(0, 0), (1, 0)])  # that of the first is 0" if pipeline.has_one_output else "scores(X)"
    parts = [
        head + _arrays(pipeline),
        f"\n\n{plain_source(inspect.getsource(error_function))}\n" if with_erf else "",
        functions,
        _SCORES.format(layers=layers, winner=winner, **facts),
        _PROBABILITIES.format(logits=logits, **facts) if pipeline.has_probabilities else "",
    ]
    return "".join(parts)


def _arrays(pipeline: Pipeline) -> str:
    named = {"MEAN": pipeline.mean, "SCALE": pipeline.scale}
    for k, (weight, bias) in enumerate(pipeline.layers, 1):
        named |= {f"W{k}": weight, f"b{k}": bias}
    return "".join(f"{name} = np.array({_array(array)})\n" for name, array in named.items())


def _array(array: Array) -> str:
    """Return nested lists, a row of a matrix on lines of its own."""
    if array.ndim == 1:
        return _row(array, "")
    return "[\n" + "".join(f"{_row(row, '    ')},\n" for row in array) + "]"


def _row(row: Array, indent: str) -> str:
    one_line = f"{indent}{row.tolist()}"
    if len(one_line) <= WIDTH - len("SCALE = np.array()"):
        return one_line
    return f"{indent}[\n{number_lines(row.tolist(), indent + '    ')}\n{indent}]"


def _functions(pipeline: Pipeline) -> str:
    if len(pipeline.layers) == 1:
        return ""
    functions = functions_for(pipeline.activation, NUMPY)
    return "".join(f"\n\ndef {f.name}({', '.join(f.arguments)}):\n    return {f.result}\n" for f in functions)


def _layers(pipeline: Pipeline) -> str:
    lines = []
    for k in range(1, len(pipeline.layers) + 1):
        lines.append(f"x = x @ W{k} + b{k}")
        if k < len(pipeline.layers):
            lines.append(f"x = {applied(pipeline.activation, 'x', NUMPY)}")
    return textwrap.indent("\n".join(lines), " " * 8)
