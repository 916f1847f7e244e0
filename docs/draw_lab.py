"""Draws the pictures of docs/lab.md: `python docs/draw_lab.py` runs the commands and keeps a picture of each.

They take a few minutes. The pictures are made smaller than the commands write them.
"""

from __future__ import annotations

import io
import shlex
import sys
from contextlib import redirect_stdout, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image

from micrograd_plus.cli import main as command

FOLDER = Path(__file__).parent / "lab"
WIDTH = 1200  # pixels

# The name of a picture, the command that draws it, and the file that it writes.
PICTURES = {
    "descent": ('micrograd-plus lab descent "x**2 - 3*x" --from 4 --lr 0.1', "descent.png"),
    "descent-2d": (
        'micrograd-plus lab descent "x**2 + 10*y**2" --from 4,1 --lrs 0.01,0.05,0.11 --out ellipse',
        "descent.png",
    ),
    "lr": ("micrograd-plus lab lr moons", "lr.png"),
    "curvature": ("micrograd-plus lab lr moons", "curvature.png"),
    "batch": ("micrograd-plus lab batch iris --epochs 20", "batch.png"),
    "optim": ("micrograd-plus lab optim ravine", "optim.png"),
    "schedule": ("micrograd-plus lab schedule iris --batch-size 32 --seeds 3 --lrs 0.1,0.3,1,3,30", "schedule.png"),
    "init": ("micrograd-plus lab init", "sizes.png"),
    "activation": ("micrograd-plus lab activation", "sizes.png"),
}


def main(folder: Path = FOLDER) -> None:
    """Run each command once and write the pictures to `folder`."""
    folder.mkdir(exist_ok=True)
    with TemporaryDirectory() as work:
        results: dict[str, Path] = {}
        for name, (line, file) in PICTURES.items():
            if line not in results:
                results[line] = Path(work, name)
                arguments = [*shlex.split(line)[1:], "--out", str(results[line])]
                with suppress(SystemExit), redirect_stdout(io.StringIO()):
                    command(arguments)
            _save(results[line] / file, folder / f"{name}.png")


def _save(drawn: Path, picture: Path) -> None:
    """Save a picture with fewer pixels and 256 colours: a third of the bytes."""
    with Image.open(drawn) as image:
        size = (WIDTH, round(image.height * WIDTH / image.width))
        small = image.convert("RGB").resize(size, Image.Resampling.LANCZOS)
        small.quantize(256, kmeans=1).save(picture, optimize=True)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
