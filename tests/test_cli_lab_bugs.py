"""What goes wrong in the work of an experiment is a bug and keeps its traceback, whatever the class of the error."""

from importlib import import_module
from pathlib import Path

import pytest

from tests.command_line import run

_WORK = {
    "activation": ("lab.depth.deep_run", ["--depth", "2"]),
    "batch": ("cli.lab.batch.compare_batch_sizes", ["xor"]),
    "descent": ("cli.lab.descent.walk_down", ["ravine"]),
    "init": ("lab.depth.deep_run", ["--depth", "2"]),
    "lr": ("cli.lab.lr.compare", ["ravine"]),
    "optim": ("cli.lab.optim.compare_optimizers", ["ravine"]),
    "schedule": ("cli.lab.schedule.compare_schedules", ["xor"]),
}


@pytest.mark.parametrize("experiment", _WORK)
@pytest.mark.parametrize("kind", [TypeError, ValueError])
def test_an_error_in_the_work_is_no_mistake_of_the_user(
    experiment: str, kind: type[Exception], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*arguments: object, **options: object) -> None:
        raise kind("a bug")

    function, arguments = _WORK[experiment]
    module, _, name = f"micrograd_plus.{function}".rpartition(".")
    monkeypatch.setattr(import_module(module), name, broken)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(kind, match="a bug"):
        run("lab", experiment, *arguments)
    assert list(tmp_path.iterdir()) == []
