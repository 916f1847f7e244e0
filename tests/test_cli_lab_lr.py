"""`micrograd-plus lab lr`: what it prints, what it writes, and the mistakes it answers."""

import subprocess
from pathlib import Path

import pytest

from tests.command_line import answer, files, mistake, process, rows_of

pytestmark = pytest.mark.usefixtures("own_folder")

FILES = [
    "curvature.csv",
    "curvature.png",
    "lr.csv",
    "lr.gif",
    "lr.png",
    "range_test.csv",
    "range_test.png",
    "report.html",
    "stability.csv",
]
BOWL = ("x**2 - 3*x", "--from", "4")


@pytest.mark.slow
def test_it_prints_verdicts_and_limits_and_writes_the_numbers() -> None:
    lines = answer("lab", "lr", *BOWL, "--lrs", "1.1,0.01,0.25", "--steps", "40", "--out", "a/b")
    assert lines[0].startswith("0.01  too small: ")
    assert lines[1].startswith("0.25  just right: ")
    assert lines[2].startswith("1.1   too large: diverges after ")
    assert lines[3] == "Just right: 0.25."
    assert lines[4].startswith("The largest stable rate is 0.99")
    assert lines[5].startswith("2/lambda_max is 2/2 = 1.")
    assert lines[6].startswith("The range test suggests ")
    assert lines[7] == "wrote:"
    assert files(Path("a/b")) == FILES
    found = [row for row in rows_of("a/b/lr.csv") if row["lr"] == "0.25"]
    assert [float(row["x"]) for row in found[:6]] == [4.0, 2.75, 2.125, 1.8125, 1.65625, 1.578125]
    assert [int(row["step"]) for row in found] == list(range(41))
    assert {row["verdict"] for row in rows_of("a/b/lr.csv")} == {"too small", "just right", "too large"}
    curvatures = [float(row["lambda_max"]) for row in rows_of("a/b/curvature.csv")]
    assert [min(curvatures), max(curvatures)] == pytest.approx([2.0, 2.0])
    trials = rows_of("a/b/stability.csv")
    assert max(float(row["lr"]) for row in trials if row["is_stable"] == "True") == pytest.approx(1.0, rel=0.01)


@pytest.mark.slow
def test_data_train_a_network_epoch_by_epoch_seen_over_two_weights() -> None:
    plane = "layer1.weight[0,0],layer1.bias[0]"
    lines = answer("lab", "lr", "moons", "--hidden", "2", "--epochs", "5", "--lrs", "0.1", "--plane", plane)
    assert "5 epochs" in lines[0]
    assert files(Path("runs/lab-lr")) == FILES


@pytest.mark.slow
def test_a_table_comes_through_a_pipe() -> None:
    with process("lab", "lr", "-", "--epochs", "5", "--lrs", "0.1", cwd=Path(), stdin=subprocess.PIPE) as piped:
        stdout, stderr = piped.communicate("a,b,kind\n" + "1,2,yes\n3,4,no\n" * 3)
    assert (piped.returncode, stderr) == (0, "")
    assert "5 epochs" in stdout


@pytest.mark.slow
def test_the_same_command_writes_the_same_bytes() -> None:
    for folder in ("one", "two"):
        answer("lab", "lr", "ravine", "--steps", "20", "--lrs", "0.01,auto", "--out", folder)
    for name in FILES:
        assert Path("one", name).read_bytes() == Path("two", name).read_bytes(), name


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("moons", "--lrs", "0.1,fast"), "'0.1,fast' is no list of rates such as 0.01,0.1,auto"),
        (("moons", "--lrs", "0.1,-1"), "a learning rate is a number from 1e-12 to 1e+12 or 'auto', not -1.0"),
        (("moons", "--lrs", ""), "'' is no list of rates"),
        (("mons",), "did you mean 'moons'?"),
        (("x**2",), "--from X"),
        (("log(x)", "--from", "-1"), "not finite"),
        (("moons", "--epochs", "0"), "--epochs"),
        (("moons", "--epochs", "2", "--lrs", "1", "--plane", "w,b"), "no parameter 'w'"),
    ],
)
def test_mistakes_are_answered_in_one_line(options: tuple[str, ...], told: str) -> None:
    assert told in mistake("lab", "lr", *options)
    assert files(Path()) == []
