"""The comparison of the plan's quotes, computed once for each plan, kept when the next one cannot be answered."""

from pathlib import Path

import streamlit as st

from planner.dashboard.answer import check_amounts
from planner.dashboard.state.start import Start
from planner.dashboard.verdict import answers, cases
from planner.dashboard.verdict.cases import Asked
from planner.decision.buying import Buying, buy
from planner.plan import Plan

LAST = "last_bought_plan"


def current(plan: Plan, start: Start) -> tuple[Buying | None, Plan, str | None]:
    """Compare a plan's quotes.

    Returns:
        The comparison, or the last good one (none at all where even the plan at the start has none); the plan that it
        is of; and a sentence where the plan on screen could not be answered.
    """
    return answers.last_good(_of, plan, start, LAST)


def of_text(toml: str, start: Start) -> Buying:
    """Compare the quotes of a plan file's text.

    Raises:
        InputError: it cannot be answered.
    """
    return _of(cases.asked(toml, start))


def _of(one: Asked) -> Buying:
    return _bought(one.toml, one.base, one.store, one.stamp, cases.DRAWS)


@st.cache_data(max_entries=64, show_spinner="Comparing the quotes…")
def _bought(toml: str, base: str, store: str, stamp: float, n_draws: int) -> Buying:
    """Compare the quotes of a plan file; `stamp` is there for the cache's key alone."""
    one = Asked(toml, base, store, stamp)
    simulated, warnings = cases.simulated_of(one)
    found = buy(
        one.plan, n_draws=n_draws, seed=0, base=Path(base), simulated=simulated, forecast=cases.remembering(one)
    )
    check_amounts(usd or 0.0 for deal in found.deals for usd in vars(deal.total_usd).values())
    return found.with_warnings(warnings)
