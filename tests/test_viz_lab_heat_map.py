"""Heat maps of sweeps: a cell for each setting with its mean, panels for settings beyond two."""

import numpy as np
import pytest
from matplotlib.figure import Figure

from micrograd_plus.lab.sweep import SweepRun
from micrograd_plus.lab.sweep_table import rows_of
from micrograd_plus.settings import Settings
from micrograd_plus.training_history import Epoch
from micrograd_plus.viz.lab.heat_map import MOST_PANELS, heat_map
from micrograd_plus.viz.plots import png


def run(accuracy: float | None, **settings: object) -> SweepRun:
    if accuracy is None:
        return SweepRun(Settings(**settings), "diverged", error="nan")
    return SweepRun(Settings(**settings), "trained", Epoch(1, 0.5, 0.5, 0.5, accuracy))


def drawn(runs: list[SweepRun]) -> Figure:
    figure = heat_map(rows_of(runs))
    png(figure, dpi=40)
    return figure


def texts(figure: Figure, panel: int = 0) -> list[str]:
    return [text.get_text() for text in figure.axes[panel].texts if text.get_text()]


def test_each_cell_has_its_mean_where_its_settings_are() -> None:
    rates, sizes = (0.1, 0.2, 0.4), (8, 32)
    accuracy = {(rate, size): round(rate + size / 100, 3) for rate in rates for size in sizes}
    figure = drawn([run(accuracy[rate, size], lr=rate, batch_size=size) for rate in rates for size in sizes])
    axes = figure.axes[0]
    shown = np.asarray(axes.images[0].get_array())
    np.testing.assert_allclose(shown, [[100 * accuracy[rate, size] for rate in rates] for size in sizes])
    assert [label.get_text() for label in axes.get_xticklabels()] == ["0.1", "0.2", "0.4"]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["8", "32"]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("lr", "batch size")
    assert texts(figure) == [f"{100 * accuracy[rate, size]:.1f}" for size in sizes for rate in rates]


def test_seeds_give_a_spread_and_lost_runs_are_counted() -> None:
    figure = drawn(
        [
            *(run(accuracy, lr=0.1, seed=k) for k, accuracy in enumerate((0.8, 0.9))),
            *(run(accuracy, lr=0.2, seed=k) for k, accuracy in enumerate((0.7, None))),
            *(run(None, lr=0.3, seed=k) for k in range(2)),
        ]
    )
    assert texts(figure) == ["85.0", "± 7.1", "70.0", "1 of 2 lost", "diverged"]


def test_settings_beyond_two_make_panels() -> None:
    runs = [
        run(0.5, lr=lr, batch_size=size, hidden=(width,), optimizer=name)
        for lr in (0.1, 0.2)
        for size in (8, 32)
        for width in (16, 4)
        for name in ("sgd", "adam")
    ]
    titles = [axes.get_title() for axes in drawn(runs).axes if axes.get_title()]
    assert titles == [f"hidden {width}, optimizer {name}" for width in (4, 16) for name in ("adam", "sgd")]


@pytest.mark.slow
def test_of_very_many_panels_those_with_the_best_rows_are_drawn() -> None:
    widths = range(1, MOST_PANELS + 4)
    runs = [run(w / 100, lr=lr, batch_size=b, hidden=(w,)) for w in widths for lr in (0.1, 0.2) for b in (8, 16)]
    titles = [axes.get_title() for axes in drawn(runs).axes if axes.get_title()]
    assert titles == [f"hidden {width}" for width in list(widths)[-MOST_PANELS:]]


def test_one_setting_alone_is_a_cell() -> None:
    assert texts(drawn([run(1.0, lr=0.1)])) == ["100.0"]


def test_nothing_but_divergence_is_drawn_too() -> None:
    assert texts(drawn([run(None, lr=lr) for lr in (8.0, 9.0)])) == ["diverged", "diverged"]
