"""What is wrong with a network, a sentence each: nan and inf, dead and saturated units, vanishing gradients, ...

It looks at one graph, the loss of one batch, and changes no node.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from micrograd_plus.activation_kinds import can_die, flat_slope
from micrograd_plus.anomaly import first_anomaly
from micrograd_plus.arguments import described
from micrograd_plus.engine import Node
from micrograd_plus.magnitudes import root_mean_square
from micrograd_plus.naming import full_name
from micrograd_plus.network_graph import NetworkGraph
from micrograd_plus.nn import Module
from micrograd_plus.notation import short

# Thresholds, each with where it comes from; where the field has no number, it is a round one of our own.
SATURATED_SAMPLES = 0.5  # the share of samples for which a unit must be saturated
LARGEST_RATIO = 1e3  # of the gradients of two layers; they multiply from layer to layer: Bengio et al. (1994)
LARGEST_INPUT = 10.0  # in size; inputs are wanted with mean 0 and variance 1: LeCun et al. (1998), section 4.3
LARGEST_INPUT_RATIO = 10.0  # of the sizes of two features, likewise

_NAMED = 3  # units and parameters that are named in a sentence


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong: its `kind` in a word, a sentence, and the nodes that it is about."""

    kind: str
    sentence: str
    nodes: tuple[Node, ...]


@dataclass(frozen=True, slots=True, repr=False)
class Diagnosis:
    """All findings on a graph, the worst first; it shows itself as text, and is true if there are any."""

    findings: tuple[Finding, ...]

    def __bool__(self) -> bool:
        return bool(self.findings)

    def __repr__(self) -> str:
        if not self.findings:
            return "nothing wrong: all numbers are finite, no unit is dead or saturated, all layers get gradients"
        return "\n".join(f"{finding.kind}: {finding.sentence}" for finding in self.findings)


def diagnose(model: Module | Node, loss: Node | None = None) -> Diagnosis:
    """Return what is wrong with the loss of a batch: `diagnose(model, loss)`, or `diagnose(loss)` without a model.

    The kinds of findings: "anomaly" (the first nan or inf), "unreached" (a parameter of the model that the loss does
    not depend on), "dead" (a relu that is 0 for all samples of the graph), "saturated" (a function such as tanh that is
    flat for most samples), "vanishing", "exploding", "inputs". Layers are told by their scopes. Errors as for `steps`.

    X. Glorot and Y. Bengio, "Understanding the difficulty of training deep feedforward neural networks" (2010);
    Y. Bengio et al., "Learning long-term dependencies with gradient descent is difficult" (1994); Y. LeCun et al.,
    "Efficient BackProp" (1998); L. Lu et al., "Dying ReLU and initialization" (2019).

    >>> from micrograd_plus.value import Value
    >>> diagnose((Value(-2.0, label="x").relu() * 3.0).tanh())
    dead: 1 of 1 relu is 0 (relu#2): no gradient comes through
    """
    if loss is None:
        model, loss = None, model  # type: ignore[assignment]  # checked below
    if not isinstance(loss, Node):
        raise TypeError(f"wanted a loss as a Value or a Tensor to diagnose, got {described(loss)}")
    if model is not None and not isinstance(model, Module):
        raise TypeError(f"wanted a network and its loss, got {described(model)}")
    network = NetworkGraph(loss, model)
    looks = (_anomaly, _unreached, _dead, _saturated, _unequal_layers, _inputs)
    with np.errstate(all="ignore"):
        return Diagnosis(tuple(finding for look in looks for finding in look(network)))


# --- what is looked for -----------------------------------------------------------------------------------------------


def _anomaly(network: NetworkGraph) -> Iterator[Finding]:
    if anomaly := first_anomaly(network.loss):
        yield Finding("anomaly", str(anomaly), (anomaly.node,))


def _unreached(network: NetworkGraph) -> Iterator[Finding]:
    if network.model:
        inside = set(network.nodes)
        missing = [(name, node) for name, node in network.model.named_parameters() if node not in inside]
        if missing:
            names = _listed([name for name, _ in missing])
            number = len(missing)
            told = f"the loss does not depend on {number} parameter{'s' * (number > 1)} of the model ({names})"
            yield Finding("unreached", f"{told}: training leaves them as they are", tuple(n for _, n in missing))


def _dead(network: NetworkGraph) -> Iterator[Finding]:
    for (layer, op), units in network.units(can_die).items():
        dead = [nodes for nodes in units.values() if all((slopes == 0.0).all() for _, slopes in nodes)]
        if not dead:
            continue
        nodes = tuple(node for unit in dead for node, _ in unit)
        if not layer and not network.has_arrays:
            named = _listed([full_name(node, network.names) for node in nodes])
            which = f"{len(dead)} of {len(units)} {op.name}{' is' if len(units) == 1 else 's are'} 0 ({named})"
            yield Finding("dead", f"{which}: no gradient comes through", nodes)
            continue
        samples = sum(len(slopes) for _, slopes in dead[0])
        told = f"{network.title(layer)}: {len(dead)} of {len(units)} {op.name} units are 0 for {_samples(samples)}"
        hint = "no gradient reaches their weights; a smaller learning rate, He initial weights or leaky_relu help"
        yield Finding("dead", f"{told}: {hint if samples > 1 else 'other samples may wake them'}", nodes)


def _saturated(network: NetworkGraph) -> Iterator[Finding]:
    for (layer, op), units in network.units(flat_slope).items():
        flat = flat_slope(op)
        found = []
        for unit in units.values():
            slopes = np.concatenate([slopes for _, slopes in unit])
            if (slopes < flat).mean() > SATURATED_SAMPLES:
                found.append(unit)
        if found:
            nodes = tuple(node for unit in found for node, _ in unit)
            samples = sum(len(slopes) for _, slopes in found[0])
            told = f"{network.title(layer)}: {len(found)} of {len(units)} {op.name} units saturated"
            where = f"slope below {short(flat)}" + (f" for most of {samples} samples" if samples > 1 else "")
            hint = "next to no gradient comes through; smaller weights or scaled inputs help"
            yield Finding("saturated", f"{told} ({where}): {hint}", nodes)


def _unequal_layers(network: NetworkGraph) -> Iterator[Finding]:
    sizes = {layer: _size([network.gradients[p] for p in nodes]) for layer, nodes in network.layers.items()}
    for layer, size in sizes.items():
        if size == 0.0:
            told = f"{network.title(layer)}: the gradient of every parameter is 0"
            yield Finding("vanishing", told, tuple(network.layers[layer]))
    flowing = {layer: size for layer, size in sizes.items() if 0.0 < size < math.inf}
    if len(flowing) < 2:
        return
    (first, first_size), *_, (last, last_size) = flowing.items()
    ratio = first_size / last_size
    if not 1 / LARGEST_RATIO <= ratio <= LARGEST_RATIO:
        kind = "vanishing" if ratio < 1 else "exploding"
        each = ", ".join(f"{network.title(layer)} {short(size, 2)}" for layer, size in flowing.items())
        told = f"the gradient of {network.title(first)} is {short(ratio, 2)} times that of {network.title(last)}"
        nodes = tuple(network.layers[first])
        yield Finding(kind, f"{told} (root mean square by layer: {each}); look at the initial weights", nodes)


def _inputs(network: NetworkGraph) -> Iterator[Finding]:
    features = network.features
    sizes = {name: float(np.max(np.abs(data), initial=0.0)) for name, (data, _) in features.items()}
    sizes = {name: size for name, size in sizes.items() if 0.0 < size < math.inf}
    if not sizes:
        return
    largest, smallest = max(sizes, key=sizes.__getitem__), min(sizes, key=sizes.__getitem__)
    if sizes[largest] > LARGEST_INPUT or sizes[largest] > LARGEST_INPUT_RATIO * sizes[smallest]:
        told = f"they are not scaled: {largest} is as large as {short(sizes[largest])}"
        if largest != smallest:
            told += f", {smallest} at most {short(sizes[smallest])}"
        nodes = tuple(node for _, nodes in features.values() for node in nodes)
        yield Finding("inputs", f"{told}; bring each feature to mean 0 and variance 1", nodes)


def _size(gradients: Sequence[Any]) -> float:
    return root_mean_square(np.concatenate([np.ravel(gradient) for gradient in gradients]))


def _samples(number: int) -> str:
    return f"all {number} samples" if number > 1 else "the only sample"


def _listed(names: Sequence[str]) -> str:
    more = f", {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more
