"""How every page begins: what the dashboard was started with, the plan that the side bar makes, and its answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar, cast

import streamlit as st

from planner.dashboard import show
from planner.dashboard.state import own_pilot, own_store, side_bar
from planner.dashboard.state.address import carry
from planner.dashboard.state.start import Start, started
from planner.dashboard.verdict import answers
from planner.decision import Verdict
from planner.plan import Plan
from simulations.errors import InputError

Answer = TypeVar("Answer")

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

    start: Start
    plan: Plan
    base: Plan
    edits: Mapping[str, str]


def begin(page: str) -> None:
    """Show the side bar, once in a run; a start that cannot be read is told, and the default plan stands in.

    Args:
        page: the page that is open, by its path.
    """
    try:
        start = started()
    except InputError as error:
        st.error(show.text(f"{error}. The default plan is shown instead."))
        start = started({})
    another = carry(page)
    own, start = start, own_pilot.start_with(start)
    bar = side_bar.side_bar(start, another=another)
    plan = own_pilot.resting(bar.plan, start, own)
    if start is not own:
        with st.sidebar:
            st.caption("The answer rests on the pilot that was uploaded on the Curves page.")
            st.button("Put the pilot away", on_click=own_pilot.put_away, args=(start,), icon=":material/undo:")
    st.session_state[OPENED] = Opened(own_store.chosen(start), plan, bar.base, bar.edits)


def opened() -> Opened:
    """Give what the side bar made."""
    return cast(Opened, st.session_state[OPENED])


def opened_with_answer() -> tuple[Opened, Verdict]:
    """Answer the side bar's plan; see `answered`."""
    page = opened()
    return page, answered(*answers.current(page.plan, page.start))


def answered(found: Answer | None, sentence: str | None) -> Answer:
    """Give an answer, after what is wrong with the plan on screen; without any the page ends here.

    Args:
        found: the answer, or the last good one.
        sentence: why the plan on screen has none.
    """
    if sentence is not None:
        kept = "" if found is None else " The last answer is kept."
        st.error(show.text(f"{sentence}.{kept}"))
    if found is None:
        st.title("No answer yet")
        st.stop()
    return found
