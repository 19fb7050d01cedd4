"""The verdict of the plan on screen: computed once for each plan, kept when the next one cannot be answered.

What is asked beyond the verdict takes a second or two more, so it is a question of its own, put once the verdict shows.
"""

import math
from pathlib import Path

import streamlit as st

from planner.dashboard.answer import answer
from planner.dashboard.state import Start
from planner.decision import Verdict
from planner.decision.analysis import Questions
from planner.decision.deciding import N_DRAWS
from planner.errors import InputError
from planner.plan import Plan, parse_plan

LAST = "last_answered_plan"
DRAWS = N_DRAWS


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


def verdict_of(plan: Plan, start: Start) -> Verdict:
    """Answer a plan other than the one on screen.

    Raises:
        InputError: it has no answer.
    """
    return _verdict(plan.to_toml(), str(start.base), str(start.store or ""), start.stamp())


def analysed(verdict: Verdict, start: Start, questions: Questions | None = None) -> Verdict:
    """Ask of an answered plan what lies beyond its verdict.

    Args:
        verdict: the answer on screen, which stays the same.
        start: what the dashboard was started with.
        questions: what is asked; the usual where not given.

    Raises:
        InputError: a question cannot be answered.
    """
    asked = questions or Questions()
    return _analysed(verdict.plan_toml, str(start.base), str(start.store or ""), start.stamp(), asked.map_over)


@st.cache_data(max_entries=64, show_spinner="Pricing every plan…")
def _verdict(toml: str, base: str, store: str, stamp: float) -> Verdict:
    """Answer a plan file; `stamp` is there for the cache's key alone."""
    verdict = _decided(toml, base, store, None)
    if not all(map(math.isfinite, (verdict.p_al_cheaper, verdict.price_usd, *verdict.futures_usd))):
        raise InputError("plan: its numbers are so far apart that costs overflow; allowed: amounts a project could pay")
    return verdict


# The map keeps functions of its plan, which a cache of copies cannot hold; a verdict is never changed, so it is shared.
@st.cache_resource(max_entries=16, show_spinner=False)
def _analysed(toml: str, base: str, store: str, stamp: float, map_over: tuple[str, str] | None) -> Verdict:
    return _decided(toml, base, store, Questions(map_over=map_over))


def _decided(toml: str, base: str, store: str, questions: Questions | None) -> Verdict:
    folder = Path(store) if store else None
    return answer(parse_plan(toml), base=Path(base), store=folder, n_draws=DRAWS, questions=questions)
