"""The player as its users see it: opened from disk in a real browser without a network."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from micrograd_plus import Tensor, Value, explain
from micrograd_plus.engine import Node, graph
from micrograd_plus.naming import names_of
from micrograd_plus.notation import short
from micrograd_plus.steps import steps
from micrograd_plus.viz.backward_player import COLUMNS
from micrograd_plus.viz.playback import film
from micrograd_plus.viz.players import player
from tests.browser import has_helvetica, opened
from tests.hostile import DRAWN as HOSTILE
from tests.viz_graphs import dead_relu, network, neuron

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

# A player of a graph, opened at an anchor; `options` go to the player, `context` to the browser.
Play = Callable[..., AbstractContextManager["Page"]]

# What the picture looks like, but for where the view is.
LOOKS = "[...document.querySelectorAll('#graph > g')].map(group => group.innerHTML).join()"
SPEED = "Speed, steps a second"


@pytest.fixture
def play(browser: Browser, tmp_path: Path) -> Play:
    def played(root: Node, anchor: str = "", context: dict[str, Any] | None = None, **options: Any) -> Any:
        player(root, tmp_path / "player.html", **options)
        return opened(browser, tmp_path / "player.html", anchor, **(context or {}))

    return played


def tensors() -> Tensor:
    x = Tensor(np.arange(6.0).reshape(3, 2))
    w = Tensor([[0.5, -0.25], [0.125, 1.0]])
    x.label, w.label = "x", "w"
    return ((x @ w).tanh() * 2.0).mean()


def layers() -> Value:
    return network(hidden=8, samples=3)


def frame(page: Page) -> int:
    return int(page.inner_text(".counter").split("/")[0])


def last(page: Page) -> int:
    return int(page.inner_text(".counter").split("/")[1])


def arrived(page: Page, counter: str) -> None:
    """Wait until the counter shows what begins with a text."""
    page.locator(".counter", has_text=re.compile(rf"^\s*{counter}")).wait_for()


def gradients(page: Page) -> dict[str, str]:
    """Return the gradients in the table by name."""
    cells = "rows => rows.map(row => [...row.children].map(cell => cell.textContent))"
    return {name: gradient for name, _, gradient in page.locator("#rows tr").evaluate_all(cells)}


@pytest.mark.slow
def test_a_complete_gradient_can_be_asked_why(play: Play) -> None:
    root = neuron()
    with play(root, "#step=0") as page:
        why = page.locator("#why")
        assert why.is_hidden()
        page.keyboard.press("End")
        arrived(page, f"{last(page)} / {last(page)}")
        page.get_by_text("Why: the sum over all paths").click()
        shown = [paragraph.inner_text() for paragraph in why.locator("pre").all()]
    completed = film(root).frames[-1].looks
    nodes = graph(root)
    assert shown == [explain(root, nodes[k]).in_columns(COLUMNS) for k, _ in completed]


@pytest.mark.slow
def test_it_begins_where_it_is_told_unless_the_address_says_otherwise(play: Play) -> None:
    with play(neuron(), start=7) as page:
        assert frame(page) == 7
    with play(neuron(), "#step=2", start=7) as page:
        assert frame(page) == 2
    with play(neuron(), start=1000) as page:
        assert frame(page) == last(page)


# --- playing ----------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_step_by_step_to_the_end_the_gradients_are_the_engines(play: Play) -> None:
    root = dead_relu()
    names = names_of(root)
    with play(root) as page:
        assert page.title() == "Backpropagation"
        assert set(gradients(page).values()) == {"no grad yet"}
        step = page.get_by_role("button", name="One step on")
        while frame(page) < last(page):
            step.click()
        assert step.is_disabled()
        assert page.inner_text("#progress") == f"{len(names)} of {len(names)} gradients are complete"
        found = gradients(page)
    assert found == {name: short(node.grad) for node, name in names.items() if name in found}
    assert {"x", "out"} <= set(found)


@pytest.mark.parametrize(
    ("make", "by"),
    [
        pytest.param(neuron, "node", marks=pytest.mark.slow),
        pytest.param(dead_relu, "contribution", marks=pytest.mark.slow),
        pytest.param(tensors, "node", marks=pytest.mark.slow),
        (layers, "layer"),
    ],
)
def test_going_back_shows_what_going_on_showed(play: Play, make: Callable[[], Node], by: str) -> None:
    with play(make(), by=by) as page:
        forward = [page.evaluate(LOOKS)]
        while frame(page) < last(page):
            page.keyboard.press("ArrowRight")
            forward.append(page.evaluate(LOOKS))
        backward = [page.evaluate(LOOKS)]
        while frame(page) > 0:
            page.keyboard.press("ArrowLeft")
            backward.append(page.evaluate(LOOKS))
    assert backward == forward[::-1]
    assert len(set(forward)) == len(forward)


@pytest.mark.parametrize("make", [dead_relu, pytest.param(tensors, marks=pytest.mark.slow)])
def test_the_chain_rules_end_in_the_engines_numbers(play: Play, make: Callable[[], Node]) -> None:
    root = make()
    shown = []
    with play(root) as page:
        for k in range(last(page) + 1):
            page.evaluate("k => location.hash = `#step=${k}`", k)
            arrived(page, f"{k} /")
            if page.inner_text("#step-title").startswith("Backward: "):
                shown += page.locator(".rule code:last-child").all_inner_texts()
    assert len(shown) == len(list(steps(root)))
    for line, step in zip(shown, steps(root), strict=True):
        low, high = np.min(step.total), np.max(step.total)
        number = short(low) if low == high else f"[{short(low, 3)} .. {short(high, 3)}]"
        assert line.endswith(f"= {number}")


@pytest.mark.slow
def test_play_and_pause(play: Play) -> None:
    with play(neuron()) as page:
        page.get_by_label(SPEED).select_option("30")
        page.get_by_role("button", name="Play").click()
        arrived(page, "11 / 11")
        page.get_by_role("button", name="Play").wait_for()  # it was Pause
        never = "speeds => speeds.append(new Option('a frame in a day', 1e-5))"  # before which the test is over
        page.get_by_label(SPEED).evaluate(never)
        page.get_by_label(SPEED).select_option("a frame in a day")
        page.locator("h1").click()
        page.keyboard.press("Space")
        arrived(page, "0 / 11")  # from the start again
        page.get_by_role("button", name="Pause").click()
        assert frame(page) == 0


# --- ways to go to a step ---------------------------------------------------------------------------------------------


def test_keys(play: Play) -> None:
    with play(neuron()) as page:
        visited = []
        for key in ("End", "ArrowLeft", "PageUp", "Home", "ArrowLeft", "PageDown", "ArrowRight", "Shift+ArrowRight"):
            page.keyboard.press(key)
            visited.append(frame(page))
        assert visited == [11, 10, 0, 0, 0, 10, 11, 11]
        page.keyboard.press("?")
        assert "play, pause" in page.get_by_role("dialog").inner_text()
        page.keyboard.press("ArrowLeft")
        assert frame(page) == 11
        page.keyboard.press("Escape")
        assert page.get_by_role("dialog").is_hidden()


@pytest.mark.slow
def test_the_slider_and_its_words(play: Play) -> None:
    with play(neuron()) as page:
        slider = page.get_by_role("slider")
        slider.fill("6")
        assert frame(page) == 6
        assert "Backward begins at o" in (slider.get_attribute("aria-valuetext") or "")
        slider.press("ArrowRight")
        assert frame(page) == 7


def test_a_click_leads_to_where_a_box_is_computed_or_gets_its_gradient(play: Play) -> None:
    root = neuron()
    frames = film(root).frames
    k = [node.label for node in names_of(root)].index("n")
    computed, complete = (
        next(i for i, frame in enumerate(frames) if frame.part == part and dict(frame.looks).get(k))
        for part in ("forward", "backward")
    )
    with play(root) as page:
        box = page.locator(f"[data-box='{k}']")
        visited = []
        for _ in range(3):
            box.click()
            visited.append(frame(page))
        page.keyboard.press("End")
        box.click()
        assert [*visited, frame(page)] == [computed, complete, computed, complete]
        page.get_by_role("button", name="n", exact=True).press("Enter")  # without a mouse
        assert frame(page) == computed


@pytest.mark.slow
@pytest.mark.parametrize(("anchor", "wanted"), [("#step=5", 5), ("#step=99", 11), ("#<b>", 0)])
def test_links_to_steps(play: Play, anchor: str, wanted: int) -> None:
    with play(neuron(), anchor) as page:
        assert frame(page) == wanted
        page.keyboard.press("Home")
        page.keyboard.press("ArrowRight")
        page.wait_for_url("**#step=1")


# --- the view ---------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_zoom_and_pan(play: Play) -> None:
    with play(neuron()) as page:

        def view() -> str:
            return page.locator("#graph").get_attribute("style") or ""

        views = [view()]
        page.locator("#view").hover()
        page.mouse.wheel(0, -200)
        page.wait_for_function("old => document.querySelector('#graph').getAttribute('style') !== old", arg=views[0])
        views.append(view())
        for key in ("+", "+", "-", "Shift+ArrowLeft"):
            page.keyboard.press(key)
            views.append(view())
        page.mouse.down()
        page.mouse.move(300, 300)
        page.mouse.up()
        views.append(view())
        assert all(new != old for new, old in zip(views[1:], views, strict=False))
        assert frame(page) == 0  # a drag is no click
        page.keyboard.press("0")
        assert view() == views[0]


@pytest.mark.slow
def test_what_is_too_small_is_followed_at_a_size_that_can_be_read(play: Play) -> None:
    y = Value(0.5, label="x")
    for _ in range(60):
        y = y.sin()
    with play(y, "#step=121", {"reduced_motion": "reduce"}, by="node") as page:
        stage, ring, text, whole = (
            page.locator(part).first.bounding_box() or {}
            for part in ("#view", ".rings rect", "[data-box='1'] > text", ".nodes")
        )
        assert text["height"] > 9
        assert whole["width"] > stage["width"]
        assert stage["x"] <= ring["x"] <= stage["x"] + stage["width"] - ring["width"]
        page.keyboard.press("0")  # all of it, from now on
        page.keyboard.press("ArrowLeft")
        assert (page.locator(".nodes").bounding_box() or {})["width"] <= stage["width"]


@pytest.mark.slow
@pytest.mark.parametrize(("make", "rankdir"), [(neuron, "LR"), (tensors, "TB"), (dead_relu, "TB"), (network, "LR")])
def test_every_text_stays_in_its_box_and_no_box_moves(play: Play, make: Callable[[], Node], rankdir: str) -> None:
    measure = """() => [...document.querySelectorAll('[data-box]')].map(group => {
        const shape = group.querySelector('.shape').getBBox();
        const texts = [...group.querySelectorAll(':scope > text')].map(text => text.getBBox());
        const sticksOut = text => text.width && (text.x < shape.x || text.x + text.width > shape.x + shape.width
            || text.y < shape.y - 1 || text.y + text.height > shape.y + shape.height + 1);
        return [shape.x, shape.y, shape.width, shape.height, texts.filter(sticksOut).length];
    })"""
    if not has_helvetica():
        pytest.skip("there is no font as wide as Helvetica")
    with play(make(), rankdir=rankdir) as page:
        first = page.evaluate(measure)
        assert not any(sticking for *_, sticking in first)
        while frame(page) < last(page):
            page.keyboard.press("ArrowRight")
            assert page.evaluate(measure) == first


@pytest.mark.slow
def test_light_and_dark(play: Play) -> None:
    seen = {}
    for scheme in ("light", "dark"):
        with play(neuron(), "#step=11", {"color_scheme": scheme}) as page:
            colours = "box => [getComputedStyle(document.body).backgroundColor, getComputedStyle(box).fill]"
            seen[scheme] = page.locator(".box.root .shape").evaluate(colours)
    assert all(light != dark for light, dark in zip(seen["light"], seen["dark"], strict=True))


# --- for everyone -----------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_screen_reader_hears_each_step_but_not_each_played_frame(play: Play) -> None:
    with play(neuron()) as page:
        live = page.locator("[aria-live=polite]")
        page.keyboard.press("ArrowRight")
        assert "x1 * w1" in live.inner_text()
        page.evaluate(
            "heard = []; new MutationObserver(() => heard.push(1)).observe("
            "document.querySelector('[aria-live]'), {childList: true, characterData: true, subtree: true})"
        )
        page.get_by_label(SPEED).select_option("30")
        page.get_by_role("button", name="Play").click()
        arrived(page, "11 / 11")
        page.get_by_role("button", name="Play").wait_for()
        assert "∂o/∂w1" in live.inner_text()
        assert page.evaluate("heard.length") == 1


@pytest.mark.slow
def test_all_controls_have_names_and_the_focus_can_be_seen(play: Play) -> None:
    with play(neuron()) as page:
        nameless = "all => all.filter(e => !(e.getAttribute('aria-label') || e.textContent.trim())).length"
        assert page.locator("button, select, input").evaluate_all(nameless) == 0
        page.keyboard.press("Tab")
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"


# --- what must not happen ---------------------------------------------------------------------------------------------


def test_labels_are_text_whatever_they_look_like(play: Play) -> None:
    root = Value(1.0, label="</title></script><script>alert(0)</script>\u2028")
    for label in HOSTILE:
        root = root * Value(2.0, label=label)
    root.label = HOSTILE[0]
    with play(root) as page:
        page.keyboard.press("End")
        shown = "\n".join(page.locator(".nodes text").all_text_contents())
        assert HOSTILE[0][:30] in shown
        assert "{record|field<port>}" in shown
        assert HOSTILE[0] in page.title()
        assert page.locator("img").count() == 0
        assert page.locator("script").count() == 6  # the data and our five
        assert frame(page) == last(page)


def test_the_policy_lets_nothing_run_and_nothing_out(browser: Browser, tmp_path: Path) -> None:
    file = tmp_path / "player.html"
    player(neuron(), file)
    context = browser.new_context(offline=True)
    page = context.new_page()
    refused: list[str | None] = []
    page.on("requestfailed", lambda request: refused.append(request.failure))
    page.goto(file.as_uri())
    page.evaluate(
        """() => {
            const image = '<img src="https://example.org/x.png" onerror="window.ran = 1">';
            document.body.insertAdjacentHTML('beforeend', image);
            const script = document.createElement('script');
            script.textContent = 'window.ran = 1';
            document.body.append(script);
        }"""
    )
    assert page.evaluate("fetch('https://example.org').then(() => 'sent', () => 'refused')") == "refused"
    assert page.evaluate("window.ran") is None
    assert refused == ["csp"]  # the image; a script's own request is not even tried
    context.close()


@pytest.mark.slow
@pytest.mark.parametrize("data", [float("nan"), float("inf")])
def test_numbers_that_are_not_finite(play: Play, data: float) -> None:
    x = Value(data, label="x")
    root = x * x * 10.0
    root.backward()
    with play(root, "#step=99") as page:
        assert gradients(page)["x"] == short(x.grad)


@pytest.mark.slow
def test_a_network_is_played_layer_by_layer(play: Play) -> None:
    with play(layers(), "#step=99") as page:
        assert page.inner_text("#step-title") == "Backward: layer1"
        assert page.locator(".rings rect").count() == 8
        assert "values shown as" in page.inner_text("#caption")


@pytest.mark.slow
def test_heat_maps_of_gradients_are_shown_once_they_are_complete(play: Play) -> None:
    root = tensors()
    [frame_of_x] = [
        k for k, frame in enumerate(film(root).frames) if frame.part == "backward" and 0 in dict(frame.looks)
    ]
    with play(root, f"#step={frame_of_x}") as page:
        assert page.get_by_label("heat map, data of x").locator("span").count() == 6
        assert page.get_by_label("heat map, grad of x").locator("span").count() == 6
        page.get_by_role("slider").fill("1")  # x @ w is computed
        assert page.locator(".cells").count() == 1


@pytest.mark.slow
def test_one_leaf(play: Play) -> None:
    with play(Value(2.0, label="x"), "#step=1") as page:
        assert gradients(page) == {"x": "1"}


@pytest.mark.slow
def test_in_a_notebook_it_runs_in_a_frame_that_cannot_reach_out(browser: Browser, tmp_path: Path) -> None:
    notebook = tmp_path / "notebook.html"
    notebook.write_text(f"<title>mine</title>{player(neuron())._repr_html_()}", encoding="utf-8")
    with opened(browser, notebook) as page:
        inside = page.frame_locator("iframe")
        inside.locator("h1").click()
        page.keyboard.press("End")
        assert inside.locator(".counter").inner_text() == "11 / 11"
        page.wait_for_timeout(400)  # when it writes its address, that is not the notebook's
        assert page.url == notebook.as_uri()
        reach = "() => { try { return parent.document.title; } catch { return 'nothing'; } }"
        assert page.frames[1].evaluate(reach) == "nothing"
