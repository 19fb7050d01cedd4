"""The report to download: the sections that it is to hold, and the whole answer, asked when the button is clicked."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial

import streamlit as st

from planner.dashboard import show
from planner.dashboard.state.start import Start
from planner.dashboard.vendors import buying
from planner.dashboard.verdict import answers
from planner.decision import Verdict
from planner.report.html import render_report
from planner.report.sections import OF_ANALYSIS, offered
from simulations.errors import InputError

TICKED = "report_ticked"  # session state: section -> whether it is ticked, kept while other pages are open


def report(verdict: Verdict, start: Start) -> None:
    """Offer the report of an answer, and what is to be in it."""
    with st.container(horizontal=True):
        place = st.container(width="content")
        with st.popover("What is in the report", icon=":material/checklist:"):
            ticked = [name for name, title in offered(verdict).items() if _tick(name, title)]
        place.download_button(
            "Download the report",
            partial(_page, verdict, start, ticked),
            "report.html",
            "text/html",
            icon=":material/description:",
            on_click="ignore",
        )
    st.caption(show.text(f"labelplan {verdict.version}, seed {verdict.seed}, {verdict.n_draws:,} joint draws"))


def _tick(name: str, title: str) -> bool:
    """Let a section be ticked; what a report holds is no part of the plan, so that the address does not tell it."""
    kept = st.session_state.setdefault(TICKED, {})
    key = f"{TICKED}.{name}"
    st.session_state.setdefault(key, kept.get(name, True))
    kept[name] = st.checkbox(title, key=key)
    return bool(kept[name])


def _page(verdict: Verdict, start: Start, ticked: Iterable[str]) -> str:
    """Write the report; what cannot be answered is left out, and told among its warnings."""
    sections, told = set(ticked), list[str]()
    bought, whole = None, verdict
    if "vendors" in sections:
        with _telling(told.append):
            bought = buying.of_text(verdict.plan_toml, start)
    if sections & OF_ANALYSIS:
        with _telling(told.append):
            whole = answers.analysed(verdict, start)
    return render_report(replace(whole, warnings=(*whole.warnings, *told)), bought, sections=sections)


@contextmanager
def _telling(tell: Callable[[str], None]) -> Iterator[None]:
    try:
        yield
    except InputError as error:
        tell(str(error))
