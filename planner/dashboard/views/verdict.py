"""The Verdict page: the answer as its title, then the money, the futures, what would change it, and the report."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial

import streamlit as st

from planner.dashboard import answers, components, plan_state, session
from planner.decision import Verdict
from planner.decision.options import OptionsComparison
from planner.render.curves.charts import curves_chart
from planner.render.html import OF_ANALYSIS, offered_sections, render_report
from planner.render.verdict import analysis_words, charts, option_words, words
from simulations.errors import InputError


def page() -> None:
    """Draw the page."""
    opened, verdict = session.answered_page(answers.plan_verdict)
    components.caption(verdict.task_name)
    if verdict.options is None:
        st.title(words.headline(verdict), anchor=False)
    else:
        _show_options(verdict, verdict.options)
    components.paragraph(words.sentence(verdict))
    components.cards(words.cards(verdict))
    if reached := words.at_the_budget(verdict) or words.at_the_stop(verdict):
        components.paragraph(reached)
    if assumed := words.assumed_sentence(verdict):
        components.caption(assumed)
    loud, quiet = words.warnings_by_weight(verdict)
    for note in quiet:
        components.caption(note)
    if loud:
        st.warning(components.bullets(loud))

    components.figures(futures=charts.futures_chart(verdict), chance_by_price=charts.price_chart(verdict))

    if missed := words.never_reached(verdict):
        components.paragraph(missed)
    components.figure(charts.tornado_chart(verdict), "tornado")
    beyond = st.container()  # filled last: it takes longer than everything below it

    st.subheader("The plans", anchor=False)
    components.table(
        words.plan_rows(verdict),
        "Labels, cost, days, and chance of never reaching the target or what is reached, by plan",
    )
    components.paragraph(words.labels_saved(verdict))
    components.figures(mean_bill=charts.bill_chart(verdict), learning_curves=curves_chart(verdict))

    if hybrid := words.hybrid_sentence(verdict):
        st.subheader("Labelling the whole pool", anchor=False)
        components.paragraph(hybrid)
        components.table(
            words.hybrid_rows(verdict),
            "Labels by people and by the model, errors and cost, by who picks people's items",
        )

    _offer_report(verdict, opened.start)

    with beyond:
        _settle(verdict, opened.start)


def _show_options(verdict: Verdict, options: OptionsComparison) -> None:
    """Show people, a language model and both beside each other, above the two ways in which people label."""
    st.title(option_words.headline(options), anchor=False)
    components.paragraph(option_words.sentence(verdict, options))
    components.table(
        option_words.option_rows(verdict, options), "Cost, labels, value reached and chance of being the cheapest"
    )
    st.markdown(components.bullets(option_words.option_lines(verdict, options)))
    components.figure(charts.options_chart(verdict), "options")
    components.caption(option_words.meanings(options))
    st.subheader(option_words.by_people(words.headline(verdict)), anchor=False)


def _settle(verdict: Verdict, start: plan_state.Start) -> None:
    """Show what would settle the verdict; a question that cannot be answered is one sentence in its place."""
    st.subheader(words.settle_title(verdict), anchor=False)
    try:
        with st.spinner("Asking what is worth knowing…"):
            whole = answers.analysis_of_verdict(verdict, start)
    except InputError as error:
        components.warning(f"{error}.")
        return
    st.markdown(components.bullets(analysis_words.decision_lines(whole)))
    if charts.shown_pilot(whole) is not None:
        components.figure(charts.pilot_chart(whole), "pilots")
        rows = analysis_words.pilot_rows(whole)
        components.details(
            "What each pilot would be worth", rows, "Worth, cost and net value of pilots by kind and size"
        )


TICKED = "report_ticked"  # session state: section -> whether it is ticked, kept while other pages are open


def _offer_report(verdict: Verdict, start: plan_state.Start) -> None:
    """Offer the report of an answer, and what is to be in it."""
    with st.container(horizontal=True):
        place = st.container(width="content")
        with st.popover("What is in the report", icon=":material/checklist:"):
            ticked = [name for name, title in offered_sections(verdict).items() if _checkbox(name, title)]
        place.download_button(
            "Download the report",
            partial(write_report, verdict, start, ticked),
            "report.html",
            "text/html",
            icon=":material/description:",
            on_click="ignore",
        )
    components.caption(f"labelplan {verdict.version}, seed {verdict.seed}, {verdict.n_draws:,} joint draws")


def _checkbox(name: str, title: str) -> bool:
    """Let a section be ticked; what a report holds is no part of the plan, so that the address does not tell it."""
    kept = st.session_state.setdefault(TICKED, {})
    key = f"{TICKED}.{name}"
    st.session_state.setdefault(key, kept.get(name, True))
    kept[name] = st.checkbox(title, key=key)
    return bool(kept[name])


def write_report(verdict: Verdict, start: plan_state.Start, ticked: Iterable[str]) -> str:
    """Write the report of an answer, with the ticked sections; what cannot be answered is told among its warnings."""
    sections, faults = set(ticked), list[str]()
    bought, whole = None, verdict
    if "vendors" in sections:
        with _collect_faults(faults):
            bought = answers.buying(answers.PlanKey.of(verdict.plan_toml, start))
    if sections & OF_ANALYSIS:
        with _collect_faults(faults):
            whole = answers.analysis_of_verdict(verdict, start)
    if "sliders" in sections:
        whole = answers.with_sliders(whole, start)
    return render_report(replace(whole, warnings=(*whole.warnings, *faults)), bought, sections=sections)


@contextmanager
def _collect_faults(faults: list[str]) -> Iterator[None]:
    try:
        yield
    except InputError as error:
        faults.append(str(error))
