"""What is to be compiled, and how: the graph or the function that builds it, the inputs, what gets gradients."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from micrograd_plus.arguments import described
from micrograd_plus.compiler.groups import groups_of
from micrograd_plus.compiler.guards import Comparisons, Guard, broken
from micrograd_plus.compiler.holding import Marks
from micrograd_plus.compiler.inputs import Input, inputs_of
from micrograd_plus.compiler.version import Version
from micrograd_plus.context import recorded, watched
from micrograd_plus.engine import CONSTANT, PARAMETER, Node, graph
from micrograd_plus.optim import Optimizer
from micrograd_plus.tensor import Tensor


@dataclass
class Built:
    """What a build gave: the loss and the numbers beside it, the inputs it read, the comparisons it made."""

    numbers: tuple[Any, ...]
    inputs: list[Input]
    guards: list[Guard]

    @property
    def loss(self) -> Any:
        """A Value or a Tensor."""
        return self.numbers[0]

    @property
    def roots(self) -> list[Any]:
        """All that is to be computed: the numbers, and how many guards are broken if there are any."""
        return [*self.numbers, *([broken(self.guards)] if self.guards else [])]


class Task:
    """The arguments of `compile()`, checked: TypeError or ValueError in one line for what cannot be compiled."""

    def __init__(
        self,
        target: Node | Callable[..., Any],
        examples: Sequence[Any],
        *,
        batch: bool,
        optimizer: Optimizer | None,
        on_guard: str,
        parameters: Iterable[Any] | None,
    ) -> None:
        if not isinstance(target, Node) and not callable(target):
            raise TypeError(f"wanted a Value, a Tensor or a function that builds one, got {described(target)}")
        if isinstance(target, Node) and (examples or batch):
            raise TypeError("a finished graph takes no inputs and no batch: give the function that builds it")
        if batch and not examples:
            raise ValueError("batch=True wants an example of each input, of one sample")
        if optimizer is not None and not isinstance(optimizer, Optimizer):
            raise TypeError(f"wanted an optimizer such as optim.Adam(parameters), got {described(optimizer)}")
        if optimizer is not None and parameters is not None:
            raise ValueError("the optimizer says what the parameters are: give one of the two")
        if on_guard not in ("rebuild", "error"):
            raise ValueError(f"on_guard is 'rebuild' or 'error', not {on_guard!r}")
        self.target = target
        self.examples = examples
        self.batch = batch
        self.on_guard = on_guard
        self.optimizer = optimizer
        self.parameters = _leaves(parameters) if parameters is not None else None
        self._marks = Marks()
        # Built at once, so that what is wrong with it is said here.
        self._first: Built | None = self.built(examples)

    def built(self, examples: Sequence[Any]) -> Built:
        """Return the graph of the loss on examples, the inputs from which it reads them, and what was compared."""
        found: Any = self.target
        inputs, guards = [], []
        if not isinstance(self.target, Node):
            inputs = inputs_of(self.target, examples)
            with recorded(), watched(comparisons := Comparisons()):
                found = self.target(*[i.argument for i in inputs])
            guards = comparisons.guards
        numbers = found if isinstance(found, tuple) and found else (found,)
        for number in numbers:
            self._require_number(number, numbers[0])
        if any(guard.a.kind is not numbers[0].kind for guard in guards):
            raise TypeError(f"the build of a {numbers[0].kind.__name__} compares nodes of the other kind")
        return Built(numbers, inputs, guards)

    def _require_number(self, root: Any, first: Any) -> None:
        if not isinstance(root, Node):
            raise TypeError(f"wanted a function that returns a Value or a Tensor, got {described(root)}")
        if root.kind is not first.kind:
            raise TypeError(f"wanted numbers of one kind, got a {first.kind.__name__} and a {root.kind.__name__}")
        if isinstance(root, Tensor) and root.size != 1:
            raise ValueError(f"wanted a loss of one number, got shape {root.shape}: take its mean, say")
        if isinstance(root, Tensor) and self.batch:
            raise ValueError("batch=True is for graphs of Values: Tensors have an axis for the batch of their own")

    def like_examples(self, arrays: Sequence[Any]) -> list[Any]:
        """Return inputs of one sample in the form of the examples: nested lists of numbers, or arrays."""
        kept = (np.ndarray, Tensor)
        pairs = zip(arrays, self.examples, strict=True)
        return [
            a if isinstance(e, kept) else np.reshape(a, np.shape(a) if np.ndim(e) else ()).tolist() for a, e in pairs
        ]

    def version(self, batch: int | None, built: Built | None = None) -> Version:
        """Return the functions of a graph, else of that of the examples, for batches of a size."""
        built = built or self._first or self.built(self.examples)
        self._first = None
        with recorded():
            root, roots, inputs = built.loss, built.roots, built.inputs
        given = {node for i in inputs for node in i.nodes}
        leaves = [node for node in graph(*roots) if node.is_leaf and node not in given]
        below = leaves if len(roots) == 1 else [n for n in graph(root) if n.is_leaf and n not in given]
        trained = self._trained(below)
        read = [leaf for leaf in leaves if leaf.op is not CONSTANT or leaf in trained]
        known = set(leaves)
        others = [p for p in self.optimizer.params if p not in known and type(p) is root.kind] if self.optimizer else []
        seen = [guard.seen for guard in built.guards]
        numbers = (
            dict(zip(self.optimizer.params, self.optimizer.group_numbers(), strict=True)) if self.optimizer else {}
        )
        return Version(
            roots, groups_of(read, trained, others, numbers), inputs, self.optimizer, batch, seen, self._marks
        )

    def _trained(self, leaves: Sequence[Node]) -> set[Node]:
        """Return the leaves that get gradients."""
        if self.optimizer is None and self.parameters is None:
            found = {leaf for leaf in leaves if leaf.op is PARAMETER}
            return found or {leaf for leaf in leaves if leaf.op is not CONSTANT}
        wanted = self.optimizer.params if self.optimizer else self.parameters
        found = set(leaves).intersection(wanted or ())
        if not found:
            whose = "the optimizer's" if self.optimizer else "these"
            raise ValueError(f"the loss depends on none of {whose} parameters")
        return found

    def require_count(self, inputs: Sequence[Any]) -> None:
        """Raise a TypeError unless there are as many inputs as examples."""
        if len(inputs) != len(self.examples):
            raise TypeError(f"wanted {len(self.examples)} input(s), as there were examples, got {len(inputs)}")


def _leaves(parameters: Iterable[Any]) -> list[Any]:
    if isinstance(parameters, Node) or not isinstance(parameters, Iterable):
        raise TypeError(f"wanted a list of parameters, got {described(parameters)}")
    found = list(parameters)
    for parameter in found:
        if not isinstance(parameter, Node) or not parameter.is_leaf:
            raise TypeError(f"wanted leaves as parameters, got {described(parameter)}")
    return found
