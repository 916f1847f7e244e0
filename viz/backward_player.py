"""The player: one HTML file that replays the forward and the backward pass of a graph, step by step and back."""

from __future__ import annotations

from typing import Any

from micrograd_plus.arguments import integer_at_least
from micrograd_plus.array_paths import paths_of
from micrograd_plus.engine import Node
from micrograd_plus.naming import names_of
from micrograd_plus.recording import Recording
from micrograd_plus.texts import one_line
from micrograd_plus.viz import colour
from micrograd_plus.viz.colour import Scale
from micrograd_plus.viz.dot import require_rankdir
from micrograd_plus.viz.film_data import film_data
from micrograd_plus.viz.page import filled, page
from micrograd_plus.viz.page_parts import in_page
from micrograd_plus.viz.picture import Role
from micrograd_plus.viz.playback import film
from micrograd_plus.why import explained

MOST_EXPLAINED = 150  # boxes: the sums over paths of more would be most of the page
COLUMNS = 50  # of these sums, beside the graph


def player_html(root: Node, *, by: str = "auto", rankdir: str = "LR", detail: str = "auto", start: int = 0) -> str:
    """Return the text of a page that replays how `root` is computed and differentiated.

    One step is a value ("node"), a layer ("layer") or an edge ("contribution"); "auto" goes by values up to 50 and by
    layers above. `start` is the step to begin with. `rankdir` and `detail` are those of `draw`; graphs too large to be
    played in full are folded. The graph keeps the gradients it has. Raises TypeError and ValueError for what is no such
    graph or option, RuntimeError if a node's data was set after the graph was computed from it.
    """
    require_rankdir(rankdir)
    played = film(root, by, detail)
    name = one_line(root.label, 60)
    title = f"Backpropagation of {name}" if name else "Backpropagation"
    body = filled("player.html", title=in_page(title), palette=palette())
    data = film_data(played, rankdir, integer_at_least(0, "start", start))
    if not played.picture.is_collapsed and len(data["boxes"]) <= MOST_EXPLAINED:
        _explain(root, data["boxes"])
    return page(
        title,
        body,
        styles=["playing.css", "player.css"],
        scripts=["transport.js", "zoom.js", "graph.js", "heat.js", "player.js"],
        data=data,
    )


def _explain(root: Node, boxes: list[dict[str, Any]]) -> None:
    """Add to the boxes of a graph that is played in full why their gradients are what they are."""
    recording, names = Recording(root), names_of(root)
    paths = paths_of(recording)
    for node, box in zip(recording.nodes, boxes, strict=True):
        if node is not root and box["role"] != Role.CONSTANT:
            box["why"] = explained(paths, node, names).in_columns(COLUMNS)


def palette() -> str:
    """Return the colours of all pictures as CSS variables: the ends of the scale, and what is not on it."""
    scale = Scale()
    faint = scale.limit * 1e-12  # so little that its colour is the palest
    ends = {"pale": faint, "strong": scale.limit}
    found = {
        f"{sign}-{end}-{kind}": colour_of(factor * x)
        for sign, factor in (("positive", 1.0), ("negative", -1.0))
        for end, x in ends.items()
        for kind, colour_of in (("fill", scale.fill), ("line", scale.line))
    }
    found |= {
        "zero-fill": colour.ZERO_FILL,
        "zero-line": colour.ZERO_LINE,
        "cut-fill": colour.CUT_FILL,
        "pending-fill": colour.PENDING_FILL,
        "pending-line": colour.PENDING_LINE,
        "outline": colour.OUTLINE,
        "nan-fill": colour.NAN_FILL,
        "nan-ink": colour.PALE_INK,
        "now": colour.NOW,
    }
    return " ".join(f"--{name}: {code};" for name, code in found.items())
