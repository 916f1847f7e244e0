"""A neuron, its loss and every gradient in a picture, `neuron.svg`: `python examples/neuron.py`.

`micrograd-plus graph examples/neuron.py:loss` draws it too, and `micrograd-plus step examples/neuron.py:loss` goes
through its backward pass step by step.
"""

from micrograd_plus import Value, scope, tanh, viz

x1, x2 = Value(2.0, label="x1"), Value(0.0, label="x2")
w1, w2 = Value(-3.0, label="w1"), Value(1.0, label="w2")
b = Value(6.8813735870195432, label="b")
target = Value(1.0, label="target")

with scope("neuron"):
    output = tanh(x1 * w1 + x2 * w2 + b)
output.label = "output"

loss = (output - target) ** 2
loss.label = "loss"


def main(_seed=0):
    """Compute the gradients, print and draw them; nothing is random here."""
    leaves = (x1, x2, w1, w2, b)
    for leaf in leaves:
        leaf.zero_grad()  # gradients add up otherwise
    loss.backward()
    for leaf in leaves:
        print(f"{leaf.label}: {leaf.data:8.4f}, gradient {leaf.grad:8.4f}")
    viz.draw(loss).save("neuron.svg")
    print("drawn: neuron.svg")


if __name__ == "__main__":
    main()
