"""A small convolutional network reads handwritten digits: `python examples/digits.py SEED`."""

import sys

import numpy as np

from micrograd_plus import data, losses, nn, no_grad, optim
from micrograd_plus.cli.errors import one_line_each
from micrograd_plus.metrics import accuracy
from micrograd_plus.schedules import CosineAnnealingLR

EPOCHS, BATCH_SIZE = 10, 32


def network(rng):
    """Return the network: an image of shape (1, 8, 8) becomes 10 numbers, the largest at the digit it shows."""
    return nn.Sequential(
        nn.Conv2d(1, 32, 3, padding=1, nonlinearity="relu", rng=rng),  # 32 images of 8 x 8: where are edges?
        nn.BatchNorm2d(32),
        nn.ReLU(),
        nn.MaxPool2d(2),  # 4 x 4
        nn.Conv2d(32, 64, 3, padding=1, nonlinearity="relu", rng=rng),  # 64 images: strokes made of edges
        nn.BatchNorm2d(64),
        nn.ReLU(),
        nn.Flatten(),
        nn.Dropout(0.5, rng=rng),
        nn.Linear(64 * 4 * 4, 10, rng=rng),
    )


def main(seed=0):
    """Train on four fifths of the digits; return the network and the share of the held-out ones that it reads right."""
    rng = np.random.default_rng(seed)
    digits = data.load("digits")
    images = (digits.X / 16.0).reshape(-1, 1, 8, 8).astype(np.float32)  # ink from 0 to 16
    (X, y), (X_held_out, y_held_out) = data.split(images, digits.y, rng=rng)
    model = network(rng).astype(np.float32)
    print(f"{model}\n{len(y)} digits to learn from, {len(y_held_out)} held out")
    optimizer = optim.Adam(model.parameters(), lr=3e-3)
    schedule = CosineAnnealingLR(optimizer, EPOCHS)
    for epoch in range(1, EPOCHS + 1):
        model.train()  # dropout leaves out, batch normalisation looks at the batch
        for images, labels in data.batches(X, y, BATCH_SIZE, rng=rng):
            loss = losses.cross_entropy(model(images), labels, label_smoothing=0.1)
            model.zero_grad()
            loss.backward()
            optimizer.step()
        schedule.step()
        model.eval()
        with no_grad():
            right = accuracy(model(X_held_out).data.argmax(axis=1), y_held_out)
        print(f"epoch {epoch:2}: last loss {loss.item():.3f}, {right:.1%} of the held-out digits right")
    return model, right


if __name__ == "__main__":
    with one_line_each():  # without scikit-learn there are no digits
        main(*map(int, sys.argv[1:]))
