"""What would settle the verdict: asked after it is on screen, since it takes longer."""

import streamlit as st

from planner.dashboard import show
from planner.dashboard.state.start import Start
from planner.dashboard.verdict import answers
from planner.decision import Verdict
from planner.report import charts, words, words_decision
from planner.report.charts.pilot import shown_pilot
from planner.report.words_information import pilot_rows
from simulations.errors import InputError


def show_block(verdict: Verdict, start: Start) -> None:
    """Show the block; a question that cannot be answered is one sentence in its place."""
    st.subheader(words.settling(verdict), anchor=False)
    try:
        with st.spinner("Asking what is worth knowing…"):
            whole = answers.analysed(verdict, start)
    except InputError as error:
        st.warning(show.text(f"{error}."))
        return
    st.markdown("\n".join(f"- {show.text(sentence)}" for sentence in words_decision.decision_lines(whole)))
    if shown_pilot(whole) is not None:
        show.figure(charts.pilot_chart(whole), "pilots")
        with st.expander("What each pilot would be worth"):
            show.table(pilot_rows(whole), "Worth, cost and net value of pilots by kind and size")
