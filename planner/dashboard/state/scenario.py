"""Scenario A: a plan that is kept in the address, so that the plan on screen can be set against it."""

import streamlit as st

from planner.dashboard import show
from planner.dashboard.state import address, link
from planner.dashboard.state.start import Start
from planner.plan import Plan
from simulations.errors import InputError


def keep(plan: Plan) -> None:
    """Keep a plan as scenario A; to be called back."""
    address.put(link.SCENARIO_KEY, link.pack(plan))


def forget() -> None:
    """Keep none; to be called back."""
    address.drop(link.SCENARIO_KEY)


def kept(start: Start) -> Plan | None:
    """Give scenario A; None where there is none, and a sentence where the address holds one that cannot be read."""
    packed = st.query_params.get(link.SCENARIO_KEY)
    if packed is None:
        return None
    try:
        return link.unpack(packed, start, what="scenario A")
    except InputError as error:
        st.warning(show.text(f"{error}. No scenario is kept."))
        return None
