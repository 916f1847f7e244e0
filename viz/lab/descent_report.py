"""The report of a descent: pictures, verdicts and the first numbers on one page."""

from __future__ import annotations

from collections.abc import Iterator

from micrograd_plus.lab.descent import Descent, Walk
from micrograd_plus.lab.descent_words import beginning, heading, sentence, theory
from micrograd_plus.notation import short
from micrograd_plus.viz.lab.page import Section, lab_page

MOST_ROWS = 10  # steps of each rate

RULE = (
    "Each step goes against the slope, by the learning rate times it: W <- W - lr dL/dW. Where the hill is steep the "
    "steps are long, and near the minimum they shrink by themselves."
)


def descent_report(descent: Descent, picture: bytes, animation: bytes) -> str:
    """Return the report of a descent as an HTML page, around its picture, a PNG, and its animation, a GIF."""
    curve = "the tangent" if descent.problem.size == 1 else "the way straight downhill"
    verdicts = "\n".join(f"lr {short(walk.lr)}: {sentence(descent, walk)}" for walk in descent.walks)
    sections = [
        Section("The walks", f"{verdicts}\n{theory(descent)}", [picture]),
        Section("Step by step", f"Blue: {curve}. Orange: the steps so far.", [animation]),
        *(_numbers(descent, walk) for walk in descent.walks),
    ]
    return lab_page(f"Descent on {descent.problem.name}", f"{beginning(descent)}.\n{RULE}", sections)


def _numbers(descent: Descent, walk: Walk) -> Section:
    left_out = len(walk.run.steps) - MOST_ROWS
    rest = f"The first steps; {left_out} more are in descent.csv." if left_out > 0 else ""
    return Section(heading(descent, walk), rest, header=columns(), rows=list(rows(descent, walk, MOST_ROWS)))


def columns() -> list[str]:
    """Return what stands above `rows`."""
    return ["step", "loss", "slope", "W <- W - lr dL/dW"]


def rows(descent: Descent, walk: Walk, most: int) -> Iterator[list[str]]:
    """Yield the first steps of a walk in words; of several variables the rule has a line for each."""
    for k in range(min(most, len(walk.run.steps))):
        slope = ", ".join(map(short, walk.slopes[k].tolist()))
        yield [
            str(k),
            short(float(walk.run.losses[k])),
            slope,
            "\n".join(walk.rule(k, descent.problem.parameter_names)),
        ]
