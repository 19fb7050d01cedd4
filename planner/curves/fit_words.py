"""The fit check's verdict, and the sentences that give its reason."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from planner.curves.grid_edge import Edge, edge_warnings

if TYPE_CHECKING:
    from planner.curves.fit_check import HeldOutTail, OtherMethod, Residuals

Verdict = Literal["good", "doubtful", "poor"]

_RESIDUAL = (3.0, 5.0)  # standard deviations, from which a fit is doubtful, poor
_SURPRISE = (0.05, 0.02)  # chance of so odd a tail, at or below which it is doubtful, poor
_FAR = 2.0  # half-widths of our 80% interval; 1 is its end


def judge(
    residuals: "Residuals",
    held_out: "HeldOutTail | None",
    edge: Edge,
    others: "Sequence[OtherMethod]",
) -> tuple[Verdict, str]:
    """Give the verdict on a fit and one or two sentences on why.

    Poor is a fit whose held-out tail or worst residual would hardly ever happen if the model held; doubtful one where
    it would be unusual, where the posterior piles up at the grid's edge, or where another method is far off. On
    the development curves of LCDB 1.1 each of these went with a larger error or too narrow an interval.
    """
    poor: list[str] = []
    doubtful: list[str] = []
    if abs(residuals.worst) >= _RESIDUAL[0]:
        (poor if abs(residuals.worst) >= _RESIDUAL[1] else doubtful).append(_residual_words(residuals))
    if held_out is not None and held_out.surprise <= _SURPRISE[0]:
        (poor if held_out.surprise <= _SURPRISE[1] else doubtful).append(_tail_words(held_out))
    doubtful.extend(edge_warnings(edge))
    furthest = max(others, key=lambda other: abs(other.distance), default=None)
    if furthest is not None and abs(furthest.distance) >= _FAR:
        doubtful.append(_other_words(furthest))
    if poor or doubtful:
        # The first two are the gravest; a third would bury them.
        return ("poor" if poor else "doubtful"), " ".join([*poor, *doubtful][:2])
    return "good", _good_words(residuals, held_out)


def _points(fraction: float) -> str:
    return f"{100 * abs(fraction):.1f} points"


def _residual_words(residuals: "Residuals") -> str:
    side = "above" if residuals.worst > 0 else "below"
    return (
        f"The point at {residuals.worst_labels:,.0f} labels lies {abs(residuals.worst):.1f} standard deviations {side} "
        "the fitted curve."
    )


def _tail_words(held_out: "HeldOutTail") -> str:
    side = "too high" if held_out.bias > 0 else "too low"
    last = "the last point" if held_out.held_out == 1 else f"the last {held_out.held_out} points"
    return (
        f"Forecast from its first {held_out.fitted} points alone, {last} would have been put {_points(held_out.bias)} "
        f"{side}: a chance of {_chance(held_out.surprise)} if the forecast were right."
    )


def _chance(share: float) -> str:
    return "less than 1%" if share < 0.01 else f"{100 * share:.0f}%"


def _other_words(other: "OtherMethod") -> str:
    value, q10, q50, q90 = (f"{100 * x:.1f}%" for x in (other.value, other.q10, other.q50, other.q90))
    return (
        f"At {other.labels:,.0f} labels another method (a weighted power law) says {value} where this forecast says "
        f"{q50} ({q10} to {q90})."
    )


def _good_words(residuals: "Residuals", held_out: "HeldOutTail | None") -> str:
    near = f"no point is further than {abs(residuals.worst):.1f} standard deviations from the fitted curve"
    of = (
        "Of the points"
        if residuals.from_labels is None
        else f"Of the points from {residuals.from_labels:,.0f} labels on"
    )
    if held_out is None:
        return f"{of}, {near}; they are too few to hold some out and forecast them."
    last = "the last point" if held_out.held_out == 1 else f"the last {held_out.held_out}"
    return (
        f"{of}, {near}; from the first {held_out.fitted}, {last} would have been forecast to within "
        f"{_points(held_out.mean_absolute_error)} on average."
    )
