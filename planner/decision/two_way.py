"""A map over two inputs: where active learning pays, and how sure that is.

Notation:
    x, y    (X,), (Y,)      values of the two inputs
    P       (Y, X)          share of draws in which active learning is the better
    saving  (Y, X)          usual (median) saving in USD
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from planner.decision.case import Case
from planner.decision.comparison import Comparison
from planner.decision.scan import Sample, answers
from planner.decision.sensitivity import Range, values_of
from planner.decision.solve_inputs import SolveInput, solve_input
from simulations.arrays import Floats
from simulations.errors import InputError

POINTS = 15
DRAWS = 1_000  # a share known to a point and a half is enough for a map
LEVELS = (0.2, 0.5, 0.8)


@dataclass(frozen=True)
class TwoWay:
    """A map over two inputs.

    Attributes:
        x: the input along the map.
        y: the input up the map.
        grid: columns `x, y, p_al_better, saving_usd` (the median), `p_unreachable`; a row for each setting.
        lines: columns `of` (`saving_usd` or `p_al_better`), `level`, `line` (its number), `step`, `x`, `y`: where the
            usual saving is 0, and where P is 20, 50 and 80%; a line is the points of one number in the order of steps.
    """

    x: SolveInput
    y: SolveInput
    grid: pd.DataFrame
    lines: pd.DataFrame


def two_way(
    case: Case,
    x: str,
    y: str,
    *,
    x_range: Range | None = None,
    y_range: Range | None = None,
    points: int = POINTS,
    n_draws: int = DRAWS,
) -> TwoWay:
    """Price a grid over two inputs, everything else as it was drawn; vendors, batch sizes and choice stay.

    Each side has so many points, fewer where counts fall together, over its range, or the plan's, or ÷3 to ×3.
    At most `n_draws` of the case's draws are used, evenly taken.

    Raises:
        InputError: an input that cannot be set, or the same one twice.
    """
    if x == y:
        raise InputError(f"two-way map: found {x} twice; allowed: two different inputs")
    case = Sample.of(case, x, y, most=n_draws).case
    along, up = solve_input(case, x), solve_input(case, y)
    xs, ys = (values_of(side, points, within) for side, within in ((along, x_range), (up, y_range)))
    # All settings in one row, x running fastest.
    across = np.stack([np.tile(xs, len(ys)), np.repeat(ys, len(xs))], axis=1)

    def ask(column: Floats) -> Comparison:
        return case.at({**along.changes(column[:, 0]), **up.changes(column[:, 1])})

    there = answers(ask, across, case.n_draws, quantiles=True)
    assert there.saving_usd is not None
    grid = pd.DataFrame(
        {
            "x": across[:, 0],
            "y": across[:, 1],
            "p_al_better": there.p_al_better,
            "saving_usd": there.saving_usd[1],
            "p_unreachable": there.p_unreachable,
        }
    )
    return TwoWay(along, up, grid, _lines(grid, xs, ys, along, up))


def _lines(grid: pd.DataFrame, xs: Floats, ys: Floats, along: SolveInput, up: SolveInput) -> pd.DataFrame:
    rows: list[tuple[str, float, int, int, float, float]] = []
    number = 0
    for of, levels in (("saving_usd", (0.0,)), ("p_al_better", LEVELS)):
        z = grid[of].to_numpy().reshape(len(ys), len(xs))
        for level in levels:
            for points in isolines(z, level):
                at = zip(along.between(xs, points[:, 1]).tolist(), up.between(ys, points[:, 0]).tolist(), strict=True)
                rows += [(of, level, number, step, *place) for step, place in enumerate(at)]
                number += 1
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
