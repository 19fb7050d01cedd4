"""The whole way from a plan to a verdict.

Notation:
    values  input path -> (n_draws,)    one joint draw of every numeric input
    needs   plan name -> (n_draws,)     clean labels to the target on the joint curve draws, inf where never
"""

from pathlib import Path

import numpy as np
import pandas as pd

from planner import __version__
from planner.costs import Bill, Quote, quote_warnings, worked_bills
from planner.costs.cautions import late_warning
from planner.curves import TaskCurves, advantages
from planner.decision.break_even import break_even_price_usd, chance_by_price, decisive, priced_at
from planner.decision.comparison import Comparison, Priced, compare
from planner.decision.hybrid import hybrid_of_plan
from planner.decision.needs import forecast_needs
from planner.decision.sensitivity import tornado
from planner.decision.sources import with_measured_seconds
from planner.decision.verdict import USE_AL_FROM, Interval, PlanOutcome, Verdict, state_of
from planner.plan import Plan

N_DRAWS = 5_000
FUTURES = 50
CURVE_POINTS = 60
SAVINGS_POINTS = 12


def decide(
    plan: Plan,
    *,
    n_draws: int = N_DRAWS,
    seed: int = 0,
    base: Path | None = None,
    simulated: pd.DataFrame | None = None,
    coverage: pd.DataFrame | None = None,
) -> Verdict:
    """Answer whether active learning beats random labelling for this plan.

    Args:
        plan: the plan file.
        n_draws: joint draws behind every number.
        seed: the same plan, curves and seed give the same verdict.
        base: folder against which the plan's paths are read; the current one when not given.
        simulated: the curve table of the plan's store, when it names one.
        coverage: its coverage table, for hybrid labelling.

    Raises:
        InputError: the plan asks for something that cannot be answered.
    """
    plan_toml = plan.to_toml()
    plan, measured = with_measured_seconds(plan, simulated)
    found = forecast_needs(plan, n_draws=n_draws, seed=seed, base=base, simulated=simulated)
    values, curves, needs, target, worth = found.values, found.curves, found.labels, found.target, found.worth
    chosen = compare(plan, values, needs, worth=worth)
    priced = priced_at(plan, values, needs, chosen, worth=worth)
    p50, p80 = (break_even_price_usd(decisive(priced), level) for level in (0.5, USE_AL_FROM))
    quote = Quote.of(plan, plan.medians(), chosen.plans["random"].vendor)
    price = float(np.ravel(quote.vote_usd)[0])
    saving = chosen.saving_usd
    hybrid, unpriced = hybrid_of_plan(plan, curves, simulated, coverage, seed)
    return Verdict(
        state=state_of(chosen.p_al_cheaper),
        al_plan=chosen.al_plan,
        p_al_cheaper=chosen.p_al_cheaper,
        saving_usd=Interval.of(saving),
        futures_usd=tuple(float(x) for x in np.quantile(saving, (np.arange(FUTURES) + 0.5) / FUTURES)),
        break_even_p50_usd=p50,
        break_even_p80_usd=p80,
        p_unreachable=chosen.p_unreachable,
        plans={name: _outcome(name, priced, plan) for name, priced in chosen.plans.items()},
        sensitivity=tornado(plan, values, curves, needs, chosen, worth),
        chance_by_price=chance_by_price(
            lambda usd: priced(usd).p_al_cheaper, [x for x in (price, p50, p80) if x is not None]
        ),
        advantages=advantages(curves, _savings_grid(plan), target, most_labels=_to_label(plan)),
        hybrid=hybrid,
        worked=_worked(plan, chosen),
        curves=curves.summary(_label_grid(plan)),
        evidence=curves.evidence,
        assumptions=_assumptions(plan),
        warnings=(
            *curves.warnings,
            *([measured] if measured else []),
            *worth.sources,
            *_warnings(plan, curves, chosen),
            *unpriced,
        ),
        task_name=plan.task.name,
        metric=plan.task.metric,
        target=target,
        price_usd=price,
        votes_per_item=float(np.ravel(quote.votes)[0]),
        currency=plan.task.currency,
        n_draws=n_draws,
        seed=seed,
        version=__version__,
        plan_toml=plan_toml,
    )


def _outcome(name: str, priced: Priced, plan: Plan) -> PlanOutcome:
    bill = priced.bill
    n_draws = len(priced.reached)
    return PlanOutcome(
        name=name,
        vendor=plan.vendors[priced.vendor].name,
        labels=Interval.of(np.broadcast_to(bill.labels, n_draws), reached=priced.reached),
        total_usd=Interval.of(np.broadcast_to(bill.total_usd, n_draws)),
        lines_usd={line: float(np.mean(usd)) for line, usd in bill.lines.items()},
        days=Interval.of(np.broadcast_to(bill.days, n_draws)),
        p_unreachable=float((~priced.reached).mean()),
    )


def _worked(plan: Plan, chosen: Comparison) -> dict[str, Bill]:
    """Give each plan's bill at its usual labels; none for a plan that rarely reaches the target."""
    usual = {name: Interval.of(p.bill.labels, reached=p.reached).q50 for name, p in chosen.plans.items()}
    labels = {name: round(n) for name, n in usual.items() if n is not None}
    return worked_bills(plan, labels, {name: chosen.plans[name].vendor for name in labels})


def _label_grid(plan: Plan) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Space label counts evenly in log n, from a tenth of the initial set to the whole pool."""
    first = max(2.0, plan.strategy.initial_labels.median / 10)
    return np.unique(np.rint(np.geomspace(first, plan.task.pool_size.median, CURVE_POINTS)))


def _to_label(plan: Plan) -> float:
    """Give the pool without the items kept for testing."""
    return max(plan.task.pool_size.median - plan.task.test_labels.median, 1.0)


def _savings_grid(plan: Plan) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Space label counts evenly in log n from the initial set, where nothing is saved yet, to the whole pool."""
    first, pool = plan.strategy.initial_labels.median, _to_label(plan)
    return np.unique(np.rint(np.geomspace(min(first, pool), pool, SAVINGS_POINTS)))


def _assumptions(plan: Plan) -> pd.DataFrame:
    shown = [(item, item.text or (item.quantity.text if item.quantity else "")) for item in plan.inputs() if item.shown]
    rows = [(item.path, item.label, item.unit, text, item.default) for item, text in shown if text]
    return pd.DataFrame(rows, columns=["path", "label", "unit", "value", "default"])


def _warnings(plan: Plan, curves: TaskCurves, chosen: Comparison) -> tuple[str, ...]:
    task = plan.task
    found: list[str | None] = list(quote_warnings(plan))
    if task.target is not None and not task.target.fixed:
        found.append(f"The target is a range; the plan is priced at its middle, {task.target.median:.3g}.")
    if task.value_per_point_usd is not None:
        found.append("value_per_point_usd is not part of the verdict yet: plans are compared at the same target.")
    need = plan.random_labels
    if need is not None and plan.evidence.random_labels is None:
        found.append(
            f"Nothing yet says how many labels this task needs: random labelling is taken to need from {need.low:,.0f} "
            f"(the initial set) to {need.high:,.0f} (the pool) for the target, 80% sure. A pilot, or your own estimate "
            "as random_labels, narrows the answer most."
        )
    if not curves.clean_labels:
        found.append("The pilot's labels count as noisy as the vendors': their error rates are not applied again.")
    found += _late(plan, chosen)
    found.append(_undecided(chosen))
    return tuple(sentence for sentence in found if sentence)


def _late(plan: Plan, chosen: Comparison) -> list[str | None]:
    """Say of each plan whose usual end is after the deadline, and by which vendor's pace."""
    values = plan.medians()
    usual = [(p.vendor, float(np.median(p.bill.labels)), float(np.median(p.bill.days))) for p in chosen.plans.values()]
    return [late_warning(plan, vendor, values, n, days) for vendor, n, days in usual]


def _undecided(chosen: Comparison) -> str | None:
    """Say where draws in which neither plan reaches the target, which count half each, make the verdict what it is."""
    neither = chosen.p_unreachable
    if neither == 1:
        return "Neither plan reaches the target in any future: a lower target, or more to choose from, has an answer."
    p_decided = (chosen.p_al_cheaper - 0.5 * neither) / (1 - neither)
    if neither == 0 or state_of(p_decided) == state_of(chosen.p_al_cheaper):
        return None
    return (
        f"Neither plan reaches the target in {neither:.0%} of futures, and those count half each. In the others active "
        f"learning is the better in {p_decided:.0%}: a lower target, or more to choose from, would settle it."
    )
