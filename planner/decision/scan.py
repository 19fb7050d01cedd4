"""A case at many settings of one or two inputs, and every setting at which its answer changes.

Notation:
    x       (G,)    settings tried, ascending; priced in groups that stay in the processor's cache
    column  (g, 1)  the settings of one group, as the bill takes them
    yes     (K, G)  whether each of K questions is answered with yes
    over    (K, G)  by how much it is, below 0 where it is not
    P       (G,)    share of draws in which active learning is the better; draws that neither reaches count half
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from planner.decision.case import Case, Changes
from planner.decision.comparison import Comparison
from planner.decision.stopping.with_stopping_rule import may_move_rule
from planner.intervals import QUANTILES
from simulations.arrays import Bools, Counts, Floats

Question = Callable[[Floats], Bools]
"""Settings (G,) -> answers (K, G)."""

Ask = Callable[[Floats], Comparison]
"""A column of settings, (g, 1), or (g, inputs, 1) -> the two plans priced at each of them, on the same draws."""

GROUP = 80_000  # settings × draws priced at once: an array of them is 640 kB
FEW = 1_000
FEWER = 250  # where a stopping rule is run again at each setting, which takes as long as a hundred bills

SECTIONS = 8
FINER = 5  # parts of a step in which an answer may change and change back
NARROWINGS = 8  # at most: a step of the scan ÷ 8⁸
CLOSE = 1e-7  # of the setting


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
    question: Question, x: Floats, *, whole: bool = False, close: float = CLOSE, yes: Bools | None = None
) -> tuple[Crossings, ...]:
    """Find where the answers to K questions change.

    An answer that changes twice within one step of the scan is not seen to change (but see `near_misses`). A change is
    found as near as `close`, a share of the setting; among whole numbers exactly. The answers at x may be known: yes.

    Examples:
        >>> inside = lambda x: np.stack([(x > 2) & (x <= 40)])
        >>> [(found.begins, np.round(found.at, 3).tolist()) for found in changes(inside, np.geomspace(1, 100, 20))]
        [(False, [2.0, 40.0])]
    """
    yes = question(x) if yes is None else yes
    k, i = np.nonzero(yes[:, 1:] != yes[:, :-1])
    low, high, left = x[i], x[i + 1], yes[k, i]
    for _ in range(NARROWINGS):
        wide = high - low > (1 if whole else close * np.abs(high))
        if not wide.any():
            break
        low[wide], high[wide] = _narrow(question, k[wide], low[wide], high[wide], left[wide], whole=whole)
    at = np.where(left, low, high)
    return tuple(Crossings(bool(row[0]), tuple(at[k == j].tolist())) for j, row in enumerate(yes))


def _narrow(
    question: Question, k: Counts, low: Floats, high: Floats, left: Bools, *, whole: bool
) -> tuple[Floats, Floats]:
    """Cut each step into sections and keep the first one over which its answer changes."""
    shares = np.linspace(0, 1, SECTIONS + 1)
    edges = low[:, None] + (high - low)[:, None] * shares
    edges[:, -1] = high  # rounding must not move the end at which the answer is known
    if whole:
        edges = np.rint(edges)
    inner = edges[:, 1:-1]
    yes = question(inner.ravel()).reshape(-1, *inner.shape)[k, np.arange(len(k))]
    changed = np.concatenate([yes != left[:, None], np.ones((len(k), 1), dtype=bool)], axis=1)
    first, rows = changed.argmax(axis=1), np.arange(len(k))
    return edges[rows, first], edges[rows, first + 1]


@dataclass(frozen=True)
class Answers:
    """What is said at each of G settings.

    Attributes:
        p_al_better: P.
        p_unreachable: share of draws in which neither plan reaches the target, (G,).
        mean_usd: mean saving, (G,).
        scale_usd: mean total of random labelling, (G,), against which a saving may be too small to be one.
        saving_usd: saving at 10, 50 and 90%, (3, G); None where it was not asked for.
    """

    p_al_better: Floats
    p_unreachable: Floats
    mean_usd: Floats
    scale_usd: Floats
    saving_usd: Floats | None = None


@dataclass(frozen=True)
class Sample:
    """The draws on which many settings are asked: all of a case, or fewer where each setting is slow to price.

    Attributes:
        case: the case, or some of its draws.
        p_shift: what is added to P, so that nothing changed gives the P of all draws.
        usd_shift: likewise for the mean saving.
    """

    case: Case
    p_shift: float = 0.0
    usd_shift: float = 0.0

    @classmethod
    def of(cls, case: Case, n_draws: int) -> "Sample":
        """Take so many draws of a case, all if it has no more; `draws_asked` says how many for some inputs."""
        if n_draws >= case.n_draws:
            return cls(case)
        thin = case.thinned(n_draws)
        return cls(
            thin,
            case.chosen.p_al_cheaper - thin.chosen.p_al_cheaper,
            float(case.chosen.saving_usd.mean() - thin.chosen.saving_usd.mean()),
        )

    def at(self, changes: Callable[[Floats], Changes], x: Floats) -> Answers:
        """Ask at settings (G,) of one input, given the changes of the case that a column of them makes."""
        there = answers(lambda column: self.case.at(changes(column)), x, self.case.n_draws)
        # The verdict keeps its own P where nothing changes; elsewhere a quarter of the error of fewer draws goes too.
        p = np.clip(there.p_al_better + self.p_shift, 0.0, 1.0)
        return replace(there, p_al_better=p, mean_usd=there.mean_usd + self.usd_shift)


def draws_asked(case: Case, *paths: str, most: int | None = None) -> int:
    """Say how many draws are asked at settings of some inputs: all, or fewer where a setting is slow to price.

    Slow is where a budget is spent at each setting, a rule run again, or curves are read in another pool.
    """
    again = bool(case.stopped) and may_move_rule(case.plan, paths)
    few = FEWER if again else FEW if case.spent is not None or case.shaped_by(*paths) else case.n_draws
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
    neither, saving = ~(reached[0] | reached[1]), there.saving_usd
    means = (there.al_better, neither, saving, there.plans["random"].bill.total_usd)
    found = [np.broadcast_to(draws.mean(axis=-1), rows) for draws in means]
    if quantiles:  # by the rule of `Interval`
        ordered = np.sort(np.atleast_2d(saving), axis=-1)
        picked = [min(int(q * ordered.shape[-1]), ordered.shape[-1] - 1) for q in QUANTILES]
        found.append(np.broadcast_to(ordered[:, picked].T, (len(QUANTILES), rows)))
    return tuple(np.asarray(row, dtype=float) for row in found)
