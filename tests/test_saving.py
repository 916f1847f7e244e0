"""A saved program runs with NumPy alone and goes on from where it was."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from micrograd_plus import Tensor, Value
from micrograd_plus.compiler.compilation import compile
from micrograd_plus.nn import MLP
from micrograd_plus.optim import SGD, Adam


def run(folder: Path, code: str = "") -> list[float]:
    """Run `step.py`, or code after it, where micrograd_plus cannot be imported; return the numbers it prints."""
    text = f"""
import runpy, sys
assert "micrograd_plus" not in sys.modules
step = runpy.run_path({str(folder / "step.py")!r}, run_name={"'step'" if code else "'__main__'"})
{code}
assert not [name for name in sys.modules if name.startswith("micrograd")]
"""
    done = subprocess.run([sys.executable, "-I", "-c", text], cwd=folder, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    return [float(number) for number in done.stdout.split()]


def program_of_a_network(optimizer: Any = None) -> Any:
    model = MLP(2, [4, 1], rng=0)

    def loss(x: Any, y: Any) -> Any:
        return (model(x) - y) ** 2 + 0.01 * sum(p * p for p in model.parameters())

    return compile(loss, [0.0, 0.0], 0.0, batch=True, optimizer=optimizer and optimizer(model.parameters()))


def test_loss_and_gradients(tmp_path: Path) -> None:
    program = program_of_a_network()
    x, y = np.random.default_rng(0).normal(size=(2, 6, 2)), np.arange(6.0)
    program(x[0], y)
    program.save(tmp_path)
    assert run(tmp_path) == [program()]
    [loss, largest] = run(
        tmp_path, f'print(step["loss"]({x[1].tolist()}, {y.tolist()}))\nprint(abs(step["gradients"]).max())'
    )
    assert loss == program(x[1], y)
    gradients = np.load(tmp_path / "arrays.npz")["gradients"]
    assert gradients.shape == (17,)
    assert largest == abs(program._current.current.buffers["gradients"]).max()


@pytest.mark.parametrize("make", [lambda p: SGD(p, lr=0.1, momentum=0.9), lambda p: Adam(p, lr=0.1)])
def test_steps_go_on(tmp_path: Path, make: Any) -> None:
    program = program_of_a_network(make)
    x, y = np.random.default_rng(0).normal(size=(6, 2)), np.arange(6.0)
    program.train(3, x, y)
    program._task.optimizer.step()  # its own step counts as one of the program's
    program.save(tmp_path / "new" / "folder")
    losses = run(tmp_path / "new" / "folder", 'for _ in range(3): print(step["step"]())\nstep["save"]()')
    losses += run(tmp_path / "new" / "folder")
    assert losses == [program.step() for _ in range(4)]


def test_large_parameters(tmp_path: Path) -> None:
    w = Tensor(np.linspace(-1.0, 1.0, 70_000), label="w")
    program = compile((w * w).sin().sum(), optimizer=Adam([w], lr=0.1))
    program.save(tmp_path)
    assert run(tmp_path, 'print(step["step"]())\nprint(step["step"]())') == [program.step(), program.step()]


def test_functions_that_numpy_lacks_are_written_out(tmp_path: Path) -> None:
    w = Tensor(np.random.default_rng(0).normal(size=(3, 4, 2)), label="w")
    program = compile((w.erf() * w).max(axis=(0, 2)).sum() + w.gelu().max())
    program.save(tmp_path)
    [loss, total] = run(tmp_path, 'print(step["loss"]())\nprint(step["gradients"].sum())')
    assert loss == program()
    assert total == w.grad.sum()


def test_edges_of_numbers_need_no_numpy(tmp_path: Path) -> None:
    w = Value(2.0)
    program = compile(w.erf().exp() * w.log())
    program.save(tmp_path)
    assert run(tmp_path) == [program()]


def test_shapes_are_those_that_the_program_takes(tmp_path: Path) -> None:
    program = program_of_a_network()
    program(np.zeros((3, 2)), np.zeros(3))
    program.save(tmp_path)
    code = """
import numpy as np
for shape in [(2, 3), (1, 2), (6,), ()]:
    try:
        step["loss"](np.zeros(shape))
    except ValueError as error:
        print(int(str(error) == f"wanted shape (3, 2) for 'x', got {shape}"))"""
    assert run(tmp_path, code) == [1.0] * 4


def test_saving_again_replaces_the_files_and_leaves_others(tmp_path: Path) -> None:
    program = program_of_a_network(lambda p: SGD(p, lr=0.1))
    (tmp_path / "notes.txt").write_text("mine")
    program.save(tmp_path)
    program.train(2)
    program.save(str(tmp_path))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["arrays.npz", "notes.txt", "step.py"]
    assert run(tmp_path) == [program.step()]


def test_a_file_in_the_place_of_the_folder_is_left_as_it_is(tmp_path: Path) -> None:
    place = tmp_path / "program"
    place.write_text("mine")
    with pytest.raises(FileExistsError):
        program_of_a_network().save(place)
    assert place.read_text() == "mine"
