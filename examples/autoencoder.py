"""Sixty-four numbers through an eye of two and back: `python examples/autoencoder.py SEED`.

Out of two numbers the network says each image again: a map of digits (`digits.png`). Principal components lose more.
"""

import sys

import numpy as np
from matplotlib.figure import Figure

from micrograd_plus import data, losses, nn, no_grad, optim
from micrograd_plus.cli.errors import one_line_each

EPOCHS, BATCH_SIZE, CODE = 25, 64, 2


def principal(images):
    """Return the mean squared error of the best linear code of the same size (Eckart and Young, 1936)."""
    centred = images - images.mean(axis=0)
    u, s, vt = np.linalg.svd(centred, full_matrices=False)
    return float(((centred - (u[:, :CODE] * s[:CODE]) @ vt[:CODE]) ** 2).mean())


def shaded(image):
    """Return an image of 8 x 8 as lines of text."""
    return ["".join(" .:*#"[int(np.clip(x, 0, 0.999) * 5)] * 2 for x in row) for row in image.reshape(8, 8)]


def main(seed=0):
    """Train, draw the map, and return the error of the network and that of principal components."""
    rng = np.random.default_rng(seed)
    digits = data.load("digits")
    images = (digits.X / 16.0).astype(np.float32)  # ink from 0 to 1
    encoder = nn.ArrayMLP(64, [128, 32, CODE], activation="relu", rng=rng).astype(np.float32)
    decoder = nn.ArrayMLP(CODE, [32, 128, 64], activation="relu", rng=rng).astype(np.float32)
    optimizer = optim.Adam([*encoder.parameters(), *decoder.parameters()], lr=5e-3)
    for epoch in range(1, EPOCHS + 1):
        for batch, _ in data.batches(images, digits.y, BATCH_SIZE, rng=rng):
            loss = losses.mse(decoder(encoder(batch)), batch)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        optimizer.lr *= 0.9
        print(f"epoch {epoch}: error {loss.item():.4f} of the last batch")
    with no_grad():
        again = decoder(codes := encoder(images)).data
    errors = float(((again - images) ** 2).mean()), principal(images)
    print(f"squared error {errors[0]:.4f}; of {CODE} principal components {errors[1]:.4f}; map of codes: digits.png")
    print(*map("  ->  ".join, zip(shaded(images[3]), shaded(again[3]), strict=True)), sep="\n")
    figure = Figure(figsize=(6, 5))
    points = figure.subplots().scatter(*codes.data.T, c=digits.y, cmap="tab10", s=6)
    figure.colorbar(points, label="digit")
    figure.savefig("digits.png")
    return errors


if __name__ == "__main__":
    with one_line_each():  # without scikit-learn there are no digits
        main(*map(int, sys.argv[1:]))
