"""How every page begins: what the dashboard was started with, the plan that the side bar makes, and its answer."""

from dataclasses import dataclass

import streamlit as st

from planner.dashboard import answers, inputs, show, state
from planner.decision import Verdict
from planner.errors import InputError
from planner.plan import Plan

__all__ = ["Opened", "opened", "opened_with_answer"]


@dataclass(frozen=True)
class Opened:
    """What a page works on.

    Attributes:
        start: what the dashboard was started with.
        plan: the plan with every edit that could be made.
    """

    start: state.Start
    plan: Plan


def opened() -> Opened:
    """Show the side bar; a start that cannot be read is told, and the default plan stands in."""
    try:
        start = state.started()
    except InputError as error:
        st.error(show.text(f"{error}. The default plan is shown instead."))
        start = state.started({})
    return Opened(start, inputs.side_bar(start))


def opened_with_answer() -> tuple[Opened, Verdict]:
    """Show the side bar and answer its plan; the last good answer stands in, and without any the page ends here."""
    page = opened()
    verdict, sentence = answers.current(page.plan, page.start)
    if sentence is not None:
        kept = "" if verdict is None else " The last answer is kept."
        st.error(show.text(f"{sentence}.{kept}"))
    if verdict is None:
        st.title("No answer yet")
        st.stop()
    return page, verdict
