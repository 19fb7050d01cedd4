"""The verdict of the plan on screen: computed once for each plan, kept when the next one cannot be answered.

What is asked beyond the verdict takes a second or two more, so it is a question of its own, put once the verdict shows.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

import streamlit as st

from planner.dashboard.answer import check_amounts, stored_coverage
from planner.dashboard.state.parsed import parsed
from planner.dashboard.state.start import Start
from planner.dashboard.verdict import cases
from planner.dashboard.verdict.cases import Asked, asked
from planner.decision import Verdict
from planner.decision.analysis import Questions, analyse, points_of_map
from planner.decision.deciding import decide
from planner.decision.two_way import TwoWay, two_way
from planner.plan import Plan
from simulations.errors import InputError

LAST = "last_answered_plan"
Answer = TypeVar("Answer")


def current(plan: Plan, start: Start) -> tuple[Verdict | None, str | None]:
    """Answer a plan.

    Returns:
        The verdict, or the last good one (none at all where even the plan at the start has no answer), and a sentence
        where the plan on screen could not be answered.
    """
    verdict, _, sentence = last_good(_of, plan, start, LAST)
    return verdict, sentence


def last_good(
    answer: Callable[[Asked], Answer], plan: Plan, start: Start, memory: str
) -> tuple[Answer | None, Plan, str | None]:
    """Answer a plan, or else the last one that had an answer, or else the plan of the start.

    Args:
        answer: the question; raises `InputError`.
        plan: the plan on screen.
        start: what the dashboard was started with.
        memory: of the session, for the last plan that had an answer.

    Returns:
        The answer, None where none of them has one; the plan that it is of; and a sentence where the plan on screen
        could not be answered.
    """
    sentence: str | None = None
    first = start.plan.to_toml()
    for toml in dict.fromkeys((plan.to_toml(), st.session_state.get(memory, first), first)):
        try:
            found = answer(asked(toml, start))
        except InputError as error:
            sentence = sentence or str(error)
        else:
            st.session_state[memory] = toml
            return found, parsed(toml), sentence
    return None, plan, sentence


def verdict_of(plan: Plan, start: Start) -> Verdict:
    """Answer a plan other than the one on screen.

    Raises:
        InputError: it has no answer.
    """
    return _of(asked(plan, start))


def analysed(verdict: Verdict, start: Start) -> Verdict:
    """Ask of an answered plan what lies beyond its verdict.

    Args:
        verdict: the answer on screen, which stays the same.
        start: what the dashboard was started with.

    Raises:
        InputError: a question cannot be answered.
    """
    one = asked(verdict.plan_toml, start)
    return _analysed(one.toml, one.base, one.store, one.stamp, cases.DRAWS)


def mapped(whole: Verdict, start: Start, over: tuple[str, str]) -> Verdict:
    """Give an analysed answer with the map over two other inputs; nothing else is asked again.

    Raises:
        InputError: an input cannot be mapped.
    """
    assert whole.analysis is not None
    one = asked(whole.plan_toml, start)
    found = _map(one.toml, one.base, one.store, one.stamp, cases.DRAWS, over)
    return replace(whole, analysis=replace(whole.analysis, map=found))


def _of(one: Asked) -> Verdict:
    return _verdict(one.toml, one.base, one.store, one.stamp, cases.DRAWS)


@st.cache_data(max_entries=64, show_spinner="Pricing every plan…")
def _verdict(toml: str, base: str, store: str, stamp: float, n_draws: int) -> Verdict:
    """Answer a plan file; `stamp` is there for the cache's key alone."""
    one = Asked(toml, base, store, stamp)
    case, (simulated, warnings) = cases.case_of_plan(one), cases.simulated_of(one)
    coverage = stored_coverage(one.plan, one.folder)
    verdict = decide(one.plan, n_draws=n_draws, simulated=simulated, coverage=coverage, questions=None, case=case)
    check_amounts((verdict.p_al_cheaper, verdict.price_usd, *verdict.futures_usd))
    return replace(verdict, warnings=(*verdict.warnings, *warnings))


# The map keeps functions of its plan, which a cache of copies cannot hold; a verdict is never changed, so it is shared.
@st.cache_resource(max_entries=16, show_spinner=False)
def _analysed(toml: str, base: str, store: str, stamp: float, n_draws: int) -> Verdict:
    one = Asked(toml, base, store, stamp)
    verdict = _of(one)
    return replace(verdict, analysis=analyse(cases.case_of_plan(one), verdict.sensitivity, Questions()))


@st.cache_resource(max_entries=32, show_spinner=False)
def _map(toml: str, base: str, store: str, stamp: float, n_draws: int, over: tuple[str, str]) -> TwoWay:
    case = cases.case_of_plan(Asked(toml, base, store, stamp))
    return two_way(case, *over, points=points_of_map(case))
