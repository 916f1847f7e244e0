"""A classifier as one C99 file that needs nothing but the standard library."""

from __future__ import annotations

import ast
import math
import string
import textwrap
from collections.abc import Sequence

import numpy as np

from micrograd_plus.export.languages import Language, applied, functions_for, number_lines
from micrograd_plus.export.pipeline import Array, Pipeline
from micrograd_plus.ops import Op

# What neither C's infix operators nor math.h have, and where C's function treats nan otherwise.
_FLOORED = "fmod(a, b) != 0.0 && (fmod(a, b) < 0.0) != (b < 0.0)"  # then Python's quotient is not C's
_BODIES = {
    "maximum": "a >= b || a != a ? a : b",
    "minimum": "a <= b || a != a ? a : b",
    "where": "a != 0.0 ? b : c",
    "remainder": f"{_FLOORED} ? fmod(a, b) + b : copysign(fmod(a, b), b)",
    "floor_divide": f"b != 0.0 ? rint((a - fmod(a, b)) / b) - ({_FLOORED}) : a / b",
    "sign": "x > 0.0 ? 1.0 : x < 0.0 ? -1.0 : x",
}


_NAMES = {"abs": "fabs", "power": "pow", "floor": "floor", "ceil": "ceil", "trunc": "trunc", "round": "rint"}


def _call(op: Op) -> str | None:
    # Python's math is that of C.
    if getattr(op.on_floats, "__module__", None) == "math":
        return op.on_floats.__name__
    return _NAMES.get(op.name)


def _number(x: float) -> str:
    if math.isfinite(x):
        return repr(x)
    return "NAN" if math.isnan(x) else "INFINITY" if x > 0 else "-INFINITY"


C = Language("C", _call, _number, _BODIES, prefix="op_", lacks=(ast.Mod, ast.FloorDiv))

_HEAD = """\
/* {title}. Written by micrograd_plus.

   int predict(const double *features, double *{outputs});

   Takes the features of one sample, in the order of `feature_names`, and returns the class, an index into
   `class_names`. {about}
   For a feature that is NAN, a missing value, the mean of those it was trained on stands in.
   Nothing is kept between calls, so that threads may share it.

   C99 and its standard library: cc -std=c99 -O2 -c model.c, and link with -lm. To try it on rows of numbers:
   cc -std=c99 -O2 -DMICROGRAD_PLUS_MAIN model.c -o classify -lm && ./classify < rows.csv */

#include <math.h>
#include <stddef.h>
#ifdef MICROGRAD_PLUS_MAIN
#include <stdio.h>
#endif

enum {{ FEATURES = {n}, CLASSES = {classes}, OUTPUTS = {numbers}, WIDEST = {widest} }};

"""

_PROBABILITIES = "Writes the probability of each class to `probabilities`, unless that is NULL."
_SCORE = "Writes a score that is above 0 for the second class to `score`, unless that is NULL."

_LAYER = """
static void layer(int inputs, int outputs, const double *weight, const double *bias, const double *x, double *out)
{
    for (int j = 0; j < outputs; j++) {
        double sum = 0.0;
        for (int i = 0; i < inputs; i++)
            sum += weight[j * inputs + i] * x[i];
        out[j] = sum + bias[j];
    }
}
"""

_SOFTMAX = """
static void softmax(const double *logits, double *probabilities)
{
    double largest = logits[0], total = 0.0;
    for (int k = 1; k < CLASSES; k++)
        if (logits[k] > largest || logits[k] != logits[k])
            largest = logits[k];
    for (int k = 0; k < CLASSES; k++)
        total += probabilities[k] = exp(logits[k] - largest);
    for (int k = 0; k < CLASSES; k++)
        probabilities[k] /= total;
}
"""

_PREDICT = """
int predict(const double *features, double *{outputs})
{{
    double x[WIDEST], y[WIDEST];
    int winner = 0;
    for (int k = 0; k < FEATURES; k++) {{
        x[k] = (features[k] - mean[k]) / scale[k];
        if (isnan(x[k]))
            x[k] = 0.0;
    }}
{layers}
{end}
    return winner;
}}
"""

_LARGEST = """\
    for (int k = 1; k < CLASSES; k++)
        if ({last}[k] > {last}[winner])
            winner = k;
    if (probabilities)
        softmax({last}, probabilities);
"""

_ABOVE_0 = """\
    winner = {last}[0] > 0.0;
    if (probabilities) {{
        const double logits[2] = {{0.0, {last}[0]}};
        softmax(logits, probabilities);
    }}
"""

_ABOVE_0_SCORE = """\
    winner = {last}[0] > 0.0;
    if (score)
        *score = {last}[0];
"""

_MAIN = """
#ifdef MICROGRAD_PLUS_MAIN
/* Reads rows of numbers with commas or blanks between them, and prints the class of each and its numbers. */
int main(void)
{
    double features[FEATURES], numbers[OUTPUTS];
    for (long row = 1;; row++) {
        for (int k = 0; k < FEATURES; k++) {
            int got = scanf("%lf ,", &features[k]);
            if (got == EOF && k == 0)
                return 0;
            if (got != 1) {
                fprintf(stderr, "row %ld: number %d of %d is missing or is none\\n", row, k + 1, FEATURES);
                return 2;
            }
        }
        int winner = predict(features, numbers);
        printf("%s", class_names[winner]);
        for (int k = 0; k < OUTPUTS; k++)
            printf(",%.9g", numbers[k]);
        printf("\\n");
    }
}
#endif
"""


def c_source(pipeline: Pipeline) -> str:
    """Return the text of a file with `predict` and the names of features and classes."""
    name = "probabilities" if pipeline.has_probabilities else "score"
    sizes = [len(pipeline.feature_names), *(len(bias) for _, bias in pipeline.layers)]
    head = _HEAD.format(
        title=pipeline.title,
        about=_PROBABILITIES if pipeline.has_probabilities else _SCORE,
        outputs=name,
        n=sizes[0],
        classes=len(pipeline.class_names),
        numbers=len(pipeline.class_names) if pipeline.has_probabilities else 1,
        widest=max(sizes),
    )
    end = _LARGEST if not pipeline.has_one_output else _ABOVE_0 if pipeline.has_probabilities else _ABOVE_0_SCORE
    lines, last = _layers(pipeline)
    parts = [
        head,
        _names("feature_names", pipeline.feature_names),
        _names("class_names", pipeline.class_names),
        _arrays(pipeline),
        _functions(pipeline),
        _LAYER,
        _SOFTMAX if pipeline.has_probabilities else "",
        _PREDICT.format(outputs=name, layers=lines, end=end.format(last=last).rstrip()),
        _MAIN,
    ]
    return "".join(parts)


def _names(array: str, names: Sequence[str]) -> str:
    # Static where they are used would warn where they are not.
    texts = "".join(f"    {_string(name)},\n" for name in names)
    return f"const char *const {array}[{len(names)}] = {{\n{texts}}};\n"


def _string(text: str) -> str:
    r"""Return a text as C's string literal; what is not plain ASCII as the octal numbers of its UTF-8 bytes.

    >>> print(_string('é "what??/"'))
    "\303\251 \042what\077\077/\042"
    """
    plain = string.ascii_letters + string.digits + " !#$%&'()*+,-./:;<=>@[]^_`{|}~"
    encoded = text.encode("utf-8", "backslashreplace")
    return '"' + "".join(chr(b) if chr(b) in plain else f"\\{b:03o}" for b in encoded) + '"'


def _arrays(pipeline: Pipeline) -> str:
    named = {"mean": pipeline.mean, "scale": pipeline.scale}
    for k, (weight, bias) in enumerate(pipeline.layers, 1):
        # A row for each output, so that it is read in order.
        named |= {f"weight{k}": weight.T, f"bias{k}": bias}
    return "".join(_array(name, array) for name, array in named.items())


def _array(name: str, array: Array) -> str:
    lines = "\n".join(number_lines(row, "    ") for row in np.atleast_2d(array).tolist())
    return f"\nstatic const double {name}[{array.size}] = {{\n{lines}\n}};\n"


def _functions(pipeline: Pipeline) -> str:
    if len(pipeline.layers) == 1:
        return ""
    texts = [
        f"\nstatic double {f.name}({', '.join(f'double {a}' for a in f.arguments)})\n{{\n    return {f.result};\n}}\n"
        for f in functions_for(pipeline.activation, C)
    ]
    return "".join(texts)


def _layers(pipeline: Pipeline) -> tuple[str, str]:
    """Return the lines that run the layers, from one buffer to the other and back, and the buffer they end in."""
    lines, source, target = [], "x", "y"
    for k, (weight, _) in enumerate(pipeline.layers, 1):
        inputs, outputs = weight.shape
        lines.append(f"layer({inputs}, {outputs}, weight{k}, bias{k}, {source}, {target});")
        if k < len(pipeline.layers):
            activated = applied(pipeline.activation, f"{target}[k]", C)
            lines += [f"for (int k = 0; k < {outputs}; k++)", f"    {target}[k] = {activated};"]
        source, target = target, source
    return textwrap.indent("\n".join(lines), "    "), source
