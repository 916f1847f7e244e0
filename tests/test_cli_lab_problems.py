"""What an experiment works on: names, files and formulas are told apart, with close names for mistakes."""

from ast import literal_eval
from pathlib import Path
from typing import Any

import click
import numpy as np
import pytest
from click.testing import CliRunner

from micrograd_plus.cli.lab.problems import from_option, network_options, problem_of
from micrograd_plus.cli.lists import numbers
from micrograd_plus.data import DataError
from micrograd_plus.lab.problem import SMALL, FormulaProblem, TrainingProblem

NETWORK: dict[str, Any] = {"target": None, "hidden": (3,), "activation": "relu", "seed": 5}


def test_a_name_is_that_of_a_surface_or_of_data() -> None:
    beale, moons = problem_of("beale", None, **NETWORK), problem_of("moons", None, **NETWORK)
    assert isinstance(beale, FormulaProblem)
    assert beale.minima == ((3.0, 0.5),)
    assert isinstance(moons, TrainingProblem)
    assert moons.classifier.settings.hidden == (3,)
    assert moons.size == 2 * 3 + 3 + 3 + 1
    other = problem_of("moons", None, **NETWORK | {"seed": 6})
    assert not np.array_equal(other.start, moons.start)


def test_a_surface_and_a_formula_begin_where_they_are_told() -> None:
    beale = problem_of("beale", (2.0, -1.0), **NETWORK)
    assert isinstance(beale, FormulaProblem)
    assert (beale.start.tolist(), beale.name, beale.minima) == ([2.0, -1.0], "beale", ((3.0, 0.5),))
    assert problem_of("x**2 - 3*x", (4.0,), **NETWORK).start.tolist() == [4.0]


def test_a_table_is_learned(tmp_path: Path) -> None:
    table = tmp_path / "table.csv"
    table.write_text("kind,a,b\n" + "yes,1,2\nno,3,4\n" * 3)
    problem = problem_of(str(table), None, **NETWORK | {"target": "kind"})
    assert isinstance(problem, TrainingProblem)
    assert (problem.samples, problem.dataset.class_names) == (6, ("no", "yes"))


@pytest.mark.parametrize(
    ("source", "start", "message"),
    [
        ("mons", None, "unknown problem 'mons': want rosenbrock, .* or a formula; did you mean 'moons'"),
        ("breast-cancr", None, "did you mean 'breast-cancer'"),
        ("x**2 + y**2", None, "a formula wants --from X,Y: where to begin"),
        ("x**2 + y**2", (1.0,), "--from has a number for each of x, y, not 1"),
        ("moons", (1.0,), "the network for moons begins where its seed says"),
        ("nothing.csv", None, "nothing.csv"),
        ("x +", (1.0,), "not a formula"),
    ],
)
def test_what_is_none_of_them_is_said_in_words(source: str, start: tuple[float, ...] | None, message: str) -> None:
    with pytest.raises((ValueError, OSError), match=message):
        problem_of(source, start, **NETWORK)


@click.command()
@network_options
@from_option
@click.option("--lrs", callback=numbers)
def command(**options: Any) -> None:
    """Print the options."""
    click.echo(repr(options))


def test_options_are_read_and_the_network_is_small_by_default() -> None:
    small = {"target": None, "missing": "error", "hidden": SMALL.hidden, "activation": SMALL.activation, "seed": 0}
    assert literal_eval(CliRunner().invoke(command, []).output) == small | {"start": None, "lrs": None}
    given = ["--hidden", "4,2", "--from", "-1,2e3", "--lrs", "1"]
    found = literal_eval(CliRunner().invoke(command, given).output)
    assert (found["hidden"], found["start"], found["lrs"]) == ((4, 2), (-1, 2000), (1.0,))


def test_a_table_with_gaps_is_learned_if_one_says_how(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "table.csv"
    path.write_text("a,b,kind\n1,2,x\n,4,y\n5,6,x\n7,8,y\n")
    with pytest.raises(DataError, match="line 3, column 'a'"):
        problem_of(str(path), None, **NETWORK)
    assert "mean of the training samples" not in capsys.readouterr().err
    problem = problem_of(str(path), None, missing="mean", **NETWORK)
    assert np.isfinite(problem.loss(problem.start))
    note = f"note: {path}: column 'a': 1 missing, filled with the mean of the training samples\n"
    assert capsys.readouterr().err == note
