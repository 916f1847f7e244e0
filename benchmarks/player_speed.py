"""The player of a thousand values: how large its file is, and how many frames a second a browser shows."""

import shutil
import tempfile
from pathlib import Path

from benchmarks.drawn_graphs import one_sample
from benchmarks.protocol import installed, verdict
from micrograd_plus.viz.players import player

SECONDS = 5

# A step is taken for each frame that the browser paints.
COUNT_FRAMES = """seconds => new Promise(done => {
  const step = document.querySelector('button[aria-label="One step on"]');
  const start = performance.now();
  let frames = 0;
  const paint = now => {
    step.click();
    frames++;
    if (now - start < 1000 * seconds) requestAnimationFrame(paint);
    else done(1000 * frames / (now - start));
  };
  requestAnimationFrame(paint);
})"""


def frames_a_second(page_file: Path, browser: str) -> float:
    """Return how many steps a second a headless Chromium shows."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox"])
        page = chromium.new_page(viewport={"width": 1600, "height": 1000})
        page.goto(page_file.as_uri())
        return page.evaluate(COUNT_FRAMES, SECONDS)


def main() -> None:
    """Print the verdicts."""
    print("\nThe player of one sample of the demo, node by node (984 values)\n")
    with tempfile.TemporaryDirectory() as folder:
        page_file = Path(folder) / "player.html"
        player(one_sample(), page_file, by="node", detail="full")
        verdict("megabytes of its file", page_file.stat().st_size / 1e6, at_most=1.5)
        browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
        if browser and installed("playwright"):
            verdict(
                "frames a second, painted without a graphics card", frames_a_second(page_file, browser), at_least=30
            )
        elif not browser:
            print("(there is no Chromium: its frames are not counted)")


if __name__ == "__main__":
    main()
