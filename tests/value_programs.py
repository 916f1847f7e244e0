"""Random programs as people write them with lists of Values: networks, attention, windows, recurrences, steps on lists.

Each says how it is written too: in which order terms, factors and neurons come, and what is missing.
"""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from micrograd_plus.nn import parameter
from micrograd_plus.ops import TABLE, Op
from micrograd_plus.value import Value

List = list[Any]
Function = Callable[[Any], Any]

# A row of the table on numbers of any size: inside its domain, and of results that do not grow.
SAFE: dict[str, Function] = {
    "exp": lambda v: TABLE["exp"](v.tanh()),
    "exp2": lambda v: TABLE["exp2"](v.tanh()),
    "expm1": lambda v: TABLE["expm1"](v.tanh()),
    "sinh": lambda v: TABLE["sinh"](v.tanh()),
    "cosh": lambda v: TABLE["cosh"](v.tanh()),
    "cbrt": lambda v: TABLE["cbrt"](v * v + 0.5),
    # Off the whole numbers, where they jump: sums in another order would land on either side.
    "floor": lambda v: TABLE["floor"](v + 0.3),
    "ceil": lambda v: TABLE["ceil"](v + 0.3),
    "trunc": lambda v: TABLE["trunc"](v + 0.3),
    "round": lambda v: TABLE["round"](v + 0.3),
    "power": lambda v: (v * v + 0.6) ** -1.5,
    "clip": lambda v: TABLE["clip"](v, -0.7, 0.9),
    "square": lambda v: v * v * 0.5,
    "cube": lambda v: v.tanh() ** 3,
    "root": lambda v: (v * v + 0.6) ** 0.5,
    "reciprocal": lambda v: 1.0 / (v * v + 0.7),
    "twice": lambda v: v + v,
    "less one": lambda v: v - 1.0,
}


def _inside(op: Op) -> Function:
    """Return a row of one input on numbers that are taken well inside its domain."""
    [(low, high)] = op.domain
    if math.isfinite(high):
        return lambda v: op(v.tanh() * (0.3 * (high - low)) + 0.5 * (high + low))
    if math.isfinite(low):
        return lambda v: op(v * v + (low + 0.5))
    return op


UNARY: list[Function] = [
    *SAFE.values(),
    *(_inside(op) for name, op in sorted(TABLE.items()) if op.arity == 1 and name not in SAFE),
]
BINARY: list[Callable[[Any, Any], Any]] = [
    lambda a, b: a + b,
    lambda a, b: a - b,
    lambda a, b: a * b,
    lambda a, b: b * a,
    lambda a, b: a / (b * b + 0.8),
    lambda a, b: TABLE["maximum"](a, b),
    lambda a, b: TABLE["minimum"](a, b),
    lambda a, b: TABLE["pow"](a * a + 0.5, b.tanh()),
    lambda a, b: TABLE["where"](TABLE["less"](a, b), a, b * 0.5),
    lambda a, b: TABLE["greater"](a, b) * a,
    lambda a, b: TABLE["equal"](a, b) * a + b,
    lambda a, b: TABLE["hypot"](a, b),
    lambda a, b: TABLE["logaddexp"](a, b),
    lambda a, b: TABLE["arctan2"](a, b * b + 0.5),
    lambda a, b: (a + 0.3) % (b * b + 3.3),
]


class Writer:
    """Writes programs, in habits of its own."""

    def __init__(self, rng: random.Random, inputs: Sequence[Value] = ()) -> None:
        self.rng = rng
        self.inputs = list(inputs)
        self.shuffles, self.swaps = rng.random() < 0.5, rng.random() < 0.5
        self.missing = rng.choice([0.0, 0.0, 0.0, 0.1, 0.3])
        self.activation = rng.choice([TABLE["tanh"], TABLE["relu"], TABLE["sigmoid"], SAFE["square"]])

    def parameter(self) -> Value:
        """Return a new parameter, now and then one that holds a whole number."""
        x = self.rng.uniform(-1.5, 1.5)
        return parameter(float(round(x)) if self.rng.random() < 0.1 else x)

    def parameters(self, *shape: int) -> List:
        """Return a nested list of new parameters."""
        if not shape:
            raise ValueError("wanted a shape of one axis or more")
        return [self.parameters(*shape[1:]) if len(shape) > 1 else self.parameter() for _ in range(shape[0])]

    def numbers(self, count: int) -> List:
        """Return that many inputs, leaves or constants."""
        kind = self.rng.choice(["inputs", "leaves", "constants"])
        if kind == "inputs" and self.inputs:
            return [self.rng.choice(self.inputs) for _ in range(count)]
        found = [round(self.rng.uniform(-1.0, 1.0), 2) for _ in range(count)]
        return [Value(x) for x in found] if kind == "leaves" else found

    def ordered(self, things: Iterable[Any]) -> List:
        """Return the things in the order in which this writer treats them."""
        things = list(things)
        if self.shuffles:
            self.rng.shuffle(things)
        return things

    def product(self, a: Any, b: Any) -> Any:
        """Return a product, the factors in either order."""
        return b * a if self.swaps and self.rng.random() < 0.5 else a * b

    def sum(self, terms: Iterable[Any]) -> Any:
        """Return a sum of some or all terms, in an order and a grouping of its own."""
        terms = self.ordered(terms)
        terms = [t for t in terms if self.rng.random() >= self.missing] or terms[:1]
        if self.rng.random() < 0.3:
            return sum(terms)
        if len(terms) > 3 and self.shuffles:
            cut = self.rng.randrange(1, len(terms))
            return self.sum(terms[:cut]) + self.sum(terms[cut:])
        result = terms[0]
        for term in terms[1:]:
            result = term + result if self.swaps and self.rng.random() < 0.5 else result + term
        return result

    def each(self, count: int, entry: Function) -> List:
        """Return `entry(k)` for each k, made in an order of its own."""
        result: List = [None] * count
        for k in self.ordered(range(count)):
            result[k] = entry(k)
        return result

    def dot(self, a: Sequence[Any], b: Sequence[Any]) -> Any:
        """Return a scalar product of which terms may be missing."""
        return self.sum([self.product(x, y) for x, y in zip(a, b, strict=True)])

    def layer(self, weights: List, biases: List, x: List) -> List:
        """Return what neurons compute, before they are activated."""
        return self.each(len(weights), lambda k: self.dot(weights[k], x) + biases[k])

    def loss(self, results: Iterable[Any]) -> Value:
        """Return one number of many results."""
        terms = [r for r in results if isinstance(r, Value)] or [self.parameter() * 1.0]
        kind = self.rng.randrange(3)
        if kind == 0:
            terms = [(t - 0.3) ** 2 for t in terms]
        if kind == 1:
            terms = [self.product(t, self.parameter()) for t in terms]
        return sum(self.ordered(terms)) * (1.0 / len(terms))


def network(w: Writer) -> Value:
    """Return the loss of a perceptron of some layers over some samples, with or without a penalty."""
    sizes = [w.rng.randint(1, 5) for _ in range(w.rng.randint(2, 4))]
    layers = [(w.parameters(b, a), w.parameters(b)) for a, b in itertools.pairwise(sizes)]
    results = []
    for _ in range(w.rng.randint(1, 4)):
        x = w.numbers(sizes[0])
        for weights, biases in layers:
            x = [w.activation(v) for v in w.layer(weights, biases, x)]
        results += x
    penalty = [p * p for weights, _ in layers for row in weights for p in row]
    return w.loss(results) + (0.01 * sum(w.ordered(penalty)) if w.rng.random() < 0.5 else 0.0)


def attention(w: Writer) -> Value:
    """Return the loss of some heads of attention over positions of which each sees those before it, or all."""
    heads, size, length, width = (w.rng.randint(1, n) for n in (2, 3, 4, 3))
    causal = w.rng.random() < 0.7
    x = [w.numbers(width) for _ in range(length)]
    results = []
    for _ in range(heads):
        to_query, to_key, to_value = (w.parameters(size, width) for _ in range(3))
        queries, keys, values = ([[w.dot(row, v) for row in m] for v in x] for m in (to_query, to_key, to_value))
        for i in range(length):
            seen = range(i + 1 if causal else length)
            powers = [TABLE["exp"](TABLE["tanh"](w.dot(queries[i], keys[j]) * 0.5)) for j in seen]
            whole = sum(powers)
            weights = [p / whole for p in powers]
            results += [sum(weights[j] * values[j][k] for j in seen) for k in range(size)]
    return w.loss(results)


def windows(w: Writer) -> Value:
    """Return the loss of a kernel that slides over a picture, whose edges it may cross."""
    height, width = w.rng.randint(2, 4), w.rng.randint(2, 4)
    rows, columns = w.rng.randint(1, 2), w.rng.randint(1, 2)
    picture = [w.numbers(width) for _ in range(height)]
    kernel, bias = w.parameters(rows, columns), w.parameter()
    margin = w.rng.choice([0, 0, rows - 1])
    step = w.rng.choice([1, 1, 2])
    results = []
    for i in range(-margin, height - rows + margin + 1, step):
        for j in range(0, width - columns + 1, step):
            places = [(p, q) for p in range(rows) for q in range(columns) if 0 <= i + p < height]
            terms = [w.product(kernel[p][q], picture[i + p][j + q]) for p, q in places]
            results.append(w.activation(sum(w.ordered([*terms, bias]))))
    return w.loss(results)


def recurrence(w: Writer) -> Value:
    """Return the loss of a state that is computed from the one before, with or without a gate."""
    size, width = w.rng.randint(1, 3), w.rng.randint(1, 3)
    weights, biases, gates = w.parameters(size, size + width), w.parameters(size), w.parameters(size, size)
    state: List = w.numbers(size) if w.rng.random() < 0.5 else [0.0] * size
    gated = w.rng.random() < 0.5
    results = []
    for _ in range(w.rng.randint(1, 5)):
        new = [TABLE["tanh"](v) for v in w.layer(weights, biases, state + w.numbers(width))]
        if gated:
            open_ = [TABLE["sigmoid"](w.dot(row, new)) for row in gates]
            new = [g * n + (1.0 - g) * s for g, n, s in zip(open_, new, state, strict=True)]
        state = new
        results += state if w.rng.random() < 0.5 else []
    return w.loss([*results, *state])


def steps_on_lists(w: Writer) -> Value:
    """Return the loss of some steps on matrices: maps, sums, products, transposes, parts, running sums."""
    matrices: list[List] = [w.parameters(w.rng.randint(1, 4), w.rng.randint(1, 4))]
    for _ in range(w.rng.randint(1, 6)):
        a = w.rng.choice(matrices)
        new = w.rng.choice(_STEPS)(w, a)
        if sum(map(len, new)) <= 40:
            matrices.append(new)
    return w.loss(v for m in matrices[-2:] for row in m for v in row)


def _map(w: Writer, a: List) -> List:
    function = w.rng.choice(UNARY)
    return w.each(len(a), lambda i: [function(v) for v in a[i]])


def _combined(w: Writer, a: List) -> List:
    function = w.rng.choice(BINARY)
    kind = w.rng.randrange(4)
    b = w.parameters(len(a), len(a[0]))
    if kind == 0:
        b = [b[0]] * len(a)
    if kind == 1:
        b = [[row[0]] * len(row) for row in b]
    if kind == 2:
        b = [list(reversed(row)) for row in a]
    return w.each(len(a), lambda i: [function(x, y) for x, y in zip(a[i], b[i], strict=True)])


def _multiplied(w: Writer, a: List) -> List:
    b = w.parameters(w.rng.randint(1, 4), len(a[0])) if w.rng.random() < 0.7 else a
    return w.each(len(a), lambda i: [w.dot(a[i], row) * 0.5 for row in b])


def _transposed(w: Writer, a: List) -> List:
    return [list(column) for column in zip(*a, strict=True)]


def _part(w: Writer, a: List) -> List:
    return [a[w.rng.randrange(len(a))] for _ in range(w.rng.randint(1, 4))] if w.rng.random() < 0.5 else a[::-2]


def _row_sums(w: Writer, a: List) -> List:
    return [[w.sum(row)] for row in a]


def _running_sums(w: Writer, a: List) -> List:
    return [[sum(row[: k + 1]) for k in range(len(row))] for row in a]


def _running_extremes(w: Writer, a: List) -> List:
    result = []
    for row in a:
        extreme = row[0]
        for v in row[1:]:
            extreme = TABLE["maximum"](extreme, v)
        result.append([extreme])
    return result


def _normalised(w: Writer, a: List) -> List:
    scales = [(w.sum([v * v for v in row]) / len(row) + 0.1) ** -0.5 for row in a]
    return [[v * s for v in row] for row, s in zip(a, scales, strict=True)]


_STEPS = [_map, _map, _combined, _combined, _multiplied, _transposed, _part, _row_sums, _running_sums]
_STEPS += [_running_extremes, _normalised]


def any_expression(w: Writer) -> Value:
    """Return an expression in which any result may be read again, constants too."""
    results: List = [*w.inputs, *w.parameters(w.rng.randint(1, 4))]
    for _ in range(w.rng.randint(2, 30)):
        a, b = w.rng.choice(results), w.rng.choice(results)
        if w.rng.random() < 0.5:
            results.append(w.rng.choice(UNARY)(a))
        elif w.rng.random() < 0.2:
            results.append(a + w.rng.choice([0.0, 1.0, -0.5]))
        else:
            results.append(TABLE["tanh"](w.rng.choice(BINARY)(a, b)))
    return results[-1] + sum(w.rng.choice(results) for _ in range(3))


FAMILIES = (network, attention, windows, recurrence, steps_on_lists, any_expression)
