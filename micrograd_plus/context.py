"""Where an operation happens: names of places, whether a graph is recorded, and who watches. One context per task.

Every operation reads one `ContextVar`, so the switches are per thread and per asynchronous task.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from typing import Any

from micrograd_plus.ops import Op

ScopePath = tuple[str, ...]  # the names of a scope, the outermost first

# Names made up anew in a long loop (`scope(f"step{i}")`) must not pile up.
_MOST_CHILDREN = 1024


class Watch:
    """Who is shown what happens in a block: does nothing itself, heirs override what they want to see.

    `replays` says that the nodes it is shown will be computed again on other numbers, without the Python around them.
    """

    replays = False

    def made(self, node: Any) -> None:
        """Look at a node that an operation has just made."""

    def propagated(self, node: Any) -> None:
        """Look at a node whose contributions have just been added to its inputs' gradients."""

    def compared(self, comparison: Op, a: Any, b: Any, outcome: Any) -> None:
        """Look at what Python's comparison or truth of a node came out as: a bool, of arrays a mask.

        `comparison` is the row of the table that computes the same of the node `a` and of `b`, a node, a number or an
        array; the truth of a node is that it is not equal to 0.
        """


class _Block:
    """Whether a block of `no_grad` or the like goes on: once it has ended, `after` is the scope that it began in."""

    __slots__ = ("after",)

    def __init__(self) -> None:
        self.after: Scope | None = None


class Scope:
    """A place in the program: `path` holds the names from the outermost, `records` is False under `no_grad`.

    `block` is that which says who records and watches.
    """

    __slots__ = ("_children", "block", "path", "plain", "records", "watch")

    def __init__(
        self,
        path: ScopePath = (),
        *,
        records: bool = True,
        watch: Watch | None = None,
        block: _Block | None = None,
    ) -> None:
        self.path = path
        self.block = block or _Block()
        self.records = records
        self.watch = watch
        self.plain = records and watch is None
        self._children: dict[str, Scope] = {}

    @property
    def replays(self) -> bool:
        """Whether operations are watched for a program that will repeat them on other numbers."""
        return self.watch is not None and self.watch.replays

    def child(self, name: str) -> Scope:
        """Return the scope `name` inside this one, always the same object."""
        found = self._children.get(name)
        if found is None:
            if len(self._children) >= _MOST_CHILDREN:
                self._children.popitem()  # the newest: those of layers came first
            found = self._children[name] = Scope(
                (*self.path, name), records=self.records, watch=self.watch, block=self.block
            )
        return found

    def __repr__(self) -> str:
        return f"<scope {'/'.join(self.path) or 'top'}>"


_TOP = Scope()
current: ContextVar[Scope] = ContextVar("micrograd_plus_scope", default=_TOP)


@contextmanager
def _inside(place_in: Callable[[Scope], Scope], *, is_new: bool = True) -> Iterator[Scope]:
    """Make the scope that `place_in` returns for the current one the current one while the block runs.

    Blocks may end in another order than they began, as those of generators do that yield in the middle: one whose scope
    `is_new` is not gone back to after its end. Ctrl-C leaves nothing entered: Python hears it at calls, and the last
    one is the one that leaves.
    """
    before = current.get()
    place = place_in(before)
    try:
        current.set(place)
        yield place
    finally:
        following = before
        if is_new:
            place.block.after = before
        try:
            if (now := current.get()) is not place:
                following = now
            while following.block.after is not None:
                following = following.block.after
        finally:
            current.set(following)


def entered(place: Scope) -> AbstractContextManager[Scope]:
    """Make `place` the current scope while the block runs."""
    return _inside(lambda here: place, is_new=False)


class scope:  # noqa: N801 - used as a function: `with scope("layer1"):`
    """Name the operations of a block, for pictures and for the debugger; one object is entered once at a time.

    >>> from micrograd_plus.value import Value
    >>> with scope("layer1"), scope("neuron2"):
    ...     Value(1.0).scope.path
    ('layer1', 'neuron2')
    """

    # As `_inside`, in a tenth of the time.
    __slots__ = ("before", "name", "place")

    def __init__(self, name: str) -> None:
        self.place: Scope | None = None
        if not isinstance(name, str) or not name:
            raise TypeError(f"a scope's name is a text that is not empty, got {name!r}")
        self.name = name

    def __enter__(self) -> Scope:
        self.before = before = current.get()
        self.place = place = before.child(self.name)
        current.set(place)
        return place

    def __exit__(self, *error: object) -> None:
        following = self.before
        while following.block.after is not None:
            following = following.block.after
        if current.get() is self.place:
            current.set(following)
        self.place = None

    def __del__(self) -> None:
        if self.place is not None:  # Ctrl-C came just where the block begins or ends
            self.__exit__()


# Whether this happens inside a function that is being derived: what comes out there must be nodes.
deriving: ContextVar[bool] = ContextVar("micrograd_plus_deriving", default=False)


def no_grad() -> AbstractContextManager[Scope]:
    """Compute without recording a graph: results made in the block are leaves.

    A generator that yields inside the block leaves it open for whoever asks it for the next item: there, a block is to
    end before the `yield`. The same holds for `scope` and all others.

    >>> from micrograd_plus.value import Value
    >>> x = Value(3.0)
    >>> with no_grad():
    ...     y = x * x
    >>> y.is_leaf, y.data
    (True, 9.0)
    """
    return _inside(lambda here: Scope(here.path, records=False, watch=here.watch))


def recorded() -> AbstractContextManager[Scope]:
    """Record the graph of what the block computes, even where a block of `no_grad()` is around it."""
    return _inside(lambda here: Scope(here.path, watch=here.watch))


def watched(watch: Watch) -> AbstractContextManager[Scope]:
    """Show `watch` each node that the block makes, derives or compares, after whoever watches the block around it."""

    def place_in(here: Scope) -> Scope:
        both = watch if here.watch is None else _Both(here.watch, watch)
        return Scope(here.path, records=here.records, watch=both)

    return _inside(place_in)


class _Both(Watch):
    def __init__(self, outer: Watch, inner: Watch) -> None:
        self.watches = outer, inner
        self.replays = outer.replays or inner.replays

    def made(self, node: Any) -> None:
        for watch in self.watches:
            watch.made(node)

    def propagated(self, node: Any) -> None:
        for watch in self.watches:
            watch.propagated(node)

    def compared(self, comparison: Op, a: Any, b: Any, outcome: Any) -> None:
        for watch in self.watches:
            watch.compared(comparison, a, b, outcome)
