"""Draws the gallery: `python docs/draw_gallery.py` writes docs/gallery.md and the pictures in docs/gallery/.

Each exhibit is a function whose docstring is its text and whose body is the code that the page shows. The pictures of
the training lab are those of docs/draw_lab.py. It is long as the page is: an exhibit after the other.
"""

from __future__ import annotations

import inspect
import random
import shutil
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from runpy import run_path
from typing import Any

from matplotlib.figure import Figure

from micrograd_plus import Tensor, Value, data, losses, nn, optim, scope, viz
from micrograd_plus.layer_statistics import LayerHistory
from micrograd_plus.train import fit
from micrograd_plus.training_history import History
from micrograd_plus.viz import layer_plots, plots
from micrograd_plus.viz.page import Page
from micrograd_plus.viz.slides import Frames

FOLDER = Path(__file__).parent
Exhibit = Callable[[], Any]
CHAPTERS: dict[str, list[Exhibit]] = {}


def shown_in(chapter: str) -> Callable[[Exhibit], Exhibit]:
    """Hang an exhibit in a chapter of the page."""

    def hang(exhibit: Exhibit) -> Exhibit:
        CHAPTERS.setdefault(chapter, []).append(exhibit)
        return exhibit

    return hang


# --- one formula ------------------------------------------------------------------------------------------------------


@shown_in("One formula")
def neuron() -> Any:
    """A neuron, as micrograd's lecture draws it. The gradient's sign and size are a colour; arrows carry local
    derivatives, and are as wide as what they hand on."""
    x1, x2 = Value(2.0, label="x1"), Value(0.0, label="x2")
    w1, w2 = Value(-3.0, label="w1"), Value(1.0, label="w2")
    b = Value(6.8813735870195432, label="b")
    o = (x1 * w1 + x2 * w2 + b).tanh()
    o.label = "o"
    o.backward()
    return viz.draw(o)


@shown_in("One formula")
def used_twice() -> Any:
    """A value that is read twice, as in `a + a`, has two arrows, and its gradient is the sum of what they hand back."""
    a = Value(3.0, label="a")
    b = a + a
    c = b * a
    c.label = "c"
    c.backward()
    return viz.draw(c, shares=True)


@shown_in("One formula")
def kinds_of_zero() -> Any:
    """Zeros are told apart: `u` is multiplied by zero, `v` sits before a dead ReLU. `w` is part of a formula that was
    computed before its data changed: stale."""
    u, v, w = Value(2.0, label="u"), Value(-1.5, label="v"), Value(1.0, label="w")
    y = u * 0.0 + v.relu() + w.exp()
    y.label = "y"
    y.backward()
    w.data = 2.0
    return viz.draw(y)


@shown_in("One formula")
def before_backward() -> Any:
    """Before `backward()` no gradient is known, which is not the same as zero: dashed outlines."""
    x, w = Value(0.5, label="x"), Value(-2.0, label="w")
    return viz.draw((x * w).sigmoid())


# --- networks ---------------------------------------------------------------------------------------------------------


@shown_in("Networks")
def network() -> Any:
    """A multi-layer perceptron on one sample, folded by neuron: the classic diagram, coloured by gradient."""
    model = nn.MLP(2, [4, 4, 1], rng=1)
    loss = (1 - model([0.5, -1.0])).relu()
    loss.label = "loss"
    loss.backward()
    return viz.draw(loss)


@shown_in("Networks")
def one_neuron_opened() -> Any:
    """The same network with one of its neurons in full."""
    model = nn.MLP(2, [4, 4, 1], rng=1)
    loss = (1 - model([0.5, -1.0])).relu()
    loss.label = "loss"
    loss.backward()
    return viz.draw(loss, expand=["layer2/neuron1"])


@shown_in("Networks")
def around_one_weight() -> Any:
    """What is around one weight: `focus` cuts the rest off and says how much there is."""
    model = nn.MLP(2, [4, 4, 1], rng=1)
    loss = (1 - model([0.5, -1.0])).relu()
    loss.label = "loss"
    loss.backward()
    return viz.draw(loss, focus=model.layers[2].neurons[0].w[0])


@shown_in("Networks")
def demo_loss() -> Any:
    """micrograd's own demo: 100 samples through a network of two times 16 neurons, a max-margin loss and a penalty."""
    random.seed(1337)
    X, y = data.moons(100, rng=0)
    model = nn.MLP(2, [16, 16, 1])
    margins = [(1 - (2 * int(target) - 1) * model(sample)).relu() for sample, target in zip(X.tolist(), y, strict=True)]
    loss = sum(margins) / len(margins) + 1e-4 * sum(p * p for p in model.parameters())
    loss.label = "loss"
    loss.backward()
    return viz.draw(loss)


@shown_in("Networks")
def written_by_hand() -> Any:
    """A network written without any module, on 50 samples: values that are alike share a box."""
    rng = random.Random(0)
    w = [[Value(rng.uniform(-1, 1), label=f"w{i}{j}") for j in (1, 2)] for i in (1, 2, 3)]
    v = [Value(rng.uniform(-1, 1), label=f"v{i}") for i in (1, 2, 3)]
    loss = Value(0.0)
    for _ in range(50):
        x1, x2 = Value(rng.gauss(0, 1), label="x1"), Value(rng.gauss(0, 1), label="x2")
        hidden = [(w1 * x1 + w2 * x2).tanh() for w1, w2 in w]
        out = sum(vi * h for vi, h in zip(v, hidden, strict=True))
        loss = loss + (out - 1.0) ** 2
    loss.label = "loss"
    loss.backward()
    return viz.draw(loss)


@shown_in("Networks")
def recurrent() -> Any:
    """A recurrent network of your own, with a `scope` for each step."""
    rng = random.Random(3)
    w, u, b = (Value(rng.uniform(-1, 1), label=name) for name in ("w", "u", "b"))
    h = Value(0.0, label="h0")
    for step in range(1, 4):
        with scope(f"step{step}"):
            h = (w * Value(rng.gauss(0, 1), label=f"x{step}") + u * h + b).tanh()
    loss = (h - 1.0) ** 2
    loss.label = "loss"
    loss.backward()
    return viz.draw(loss)


# --- arrays -----------------------------------------------------------------------------------------------------------


@shown_in("Arrays")
def layer_of_arrays() -> Any:
    """Tensors show their shapes, ranges and small maps of data and gradient."""
    model = nn.ArrayMLP(2, [4, 1], rng=0)
    X, y = data.moons(8, rng=0)
    loss = losses.hinge(model(X).reshape(len(y)), 2.0 * y - 1.0)
    loss.label = "loss"
    loss.backward()
    return viz.draw(loss)


@shown_in("Arrays")
def entry_of_a_product() -> Any:
    """One entry of a matrix product opened: the scalar graph behind it, with the same numbers."""
    W = Tensor([[0.5, -1.0], [2.0, 0.25], [-0.75, 1.5]], label="W")
    x = Tensor([[1.0, -2.0, 0.5], [0.0, 1.0, 3.0]], label="x")
    h = x @ W
    h.tanh().sum().backward()
    return viz.draw(h, zoom=(1, 0))


# --- time -------------------------------------------------------------------------------------------------------------


@shown_in("The backward pass in time")
def backward_pass() -> Any:
    """The frames of a backward pass as a GIF (or as numbered pictures, for slides)."""
    x, w, b = Value(2.0, label="x"), Value(-0.5, label="w"), Value(0.25, label="b")
    return viz.frames(((x * w + b).tanh() - 1.0) ** 2)


@shown_in("The backward pass in time")
def neuron_player() -> Any:
    """The player: one HTML file that needs no network, with slider and keys; a click on a value leads to it."""
    x1, x2 = Value(2.0, label="x1"), Value(0.0, label="x2")
    w1, w2 = Value(-3.0, label="w1"), Value(1.0, label="w2")
    b = Value(6.8813735870195432, label="b")
    o = (x1 * w1 + x2 * w2 + b).tanh()
    o.label = "o"
    return viz.player(o)


@shown_in("The backward pass in time")
def network_player() -> Any:
    """Networks are played layer by layer."""
    model = nn.MLP(2, [4, 4, 1], rng=1)
    loss = (1 - model([0.5, -1.0])).relu()
    loss.label = "loss"
    return viz.player(loss)


# --- words ------------------------------------------------------------------------------------------------------------


@shown_in("In words")
def tree() -> Any:
    """The tree for terminals and docstrings."""
    x, w, b = Value(2.0, label="x"), Value(-0.5, label="w"), Value(0.25, label="b")
    y = (x * w + b).tanh() * x
    y.backward()
    return viz.text(y)


@shown_in("In words")
def flowchart() -> Any:
    """Mermaid, which many pages draw by themselves."""
    x, w, b = Value(2.0, label="x"), Value(-0.5, label="w"), Value(0.25, label="b")
    y = (x * w + b).tanh()
    y.backward()
    return viz.mermaid(y)


# --- training ---------------------------------------------------------------------------------------------------------


def trained() -> tuple[nn.ArrayMLP, History]:
    """Return a network that has learned the moons, and how."""
    X, y = data.moons(200, rng=0)
    model = nn.ArrayMLP(2, [16, 16, 1], rng=0)
    adam = optim.Adam(model.parameters(), lr=0.01)
    loss = losses.binary_cross_entropy_with_logits
    return model, fit(model, X, y, loss=loss, optimizer=adam, epochs=60, batch_size=32, rng=0, record=True)


@shown_in("Training")
def training_player() -> Any:
    """The network, where it decides and its loss after each epoch, to be scrubbed through."""
    _, history = trained()
    return viz.player(history)


@shown_in("Training")
def decisions() -> Any:
    """Where the network decides: the paler, the less sure."""
    model, _ = trained()
    X, y = data.moons(200, rng=0)
    return plots.decision_boundary(lambda points: (model(points).data[:, 0] > 0).astype(int), X, y, ["upper", "lower"])


@shown_in("Training")
def activations() -> Any:
    """What the units of each layer give, epoch by epoch."""
    _, history = trained()
    return layer_plots.activation_histograms(LayerHistory.of(history.record))


@shown_in("Training")
def gradient_sizes() -> Any:
    """How large the gradients of each layer are."""
    _, history = trained()
    return layer_plots.gradient_histograms(LayerHistory.of(history.record))


@shown_in("Training")
def update_ratios() -> Any:
    """How far each layer's weights move in a step, beside their size: about a thousandth is healthy."""
    _, history = trained()
    return layer_plots.update_ratios(LayerHistory.of(history.record))


# --- the training lab -------------------------------------------------------------------------------------------------

# Texts of pictures in docs/lab/, by their names in docs/draw_lab.py.
LAB = {
    "descent": "The hill of the lesson: the tangent's slope is the gradient, and the rate decides how far a step goes.",
    "lr": "Learning rates on the loss of a network, their losses, and the limits: found by bisection, from the largest "
    "eigenvalue of the Hessian, and from a range test.",
    "optim": "Seven optimizers in a ravine, each at its best rate, and how much that rate matters.",
    "init": "Ten layers deep: how signals and gradients grow or vanish, measured beside theory.",
}


# --- the page ---------------------------------------------------------------------------------------------------------

_HEAD = """# Gallery

Drawn by `python docs/draw_gallery.py`, which needs Playwright and Chromium for the pages. Blue is a positive gradient,
orange a negative one; the legend of each picture says the rest.
"""


def main(folder: Path = FOLDER) -> None:
    """Write the page and its pictures."""
    pictures = folder / "gallery"
    shutil.rmtree(pictures, ignore_errors=True)
    pictures.mkdir()
    page = [_HEAD]
    for chapter, exhibits in CHAPTERS.items():
        page.append(f"## {chapter}\n")
        for exhibit in exhibits:
            page += [_text(exhibit), _code(exhibit), _shown(exhibit, pictures)]
    page += _lab()
    (folder / "gallery.md").write_text("\n".join(page), encoding="utf-8")


def _lab() -> list[str]:
    """Return the chapter on the training lab."""
    commands = run_path(str(FOLDER / "draw_lab.py"))["PICTURES"]
    chapter = ["## The training lab\n", "All of its pictures, and how to read them: [lab.md](lab.md).\n"]
    for name, text in LAB.items():
        chapter += [f"{text}\n", f"```\n{commands[name][0]}\n```\n", f"![{name}](lab/{name}.png)\n"]
    return chapter


def _text(exhibit: Exhibit) -> str:
    return " ".join((exhibit.__doc__ or "").split()) + "\n"


def _code(exhibit: Exhibit) -> str:
    """Return the body of an exhibit, without its docstring, as a block of code."""
    source = inspect.getsource(exhibit)
    body = source.split('"""', 2)[2]
    return f"```python\n{textwrap.dedent(body).strip()}\n```\n"


def _shown(exhibit: Exhibit, pictures: Path) -> str:
    """Save what an exhibit returns; return how the page shows it."""
    found, name = exhibit(), exhibit.__name__
    if isinstance(found, str):
        kind = "mermaid" if exhibit is flowchart else "text"
        return f"```{kind}\n{found.strip()}\n```\n"
    title = name.replace("_", " ")
    if isinstance(found, Page):
        found.save(pictures / f"{name}.html")
        _photograph(pictures / f"{name}.html", pictures / f"{name}.png")
        return f"[![{title}](gallery/{name}.png)](gallery/{name}.html)\n"
    if isinstance(found, Figure):
        plots.save(found, pictures / f"{name}.png", dpi=100)
        return f"![{title}](gallery/{name}.png)\n"
    ending = "gif" if isinstance(found, Frames) else "svg"
    found.save(pictures / f"{name}.{ending}")
    return f"![{title}](gallery/{name}.{ending})\n"


def _photograph(page: Path, picture: Path) -> None:
    """Take a picture of a page in its middle, in a Chromium that is started for it."""
    from playwright.sync_api import sync_playwright  # the suite reads this script without it

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        tab = browser.new_page(viewport={"width": 1200, "height": 760})
        tab.goto(page.resolve().as_uri())
        slider = tab.get_by_role("slider")
        for _ in range(int(slider.get_attribute("max") or 0) * 3 // 4):
            slider.press("ArrowRight")
        tab.screenshot(path=picture)
        browser.close()


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
