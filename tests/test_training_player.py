"""The player of a training run: its numbers are those of the record, and in a browser it shows them."""

import base64
import io
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from micrograd_plus import data, losses
from micrograd_plus.classifier import Classifier
from micrograd_plus.layer_statistics import layer_statistics
from micrograd_plus.nn import Linear
from micrograd_plus.optim import SGD
from micrograd_plus.settings import Settings
from micrograd_plus.train import fit
from micrograd_plus.training_history import History
from micrograd_plus.viz.training_player import MOST_CIRCLES, training_player_html
from tests.browser import data_of, opened

if TYPE_CHECKING:
    from playwright.sync_api import Browser

X, Y = data.moons(60, rng=0)
NAMES = ("first", "second"), ("upper", "lower")


def trained(samples: tuple[Any, Any] = (X, Y), names: tuple[Any, Any] = NAMES, **settings: Any) -> Any:
    chosen = Settings(**{"hidden": (4,), "epochs": 3, **settings})
    classifier = Classifier.for_samples(samples[0], *names, chosen)
    return classifier, classifier.fit(*samples, validation=samples, record=True)


def frames_of(history: History) -> Any:
    assert history.record is not None
    return history.record.frames


def test_parts_are_the_weights_and_gradients_of_each_frame() -> None:
    classifier, history = trained()
    found = data_of(training_player_html(history, classifier))
    assert [frame["text"].split(":")[0] for frame in found["frames"]] == [
        "before training",
        *(f"epoch {k} of 3" for k in (1, 2, 3)),
    ]
    for shown, frame in zip(found["frames"], frames_of(history), strict=True):
        network = history.record.network(frame)
        for part, linear, layer in zip(
            shown["parts"], network.linears, layer_statistics(history.record, frame), strict=True
        ):
            pairs = [
                (part["weights"], linear.weight.data),
                (part["gradients"], layer.weight_grad),
                (part["biases"], linear.bias.data),
                (part["biasGradients"], layer.bias_grad),
            ]
            for written, true in pairs:
                np.testing.assert_allclose(written, true.ravel(), rtol=5.01e-3)
    assert found["columns"][0]["names"] == ["first", "second"]
    assert [len(column["units"]) for column in found["columns"]] == [2, 4, 1]


def test_units_of_a_wide_layer_share_circles_that_show_the_strongest() -> None:
    classifier, history = trained(hidden=(40,), epochs=1)
    html = training_player_html(history, classifier)
    found = data_of(html)
    units = found["columns"][1]["units"]
    assert len(units) == MOST_CIRCLES
    assert (units[0], units[-1]) == ("1-3", "39-40")
    assert "Of units that share a circle" in html
    spans = [[int(k) for k in unit.split("-")] for unit in units]
    weight = history.record.network(frames_of(history)[-1]).linears[0].weight.data
    shown = np.reshape(found["frames"][-1]["parts"][0]["weights"], (2, MOST_CIRCLES))
    for row in range(2):
        for (first, last), number in zip(spans, shown[row], strict=True):
            assert number == pytest.approx(max(weight[row, first - 1 : last], key=abs), rel=5.01e-3)


def test_rows_tell_dead_units_and_ratios() -> None:
    classifier, history = trained(epochs=1)
    last = frames_of(history)[-1]
    _, bias = history.record.weight_and_bias(last, 0)
    bias[:] = [1e3, -1e3, -1e3, -1e3]
    found = data_of(training_player_html(history, classifier))["frames"]
    assert found[1]["parts"][0]["dead"] == [0, 1, 1, 1]
    assert [row[2] for row in found[1]["rows"]] == ["3 of 4", "–"]
    assert [row[1] for row in found[0]["rows"]] == ["–", "–"]
    assert float(found[1]["rows"][0][1]) == pytest.approx(last.update_ratios[0], rel=0.05)


@pytest.mark.parametrize("loss", ["bce", "hinge", "cross-entropy"])
def test_regions_are_where_the_network_of_the_frame_decides(loss: str) -> None:
    classifier, history = trained(loss=loss, epochs=20, hidden=(8,))
    html = training_player_html(history, classifier)
    frame = data_of(html)["frames"][-1]
    image = Image.open(io.BytesIO(base64.b64decode(frame["image"].partition(",")[2]))).convert("RGB")
    # Where the samples lie on the picture, each in the colour of the class that is predicted for it.
    box = {k: float(v) for k, v in re.findall(r'(\w+)="([\d.]+)"', re.search(r'<image id="region"[^>]*>', html)[0])}
    places = re.findall(r'transform="translate\(([\d.]+) ([\d.]+)\)" fill', html)
    assert len(places) == len(X)
    classifier.model.load_state_dict(frames_of(history)[-1].state)
    margins, predicted = classifier.margins(X, Y), classifier.predict(X)
    checked = 0
    for (x, y), margin, winner in zip(places, margins, predicted, strict=True):
        if abs(margin) < 1.0:
            continue  # a pixel may lie across the boundary
        column = int((float(x) - box["x"]) / box["width"] * image.width)
        row = int((float(y) - box["y"]) / box["height"] * image.height)
        red, _, blue = image.getpixel((column, row))
        assert (red > blue) == (winner == 1)
        checked += 1
    assert checked > 20
    assert frame["lines"].startswith("M")


def test_four_features_have_no_boundary_and_a_regression_neither() -> None:
    iris = data.load("iris")
    classifier, history = trained((iris.X, iris.y), (iris.feature_names, iris.class_names), epochs=1)
    html = training_player_html(history, classifier)
    assert "Decision boundary" not in html
    assert data_of(html)["columns"][-1]["names"] == list(iris.class_names)

    model = classifier.model.__class__(2, [3, 1], rng=0)
    sgd = SGD(model.parameters(), lr=0.01)
    numbers = fit(model, X, X[:, 0], loss=losses.mse, optimizer=sgd, epochs=2, batch_size=60, rng=0, record=True)
    html = training_player_html(numbers)
    assert "Decision boundary" not in html
    assert data_of(html)["frames"][2]["text"].startswith("epoch 2 of 2: loss")


def test_a_history_alone_can_be_played() -> None:
    _, history = trained(epochs=1)
    found = data_of(training_player_html(history))
    assert found["columns"][0]["names"] == ["", ""]
    assert found["frames"][1]["image"].startswith("data:image/png;base64,")


def test_what_cannot_be_played() -> None:
    model = Linear(2, 1, rng=0)
    sgd = SGD(model.parameters(), lr=0.1)
    history = fit(model, X, X[:, 0], loss=losses.mse, optimizer=sgd, epochs=1, batch_size=60, rng=0)
    with pytest.raises(ValueError, match=r"no record of the weights: train with fit\(\.\.\., record=True\)"):
        training_player_html(history)
    _, empty = trained(epochs=1)
    empty.epochs.clear()
    with pytest.raises(ValueError, match="no epochs to play"):
        training_player_html(empty)


@pytest.mark.slow
def test_pages_are_small_and_the_same_each_time() -> None:
    deep = trained(hidden=(16,) * 30, epochs=30, batch_size=60)[1]
    html = training_player_html(deep)
    assert len(html) < 3_000_000
    frames = data_of(html)["frames"]
    assert 2 < len(frames) < len(frames_of(deep))
    assert (frames[0]["text"], frames[-1]["text"][:8]) == ("before training", "epoch 30")
    assert html == training_player_html(deep)


# --- in a browser


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_played_to_the_end_and_back(browser: "Browser", tmp_path: Path, scheme: str) -> None:
    classifier, history = trained(epochs=5)
    html = training_player_html(history, classifier, title="Moons")
    frames = data_of(html)["frames"]
    (tmp_path / "training.html").write_text(html)
    with opened(browser, tmp_path / "training.html", color_scheme=scheme) as page:
        shown = page.locator("#frame")
        assert shown.inner_text() == "before training"
        seen = set()
        for k in range(1, 6):
            page.keyboard.press("ArrowRight")
            assert shown.inner_text() == frames[k]["text"]
            assert page.locator("#region").get_attribute("href") == frames[k]["image"]
            assert page.locator("#marker").get_attribute("transform") == f"translate({frames[k]['x']:g} 0)"
            cells = page.locator("#layers td").all_inner_texts()
            assert cells == [text for row in frames[k]["rows"] for text in row]
            seen.add(page.locator("#network").inner_html())
        assert len(seen) == 5
        page.keyboard.press("Home")
        assert shown.inner_text() == "before training"
        page.get_by_label("Play", exact=True).click()
        page.locator("#frame", has_text=re.compile("^epoch 5 of 5")).wait_for()


@pytest.mark.slow
def test_lines_show_signs_and_a_chosen_unit_its_numbers(browser: "Browser", tmp_path: Path) -> None:
    classifier, history = trained(epochs=2)
    html = training_player_html(history, classifier)
    (tmp_path / "training.html").write_text(html)
    part = data_of(html)["frames"][2]["parts"][1]
    with opened(browser, tmp_path / "training.html", "#step=2") as page:
        assert page.locator("#network .edge").count() == 2 * 4 + 4 * 1
        weights = np.concatenate([p["weights"] for p in data_of(html)["frames"][2]["parts"]])
        assert page.locator("#network .edge.positive").count() == (weights > 0).sum()
        page.get_by_label("their gradients").check()
        gradients = np.concatenate([p["gradients"] for p in data_of(html)["frames"][2]["parts"]])
        assert page.locator("#network .edge.positive").count() == (gradients > 0).sum()

        unit = page.get_by_role("button", name="layer2, unit 1")
        unit.focus()
        page.keyboard.press("Enter")
        told = page.locator("#unit").inner_text().replace("\N{MINUS SIGN}", "-")
        assert float(re.search(r"bias (\S+) ", told)[1]) == pytest.approx(part["biases"][0])
        listed = [float(number) for number in re.findall(r"\d: (\S+) \(", told)]
        assert listed == pytest.approx(sorted(part["weights"], key=abs, reverse=True))
        assert page.locator("#network .of-chosen").count() == 4
        page.keyboard.press("Enter")
        assert page.locator("#network .of-chosen").count() == 0


@pytest.mark.slow
def test_a_place_in_the_loss_curve_leads_to_its_epoch(browser: "Browser", tmp_path: Path) -> None:
    classifier, history = trained(epochs=10)
    (tmp_path / "training.html").write_text(training_player_html(history, classifier))
    with opened(browser, tmp_path / "training.html") as page:
        box = page.locator("#curve rect").bounding_box()
        assert box
        page.mouse.click(box["x"] + 0.7 * box["width"], box["y"] + 0.5 * box["height"])
        assert page.locator("#frame").inner_text().startswith("epoch 7 of 10")


@pytest.mark.slow
def test_names_run_nothing(browser: "Browser", tmp_path: Path) -> None:
    hostile = "</script><img src=x onerror=\"alert('hit')\">{curve}\n"
    classifier, history = trained(names=((hostile, "x" * 10_000), (hostile + "1", hostile + "2")), epochs=1)
    (tmp_path / "training.html").write_text(training_player_html(history, classifier, title=hostile))
    with opened(browser, tmp_path / "training.html") as page:
        assert page.locator("img").count() == 0
        assert page.locator("h1").inner_text().startswith("</script><img")
        assert page.locator("#curve").count() == 1
        page.keyboard.press("End")
        assert page.locator("#frame").inner_text().startswith("epoch 1")
