"""A headless Chromium for tests of HTML pages: offline, and all that goes wrong in a page is collected."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.waiting import LONGEST

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")


def has_helvetica() -> bool:
    """Tell whether the system has a font with the widths of Helvetica's letters, for which pictures are laid out."""
    if not (program := shutil.which("fc-match")):
        return True  # no fontconfig: a system that ships Helvetica or Arial
    found = subprocess.run([program, "Helvetica"], capture_output=True, text=True, check=True).stdout.lower()
    return any(name in found for name in ("liberation", "helvetica", "arial", "nimbus", "texgyreheros"))


@contextmanager
def started() -> Iterator[Browser]:
    """Start the system's Chromium, for a fixture of a test module; where there is none, its tests are skipped."""
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        pytest.skip("there is no chromium on the PATH")
    with api.sync_playwright() as playwright:
        # Without Chromium's own sandbox, which it cannot make inside containers.
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()


@contextmanager
def opened(
    browser: Browser, file: Path, anchor: str = "", *, within: Path | None = None, **options: Any
) -> Iterator[Page]:
    """Open a file without any network, and fail afterwards if the page complained or asked for anything else.

    What is `within` a folder is not else. `options` are those of Playwright's `new_context`, as `color_scheme="dark"`.
    """
    wrong: list[str] = []
    context = browser.new_context(offline=True, **options)
    page = context.new_page()
    page.on("console", lambda message: wrong.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: wrong.append(f"error: {error}"))
    page.on("dialog", lambda dialog: (wrong.append(f"dialog: {dialog.message}"), dialog.dismiss()))
    own = ((within or file).as_uri(), "data:", "about:srcdoc")
    page.on("request", lambda request: request.url.startswith(own) or wrong.append(f"request: {request.url}"))
    page.set_default_timeout(1000 * LONGEST)
    try:
        page.goto(file.as_uri() + anchor)
        yield page
    finally:
        context.close()
    assert not wrong, wrong


def data_of(html: str) -> Any:
    """Return the data that a page holds."""
    return json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', html)[1])
