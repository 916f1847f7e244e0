"""Commands that explain and examine: why a gradient is what it is, whether it is right, and what is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from micrograd_plus.cli.debugging.command import Command, Dialog, Words, nothing_in, shown, wrapped
from micrograd_plus.cli.debugging.formula import Reference, entry_of, reference
from micrograd_plus.cli.debugging.looking import source_of
from micrograd_plus.cli.debugging.positions import position
from micrograd_plus.engine import Node
from micrograd_plus.explanation import equation, number_or_range

if TYPE_CHECKING:
    from micrograd_plus.slope_checks import Comparison, SlopeCheck

BY = " by "


def _why(dialog: Dialog, text: str) -> str:
    from micrograd_plus.array_paths import paths_of
    from micrograd_plus.why import explained

    debugger = dialog.session.debugger
    place, _, by = text.partition(BY)
    if not place:
        raise ValueError("why wants a node, as in: why x, or: why x by layer")
    found = reference(debugger, place)
    if found is None:
        raise ValueError(f"wanted a node to explain, got {shown(place)}")
    entry_of(found.node.data, found.name, found.entry)
    paths = debugger.paths if isinstance(debugger.root.data, float) else paths_of(debugger.recording)
    why = explained(paths, found.node, debugger.names, by.strip() or "path", found.entry).in_columns(dialog.columns)
    return f"{why}\n{_so_far(dialog, found)}".rstrip()


def _so_far(dialog: Dialog, found: Reference) -> str:
    debugger = dialog.session.debugger
    if debugger.is_complete(found.node):
        return ""
    number = number_or_range(found.node.grad) if found.node.has_grad else "nothing"
    return f"so far, at {position(debugger)}, it has {number}"


# --- check ------------------------------------------------------------------------------------------------------------


def _check(dialog: Dialog, text: str) -> str:
    from micrograd_plus.slope_checks import check_slopes

    nothing_in(text, "check")
    session = dialog.session
    found = check_slopes(session.debugger.recording, [node for _, node in session.params()])
    lines = [_local(dialog, found), *_end_to_end(dialog, found)]
    if found.skipped:
        named = ", ".join(equation(node, dialog.session.debugger.names) for node in found.skipped[:3])
        lines.append(f"not compared: {len(found.skipped):,} ({named}{', ...' if len(found.skipped) > 3 else ''})")
    return "\n".join(lines)


def _local(dialog: Dialog, found: SlopeCheck) -> str:
    wrong = [each for each in found.slopes if not each.is_right]
    if not wrong:
        return f"all {len(found.slopes):,} local slopes agree with differences"
    first = wrong[0]
    lines = [
        f"{_of(wrong, found.slopes, 'local slopes')} wrong; the first in the backward pass is",
        f"  {_titled(dialog, first.node)}",
        f"  {_compared(dialog, first)}",
    ]
    return "\n".join(lines)


def _of(some: Sequence[Comparison], every: Sequence[Comparison], what: str) -> str:
    return f"{len(some):,} of {len(every):,} {what} {'is' if len(some) == 1 else 'are'}"


def _end_to_end(dialog: Dialog, found: SlopeCheck) -> list[str]:
    if not found.gradients:
        return ["no gradient was compared end to end"]
    wrong = [each for each in found.gradients if not each.is_right]
    if wrong:
        told = [f"  {_compared(dialog, each)}" for each in wrong[:5]]
        return [f"end to end, {_of(wrong, found.gradients, 'gradients')} wrong:", *told]
    if found.gradients[0].input is None:
        return ["end to end, the parameters' gradients agree with a difference along a random direction"]
    names = ", ".join(
        dialog.session.debugger.names[each.input] for each in found.gradients[:5] if each.input is not None
    )
    more = ", ..." if len(found.gradients) > 5 else ""
    return [f"end to end, the gradients agree with differences: {names}{more}"]


def _titled(dialog: Dialog, node: Node) -> str:
    source = source_of(node)
    return equation(node, dialog.session.debugger.names) + (f", {source[0]}, line {source[1]}" if source else "")


def _compared(dialog: Dialog, each: Comparison) -> str:
    names = dialog.session.debugger.names
    wanted = "the gradient along a random direction"
    if each.input is not None:
        wanted = f"∂{names[each.node]}/∂{names[each.input]}"
    return f"{wanted} is {each.claimed:.6g}, but differences give {each.found:.6g}"


# --- diagnose ---------------------------------------------------------------------------------------------------------


def _diagnose(dialog: Dialog, text: str) -> str:
    from micrograd_plus.diagnosis import diagnose

    nothing_in(text, "diagnose")
    return wrapped(repr(diagnose(dialog.session.root)), dialog.columns)


COMMANDS = (
    Command(
        "why",
        _why,
        "Explain a gradient: as the sum over all paths to the result, or the same sum in other parts.",
        "why w by layer",
        usage="NODE [by layer | neuron | sample | reader]",
        words=Words.WHY,
    ),
    Command(
        "check",
        _check,
        "Compare every local slope with a difference, then the parameters' gradients end to end.",
        "check",
    ),
    Command(
        "diagnose",
        _diagnose,
        "Tell what is wrong: the first nan or inf, dead or saturated units, vanishing gradients.",
        "diagnose",
    ),
)
