"""The verdict of the plan on screen: computed once for each plan, kept when the next one cannot be answered."""

import math
from pathlib import Path

import streamlit as st

from planner.dashboard.answer import answer
from planner.dashboard.state import Start
from planner.decision import Verdict
from planner.errors import InputError
from planner.plan import Plan, parse_plan

LAST = "last_answered_plan"


def current(plan: Plan, start: Start) -> tuple[Verdict | None, str | None]:
    """Answer a plan.

    Returns:
        The verdict, or the last good one (none at all where even the plan at the start has no answer), and a sentence
        where the plan on screen could not be answered.
    """
    sentence: str | None = None
    for toml in dict.fromkeys((plan.to_toml(), st.session_state.get(LAST, start.plan.to_toml()), start.plan.to_toml())):
        try:
            verdict = _verdict(toml, str(start.base), str(start.store or ""), start.stamp())
        except InputError as error:
            sentence = sentence or str(error)
        else:
            st.session_state[LAST] = toml
            return verdict, sentence
    return None, sentence


@st.cache_data(max_entries=64, show_spinner="Pricing every plan…")
def _verdict(toml: str, base: str, store: str, stamp: float) -> Verdict:
    """Answer a plan file; `stamp` is there for the cache's key alone."""
    verdict = answer(parse_plan(toml), base=Path(base), store=Path(store) if store else None, questions=None)
    if not all(map(math.isfinite, (verdict.p_al_cheaper, verdict.price_usd, *verdict.futures_usd))):
        raise InputError("plan: its numbers are so far apart that costs overflow; allowed: amounts a project could pay")
    return verdict
