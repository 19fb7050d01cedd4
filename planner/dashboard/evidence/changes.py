"""Sections of the Assumptions page about the plan's inputs: every number, what was changed, and A against B."""

import pandas as pd
import streamlit as st

from planner.dashboard import show, widths
from planner.dashboard.page import Opened
from planner.dashboard.state import address, link, plan_file, scenario, side_bar
from planner.dashboard.verdict import answers
from planner.decision import Verdict
from planner.report import words_assumptions, words_scenarios
from planner.report.charts.scenarios import scenarios_chart
from simulations.errors import InputError

ROWS_PX = 560
VALUE_PX = 165  # names of tasks and notes may be long, and a click on the cell shows all of them


def every_number(page: Opened, verdict: Verdict) -> None:
    """Show every input with its value, unit, source, and whether it was changed; take changes back."""
    _changes(page)
    every = words_assumptions.assumption_rows(page.plan, page.edits)
    st.markdown(show.text(words_assumptions.count_sentence(every)))
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    with left:
        wanted = st.text_input(
            "Filter", key="assumptions.filter", max_chars=80, placeholder="price, default, hours…", bind="query-params"
        )
    with right:
        absent = st.toggle("And inputs that are not given", key="assumptions.absent", bind="query-params")
    rows = words_assumptions.assumption_rows(page.plan, page.edits, absent=True) if absent else every
    rows = words_assumptions.matching(rows, wanted)
    if not rows:
        st.info(show.text(f"No input has “{wanted}” in its name, value, unit or source."))
        return
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        width="stretch",
        height=ROWS_PX if len(rows) > 15 else "content",
        column_config=widths.columns_of(rows, VALUE_PX),
        alt="Every input of the plan with value or range, unit, whether it was changed, source and labelplan's default",
    )


def _changes(page: Opened) -> None:
    found = words_assumptions.change_rows(page.base, page.plan, page.edits)
    if link.PLAN_KEY in st.query_params:
        st.button("Back to the plan of the start", on_click=_restart, args=(page,), icon=":material/restart_alt:")
    if not found:
        return
    st.subheader("Changed here", anchor=False)
    for path, (name, before, now) in found.items():
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(show.text(f"{name}: {before} → {now}"))
            st.button("Reset", key=f"reset {path}", on_click=side_bar.reset, args=(page.base, [path]), type="tertiary")
    st.button("Reset all", on_click=side_bar.reset, args=(page.base, list(found)), icon=":material/undo:")


def _restart(page: Opened) -> None:
    plan_file.take(page.start.plan)
    address.drop(link.PLAN_KEY)


def scenarios(page: Opened, verdict: Verdict) -> None:
    """Keep the plan as scenario A, and set the plan on screen against it."""
    first = scenario.kept(page.start)
    with st.container(horizontal=True):
        st.button(
            "Keep this plan as scenario A" if first is None else "Keep this plan as scenario A instead",
            on_click=scenario.keep,
            args=(page.plan,),
            icon=":material/push_pin:",
        )
        if first is not None:
            st.button("Forget scenario A", on_click=scenario.forget, type="tertiary")
    if first is None:
        st.markdown(
            "Keep the plan as it is now, then change inputs in the side bar: both answers stand side by side here. "
            "The address holds scenario A too, so that a copied link shows the same comparison."
        )
        return
    rows = words_scenarios.difference_rows(first, page.plan)
    st.markdown(show.text(words_scenarios.difference_sentence(rows)))
    if not rows:
        return
    show.table(rows, "Inputs that differ between scenario A and the plan now")
    try:
        before = answers.verdict_of(first, page.start)
    except InputError as error:
        st.error(show.text(f"Scenario A has no answer. {error}"))
        return
    st.markdown(show.text(words_scenarios.finding(before, verdict)))
    show.figure(scenarios_chart(before, verdict), "a_against_b")
    show.table(words_scenarios.answer_rows(before, verdict), "Verdict, chance, saving and costs in both scenarios")
