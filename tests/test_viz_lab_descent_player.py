"""The player of a descent: its numbers are those of the walks, and in a browser it shows them."""

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from micrograd_plus.expression import Expression
from micrograd_plus.lab.descent import Descent, descent
from micrograd_plus.lab.problem import FormulaProblem, formula_problem
from micrograd_plus.viz.lab.descent_player import descent_player_html
from tests.browser import data_of, opened

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@cache
def parabola() -> Descent:
    return descent(formula_problem("x**2 - 3*x", {"x": 4.0}), lrs=[0.1, 0.95, 1.5], steps=8)


@cache
def bowl() -> Descent:
    return descent(formula_problem("x**2 + 10*y**2", {"x": 4.0, "y": 1.0}), steps=6)


@pytest.mark.parametrize("make", [parabola, bowl])
def test_pixels_and_words_are_those_of_the_walks(make: Callable[[], Descent]) -> None:
    found = make()
    shown = data_of(descent_player_html(found))
    assert shown["steps"] == max(len(walk.run.steps) for walk in found.walks) - 1
    for panel, walk in zip(shown["panels"], found.walks, strict=True):
        places = np.array(panel["places"])
        assert len(places) == len(panel["slopes"]) == len(panel["ends"]) == len(panel["lines"]) == len(walk.run.steps)
        if walk.run.diverged_at is None:  # pixels are places, stretched
            assert abs(np.corrcoef(places[:, 0], walk.run.path[:, 0])[0, 1]) > 0.999
        for k, lines in enumerate(panel["lines"]):
            assert lines[1:] == walk.rule(k, found.problem.parameter_names)
        assert panel["ends"][-1] == len(panel["trail"])
        assert panel["trail"][0] == panel["places"][0]


def test_what_is_out_of_sight_is_said() -> None:
    html = descent_player_html(parabola())
    frame = re.search(r'<clipPath id="inside2"><rect x="(\d+)" y="(\d+)" width="(\d+)" height="(\d+)"', html)
    assert frame
    x, y, width, height = map(int, frame.groups())
    nears, _, leaves = data_of(html)["panels"]
    is_inside = [x <= a <= x + width and y <= b <= y + height for a, b in leaves["places"]]
    assert set(is_inside) == {True, False}
    assert [not lines[0].endswith(": outside the picture") for lines in leaves["lines"]] == is_inside
    assert not any("outside" in lines[0] for lines in nears["lines"])
    assert (nears["after"], leaves["after"]) == ("", "It has left.")


@pytest.mark.parametrize(
    ("formula", "start"), [("x + y", {"x": 1e15, "y": 1e-15}), ("x", {"x": 1e17}), ("0*x + 1e17", {"x": 1.0})]
)
def test_steps_smaller_than_numbers_are_apart_have_a_page(formula: str, start: dict[str, float]) -> None:
    page = descent_player_html(descent(formula_problem(formula, start), 1e-12, steps=2))
    assert "nan" not in page.lower().replace("tan", "")


def test_pages_are_small_and_the_same_each_time() -> None:
    html = descent_player_html(bowl())
    assert len(html) < 600_000
    assert html == descent_player_html(bowl())


# --- in a browser


@pytest.mark.slow
@pytest.mark.parametrize(("make", "scheme"), [(parabola, "light"), (bowl, "dark")])
def test_it_is_stepped_through_and_back(
    browser: "Browser", tmp_path: Path, make: Callable[[], Descent], scheme: str
) -> None:
    found = make()
    html = descent_player_html(found)
    shown = data_of(html)
    (tmp_path / "descent.html").write_text(html)
    with opened(browser, tmp_path / "descent.html", color_scheme=scheme) as page:
        assert page.locator(".panel").count() == len(found.walks)
        rules = page.locator(".rule")
        for key, step in [("Home", 0), ("ArrowRight", 1), ("ArrowRight", 2), ("ArrowLeft", 1), ("End", shown["steps"])]:
            page.keyboard.press(key)
            assert page.locator("#frame").inner_text() == f"step {step} of {shown['steps']}"
            for k, panel in enumerate(shown["panels"]):
                at = min(step, len(panel["places"]) - 1)
                wanted = [panel["after"]] if step > at and panel["after"] else panel["lines"][at]
                assert rules.nth(k).inner_text().split("\n") == wanted
                x, y = panel["places"][at]
                assert page.locator(".now").nth(k).get_attribute("transform") == f"translate({x:g} {y:g})"
                trail = page.locator(".trail").nth(k).get_attribute("points")
                assert trail is not None
                assert len(trail.split()) == panel["ends"][at]


@pytest.mark.slow
def test_it_plays_to_the_end(browser: "Browser", tmp_path: Path) -> None:
    (tmp_path / "descent.html").write_text(descent_player_html(parabola()))
    with opened(browser, tmp_path / "descent.html", "#step=5") as page:
        assert page.locator("#frame").inner_text() == "step 5 of 8"
        page.get_by_label("Play", exact=True).click()
        page.locator("#frame", has_text="step 8 of 8").wait_for()
        page.get_by_label("Step", exact=True).fill("3")
        assert page.locator("#frame").inner_text() == "step 3 of 8"


@pytest.mark.slow
def test_the_tangent_lies_on_the_curve(browser: "Browser", tmp_path: Path) -> None:
    (tmp_path / "descent.html").write_text(descent_player_html(parabola()))
    with opened(browser, tmp_path / "descent.html") as page:
        points = page.locator(".slope").first.get_attribute("points")
        now = page.locator(".now").first.get_attribute("transform")
        assert points is not None
        assert now is not None
        ends = np.array([[float(x) for x in point.split(",")] for point in points.split()])
        place = [float(x) for x in re.findall(r"[\d.]+", now)]
        assert ends.mean(axis=0) == pytest.approx(place, abs=0.2)


@pytest.mark.slow
def test_names_run_nothing(browser: "Browser", tmp_path: Path) -> None:
    hostile = "</script><img src=x onerror=\"alert('hit')\">{panels}"
    problem = FormulaProblem(Expression("x**2"), {"x": 1.0}, name=hostile)
    (tmp_path / "descent.html").write_text(descent_player_html(descent(problem, 0.1, steps=2)))
    with opened(browser, tmp_path / "descent.html") as page:
        assert page.locator("img").count() == 0
        assert page.locator("h1").inner_text().startswith("Descent on </script><img")
        assert page.locator(".panel").count() == 3
