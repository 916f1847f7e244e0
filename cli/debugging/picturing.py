"""Commands that show the whole graph: as a tree in the terminal, as a picture in a file."""

from __future__ import annotations

from pathlib import Path

from micrograd_plus.atomic_file import atomic_write
from micrograd_plus.cli.debugging.command import Command, Dialog, Words, clipped, shown, unpinned_root
from micrograd_plus.cli.debugging.formula import node_in
from micrograd_plus.cli.debugging.positions import position
from micrograd_plus.engine import Node

TREE_LINES = 40


def tree(dialog: Dialog, node: Node) -> str:
    """Return what is below a node as a tree."""
    from micrograd_plus.viz.outline import text as tree_of

    debugger = dialog.session.debugger
    order = debugger.operations if node is debugger.root else ()
    tree = tree_of(node, lines=TREE_LINES, names=debugger.names, order=order, is_evaluated=debugger.is_evaluated)
    return "\n".join(clipped(line, dialog.columns) for line in tree.splitlines())


def _tree(dialog: Dialog, text: str) -> str:
    debugger = dialog.session.debugger
    return tree(dialog, node_in(debugger, text) if text else debugger.root)


def _graph(dialog: Dialog, text: str) -> str:
    from micrograd_plus.cli.pictures import ENDINGS, FORMATS, Made, format_of
    from micrograd_plus.viz.debugger_view import drawing_at
    from micrograd_plus.viz.render import FORMATS as DRAWN

    path = Path(text or "graph.svg")
    format = format_of(path)
    if format is None:
        raise ValueError(f"{shown(text)} wants one of the endings {ENDINGS}")
    debugger = dialog.session.debugger
    with dialog.progress("drawing", 1):
        if format in DRAWN:
            drawing = drawing_at(debugger)
            made = Made(drawing.render(format), drawing.picture.caption or f"{drawing.picture.values:,} values")
        else:
            made = FORMATS[format].make(unpinned_root(dialog, f"a .{format} file"))
    atomic_write(path, made.content)
    return f"wrote {path}: {made.summary}, at {position(debugger)}"


COMMANDS = (
    Command(
        "tree",
        _tree,
        "Show the graph as a tree, or what is below NODE.",
        "tree #4",
        usage="[NODE]",
        aliases=("t",),
        words=Words.NODES,
    ),
    Command(
        "graph",
        _graph,
        "Write the picture of the graph at this very step.",
        "graph step.svg",
        usage="[FILE]",
        words=Words.FILES,
    ),
)
