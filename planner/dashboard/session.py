"""The session of a page: what the dashboard was started with, the plan of the side bar, and its answer."""

import gc
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import cast

import streamlit as st

from planner.dashboard import answers, components, own_evidence, plan_state, side_bar
from planner.dashboard.answers import Answer
from planner.plan import Plan
from simulations.errors import InputError


@cache
def freeze_memory(page: str) -> None:
    """Leave all that is in memory by now out of later searches for garbage; once a page, after it was shown first.

    Streamlit searches all of memory after every run of a page (`runner.postScriptGC`), while the browser waits to be
    told that the run has ended. 200,000 objects of modules and schemas, none of which will ever be garbage, take 0.11 s
    each time: a rerun of the Verdict page takes 1.75 times the processor time without this (0.25 s for 0.14). Each page
    loads modules of its own, and is told apart by its path.
    """
    gc.collect()
    gc.freeze()


OPENED = "opened"  # session state: what the side bar made in this run


@dataclass(frozen=True)
class Opened:
    """What a page works on.

    Attributes:
        plan: the plan with every edit that could be made.
        base: the plan before edits.
        edits: path to text of the edits in it.
    """

    start: plan_state.Start
    plan: Plan
    base: Plan
    edits: Mapping[str, str]


def begin(page: str) -> None:
    """Show the side bar of a page, once in a run; a start that cannot be read is told, and the default plan used."""
    try:
        start = plan_state.read_start()
    except InputError as error:
        components.error(f"{error}. The default plan is shown instead.")
        start = plan_state.read_start({})
    another = plan_state.carry(page)
    without, start = start, own_evidence.start_with_pilot(start)
    base, edited = side_bar.side_bar(start, another=another)
    plan = own_evidence.rest_on_pilot(edited.plan, start, without)
    if start is not without:
        with st.sidebar:
            st.caption("The answer rests on the pilot that was uploaded on the Curves page.")
            st.button("Put the pilot away", on_click=own_evidence.drop_pilot, args=(start,), icon=":material/undo:")
    st.session_state[OPENED] = Opened(own_evidence.start_with_store(start), plan, base, edited.values)


def current_page() -> Opened:
    """Give what the side bar made."""
    return cast(Opened, st.session_state[OPENED])


def answered_page(answer: Callable[[answers.PlanKey], Answer]) -> tuple[Opened, Answer]:
    """Answer the side bar's plan, or say why it has no answer and give the last good one; without any the page ends."""
    page = current_page()
    # One memory for all pages that rest on the verdict, so that each knows the last plan that was good.
    found, _ = answers.last_good(answer, page.plan, page.start)
    if found is None:
        st.title("No answer yet")
        st.stop()
    return page, found
