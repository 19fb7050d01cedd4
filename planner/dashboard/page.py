"""How every page begins: what the dashboard was started with, the plan that the side bar makes, and its answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

import streamlit as st

from planner.dashboard import answers, inputs, own_store, show, state
from planner.decision import Verdict
from planner.errors import InputError
from planner.plan import Plan

__all__ = ["Opened", "begin", "opened", "opened_with_answer"]

OPENED = "opened"  # session state: what the side bar made in this run


@dataclass(frozen=True)
class Opened:
    """What a page works on.

    Attributes:
        start: what the dashboard was started with.
        plan: the plan with every edit that could be made.
        base: the plan before edits.
        edits: path to text of the edits in it.
    """

    start: state.Start
    plan: Plan
    base: Plan
    edits: Mapping[str, str]


def begin() -> None:
    """Show the side bar, once in a run; a start that cannot be read is told, and the default plan stands in."""
    try:
        start = state.started()
    except InputError as error:
        st.error(show.text(f"{error}. The default plan is shown instead."))
        start = state.started({})
    bar = inputs.side_bar(start)
    start = own_store.chosen(start)
    st.session_state[OPENED] = Opened(start, bar.plan, bar.base, bar.edits)


def opened() -> Opened:
    """Give what the side bar made."""
    return cast(Opened, st.session_state[OPENED])


def opened_with_answer() -> tuple[Opened, Verdict]:
    """Answer the side bar's plan; the last good answer stands in, and without any the page ends here."""
    page = opened()
    verdict, sentence = answers.current(page.plan, page.start)
    if sentence is not None:
        kept = "" if verdict is None else " The last answer is kept."
        st.error(show.text(f"{sentence}.{kept}"))
    if verdict is None:
        st.title("No answer yet")
        st.stop()
    return page, verdict
