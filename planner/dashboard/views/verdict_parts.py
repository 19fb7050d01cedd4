"""Parts of the Verdict page: what would settle the verdict, and the report to download."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial

import streamlit as st

from planner.dashboard import answers, components
from planner.dashboard.plan_link import Start
from planner.dashboard.views import vendors_parts
from planner.decision import Verdict
from planner.render.html import OF_ANALYSIS, offered_sections, render_report
from planner.render.verdict import analysis_words, words
from planner.render.verdict.analysis_words import pilot_rows
from planner.render.verdict.information_charts import pilot_chart, shown_pilot
from simulations.errors import InputError


def show_block(verdict: Verdict, start: Start) -> None:
    """Show the block; a question that cannot be answered is one sentence in its place."""
    st.subheader(words.settle_title(verdict), anchor=False)
    try:
        with st.spinner("Asking what is worth knowing…"):
            whole = answers.analysis_of_verdict(verdict, start)
    except InputError as error:
        st.warning(components.text(f"{error}."))
        return
    st.markdown("\n".join(f"- {components.text(sentence)}" for sentence in analysis_words.decision_lines(whole)))
    if shown_pilot(whole) is not None:
        components.figure(pilot_chart(whole), "pilots")
        with st.expander("What each pilot would be worth"):
            components.table(pilot_rows(whole), "Worth, cost and net value of pilots by kind and size")


TICKED = "report_ticked"  # session state: section -> whether it is ticked, kept while other pages are open


def report(verdict: Verdict, start: Start) -> None:
    """Offer the report of an answer, and what is to be in it."""
    with st.container(horizontal=True):
        place = st.container(width="content")
        with st.popover("What is in the report", icon=":material/checklist:"):
            ticked = [name for name, title in offered_sections(verdict).items() if _checkbox(name, title)]
        place.download_button(
            "Download the report",
            partial(_page, verdict, start, ticked),
            "report.html",
            "text/html",
            icon=":material/description:",
            on_click="ignore",
        )
    st.caption(components.text(f"labelplan {verdict.version}, seed {verdict.seed}, {verdict.n_draws:,} joint draws"))


def _checkbox(name: str, title: str) -> bool:
    """Let a section be ticked; what a report holds is no part of the plan, so that the address does not tell it."""
    kept = st.session_state.setdefault(TICKED, {})
    key = f"{TICKED}.{name}"
    st.session_state.setdefault(key, kept.get(name, True))
    kept[name] = st.checkbox(title, key=key)
    return bool(kept[name])


def _page(verdict: Verdict, start: Start, ticked: Iterable[str]) -> str:
    """Write the report; what cannot be answered is left out, and told among its warnings."""
    sections, faults = set(ticked), list[str]()
    bought, whole = None, verdict
    if "vendors" in sections:
        with _collect_faults(faults):
            bought = vendors_parts.of_text(verdict.plan_toml, start)
    if sections & OF_ANALYSIS:
        with _collect_faults(faults):
            whole = answers.analysis_of_verdict(verdict, start)
    return render_report(replace(whole, warnings=(*whole.warnings, *faults)), bought, sections=sections)


@contextmanager
def _collect_faults(faults: list[str]) -> Iterator[None]:
    try:
        yield
    except InputError as error:
        faults.append(str(error))
