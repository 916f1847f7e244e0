"""What must give the same bytes every time: `python -m tests.deterministic_work FOLDER...` does it all in each folder.

With `--library` before them, it does what takes no second: what no command does.
"""

import os
import sys
from pathlib import Path

import numpy as np

from micrograd_plus import Tensor, Value, compile, losses, nn
from micrograd_plus.cli import main
from micrograd_plus.optim import Adam
from micrograd_plus.saved_session import save_session
from micrograd_plus.session import Session
from micrograd_plus.viz.dot import dot_text
from micrograd_plus.viz.from_graph import picture_of
from micrograd_plus.viz.svg import svg_text

COMMANDS = [
    "train moons --epochs 3 --seed 5 --out compiled",
    "train moons --epochs 1 --seed 5 --backend scalar --hidden 4 --dropout 0.2 --no-report --out scalar",
    "train iris --epochs 3 --seed 5 --backend numpy --no-report --out arrays",
    "export compiled/model.safetensors model.c",
    "export compiled/model.safetensors model.py",
    "export compiled/model.safetensors model.onnx",
    "lab descent ravine --steps 5 --out descent",
    "lab init --depth 2 --width 8 --steps 4 --seed 5 --out init",
    "graph tanh(x*w+b) --at x=2 --at w=-3 --at b=6.9 -o neuron.html",
]


def scalar_loss() -> Value:
    """Return the loss of a small network of Values on four samples, all drawn from one seed."""
    rng = np.random.default_rng(5)
    model = nn.MLP(2, [3, 1], rng=rng)
    return sum(((model(rng.normal(size=2).tolist()) - 1.0) ** 2 for _ in range(4)), Value(0.0))


def convolutional() -> dict[str, np.ndarray]:
    """Return the weights of a convolutional network after five steps on random images."""
    rng = np.random.default_rng(5)
    model = nn.Sequential(
        nn.Conv2d(1, 4, 3, rng=rng),
        nn.ReLU(),
        nn.Flatten(),
        nn.Dropout(0.3, rng=rng),
        nn.Linear(144, 5, rng=rng),
    )
    images, labels = rng.normal(size=(32, 1, 8, 8)), rng.integers(0, 5, 32)
    optimizer = Adam(model.parameters(), lr=0.01)
    for _ in range(5):
        model.zero_grad()
        losses.cross_entropy(model(Tensor(images)), labels).backward()
        optimizer.step()
    return model.state_dict()


def of_commands() -> None:
    """Write what commands do into the current folder."""
    for command in COMMANDS:
        main(command.split(), standalone_mode=False)


def of_the_library() -> None:
    """Write what the library does into the current folder."""
    y = scalar_loss()
    y.backward()
    Path("loss.dot").write_text(dot_text(picture_of(y)))
    Path("loss.svg").write_text(svg_text(picture_of(y)))
    Path("program.py").write_text(compile(scalar_loss()).source)
    save_session(Session(y), "session.json")
    for name, weights in convolutional().items():
        Path(f"{name}.bytes").write_bytes(weights.tobytes())


if __name__ == "__main__":
    is_library_alone = sys.argv[1] == "--library"
    parts = [of_the_library] if is_library_alone else [of_commands, of_the_library]
    for name in sys.argv[1 + is_library_alone :]:
        folder = Path(name)
        folder.mkdir()
        os.chdir(folder)
        for part in parts:
            part()
