"""The directive `drawn`: a page shows a picture, a plot or a player that its own examples have made.

    ```{drawn} picture
    :alt: what is to be seen
    ```

The examples of the page (`>>>`) are run once, and `picture` is looked up where they end. The build ends at an example
that prints something else than the page says, so that no picture is of other code than its reader sees.
"""

from __future__ import annotations

from collections.abc import Callable
from doctest import DocTestParser, DocTestRunner
from html import escape
from pathlib import Path
from typing import Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from matplotlib.figure import Figure
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxDirective
from sphinx.util.osutil import relative_uri

from micrograd_plus.viz import Drawing
from micrograd_plus.viz.page import Page
from micrograd_plus.viz.plots import png
from micrograd_plus.viz.slides import Frames

FOLDER = "drawn"  # of the site
DPI = 110


def setup(app: Sphinx) -> dict[str, Any]:
    """Add the directive."""
    app.add_directive("drawn", Drawn)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


class Drawn(SphinxDirective):
    """Shows what a variable of the page holds, described by `alt`; a player in a frame of `height` pixels."""

    required_arguments = 1
    option_spec: ClassVar[dict[str, Callable[[str], Any]]] = {
        "alt": directives.unchanged_required,
        "height": directives.positive_int,
    }

    def run(self) -> list[nodes.Node]:
        name, page = self.arguments[0], self.env.docname
        if "alt" not in self.options:
            raise self.error(f"say in :alt: what is to be seen in {name}")
        content, ending = file_of(self._variables().get(name))
        if not ending:
            raise self.error(f"{name} is no picture, plot, film or player where the page ends")
        file = f"{FOLDER}/{page.replace('/', '-')}-{name}.{ending}"
        target = Path(self.env.app.outdir, file)
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(content)
        uri = relative_uri(self.env.app.builder.get_target_uri(page), file)
        alt = escape(self.options["alt"])
        html = framed(uri, alt, self.options.get("height", 640)) if ending == "html" else pictured(uri, alt)
        return [nodes.raw("", html, format="html")]

    def _variables(self) -> dict[str, Any]:
        key = f"drawn:{self.env.docname}"
        if key not in self.env.temp_data:
            text = Path(self.env.doc2path(self.env.docname)).read_text("utf-8")
            self.env.temp_data[key] = variables_after(text, self.env.docname)
        found: dict[str, Any] = self.env.temp_data[key]
        return found


def variables_after(text: str, name: str) -> dict[str, Any]:
    """Return the variables that the examples in a text end with; ExtensionError where one prints something else."""
    test = DocTestParser().get_doctest(text, {"__name__": "__main__"}, name, None, 0)
    complaints: list[str] = []
    DocTestRunner(verbose=False).run(test, out=complaints.append, clear_globs=False)
    if complaints:
        raise ExtensionError("".join(complaints))
    return test.globs


def file_of(found: object) -> tuple[bytes, str]:
    """Return the content of a file that shows something, and what its name ends in; empty for what cannot be shown."""
    match found:
        case Drawing():
            return found.render("svg"), "svg"
        case Figure():
            return png(found, DPI), "png"
        case Frames():
            return found.gif(), "gif"
        case Page():
            return found.html.encode(), "html"
        case str() if found.startswith("<!DOCTYPE html>"):
            return found.encode(), "html"
    picture = getattr(found, "png", None)  # of an experiment of the lab
    return (picture, "png") if isinstance(picture, bytes) else (b"", "")


def pictured(uri: str, alt: str) -> str:
    """Return HTML of a picture, which leads to itself in full size."""
    return f'<p class="drawn"><a href="{uri}"><img src="{uri}" alt="{alt}"></a></p>\n'


def framed(uri: str, alt: str, height: int) -> str:
    """Return HTML of a player in a frame, with a link to the player alone."""
    frame = f'<iframe class="drawn" src="{uri}" title="{alt}" height="{height}" loading="lazy"></iframe>'
    return f'{frame}\n<p class="drawn"><a href="{uri}">{alt}, on a page of its own</a></p>\n'
