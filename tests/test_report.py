"""The report of a run: it holds all pictures, says the settings and results, and nothing of it runs."""

import base64
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from micrograd_plus import data
from micrograd_plus.classifier import Classifier
from micrograd_plus.settings import Settings
from micrograd_plus.viz.report import Report
from tests.browser import opened

if TYPE_CHECKING:
    from playwright.sync_api import Browser

MOONS = data.load("moons")
IRIS = data.load("iris")


def report_of(dataset: data.Dataset = MOONS, *, record: bool = True, title: str = "A run", **settings: Any) -> Report:
    training, validation = data.split(dataset.X, dataset.y, rng=0)
    chosen = Settings(**{"hidden": (4,), "epochs": 3, **settings})
    classifier = Classifier.for_samples(training[0], dataset.feature_names, dataset.class_names, chosen)
    history = classifier.fit(*training, validation=validation, record=record)
    return Report(classifier, history, training, validation, title=title)


def titles(html: str) -> list[str]:
    return re.findall(r"<h2>(.*?)</h2>", html)


def rows(html: str) -> dict[str, str]:
    return dict(re.findall(r"<th scope='row'>(.*?)</th><td>(.*?)</td>", html))


def test_a_report_of_two_features_and_relus_has_everything() -> None:
    report = report_of()
    html = report.html()
    assert titles(html) == [
        "Loss and accuracy",
        "Decision boundary",
        "The network, coloured by gradient",
        "Activations",
        "Gradients",
        "Dead ReLUs",
        "Size of updates",
        "Confusion matrix",
        "Validation samples by class",
    ]
    pictures = [base64.b64decode(text) for text in re.findall(r"data:image/png;base64,([^']+)'", html)]
    assert pictures[:2] == [report.loss_png, report.boundary_png]
    assert len({*pictures}) == 7
    assert all(picture.startswith(b"\x89PNG") for picture in pictures)
    [graph] = re.findall(r"data:image/svg\+xml;base64,([^']+)'", html)
    assert "layer1" in base64.b64decode(graph).decode()
    assert len(html) < 3_000_000


@pytest.mark.slow
def test_what_a_run_has_not_is_left_out() -> None:
    assert titles(report_of(IRIS, activation="tanh").html()) == [
        "Loss and accuracy",
        "The network, coloured by gradient",
        "Activations",
        "Gradients",
        "Size of updates",
        "Confusion matrix",
        "Validation samples by class",
    ]
    assert titles(report_of(IRIS, record=False).html()) == [
        "Loss and accuracy",
        "The network, coloured by gradient",
        "Confusion matrix",
        "Validation samples by class",
    ]
    # The graph of single numbers of so large a network would take seconds.
    assert "The network, coloured by gradient" not in titles(report_of(IRIS, hidden=(900,), epochs=1).html())


def test_the_tables_tell_settings_and_results() -> None:
    report = report_of(IRIS, hidden=(5, 3), lr=0.5, seed=3, epochs=20)
    html = report.html()
    found = rows(html)
    assert (found["hidden"], found["lr"], found["seed"], found["epochs"]) == ("5, 3", "0.5", "3", "20")
    assert found["batch size"] == str(report.classifier.settings.chosen_batch_size(len(report.training[1])))
    assert (found["loss"], found["optimizer"]) == ("cross-entropy", "adam")
    assert found["parameters"] == str(4 * 5 + 5 + 5 * 3 + 3 + 3 * 3 + 3)
    assert (found["training samples"], found["validation samples"]) == ("120", "30")
    best = report.history.best
    assert best is not None
    assert found[f"epoch {best.number} (best)"] == str(best)
    assert f"the weights are those of epoch {best.number}" in html
    assert "dropout" not in found
    assert rows(report_of(IRIS, dropout=0.25).html())["dropout"] == "0.25"


def test_the_hardest_samples_are_drawn() -> None:
    report = report_of(epochs=20)
    X, y = report.validation
    losses = [report.classifier.sample_loss(x, k).data for x, k in zip(X, y, strict=True)]
    loss = report.hardest_loss(3)
    assert loss.data == pytest.approx(np.mean(sorted(losses)[-3:]))
    assert loss.grad == 1.0


@pytest.mark.slow
def test_many_features_are_shortened() -> None:
    X, y = np.random.default_rng(0).normal(size=(40, 30)), np.arange(40) % 2
    names = tuple(f"pixel {k}" for k in range(30))
    found = rows(report_of(data.Dataset(X, y, names, ("a", "b"), "pixels")).html())
    assert found["features"].endswith("pixel 11, ... (30 in all)")


@pytest.mark.slow
def test_the_same_run_gives_the_same_bytes() -> None:
    assert report_of().html() == report_of().html()


@pytest.mark.slow
def test_names_run_nothing_and_all_pictures_are_there(browser: "Browser", tmp_path: Path) -> None:
    hostile = "</style><script>alert('hit')</script>'\"<img src=x onerror=alert(1)>"
    moons = data.Dataset(MOONS.X, MOONS.y, (hostile, "$x$"), (hostile + "1", hostile + "2"), "moons")
    (tmp_path / "report.html").write_text(report_of(moons, title=hostile).html())
    with opened(browser, tmp_path / "report.html") as page:
        assert page.locator("h1").inner_text() == hostile
        widths = page.locator("img").evaluate_all("images => images.map(image => image.naturalWidth)")
        assert len(widths) == 8
        assert min(widths) > 300
        assert page.locator("script").count() == 0
