"""The Simulate page: choose what to simulate, see what it takes, and watch it run in a process of its own."""

import streamlit as st

from planner.app.jobs import jobs_of
from planner.dashboard import components, own_evidence
from planner.dashboard.session import current_page
from planner.dashboard.views import simulate_parts
from planner.dashboard.views.simulate_parts import choices

page = current_page()
place = own_evidence.place_of(page.start)
own = own_evidence.is_own(page.start)

st.title("Simulate", anchor=False)
st.markdown(
    "Labelling campaigns are played through on data whose labels are known: how fast does a model learn when labels "
    "are bought at random, and how fast when a strategy chooses?"
)
left, right = st.columns([4, 5], gap="large")
with left:
    st.subheader("What to simulate", anchor=False)
    toml = choices(place).toml()
    simulate_parts.start_button(toml, place, page.plan)
    st.caption(components.text(simulate_parts.store_sentence(place, own=own)))
with right:
    jobs = jobs_of(place)
    if jobs:
        simulate_parts.watch(jobs, page.plan.strategy.names, own=own)
    else:
        st.subheader("Nothing has been simulated yet", anchor=False)
        st.markdown("Start a simulation, and its progress and curves appear here. It goes on when the page is closed.")
