"""The comparison of the plan's quotes, computed once for each plan, kept when the next one cannot be answered."""

import math
from pathlib import Path

import streamlit as st

from planner.dashboard import answers
from planner.dashboard.answer import plan_curves
from planner.dashboard.state import Start
from planner.decision.buying import Buying, buy
from planner.errors import InputError
from planner.plan import Plan, parse_plan

LAST = "last_bought_plan"


def current(plan: Plan, start: Start) -> tuple[Buying | None, Plan, str | None]:
    """Compare a plan's quotes.

    Returns:
        The comparison, or the last good one (none at all where even the plan at the start has none); the plan that it
        is of; and a sentence where the plan on screen could not be answered.
    """
    sentence: str | None = None
    for toml in dict.fromkeys((plan.to_toml(), st.session_state.get(LAST, start.plan.to_toml()), start.plan.to_toml())):
        try:
            found = _bought(toml, str(start.base), str(start.store or ""), start.stamp())
        except InputError as error:
            sentence = sentence or str(error)
        else:
            st.session_state[LAST] = toml
            return found, parse_plan(toml), sentence
    return None, plan, sentence


@st.cache_data(max_entries=64, show_spinner="Comparing the quotes…")
def _bought(toml: str, base: str, store: str, stamp: float) -> Buying:
    """Compare the quotes of a plan file; `stamp` is there for the cache's key alone."""
    plan = parse_plan(toml)
    simulated, warnings = plan_curves(plan, base=Path(base), store=Path(store) if store else None)
    found = buy(plan, n_draws=answers.DRAWS, seed=0, base=Path(base), simulated=simulated)
    if not all(math.isfinite(usd or 0.0) for deal in found.deals for usd in vars(deal.total_usd).values()):
        raise InputError("plan: its numbers are so far apart that costs overflow; allowed: amounts a project could pay")
    return found.with_warnings(warnings)
