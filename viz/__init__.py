"""Pictures of gradients: `draw(node)`, micrograd's `draw_dot(node)`, and plots of training in `viz.plots`."""

from micrograd_plus.viz.drawing import Drawing, draw, draw_dot

__all__ = ["Drawing", "draw", "draw_dot"]
