"""One data set held out: every question put to the planner, each answer beside what was true.

Notation: U money in USD at the labels that were truly needed.
"""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from planner.costs import bills_at_counts
from planner.decision.decide_plan import case_of
from planner.decision.load_curves import task_curves
from planner.transfer.task_curves import TaskCurves
from research.verdicts.asked import BILL_RATIOS, EVIDENCE, Evidence, evidence_of, plan_of
from research.verdicts.rules import rules_say, saving_usd
from research.verdicts.world import Truth, World
from simulations.arrays import Floats

__all__ = ["BY_CHANCE", "PLANNER", "Judged", "judge_world"]

PLANNER, BY_CHANCE = "labelplan", "labelplan by the chance"
"""The planner takes the option with the lower mean bill; by the chance, active learning from a chance of a half.

A plan's answer tells both: what loses least where losses differ in size, and what is likelier to be cheaper.
"""
_BEYOND = 1.25
"""Targets that random reached with less than so many times a pilot's labels are not asked: the pilot had shown it."""


@dataclass(frozen=True)
class Judged:
    """One question, what each method said, and what was true.

    Attributes:
        dataset: held out.
        seed: the campaign whose first points are the pilot.
        evidence: what was known.
        pilot_labels: labels of the pilot.
        target: value of the metric.
        bill_ratio: random's bill of labels ÷ what active learning costs to build.
        p_al_cheaper: the planner's chance.
        state: its verdict.
        expected_saving_usd: what active learning was expected to save.
        expected_loss_usd: what the option with the lower mean bill was expected to lose by being the wrong one.
        saving_usd: what active learning truly saved; at most, where it never got to the target.
        random_usd: what random truly cost.
        bounded: whether the strategy never got there within what was recorded.
        misses_alone: share of the futures in which random never gets to the target and the strategy does.
        random_labels: labels that random truly needed, and the 80% interval of the planner's.
        log_factor: ln of the true label savings factor (at most, where bounded), and the 80% interval of the planner's
            in futures that both reach the target; None where there is none.
        says_al: method -> whether it takes active learning.
    """

    dataset: str
    seed: int
    evidence: str
    pilot_labels: int
    target: float
    bill_ratio: float
    p_al_cheaper: float
    state: str
    expected_saving_usd: float
    expected_loss_usd: float
    saving_usd: float
    random_usd: float
    bounded: bool
    misses_alone: float
    random_labels: tuple[float, float, float]
    log_factor: tuple[float, float | None, float | None]
    says_al: dict[str, bool]

    def to_dict(self) -> dict[str, Any]:
        """Give plain JSON data."""
        return asdict(self)


def judge_world(world: World, *, kinds: Sequence[str] = EVIDENCE, n_draws: int, seed: int) -> list[Judged]:
    """Ask every question on one campaign.

    Args:
        world: the data set and campaign.
        kinds: of evidence, of `EVIDENCE`.
        n_draws: joint draws of a verdict.
        seed: of the draws.
    """
    found: list[Judged] = []
    for evidence in (one for one in evidence_of(world) if one.name in kinds):
        with tempfile.TemporaryDirectory() as folder:
            evidence.write(Path(folder))
            found += _ask(world, evidence, Path(folder), n_draws, seed)
    return found


def _ask(world: World, evidence: Evidence, base: Path, n_draws: int, seed: int) -> Iterator[Judged]:
    forecast = _once(world)
    for truth in world.truths:
        if truth.random_labels < _BEYOND * evidence.labels:
            continue
        if evidence.pilot is None:
            forecast = _once(world)  # without a pilot the target says how many labels the task needs
        rough = evidence.rough_labels(world, truth)
        for ratio in BILL_RATIOS:
            plan = plan_of(world, evidence, truth, ratio)
            case = case_of(plan, n_draws=n_draws, seed=seed, base=base, simulated=world.proxies, forecast=forecast)
            chosen, call = case.chosen, case.chosen.call
            said = {PLANNER: call.expected > 0, BY_CHANCE: chosen.p_al_cheaper >= 0.5}
            yield Judged(
                dataset=world.dataset,
                seed=world.seed,
                evidence=evidence.name,
                pilot_labels=evidence.labels,
                target=truth.target,
                bill_ratio=ratio,
                p_al_cheaper=chosen.p_al_cheaper,
                state=call.state,
                expected_saving_usd=call.expected,
                expected_loss_usd=call.expected_loss,
                saving_usd=saving_usd(plan, world.strategy, truth.random_labels, truth.strategy_labels),
                random_usd=_random_usd(plan, truth),
                bounded=truth.bounded,
                **_ranges(truth, case.needs["random"], case.needs[world.strategy]),
                says_al={**said, **rules_say(plan, world.strategy, rough, evidence)},
            )


def _ranges(truth: Truth, random: Floats, strategy: Floats) -> dict[str, Any]:
    """Give what was true of labels and savings, beside the planner's 80% intervals."""
    low, high = np.quantile(random, (0.1, 0.9), method="lower")
    both = np.isfinite(random) & np.isfinite(strategy)
    factors = np.log(random[both] / strategy[both])
    ends = [float(np.quantile(factors, q)) if both.any() else None for q in (0.1, 0.9)]
    factor = float(np.log(truth.random_labels / truth.strategy_labels))
    alone = float((np.isinf(random) & np.isfinite(strategy)).mean())
    labels = (truth.random_labels, float(low), float(high))
    return {"misses_alone": alone, "random_labels": labels, "log_factor": (factor, *ends)}


def _random_usd(plan: Any, truth: Truth) -> float:
    return float(bills_at_counts(plan, {"random": round(truth.random_labels)}, {})["random"].total_usd[0])


def _once(world: World) -> Callable[..., TaskCurves]:
    """Forecast once for all prices, which do not move the curves."""
    kept: list[TaskCurves] = []

    def forecast(plan: Any, values: Any, target: float, *, base: Path, simulated: Any, n_draws: int, seed: int) -> Any:
        if not kept:
            kept.append(
                task_curves(
                    plan,
                    values,
                    target,
                    base=base,
                    simulated=simulated,
                    n_draws=n_draws,
                    seed=seed,
                    given=world.evidence,
                )
            )
        return kept[0]

    return forecast


def to_frame(judged: list[Judged]) -> pd.DataFrame:
    """Lay the questions out, one row each, `says_al` by method in columns."""
    rows = []
    for one in judged:
        plain = one.to_dict()
        rows.append({**{k: v for k, v in plain.items() if k != "says_al"}, **plain["says_al"]})
    return pd.DataFrame(rows)
