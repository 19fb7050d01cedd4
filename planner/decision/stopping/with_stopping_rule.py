"""Options that stop by the rule of the plan file: labels bought, and whether the target is truly reached.

Without a rule a plan buys just what its curve needs, as if that were known; with one it buys what the rule lets it buy,
from what the campaign measures on its test items. Random labelling follows the rule only where it is bought in rounds
too (`monitor_random`); in one order nothing is measured before the end.

Asked at many settings, campaigns are run anew only where a setting moves what they look at; settings of prices share
them, and are asked together.

Notation: D draws; G settings; k looks.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from planner.costs import QuoteCosts
from planner.decision.comparison import Priced
from planner.decision.labels_required import LabelEquivalence
from planner.decision.stopping.interim_looks import (
    DESIGN,
    InterimLooks,
    Money,
    RuleOutcome,
    check_priceable,
    prices_at_once,
    run_campaigns,
)
from planner.decision.stopping.rules import rule_of_plan
from planner.plan import Draws, Plan, paths
from planner.plan.tables import PASSIVE
from planner.transfer.task_curves import TaskCurves
from simulations.arrays import Floats

MOVED_BY = (*DESIGN, paths.TARGET, paths.RANDOM_LABELS, paths.BUDGET_USD, paths.VALUE_PER_POINT_USD)
"""Inputs with which a rule lets buy another number of labels, those of `[stopping]` besides; prices move rules about
money alone."""

WORTH = ("votes_per_item", "vote_error_rate", "delivered_error_rate", "review_share", "review_detection")
"""Of a vendor's quote, what says how much its labels are worth, and so what is in hand at each look."""

PLANS_CACHED = 2
"""Plans whose campaigns as planned are kept: random and the chosen strategy; those of 5,000 draws may take 50 MB."""

AGREED = (paths.BUDGET_USD, paths.VALUE_PER_POINT_USD)
"""Inputs outside `[stopping]` that a rule is made of."""


def may_move_rule(plan: Plan, inputs: Iterable[str]) -> bool:
    """Say whether other values of some inputs may let a rule buy another number of labels."""
    about_money = {"budget", "economic"} & {*plan.stopping.rules}
    return bool(about_money) or any(_is_own(path) for path in inputs)


def with_agreed_numbers(plan: Plan, changes: Mapping[str, Floats]) -> Plan:
    """Put changed inputs that the rule itself is made of into the plan file; a rule is a number agreed beforehand."""
    own = {path: x for path, x in changes.items() if _of_rule(path)}
    return plan.replace({path: float(np.median(x)) for path, x in own.items()}) if own else plan


def _of_rule(path: str) -> bool:
    return path.startswith("stopping.") or path in AGREED


def plans_with_rule(plan: Plan, names: tuple[str, ...]) -> tuple[str, ...]:
    """Name the plans that the plan file's rule stops; none where it has no rule."""
    if not plan.stopping.rules:
        return ()
    return tuple(name for name in names if name not in PASSIVE or (name == "random" and plan.strategy.monitor_random))


@dataclass(frozen=True, eq=False)
class RuledPlans:
    """The plans of a case that stop by its rule, to be run at other values of its inputs.

    Attributes:
        plan: a plan whose `[stopping]` names a rule.
        values: draws of every numeric input.
        curves: joint draws of every plan's curve.
        target: value of the metric to reach.
        plans: the plans that stop by the rule; their vendors, and batch sizes where those were found.
        worth: what a vendor's label counts for.
        seed: of the test set's error.
    """

    plan: Plan
    values: Draws
    curves: TaskCurves
    target: float
    plans: Mapping[str, Priced]
    worth: LabelEquivalence
    seed: int = 0
    _as_planned: dict[tuple[str, bytes], InterimLooks] = field(default_factory=dict)

    def at(self, changes: Mapping[str, Floats], names: Collection[str] | None = None) -> dict[str, RuleOutcome]:
        """Run the campaign of each plan in every draw until the rule stops it, with inputs at other values.

        Changes are (1,) or (D,), or (G, 1) for G settings, each a campaign of its own. Another target, or another need,
        makes other curves or another rule: those are asked of a case that has them. Names that no rule stops are left
        out.

        Returns:
            Plan name -> outcome, with arrays (G, D) where there are settings.

        Raises:
            InputError: the rule reads what cannot be known beforehand.
        """
        columns = {path: column for path, column in changes.items() if np.ndim(column) > 1}
        single = {path: column for path, column in changes.items() if path not in columns}
        G = max((len(column) for column in columns.values()), default=0)
        columns = {path: np.broadcast_to(column, (G, column.shape[1])) for path, column in columns.items()}
        found = {}
        for name, priced in self.plans.items():
            if names is not None and name not in names:
                continue
            outcomes = _Settings(self, name, priced, single, columns).outcomes(G)
            found[name] = RuleOutcome.concat(outcomes) if G else outcomes[0]
        return found


@dataclass(frozen=True, eq=False)
class _Settings:
    """One plan at G settings."""

    ruled: RuledPlans
    name: str
    priced: Priced
    single: Mapping[str, Floats]
    columns: Mapping[str, Floats]

    def outcomes(self, G: int) -> list[RuleOutcome]:
        """Give the outcome at each setting, in order; where there is none, the one outcome."""
        groups: dict[tuple[bytes, ...], list[int]] = {}
        for g in range(max(G, 1)):
            groups.setdefault(self._key(g), []).append(g)
        found: dict[int, RuleOutcome] = {}
        for group in groups.values():
            found |= dict(zip(group, self._run_group(group), strict=True))
        return [found[g] for g in range(max(G, 1))]

    def _key(self, g: int) -> tuple[bytes, ...]:
        """Tell settings apart that look at other things, or by another rule; those with one key differ in prices."""
        own = [column[g].tobytes() for path, column in self.columns.items() if _is_own(path)]
        return (*own, self._worth_at(g).tobytes())

    @cached_property
    def _worth(self) -> Floats:
        """What a label counts for, (G, D) or (G, 1); one row where no setting moves it."""
        values = {**self.ruled.values, **self.single, **self.columns}
        return np.atleast_2d(self.ruled.worth.of(self.name, QuoteCosts.of(self.ruled.plan, values, self.priced.vendor)))

    def _worth_at(self, g: int) -> Floats:
        return np.asarray(self._worth[min(g, len(self._worth) - 1)])

    def _run_group(self, group: Sequence[int]) -> list[RuleOutcome]:
        ruled, g = self.ruled, group[0]
        own = {**self.single, **{path: column[g] for path, column in self.columns.items() if _is_own(path)}}
        prices = {path: column[group] for path, column in self.columns.items() if not _is_own(path)}
        # As `with_agreed_numbers` puts them into the plan file, which would be read anew for every setting.
        rule = rule_of_plan(ruled.plan, {path: float(np.median(x)) for path, x in own.items() if _of_rule(path)})
        assert rule is not None
        values = {**ruled.values, **own}
        if self.priced.batch_size is not None:
            values[paths.BATCH_SIZE] = np.array([self.priced.batch_size])
        check_priceable(rule, values)
        looks = self._looks(values, self._worth_at(g), own)
        if not prices:
            money = Money(ruled.plan, values, self.priced.vendor, looks)
            return [run_campaigns(looks, rule, ruled.target, money).taken(0)] * len(group)
        at_once = Money(ruled.plan, {**values, **prices}, self.priced.vendor, looks)
        if prices_at_once(rule, at_once):
            outcome = run_campaigns(looks, rule, ruled.target, at_once)
            return [outcome.taken(min(i, len(outcome.labels) - 1)) for i in range(len(group))]
        settings = ({**values, **{path: column[i] for path, column in prices.items()}} for i in range(len(group)))
        monies = (Money(ruled.plan, setting, self.priced.vendor, looks) for setting in settings)
        return [run_campaigns(looks, rule, ruled.target, money).taken(0) for money in monies]

    def _looks(self, values: Draws, worth: Floats, own: Mapping[str, Floats]) -> InterimLooks:
        """Give the campaigns; those as planned are kept."""
        key = (self.name, worth.tobytes())
        kept = self.ruled._as_planned
        if not any(path in DESIGN for path in own) and key in kept:
            return kept[key]
        looks = InterimLooks(self.ruled.curves, values, self.name, worth, seed=self.ruled.seed)
        if not own and len(kept) < PLANS_CACHED:
            kept[key] = looks
        return looks


def _is_own(path: str) -> bool:
    """Say whether an input makes another campaign or another rule, and not another price alone."""
    return path in MOVED_BY or path.startswith("stopping.") or path.rpartition(".")[2] in WORTH
