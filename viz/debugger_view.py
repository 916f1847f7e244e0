"""How a debugger shows itself: the picture at its position, with what acted last marked and in words."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from micrograd_plus.debugger import Contribution, Debugger
from micrograd_plus.engine import Node
from micrograd_plus.explanation import is_bare_number
from micrograd_plus.viz.collapse import Group, groups
from micrograd_plus.viz.collected import ArrowsBetween, Look
from micrograd_plus.viz.drawing import Drawing
from micrograd_plus.viz.from_graph import picture_of
from micrograd_plus.viz.picture import Box, Numbers, Picture
from micrograd_plus.viz.slides import Frames
from micrograd_plus.viz.stages import Stage, caption_of, known


def debug(root: Node) -> ShownDebugger:
    """Return a debugger of `root` that notebooks show as the picture at its position. Errors as for `Debugger`.

    >>> from micrograd_plus import Value
    >>> x = Value(3.0, label="x")
    >>> debug((x * x).tanh())
    <debugger at step 0 of 3>
    """
    return ShownDebugger(root)


class ShownDebugger(Debugger):
    """A debugger that notebooks show as the picture at its position, which the core knows nothing of."""

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        try:
            text = "\n".join([repr(self), *_words(self)])
            return drawing_at(self)._repr_mimebundle_() | {"text/plain": text}
        except Exception as error:  # noqa: BLE001 - a notebook would show a traceback in place of the cell's result
            return {"text/plain": f"{self!r}, not drawn: {error}"}


class PositionDrawing(Drawing):
    """A drawing of one moment of a walk, with the legend of its end and room for the numbers of both."""

    def __init__(self, now: Stage, end: Stage, rankdir: str, root: Node) -> None:
        super().__init__(now.picture, rankdir, root)
        self.dot = Frames([now, end], rankdir).dot(0)


def drawing_at(debugger: Debugger, detail: str = "auto", rankdir: str = "LR") -> PositionDrawing:
    """Return the drawing at the position of a debugger; `detail` and `rankdir` are those of `draw`.

    What acted last has a purple outline, a box and the arrow along which it handed on a gradient, and stands below in
    words. Colours mean the same at all positions. The debugger stays where it is.

    >>> from micrograd_plus import Value
    >>> x = Value(3.0, label="x")
    >>> debugger = Debugger((x * x).tanh())
    >>> step = debugger.step()
    >>> drawing_at(debugger).dot.count("grad yet")
    1
    """
    position = _Position(debugger, detail)
    title = repr(debugger)[1:-1].removeprefix("debugger ").capitalize()
    caption = caption_of([title, *_words(debugger)])
    now = Stage(position.picture(), caption, position.current())
    return PositionDrawing(now, Stage(position.at_end, caption, frozenset()), rankdir, debugger.root)


def _words(debugger: Debugger) -> list[str]:
    """Return in words what was done last."""
    event = debugger.last
    if isinstance(event, Contribution):
        return [line for line in (event.rule.line, event.rule.local) if line]
    return [] if event is None else [repr(event)]


class _Position:
    """Which boxes and arrows of a picture the walk has come to."""

    def __init__(self, debugger: Debugger, detail: str) -> None:
        self.debugger = debugger
        self.detail = detail
        self.groups = groups(debugger.recording.nodes, detail)
        self.box_of = {node: k for k, group in enumerate(self.groups) for node in group.members}
        self.at_end = self._picture_at_end()

    def _picture_at_end(self) -> Picture:
        """Return the picture after the last step, where boxes are called as in the chain rules, without heat maps."""
        at = self.debugger.at
        try:
            self.debugger.end()
            picture = picture_of(self.debugger.root, self.detail)
        finally:
            self.debugger.goto(at)
        return replace(picture, boxes=tuple(map(self._named, self.groups, picture.boxes)))

    def _named(self, group: Group, box: Box) -> Box:
        name = box.name
        if len(group.members) == 1 and not is_bare_number(group.members[0]):
            name = name or self.debugger.names[group.members[0]]
        return replace(box, name=name, heat=None)

    def picture(self) -> Picture:
        """Return what is known at this position."""
        recording = self.debugger.recording
        boxes = picture_of(self.debugger.root, self.detail).boxes
        looks = {k: Look(True, box.grad, 0, self._is_complete(k)) for k, box in enumerate(boxes) if box.grad}
        done = max(self.debugger.at - self.debugger.start, 0)
        played = {self._key(recording.nodes[place]) for place in set(recording.reader[:done])}
        now = known(self.at_end, looks, self._carrying(done), played)
        waiting = {box.key for k, box in enumerate(now.boxes) if not self._is_evaluated(k)}
        return replace(
            now,
            boxes=tuple(replace(box, data=_NOT_YET) if box.key in waiting else box for box in now.boxes),
            arrows=tuple(replace(arrow, slope=None) if arrow.head in waiting else arrow for arrow in now.arrows),
        )

    def current(self) -> frozenset[str]:
        """Return what acted last: the key of a box, and for a step the two ends of an arrow."""
        event = self.debugger.last
        if event is None:
            return frozenset()
        acting = self._key(event.node)
        if not isinstance(event, Contribution):
            return frozenset([acting])
        return frozenset([acting, f"{self._key(event.input)} -> {acting}"])

    def _key(self, node: Node) -> str:
        return self.at_end.boxes[self.box_of[node]].key

    def _is_complete(self, k: int) -> bool:
        return all(self.debugger.is_complete(node) for node in self.groups[k].members)

    def _is_evaluated(self, k: int) -> bool:
        return all(self.debugger.is_evaluated(node) for node in self.groups[k].members)

    def _carrying(self, done: int) -> set[int]:
        """Return the arrows along which the steps that are done go."""
        between = ArrowsBetween(self.at_end.arrows)
        recording = self.debugger.recording
        keys = [self._key(node) for node in recording.nodes]
        found: set[int] = set()
        for step in range(done):
            reader, k, input = recording.reader[step], recording.k[step], recording.input[step]
            found.update(between.along(keys[input], keys[reader], recording.nodes[reader], k))
        return found


class _Unknown(Numbers):
    """A number that is not computed yet."""

    __slots__ = ()

    def __str__(self) -> str:
        return "not yet"


_NOT_YET = _Unknown(0.0, 0.0, 0.0)
