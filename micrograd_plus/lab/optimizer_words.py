"""What optimizers made of one surface, in words that come from their runs."""

from __future__ import annotations

import math

from micrograd_plus.lab.optimizers import OptimizerComparison
from micrograd_plus.lab.wording import at_rate, rate_at_an_end
from micrograd_plus.notation import short
from micrograd_plus.texts import counted, listed


def sentence(found: OptimizerComparison, name: str) -> str:
    """Return what the runs of one optimizer say about it."""
    one = found.tuned[name]
    if not math.isfinite(one.settled):
        return f"{name}: diverges at each of the rates, at {short(one.lr)} {_after(one.run.diverged_at or 0)}."
    parts = [f"{at_rate(name, one.lr)}: {_reach(found, name)}", f"settles at {short(one.settled, 3)}"]
    if one.smallest_that_diverges is not None:
        parts.append(f"diverges from {short(one.smallest_that_diverges)} on")
    return "; ".join([*parts, *rate_at_an_end(one)]) + "."


def _reach(found: OptimizerComparison, name: str) -> str:
    if found.level is None:
        return "does not go down"
    step = found.reached_at(name)
    if step is None:
        return f"does not reach loss {short(found.level)} in {counted(found.steps, 'step')}"
    return f"reaches loss {short(found.level)} {_after(step)}"


def verdict(found: OptimizerComparison) -> list[str]:
    """Return what the runs say about the optimizers together, a sentence each."""
    if found.level is None:
        return [f"None of the optimizers goes down on {found.problem.name} at any of the rates."]
    return [_firsts(found, found.level), *_missing(found), *_forgiving(found, found.level)]


def _firsts(found: OptimizerComparison, level: float) -> str:
    steps = {name: step for name in found.order if (step := found.reached_at(name)) is not None}
    if not steps:
        return f"None of the optimizers reaches loss {short(level)} on {found.problem.name}."
    least = min(steps.values())
    first = [name for name, step in steps.items() if step == least]
    then = [f"{name} ({step})" for name, step in steps.items() if step > least]
    text = f"First at loss {short(level)} on {found.problem.name}: {listed(first)}, {_after(least)}"
    return f"{text}; then {', '.join(then)}." if then else f"{text}."


def _missing(found: OptimizerComparison) -> list[str]:
    missing = [name for name in found.order if found.reached_at(name) is None]
    ends = ", ".join(f"{name} ({short(found.tuned[name].settled, 3)})" for name in missing)
    return [f"Not in {counted(found.steps, 'step')}, settling higher: {ends}."] if missing else []


def _forgiving(found: OptimizerComparison, level: float) -> list[str]:
    counts = {name: len(one.reaching(level)) for name, one in found.tuned.items()}
    rates = max(len(one.runs) for one in found.tuned.values())
    most, least = max(counts.values()), min(counts.values())
    if most == least:
        return []
    forgiving, strict = ([name for name, count in counts.items() if count == end] for end in (most, least))
    return [
        f"Most forgiving of its rate: {listed(forgiving)}, at {most} of the {rates} rates; "
        f"least: {listed(strict)}, at {least or 'none'}."
    ]


def _after(steps: int) -> str:
    return f"after {counted(steps, 'step')}"
