"""`micrograd-plus lab descent`: its folder, its table, its sentences, and one line for each mistake."""

from itertools import pairwise
from pathlib import Path

import pytest

from tests.command_line import answer, mistake, rows_of

FILES = ["descent.csv", "descent.gif", "descent.html", "descent.png", "report.html"]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_lesson_s_own_first_picture(folder: Path) -> None:
    lines = answer("lab", "descent", "x**2 - 3*x", "--from", "4", "--lr", "0.1")
    assert lines[0] == "x**2 - 3*x from x = 4: the loss is 4, the slope 5"
    assert "W <- W - lr dL/dW" in lines[1]
    assert lines[2].split() == ["0", "4", "5", "x", "<-", "4", "-", "0.1", "*", "5", "=", "3.5"]
    assert lines[3].split() == ["1", "1.75", "4", "x", "<-", "3.5", "-", "0.1", "*", "4", "=", "3.1"]
    assert lines[8] == "... 15 more at lr 0.1"
    assert [line.split(":")[0] for line in lines[9:12]] == ["lr 0.02", "lr 0.1", "lr 0.95"]
    assert lines[12].endswith("no rate above 2 / 2 = 1 comes to rest there.")
    assert lines[13] == "wrote:"
    assert sorted(file.name for file in (folder / "runs" / "lab-descent").iterdir()) == FILES
    html = (folder / "runs" / "lab-descent" / "report.html").read_text()
    assert all(line.replace("<", "&lt;") in html for line in lines[9:13])


def test_numbers_in_the_file_obey_the_rule(folder: Path) -> None:
    answer(
        "lab", "descent", "-x*y + x**4 + y**4", "--from", "-1,2", "--lrs", "0.01,0.1", "--steps", "3", "--out", "out"
    )
    rows = rows_of(folder / "out" / "descent.csv")
    assert {row["lr"] for row in rows} == {"0.01", "0.1"}
    for row, after in pairwise(rows):
        for name in ("x", "y"):
            if not row[f"update_{name}"]:
                continue
            update, new = float(row[f"update_{name}"]), float(row[f"new_{name}"])
            assert update == float(row["lr"]) * float(row[f"slope_{name}"])
            assert new == float(row[name]) - update
            if after["step"] != "0":
                assert float(after[name]) == new


@pytest.mark.parametrize(("arguments", "beginning"), [([], "x = 1.5, y = 0.01"), (["--from", "-1,1"], "x = -1, y = 1")])
def test_a_named_surface_has_a_start_of_its_own(arguments: list[str], beginning: str) -> None:
    lines = answer("lab", "descent", "saddle", "--steps", "1", "--lrs", "0.1", *arguments)
    assert lines[0].startswith(f"saddle from {beginning}: ")


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["x +", "--from", "1"], "column 4: this is not a formula"),
        (["sinn(x)", "--from", "1"], "did you mean 'sin'"),
        (["x**2"], "a formula wants --from X: where to begin"),
        (["moons"], "moons is a data set; here a formula or one of rosenbrock, beale, ravine, saddle is wanted"),
        (["rosenbrok"], "did you mean 'rosenbrock'?"),
        (["x*y", "--from", "1"], "--from has a number for each of x, y, not 1"),
        (["x**2", "--from", "a"], "'a' is no list of numbers"),
        (["x**2", "--from", "nan"], "x starts at a finite number, not at nan"),
        (["log(x)", "--from", "-1"], "the loss at the start, or its gradient, is not finite: the loss is nan"),
        (["3", "--from", "1"], "'3' has no variable to move"),
        (["x**2", "--from", "1", "--lr", "nan"], "a learning rate is a finite number above 0, not nan"),
        (["x**2", "--from", "1", "--lrs", "1,0"], "a learning rate is a finite number above 0, not 0.0"),
        (["x**2", "--from", "1", "--lrs", "1,2,3,4,5,6,7"], "wanted at most 6 learning rates, got 7"),
        (["x**2", "--from", "1", "--steps", "0"], "0 is not in the range"),
    ],
)
def test_mistakes_are_one_line_and_leave_nothing(arguments: list[str], line: str, folder: Path) -> None:
    assert line in mistake("lab", "descent", *arguments)
    assert list(folder.iterdir()) == []
