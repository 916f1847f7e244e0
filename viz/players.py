"""`player`: pages that replay a backward pass or a training run."""

from __future__ import annotations

import os
from typing import overload

from micrograd_plus.arguments import described
from micrograd_plus.classifier import Classifier
from micrograd_plus.engine import Node
from micrograd_plus.training_history import History
from micrograd_plus.viz.page import Page


@overload
def player(
    source: Node, path: None = None, *, by: str = ..., rankdir: str = ..., detail: str = ..., start: int = ...
) -> Page: ...
@overload
def player(
    source: Node,
    path: str | os.PathLike[str],
    *,
    by: str = ...,
    rankdir: str = ...,
    detail: str = ...,
    start: int = ...,
) -> None: ...
@overload
def player(source: History, path: None = None, *, classifier: Classifier | None = None) -> Page: ...
@overload
def player(source: History, path: str | os.PathLike[str], *, classifier: Classifier | None = None) -> None: ...
def player(
    source: Node | History,
    path: str | os.PathLike[str] | None = None,
    *,
    classifier: Classifier | None = None,
    by: str = "auto",
    rankdir: str = "LR",
    detail: str = "auto",
    start: int = 0,
) -> Page | None:
    """Write an HTML file that replays a graph's backward pass or a training run; without a path, return the page.

    Of a node, the forward and the backward pass are played, beginning with step `start`: see `viz.backward_player` for
    `by`, `rankdir` and `detail`. Of a History that was recorded (`fit(..., record=True)`), the network is shown after
    each epoch, with the names of the `classifier` that was trained: see `viz.training_player`. The page needs no
    network.

    >>> from micrograd_plus import Value
    >>> x = Value(3.0, label="x")
    >>> "Content-Security-Policy" in player(x * x).html
    True
    """
    made = Page(_html(source, classifier, by, rankdir, detail, start))
    if path is None:
        return made
    made.save(path)
    return None


def _html(source: Node | History, classifier: Classifier | None, by: str, rankdir: str, detail: str, start: int) -> str:
    if isinstance(source, History):
        from micrograd_plus.viz.training_player import training_player_html

        return training_player_html(source, classifier)
    if not isinstance(source, Node):
        raise TypeError(f"wanted a Value, a Tensor or a History to play, got {described(source)}")
    from micrograd_plus.viz.backward_player import player_html

    return player_html(source, by=by, rankdir=rankdir, detail=detail, start=start)
