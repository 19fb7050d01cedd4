"""The answer of `labelplan track`, from which words and JSON are made, and how its past forecasts did."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from planner.backtest.hindsight import PastForecast, forecast_later_points
from planner.campaign.actions import SideArm
from planner.decision.state import Interval
from planner.forecasting import MIN_ANCHORS

MOST_STAGES = 24


@dataclass(frozen=True)
class HindsightRecord:
    """How several forecasts did.

    Attributes:
        forecasts: how many there are; they overlap, and are far from independent.
        inside: in how many the measurement lay in the 80% interval.
        mean_absolute_error: of the medians, a fraction of the metric.
        next_forecasts: of the next round only, one a stage.
        next_inside: in how many of those the measurement lay in the interval.
    """

    forecasts: int
    inside: int
    mean_absolute_error: float
    next_forecasts: int
    next_inside: int


def past_forecasts(rows: pd.DataFrame, strategy: str, *, classes: int | None, seed: int) -> tuple[PastForecast, ...]:
    """Forecast every later round from each stage of a strategy's rows of the log, from four label counts on.

    Of more than 24 stages, 24 spread evenly are taken. Rounds further than a forecast may go are left out. `classes`
    caps the error where chance is 1/classes.
    """
    counts = np.unique(rows["labels"].to_numpy(dtype=float))
    stages = np.arange(MIN_ANCHORS, counts.size)
    if stages.size > MOST_STAGES:
        stages = np.unique(np.rint(np.linspace(stages[0], stages[-1], MOST_STAGES)).astype(int))
    return tuple(
        past
        for known in stages.tolist()
        for past in forecast_later_points(rows, strategy, counts, known, classes=classes, seed=seed)
    )


def record_of(forecasts: tuple[PastForecast, ...]) -> HindsightRecord | None:
    """Count how forecasts did; None where there are none."""
    if not forecasts:
        return None
    following = {past.rounds: past for past in reversed(forecasts)}.values()
    return HindsightRecord(
        forecasts=len(forecasts),
        inside=sum(past.inside for past in forecasts),
        mean_absolute_error=float(np.mean([abs(past.q50 - past.measured) for past in forecasts])),
        next_forecasts=len(following),
        next_inside=sum(past.inside for past in following),
    )


@dataclass(frozen=True)
class BacktestBin:
    """Answers that gave something a chance above `low` and up to `high`: the mean chance said, and how often it was so.

    `benchmarks/track_backtest.py --datasets 10 --first-seed 11 --seeds 2` printed the figures. Every data set was held
    out of the evidence, the learner is linear, and answers on one data set are far from independent.
    """

    low: float
    high: float
    said: float
    happened: float
    answers: int


DATA_SETS = 10  # in the backtest
REACHED = (
    BacktestBin(0.0, 0.05, 0.007, 0.031, 290),
    BacktestBin(0.05, 0.2, 0.114, 0.108, 102),
    BacktestBin(0.2, 0.4, 0.302, 0.306, 62),
    BacktestBin(0.4, 0.6, 0.492, 0.538, 65),
    BacktestBin(0.6, 0.8, 0.669, 0.606, 33),
    BacktestBin(0.8, 0.95, 0.906, 0.944, 36),
    BacktestBin(0.95, 1.0, 0.985, 0.963, 81),
)
"""Of the chance that the target is reached already."""

REACHES = (
    BacktestBin(0.0, 0.05, 0.032, 0.000, 13),
    BacktestBin(0.05, 0.2, 0.127, 0.044, 45),
    BacktestBin(0.2, 0.4, 0.305, 0.220, 59),
    BacktestBin(0.4, 0.6, 0.514, 0.552, 67),
    BacktestBin(0.6, 0.8, 0.713, 0.721, 104),
    BacktestBin(0.8, 0.95, 0.886, 0.929, 156),
    BacktestBin(0.95, 1.0, 0.986, 0.987, 225),
)
"""Of the chance that it will be, within the pool, by the way that reaches it most often."""


def backtest_bin(table: tuple[BacktestBin, ...], chance: float) -> BacktestBin:
    """Give the answers of a backtest that gave a chance like this one."""
    return next((one for one in table if chance <= one.high), table[-1])


Reason = str
"""`rule`, `reached`, `nothing left`, `unreachable`, `not worth it`, `pilot pays`, `cheapest`."""


@dataclass(frozen=True)
class ActionOutcome:
    """One thing that can be done now, over all draws.

    Attributes:
        strategy: by which labels are picked then; None where none are.
        labels: labels still needed; None where more than that share of draws never reaches the target.
        mean_usd: expected money still to pay.
        cost_usd: its 80% interval.
        reachable_usd: expected money still to pay in the futures in which some way reaches the target, by which ways
            are compared; None where there is no such future.
        lines_usd: mean of each line still to pay.
        days: calendar days from now; None as for labels.
        p_reaches: chance of reaching the target.
        p_best: chance that this is the best thing to do.
        net_usd: expected worth of what it adds to the value, less what it costs, in the same futures; None without a
            value of a point.
    """

    strategy: str | None
    labels: Interval
    mean_usd: float
    cost_usd: Interval
    reachable_usd: float | None
    lines_usd: Mapping[str, float]
    days: Interval
    p_reaches: float
    p_best: float
    net_usd: float | None

    def to_dict(self) -> dict[str, Any]:
        """Give the action as `--json` prints it."""
        return {
            "strategy": self.strategy,
            "labels_needed": asdict(self.labels),
            "cost_usd": {"mean": self.mean_usd, "mean_if_reachable": self.reachable_usd, **asdict(self.cost_usd)},
            "lines": dict(self.lines_usd),
            "days": asdict(self.days),
            "p_reaches": self.p_reaches,
            "p_best": self.p_best,
            "net_benefit_usd": self.net_usd,
        }


@dataclass(frozen=True)
class NextRound:
    """The next batch in the way of now, on average: its labels, what it adds, what it costs, what that is worth."""

    labels: float
    gain: float
    price_usd: float
    worth_usd: float | None

    @property
    def pays(self) -> bool | None:
        """Whether it is worth its price; None without a value of a point."""
        return None if self.worth_usd is None else self.worth_usd >= self.price_usd


@dataclass(frozen=True)
class SunkCosts:
    """What is paid already, and in no comparison.

    Attributes:
        usd: money spent, from the log where it says so; else the plan's price of what is in hand.
        engineering_built: whether active learning is built, so that no action pays for it.
    """

    usd: float
    from_log: bool
    engineering_built: bool


@dataclass(frozen=True)
class CampaignStatus:
    """Where a campaign stands, and what to do.

    Attributes:
        action: key of `actions` that is advised.
        reason: why, a word.
        why_rule: what the plan's stopping rule says where it stops the campaign.
        rule_stops: whether it does; None without a rule.
        strategy: by which the campaign picks now.
        labels: in hand; the `value` was measured with them.
        rounds: label counts measured in that way.
        p_reached: chance that the target is reached already.
        actions: `continue`, `switch_to_…`, `stop`.
        side_arm: measuring another strategy first; None where the log knows both curves, or too little.
        no_side_arm: why there is none.
        evpi_usd: what knowing every curve exactly would save on average, the most that any pilot is worth.
        evpi_se_usd: its Monte Carlo standard error.
        next_round: the next batch; None where nothing is left to buy.
        sunk: what is paid already.
        past: past forecasts, and `record` how they did.
        record: None where there are fewer than five label counts of any strategy.
        basis: what the curves rest on.
        curves: columns `strategy, labels, q10, q50, q90, extrapolated`.
        evidence: columns `dataset, weight, why`.
        vendor: whose quote prices the labels.
    """

    action: str
    reason: Reason
    why_rule: str | None
    rule_stops: bool | None
    strategy: str
    labels: float
    value: float
    rounds: int
    p_reached: float
    actions: Mapping[str, ActionOutcome]
    side_arm: SideArm | None
    no_side_arm: str | None
    evpi_usd: float
    evpi_se_usd: float
    next_round: NextRound | None
    sunk: SunkCosts
    past: tuple[PastForecast, ...]
    record: HindsightRecord | None
    basis: str
    curves: pd.DataFrame
    evidence: pd.DataFrame
    vendor: str
    warnings: tuple[str, ...]
    task_name: str
    metric: str
    target: float
    currency: str
    n_draws: int
    seed: int
    version: str

    @property
    def p_reaches(self) -> float:
        """Chance of the way that reaches the target most often."""
        return max(one.p_reaches for name, one in self.actions.items() if name != "stop")

    def to_dict(self) -> dict[str, Any]:
        """Give the status as `labelplan track --json` prints it, without its sentence."""
        ahead = self.next_round
        return {
            "action": self.action,
            "reason": self.reason,
            "campaign": {
                "strategy": self.strategy,
                "labels": self.labels,
                "value": self.value,
                "rounds": self.rounds,
                "vendor": self.vendor,
            },
            "target": self.target,
            "metric": self.metric,
            "p_target_reached": self.p_reached,
            "backtest": {
                "p_target_reached": asdict(backtest_bin(REACHED, self.p_reached)),
                "p_reaches": asdict(backtest_bin(REACHES, self.p_reaches)),
            },
            "actions": {name: one.to_dict() for name, one in self.actions.items()},
            "pilot": None if self.side_arm is None else self.side_arm.to_dict(),
            "no_pilot": self.no_side_arm,
            "evpi_usd": self.evpi_usd,
            "evpi_se_usd": self.evpi_se_usd,
            "next_round": None if ahead is None else {**vars(ahead), "pays": ahead.pays},
            "sunk": vars(self.sunk),
            "stopping_rule": None if self.rule_stops is None else {"stops": self.rule_stops, "why": self.why_rule},
            "past_forecasts": [one.to_dict() for one in self.past],
            "forecast_record": None if self.record is None else vars(self.record),
            "basis": self.basis,
            "forecast": self.curves.to_dict(orient="records"),
            "evidence": self.evidence.to_dict(orient="records"),
            "warnings": list(self.warnings),
            "currency": self.currency,
            "n_draws": self.n_draws,
            "seed": self.seed,
            "version": self.version,
        }
