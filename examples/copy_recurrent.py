"""A recurrent network hears three letters and then says them: `python examples/copy_recurrent.py SEED`."""

import sys
from string import ascii_lowercase

import numpy as np

from micrograd_plus import losses, nn
from micrograd_plus.optim import Adam

LETTERS, LENGTH = 26, 3
STEPS, BATCH_SIZE = 600, 64


class Parrot(nn.Module):
    """All that it knows of the letters when it begins to speak is in its state of 64 numbers."""

    def __init__(self, rng):
        self.ear = nn.Embedding(LETTERS + 1, 16, rng=rng)
        self.memory = nn.GRU(16, 64, rng=rng)
        self.voice = nn.Linear(64, LETTERS, rng=rng)

    def forward(self, heard):
        states, _ = self.memory(self.ear(heard))
        return self.voice(states[:, LENGTH:])  # (batch, LENGTH, LETTERS): a score for each letter it may say


def examples(rng):
    """Return what is heard, letters and then as many times "now you", and the letters that are to be said then."""
    letters = rng.integers(0, LETTERS, (BATCH_SIZE, LENGTH))
    return np.concatenate([letters, np.full_like(letters, LETTERS)], axis=1), letters


def main(seed=0):
    """Train on new letters in each step; return the network and the share that it says right of the last ones."""
    rng = np.random.default_rng(seed)
    model = Parrot(rng)
    optimizer = Adam(model.parameters(), lr=1e-2)
    print(model)
    for step in range(1, STEPS + 1):
        heard, letters = examples(rng)
        scores = model(heard)
        loss = losses.cross_entropy(scores.reshape(-1, LETTERS), letters.ravel())
        model.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)  # through many times gradients can explode
        optimizer.step()
        said = scores.argmax(axis=-1)
        if step % 100 == 0:
            print(f"step {step}: loss {loss.item():.4f}, {(said == letters).mean():.1%} right")
    for words in zip(letters[:3], said[:3], strict=True):
        print("heard {}, said {}".format(*("".join(ascii_lowercase[k] for k in word) for word in words)))
    return model, (said == letters).mean()


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
