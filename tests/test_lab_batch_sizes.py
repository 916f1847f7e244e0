"""Batch sizes side by side: a fair budget, costs that add up, and sentences that follow from the runs."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from micrograd_plus import data, optim
from micrograd_plus.lab.batch_size_words import sentence, verdict
from micrograd_plus.lab.batch_sizes import (
    BatchSizeComparison,
    BatchSizeRun,
    compare_batch_sizes,
    default_epochs,
    default_sizes,
    updates_per_epoch,
)
from micrograd_plus.lab.problem import training_problem
from micrograd_plus.lab.run import Run, descend
from micrograd_plus.lab.tuning import Tuned
from micrograd_plus.viz.lab.batch_size_pictures import BatchSizePictures

IRIS = training_problem(data.load("iris"))


@pytest.fixture(scope="module")
def found() -> BatchSizeComparison:
    return compare_batch_sizes(IRIS, [150, 16, 7], epochs=6, rates=(0.3, 1.0), seed=3)


def test_all_begin_at_one_place_and_see_each_sample_equally_often(found: BatchSizeComparison) -> None:
    assert [one.batch_size for one in found.runs] == [7, 16, 150]
    for one in found.runs:
        np.testing.assert_array_equal(one.run.path[0], IRIS.start)
        last = one.costs[-1]
        assert (last.epochs, last.samples, last.updates) == (6.0, 900, 6 * updates_per_epoch(150, one.batch_size))


def test_the_runs_are_plain_gradient_descent(found: BatchSizeComparison) -> None:
    one = found.runs[1]
    sgd = partial(optim.SGD, lr=one.tuned.lr)
    alone = descend(IRIS, sgd, 60, batch_size=16, rng=3)
    np.testing.assert_array_equal(one.run.losses, alone.losses)
    np.testing.assert_array_equal(one.run.path, alone.path)


def test_costs_count_the_smaller_last_batch_of_an_epoch(found: BatchSizeComparison) -> None:
    one = found.runs[1]  # 9 batches of 16 and one of 6
    assert [one.cost(update).samples for update in (0, 1, 9, 10, 11)] == [0, 16, 144, 150, 166]
    assert one.cost(10).epochs == 1.0
    assert one.cost(20).seconds == pytest.approx(2 * one.cost(10).seconds)


def test_mean_losses_are_over_the_epoch_around(found: BatchSizeComparison) -> None:
    steps = np.arange(0, 301, 2)  # 30 epochs of 10 updates
    losses = np.random.default_rng(0).random(len(steps)) + 1.0
    nothing = np.zeros(len(steps))
    run = Run(steps, np.zeros((len(steps), 1)), losses, nothing, nothing, np.zeros(300))
    means = BatchSizeRun(20, 200, Tuned({0.1: run}), 1.0).mean_losses()
    np.testing.assert_allclose(means[5:-5], [losses[k - 2 : k + 3].mean() for k in range(5, len(steps) - 5)])
    np.testing.assert_allclose([means[0], means[1], means[-1]], [losses[0], losses[:3].mean(), losses[-1]])
    np.testing.assert_allclose(found.runs[-1].mean_losses(), found.runs[-1].run.losses)


def test_the_sentences_give_the_costs_of_the_first_record_at_the_level(found: BatchSizeComparison) -> None:
    one = found.runs[0]
    cost = found.reached(one)
    assert cost is not None
    assert found.level is not None
    step = next(step for step, loss in zip(one.run.steps, one.run.losses, strict=True) if loss <= found.level)
    assert cost.updates == step
    assert f"reaches loss {found.level:.4g} after {cost.epochs:.3g} epochs: {step} updates" in sentence(found, one)


def test_who_is_first_is_told_for_each_way_of_counting(found: BatchSizeComparison) -> None:
    costs = {one.called: cost for one in found.runs if (cost := found.reached(one))}
    for line, way in zip(verdict(found), ("samples", "updates", "seconds"), strict=False):
        first = min(costs, key=lambda name: getattr(costs[name], way))
        assert f"first at loss {found.level:.4g}: {first}, after " in line


def test_equals_share_a_place() -> None:
    found = compare_batch_sizes(IRIS, [1, 150], epochs=1, rates=(0.1,), level=100.0)
    assert verdict(found)[1] == (
        "Per update of the weights, first at loss 100: single samples and the full batch, after 0 updates."
    )


def test_with_other_prices_another_is_first_per_second_and_only_there(found: BatchSizeComparison) -> None:
    dear = BatchSizeComparison(
        found.problem,
        found.epochs,
        tuple(replace(one, seconds_per_update=1.0 / one.batch_size) for one in found.runs),
        found.level,
        found.noise,
    )
    cheap = replace(dear, runs=tuple(replace(one, seconds_per_update=one.batch_size / 1.0) for one in found.runs))
    assert verdict(dear)[:2] == verdict(cheap)[:2] == verdict(found)[:2]
    assert verdict(dear)[2] != verdict(cheap)[2]


def test_rates_that_are_too_small_for_large_batches_leave_them_behind() -> None:
    found = compare_batch_sizes(IRIS, [1, 150], epochs=2, rates=(0.03,), level=0.3)
    small, full = found.runs
    assert found.reached(small) is not None
    assert found.reached(full) is None
    assert sentence(found, full).startswith("full batch at 0.03: does not reach loss 0.3 in 2 epochs (2 updates, ")
    assert all("first at loss 0.3: single samples, after" in line for line in verdict(found)[:3])


def test_the_level_is_one_that_all_reach_who_come_far(found: BatchSizeComparison) -> None:
    start, ends = float(found.runs[0].run.losses[0]), [one.tuned.settled for one in found.runs]
    deepest = start - min(ends)
    assert found.level is not None
    for one, end in zip(found.runs, ends, strict=True):
        assert start - end < 0.85 * deepest or found.reached(one) is not None


def test_rates_that_are_all_too_large_are_called_so() -> None:
    found = compare_batch_sizes(IRIS, [1, 10], epochs=1, rates=(1e6,))
    assert found.level is None
    assert verdict(found)[0] == "No size of batches goes down on iris."
    assert found.runs[1].run.diverged_at == 1
    assert sentence(found, found.runs[1]) == "batches of 10 at 1e+06: diverges after 1 update."
    assert not any("noise" in line for line in verdict(found))
    assert BatchSizePictures(found).png.startswith(b"\x89PNG")


def test_a_level_that_nobody_reaches_is_told() -> None:
    found = compare_batch_sizes(IRIS, [150], epochs=1, rates=(0.1,), level=1e-9)
    assert verdict(found)[0] == "No size of batches reaches loss 1e-09 on iris."


def test_the_noise_is_told_at_both_ends_of_the_way(found: BatchSizeComparison) -> None:
    first, last = (noise.spread.noise_scale for noise in (found.noise[0], found.noise[-1]))
    assert f"batches of {first:.1f} at the start" in verdict(found)[-1]
    turned = replace(found, noise=found.noise[::-1])
    assert last > 1.5 * first
    assert verdict(found)[-1].endswith("later only larger ones or smaller steps do.")
    assert verdict(turned)[-1].endswith("on this way the gradient grows clearer.")
    nowhere = replace(found.noise[0], spread=replace(found.noise[0].spread, norm=0.0))
    assert nowhere.spread.cosine(4) == nowhere.spread.cosine(nowhere.spread.samples) == 0.0
    assert verdict(replace(found, noise=(nowhere,) * 3))[-1] == (
        "The gradient over all samples is 0 at both ends: that of smaller batches is noise alone."
    )
    same = replace(found, noise=found.noise[:1] * 3)
    assert verdict(same)[-1].endswith("on this way it changes little.")


def test_defaults_suit_the_number_of_samples() -> None:
    for samples in (2, 10, 150, 1797, 10**6):
        sizes = default_sizes(samples)
        assert sizes[-1] == samples
        assert list(sizes) == sorted(set(sizes))
        assert all(updates_per_epoch(samples, size) <= 5000 for size in sizes)
        assert 3 <= default_epochs(samples) <= 60
    assert default_sizes(1797)[0] == 1


@pytest.mark.parametrize(
    ("sizes", "message"),
    [([], "at least one batch size"), ([0], "a batch size is at least 1, not 0"), ([151], "a batch of 151 cannot be")],
)
def test_sizes_that_cannot_be_are_refused(sizes: list[int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        compare_batch_sizes(IRIS, sizes)


def test_a_run_jitters_between_the_losses_whose_mean_it_settles_at() -> None:
    nothing = np.zeros(26)  # a tenth of the records are nearer to three than to two
    run = Run(np.arange(26), np.zeros((26, 1)), np.array([9.0] * 23 + [3.0, 1.0, 2.0]), nothing, nothing, nothing[1:])
    found = BatchSizeComparison(IRIS, 25, (BatchSizeRun(150, 150, Tuned({0.1: run}), 1.0),), None, ())
    assert sentence(found, found.runs[0]).endswith("; settles at 2, jittering from 1 to 3.")
