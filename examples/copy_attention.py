"""Attention learns to look back twelve letters and copy: `python examples/copy_attention.py SEED`."""

import sys
from string import ascii_lowercase

import numpy as np

from micrograd_plus import losses, nn
from micrograd_plus.optim import Adam

LETTERS, LENGTH, WIDTH = 26, 12, 32
STEPS, BATCH_SIZE = 150, 32


class Copier(nn.Module):
    """At each place a score for each letter to come next, out of what attention finds at this and earlier places."""

    def __init__(self, rng):
        self.letter = nn.Embedding(LETTERS + 1, WIDTH, rng=rng)
        self.place = nn.Embedding(2 * LENGTH, WIDTH, rng=rng)
        self.norm = nn.LayerNorm(WIDTH)
        self.attention = nn.MultiheadAttention(WIDTH, num_heads=2, rng=rng)
        self.next = nn.Linear(WIDTH, LETTERS, rng=rng)

    def forward(self, text):
        x = self.norm(self.letter(text) + self.place(np.arange(text.shape[1])))
        found, weights = self.attention(x, is_causal=True)
        return self.next(x + found)[:, LENGTH:], weights  # only what follows the separator can be known


def examples(rng):
    """Return texts, letters and a separator and the letters again but for the last, and what is to follow."""
    letters = rng.integers(0, LETTERS, (BATCH_SIZE, LENGTH))
    return np.concatenate([letters, np.full((BATCH_SIZE, 1), LETTERS), letters[:, :-1]], axis=1), letters


def main(seed=0):
    """Train on new letters in each step; return the network and the share that it copies right of the last ones."""
    rng = np.random.default_rng(seed)
    model = Copier(rng)
    optimizer = Adam(model.parameters(), lr=1e-2)
    print(model)
    for step in range(1, STEPS + 1):
        text, letters = examples(rng)
        scores, weights = model(text)
        loss = losses.cross_entropy(scores.reshape(-1, LETTERS), letters.ravel())
        model.zero_grad()
        loss.backward()
        optimizer.step()
        copies = scores.argmax(axis=-1)
        if step % 15 == 0:
            print(f"step {step:3}: loss {loss.item():.4f}, {(copies == letters).mean():.1%} right")
    print("{} was copied as {}".format(*("".join(ascii_lowercase[k] for k in row[0]) for row in (letters, copies))))
    print(f"places looked at: {weights.data.mean(axis=0)[LENGTH:].argmax(axis=-1).tolist()}")
    return model, (copies == letters).mean()


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
