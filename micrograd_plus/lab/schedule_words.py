"""What schedules made of one problem, in words that come from their runs."""

from __future__ import annotations

import math

import numpy as np

from micrograd_plus.lab.schedule_runs import CONSTANT, ScheduleComparison
from micrograd_plus.lab.wording import at_rate, rate_at_an_end
from micrograd_plus.notation import short
from micrograd_plus.texts import counted


def sentence(found: ScheduleComparison, text: str) -> str:
    """Return what the runs of one schedule say about it."""
    one = found.runs[text]
    count = int((~np.isfinite(one.ends)).sum())
    if count:
        return f"{at_rate(text, one.lr)}: diverges with {count} of {counted(found.seeds, 'seed')}."
    parts = [f"{at_rate(text, one.lr)}: ends at {one}"]
    if text != CONSTANT:
        parts.append(_against_constant(found, text))
    half = len(one.losses) // 2
    if half < len(one.losses) - 1:
        parts.append(f"half-way at {short(float(one.losses[half]), 3)}")
    return "; ".join([*parts, *rate_at_an_end(one.tried)]) + "."


def _against_constant(found: ScheduleComparison, text: str) -> str:
    lower, higher = found.lower(text), found.higher(text)
    if lower == found.seeds or higher == found.seeds:
        seeds = f"all {found.seeds} seeds" if found.seeds > 1 else "the only seed"
        return f"{'lower' if lower else 'higher'} than the constant rate with {seeds}"
    if not lower and not higher:
        return "like the constant rate"
    return (
        f"lower than the constant rate with {lower}, higher with {higher} of {counted(found.seeds, 'seed')}: not clear"
    )


def verdict(found: ScheduleComparison) -> list[str]:
    """Return what the runs say about the schedules together, a sentence each."""
    if not any(math.isfinite(one.mean) for one in found.runs.values()):
        return [f"All schedules diverge on {found.problem.name}: try a smaller rate."]
    return [_lowest(found), *_clear(found), *_calm(found)]


def _lowest(found: ScheduleComparison) -> str:
    first = found.order[0]
    text = f"Lowest after {counted(found.epochs, 'epoch')} on {found.problem.name}: {first} ({found.runs[first]})"
    if first == CONSTANT:
        return f"{text}: here no schedule pays."
    return f"{text}; the constant rate: {found.constant}."


def _clear(found: ScheduleComparison) -> list[str]:
    others = [text for text in found.order if text != CONSTANT]
    better = [text for text in others if found.lower(text) == found.seeds]
    worse = [text for text in others if found.higher(text) == found.seeds]
    unclear = [text for text in others if text not in better and text not in worse]
    told = ((better, "Lower than the constant rate"), (worse, "Higher"))
    parts = [f"{words} with every seed: {', '.join(texts)}." for texts, words in told if texts]
    return [*parts, *([f"No clear difference: {', '.join(unclear)}."] if unclear else [])]


def _calm(found: ScheduleComparison) -> list[str]:
    """Tell whether the best schedule ends in a narrower range than the constant rate."""
    best = found.runs[found.order[0]]
    if best.spread * 2.0 < found.constant.spread:
        ratio = f"{short(found.constant.spread / best.spread, 2)} times" if best.spread else "far"
        return [f"Small steps at the end calm the noise: the constant rate ends {ratio} as widely spread."]
    return []
