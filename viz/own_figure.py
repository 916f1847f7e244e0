"""matplotlib's figure, which shows itself in notebooks."""

from __future__ import annotations

import io

import matplotlib.figure


class Figure(matplotlib.figure.Figure):
    """A figure that shows itself in a notebook, also where nobody imported pyplot, whose global state that needs."""

    def _repr_png_(self) -> bytes:
        file = io.BytesIO()
        self.savefig(file, format="png", dpi=96)
        return file.getvalue()
