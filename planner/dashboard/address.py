"""What the address holds beside the fields: a whole plan, scenario A, and what to solve for.

A field's part of the address is kept by Streamlit from page to page; what a script writes there itself is dropped when
another page is opened, so it is put back here. On the page that is open the address is always right: what was taken out
of it stays out.
"""

import streamlit as st

from planner.dashboard import state

CARRIED = (state.PLAN_KEY, state.SCENARIO_KEY, "task.solve_for")
SEEN = "address_seen"  # session state: the page of the last run, and what the address held there


def carry(page: str) -> None:
    """Put back what was lost on the way from another page; to be called before anything reads the address.

    Args:
        page: the page that is open.
    """
    before, held = st.session_state.get(SEEN, (page, {}))
    if before != page:
        for key, value in held.items():
            if key not in st.query_params:
                st.query_params[key] = value
    st.session_state[SEEN] = (page, {key: st.query_params[key] for key in CARRIED if key in st.query_params})
