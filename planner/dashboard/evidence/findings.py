"""Published findings beside our own figures, on the Assumptions page: which are reproduced, and every miss."""

import streamlit as st

from planner.dashboard import show
from planner.dashboard.page import Opened
from planner.decision import Verdict
from planner.evidence.judged import FINDINGS
from planner.report import words_findings
from simulations.errors import InputError

DOCS = "Each is measured again by `make evidence-signs`; `labelplan backtest --findings` prints the same figures."


def reproduced(page: Opened, verdict: Verdict) -> None:
    """Show the signs table as it was recorded, its parts, and where it comes from."""
    st.subheader("Reproduced findings", anchor=False)
    try:
        found = FINDINGS.judged()
    except InputError as error:
        st.warning(show.text(f"{error}."))
        return
    st.markdown(show.text(words_findings.findings_sentence(found)))
    show.table(words_findings.findings_rows(found), "Published findings: claim, our figure, interval, state and why")
    with st.expander("Every part, by data set"):
        show.table(words_findings.part_rows(found), "Parts of the findings with the figure of each data set")
    st.markdown(DOCS)
    st.caption(show.text(words_findings.findings_source(found)))
