"""The box of an array in DOT: an HTML-like table with its name, two heat maps, and the numbers below them."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from micrograd_plus.texts import shortened
from micrograd_plus.viz.colour import OUTLINE, Scale
from micrograd_plus.viz.heat import Cell, Panel, panels, remarks, title
from micrograd_plus.viz.picture import Box

_GAP = '<TD WIDTH="8"></TD>'
_PLAIN = 'BORDER="0" CELLBORDER="0" CELLSPACING="0"'


def heat_label(box: Box, scale: Scale) -> str:
    """Return the label of a box that has a heat map; what it says is escaped."""
    found = panels(box, scale)
    rows = [
        _wide(title(box)),
        _beside(panel.heading for panel in found),
        _beside(_map(panel) if panel.cells else "" for panel in found),
        _beside("<BR/>".join(map(in_html, panel.lines)) for panel in found),
        *(_wide(remark) for remark in remarks(box)),
    ]
    table = f'<TABLE {_PLAIN} CELLPADDING="2">{"".join(rows)}</TABLE>'
    if not box.symbol:
        return table
    symbol = f'<TD BORDER="1" SIDES="R" CELLPADDING="6">{in_html(shortened(box.symbol))}</TD>'
    return f'<TABLE {_PLAIN} CELLPADDING="3" COLOR="{OUTLINE}">{_row([symbol, f"<TD>{table}</TD>"])}</TABLE>'


def in_html(text: str) -> str:
    """Return text as it stands in an HTML-like label, where nothing in it is a tag, an entity or an escape of DOT's."""
    return escape(text).replace("\\", "\\\\").replace("\n", "<BR/>")


def _wide(text: str) -> str:
    return _row([f'<TD COLSPAN="3">{in_html(text)}</TD>'])


def _beside(contents: Iterable[str]) -> str:
    return _row([_GAP.join(f"<TD>{content}</TD>" for content in contents)])


def _row(cells: Iterable[str]) -> str:
    return f"<TR>{''.join(cells)}</TR>"


def _map(panel: Panel) -> str:
    # Without a fixed size Graphviz would pull the cells apart until they fill the box.
    width, height = panel.size
    size = f'FIXEDSIZE="TRUE" WIDTH="{width + 2}" HEIGHT="{height + 2}"'
    rows = "".join(_row(_cell(cell, *panel.cell_size) for cell in row) for row in panel.cells)
    look = f'BORDER="1" CELLBORDER="0" CELLSPACING="0" CELLPADDING="0" COLOR="{OUTLINE}"'
    return f"<TABLE {look} {size}>{rows}</TABLE>"


def _cell(cell: Cell, width: int, height: int) -> str:
    mark = f'<FONT POINT-SIZE="{width - 2}" COLOR="{cell.ink}">{cell.mark}</FONT>' if cell.mark else ""
    return f'<TD BGCOLOR="{cell.fill}" FIXEDSIZE="TRUE" WIDTH="{width}" HEIGHT="{height}">{mark}</TD>'
