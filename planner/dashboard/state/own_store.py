"""Which store the dashboard simulates into, and whether the verdict rests on it.

A store is named by the plan or the option that the dashboard was started with. Without one there is the dashboard's
own, `.labelplan/dashboard`, which a switch in the address turns on for the verdict: no address can name another folder.
"""

from dataclasses import replace
from pathlib import Path

import streamlit as st

from planner.dashboard.jobs.place import Place, default_store, holds_curves
from planner.dashboard.state.start import Start

KEY = "simulate.use"
_WANTED = "simulate_use_wanted"

_HELP = (
    "Rests the verdict on the curves simulated on the Simulate page, in place of those recorded with labelplan. "
    "In the address: simulate.use=true"
)


def place_of(start: Start) -> Place:
    """Give the store that simulations go into, and the folder of its jobs."""
    return Place.beside(_named(start) or default_store(start.base))


def is_own(start: Start) -> bool:
    """Say whether that is the dashboard's own store, since it was started without one."""
    return _named(start) in (None, default_store(start.base))


def chosen(start: Start) -> Start:
    """Show the switch in the side bar where there is something to switch on, and give the start that it makes."""
    if _named(start) is not None:
        return start
    store = default_store(start.base)
    if not holds_curves(store):
        if KEY in st.query_params:
            st.warning(
                "The address asks for the curves simulated here, and there are none yet: "
                "the recorded ones are used. The Simulate page makes some."
            )
        return start
    if st.session_state.pop(_WANTED, False):
        st.session_state[KEY] = True  # set before the switch is shown, after which it may not be
    with st.sidebar:
        used = st.toggle("Use the curves simulated here", key=KEY, help=_HELP, bind="query-params")
    return replace(start, store=store) if used else start


def use() -> None:
    """Turn the switch on and draw the page anew."""
    st.session_state[_WANTED] = True
    st.rerun()


def _named(start: Start) -> Path | None:
    return start.plan.store_folder(start.base, start.store)
