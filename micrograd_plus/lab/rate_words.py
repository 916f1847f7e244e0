"""What learning rates side by side made of one problem, in words: verdicts together, limits, theory."""

from __future__ import annotations

from micrograd_plus.lab import verdicts
from micrograd_plus.lab.problem import TrainingProblem
from micrograd_plus.lab.rates import Comparison
from micrograd_plus.notation import short
from micrograd_plus.texts import counted

_CONSTANT = 1e-6  # relative; a sharpness that changes less is that of a quadratic

_BEYOND = 1.05  # times theory's limit; trial finds it on a quadratic more closely than that


def about(found: Comparison) -> str:
    """Return what was run."""
    told = f"Each rate: {counted(found.steps, found.unit)} of plain gradient descent from the same start"
    return f"{told}; each takes all samples, so an epoch is one step." if found.unit == "epoch" else f"{told}."


def summary(found: Comparison) -> str:
    """Return what the verdicts come to."""
    return verdicts.summary(found.rated, found.verdicts, found.reference, found.stable)


def stability(found: Comparison) -> str:
    """Return in a sentence which rate is the largest stable one, or why there is none."""
    stable = found.stable
    if stable.rate is None or stable.unstable is None:
        return f"No largest stable rate was found: {stable.reason}."
    steps, unstable = counted(stable.steps, found.unit), short(stable.unstable)
    told = f"in {steps} the loss never rises above the start's, at {unstable} it does"
    return f"The largest stable rate is {short(stable.rate)}: {told}."


def theory(found: Comparison) -> str:
    """Return what 2 / lambda_max is, and whether it is to be the largest stable rate here."""
    if found.sharpest is None or found.reference is None:
        return _without_reference(found)
    place = f"at {found.unit} {found.sharpest.step} of lr {found.reference.lr:g}"
    told = f"2/lambda_max is 2/{short(found.sharpest.value)} = {short(found.sharpest.stable_rate)}"
    values = [one.value for one in found.sharpness_of_reference]
    if max(values) - min(values) <= _CONSTANT * max(values):
        told += ". The curvature is the same all the way, as on a quadratic: there this is the limit exactly"
        if found.stable.rate and found.stable.rate > _BEYOND * found.sharpest.stable_rate:
            told += ", but for starts such as this one, from which no run moves in the steepest direction"
        return f"{told}."
    spread = f"the curvature goes from {short(min(values))} to {short(max(values))} on the way"
    return (
        f"{told}, {place}, where the curvature is largest. On a quadratic that is the limit; here {spread}, "
        f"and a step too long for one place may land where the loss is flatter.{_edge(found)}"
    )


def _without_reference(found: Comparison) -> str:
    """Return how the loss curves on the way of the rates where no run near a limit tells."""
    largest = max((one.value for places in found.sharpness for one in places), default=0.0)
    if largest <= 0.0:
        return "2/lambda_max is not defined: no place on the way was found where the loss curves up."
    limit = f"2/lambda_max is 2/{short(largest)} = {short(2.0 / largest)} where the curvature is largest on these ways"
    return f"{limit}; there is no largest stable rate to compare it with."


def _edge(found: Comparison) -> str:
    """Return what is known of networks, if this is one."""
    if not isinstance(found.problem, TrainingProblem):
        return ""
    return " Networks often train on at the edge, where the curvature is about 2/lr (Cohen et al., 2021)."


def suggestion(found: Comparison) -> str:
    """Return what the range test suggests."""
    lr = found.test.suggestion
    if lr is None:
        return "The range test suggests no rate: the loss does not fall in it."
    return f"The range test suggests {short(lr, 2)}: where the loss falls fastest as the rate grows."
