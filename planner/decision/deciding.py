"""The whole way from a plan to a verdict.

Notation:
    values  input path -> (n_draws,)    one joint draw of every numeric input
    needs   plan name -> (n_draws,)     clean labels to the target on the joint curve draws, inf where never
"""

from pathlib import Path

import numpy as np
import pandas as pd

from planner import __version__
from planner.costs import Quote
from planner.decision.analysis import Questions, analyse
from planner.decision.break_even import chance_by_price, lowest_price_usd
from planner.decision.case import Case
from planner.decision.doubts import doubts
from planner.decision.hybrid import hybrid_of_plan
from planner.decision.needs import Forecaster, forecast_needs
from planner.decision.outcomes import worked
from planner.decision.outlook import outlook_of
from planner.decision.sensitivity import tornado
from planner.decision.solve import break_evens
from planner.decision.sources import with_measured_seconds
from planner.decision.verdict import Interval, Verdict, state_of
from planner.plan import Plan

N_DRAWS = 5_000
USUAL = Questions()
FUTURES = 50


def decide(
    plan: Plan,
    *,
    n_draws: int = N_DRAWS,
    seed: int = 0,
    base: Path | None = None,
    simulated: pd.DataFrame | None = None,
    coverage: pd.DataFrame | None = None,
    questions: Questions | None = USUAL,
    case: Case | None = None,
) -> Verdict:
    """Answer whether active learning beats random labelling for this plan.

    Args:
        plan: the plan file.
        n_draws: joint draws behind every number.
        seed: the same plan, curves and seed give the same verdict.
        base: folder against which the plan's paths are read; the current one when not given.
        simulated: the curve table of the plan's store, when it names one.
        coverage: its coverage table, for hybrid labelling.
        questions: what is asked beyond the verdict, where flips, value of information and pilots are told too; None
            for the verdict alone, which is faster.
        case: what `case_of` makes of the same plan, draws and curves, where that is at hand.

    Raises:
        InputError: the plan asks for something that cannot be answered.
    """
    plan_toml = plan.to_toml()
    plan, measured = with_measured_seconds(plan, simulated)
    case = case or case_of(plan, n_draws=n_draws, seed=seed, base=base, simulated=simulated)
    chosen = case.chosen
    prices = break_evens(case, ("price",))["price"]
    p50, p80 = lowest_price_usd(prices.p50), lowest_price_usd(prices.p80)
    bars = tornado(case)
    quote = Quote.of(plan, plan.medians(), case.chosen.plans["random"].vendor)
    price = float(np.ravel(quote.vote_usd)[0])
    saving = np.broadcast_to(chosen.saving_usd, n_draws)
    hybrid, unpriced = hybrid_of_plan(plan, case.curves, simulated, coverage, seed)
    return Verdict(
        **vars(outlook_of(case, plan_toml)),
        state=state_of(chosen.p_al_cheaper),
        al_plan=chosen.al_plan,
        p_al_cheaper=chosen.p_al_cheaper,
        saving_usd=Interval.of(saving),
        futures_usd=tuple(float(x) for x in np.quantile(saving, (np.arange(FUTURES) + 0.5) / FUTURES)),
        break_even_p50_usd=p50,
        break_even_p80_usd=p80,
        p_unreachable=chosen.p_unreachable,
        sensitivity=bars,
        chance_by_price=chance_by_price(case, [x for x in (price, p50, p80) if x is not None]),
        hybrid=hybrid,
        worked=worked(case),
        assumptions=_assumptions(plan),
        warnings=(
            *case.curves.warnings,
            *([measured] if measured else []),
            *case.worth.sources,
            *doubts(case),
            *unpriced,
        ),
        price_usd=price,
        votes_per_item=float(np.ravel(quote.votes)[0]),
        n_draws=n_draws,
        seed=seed,
        version=__version__,
        analysis=None if questions is None else analyse(case, bars, questions, seed=seed),
    )


def case_of(
    plan: Plan,
    *,
    n_draws: int = N_DRAWS,
    seed: int = 0,
    base: Path | None = None,
    simulated: pd.DataFrame | None = None,
    forecast: Forecaster | None = None,
) -> Case:
    """Draw a plan's inputs and curves and compare its plans on them: what a verdict, and every question, is asked of.

    Args:
        plan: the plan file.
        n_draws: joint draws.
        seed: the same plan, curves and seed give the same case.
        base: folder against which the plan's paths are read; the current one when not given.
        simulated: the curve table of the plan's store, when it names one.
        forecast: what forecasts the curves; `task_curves` when not given.

    Raises:
        InputError: the plan asks for something that cannot be answered.
    """
    plan, _ = with_measured_seconds(plan, simulated)
    found = forecast_needs(plan, n_draws=n_draws, seed=seed, base=base, simulated=simulated, forecast=forecast)
    return Case.of(plan, found)


def _assumptions(plan: Plan) -> pd.DataFrame:
    shown = [(item, item.text or (item.quantity.text if item.quantity else "")) for item in plan.inputs() if item.shown]
    rows = [(item.path, item.label, item.unit, text, item.default) for item, text in shown if text]
    return pd.DataFrame(rows, columns=["path", "label", "unit", "value", "default"])
