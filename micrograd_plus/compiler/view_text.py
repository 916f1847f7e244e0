"""How Python writes a view of a buffer: slices, an order of axes, or strides where nothing shorter says it."""

from __future__ import annotations

import numpy as np

from micrograd_plus.compiler.views import View, whole


def view_text(name: str, shape: tuple[int, ...], view: View) -> str:
    """Return the expression that gives `view` of the buffer `name` of this shape; axes that repeat have size 1.

    >>> view_text("w", (3, 4), View(0, (4, 3), (1, 4)))
    'w.T'
    >>> view_text("p", (20,), View(8, (3, 4), (4, 1)))
    'p[8:20].reshape(3, 4)'
    """
    view = View(
        view.offset, tuple(1 if s == 0 else n for n, s in zip(view.shape, view.strides, strict=True)), view.strides
    )
    for text in (_as_slices(name, shape, view), _as_reshape(name, shape, view)):
        if text and _gives(text, name, shape, view):
            return text
    strides = ", ".join(f"{s} * {name}.itemsize" for s in view.strides)
    comma = "," if len(view.shape) == 1 else ""
    flat = name if len(shape) == 1 else f"{name}.reshape(-1)"
    return f"as_strided({flat}[{view.offset}:], {view.shape}, ({strides}{comma}))"


def _gives(text: str, name: str, shape: tuple[int, ...], view: View) -> bool:
    """Tell whether the text gives the very elements of the view."""
    flat = np.empty(int(np.prod(shape)), np.int8)
    wanted, found = view.on(flat), eval(text, {name: flat.reshape(shape)})  # noqa: S307 - text of our own  # nosec B307
    if found.shape != wanted.shape or found.size == 0:
        return bool(found.shape == wanted.shape)
    same_start = found.__array_interface__["data"][0] == wanted.__array_interface__["data"][0]
    steps = zip(found.shape, found.strides, wanted.strides, strict=True)
    return same_start and all(n == 1 or a == b for n, a, b in steps)


def _as_slices(name: str, shape: tuple[int, ...], view: View) -> str:
    """Return slices of the buffer's own axes, transposed if need be."""
    own = whole(shape).strides
    rest, starts = view.offset, []
    for stride, size in zip(own, shape, strict=True):
        starts.append(min(rest // max(stride, 1), size - 1))
        rest -= starts[-1] * stride
    if rest:
        return ""
    order: list[int | None] = []
    parts = [str(start) for start in starts]
    for size, stride in zip(view.shape, view.strides, strict=True):
        axis = _axis_of(abs(stride), own, shape) if size != 1 else None
        order.append(axis)
        if axis is not None:
            parts[axis] = _slice(starts[axis], size, abs(stride) // own[axis], shape[axis])
    used = [axis for axis in order if axis is not None]
    if len(set(used)) < len(used) or any(stride < 0 for stride in view.strides):
        return ""
    if used != sorted(used):
        text = name + _bracket(parts)
        if len(used) == 2 and None not in order:
            return text + ".T"
        ranks = [sorted(used).index(axis) for axis in used]
        text += f".transpose({', '.join(map(str, ranks))})"
        return text + _bracket(["None" if axis is None else ":" for axis in order])
    return name + _bracket(_with_new_axes(parts, order))


def _with_new_axes(parts: list[str], order: list[int | None]) -> list[str]:
    """Put the axes of size 1 of a view where they belong between the slices of the buffer's axes."""
    if not order:
        return [*parts, "..."]  # an array of one element, rather than the element
    result: list[str] = []
    done = 0
    for axis in order:
        if axis is None:
            result.append("None")
        else:
            result += parts[done : axis + 1]
            done = axis + 1
    return result + parts[done:]


def _axis_of(stride: int, own: tuple[int, ...], shape: tuple[int, ...]) -> int | None:
    for k, (step, size) in enumerate(zip(own, shape, strict=True)):
        if size != 1 and step and stride % step == 0:
            return k
    return None


def _slice(start: int, size: int, step: int, whole_size: int) -> str:
    stop = start + (size - 1) * step + 1
    ends = f"{start or ''}:{'' if stop == whole_size or (step > 1 and stop + step > whole_size) else stop}"
    return ends if step == 1 else f"{ends}:{step}"


def _bracket(parts: list[str]) -> str:
    while parts and parts[-1] == ":":
        parts = parts[:-1]
    return f"[{', '.join(parts)}]" if parts else ""


def _as_reshape(name: str, shape: tuple[int, ...], view: View) -> str:
    """Return a stretch of the flat buffer in another shape, sliced or transposed."""
    flat = name if len(shape) == 1 else f"{name}.reshape(-1)"
    order = sorted(range(len(view.shape)), key=lambda k: (-view.strides[k], view.shape[k] != 1))
    strides = [view.strides[k] for k in order]
    if not strides or any(s < 0 for s in strides):
        return ""
    # The sizes of a C-ordered array in which these strides are whole axes.
    dims = [view.shape[order[0]]]
    for k in range(1, len(order)):
        if strides[k] == 0:
            dims.append(1)
            continue
        if strides[k - 1] % strides[k]:
            return ""
        dims.append(strides[k - 1] // strides[k])
    if strides[-1] != 1 or 0 in strides:
        return ""
    size = int(np.prod(dims))
    total = int(np.prod(shape))
    start = view.offset
    cut = [f":{view.shape[axis]}" if view.shape[axis] != dim else ":" for axis, dim in zip(order, dims, strict=True)]
    if start + size > total:
        return ""
    ends = "" if (start, size) == (0, total) else f"[{start or ''}:{start + size if start + size < total else total}]"
    text = f"{flat}{ends}" + (f".reshape({', '.join(map(str, dims))})" if len(dims) > 1 else "") + _bracket(cut)
    if order == list(range(len(order))):
        return text
    if order == [1, 0]:
        return text + ".T"
    back = [order.index(k) for k in range(len(order))]
    return f"{text}.transpose({', '.join(map(str, back))})"
