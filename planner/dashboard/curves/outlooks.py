"""The outlook of the plan on screen: what the page of curves shows of a verdict, and nothing that it searches for."""

import streamlit as st

from planner.dashboard.answer import check_amounts
from planner.dashboard.page import Opened
from planner.dashboard.verdict import answers, cases
from planner.dashboard.verdict.cases import Asked
from planner.decision import Outlook
from planner.decision.outlook import outlook_of

LAST = answers.LAST  # one memory for both, so that the page of the verdict knows the last plan that was good here


def current(page: Opened) -> tuple[Outlook | None, str | None]:
    """Give the outlook of the side bar's plan.

    Returns:
        The outlook, or the last good one (none at all where even the plan at the start has none), and a sentence where
        the plan on screen has none.
    """
    found, _, sentence = answers.last_good(_of, page.plan, page.start, LAST)
    return found, sentence


def _of(one: Asked) -> Outlook:
    return _outlook(one.toml, one.base, one.store, one.stamp, cases.DRAWS)


# What is kept is never changed, so that it is shared.
@st.cache_resource(max_entries=64, show_spinner="Pricing every plan…")
def _outlook(toml: str, base: str, store: str, stamp: float, n_draws: int) -> Outlook:
    """Ask for the outlook of a plan file; `stamp` is there for the cache's key alone."""
    one = Asked(toml, base, store, stamp)
    case = cases.case_of_plan(one)
    check_amounts((case.chosen.p_al_cheaper, float(case.chosen.saving_usd.min()), float(case.chosen.saving_usd.max())))
    return outlook_of(case, toml)
