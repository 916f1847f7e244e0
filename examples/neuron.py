"""A neuron and its loss, to draw: `micrograd-plus graph examples/neuron.py:loss`."""

from micrograd_plus import Value, scope, tanh

x1, x2 = Value(2.0, label="x1"), Value(0.0, label="x2")
w1, w2 = Value(-3.0, label="w1"), Value(1.0, label="w2")
b = Value(6.8813735870195432, label="b")
target = Value(1.0, label="target")

with scope("neuron"):
    output = tanh(x1 * w1 + x2 * w2 + b)
output.label = "output"

loss = (output - target) ** 2
loss.label = "loss"

if __name__ == "__main__":
    loss.backward()
    for leaf in (x1, x2, w1, w2, b):
        print(f"{leaf.label}: {leaf.data:8.4f}, gradient {leaf.grad:8.4f}")
