"""Options that stop by the rule of the plan file: labels bought, and whether the target is truly reached.

Without a rule a plan buys just what its curve needs, as if that were known; with one it buys what the rule lets it buy.
In each draw the campaign buys its initial set and batches, measures the value with the error of its test set, and the
rule, which sees nothing but that, stops it. What a campaign expects of its next round, and how sure it is of the
target, are conditional means over the draws given what was measured, by regression (Longstaff & Schwartz 2001, who
price a right to stop in the same way); so no draw looks ahead on its own curve. Random labelling follows the rule only
where it is bought in rounds too (`monitor_random`); else its orders double, and it stops at what it needs.

Asked at many settings, campaigns are run anew only where a setting moves what they look at; settings of prices share
them, and are asked together.

Notation:
    D           draws
    G           settings; campaigns are run at once for those of prices
    n0, b       (D,) or (1,)  initial labels, batch size
    k           looks; the rule looks after the initial set and after every batch, or every few where there are many.
                At the last nothing is left to decide
    n           (D, k)  labels in hand at each look
    truth, seen (D, k)  value in hand, and as measured
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

import numpy as np

from planner.costs import QuoteCosts, price_plan
from planner.decision.comparison import Priced
from planner.decision.labels_required import LEAST, LabelsRequired, RuleOutcome
from planner.decision.stopping.rules import MONEY, Budget, History, Rule, rule_of_plan
from planner.plan import PASSIVE, Draws, Plan, items_to_label, paths
from planner.randomness import keyed_rng
from planner.transfer.task_curves import TaskCurves
from simulations.arrays import Bools, Floats, Ints
from simulations.errors import InputError

MOST_LOOKS = 300
SHARED = 0.5  # of the test set's error variance, common to all looks, as in planner.forecasting.anchors
PERSISTENCE = 0.75  # of the rest, from one batch to the next: neighbouring models err on the same items
"""Together looks one, two, five and ten batches apart correlate by 0.88, 0.78, 0.62 and 0.53; simulated ones by
0.77-0.95, 0.70-0.93, 0.58-0.90 and 0.43-0.86 (benchmarks/bench_looks.py)."""

DESIGN = (paths.POOL_SIZE, paths.TEST_LABELS, paths.INITIAL_LABELS, paths.BATCH_SIZE)
"""Inputs that say when a campaign looks, and at how many items."""

TEST_SETS_CACHED = 2  # settings of one plan mostly share the errors of their test sets, which are large

AGREED = (paths.BUDGET_USD, paths.VALUE_PER_POINT_USD)
"""Inputs outside `[stopping]` that a rule is made of."""

MOVED_BY = (*DESIGN, paths.TARGET, paths.RANDOM_LABELS, paths.LABEL_SAVINGS, paths.FINE_TUNE_LOSS, *AGREED)
"""Inputs with which a rule lets buy another number of labels, those of `[stopping]` besides; prices move rules about
money alone."""

WORTH = (
    *("votes_per_item", "vote_error_rate", "vote_correlation", "delivered_error_rate"),
    *("systematic_share", "review_share", "review_detection"),
)
"""Of a vendor's quote, what says how much its labels are worth, and so what is in hand at each look."""

PLANS_CACHED = 2
"""Plans whose campaigns as planned are kept: random and the chosen strategy; those of 5,000 draws may take 50 MB."""


@dataclass(frozen=True, eq=False)
class InterimLooks:
    """One plan's campaign in all draws at once.

    Attributes:
        values: draws of every numeric input, of which those of `DESIGN` are read.
        worth: clean labels that a delivered one counts for, (D,) or (1,).
    """

    curves: TaskCurves
    values: Draws
    strategy: str
    worth: Floats
    target: float

    @cached_property
    def every(self) -> int:
        """Batches between two looks."""
        first = self.values[paths.INITIAL_LABELS]
        rounds = np.max(np.ceil((self._cap - first) / self.values[paths.BATCH_SIZE]))
        return max(1, int(np.ceil(rounds / (MOST_LOOKS - 1))))

    @cached_property
    def n(self) -> Floats:
        """Labels at each look, (D, k); the last is all there are."""
        first, step = self.values[paths.INITIAL_LABELS], self.every * self.values[paths.BATCH_SIZE]
        looks = int(np.max(np.ceil((self._cap - first) / step))) + 1
        n = np.minimum(first[:, None] + step[:, None] * np.arange(looks), self._cap[:, None])
        return np.array(np.broadcast_to(n, (self.curves.n_draws, looks)))

    @cached_property
    def _cap(self) -> Floats:
        """The most labels there are to buy, (D,) or (1,)."""
        return np.maximum(items_to_label(self.values), self.values[paths.INITIAL_LABELS])

    @cached_property
    def truth(self) -> Floats:
        """Value in hand at each look, (D, k)."""
        x, y = self.curves.log_labels, self.curves.best
        at = self.curves.strategies.index(self.strategy)
        looked = np.log(np.maximum(self.n * np.atleast_1d(self.worth)[:, None], 1.0))
        # A draw at a time: looks are many, and each draw has its own axis.
        return np.stack([np.interp(n, *path) for n, *path in zip(looked, x[at], y[at], strict=True)])

    @cached_property
    def seen(self) -> Floats:
        """Value as measured at each look, (D, k); the truth where there are no test items."""
        items = self.values[paths.TEST_LABELS][:, None]
        sd: Floats = np.sqrt(self.truth * (1.0 - self.truth) / np.maximum(items, 1.0)) * (items > 0)
        return np.clip(self.truth + draw_test_errors(self.strategy, *self.n.shape, self.every) * sd, 0.0, 1.0)

    @cached_property
    def next_gain(self) -> Floats:
        """What each look but the last lets expect of the next, (D, k − 1)."""
        gains = np.diff(self.truth, axis=1)
        found = [conditional_mean(gains[:, k], self.seen[:, : k + 1]) for k in range(gains.shape[1])]
        return np.stack(found, axis=1) if found else gains

    @cached_property
    def p_reached(self) -> Floats:
        """Chance, at each look but the last, that the target is reached already, (D, k − 1)."""
        there = self.truth >= self.target
        found = [conditional_chance(there[:, k], self.seen[:, k]) for k in range(there.shape[1] - 1)]
        return np.stack(found, axis=1) if found else np.zeros((len(there), 0))

    def value_at(self, n: Floats) -> Floats:
        """Read each draw's curve at its own label count, (D,)."""
        return self.curves.value_of(self.strategy, np.maximum(n * self.worth, 1.0))


@lru_cache(maxsize=TEST_SETS_CACHED)
def draw_test_errors(name: str, draws: int, looks: int, every: int) -> Floats:
    """Draw the test set's error at each look, in units of its sd, (D, k); looks lie so many batches apart."""
    rng, persistence = keyed_rng(0, "stopping", name), PERSISTENCE**every
    common = rng.standard_normal(draws)
    own = np.ascontiguousarray(rng.standard_normal((draws, looks)).T)  # look by look in memory
    for k in range(1, looks):
        own[k] = persistence * own[k - 1] + np.sqrt(1.0 - persistence**2) * own[k]
    noise = np.sqrt(SHARED) * common[:, None] + np.sqrt(1.0 - SHARED) * np.ascontiguousarray(own.T)
    noise.setflags(write=False)
    return np.asarray(noise)


def conditional_mean(outcome: Floats, seen: Floats) -> Floats:
    """Give the mean of an outcome (D,) given what was measured (D, k): least squares on the last value and its rise."""
    last = seen[:, -1]
    rises = [last - seen[:, -1 - back] for back in (1, 3) if seen.shape[1] > back]
    terms = [last, *rises]
    design = np.stack([np.ones_like(last), *terms, *(term**2 for term in terms)], axis=1)
    found: Floats = design @ np.linalg.lstsq(design, outcome, rcond=None)[0]
    return np.maximum(found, 0.0)


def conditional_chance(event: Bools, seen: Floats) -> Floats:
    """Give the chance of an event (D,) given the last measured value (D,), which it can only rise with (isotonic)."""
    from scipy.optimize import isotonic_regression

    _, place, counts = np.unique(seen, return_inverse=True, return_counts=True)
    share = np.bincount(place, weights=event.astype(float)) / counts
    return np.asarray(isotonic_regression(share, weights=counts.astype(float)).x[place])


@dataclass(frozen=True, eq=False)
class Money:
    """What campaigns have spent at their looks, by one vendor's quote; values of G settings are columns (G, 1)."""

    plan: Plan
    values: Draws
    vendor: int
    looks: InterimLooks

    @property
    def rising(self) -> bool:
        """Whether more labels never cost less; with tiers, or units that are free each month, they may."""
        quote = self.plan.vendors[self.vendor]
        return not quote.tiers and quote.free_units_per_month.high == 0

    def at(self, looks: Ints) -> tuple[Floats, Floats]:
        """Give the USD spent by looks (..., G, D) or (..., 1, D), and what comes before the next: (..., G, D) each."""
        spent, after = self._usd(self.looks.n[np.arange(looks.shape[-1]), np.stack([looks, looks + 1])])
        return spent, after - spent

    def each(self) -> tuple[Floats, Floats]:
        """Give both at every look but the last, (G, D, k − 1) each; prices are those of one setting."""
        usd = np.moveaxis(self._usd(self.looks.n.T[:, None]), 0, -1)
        return usd[..., :-1], np.diff(usd, axis=-1)

    def _usd(self, n: Floats) -> Floats:
        active = self.looks.strategy not in PASSIVE
        usd = price_plan(self.plan, self.values, self.vendor, n, active=active).total_usd
        return np.broadcast_to(usd, np.broadcast_shapes(usd.shape, n.shape))


def run_campaigns(looks: InterimLooks, rule: Rule, money: Money) -> RuleOutcome:
    """Run campaigns until a rule stops them: arrays (G, D), or (1, D) where no setting of prices changes the answer."""
    reads, items = frozenset().union(*(part.reads for part in rule.parts())), looks.values[paths.TEST_LABELS]
    history = History(
        labels=looks.n[:, :-1],
        values=looks.seen[:, :-1],
        money=money,
        test_size=items if (items > 0).all() else None,
        next_gain=looks.next_gain if "next_gain" in reads else None,
        p_reached=looks.p_reached if "p_reached" in reads else None,
    )
    first = np.atleast_2d(rule.first(history))
    bought = looks.n[np.arange(first.shape[1]), first]
    reached: dict[bytes, Bools] = {}
    for at, n in zip(first, bought, strict=True):
        # Many settings stop where others do: what is reached is read once for each way to stop.
        if at.tobytes() not in reached:
            reached[at.tobytes()] = looks.value_at(n) >= looks.target
    return RuleOutcome(bought, np.stack([reached[at.tobytes()] for at in first]))


def check_priceable(rule: Rule, values: Draws) -> None:
    """Refuse rules that read the agreement of predictions, or need test items where there are none."""
    for part in rule.parts():
        if "agreement" in part.reads:
            raise InputError(
                f"stopping rule '{part.name}': cannot be priced beforehand, as learning curves do not tell how far "
                "predictions agree; it can be tried on simulated campaigns"
            )
        if "test_size" in part.reads and not (values[paths.TEST_LABELS] > 0).all():
            raise InputError(f"stopping rule '{part.name}': needs test items; found test_labels = 0 in [task]")


def may_move_rule(plan: Plan, inputs: Iterable[str]) -> bool:
    """Say whether other values of some inputs may let a rule buy another number of labels."""
    about_money = {"budget", "economic"} & {*plan.stopping.rules}
    return bool(about_money) or any(_is_own(path) for path in inputs)


@dataclass(frozen=True, eq=False)
class RuledPlans:
    """The plans of a case that stop by its rule, with their vendors and the batch sizes that were found for them.

    They may be run at other values of the case's inputs.
    """

    found: LabelsRequired
    target: float
    plans: Mapping[str, Priced]
    _as_planned: dict[tuple[str, bytes], InterimLooks] = field(default_factory=dict)

    def at(self, changes: Mapping[str, Floats], names: Collection[str]) -> dict[str, RuleOutcome]:
        """Run the campaign of each plan in every draw until the rule stops it, with inputs at other values.

        Changes are (1,) or (D,), or (G, 1) for G settings, each a campaign of its own. Another target, or another need,
        makes other curves or another rule: those are asked of a case that has them. Names that no rule stops are left
        out. Arrays of the outcomes are (G, D) where there are settings, else (D,).

        Raises:
            InputError: the rule reads what cannot be known beforehand.
        """
        columns = {path: column for path, column in changes.items() if np.ndim(column) > 1}
        single = {path: column for path, column in changes.items() if path not in columns}
        G = max((len(column) for column in columns.values()), default=0)
        columns = {path: np.broadcast_to(column, (G, column.shape[1])) for path, column in columns.items()}
        outcomes = {}
        for name in self.plans:
            if name in names:
                each = self._run(name, single, columns, max(G, 1))
                rows = np.stack([one.labels for one in each]), np.stack([one.reached for one in each])
                outcomes[name] = RuleOutcome(*rows) if G else each[0]
        return outcomes

    def _run(self, name: str, single: Mapping[str, Floats], columns: Mapping[str, Floats], G: int) -> list[RuleOutcome]:
        """Run one plan at each of G settings."""
        worth = self._label_worth(name, {**self.found.values, **single, **columns})
        worth = np.broadcast_to(worth, (G, worth.shape[1]))
        groups: dict[tuple[bytes, ...], list[int]] = {}
        own = [column for path, column in columns.items() if _is_own(path)]
        for g in range(G):
            # Settings with one key look at the same, and differ in prices.
            groups.setdefault((*(column[g].tobytes() for column in own), worth[g].tobytes()), []).append(g)
        found: dict[int, RuleOutcome] = {}
        for group in groups.values():
            moved = {path: column[group[0]] for path, column in columns.items() if _is_own(path)}
            prices = {path: column[group] for path, column in columns.items() if not _is_own(path)}
            outcomes = self._run_group(name, worth[group[0]], {**single, **moved}, prices, len(group))
            found |= dict(zip(group, outcomes, strict=True))
        return [found[g] for g in range(G)]

    def _label_worth(self, name: str, values: Draws) -> Floats:
        """Give what a label counts for, (G, D) or (G, 1), or with 1 for G."""
        worth, quote = self.found.worth, QuoteCosts.of(self.found.plan, values, self.plans[name].vendor)
        each = worth.of(name, quote)
        if (each <= LEAST).any():  # what the target cannot tell, the whole pool does
            each = np.where(each > LEAST, each, worth.of(name, quote, items_to_label(quote.values)))
        return np.atleast_2d(each)

    def _run_group(
        self, name: str, worth: Floats, own: Mapping[str, Floats], prices: Mapping[str, Floats], size: int
    ) -> list[RuleOutcome]:
        """Run campaigns that look at the same, at so many settings of prices."""
        plan, priced = self.found.plan, self.plans[name]
        # A rule is made of numbers agreed beforehand; in the plan file they would be read anew for every setting.
        agreed = {path: x for path, x in own.items() if path.startswith("stopping.") or path in AGREED}
        rule = rule_of_plan(plan, {path: float(np.median(x)) for path, x in agreed.items()})
        assert rule is not None
        values = {**self.found.values, **own}
        if priced.batch_size is not None:
            values[paths.BATCH_SIZE] = np.array([priced.batch_size])
        check_priceable(rule, values)
        looks = self._looks(name, values, worth, own)
        at_once = Money(plan, {**values, **prices}, priced.vendor, looks)
        # Unless the rule has to price every look, all settings of prices are asked together.
        if at_once.rising and all(type(part) is Budget or not part.reads & MONEY for part in rule.parts()):
            outcome = run_campaigns(looks, rule, at_once)
            return [outcome.at_setting(min(i, len(outcome.labels) - 1)) for i in range(size)]
        settings = ({**values, **{path: column[i] for path, column in prices.items()}} for i in range(size))
        monies = (Money(plan, setting, priced.vendor, looks) for setting in settings)
        return [run_campaigns(looks, rule, money).at_setting(0) for money in monies]

    def _looks(self, name: str, values: Draws, worth: Floats, own: Mapping[str, Floats]) -> InterimLooks:
        """Give the campaigns; those as planned are kept."""
        key = (name, worth.tobytes())
        if not any(path in DESIGN for path in own) and key in self._as_planned:
            return self._as_planned[key]
        looks = InterimLooks(self.found.curves, values, name, worth, self.target)
        if not own and len(self._as_planned) < PLANS_CACHED:
            self._as_planned[key] = looks
        return looks


def _is_own(path: str) -> bool:
    """Say whether an input makes another campaign or another rule, and not another price alone."""
    return path in MOVED_BY or path.startswith("stopping.") or path.rpartition(".")[2] in WORTH
