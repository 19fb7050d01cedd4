"""Labels each option needs to reach the target, per joint draw.

Notation:
    values  input path -> (n_draws,), or (1,) for a single number    one joint draw of every numeric input
    needs   plan name -> (n_draws,)     clean labels to the target on the joint curve draws, inf where never
    eta     (n_draws,)  share of wrong labels that the team ends up with
    c       (n_draws,)  clean labels that one delivered label counts for: those that give the target, or the value in
                        hand, ÷ those delivered; a floor keeps needs finite or plainly out of reach

Giving up: n labels in hand have the value v(n), and the last doubling gained v(n) − v(n/2). The target is out of sight
where v(n) + patience·(v(n) − v(n/2))·log2(pool/n) lies below it. Gains per doubling mostly shrink, so that a target
that is out of sight at the pace of now is mostly out of reach; a curve that wakes late may be given up in vain.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypedDict, Unpack

import numpy as np
import pandas as pd

from planner.costs import QuoteCosts
from planner.costs.label_noise import clean_labels_per_label
from planner.decision.load_curves import task_curves, with_measured_seconds
from planner.plan import DEFAULT_TARGET, Draws, Plan, items_to_label, paths
from planner.transfer.label_errors import LabelLosses, equivalent_share, label_losses
from planner.transfer.task_curves import TaskCurves
from simulations.arrays import ArrayLike, Bools, Floats, Ints
from simulations.errors import InputError

LEAST = 1e-12
LOOKS = 2  # at each doubling of the labels
HAIR = 1e-9  # of the metric: rounding gives nothing up
MOST_SHARES = 64  # kept, those asked for last: votes, sweeps and maps ask for the same ones again


@dataclass(frozen=True, eq=False)
class LabelEquivalence:
    """How wrong labels are counted.

    Attributes:
        clean: whether the curves ask for clean labels; else a delivered label is just what they ask for.
        losses: points lost to wrong labels; None where the textbook formula counts.
        curves: of all options, with right labels; None where there is no loss.
        target: value of the metric at which labels are compared: one for all draws, or (n_draws,) or (G, n_draws); None
            for the end of the curves.
    """

    clean: bool
    losses: LabelLosses | None = None
    curves: TaskCurves | None = None
    target: float | Floats | None = None
    _shares: dict[tuple[object, ...], Floats] = field(default_factory=dict, repr=False, init=False)

    def of(self, name: str, quote: QuoteCosts, labels: Floats | None = None) -> Floats:
        """Give c for the labels that an option buys from a vendor: at the target, or with so many labels delivered."""
        if not self.clean:
            return np.ones(1)
        return np.maximum(self.at(name, quote.error_rate, quote["systematic_share"], labels), LEAST)

    def at(self, name: str, error_rate: Floats, systematic_share: Floats, labels: Floats | None = None) -> Floats:
        """Give c for any error rates; a leading axis of settings, or of votes, stays."""
        if self.losses is None or self.curves is None:
            return clean_labels_per_label(error_rate)
        if not error_rate.any():
            return np.ones(1)
        level = np.atleast_1d(np.inf if self.target is None else self.target)
        parts = [error_rate, systematic_share, level if labels is None else labels]
        key = (name, labels is None, *((part.shape, part.tobytes()) for part in parts))
        if key not in self._shares:
            if len(self._shares) >= MOST_SHARES:
                self._shares.pop(next(iter(self._shares)))
            shape = np.broadcast_shapes(*(part.shape for part in parts))
            rows = zip(*(np.broadcast_to(part, (shape[0], *part.shape[-1:])) for part in parts), strict=True)
            settings = rows if len(shape) > 1 else [parts]
            each = []
            for rate, share, at in settings:
                best, log_labels, lost = self._lost(name, rate, share)
                given = {"target": at} if labels is None else {"labels": at}
                each.append(equivalent_share(best, log_labels, lost, **given))
            self._shares[key] = np.stack(each) if len(shape) > 1 else each[0]
        return self._shares[key]

    def ceiling(self, name: str, quote: QuoteCosts) -> Floats | None:
        """Give the value at the end of an option's curve with a vendor's labels, (D,); None where nothing bounds it."""
        if not self.clean or self.losses is None or self.curves is None:
            return None
        best, _, lost = self._lost(name, quote.error_rate, quote["systematic_share"])
        return np.asarray((best - lost).max(axis=1))

    def _lost(self, name: str, error_rate: Floats, systematic_share: Floats) -> tuple[Floats, Floats, Floats]:
        assert self.losses is not None and self.curves is not None
        place = self.curves.strategies.index(name)
        best, log_labels = self.curves.best[place], self.curves.log_labels[place]
        rates = error_rate[:, None], systematic_share[:, None]
        return best, log_labels, self.losses.points(name, *rates, log_labels)

    def at_target(self, target: float | Floats | None) -> "LabelEquivalence":
        """Compare labels at another value."""
        return self if target is self.target else replace(self, target=target)

    def on_curves(self, curves: TaskCurves) -> "LabelEquivalence":
        """Read other curves, such as those of a larger task."""
        return self if self.losses is None else replace(self, curves=curves)

    def select_draws(self, draws: Ints) -> "LabelEquivalence":
        """Give some draws alone."""
        if self.losses is None or self.curves is None:
            return self
        return replace(self, losses=self.losses.select_draws(draws), curves=self.curves.select_draws(draws))

    @property
    def sources(self) -> tuple[str, ...]:
        """Say where the losses are from, where they are the user's own."""
        return () if self.losses is None or not self.losses.source else (self.losses.source,)


BY_FORMULA = LabelEquivalence(clean=True)


def label_equivalence(
    plan: Plan, simulated: pd.DataFrame | None, curves: TaskCurves, target: float | None, *, seed: int
) -> LabelEquivalence:
    """Count wrong labels by what was measured, unless the plan names the formula."""
    if not curves.clean_labels or plan.evidence.label_errors == "formula":
        return LabelEquivalence(curves.clean_labels)
    if simulated is not None and plan.task.metric not in set(simulated["metric"]):
        simulated = None
    classes, known = round(plan.task.classes.median), {"learner": plan.evidence.learner, "metric": plan.task.metric}
    losses = label_losses(classes, curves.n_draws, seed, simulated=simulated, **known)
    return LabelEquivalence(True, losses, curves, target)


@dataclass(frozen=True, eq=False)
class RuleOutcome:
    """The labels that a rule lets buy, and whether they truly reach the target: (D,), or (G, D) for G settings."""

    labels: Floats
    reached: Bools

    def at_setting(self, at: int | Ints) -> "RuleOutcome":
        """Give the outcome in one of G settings, or where there are none in some draws alone."""
        return RuleOutcome(self.labels[at], self.reached[at])


@dataclass(frozen=True, eq=False)
class LabelsRequired:
    """What the options of one plan need, and what that was read from.

    Attributes:
        target: value of the metric to reach; None where every plan spends the budget instead.
        needs: plan name -> clean labels to the target, (n_draws,), inf where never; all inf without a target.
        give_up: plan name -> clean labels at which it gives up, (n_draws,), inf where never; empty where none does.
        stopped: plan name -> what its stopping rule lets it buy; the others buy what they need.
    """

    plan: Plan
    target: float | None
    values: Draws
    curves: TaskCurves
    needs: Mapping[str, Floats]
    worth: LabelEquivalence
    give_up: Mapping[str, Floats] = field(default_factory=dict)
    stopped: Mapping[str, RuleOutcome] = field(default_factory=dict)


class Sources(TypedDict, total=False):
    """Where curves are from: what `decide_in_steps` says, and `task_curves` or a memory of it."""

    base: Path | None
    simulated: pd.DataFrame | None
    forecast: Callable[..., TaskCurves]


def forecast_labels_required(plan: Plan, *, n_draws: int, seed: int, **sources: Unpack[Sources]) -> LabelsRequired:
    """Draw the plan's inputs and its curves, and read off the labels that each plan needs; see `decide`.

    Raises:
        InputError: the plan's evidence cannot be used.
    """
    simulated, curves_of = sources.get("simulated"), sources.get("forecast", task_curves)
    plan, _ = with_measured_seconds(plan, simulated)
    base = sources.get("base") or Path()
    if plan.evidence.store is not None and simulated is None:
        raise InputError("plan, [evidence] store: its curve table was not read; open the plan with the command line")
    values = plan.draw(n_draws, seed)
    level = plan.task.target.median if plan.task.target is not None else DEFAULT_TARGET
    curves = curves_of(plan, values, level, base=base, simulated=simulated, n_draws=n_draws, seed=seed)
    target = None if plan.task.at_budget else level
    reach = np.full((n_draws, len(curves.strategies)), np.inf) if target is None else curves.labels_to_reach(target)
    return LabelsRequired(
        plan,
        target,
        values,
        curves,
        {name: reach[:, i] for i, name in enumerate(curves.strategies)},
        label_equivalence(plan, simulated, curves, target, seed=seed),
        {} if target is None else labels_to_give_up(plan, values, curves, target, curves.strategies),
    )


def labels_to_give_up(
    plan: Plan,
    values: Draws,
    curves: TaskCurves,
    target: float,
    names: Iterable[str],
    pool: ArrayLike | None = None,
    times: ArrayLike = 1.0,
) -> dict[str, Floats]:
    """Give the labels at which each plan gives up, looking at twice the initial set and at each half doubling after it.

    A look counts where the value of half its labels was measured too: before that a curve is a guess. Curves are read
    for a pool, where that is not the one they were drawn for, and for so many times their labels, (n_draws,) or (1,).

    Returns:
        Plan name -> clean labels, (n_draws,); inf where it never gives up. Empty where nobody does.
    """
    patience = plan.stopping.give_up
    if isinstance(patience, str):
        return {}
    first, left = values[paths.INITIAL_LABELS], np.maximum(items_to_label(values), 1.0)
    octaves = max(float(np.log2(np.max(left / first))), 1.0)
    log_n = np.log(first)[:, None] + np.log(2.0) / LOOKS * np.arange(int(np.ceil(LOOKS * octaves)) + 1)
    log_n = np.broadcast_to(log_n, (curves.n_draws, log_n.shape[1]))
    ahead = (np.log2(left) - log_n[:, LOOKS:].T / np.log(2.0)).T
    found = {}
    for name in names:
        value = curves.values_along(name, log_n, pool, times)
        promised = value[:, LOOKS:] + patience * (value[:, LOOKS:] - value[:, :-LOOKS]) * ahead
        begins = curves.log_begin(name, times)
        lost = (promised < target - HAIR) & (ahead > 0) & (log_n[:, :-LOOKS] >= begins[:, None] - HAIR)
        found[name] = np.where(lost.any(axis=1), first * 2.0 ** (1 + lost.argmax(axis=1) / LOOKS), np.inf)
    return found
