"""Text as a terminal or a file can take it: signs that its encoding lacks are replaced, control characters too."""

from __future__ import annotations

# Where it matters that columns stay in line, a replacement is as wide as its sign.
_ASCII = {
    "├ ": "|-",
    "└ ": "`-",
    "│ ": "| ",
    "∂": "d",
    "·": "*",
    "×": "*",
    "Σ": "sum",
    "→": "->",
    "⇢": "=>",
    "…": "...",
    "−": "-",
}


def writable(text: str, encoding: str | None) -> str:
    """Return `text` so that it can be written in an encoding: as it is, or else in ASCII; other signs become `?`.

    >>> writable("∂out/∂x = 3 · 2 …", "ascii")
    'dout/dx = 3 * 2 ...'
    >>> writable("∂out/∂x = 3 · 2 …", "utf-8")
    '∂out/∂x = 3 · 2 …'
    """
    text = "".join(c if c.isprintable() or c == "\n" else "?" for c in text)
    try:
        text.encode(encoding or "ascii")
    except UnicodeEncodeError:
        for sign, replacement in _ASCII.items():
            text = text.replace(sign, replacement)
        text = text.encode("ascii", "replace").decode()
    return text
