"""Break-evens: the price, pool, effort or label savings from which active learning pays.

Each unknown is set to the same value in every future, everything else as it was drawn. Pays means: better in at least
half of the futures (p50), in at least 80% (p80), or cheaper on average (mean); and never where most futures reach the
target with neither plan, as draws that neither reaches count half each and say nothing.

Notation:
    x       (G,)    values of the unknown; for a price, that of one vote on one item with the vendors of both plans
    pays    (3, G)  whether active learning pays at each, by each of the three criteria
    P       (G,)    share of draws in which active learning is the better
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd

from planner.decision.case import Case
from planner.decision.comparison import Comparison
from planner.decision.scan import Answers, Crossings, Sample, answers, changes, draws_asked, near_misses
from planner.decision.solve_inputs import VOTE_PRICE, solve_input
from planner.decision.state import USE_AL_FROM
from planner.plan import paths
from simulations.arrays import Bools, Floats

LOWEST_USD, HIGHEST_USD = 1e-5, 1e5  # of a vote
PER_DECADE = 8
PRICES_PER_DECADE = 12  # tiers make cliffs
STEEP, CLOSER = 0.06, 3  # where the chance moves by more from one price to the next, prices are put between, thrice
NOTHING = 1e-9  # of what random labelling costs: a saving as small is rounding

Unknown = Literal["price", "pool", "hours", "projects", "factor"]
UNKNOWNS: tuple[Unknown, ...] = ("price", "pool", "hours", "projects", "factor")


@dataclass(frozen=True)
class PaysWhere:
    """Where active learning pays, by one criterion.

    Attributes:
        state: whether it pays for some values only, for all that were tried, or for none.
        roots: values at which that changes, ascending; at each of them it pays.
        pays: stretches in which it pays; an end is None where it is the end of what was tried.
    """

    state: Literal["roots", "always", "never"]
    roots: tuple[float, ...]
    pays: tuple[tuple[float | None, float | None], ...]

    @classmethod
    def of(cls, found: Crossings) -> "PaysWhere":
        """Pair the changes up: the answer turns to yes at every other one."""
        ends: list[float | None] = [*([None] if found.begins else []), *found.at]
        ends += [None] * (len(ends) % 2)  # yes up to the last value tried
        stretches = tuple(zip(ends[::2], ends[1::2], strict=True))
        if found.at:
            return cls("roots", found.at, stretches)
        return cls("always", (), stretches) if found.begins else cls("never", (), ())


@dataclass(frozen=True)
class BreakEven:
    """Where active learning pays, as one number of the plan varies.

    Attributes:
        path: its place in the plan file; None where it is in none.
        planned: its value as planned, the median of a range; None where it has none.
        tried: the smallest and the largest value tried.
        p50: where P(better) is at least 50%.
        p80: where P(better) is at least 80%.
        mean: where the mean saving is above 0.
    """

    unknown: Unknown
    path: str | None
    label: str
    unit: str
    planned: float | None
    tried: tuple[float, float]
    p50: PaysWhere
    p80: PaysWhere
    mean: PaysWhere


def break_evens(case: Case, unknowns: tuple[Unknown, ...] = UNKNOWNS) -> dict[Unknown, BreakEven]:
    """Solve for each unknown alone, the plan, its draws and its choice staying as they are.

    The unknowns are the `price` of a vote with the vendors of both plans, the `pool` in items, one-off engineering
    `hours`, `projects` that share them, and the label savings `factor` (labels that random needs ÷ labels that active
    learning needs, the same in every future). A plan that asks what a budget buys, or what a stopping rule does, has
    no factor to solve for.
    """
    by_need = case.target is not None and case.chosen.al_plan not in case.stopped
    return {name: _SOLVERS[name](case) for name in unknowns if name != "factor" or by_need}


def where_it_pays(
    answered: Callable[[Floats], Answers], x: Floats, *, whole: bool = False
) -> tuple[PaysWhere, PaysWhere, PaysWhere]:
    """Find where active learning pays by each criterion, among values x, or whole numbers alone."""
    there = answered(x)
    saved = there.mean_usd / np.maximum(there.scale_usd, 1e-300)
    # By how much each criterion is met; where nothing is decided none is anywhere near it.
    over = np.stack([there.p_al_better - 0.5, there.p_al_better - USE_AL_FROM, saved - NOTHING])
    besides = near_misses(np.where(there.p_unreachable <= 0.5, over, -1.0), x, whole=whole)
    yes = pays(there)
    if besides.size:
        x, first = np.unique(np.concatenate([x, besides]), return_index=True)
        yes = np.concatenate([yes, pays(answered(besides))], axis=1)[:, first]
    p50, p80, mean = changes(lambda some: pays(answered(some)), x, whole=whole, yes=yes)
    return PaysWhere.of(p50), PaysWhere.of(p80), PaysWhere.of(mean)


def pays(there: Answers) -> Bools:
    """Judge answers by the three criteria, (3, G)."""
    # Half and half for want of an answer would otherwise be even odds.
    decided = there.p_unreachable <= 0.5
    p, saved = there.p_al_better, there.mean_usd > NOTHING * there.scale_usd
    return np.stack([decided & (p >= 0.5), decided & (p >= USE_AL_FROM), decided & saved])


def decades(
    low: float, high: float, *, per_decade: int = PER_DECADE, whole: bool = False, zero: bool = False
) -> Floats:
    """Give values evenly spaced in ratio; `zero` puts 0 before them."""
    x = np.geomspace(low, high, max(2, round(per_decade * np.log10(high / low)) + 1))
    x = np.unique(np.rint(x)) if whole else x
    return np.concatenate([[0.0], x]) if zero else x


def _solve_input(case: Case, unknown: Unknown, path: str, x: Floats) -> BreakEven:
    found = solve_input(case, path)
    x, whole = found.inside(x), found.domain.whole
    sample = Sample.of(case, draws_asked(case, path))
    where = where_it_pays(lambda some: sample.at(found.changes, some), x, whole=whole)
    in_file = None if path == VOTE_PRICE else path
    tried = float(x[0]), float(x[-1])
    return BreakEven(unknown, in_file, found.label, found.unit, found.planned, tried, *where)


def _solve_pool(case: Case) -> BreakEven:
    found = solve_input(case, paths.POOL_SIZE)
    # A stopping rule is run again at each pool, and a larger one only makes its campaigns longer.
    wide = 10 * found.planned if case.stopped else max(1e9, 1e3 * found.planned)
    most = min(wide, found.most)
    return _solve_input(case, "pool", found.path, decades(max(found.least, 1.0), most, whole=True))


def _solve_factor(case: Case) -> BreakEven:
    """Give active learning what random needs ÷ the factor; what it needs of its own no longer counts."""
    random, active = case.needs["random"], case.needs[case.chosen.al_plan]

    def ask(column: Floats) -> Comparison:
        return replace(case, needs={**case.needs, case.chosen.al_plan: random / column}).at({})

    x = decades(0.1, 1e3)
    where = where_it_pays(lambda some: answers(ask, some, case.n_draws), x)
    # Where either never reaches the target there is no ratio.
    both = np.isfinite(random) & np.isfinite(active)
    planned = float(np.median(random[both] / active[both])) if both.any() else None
    return BreakEven("factor", None, "Label savings factor", "times", planned, (float(x[0]), float(x[-1])), *where)


_PRICES = decades(LOWEST_USD, HIGHEST_USD, per_decade=PRICES_PER_DECADE, zero=True)
_SOLVERS: Mapping[Unknown, Callable[[Case], BreakEven]] = {
    "price": lambda case: _solve_input(case, "price", VOTE_PRICE, _PRICES),
    "pool": _solve_pool,
    "hours": lambda case: _solve_input(case, "hours", paths.ONE_OFF_HOURS, decades(0.1, 1e6, zero=True)),
    "projects": lambda case: _solve_input(case, "projects", paths.PROJECTS_SHARING, decades(1, 1e4, whole=True)),
    "factor": _solve_factor,
}


def lowest_price_usd(where: PaysWhere) -> float | None:
    """Give the lowest price at which active learning pays; 0 if it does when votes are free, None if at no price."""
    if where.state == "never":
        return None
    return 0.0 if where.pays[0][0] is None else where.roots[0]


def chance_by_price(case: Case, marks_usd: Sequence[float]) -> pd.DataFrame:
    """Trace P over a log-spaced range of prices that spans the marks (those above 0) with at least a decade to spare.

    Prices lie closer where P moves fast (a pool that is labelled whole, a budget that is just enough). Those at which
    neither plan gets there in any future are left out, where at the prices of today one does: P says nothing there.

    Returns:
        Columns `price_usd` (ascending) and `p_al_cheaper`.
    """
    inside = [price for price in marks_usd if price > 0] or [1.0]
    low, high = np.floor(np.log10(min(inside))) - 1, np.ceil(np.log10(max(inside))) + 1
    prices = np.logspace(low, high, int(high - low) * PRICES_PER_DECADE + 1)
    sample = Sample.of(case, draws_asked(case))
    frame = _trace(sample, prices)
    for _ in range(CLOSER):
        steep = np.flatnonzero(np.abs(np.diff(frame["p_al_cheaper"])) > STEEP)
        if not steep.size:
            break
        at = frame["price_usd"].to_numpy()
        between = _trace(sample, np.sqrt(at[steep] * at[steep + 1]))
        frame = pd.concat([frame, between]).sort_values("price_usd", ignore_index=True)
    says_something = frame["neither"] < 1 if case.chosen.p_unreachable < 1 else np.ones(len(frame), dtype=bool)
    return frame.loc[says_something, ["price_usd", "p_al_cheaper"]].reset_index(drop=True)


def _trace(sample: Sample, prices: Floats) -> pd.DataFrame:
    there = sample.at(sample.case.price_change, prices)
    return pd.DataFrame({"price_usd": prices, "p_al_cheaper": there.p_al_better, "neither": there.p_unreachable})
