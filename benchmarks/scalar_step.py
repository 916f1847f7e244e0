"""One training step of micrograd's own demo, node by node: moons, MLP(2, [16, 16, 1]), max-margin loss plus L2."""

import random

import micrograd.engine
import micrograd.nn

from benchmarks.protocol import against, collector, interleaved, ratio, show, verdict, versions
from micrograd_plus import Value, nn
from micrograd_plus.data import moons

ROUNDS = 6
TURN = 4  # steps


def demo_loss(model, value, points, targets):
    """Return the loss of micrograd's demo, written as there."""
    inputs = [list(map(value, row)) for row in points]
    scores = list(map(model, inputs))
    losses = [(1 + -target * score).relu() for target, score in zip(targets, scores, strict=True)]
    data_loss = sum(losses) * (1.0 / len(losses))
    return data_loss + 1e-4 * sum(p * p for p in model.parameters())


def training_step(value, networks, points, targets, lr=0.01):
    """Return a function that does one step of micrograd's demo on fresh parameters, and its model."""
    random.seed(1337)
    model = networks.MLP(2, [16, 16, 1])

    def step():
        total_loss = demo_loss(model, value, points, targets)
        model.zero_grad()
        total_loss.backward()
        for p in model.parameters():
            p.data -= lr * p.grad
        return total_loss

    return step, model


def main() -> None:
    """Print the table and the verdicts."""
    points, targets = moons(100, 0.1, rng=1337)
    points, targets = points.tolist(), (2 * targets - 1).tolist()
    theirs, their_model = training_step(micrograd.engine.Value, micrograd.nn, points, targets)
    ours, our_model = training_step(Value, nn, points, targets)
    rows, ratios = [], {}
    for on in (True, False):
        with collector(on):
            seconds = interleaved({"micrograd": theirs, "micrograd_plus": ours}, ROUNDS, turn=TURN)
        state = "on" if on else "off"
        rows += [[state, *row] for row in against("micrograd_plus", seconds)]
        ratios[state] = ratio(seconds["micrograd"], seconds["micrograd_plus"])[0]
    difference = max(
        abs(a.data - b.data) for a, b in zip(their_model.parameters(), our_model.parameters(), strict=True)
    )
    title = f"One step of micrograd's demo on scalars ({versions('micrograd', 'numpy')})"
    show(title, ["collector", "engine", "per step", "times ours", "quartiles"], rows)
    print(f"\nlargest difference of a parameter after {2 * TURN * (ROUNDS + 1)} steps: {difference:.1e}")
    verdict("eager Value against micrograd, collector on", ratios["on"], at_least=10)
    verdict("eager Value against micrograd, collector off", ratios["off"], at_least=2)


if __name__ == "__main__":
    main()
