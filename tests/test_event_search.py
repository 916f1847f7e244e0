"""Searches over all events; what the texts mean is tested where they stop a walk, in test_breakpoints.py."""

import numpy as np

from micrograd_plus import Value, nn
from micrograd_plus.debugger import Debugger
from micrograd_plus.event_search import changes_of, finder


def test_a_search_goes_on_to_hold_when_numbers_change() -> None:
    debugger = Debugger(nn.MLP(2, [3, 1], rng=0)([1.0, -2.0]))
    bias = debugger.node("layer1.neuron1.b")
    texts = ("dead", "grad > 0.1", "layer1.neuron1.b", "nan")
    searches = [finder(debugger, text) for text in texts]
    for value in (50.0, -50.0, float("nan")):
        bias.data = value
        debugger.root.refresh()
        debugger.renew()
        anew = Debugger(debugger.root)
        for text, find in zip(texts, searches, strict=True):
            np.testing.assert_array_equal(find(debugger), finder(anew, text)(anew))
    assert searches[-1](debugger).any()


def test_a_gradient_that_gets_nothing_more_does_not_change() -> None:
    x = Value(3.0)
    debugger = Debugger(x * 0.0 + x * 2.0)
    hits = np.flatnonzero(changes_of(x)(debugger))
    assert [debugger.event(number).total for number in hits] == [2.0]
