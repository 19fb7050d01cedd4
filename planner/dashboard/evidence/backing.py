"""Sections of the Assumptions page about what stands behind the answer: what is worth knowing, evidence, the record."""

import streamlit as st

from planner.dashboard import show, uploads
from planner.dashboard.evidence import scoreboard
from planner.dashboard.page import Opened
from planner.dashboard.verdict import answers
from planner.decision import Verdict
from planner.evidence import provenance, recorded_table
from planner.evidence.coverage import coverage
from planner.evidence.library import recordings
from planner.report import charts, figures, words_backtest, words_evidence, words_recorded, words_track
from planner.report.charts.backtest import ratio_chart, reliability_chart
from planner.report.words_information import information_sentence
from planner.report.words_maps import map_choices
from simulations.errors import InputError

LOG = "campaign_log"
LOG_HELP = (
    "Columns labels and value; where there are such, strategy (else random), test_size, spent_usd, days, agreement "
    "and vendor. Up to 2 MB."
)


def worth_knowing(page: Opened, verdict: Verdict) -> None:
    """Rank the inputs by what it is worth to learn them, and map the answer over two of them."""
    try:
        with st.spinner("Asking what is worth knowing…"):
            whole = answers.analysed(verdict, page.start)
    except InputError as error:
        st.warning(show.text(f"{error}."))
        return
    assert whole.analysis is not None
    st.markdown(show.text(information_sentence(whole, whole.analysis)))
    if whole.analysis.information.losses.evpi_usd > 0:  # else the sentence says all there is
        show.figure(charts.information_chart(whole), "worth_knowing")
        with st.expander("As a table"):
            show.table(figures.information_rows(whole), "What it is worth to learn each input before choosing")
    _map(page, whole)


def _map(page: Opened, whole: Verdict) -> None:
    """Map the answer over two inputs that may be chosen."""
    st.subheader("Two inputs at once", anchor=False)
    choices = map_choices(whole)
    left, right = st.columns(2)
    with left:
        x = st.selectbox(
            "Along the map", list(choices), format_func=choices.__getitem__, key="assumptions.x", bind="query-params"
        )
    with right:
        others = [path for path in choices if path != x]
        y = st.selectbox(
            "Up the map", others, format_func=choices.__getitem__, key="assumptions.y", bind="query-params"
        )
    usual = [x, y] == list(choices)[:2]
    try:
        with st.spinner("Pricing the map…"):
            mapped = whole if usual else answers.mapped(whole, page.start, (x, y))
    except InputError as error:
        st.warning(show.text(f"{error}."))
        return
    show.figure(charts.map_chart(mapped), "map")
    with st.expander("As a table"):
        show.table(figures.map_rows(mapped), "Chance that active learning is better, by two inputs")


def evidence(page: Opened, verdict: Verdict) -> None:
    """Show which data sets the curves rest on and why, and how the shipped curves were recorded."""
    st.markdown(show.text(words_evidence.evidence_sentence(verdict)))
    show.table(words_evidence.evidence_rows(verdict), "Data sets behind the curves, with weights and reasons")
    st.subheader("How the shipped curves were recorded", anchor=False)
    try:
        table, said = recorded_table(), provenance()
    except InputError as error:
        st.warning(show.text(f"{error}."))
        return
    found = coverage(table, said)
    for sentence in (*words_recorded.strategy_sentences(found), *words_recorded.recording_sentences(recordings(said))):
        st.markdown(show.text(sentence))
    rows = words_recorded.coverage_rows(found, licences=True)
    show.table(rows, "Recorded curves by data set and learner: batches, labels, seeds and licence")


def past_forecasts(page: Opened, verdict: Verdict) -> None:
    """Score forecasts against what was measured: here on the shipped curves, and on an uploaded log."""
    st.markdown(
        "A forecast is worth what it says before the truth is known. Here the curves that ship with labelplan are cut, "
        "forecast from their first part, and compared with what was measured after it. It is computed now, on this "
        "machine, and takes about ten seconds."
    )
    if st.button("Score the forecast", icon=":material/straighten:", key="score"):
        st.session_state["scored"] = True
    if st.session_state.get("scored"):
        _scored()
    st.subheader("On your own campaign", anchor=False)
    _own(page)
    st.subheader("What is not here", anchor=False)
    st.markdown(
        "The recorded curves helped to learn the forecast's prior, so that their score is kind to it. The test on data "
        "sets that it never saw (48 reserved ones of LCDB) needs their curves, which do not ship: `labelplan data get "
        "lcdb`, then `python -m research.backtest --reserved` in a checkout of labelplan. Which findings of the "
        "literature our curves reproduce stands under Findings."
    )


def _scored() -> None:
    try:
        result = scoreboard.recorded_backtest()
    except InputError as error:
        st.error(show.text(f"{error}."))
        return
    st.markdown(show.text(words_backtest.headline(result)))
    st.markdown(show.text(words_backtest.held(result)))
    show.table(words_evidence.score_rows(result), "Error and share of intervals that held, with 80% intervals")
    left, right = st.columns(2)
    with left:
        show.figure(ratio_chart(result), "forecast_over_measured")
    with right:
        show.figure(reliability_chart(result), "reliability")
    for note in result["notes"]:
        st.caption(show.text(note))


def _own(page: Opened) -> None:
    file = uploads.upload("Campaign log or pilot (CSV)", LOG, ["csv", "parquet"], help_text=LOG_HELP)
    if file is None:
        st.markdown(
            "Upload the log of a campaign, or a pilot, to see how each stage would have forecast the next ones."
        )
        return
    name, data = file
    try:
        status = scoreboard.tracked(data, name, page.plan, page.start)
    except InputError as error:
        st.error(show.text(f"{error}."))
        return
    st.markdown(show.text(words_track.past_sentence(status)))
    if rows := words_track.past_rows(status):
        show.table(rows, "What each stage of the log forecast, and what was measured")


def campaign(page: Opened, verdict: Verdict) -> None:
    """Say what a campaign under way should do now, from its log."""
    file = uploads.upload("Campaign log (CSV)", LOG, ["csv", "parquet"], help_text=LOG_HELP)
    if file is None:
        st.markdown("Upload the log of a campaign under way: labels and value after each round. It is read in memory.")
        return
    name, data = file
    try:
        status = scoreboard.tracked(data, name, page.plan, page.start)
    except InputError as error:
        st.error(show.text(f"{error}."))
        return
    st.subheader(show.text(words_track.headline(status)), anchor=False)
    for sentence in words_track.sentences(status):
        st.markdown(show.text(sentence))
    show.table(words_track.action_rows(status), "What each way costs from now on, and its chance to reach the target")
    if status.warnings:
        st.warning("\n".join(f"- {show.text(warning)}" for warning in status.warnings))
