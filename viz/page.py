"""HTML pages that need nothing but themselves: one file, no request, nothing runs in them that is not ours."""

from __future__ import annotations

import base64
import hashlib
import json
import math
import os
import re
from collections.abc import Iterable, Mapping
from html import escape
from importlib.resources import files
from typing import Any

import numpy as np

from micrograd_plus.atomic_file import atomic_write
from micrograd_plus.texts import shortened
from micrograd_plus.viz.page_parts import in_page

_IN_SCRIPT = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"}


class Page:
    """The text of an HTML page, `html`, that can be saved and shows itself in notebooks, in a frame of its own."""

    def __init__(self, html: str, *, height: int = 640) -> None:
        self.html = html
        self.height = height  # in a notebook, in pixels

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the page to a file, whole or not at all."""
        atomic_write(path, self.html.encode())

    def _repr_html_(self) -> str:
        # The sandbox: scripts run, but as those of a stranger, who cannot touch the notebook.
        return (
            f'<iframe sandbox="allow-scripts" srcdoc="{escape(self.html)}" '
            f'style="width: 100%; height: {self.height}px; border: 0"></iframe>'
        )

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/html": self._repr_html_(), "text/plain": repr(self)}

    def __repr__(self) -> str:
        return f"<page of {len(self.html) / 1e6:.1f} MB: use .save('name.html')>"


def page(title: str, body: str, *, styles: Iterable[str] = (), scripts: Iterable[str] = (), data: Any = None) -> str:
    """Return the text of an HTML page of a given title.

    `body` is HTML, in which the caller has escaped what is not its own. `styles` and `scripts` name files of
    `viz/static/`, which are put into the page in that order, after `page.css`; scripts run when the body is there.
    `data` is what `json_text` takes; a script reads it by `JSON.parse(document.getElementById("data").textContent)`.

    >>> "<title>1 &lt; 2</title>" in page("1 < 2", "<p>So it is.</p>")
    True
    """
    codes = [static(name) for name in scripts]
    style = "\n".join(static(name) for name in ("page.css", *styles))
    allowed = " ".join(map(_hash, codes)) or "'none'"
    policy = (
        "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
        f"script-src {allowed}"
    )
    parts = [
        "<!DOCTYPE html>",
        '<html lang="en">',
        "<head>",
        '<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<link rel="icon" href="data:,">',  # else a browser asks the server for one
        f"<title>{in_page(shortened(title, 200))}</title>",
        f"<style>\n{style}</style>",
        "</head>",
        "<body>",
        body,
    ]
    if data is not None:
        parts.append(f'<script type="application/json" id="data">{json_text(data)}</script>')
    parts += [f"<script>{code}</script>" for code in codes]
    text = "\n".join([*parts, "</body>", "</html>", ""])
    return text.encode(errors="replace").decode()  # names of files may hold lone surrogates, and no page can


def json_text(data: Any) -> str:
    """Return data as JSON that can stand in a script element.

    `data` is made of mappings, sequences, texts, numbers, arrays, bools and None. JSON has no word for numbers that are
    not finite: they become texts that JavaScript's `Number()` turns back.

    >>> json_text({"</script>": [1.5, float("nan"), -np.inf]})
    '{"\\\\u003c/script\\\\u003e":[1.5,"NaN","-Infinity"]}'
    """
    text = json.dumps(_plain(data), separators=(",", ":"), allow_nan=False)
    for sign, code in _IN_SCRIPT.items():
        text = text.replace(sign, code)
    return text


def _plain(x: Any) -> Any:
    if isinstance(x, np.ndarray | np.generic):
        x = x.tolist()
    if isinstance(x, float) and not math.isfinite(x):
        return "NaN" if math.isnan(x) else "Infinity" if x > 0.0 else "-Infinity"
    if isinstance(x, Mapping):
        return {key: _plain(value) for key, value in x.items()}
    if isinstance(x, list | tuple):
        return [_plain(value) for value in x]
    return x


def _hash(code: str) -> str:
    """Return how a policy allows this one script, so that no other runs, even if one got into the page."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()}'"


def static(name: str) -> str:
    """Return the text of a file of `viz/static/`."""
    return files("micrograd_plus.viz").joinpath("static", name).read_text("utf-8")


def filled(name: str, **parts: str) -> str:
    """Return the text of a file of `viz/static/` with parts, which are HTML, in the places called `{part}`."""
    return re.sub(r"\{(\w+)\}", lambda found: parts[found[1]], static(name))
