"""What a terminal shows while a classifier is trained: curves of the losses, and a bar that counts the epochs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from rich.console import Console, Group
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.text import Text

from micrograd_plus.train import OnEpoch
from micrograd_plus.training_history import Epoch
from micrograd_plus.viz import terminal_chart

_TIMES_A_SECOND = 5
_ROWS = 12
_LEAST_ROWS = 20  # of a terminal that has room for the curves


@contextmanager
def shown_live(epochs: int) -> Iterator[OnEpoch | None]:
    """Give what is to be told of each epoch to show it on stderr; None in a pipe or a file, which stay quiet."""
    console = Console(stderr=True)
    if not console.is_interactive:
        yield None
        return
    shown = _Shown(epochs, console)
    with Live(get_renderable=shown.picture, console=console, refresh_per_second=_TIMES_A_SECOND):
        yield shown.add


class _Shown:
    """The losses so far, as curves and as a bar."""

    def __init__(self, epochs: int, console: Console) -> None:
        from micrograd_plus.viz import plots  # here, for with matplotlib --help would take twice as long

        self._plots = plots
        self._epochs = epochs
        self._console = console
        self._lines: dict[str, list[float | None]] = {"training": [], "validation": []}
        self._bar = Progress(
            TextColumn("epoch"),
            MofNCompleteColumn(),
            BarColumn(bar_width=None),
            TextColumn("{task.fields[measures]}"),
            TimeRemainingColumn(),
            console=console,
        )
        self._task = self._bar.add_task("", total=epochs, measures="")

    def add(self, epoch: Epoch) -> None:
        for line, loss in zip(self._lines.values(), (epoch.loss, epoch.validation_loss), strict=True):
            line.append(loss)
        self._bar.update(self._task, completed=epoch.number, measures=_measures(epoch))

    def picture(self) -> Group:
        """Return what stands in the terminal now; rich asks for it each time it draws."""
        size = self._console.size
        if (
            size.height < _LEAST_ROWS
            or size.width < terminal_chart.LEAST_WIDTH
            or not self._lines["training"]
            or not terminal_chart.can_be_written(self._console.encoding)
        ):
            return Group(self._bar)
        return Group(self._curves(size.width), self._bar)

    def _curves(self, width: int) -> Text:
        lines = {name: list(losses) for name, losses in self._lines.items()}  # training goes on meanwhile
        every = np.array([loss for losses in lines.values() for loss in losses], dtype=float)
        rows = terminal_chart.pieces(lines, width, _ROWS, log=self._plots.falls_far(every), epochs=self._epochs)
        colours = dict(zip(lines, self._plots.COLOURS, strict=False))
        text = Text(no_wrap=True)
        for row in rows:
            for piece in row:
                text.append(piece.text, colours.get(piece.line or ""))
            text.append("\n")
        return text


def _measures(epoch: Epoch) -> str:
    return f"loss {epoch.loss:.3g}, validation {epoch.validation_loss:.3g}, {epoch.validation_accuracy:6.1%} right"
