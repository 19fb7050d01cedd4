"""Scenario A: a plan that is kept in the address, so that the plan on screen can be set against it."""

import streamlit as st

from planner.dashboard import show, state
from planner.errors import InputError
from planner.plan import Plan


def keep(plan: Plan) -> None:
    """Keep a plan as scenario A; to be called back."""
    st.query_params[state.SCENARIO_KEY] = state.pack(plan)


def forget() -> None:
    """Keep none; to be called back."""
    st.query_params.pop(state.SCENARIO_KEY, None)


def kept(start: state.Start) -> Plan | None:
    """Give scenario A; None where there is none, and a sentence where the address holds one that cannot be read."""
    packed = st.query_params.get(state.SCENARIO_KEY)
    if packed is None:
        return None
    try:
        return state.unpack(packed, start, what="scenario A")
    except InputError as error:
        st.warning(show.text(f"{error}. No scenario is kept."))
        return None
