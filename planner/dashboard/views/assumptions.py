"""The Assumptions & evidence page: every number and its source, and the evidence behind the answer."""

from pathlib import Path
from typing import Any

import streamlit as st

from planner.app.answers import campaign_status
from planner.app.backtests import run
from planner.campaign.log import parse_log
from planner.campaign.status import CampaignStatus
from planner.campaign.tracking import N_DRAWS
from planner.dashboard import answers, components, plan_state, session, side_bar
from planner.decision import Verdict
from planner.evidence import coverage, provenance, recorded_table
from planner.evidence.results import FINDINGS
from planner.render import campaign_words
from planner.render.evidence import backtest, recorded, results
from planner.render.evidence.charts import ratio_chart
from planner.render.verdict import analysis_words, assumptions, charts, figure_tables, value_charts
from simulations.errors import InputError

ROWS_PX = 560
VALUE_PX = 165  # names of tasks and notes may be long, and a click on the cell shows all of them


def every_number(page: session.Opened, verdict: Verdict) -> None:
    """Show every input with its value, unit, source, and whether it was changed; take changes back."""
    _show_changes(page)
    every = assumptions.assumption_rows(page.plan, page.edits)
    components.paragraph(assumptions.count_sentence(every))
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    wanted = left.text_input(
        "Filter", key="assumptions.filter", max_chars=80, placeholder="price, default, hours…", bind="query-params"
    )
    absent = right.toggle("And inputs that are not given", key="assumptions.absent", bind="query-params")
    rows = assumptions.assumption_rows(page.plan, page.edits, absent=True) if absent else every
    rows = assumptions.matching_rows(rows, wanted)
    if not rows:
        components.info(f"No input has “{wanted}” in its name, value, unit or source.")
        return
    what = "Every input of the plan with value or range, unit, whether it was changed, source and labelplan's default"
    components.table(rows, what, height=ROWS_PX if len(rows) > 15 else "content", most_px=VALUE_PX)


def _show_changes(page: session.Opened) -> None:
    found = assumptions.change_rows(page.base, page.plan, page.edits)
    if plan_state.PLAN_KEY in st.query_params:
        st.button(
            "Back to the plan of the start", on_click=_take_start_plan, args=(page,), icon=":material/restart_alt:"
        )
    if not found:
        return
    st.subheader("Changed here", anchor=False)
    for path, (name, before, now) in found.items():
        with st.container(horizontal=True, vertical_alignment="center"):
            components.paragraph(f"{name}: {before} → {now}")
            st.button("Reset", key=f"reset {path}", on_click=side_bar.reset, args=(page.base, [path]), type="tertiary")
    st.button("Reset all", on_click=side_bar.reset, args=(page.base, list(found)), icon=":material/undo:")


def _take_start_plan(page: session.Opened) -> None:
    plan_state.take_file(page.start.plan)
    plan_state.drop(plan_state.PLAN_KEY)


def scenarios(page: session.Opened, verdict: Verdict) -> None:
    """Keep the plan as scenario A, and set the plan on screen against it."""
    first = plan_state.kept_scenario(page.start)
    with st.container(horizontal=True):
        st.button(
            "Keep this plan as scenario A" if first is None else "Keep this plan as scenario A instead",
            on_click=plan_state.put,
            args=(plan_state.SCENARIO_KEY, plan_state.pack(page.plan)),
            icon=":material/push_pin:",
        )
        if first is not None:
            st.button("Forget scenario A", on_click=plan_state.drop, args=(plan_state.SCENARIO_KEY,), type="tertiary")
    if first is None:
        st.markdown(
            "Keep the plan as it is now, then change inputs in the side bar: both answers stand side by side here. "
            "The address holds scenario A too, so that a copied link shows the same comparison."
        )
        return
    rows = assumptions.difference_rows(first, page.plan)
    components.paragraph(assumptions.difference_sentence(rows))
    if not rows:
        return
    components.table(rows, "Inputs that differ between scenario A and the plan now")
    try:
        before = answers.plan_verdict(answers.PlanKey.of(first, page.start))
    except InputError as error:
        components.error(f"Scenario A has no answer. {error}")
        return
    components.figure(charts.scenarios_chart(before, verdict), "a_against_b")
    components.table(assumptions.answer_rows(before, verdict), "Verdict, chance, saving and costs in both scenarios")
    components.caption(f"Inputs that are the same have the same {verdict.n_draws:,} draws in both.")


CURVES_A_SET = 2


@st.cache_data(max_entries=2, show_spinner="Cutting the recorded curves and forecasting them…")
def recorded_backtest() -> dict[str, Any]:
    """Forecast the recorded curves from their first parts; see `planner.backtest.scoring.run_backtest`.

    Raises:
        InputError: the installation has no recorded curves.
    """
    return run(sample=CURVES_A_SET)


LOG = "campaign_log"
LOG_HELP = (
    "Columns labels and value; where there are such, strategy (else random), test_size, spent_usd, days, agreement "
    "and vendor. Up to 2 MB."
)


@st.cache_data(max_entries=8, show_spinner="Forecasting the campaign…")
def _log_status(data: bytes, name: str, key: answers.PlanKey) -> CampaignStatus:
    return campaign_status(
        key.plan,
        lambda plan: parse_log(data, plan, where=name),
        base=Path(key.base),
        store=Path(key.store) if key.store else None,
        n_draws=N_DRAWS,
    )


def _read_log(label: str, page: session.Opened, invitation: str) -> CampaignStatus | None:
    """Take a campaign's log and say how the campaign stands; None, after a sentence, where there is no answer."""
    file = components.upload(label, LOG, ["csv", "parquet"], help_text=LOG_HELP)
    if file is None:
        st.markdown(invitation)
        return None
    name, data = file
    try:
        return _log_status(data, name, answers.PlanKey.of(page.plan, page.start))
    except InputError as error:
        components.error(f"{error}.")
        return None


def findings_table(page: session.Opened, verdict: Verdict) -> None:
    """Show the signs table as it was recorded, its parts, and where it comes from."""
    st.subheader("Published findings", anchor=False)
    found = FINDINGS.judged()
    components.paragraph(results.findings_sentence(found))
    components.table(results.findings_rows(found), "Published findings: claim, our figure, interval, state and why")
    rows = results.part_rows(found)
    components.details("Every part, by data set", rows, "Parts of the findings with the figure of each data set")
    st.markdown(
        "Each is measured again by `make evidence-signs`; `labelplan backtest --findings` prints the same figures."
    )
    components.caption(results.findings_source(found))


def worth_knowing(page: session.Opened, verdict: Verdict) -> None:
    """Rank the inputs by what it is worth to learn them, and map the answer over two of them."""
    with st.spinner("Asking what is worth knowing…"):
        whole = answers.analysis_of_verdict(verdict, page.start)
    assert whole.analysis is not None
    told = analysis_words.information_sentence(whole, whole.analysis)
    if told:
        components.paragraph(told)
    if told and whole.analysis.information.losses.evpi_usd > 0:  # else the sentence says all there is
        components.figure(charts.information_chart(whole), "worth_knowing")
        rows = figure_tables.information_rows(whole)
        components.details("As a table", rows, "What it is worth to learn each input before choosing")
    _show_map(page, whole)


def _show_map(page: session.Opened, whole: Verdict) -> None:
    """Map the answer over two inputs that may be chosen."""
    st.subheader("Two inputs at once", anchor=False)
    choices = value_charts.map_choices(whole)
    left, right = st.columns(2)
    shown: dict[str, Any] = {"format_func": choices.__getitem__, "bind": "query-params"}
    x = left.selectbox("Along the map", list(choices), key="assumptions.x", **shown)
    y = right.selectbox("Up the map", [path for path in choices if path != x], key="assumptions.y", **shown)
    usual = [x, y] == list(choices)[:2]
    with st.spinner("Pricing the map…"):
        mapped = whole if usual else answers.with_map_over(whole, page.start, (x, y))
    components.figure(value_charts.map_chart(mapped), "map")
    rows = figure_tables.map_rows(mapped)
    components.details("As a table", rows, "Chance that active learning is better, by two inputs")


def evidence(page: session.Opened, verdict: Verdict) -> None:
    """Show which data sets the curves rest on and why, and how the shipped curves were recorded."""
    components.paragraph(recorded.evidence_sentence(verdict))
    components.table(recorded.evidence_rows(verdict), "Data sets behind the curves, with weights and reasons")
    st.subheader("How the shipped curves were recorded", anchor=False)
    table, said = recorded_table(), provenance()
    found = coverage(table, said)
    for sentence in (
        *recorded.count_sentences(found),
        *recorded.strategy_sentences(found),
        *recorded.recording_sentences(said["recordings"]),
    ):
        components.paragraph(sentence)
    rows = recorded.coverage_rows(found, licences=True)
    components.table(rows, "Recorded curves by data set and learner: batches, labels, seeds and licence")


def past_forecasts(page: session.Opened, verdict: Verdict) -> None:
    """Score forecasts against what was measured: here on the shipped curves, and on an uploaded log."""
    st.markdown(
        "A forecast is worth what it says before the truth is known. Here the curves that ship with labelplan are cut, "
        "forecast from their first part, and compared with what was measured after it. It is computed now, on this "
        "machine, and takes about ten seconds."
    )
    if st.button("Score the forecast", icon=":material/straighten:", key="score"):
        st.session_state["scored"] = True
    if st.session_state.get("scored"):
        _show_backtest()
    st.subheader("On your own campaign", anchor=False)
    invitation = "Upload the log of a campaign, or a pilot, to see how each stage would have forecast the next ones."
    status = _read_log("Campaign log or pilot (CSV)", page, invitation)
    if status is not None:
        components.paragraph(campaign_words.past_sentence(status))
        if rows := campaign_words.past_rows(status):
            components.table(rows, "What each stage of the log forecast, and what was measured")
    st.subheader("What is not here", anchor=False)
    st.markdown(
        "The recorded curves helped to learn the forecast's prior, so that their score is kind to it. The test on data "
        "sets that it never saw (48 reserved ones of LCDB) needs their curves, which do not ship: `labelplan data get "
        "lcdb`, then `python -m research.backtest --reserved` in a checkout of labelplan. Which findings of the "
        "literature our curves reproduce stands under Findings."
    )


def _show_backtest() -> None:
    try:
        result = recorded_backtest()
    except InputError as error:
        components.error(f"{error}.")
        return
    components.paragraph(backtest.headline(result))
    components.paragraph(backtest.coverage_sentence(result))
    components.table(recorded.score_rows(result), "Error and share of intervals that held, with 80% intervals")
    components.figure(ratio_chart(result), "forecast_over_measured")


def campaign(page: session.Opened, verdict: Verdict) -> None:
    """Say what a campaign under way should do now, from its log."""
    invitation = "Upload the log of a campaign under way: labels and value after each round. It is read in memory."
    status = _read_log("Campaign log (CSV)", page, invitation)
    if status is None:
        return
    st.subheader(components.text(campaign_words.headline(status)), anchor=False)
    for sentence in campaign_words.sentences(status):
        components.paragraph(sentence)
    components.table(
        campaign_words.action_rows(status), "What each way costs from now on, and its chance to reach the target"
    )
    if status.warnings:
        st.warning(components.bullets(status.warnings))


SECTIONS = {
    "Every number": every_number,
    "A against B": scenarios,
    "Worth knowing": worth_knowing,
    "Evidence": evidence,
    "Past forecasts": past_forecasts,
    "Findings": findings_table,
    "Campaign": campaign,
}


def page() -> None:
    """Draw the page: one of its sections."""
    opened, verdict = session.answered_page(answers.plan_verdict)
    components.caption(verdict.task_name)
    st.title("Assumptions and evidence", anchor=False)
    section = components.choose_part("Show", list(SECTIONS), "assumptions.show", named=False)
    try:
        SECTIONS[section](opened, verdict)
    except InputError as error:
        components.warning(f"{error}.")
