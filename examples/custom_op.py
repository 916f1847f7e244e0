"""A function becomes an operation in one row, and everything follows: `python examples/custom_op.py SEED`.

Mish (Misra, 2019) is x * tanh(softplus(x)). Its slopes follow from the formula; a picture, a program and a network that
learns XOR follow from the row. `micrograd-plus graph examples/custom_op.py:loss` draws it too.
"""

import sys

import numpy as np

import micrograd_plus
from micrograd_plus import Tensor, Value, check_gradients, gradient, losses, nn, operation, softplus, tanh, viz
from micrograd_plus.notation import text
from micrograd_plus.optim import Adam


@operation
def mish(x):
    """Return x where it is large, 0 where it is far below 0, with a dip between."""
    return x * tanh(softplus(x))


x = Value(1.0, label="x")
loss = (mish(x) - 1.0) ** 2


def learn_xor(seed):
    """Train a network of two hidden layers with our activation; return what it says of the four corners."""
    model = nn.ArrayMLP(2, [8, 8, 1], activation="mish", rng=seed)
    corners, wanted = np.array([[0, 0], [0, 1], [1, 0], [1, 1]]), np.array([0, 1, 1, 0])
    optimizer = Adam(model.parameters(), lr=0.05)
    for _ in range(200):
        error = losses.mse(model(corners)[:, 0], wanted)
        model.zero_grad()
        error.backward()
        optimizer.step()
    return model(corners).data[:, 0]


def main(seed=0):
    """Show what follows from the row; return what the network says."""
    print("on numbers, arrays, Tensors:", mish(1.0), mish(np.ones(2)), Tensor([1.0]).mish().data)
    print("its slope:", text(gradient(mish(x), [x])[0]))
    check_gradients(mish, 0.5)  # against differences, to the second order
    program = micrograd_plus.compile(loss)
    print(f"the loss, compiled: {program():.6f}; {program.verify()}")
    loss.backward()
    viz.draw(loss).save("mish.svg")
    print("drawn with its gradients: mish.svg")
    answers = learn_xor(seed)
    print("the four corners, XOR learned:", answers.round(3))
    return answers


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
