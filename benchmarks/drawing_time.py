"""How long a picture takes, from the graph to the bytes of an SVG, the start of Graphviz's process included."""

import statistics
from functools import partial

import micrograd.engine
import micrograd.nn

from benchmarks.drawn_graphs import demo, in_the_lecture, one_sample, small, twenty_thousand
from benchmarks.protocol import Program, duration, interleaved, show, verdict
from micrograd_plus.engine import graph
from micrograd_plus.viz import draw
from micrograd_plus.viz.render import engines, render

ROUNDS = 9


def picture(root, detail: str) -> bytes:
    """Return our SVG."""
    return draw(root, detail).render("svg")


def lecture_picture(root) -> bytes:
    """Return the SVG that micrograd's notebook shows, by the engine that draws ours."""
    return render(in_the_lecture(root), "svg")


def measured(title: str, programs: dict[str, Program], rounds: int) -> tuple[float, list[list[str]]]:
    """Return the median seconds of the first program, and table rows."""
    seconds = interleaved(programs, rounds)
    rows = []
    for name, times in seconds.items():
        svg = f"{len(programs[name]()) / 1e6:.2f} MB"
        rows.append([title, name, duration(statistics.median(times)), duration(min(times)), svg])
    return statistics.median(next(iter(seconds.values()))), rows


def main() -> None:
    """Print the table and the verdicts."""
    theirs = micrograd.engine.Value, micrograd.nn
    medians, rows = {}, []
    for root, detail, their_root, rounds in [
        (small(), "full", small(*theirs), ROUNDS),
        (one_sample(), "full", one_sample(*theirs), ROUNDS),
        (demo(), "auto", None, ROUNDS),
        (twenty_thousand(), "full", None, 3),
    ]:
        programs = {f"draw, {detail}": partial(picture, root, detail)}
        if their_root:
            programs["micrograd's draw_dot"] = partial(lecture_picture, their_root)
        values = len(graph(root))
        medians[values], table = measured(f"{values:,}", programs, rounds)
        rows += table
    show(
        f"From the graph to an SVG, Graphviz being {engines()[0] if engines() else 'absent'}",
        ["values", "picture", "median", "fastest", "SVG"],
        rows,
    )
    print()
    for (values, seconds), most in zip(medians.items(), (0.15, 1.0, 2.0, 5.0), strict=True):
        verdict(f"seconds for {values:,} values", seconds, at_most=most)


if __name__ == "__main__":
    main()
