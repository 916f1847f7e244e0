"""Pictures of gradients: `draw`, micrograd's `draw_dot`, `player`, `frames`, `text`, `mermaid`, and `viz.plots`."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from micrograd_plus.viz.drawing import Drawing, draw, draw_dot

if TYPE_CHECKING:
    from micrograd_plus.viz.flowchart import mermaid as mermaid
    from micrograd_plus.viz.outline import text as text
    from micrograd_plus.viz.players import player as player
    from micrograd_plus.viz.slides import frames as frames

__all__ = ["Drawing", "draw", "draw_dot", "frames", "mermaid", "player", "text"]

_MODULES = {"frames": "slides", "mermaid": "flowchart", "player": "players", "text": "outline"}


if not TYPE_CHECKING:  # to type checkers every name would then be one of ours, a mistyped one too

    def __getattr__(name: str) -> Any:
        """Load what is used less often when it is first asked for."""
        if name in _MODULES:
            return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
