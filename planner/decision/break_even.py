"""Break-evens: the price, pool, effort or label savings from which active learning pays, and the scan that finds them.

The scan prices a case at many settings of one or two inputs, and finds every setting at which its answer changes. For a
break-even each unknown is set to the same value in every future, everything else as it was drawn. Pays means: better in
at least half of the futures (p50), in at least 80% (p80), or ahead on average (mean), in money or, at a budget, in
value; and never where most futures reach the target with neither plan, as those say nothing.

Notation:
    x       (G,)    settings tried, ascending; priced in groups that stay in the processor's cache. For a price, that of
                    one vote on one item with the vendors of both plans
    column  (g, 1)  the settings of one group, as the bill takes them
    over    (K, G)  by how much each of K questions is answered with yes, below 0 where it is not
    pays    (3, G)  by how much active learning pays at each, by each of the three criteria
    P       (G,)    share of draws in which active learning is the better; draws that neither reaches count half
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Literal

import numpy as np
import pandas as pd

from planner.decision.case import Case, Changes
from planner.decision.comparison import ROUNDING, Comparison
from planner.decision.solve_inputs import VOTE_PRICE, solve_input
from planner.decision.state import RARELY_DECIDED, SURE, Call
from planner.decision.stopping.with_stopping_rule import may_move_rule
from planner.intervals import QUANTILES
from planner.plan import paths
from simulations.arrays import Floats

Question = Callable[[Floats], Floats]
"""Settings (G,) -> by how much the answers to K questions are yes, (K, G)."""

Ask = Callable[[Floats], Comparison]
"""A column of settings, (g, 1), or (g, inputs, 1) -> the two plans priced at each of them, on the same draws."""

GROUP = 80_000  # settings × draws priced at once: an array of them is 640 kB
FEW = 1_000
FEW_AT_BUDGET = 500  # where what it buys is looked for at each setting
FEWER = 250  # where a stopping rule is run again at each setting, which takes as long as a hundred bills

FINER = 5  # parts of a step in which an answer may change and change back
CLOSE = 1e-7  # of the setting
CLOSE_SLOW = 1e-4  # where a setting is slow to price
LEAST_STEP, LEAST_WHOLE_STEP = 1e-12, 0.4  # next to 0 no step is narrow beside the setting
TINY, MOST_SAVED = 1e-300, 1e6  # the latter of the total of random labelling


@dataclass(frozen=True)
class Crossings:
    """Where the answer to one question changes.

    Attributes:
        begins: whether it is yes at the first setting.
        at: settings at which it changes, ascending, each on the side where it is yes.
    """

    begins: bool
    at: tuple[float, ...]


def near_misses(over: Floats, x: Floats, *, whole: bool = False) -> Floats:
    """Give settings to look at besides: those about which an answer nearly changes, and may change and change back.

    Where it comes nearest to changing, and is no further from it than it moved in a step beside, a change may hide.
    """
    far, yes = np.abs(over), over >= 0
    inner = slice(1, -1)
    nearest = (far[:, inner] <= far[:, :-2]) & (far[:, inner] <= far[:, 2:])
    moved = np.maximum(np.abs(over[:, inner] - over[:, :-2]), np.abs(over[:, 2:] - over[:, inner]))
    same = (yes[:, inner] == yes[:, :-2]) & (yes[:, inner] == yes[:, 2:])
    at = 1 + np.flatnonzero((nearest & same & (far[:, inner] <= moved)).any(axis=0))
    low = np.unique(np.concatenate([at - 1, at]))
    shares = np.arange(1, FINER) / FINER
    found = (x[low][:, None] + (x[low + 1] - x[low])[:, None] * shares).ravel()
    return np.setdiff1d(np.rint(found) if whole else found, x)


def changes(
    question: Question, x: Floats, *, whole: bool = False, close: float = CLOSE, over: Floats | None = None
) -> tuple[Crossings, ...]:
    """Find where the answers to K questions change.

    An answer that changes twice within one step of the scan is not seen to change (but see `near_misses`). In a step in
    which it changes the place is found by Chandrupatla's method, as near as `close`, a share of the setting; exactly
    among whole numbers that are less than 1 ÷ `close`. The answers at x may be known: over.

    Examples:
        >>> inside = lambda x: np.stack([np.minimum(x - 2, 40 - x)])
        >>> [(found.begins, np.round(found.at, 3).tolist()) for found in changes(inside, np.geomspace(1, 100, 20))]
        [(False, [2.0, 40.0])]
    """
    from scipy.optimize.elementwise import find_root

    over = _off_zero(question(x)) if over is None else _off_zero(over)
    yes = over >= 0
    k, i = np.nonzero(yes[:, 1:] != yes[:, :-1])
    at = x[i]
    if k.size:
        known = dict(zip(x.tolist(), over.T, strict=True))

        def ask(some: Floats, /, *questions: Any) -> Floats:
            (k,), some = questions, np.rint(some) if whole else some
            if new := sorted({*some.ravel().tolist()} - known.keys()):
                known.update(zip(new, _off_zero(question(np.array(new))).T, strict=True))
            return np.array([known[value][one] for value, one in zip(some.ravel().tolist(), k.ravel(), strict=True)])

        least = LEAST_WHOLE_STEP if whole else LEAST_STEP
        found = find_root(
            ask, (x[i], x[i + 1]), args=(k,), tolerances={"xatol": least, "xrtol": close, "fatol": 0.0, "frtol": 0.0}
        )
        ends = np.rint(found.bracket) if whole else np.asarray(found.bracket)
        at = np.where(found.f_bracket[0] >= 0, ends[0], ends[1])
    return tuple(Crossings(bool(row[0]), tuple(at[k == j].tolist())) for j, row in enumerate(yes))


def _off_zero(over: Floats) -> Floats:
    """Put an answer that is only just yes above 0, so that the place where it changes is not any at which it is 0."""
    return np.where(over >= 0, np.maximum(over, TINY), np.minimum(over, -TINY))


@dataclass(frozen=True)
class Answers:
    """What is said at each of G settings.

    Attributes:
        p_al_better: P.
        p_unreachable: share of draws in which neither plan reaches the target, (G,).
        ahead: mean of what active learning is ahead by where it is, (G,); see `Call`.
        behind: mean of what it is behind by where it is, (G,).
        scale: mean total of random labelling, (G,), against which a saving may be too small to be one; 1 at a budget.
        saving_usd: saving at 10, 50 and 90%, (3, G); None where it was not asked for.
    """

    p_al_better: Floats
    p_unreachable: Floats
    ahead: Floats
    behind: Floats
    scale: Floats
    saving_usd: Floats | None = None

    @property
    def calls(self) -> list[Call]:
        """The call at each setting."""
        return [Call(*map(float, one)) for one in zip(self.ahead, self.behind, self.p_unreachable, strict=True)]


@dataclass(frozen=True)
class Sample:
    """The draws on which many settings are asked: all of a case, or fewer where each setting is slow to price.

    Attributes:
        case: the case, or some of its draws.
        p_shift: what is added to P, so that nothing changed gives the P of all draws.
        ahead_shift: likewise for `Answers.ahead`.
        behind_shift: likewise for `Answers.behind`.
    """

    case: Case
    p_shift: float = 0.0
    ahead_shift: float = 0.0
    behind_shift: float = 0.0

    @classmethod
    def of(cls, case: Case, n_draws: int) -> "Sample":
        """Take so many draws of a case, all if it has no more; `draws_asked` says how many for some inputs."""
        if n_draws >= case.n_draws:
            return cls(case)
        thin = case.thinned(n_draws)
        whole, part = case.chosen.call, thin.chosen.call
        p_shift = case.chosen.p_al_cheaper - thin.chosen.p_al_cheaper
        return cls(thin, p_shift, whole.ahead - part.ahead, whole.behind - part.behind)

    @property
    def planned(self) -> Call:
        """The call as planned, on all draws."""
        call = self.case.chosen.call
        return replace(call, ahead=call.ahead + self.ahead_shift, behind=call.behind + self.behind_shift)

    def at(self, changes: Callable[[Floats], Changes], x: Floats) -> Answers:
        """Ask at settings (G,) of one input, given the changes of the case that a column of them makes."""
        there = answers(lambda column: self.case.at(changes(column)), x, self.case.n_draws)
        # The verdict keeps its own P where nothing changes; elsewhere a quarter of the error of fewer draws goes too.
        return replace(
            there,
            p_al_better=np.clip(there.p_al_better + self.p_shift, 0.0, 1.0),
            ahead=np.maximum(there.ahead + self.ahead_shift, 0.0),
            behind=np.maximum(there.behind + self.behind_shift, 0.0),
        )


def is_slow(case: Case, *inputs: str) -> bool:
    """Say whether a budget is spent at each setting of some inputs, a rule run again, or curves are read anew."""
    return case.spent is not None or case.shaped_by(*inputs) or _runs_rule(case, inputs)


def _runs_rule(case: Case, inputs: Sequence[str]) -> bool:
    return bool(case.stopped) and may_move_rule(case.plan, inputs)


def draws_asked(case: Case, *inputs: str, most: int | None = None) -> int:
    """Say how many draws are asked at settings of some inputs: all, or fewer where a setting is slow to price."""
    if case.spent is not None:
        few = FEW_AT_BUDGET
    elif _runs_rule(case, inputs):
        few = FEWER
    else:
        few = FEW if case.shaped_by(*inputs) else case.n_draws
    return min(few, most or few, case.n_draws)


def answers(ask: Ask, x: Floats, n_draws: int, *, quantiles: bool = False) -> Answers:
    """Ask a case at many settings (G,), or (G, inputs) where several inputs are set together.

    The saving's quantiles take longer to sort than all else to price.
    """
    # One pass over everything leaves the cache, and was measured to take up to four times as long.
    size = max(1, GROUP // n_draws)
    parts = [_average(ask(x[i : i + size, ..., None]), len(x[i : i + size]), quantiles) for i in range(0, len(x), size)]
    return Answers(*(np.concatenate(column, axis=-1) for column in zip(*parts, strict=True)))


def _average(there: Comparison, rows: int, quantiles: bool) -> tuple[Floats, ...]:
    """Average over the draws; what does not depend on the setting is the same in each row."""
    reached = [there.plans[name].reached for name in ("random", there.al_plan)]
    neither, saving, advantage = ~(reached[0] | reached[1]), there.saving_usd, there.advantage
    scale = there.plans["random"].bill.total_usd if there.gain is None else np.ones(1)
    means = (there.al_better, neither, np.maximum(advantage, 0), np.maximum(-advantage, 0), scale)
    found = [np.broadcast_to(draws.mean(axis=-1), rows) for draws in means]
    if quantiles:  # by the rule of `Interval`
        ordered = np.sort(np.atleast_2d(saving), axis=-1)
        picked = [min(int(q * ordered.shape[-1]), ordered.shape[-1] - 1) for q in QUANTILES]
        found.append(np.broadcast_to(ordered[:, picked].T, (len(QUANTILES), rows)))
    return tuple(np.asarray(row, dtype=float) for row in found)


LOWEST_USD, HIGHEST_USD = 1e-5, 1e5  # of a vote
PER_DECADE = 8
PRICES_PER_DECADE = 12  # tiers make cliffs
POOLS_PER_DECADE = 4  # curves are read anew at each
STEEP, CLOSER = 0.06, 3  # where the chance moves by more from one price to the next, prices are put between, thrice

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
        mean: where the mean saving is above 0; at a budget, where active learning reaches more on average.
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
    answered: Callable[[Floats], Answers], x: Floats, *, whole: bool = False, close: float = CLOSE
) -> tuple[PaysWhere, PaysWhere, PaysWhere]:
    """Find where active learning pays by each criterion, among values x, or whole numbers alone."""
    there = answered(x)
    over = pays(there)
    besides = near_misses(over, x, whole=whole)
    if besides.size:
        x, first = np.unique(np.concatenate([x, besides]), return_index=True)
        over = np.concatenate([over, pays(answered(besides))], axis=1)[:, first]
    p50, p80, mean = changes(lambda some: pays(answered(some)), x, whole=whole, close=close, over=over)
    return PaysWhere.of(p50), PaysWhere.of(p80), PaysWhere.of(mean)


def pays(there: Answers) -> Floats:
    """Judge answers by the three criteria, (3, G): how far each is above what it takes."""
    saved = np.clip((there.ahead - there.behind) / np.maximum(there.scale, TINY), -MOST_SAVED, MOST_SAVED)
    over = np.stack([there.p_al_better - 0.5, there.p_al_better - SURE, saved - ROUNDING])
    # Half and half for want of an answer would otherwise be even odds; where nothing is decided none is near it.
    return np.where(there.p_unreachable <= RARELY_DECIDED, over, -1.0)


def decades(
    low: float, high: float, *, per_decade: int = PER_DECADE, whole: bool = False, zero: bool = False
) -> Floats:
    """Give values evenly spaced in ratio, 0 before them if asked."""
    x = np.geomspace(low, high, max(2, round(per_decade * np.log10(high / low)) + 1))
    x = np.unique(np.rint(x)) if whole else x
    return np.concatenate([[0.0], x]) if zero else x


def _solve_input(case: Case, unknown: Unknown, path: str, x: Floats) -> BreakEven:
    found = solve_input(case, path)
    x, sample = found.inside(x), Sample.of(case, draws_asked(case, path))
    close = CLOSE_SLOW if is_slow(case, path) else CLOSE
    where = where_it_pays(partial(sample.at, found.changes), x, whole=found.domain.whole, close=close)
    in_file = None if path == VOTE_PRICE else path
    tried = float(x[0]), float(x[-1])
    return BreakEven(unknown, in_file, found.label, found.unit, found.planned, tried, *where)


def _solve_pool(case: Case) -> BreakEven:
    found = solve_input(case, paths.POOL_SIZE)
    # A stopping rule is run again at each pool, and a larger one only makes its campaigns longer.
    wide = 10 * found.planned if case.stopped else max(1e9, 1e3 * found.planned)
    pools = decades(max(found.least, 1.0), min(wide, found.most), per_decade=POOLS_PER_DECADE, whole=True)
    return _solve_input(case, "pool", found.path, pools)


def _solve_factor(case: Case) -> BreakEven:
    """Give active learning what random needs ÷ the factor; what it needs of its own no longer counts."""
    name = case.chosen.al_plan
    random, active = case.needs["random"], case.needs[name]

    def ask(column: Floats) -> Comparison:
        give_up = {**case.give_up, name: case.give_up["random"] / column} if case.give_up else {}
        return replace(case, needs={**case.needs, name: random / column}, give_up=give_up).at({})

    x = decades(0.1, 1e3)
    where = where_it_pays(lambda some: answers(ask, some, case.n_draws), x)
    # Where either never reaches the target there is no ratio.
    both = np.isfinite(random) & np.isfinite(active)
    planned = float(np.median(random[both] / active[both])) if both.any() else None
    return BreakEven("factor", None, "Label savings factor", "times", planned, (float(x[0]), float(x[-1])), *where)


_PRICES = decades(LOWEST_USD, HIGHEST_USD, per_decade=PRICES_PER_DECADE)
_SOLVERS: Mapping[Unknown, Callable[[Case], BreakEven]] = {
    "price": lambda case: _solve_input(case, "price", VOTE_PRICE, _PRICES),
    "pool": _solve_pool,
    "hours": lambda case: _solve_input(case, "hours", paths.ONE_OFF_HOURS, decades(0.1, 1e6, zero=True)),
    "projects": lambda case: _solve_input(case, "projects", paths.PROJECTS_SHARING, decades(1, 1e4, whole=True)),
    "factor": _solve_factor,
}


def lowest_price_usd(where: PaysWhere) -> float | None:
    """Give the lowest price at which active learning pays; 0 if it does at any price, None if at no price."""
    if where.state == "never":
        return None
    return 0.0 if where.pays[0][0] is None else where.roots[0]


def chance_by_price(case: Case, marks_usd: Sequence[float]) -> pd.DataFrame:
    """Trace P over a log-spaced range of prices that spans the marks (those above 0) with at least a decade to spare.

    Prices lie closer where P moves fast (a pool that is labelled whole, a budget that is just enough). Those at which
    neither plan gets there in any future are left out, where at the prices of today one does: P says nothing there.

    Returns:
        Columns `price_usd` (ascending), `p_al_cheaper` and `state`, the verdict there.
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
    return frame.loc[says_something, ["price_usd", "p_al_cheaper", "state"]].reset_index(drop=True)


def _trace(sample: Sample, prices: Floats) -> pd.DataFrame:
    there = sample.at(sample.case.price_change, prices)
    return pd.DataFrame(
        {
            "price_usd": prices,
            "p_al_cheaper": there.p_al_better,
            "state": [call.state for call in there.calls],
            "neither": there.p_unreachable,
        }
    )
