"""What an experiment works on: a network's training, a surface that is known by name, or a formula."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import click
from click.core import ParameterSource

from micrograd_plus import data
from micrograd_plus.cli.data_options import data_options
from micrograd_plus.cli.lists import numbers
from micrograd_plus.cli.notes import echo_notes
from micrograd_plus.cli.settings_options import options_of, settings_options
from micrograd_plus.expression import Expression
from micrograd_plus.lab.problem import SMALL, FormulaProblem, Problem, TrainingProblem, surface, training_problem
from micrograd_plus.lab.surfaces import SURFACES
from micrograd_plus.settings import Settings
from micrograd_plus.suggestions import did_you_mean
from micrograd_plus.tables import STDIN
from micrograd_plus.texts import one_line

Command = Callable[..., Any]

_OF_NETWORKS = {
    "target": None,
    "missing": "error",
    "hidden": ",".join(map(str, SMALL.chosen_hidden(2))),
    "activation": SMALL.activation,
    "seed": 0,
}


def network_options(command: Command) -> Command:
    """Give a command those options of `train` that say which network learns what; by default it is a small one."""
    options = options_of(data_options, settings_options)
    for name, default in reversed(_OF_NETWORKS.items()):
        option = options[name]
        command = click.option(
            *option.opts,
            type=option.type,
            default=default,
            show_default=default is not None,
            callback=option.callback,
            metavar=option.metavar,
            help=option.help,
        )(command)
    return command


def training_of(source: str, *, target: str | None, missing: str = "error", **settings: Any) -> TrainingProblem:
    """Return the training of a network on a data set, as `network_options` say; DataError, ValueError for mistakes."""
    chosen = Settings(**settings)
    dataset = data.load(source, target, rng=chosen.seed, missing=missing)
    echo_notes(dataset.notes)
    return training_problem(dataset, chosen)


def problem_of(source: str, start: tuple[float, ...] | None, **network: Any) -> Problem:
    """Return the problem that `source` is: one of `SURFACES`, a data set or a formula, which begins at `start`.

    A word alone is a name; whatever else is no file is a formula. Raises ValueError for what is none of the three.
    """
    if source in SURFACES:
        return formula_of(source, start)
    if source in (STDIN, *data.NAMES) or source.lower().endswith(".csv") or os.path.exists(source):
        if start is not None:
            raise ValueError(f"the network for {source} begins where its seed says; --from is for formulas")
        return training_of(source, **network)
    if source.replace("-", "").isidentifier():
        names = (*SURFACES, *data.NAMES)
        wanted = f"{', '.join(names)}, the path of a CSV file or a formula"
        raise ValueError(f"unknown problem {source!r}: want {wanted}{did_you_mean(source, names)}")
    return formula_of(source, start)


def _refuse_options_of_networks(source: str) -> None:
    """Raise ValueError if an option was given that says what a network is, but for the seed, which draws more."""
    context = click.get_current_context(silent=True)
    for name in _OF_NETWORKS:
        if name != "seed" and context and context.get_parameter_source(name) is ParameterSource.COMMANDLINE:
            raise ValueError(f"--{name} is for a network that learns data, and {one_line(source)} is a formula")


def formula_of(source: str, start: tuple[float, ...] | None) -> FormulaProblem:
    """Return one of `SURFACES`, or a formula, which begins at `start`; ValueError for what is neither or does not fit.

    A surface has a start of its own.
    """
    _refuse_options_of_networks(source)
    known = surface(source) if source in SURFACES else None
    expression = known.expression if known else Expression(source)
    names = expression.names
    if names and start is None:
        if known:
            return known
        if source in data.NAMES:
            raise ValueError(f"{source} is a data set; here a formula or one of {', '.join(SURFACES)} is wanted")
        where = ",".join(name.upper() for name in names)
        raise ValueError(f"a formula wants --from {where}: where to begin{did_you_mean(source, SURFACES)}")
    start = start or ()
    if names and len(start) != len(names):
        raise ValueError(f"--from has a number for each of {', '.join(names)}, not {len(start)}")
    place = dict(zip(names, start, strict=False))  # without names there is no problem at all, whatever the start
    if known is None:
        return FormulaProblem(expression, place)
    return FormulaProblem(expression, place, name=known.name, minima=known.minima, window=known.window)


from_option = click.option(
    "--from", "start", callback=numbers, metavar="X[,Y]", help="Where a formula begins: a number for each variable."
)
