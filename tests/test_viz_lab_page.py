"""Reports of experiments: headings, texts, pictures and tables, all of it inert."""

import re

from micrograd_plus.viz.lab.page import Section, lab_page

PNG, GIF = b"\x89PNG...", b"GIF89a..."


def test_a_page_holds_its_sections_in_order() -> None:
    html = lab_page(
        "Rates",
        "Three rates.\nOne start.",
        [
            Section("Curves", "Of the loss.", pictures=[PNG, GIF]),
            Section("Numbers", header=["rate", "loss"], rows=[["0.1", "2"], ["1", "3"]]),
        ],
    )
    assert re.findall(r"<h\d>(.*?)</h\d>", html) == ["Rates", "Curves", "Numbers"]
    assert re.findall(r"<p>(.*?)</p>", html) == ["Three rates.", "One start.", "Of the loss."]
    assert re.findall(r"src='data:image/(\w+);", html) == ["png", "gif"]
    assert re.findall(r"<td>(.*?)</td>", html) == ["0.1", "2", "1", "3"]


def test_texts_are_texts() -> None:
    hostile = "<script>alert('1')</script>"
    html = lab_page(hostile, hostile, [Section(hostile, hostile, [PNG], [hostile], [[hostile]])])
    assert "<script" not in html
    assert "alert('" not in html
