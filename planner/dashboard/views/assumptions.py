"""The Assumptions & evidence page: every number and its source, and the evidence behind the answer."""

import streamlit as st

from planner.dashboard import components
from planner.dashboard.session import answered_page
from planner.dashboard.views import assumptions_parts

page, verdict = answered_page()

SECTIONS = {
    "Every number": assumptions_parts.every_number,
    "A against B": assumptions_parts.scenarios,
    "Worth knowing": assumptions_parts.worth_knowing,
    "Evidence": assumptions_parts.evidence,
    "Past forecasts": assumptions_parts.past_forecasts,
    "Findings": assumptions_parts.findings_table,
    "Campaign": assumptions_parts.campaign,
}

st.caption(components.text(verdict.task_name))
st.title("Assumptions and evidence", anchor=False)
section = st.segmented_control(
    "Show", list(SECTIONS), default="Every number", key="assumptions.show", required=True, bind="query-params",
    label_visibility="collapsed",
)  # fmt: skip
SECTIONS[section](page, verdict)
