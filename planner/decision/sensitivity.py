"""Sensitivity to inputs: the tornado, sweeps, the value at which the verdict flips, and maps over two inputs.

All other inputs stay as they were drawn, on the same draws, so that bars are differences and not noise.

Notation:
    x   (G,)    values of the input; on a map x (X,) and y (Y,), with z (Y, X) heights at them
    P   (G,)    share of draws in which active learning is the better
    s   (G,)    share of what is at stake that active learning would win (`Call.share`), which says the verdict
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Literal

import numpy as np
import pandas as pd

from planner.decision.assumptions import Ends, swing
from planner.decision.break_even import (
    FEW,
    FEWER,
    TINY,
    Answers,
    Crossings,
    Sample,
    answers,
    changes,
    draws_asked,
    is_slow,
)
from planner.decision.case import STRUCTURAL, Case
from planner.decision.comparison import Comparison, batch_sizes
from planner.decision.load_curves import assumed_share
from planner.decision.solve_inputs import SolveInput, lever_of, solve_input
from planner.decision.state import LABEL_RANDOM_TO, USE_AL_FROM, Call, SensitivityBar, State
from planner.plan import DEFAULT_TARGET, PlanInput, paths
from simulations.arrays import Floats
from simulations.errors import InputError

SMALLEST_SWING_USD = 0.005
SMALLEST_SWING = 0.0001  # of the metric, at a budget
DRAWS_WITH_RULE = 1_000
POINTS = 21
TIMES = 3.0  # a single number is swept from ÷3 to ×3
FLIP_TIMES = 10.0  # a verdict that flips only beyond ÷10 or ×10 is not said to hang on the input
FLIP_POINTS = 13
CLOSE = 1e-3  # a condition is said in two or three digits
SURELY = {FEW: 0.1, FEWER: 0.2}  # by as much a share of what is at stake is off with so few draws, at the very most
DIGITS = (2, 3, 4)  # a condition is said in as few of them as keep it true

Range = tuple[float, float]
Side = Literal["above", "below", "at"]

MAP_POINTS, MAP_POINTS_WITH_RULE = 15, 8  # along each side
MAP_DRAWS = 1_000  # a share known to a point and a half is enough for a map
LEVELS = (LABEL_RANDOM_TO, 0.5, USE_AL_FROM)


def tornado(case: Case) -> tuple[SensitivityBar, ...]:
    """Give one bar for each input that moves the expected saving, widest first, ties by path."""
    sample_of = cache(partial(Sample.of, case))
    bars = []
    for item, ends in varied_inputs(case):
        # A stopping rule is run again at every end, which on all draws would take as long as everything else together.
        sample = sample_of(DRAWS_WITH_RULE if case.stopped else draws_asked(case, item.path))
        bars.append(_sensitivity_bar(sample, case.chosen.call.state, item, ends))
    least = SMALLEST_SWING_USD if case.target is not None else SMALLEST_SWING
    found = (bar for bar in bars if abs(bar.expected_high - bar.expected_low) >= least or bar.flips)
    return tuple(sorted(found, key=lambda bar: (-abs(bar.expected_high - bar.expected_low), bar.input)))


def varied_inputs(case: Case) -> list[tuple[PlanInput, Ends]]:
    """List the inputs that are in use and may be other than they are, each with the ends at which it is tried."""
    found = [
        (item, swing(item.path, item.quantity))
        for item in case.plan.inputs()
        if item.quantity is not None
        and item.path not in STRUCTURAL
        and (item.shown or item.path == paths.RANDOM_LABELS)
        and not _fixed_by_choice(case, item.path)
    ]
    return [(item, ends) for item, ends in found if ends.low != ends.high]


def _fixed_by_choice(case: Case, path: str) -> bool:
    """Say whether an input is of a quote that neither plan takes, is found and not given, or is not asked here."""
    table, _, rest = path.partition(".")
    if path == paths.BATCH_SIZE:
        return batch_sizes(case.plan) is not None
    if path in case.inputs_without_effect:
        return True
    if path == paths.TARGET:  # an assumed need is the same for every target
        return case.target is None or case.plan.need_assumed
    if table != "vendors":
        return False
    index, _, key = rest.partition(".")
    used = {str(vendor) for vendor in case.vendors}
    return index not in used or (key == "votes_per_item" and case.plan.vendors[int(index)].vote_scheme != "fixed")


def _sensitivity_bar(sample: Sample, state: State, item: PlanInput, ends: Ends) -> SensitivityBar:
    there = sample.at(lambda x: {item.path: x}, np.array([ends.low, ends.high]))
    low, high = (there.ahead - there.behind).tolist()
    flips = any(call.state != state for call in there.calls)
    label = f"{item.label} ({item.unit})" if item.unit else item.label
    return SensitivityBar(item.path, label, ends.low, ends.high, low, high, flips, ends.assumed)


def sweep(case: Case, path: str, *, within: Range | None = None, points: int = POINTS) -> pd.DataFrame:
    """Set one input to values over its range, and answer at each; vendors, batch sizes and choice stay.

    The range is the plan's, or ÷3 to ×3 of a single number, where not given. The planned value is among the values
    where it lies within; counts that fall together are one.

    Returns:
        Columns `value` (ascending), `p_al_better`, `expected` (saving in USD, or gain at a budget), `saving_q10`,
        `saving_q50`, `saving_q90` (USD), `p_unreachable`, `state`.

    Raises:
        InputError: an input that cannot be set, or a range that the plan file does not allow.
    """
    found, x = swept_values(case, path, within, points)
    there = answers(lambda column: case.at(found.changes(column)), x, case.n_draws, quantiles=True)
    assert there.saving_usd is not None
    low, middle, high = there.saving_usd
    return pd.DataFrame(
        {
            "value": x,
            "p_al_better": there.p_al_better,
            "expected": there.ahead - there.behind,
            "saving_q10": low,
            "saving_q50": middle,
            "saving_q90": high,
            "p_unreachable": there.p_unreachable,
            "state": [call.state for call in there.calls],
        }
    )


def swept_values(case: Case, path: str, within: Range | None = None, points: int = POINTS) -> tuple[SolveInput, Floats]:
    """Give an input and the values to which `sweep` sets it; raises as that does."""
    found = solve_input(case, path)
    return found, values_of(found, points, within, planned=True)


def describe_held(case: Case, path: str) -> str | None:
    """Say what a sweep of an input holds that the edited plan file would read anew; None where both agree."""
    task, evidence, before, end = case.plan.task, case.plan.evidence, case.plan.believed_need, case.curves.end
    at_target = evidence.random_value is None
    if path == paths.TARGET and evidence.random_labels is not None and at_target and task.target is not None:
        return (
            f"random_labels is an estimate for a target of {task.target.text}: at others the sweep reads off the "
            "curves how many more or fewer labels that is; in the plan file, change both together, or keep "
            f"random_value = {task.target.median:g} beside them."
        )
    if path == paths.RANDOM_LABELS and at_target and task.target is None:
        return (
            f"The labels are meant for a value of {DEFAULT_TARGET:g}; the plan file takes random_labels only together "
            f"with random_value = {DEFAULT_TARGET:g} or that target."
        )
    if path in (paths.TARGET, paths.POOL_SIZE, paths.INITIAL_LABELS) and evidence.label_savings_with is not None:
        return "What recorded data sets predict of the saving, beside your belief, stays as for the planned one."
    if path in (paths.TARGET, paths.POOL_SIZE, paths.INITIAL_LABELS) and evidence.pilot is not None:
        held = []
        first, last = np.exp([case.curves.log_labels[0, 0, 0], case.curves.log_last[0, 0]])
        if before is not None and evidence.random_labels is None and assumed_share(first, last) > 0:
            held.append(
                f"What was believed before the pilot stays: random labelling takes {before.low:,.0f} to "
                f"{before.high:,.0f} labels (up to the planned pool) for the planned target, 80% sure. In the plan "
                "file another value also moves that range."
            )
        if path == paths.INITIAL_LABELS and end is not None and end.own_first:
            held.append(
                "How hard the task is, and so what is saved, stays as the pilot shows it with 16 times the planned "
                "initial set."
            )
        return " ".join(held) or None
    if path in (paths.TEST_LABELS, paths.TEST_HALF_WIDTH) and evidence.pilot is not None:
        return (
            "The pilot stays as it was read; in the plan file another number of test labels is also the pilot's, "
            "unless its column test_size tells its own, and moves the pool that is left."
        )
    return None


def values_of(found: SolveInput, points: int, within: Range | None = None, *, planned: bool = False) -> Floats:
    """Choose values of an input within a range, or the plan's, or ÷3 to ×3; the planned one among them if asked."""
    low, high = within or found.range or found.about(TIMES)
    if within is None and low == high:
        some = found.inside(np.array([0.01, 0.1] if found.most <= 1 else [1.0, 100.0]))
        raise InputError(
            f"{found.path}: found {low:g}, which has no range about it; allowed: with a lowest and a highest value, "
            f"such as {found.path}={some[0]:g}:{some[-1]:g}"
        )
    if not found.least <= low < high <= found.most:
        raise InputError(
            f"{found.path}: found {low:g} to {high:g}; allowed: a range within {found.least:g} to {found.most:g}"
        )
    x = found.spread(low, high, points)
    if not planned or not low <= found.planned <= high:
        return x
    return np.sort(np.append(x[~np.isclose(x, found.planned, rtol=1e-9, atol=0)], found.planned))


@dataclass(frozen=True)
class Flip:
    """From which value of one input on, all else as it was drawn, the verdict would be another.

    Attributes:
        value: the nearest value with another verdict.
        side: whether that holds for this value and more, this and less, or, `at`, when the planned value is all that
            there is, for knowing it exactly.
        until: the value at which the verdict changes again; None where it does not within ÷10 to ×10.
        said: the value in few digits, away from the planned one, still with the other verdict.
        p_al_better: P there.
        p_unreachable: share of draws in which neither plan reaches the target there; of most, nothing can be called.
    """

    input: str
    label: str
    unit: str
    planned: float
    value: float
    side: Side
    until: float | None
    said: float
    state: State
    p_al_better: float
    p_unreachable: float


def flip_conditions(case: Case, inputs: Sequence[str]) -> dict[str, Flip | None]:
    """Find for each input the nearest value at which the verdict would be another.

    Returns:
        Input -> the condition; None where no value within ÷10 to ×10 that the plan file allows changes the verdict. An
        input that is 0 has no such range and is left out. A verdict that changes and changes back between two values
        less than 1.5 times apart is not seen.
    """
    tried = varied_inputs(case)
    ends = {item.path: (end.low, end.high) for item, end in tried}
    known = {item.path: item for item, _ in tried}
    levers = [lever_of(case, known[path]) if path in known else solve_input(case, path) for path in inputs]
    find = partial(_find_flip, case, cache(partial(Sample.of, case)))
    return {found.path: find(found, ends.get(found.path, ())) for found in levers if found.planned > 0}


def _find_flip(
    case: Case, sample_of: Callable[[int], Sample], found: SolveInput, tried: Sequence[float]
) -> Flip | None:
    """Look for the nearest flip; where the tornado tried a value and saw one, so does this."""
    numbers = (draws_asked(case, found.path, most=most) for most in (None, FEWER if is_slow(case, found.path) else FEW))
    there, few = (_Verdicts(sample_of(n_draws), found) for n_draws in numbers)
    low, high = found.about(FLIP_TIMES)
    x = found.inside(np.array([*found.spread(low, high, FLIP_POINTS), found.planned, *tried]))
    seen = few.at(x)
    # Most inputs flip nothing, which fewer draws can tell.
    if few.surely_as_planned(seen):
        return None
    middle = int(np.abs(x - found.planned).argmin())
    over = there.another_where_seen(x, few.another(seen))
    above = there.changes(x[middle:], over[middle:], 1)
    if above.begins:  # a range whose middle, known for sure, has another verdict than its draws
        return there.flip(float(x[middle]), "at", None)
    # Downwards too the scan walks away from the planned value: it is mirrored.
    below = there.changes(-x[: middle + 1][::-1], over[: middle + 1][::-1], -1)
    sides: list[tuple[Side, tuple[float, ...]]] = [("above", above.at), ("below", tuple(-value for value in below.at))]
    flips = [(there.distance(ends[0]), side, ends) for side, ends in sides if ends]
    if not flips:
        return None
    _, side, ends = min(flips)
    return there.flip(ends[0], side, ends[1] if len(ends) > 1 else None)


@dataclass(frozen=True)
class _Verdicts:
    """The verdicts at values of one input."""

    sample: Sample
    found: SolveInput

    @property
    def planned(self) -> State:
        """The verdict as planned."""
        return self.sample.planned.state

    def at(self, x: Floats) -> Answers:
        """Answer at each of the values."""
        return self.sample.at(self.found.changes, x)

    def surely_as_planned(self, there: Answers) -> bool:
        """Say whether all answers have the planned verdict, by more than what fewer draws may have added."""
        off = max(SURELY.values()) if self.sample.case.n_draws < FEW else SURELY[FEW]
        ends = {
            Call(share, 1 - share, call.p_unreachable).state
            for call in there.calls
            for share in np.clip((call.share - off, call.share + off), 0, 1)
        }
        return ends == {self.planned}

    def another(self, there: Answers) -> Floats:
        """Give how far, in shares of what is at stake, each answer is into another verdict than the planned one."""
        calls = there.calls
        share, other = (np.array([call.share for call in calls]), np.array([c.state != self.planned for c in calls]))
        into = {
            "use_active_learning": USE_AL_FROM - share,
            "label_random": share - LABEL_RANDOM_TO,
            "too_close": np.maximum(share - USE_AL_FROM, LABEL_RANDOM_TO - share),
        }[self.planned]
        return np.asarray(np.where(other, np.maximum(into, 0.0), np.minimum(into, -TINY)))

    def another_where_seen(self, x: Floats, seen: Floats) -> Floats:
        """Give `another` where fewer draws have seen it change; at all values where these draws see it otherwise."""
        ends = np.flatnonzero((seen[1:] >= 0) != (seen[:-1] >= 0))
        ends = np.unique(np.concatenate([ends, ends + 1]))
        if ends.size:
            over = seen.copy()
            over[ends] = self.another(self.at(x[ends]))
            if ((over >= 0) == (seen >= 0)).all():
                return over
        return self.another(self.at(x))

    def changes(self, x: Floats, over: Floats, sign: int) -> Crossings:
        """Find where another verdict than the planned one begins and ends, over values times a sign."""

        def another(some: Floats) -> Floats:
            return self.another(self.at(sign * some))[None]

        return changes(another, x, whole=self.found.domain.whole, close=CLOSE, over=over[None])[0]

    def distance(self, value: float) -> float:
        """Measure how far a value is from the planned one, in ratio or in odds."""
        both = np.array([value, self.found.planned])
        low, high = np.log(both / (1 - both) if self.found.in_odds else both)
        return float(abs(high - low))

    def flip(self, value: float, side: Side, until: float | None) -> Flip:
        """Describe the flip at a value."""
        found, there = self.found, self.at(np.array([value]))
        state = there.calls[0].state
        return Flip(
            input=found.path,
            label=found.label,
            unit=found.unit,
            planned=found.planned,
            value=value,
            side=side,
            until=until,
            said=self._round_away(value, side, state),
            state=state,
            p_al_better=float(there.p_al_better[0]),
            p_unreachable=float(there.p_unreachable[0]),
        )

    def _round_away(self, value: float, side: Side, state: State) -> float:
        """Round away from the planned value, to as few digits as leave the verdict what it is there."""
        if side == "at" or (self.found.domain.whole and value < 10 ** DIGITS[0]):
            return value
        tried = np.array([self.found.rounded(value, digits, up=side == "above") for digits in DIGITS])
        calls = self.at(tried).calls
        return next((x for x, call in zip(tried.tolist(), calls, strict=True) if call.state == state), value)


@dataclass(frozen=True)
class TwoWay:
    """A map over two inputs.

    Attributes:
        grid: columns `x, y, p_al_better, expected` (saving in USD, or gain at a budget), `share` (s), `state`,
            `p_unreachable`; a row for each setting.
        lines: columns `of` (`share`), `level`, `line` (its number), `step`, `x`, `y`: where both options are as good on
            average (s is 1/2), and where the verdict changes (1/3 and 2/3); a line is the points of one number in the
            order of steps.
    """

    x: SolveInput
    y: SolveInput
    grid: pd.DataFrame
    lines: pd.DataFrame


def mapped_values(
    case: Case, over: tuple[str, str], within: tuple[Range | None, Range | None]
) -> list[tuple[SolveInput, Floats]]:
    """Give the two inputs of a map and the values to which `two_way` sets them; raises as that does."""
    if over[0] == over[1]:
        raise InputError(f"two-way map: found {over[0]} twice; allowed: two different inputs")
    points = MAP_POINTS_WITH_RULE if case.stopped else MAP_POINTS
    sides = [solve_input(case, path) for path in over]
    return [(side, values_of(side, points, span)) for side, span in zip(sides, within, strict=True)]


def two_way(case: Case, x: str, y: str, *, x_range: Range | None = None, y_range: Range | None = None) -> TwoWay:
    """Price a grid over two inputs, everything else as it was drawn; vendors, batch sizes and choice stay.

    Each side has fifteen points, or eight where a stopping rule is run again at each setting, and fewer where counts
    fall together, over its range, or the plan's, or ÷3 to ×3. At most 1,000 of the draws are used, evenly taken.

    Raises:
        InputError: an input that cannot be set, or the same one twice.
    """
    case = case.thinned(draws_asked(case, x, y, most=MAP_DRAWS))
    (along, xs), (up, ys) = mapped_values(case, (x, y), (x_range, y_range))
    # All settings in one row, x running fastest.
    across = np.stack([np.tile(xs, len(ys)), np.repeat(ys, len(xs))], axis=1)

    def ask(column: Floats) -> Comparison:
        return case.at({**along.changes(column[:, 0]), **up.changes(column[:, 1])})

    there = answers(ask, across, case.n_draws)
    grid = pd.DataFrame(
        {
            "x": across[:, 0],
            "y": across[:, 1],
            "p_al_better": there.p_al_better,
            "expected": there.ahead - there.behind,
            "share": [call.share for call in there.calls],
            "state": [call.state for call in there.calls],
            "p_unreachable": there.p_unreachable,
        }
    )
    return TwoWay(along, up, grid, _trace_lines(grid, xs, ys, along, up))


def _trace_lines(grid: pd.DataFrame, xs: Floats, ys: Floats, along: SolveInput, up: SolveInput) -> pd.DataFrame:
    rows: list[tuple[str, float, int, int, float, float]] = []
    z = grid["share"].to_numpy().reshape(len(ys), len(xs))
    lines = ((level, points) for level in LEVELS for points in isolines(z, level))
    for number, (level, points) in enumerate(lines):
        at = zip(along.between(xs, points[:, 1]).tolist(), up.between(ys, points[:, 0]).tolist(), strict=True)
        rows += [("share", level, number, step, *place) for step, place in enumerate(at)]
    return pd.DataFrame(rows, columns=["of", "level", "line", "step", "x", "y"])


def isolines(z: Floats, level: float) -> list[Floats]:
    """Trace the lines along which heights, interpolated along the edges of the cells, equal a level.

    A cell whose corners alternate is cut the way that its middle, the mean of its corners, says. Nodes at the level
    count as above it.

    Returns:
        Lines of at least two points (row, column) in grid coordinates, (points, 2); a closed line ends where it begins.

    Examples:
        >>> [line.round(9).tolist() for line in isolines(np.array([[0.0, 1.0], [0.0, 1.0]]), 0.25)]
        [[[1.0, 0.25], [0.0, 0.25]]]
    """
    from contourpy import LineType, contour_generator

    traced = contour_generator(z=z, name="serial", line_type=LineType.Separate)
    # Nodes at the level itself would count as below it.
    return [np.asarray(line)[:, ::-1] for line in traced.lines(np.nextafter(level, -np.inf))]
