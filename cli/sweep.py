"""`micrograd-plus sweep`: training over a grid of settings and seeds, on all cores or on a cluster."""

from __future__ import annotations

import shlex
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import click

from micrograd_plus import data
from micrograd_plus.cli.completion import one_of_or_a_file
from micrograd_plus.cli.data_options import data_options
from micrograd_plus.cli.errors import taken_as_mistakes
from micrograd_plus.cli.named_path import NamedPath
from micrograd_plus.cli.notes import echo_notes
from micrograd_plus.cli.settings_options import options_of, settings_options
from micrograd_plus.cli.sweep_results import TABLE, remove_files
from micrograd_plus.cli.sweep_run import run
from micrograd_plus.cli.written import require_another_file
from micrograd_plus.lab.cluster import connected
from micrograd_plus.lab.grid import MOST_POINTS, Grid
from micrograd_plus.lab.sweep import data_by_seed, require_trainable
from micrograd_plus.lab.sweep_folder import SweepFolder

DEFAULTS = {"lr": "0.003,0.01,0.03,0.1", "batch_size": "8,32", "hidden": "8,8;16,16"}
SEEDS = 4

# Settings that have commas in them: their lists are of parts between semicolons.
_WHOLE = ("hidden", "schedule", "class_weights")


def _listed(option: click.Option) -> click.Option:
    """Return an option that takes a list of what `option` takes, and has a grid's values or nothing by default."""
    separator = ";" if option.name in _WHOLE else ","

    def values(ctx: click.Context, param: click.Parameter, text: str | None) -> list[Any] | None:
        if text is None:
            return None
        parts = [option.type.convert(part.strip(), param, ctx) for part in text.split(separator)]
        return [option.callback(ctx, param, part) for part in parts] if option.callback else parts

    default = DEFAULTS.get(option.name or "")
    return click.Option(
        option.opts,
        default=default,
        show_default=default is not None,
        metavar=f"{option.metavar}[{separator}...]",
        help=option.help if default is None else (option.help or "").partition("  [")[0],
        callback=values,
    )


def _lists() -> list[click.Parameter]:
    """Return an option that takes a list for each of the settings but the seed."""
    return [_listed(option) for name, option in options_of(settings_options).items() if name != "seed"]


class _Repeatable(click.Command):
    """A command that knows how it was called."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        again = [arg for arg in args if arg != "--restart"]
        ctx.meta["again"] = shlex.join([*ctx.command_path.split(), *again])
        return super().parse_args(ctx, args)


@click.command(cls=_Repeatable, params=_lists())
@click.argument("source", metavar="DATA", shell_complete=one_of_or_a_file(data.NAMES))
@data_options
@click.option(
    "--seeds",
    type=click.IntRange(1, MOST_POINTS),
    default=SEEDS,
    show_default=True,
    metavar="N",
    help="Runs of each setting.",
)
@click.option("--jobs", type=click.IntRange(1), metavar="N", help="Processes that train.  [default: one for each core]")
@click.option("--scheduler", metavar="ADDRESS", help="Train on the Dask cluster at tcp://HOST:PORT.")
@click.option(
    "--out",
    type=NamedPath(file_okay=False),
    metavar="DIR",
    help="The folder for the results.  [default: runs/DATA-sweep]",
)
@click.option("--restart", is_flag=True, help="Drop what DIR holds of an earlier sweep.")
@click.pass_context
def sweep(
    ctx: click.Context,
    /,
    source: str,
    target: str | None,
    missing: str,
    seeds: int,
    jobs: int | None,
    scheduler: str | None,
    out: Path | None,
    restart: bool,
    **lists: list[Any] | None,
) -> None:
    """Train on DATA over a grid of settings and seeds: every setting takes a list.

    \b
    micrograd-plus sweep moons
    micrograd-plus sweep iris --lr 0.01,0.1 --hidden "8;16,16" --seeds 10
    micrograd-plus sweep flowers.csv --optimizer sgd,adam --scheduler tcp://10.0.0.1:8786

    DATA and settings are those of `micrograd-plus train`, and so is each run. Into DIR go sweep.csv with a row for each
    run, heatmap.png, report.html and best.safetensors, the model with the highest validation accuracy. Ctrl-C keeps
    the runs that are done; the same command, or one with more values, goes on from there.
    """
    tried = {name: values for name, values in lists.items() if values and (name in DEFAULTS or len(values) > 1)}
    fixed = {name: values[0] for name, values in lists.items() if values and name not in tried}
    with taken_as_mistakes():
        grid = Grid(tried | {"seed": range(seeds)}, fixed)
        points = grid.points()
        dataset = data.load(source, target, missing=missing)
        echo_notes(dataset.notes)
        datasets = data_by_seed(source, dataset, range(seeds))
        require_trainable(points, datasets)
    folder = out or Path("runs") / f"{dataset.name}-sweep"
    require_another_file(folder / TABLE, table=Path(source))
    with (
        connected(scheduler) if scheduler else nullcontext() as client,
        SweepFolder(folder, dataset, grid.shared(), restart=restart) as kept,
    ):
        if restart:
            remove_files(folder)
        run(kept, points, datasets, jobs=jobs, client=client, again=ctx.meta["again"])
