"""What the address holds beside the fields: a whole plan, scenario A, the own pilot, and what to solve for.

A field's part of the address is kept by Streamlit from page to page; what a script writes there itself is dropped when
another page is opened, and put back here. The browser's history then holds both addresses of that page, the bare one
first: the Back button finds it, and it is completed again.
"""

from collections.abc import Mapping

import streamlit as st

from planner.dashboard.state import link
from planner.plan import paths

PILOT_KEY = "curves.pilot"
CARRIED = (link.PLAN_KEY, link.SCENARIO_KEY, paths.SOLVE_FOR, PILOT_KEY)
SEEN = "address_seen"  # session state: the page of the last run, and what the address held there
LANDED = "address_landed"  # session state: page -> what was put back when it was opened


def carry(page: str) -> bool:
    """Put back what was lost on the way from another page; to be called before anything reads the address.

    Args:
        page: the page that is open.

    Returns:
        Whether the Back or Forward button has brought another plan.
    """
    before, held = st.session_state.get(SEEN, (page, None))
    landed = st.session_state.setdefault(LANDED, {})
    if held is not None and before != page:
        lost = {key: value for key, value in held.items() if key not in st.query_params}
        if lost:
            landed[page] = lost
    missing = {key: value for key, value in landed.get(page, {}).items() if key not in st.query_params}
    if missing:
        st.query_params.update(missing)  # at once: every change is an entry of the browser's history
    now = _held()
    st.session_state[SEEN] = (page, now)
    return held is not None and held.get(link.PLAN_KEY) != now.get(link.PLAN_KEY)


def put(key: str, value: str) -> None:
    """Write a value that is carried along; to be called back."""
    st.query_params[key] = value
    _remember()


def drop(key: str) -> None:
    """Take a value out of the address for good; to be called back."""
    st.query_params.pop(key, None)
    for held in st.session_state.get(LANDED, {}).values():
        held.pop(key, None)
    _remember()


def _remember() -> None:
    page, _ = st.session_state.get(SEEN, (None, None))
    if page is not None:
        st.session_state[SEEN] = (page, _held())


def _held() -> Mapping[str, str]:
    return {key: st.query_params[key] for key in CARRIED if key in st.query_params}
