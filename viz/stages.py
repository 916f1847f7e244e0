"""A backward pass as pictures, one after each step: the frames of a film, drawn one by one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, replace

from micrograd_plus.engine import Node, graph
from micrograd_plus.texts import shortened
from micrograd_plus.viz.collapse import groups
from micrograd_plus.viz.collected import Look
from micrograd_plus.viz.picture import Box, Flow, Picture
from micrograd_plus.viz.playback import Film, Frame, film

MOST_STAGES = 150
_MOST_RULES = 3
_LONGEST_LINE = 120


@dataclass(frozen=True, slots=True)
class Stage:
    """What is known after a step: the picture, the step in words, and the keys of the boxes that have just been played.

    `picture.scale` is that of the whole pass, so that colours mean the same in all stages.
    """

    picture: Picture
    caption: tuple[str, ...]
    current: frozenset[str]


def stages(root: Node, by: str = "auto") -> list[Stage]:
    """Return the stages of `root.backward()` on a graph without gradients; the graph keeps the gradients it has.

    The first stage knows the gradient of the root only, the last one all. `by` is "node", "layer" or "contribution" as
    for `playback.film`, or "auto": a graph of several layers is played by layers, any other as `film` chooses.
    ValueError if there are more than 150 stages; other errors as for `film`.

    >>> from micrograd_plus import Value
    >>> x = Value(3.0, label="x")
    >>> for stage in stages((x * x).tanh()):
    ...     print(stage.caption[0])
    Backward begins at out
    1 of 2. Backward: out = tanh(#2)
    2 of 2. Backward: #2 = x * x
    """
    if by == "auto" and isinstance(root, Node):
        by = "layer" if sum(bool(group.path) for group in groups(graph(root), "layer")) > 1 else by
    played = film(root, by)
    shown = [frame for frame in played.frames if frame.part in ("seed", "backward")]
    if len(shown) > MOST_STAGES:
        coarser = "play by='layer'" if by != "layer" else "give its parts names, `with scope(name):`"
        raise ValueError(f"{len(shown):,} frames are more than {MOST_STAGES}: {coarser}")
    return list(_stages(played, shown))


def _stages(played: Film, shown: list[Frame]) -> Iterator[Stage]:
    picture = replace(played.picture, boxes=tuple(replace(box, heat=None) for box in played.picture.boxes))
    looks: dict[int, Look] = {}
    carrying: set[int] = set()
    done: set[str] = set()
    for k, frame in enumerate(shown):
        looks |= dict(frame.looks)
        carrying |= set(frame.arrows)
        current = frozenset(picture.boxes[box].key for box in frame.boxes)
        done |= current if k else set()
        title = f"{k} of {len(shown) - 1}. {frame.title}" if k else frame.title
        lines = [title, *(rule.line for rule in frame.rules[:_MOST_RULES]), frame.remark]
        yield Stage(known(picture, looks, carrying, done), caption_of(lines), current)


def caption_of(lines: Iterable[str]) -> tuple[str, ...]:
    """Return the lines that are not empty, short enough to stand below a picture."""
    return tuple(shortened(line, _LONGEST_LINE).replace("\n", " ") for line in lines if line)


def known(final: Picture, looks: Mapping[int, Look], carrying: Set[int], done: Set[str]) -> Picture:
    """Return the picture at a time when boxes looked so, these arrows carried a share, and these boxes were played."""
    boxes = (_known_box(box, looks.get(k), is_done=box.key in done) for k, box in enumerate(final.boxes))
    arrows = (arrow if k in carrying else arrow.pending() for k, arrow in enumerate(final.arrows))
    return replace(final, boxes=tuple(boxes), arrows=tuple(arrows))


def _known_box(box: Box, look: Look | None, *, is_done: bool) -> Box:
    cuts = box.cuts and is_done
    if look is None or look.grad is None:
        flow = box.flow if box.flow is Flow.NEVER else Flow.PENDING
        return replace(box, grad=None, flow=flow, note="", cuts=cuts)
    if look.is_complete:
        return replace(box, cuts=cuts)
    return replace(box, grad=look.grad, flow=Flow.FLOWING if look.grad.strongest else Flow.ZERO, note="", cuts=cuts)
