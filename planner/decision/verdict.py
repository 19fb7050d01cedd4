"""The verdict: everything the command line, the dashboard and the report show, computed once.

One `Verdict` renders all three, so that they cannot disagree. It holds plain numbers; words are in `planner.render`.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from planner.costs import Bill
from planner.decision.state import Call, Interval, SensitivityBar, State
from planner.transfer.advantage import Advantage

if TYPE_CHECKING:
    from planner.decision.analysis import Analysis
    from planner.decision.hybrid import HybridOutcome
    from planner.decision.options import OptionsComparison
    from planner.decision.repricing import Repricing


@dataclass(frozen=True)
class PlanOutcome:
    """One plan (random, or one strategy) with its best vendor, over all draws.

    Attributes:
        labels: labels bought to reach the target; None where more than that share of draws never reaches it. At a
            budget, labels that it buys; None where it does not pay for the smallest plan.
        total_usd: what the plan costs; draws that miss the target pay for all they bought, and for the other option.
        lines_usd: mean of each line of the bill; they sum to the mean total.
        value: value of the metric in hand with the labels bought, a fraction.
        batch_size: labels a round, where it was found and not given; None where the plan file's own counts.
        vendor: the vendor with the lowest mean total for this plan.
        p_unreachable: share of draws in which the plan never reaches the target within pool and budget; where there
            is only a budget, in which that does not pay for the smallest plan.
        by_rule: whether a stopping rule says how many labels it buys: then they are a number in every draw, and those
            draws are `p_unreachable` in which it stopped short of the target.
        clean_labels_per_label: labels with no error that one of the labels bought counts for, in the usual draw.
    """

    name: str
    labels: Interval
    total_usd: Interval
    lines_usd: Mapping[str, float]
    days: Interval
    value: Interval
    rounds: Interval
    batch_size: float | None
    vendor: str
    p_unreachable: float
    by_rule: bool = False
    clean_labels_per_label: float = 1.0

    def to_dict(self) -> dict[str, Any]:
        """Give the outcome as the JSON contract writes it."""
        return {key.replace("lines_usd", "lines"): value for key, value in asdict(self).items() if key != "name"}


@dataclass(frozen=True)
class Summary:
    """What is forecast of a plan's curves, and what each of its plans comes to.

    Attributes:
        plans: `random` and every strategy, each with its best vendor.
        advantages: each strategy beside random on the same labels: savings, and chances of being better.
        curves: columns `strategy, labels, q10, q50, q90, extrapolated` (metric fractions for the user's task).
        evidence: columns `dataset, weight, why`: what the curves were taken from.
        target: the metric's target, a fraction; None where every plan spends the budget instead. There a saving is
            what random labelling would have to pay for the value that active learning reaches, less what that pays.
        budget_usd: the most that a plan may spend, delay aside; None where there is no budget.
        currency: the label printed beside money; amounts are never converted.
    """

    plans: Mapping[str, PlanOutcome]
    advantages: Mapping[str, Advantage]
    curves: pd.DataFrame
    evidence: pd.DataFrame
    task_name: str
    metric: str
    target: float | None
    budget_usd: float | None
    currency: str
    plan_toml: str


@dataclass(frozen=True)
class Verdict(Summary):
    """Whether active learning beats labelling more random data, with money and a probability.

    Attributes:
        call: use active learning or label random, whichever is ahead on average: by its mean bill, or at a budget by
            the value that it reaches. Too close to call where more can still be lost by that choice than it is expected
            to save, or where most futures reach the target with neither.
        al_plan: the strategy compared with random: the one with the lowest mean total, not the best in each draw.
        p_al_cheaper: probability that `al_plan` beats random; ties and draws in which neither reaches count half.
        saving_usd: total of random minus total of `al_plan`; negative when active learning costs more.
        gain: value that active learning reaches beyond random at a budget, a fraction; None at a target.
        futures: fifty equally likely savings in USD, or gains, ascending (quantiles at 1%, 3%, … 99%).
        break_even_mean_usd: the price of one vote at which both options are as good on average; None if none does it.
        break_even_p50_usd: the price at which `p_al_cheaper` is 50%, then at 80%.
        p_unreachable: share of draws in which neither random nor `al_plan` reaches the target.
        sensitivity: tornado bars, widest first.
        chance_by_price: columns `price_usd` (one vote, log-spaced, ascending), `p_al_cheaper`, `state`.
        hybrid: labelling the whole pool to a bounded error, by who picks people's items; empty where it is not asked.
        worked: the bill of each plan at its usual labels, ranges at their median; not of one that rarely gets there.
        assumptions: columns `path, label, unit, value, default` (`default` True where the plan left it out).
        price_usd: price of one vote in the random plan's best quote (its median).
        votes_per_item: votes bought per item in that quote.
        n_draws: joint draws behind every number.
        seed: seed of the draws; the same plan, evidence and seed give the same verdict.
        analysis: everything else that the draws say: flips, value of information, pilots, break-evens, frontier; None
            where only the verdict was asked for.
        options: people, a language model or both, beside each other; None where the plan names no such option.
        repricing: the bills as straight lines, for the sliders of a report; None where none is written, or at a budget.
    """

    call: Call
    al_plan: str
    p_al_cheaper: float
    saving_usd: Interval
    gain: Interval | None
    futures: tuple[float, ...]
    break_even_mean_usd: float | None
    break_even_p50_usd: float | None
    break_even_p80_usd: float | None
    p_unreachable: float
    sensitivity: tuple[SensitivityBar, ...]
    chance_by_price: pd.DataFrame
    hybrid: Mapping[str, "HybridOutcome"]
    worked: Mapping[str, Bill]
    assumptions: pd.DataFrame
    warnings: tuple[str, ...]
    price_usd: float
    votes_per_item: float
    n_draws: int
    seed: int
    version: str
    analysis: "Analysis | None" = None
    options: "OptionsComparison | None" = None
    repricing: "Repricing | None" = None

    @property
    def state(self) -> State:
        """The verdict in one word."""
        return self.call.state

    def to_dict(self) -> dict[str, Any]:
        """Give the verdict as `labelplan plan --json` prints it; what was not asked for is None."""
        at_target, call = self.gain is None, self.call
        analysed = {"evpi_usd": None, "pilot": None} if self.analysis is None else self.analysis.to_dict()
        return {
            **analysed,
            "verdict": self.state,
            "al_plan": self.al_plan,
            "p_al_cheaper": self.p_al_cheaper,
            "saving_usd": asdict(self.saving_usd),
            "expected_saving_usd": call.expected if at_target else None,
            "expected_loss_usd": call.expected_loss if at_target else None,
            "expected_gain": None if at_target else call.expected,
            "gain": None if self.gain is None else asdict(self.gain),
            "break_even_price_usd": {
                "mean": self.break_even_mean_usd,
                "p50": self.break_even_p50_usd,
                "p80": self.break_even_p80_usd,
            },
            "p_unreachable": self.p_unreachable,
            "plans": {name: outcome.to_dict() for name, outcome in self.plans.items()},
            "label_savings": {name: one.to_dict() for name, one in self.advantages.items()},
            "sensitivity": [bar.to_dict(at_target=at_target) for bar in self.sensitivity],
            "options": None if self.options is None else self.options.to_dict(),
            "hybrid": {name: one.to_dict() for name, one in self.hybrid.items()} or None,
            "assumed": self.assumptions[self.assumptions["default"]].drop(columns="default").to_dict(orient="records"),
            "evidence": self.evidence.to_dict(orient="records"),
            "warnings": list(self.warnings),
            "metric": self.metric,
            "solve_for": "cost_at_target" if self.target is not None else "value_at_budget",
            "target": self.target,
            "budget_usd": self.budget_usd,
            "currency": self.currency,
            "n_draws": self.n_draws,
            "seed": self.seed,
            "version": self.version,
        }
