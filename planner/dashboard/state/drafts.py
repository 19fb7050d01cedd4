"""What was typed or chosen on a page and not yet acted on: a draft that is no part of the address, kept all the same.

Streamlit forgets a field that a run does not show. A value that is written anew in every run outlives its page.
"""

import streamlit as st

KEYS = (
    "vendors_pasted",
    "vendors_how",
    "vendors_preset",
    "simulate_label",
    "simulate_drop",
    "simulate_one_hot",
    "simulate_kind",
    "simulate_alike_True",
    "simulate_alike_False",
)


def keep() -> None:
    """Keep all drafts for another run; to be called before any field is made."""
    for key in KEYS:
        if key in st.session_state:
            st.session_state[key] = st.session_state[key]
