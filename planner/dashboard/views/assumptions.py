"""The Assumptions & evidence page: every number and where it is from, and what stands behind the answer."""

import streamlit as st

from planner.dashboard import show
from planner.dashboard.evidence import backing, changes, findings
from planner.dashboard.page import opened_with_answer

page, verdict = opened_with_answer()

SECTIONS = {
    "Every number": changes.every_number,
    "A against B": changes.scenarios,
    "Worth knowing": backing.worth_knowing,
    "Evidence": backing.evidence,
    "Past forecasts": backing.past_forecasts,
    "Findings": findings.reproduced,
    "Campaign": backing.campaign,
}

st.caption(show.text(verdict.task_name))
st.title("Assumptions and evidence", anchor=False)
section = st.segmented_control(
    "Show", list(SECTIONS), default="Every number", key="assumptions.show", required=True, bind="query-params",
    label_visibility="collapsed",
)  # fmt: skip
SECTIONS[section](page, verdict)
