"""`compile`: from a graph, or a function that builds one, to a program."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from micrograd_plus.compiler.collector import collector_paused
from micrograd_plus.compiler.program import Program
from micrograd_plus.compiler.task import Task
from micrograd_plus.optim import Optimizer


def compile(  # noqa: A001 - the name of what it does, in other frameworks too
    target: Any,
    *examples: Any,
    batch: bool = False,
    optimizer: Optimizer | None = None,
    on_guard: str = "rebuild",
    parameters: Iterable[Any] | None = None,
) -> Program:
    """Return a program that computes a loss and its gradients in NumPy calls on kept buffers.

    `target` is a finished Value or Tensor, or a function that builds it from inputs like the examples: of a number the
    function gets a Value, of a nested list the same nesting of Values, of an array or a Tensor a Tensor. With `batch`
    the graph is that of one sample, inputs have an axis of samples in front, and the loss is the mean over them.

    Gradients are computed of the optimizer's parameters, else of `parameters`, else of all that `nn.parameter` made,
    and of all leaves if there are none of these. All leaves go on being read; only constants, which are the numbers and
    arrays that operations met, stay as they are.

    Comparisons of nodes that Python makes in the function (`if x > 0`, `max(values)`, a mask `t > 0`) are checked on
    every call. Where one comes out otherwise than when the program was built, it is built anew, with a RuntimeWarning
    and once for each way, or with `on_guard="error"` a `GuardError` is raised; in a batch all rows have to agree. What
    was decided by `x.data` or `float(x)`, and of a finished graph all, is not known and stays as it was.

    The function may return a tuple: the loss, and other numbers that `program.others` holds after each call. TypeError
    or ValueError for what cannot be compiled, such as 50,000 operations of which no two are alike.

    >>> from micrograd_plus import Value
    >>> w = Value(3.0, label="w")
    >>> program = compile(lambda x, y: (w * x - y) ** 2, 2.0, 5.0)
    >>> program(2.0, 4.0), w.grad
    (4.0, 8.0)
    """
    with collector_paused():
        task = Task(target, examples, batch=batch, optimizer=optimizer, on_guard=on_guard, parameters=parameters)
    return Program(task)
