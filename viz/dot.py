"""Picture to DOT text. The same program gives the same bytes: names are positions, nothing depends on addresses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from micrograd_plus.texts import shortened
from micrograd_plus.viz import layout, legend
from micrograd_plus.viz.colour import CUT_FILL, INK, NAN_FILL, OUTLINE, PALE_INK
from micrograd_plus.viz.dot_heat import heat_label, in_html
from micrograd_plus.viz.picture import Arrow, Box, Flow, Picture, Role

RANKDIRS = ("LR", "TB")

_SHAPES = {
    Role.INPUT: "ellipse",
    Role.PARAMETER: "octagon",
    Role.CONSTANT: "note",
    Role.OPERATION: "Mrecord",
    Role.GROUP: "box",
    Role.MORE: "plaintext",
}
_FRAME = {"style": "rounded", "color": "#909090", "labelloc": "t", "fontsize": "13"}
_HEADING = {"shape": "plaintext", "fontsize": "13"}
# Where arrows leave and enter boxes that stand in columns.
_PORTS = {"LR": {"tailport": "e", "headport": "w"}, "TB": {"tailport": "s", "headport": "n"}}


def dot_text(picture: Picture, rankdir: str = "LR") -> str:
    """Return the picture as a DOT digraph that flows from left to right ("LR") or from top to bottom ("TB")."""
    return digraph(statements(picture, rankdir))


def digraph(lines: Iterable[str]) -> str:
    """Return statements as the text of a digraph."""
    return "\n".join(["digraph {", *(f"\t{line}" for line in lines), "}"]) + "\n"


def require_rankdir(rankdir: str) -> None:
    """Raise a ValueError unless a picture can flow so."""
    if rankdir not in RANKDIRS:
        raise ValueError(f"wanted a rankdir out of {', '.join(RANKDIRS)}, got {rankdir!r}")


def statements(picture: Picture, rankdir: str = "LR") -> Iterator[str]:
    """Yield what stands between the braces of the digraph, line by line."""
    require_rankdir(rankdir)
    yield from _settings(picture, rankdir)
    yield from _network(picture, rankdir) if picture.is_network else _flow(picture, rankdir)


def _flow(picture: Picture, rankdir: str) -> Iterator[str]:
    """Yield boxes, frames and arrows for Graphviz to place."""
    for box in picture.boxes:
        yield _statement(box.key, _node(picture, box, rankdir))
    yield from _frames(picture)
    for arrow in picture.arrows:
        yield _statement(f"{arrow.tail} -> {arrow.head}", _edge(picture, arrow))


def _network(picture: Picture, rankdir: str) -> Iterator[str]:
    """Yield boxes, frames and arrows in places of our own: inside frames Graphviz would shuffle the neurons."""
    places = layout.places(picture, rankdir)
    for k, (heading, place, room) in enumerate(layout.frames(picture, places, rankdir)):
        yield _statement(f"frame{k}", _FRAME | {"shape": "box", "label": ""} | _at(place))
        yield _statement(f"heading{k}", _HEADING | {"label": _lines([shortened(heading)])} | _at(room))
    for box in picture.boxes:
        node = _node(picture, box, rankdir, with_count=box.key not in picture.in_columns)
        yield _statement(box.key, node | _at(places[box.key]))
    for arrow in picture.arrows:
        edge = _edge(picture, arrow) | {"arrowsize": "0.4"} | _PORTS[rankdir]
        if arrow.flow is Flow.CUT:
            edge["arrowhead"] = "none"  # the box says it, and dozens of blunt heads would be a blot
        yield _statement(f"{arrow.tail} -> {arrow.head}", edge)


def _at(place: layout.Place) -> dict[str, str]:
    return {
        "pos": f"{place.x:.3f},{place.y:.3f}!",
        "width": f"{place.width:.2f}",
        "height": f"{place.height:.2f}",
    }


def _settings(picture: Picture, rankdir: str) -> Iterator[str]:
    graph = {
        "rankdir": rankdir,
        "bgcolor": "white",
        "fontname": "Helvetica",
        "labelloc": "b",
        "outputorder": "edgesfirst",
        "pad": "0.2",
    }
    if picture.is_network:
        graph |= {"layout": "neato", "splines": "line"}
    else:
        # newrank: without it, clusters make the layout slow and turn arrows around.
        graph |= {"newrank": "true", "nodesep": "0.25", "ranksep": "0.45"}
    font = {"fontname": "Helvetica", "fontcolor": INK}
    yield _statement("graph", graph | {"label": _Html(_legend(picture))})
    yield _statement("node", font | {"fontsize": "11", "color": OUTLINE, "height": "0.3", "margin": "0.1,0.05"})
    yield _statement("edge", font | {"fontsize": "9", "arrowsize": "0.6"})


def _legend(picture: Picture) -> str:
    """Return caption, scale and signs as an HTML-like table."""
    swatches = "".join(
        f'<TD BGCOLOR="{colour}" WIDTH="44">{in_html(text)}</TD>' for colour, text in legend.swatches(picture)
    )
    scale = f"<TR><TD>gradient</TD>{swatches}</TR>" if swatches else ""
    table = '<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="3">{}</TABLE>'
    rows = [f"<TR><TD>{in_html(picture.caption)}</TD></TR>"] if picture.caption else []
    rows += [f"<TR><TD>{table.format(scale)}</TD></TR>"] if scale else []
    words = "<BR/>".join(map(in_html, legend.lines(picture)))
    rows += [f'<TR><TD><FONT POINT-SIZE="9">{words}</FONT></TD></TR>']
    return '<FONT POINT-SIZE="11">' + table.format("".join(rows)) + "</FONT>"


# --- boxes ------------------------------------------------------------------------------------------------------------


def _node(picture: Picture, box: Box, rankdir: str, *, with_count: bool = True) -> dict[str, str]:
    fill = picture.fill(box)
    found = {"shape": _SHAPES[box.role], "style": _style(box), "fillcolor": fill}
    if box.heat:
        found["label"] = _Html(heat_label(box, picture.scale))
        if box.role is Role.OPERATION:
            found |= {"shape": "box", "margin": "0"}  # records hold no tables
    else:
        lines = box.lines(with_count=with_count)
        found["label"] = _record(box.symbol, lines, rankdir) if box.role is Role.OPERATION else _lines(lines)
    if box.cuts:
        found["fillcolor"] = f"{CUT_FILL};0.15:{fill}"
    if box.role in (Role.INPUT, Role.PARAMETER):
        found["margin"] = "0.02,0"  # their corners leave room enough
    if box.is_stale and not box.heat:
        found["margin"] = "0.16,0.1"  # or the strokes would touch the text
    if box.is_root:
        found |= {"penwidth": "3", "color": INK}
    if fill == NAN_FILL:
        found["fontcolor"] = PALE_INK
    return found


def _style(box: Box) -> str:
    found = ["filled"]
    if box.is_stale:
        found.append("diagonals")  # strikes the corners
    elif box.role is Role.GROUP or (box.role is Role.OPERATION and box.heat):
        found.append("rounded")
    if box.flow is Flow.PENDING:
        found.append("dashed")
    return ",".join(found)


def _record(symbol: str, lines: Iterable[str], rankdir: str) -> str:
    """Return the label of a record: the operation, and beside it name, data and gradient."""
    text = "".join(rf"{_in_record(line)}\l" for line in lines)
    fields = f"{_in_record(shortened(symbol))}|{text}"
    # The fields of a record stand side by side where the graph flows downwards; braces turn them.
    return f"{{{fields}}}" if rankdir == "LR" else fields


# --- clusters ---------------------------------------------------------------------------------------------------------


def _frames(picture: Picture) -> Iterator[str]:
    """Yield the frames of scopes, one inside the other as the scopes are."""
    opened: tuple[str, ...] = ()
    for number, path, keys in picture.scopes():
        while opened != path[: len(opened)]:
            opened = opened[:-1]
            yield "}"
        opened = path
        yield f"subgraph cluster{number} {{"
        yield _statement("graph", _FRAME | {"label": _lines([shortened(path[-1])])})
        yield from keys
    yield from "}" * len(opened)


# --- arrows -----------------------------------------------------------------------------------------------------------


def _edge(picture: Picture, arrow: Arrow) -> dict[str, str]:
    found = {"color": picture.line(arrow), "penwidth": f"{picture.width(arrow):.2f}"}
    if arrow.style != "solid":
        found["style"] = arrow.style
    if arrow.flow is Flow.CUT:
        found |= {"arrowhead": "tee", "arrowsize": "1.2"}
    if arrow.texts:
        found["label"] = _lines(arrow.texts)
    if arrow.share is not None:
        found["tooltip"] = _lines([f"gives {arrow.share}"])
    return found


# --- text -------------------------------------------------------------------------------------------------------------


def _statement(subject: str, values: Mapping[str, str]) -> str:
    return f"{subject} [{_attributes(values)}]"


def _attributes(values: Mapping[str, str]) -> str:
    return ", ".join(
        f"{name}=<{value}>" if isinstance(value, _Html) else f'{name}="{value}"' for name, value in values.items()
    )


class _Html(str):
    """An HTML-like label, which stands in angle brackets."""

    __slots__ = ()


def _lines(texts: Iterable[str]) -> str:
    return r"\n".join(_escaped(text) for text in texts if text)


def _escaped(text: str) -> str:
    """Return text as it stands in the quotes of a label, where nothing in it is a sign of DOT's or of HTML's."""
    text = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return text.replace("&", "&amp;")


def _in_record(text: str) -> str:
    return "".join(f"\\{c}" if c in "{}|<>" else _escaped(c) for c in text)
