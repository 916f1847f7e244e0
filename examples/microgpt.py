"""A small GPT makes up names from all letters so far; `bigram.py` sees one: `python examples/microgpt.py SEED`."""

import sys
from pathlib import Path

import numpy as np

from micrograd_plus import losses, nn, no_grad, optim, softmax

LETTERS = ".abcdefghijklmnopqrstuvwxyz"  # the point begins and ends a name
NAMES = Path(__file__).with_name("names.txt").read_text(encoding="ascii").split()
CONTEXT, WIDTH, STEPS, BATCH_SIZE = max(map(len, NAMES)) + 1, 32, 300, 32


class GPT(nn.Module):
    """Embeddings, causal attention and a hidden layer, each on normed numbers, and a score for each next letter."""

    def __init__(self, rng):
        self.letter, self.place = nn.Embedding(27, WIDTH, rng=rng), nn.Embedding(CONTEXT, WIDTH, rng=rng)
        self.norms = [nn.LayerNorm(WIDTH) for _ in range(3)]
        self.attention = nn.MultiheadAttention(WIDTH, num_heads=4, rng=rng)
        self.hidden = nn.ArrayMLP(WIDTH, [4 * WIDTH, WIDTH], rng=rng)
        self.scores = nn.Linear(WIDTH, 27, rng=rng)

    def forward(self, text):
        x = self.letter(text) + self.place(np.arange(text.shape[1]))
        x = x + self.attention(self.norms[0](x), is_causal=True)[0]
        return self.scores(self.norms[2](x + self.hidden(self.norms[1](x))))


def made_up(model, rng, text="."):
    """Return a new name, letter by letter as the scores at the last place have it."""
    while len(text) <= CONTEXT and not text.endswith(".", 1):
        with no_grad():
            scores = model(np.array([[LETTERS.index(c) for c in text]]))
        text += rng.choice(list(LETTERS), p=softmax(scores.data[0, -1]))
    return text.strip(".")


def main(seed=0):
    """Train, make up names, and return the mean loss of the last 50 steps."""
    rng, history = np.random.default_rng(seed), []
    texts = np.array([[LETTERS.index(c) for c in f".{name}".ljust(CONTEXT + 1, ".")] for name in NAMES])
    optimizer = optim.Adam((model := GPT(rng)).parameters(), lr=5e-3)
    for step in range(1, STEPS + 1):
        text = texts[rng.integers(0, len(texts), BATCH_SIZE)]
        inside = np.arange(CONTEXT) <= (text > 0).sum(axis=1, keepdims=True)  # up to the point behind the name
        loss = losses.cross_entropy(model(text[:, :-1])[inside], text[:, 1:][inside])
        model.zero_grad()
        loss.backward()
        optimizer.step()
        history.append(loss.item())
        if step % 50 == 0:
            print(f"step {step:3}: mean loss {np.mean(history[-50:]):.3f}, made up: {made_up(model, rng)}")
    return np.mean(history[-50:])


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
