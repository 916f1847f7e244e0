"""Colours of gradients: the sign is blue or orange, the size is on a symmetric log scale that a legend explains."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

Colour = tuple[int, int, int]

# Blue and orange of equal luminance: told apart by the colour-blind; in grey the size stays, and signs are written.
_FILLS: dict[bool, tuple[Colour, Colour]] = {
    True: ((226, 238, 251), (88, 164, 240)),
    False: ((253, 235, 218), (243, 146, 55)),
}
_LINES: dict[bool, tuple[Colour, Colour]] = {
    True: ((176, 203, 230), (24, 98, 178)),
    False: ((236, 201, 170), (196, 84, 0)),
}

ZERO_FILL = "#eeeeee"
ZERO_LINE = "#8c8c8c"
CUT_FILL = "#cccccc"
PENDING_FILL = "#ffffff"
PENDING_LINE = "#909090"
MORE_FILL = "#ffffff"
NAN_FILL = "#303030"
INK = "#202020"
OUTLINE = "#606060"
PALE_INK = "#ffffff"
NOW = "#7b1fa2"  # what acts in a moment of a backward pass


@dataclass(frozen=True, slots=True)
class Scale:
    """A symmetric log scale: `limit` gets the strongest colour, `limit / 10**decades` and below the palest.

    >>> scale = Scale.of([0.3, -17.0])
    >>> scale.limit, scale.strength(-20.0), scale.strength(0.0)
    (20.0, -1.0, 0.0)
    """

    limit: float = 1.0
    decades: int = 3

    @classmethod
    def of(cls, gradients: Iterable[float]) -> Scale:
        """Return the scale that reaches the largest finite gradient, rounded up to one significant digit."""
        largest = max((abs(g) for g in gradients if math.isfinite(g)), default=0.0)
        return cls(_rounded_up(largest)) if largest else cls()

    def strength(self, gradient: float) -> float:
        """Return where a gradient stands on the scale, from -1 to 1; nan stays nan."""
        if math.isnan(gradient):
            return gradient
        ratio = min(abs(gradient) / self.limit, 1.0) * 10**self.decades
        return math.copysign(math.log1p(ratio) / math.log1p(10**self.decades), gradient)

    def fill(self, gradient: float) -> str:
        """Return the colour of a box, pale enough for dark text on it (nan: almost black)."""
        if math.isnan(gradient):
            return NAN_FILL
        return _mixed(_FILLS[gradient > 0], abs(self.strength(gradient))) if gradient else ZERO_FILL

    def line(self, gradient: float) -> str:
        """Return the colour of an arrow."""
        if math.isnan(gradient):
            return NAN_FILL
        return _mixed(_LINES[gradient > 0], abs(self.strength(gradient))) if gradient else ZERO_LINE

    def ticks(self) -> list[float]:
        """Return the gradients that the legend shows, from the most negative to the most positive."""
        sizes = [self.limit / 10**k for k in range(self.decades)]
        return [*(-size for size in sizes), 0.0, *reversed(sizes)]


def _rounded_up(x: float) -> float:
    """Return the next number of one significant digit, as 0.0173 gives 0.02."""
    nearest = float(f"{x:.0e}")
    if nearest >= x:
        return nearest
    digit, exponent = f"{x:.0e}".split("e")
    # Near the largest float the next digit is inf, which is no end of a scale.
    above = float(f"{int(digit) + 1}e{exponent}")
    return above if math.isfinite(above) else x


def _mixed(ends: tuple[Colour, Colour], t: float) -> str:
    return "#" + "".join(f"{round(low + (high - low) * t):02x}" for low, high in zip(*ends, strict=True))
