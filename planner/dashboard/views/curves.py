"""The Curves page: what is forecast for the user's task, what was measured, and the user's own pilot beside it."""

import hashlib
from dataclasses import replace

import pandas as pd
import streamlit as st

from planner.curves.lines import values_where_all_end
from planner.curves.uploaded import pilot_template
from planner.dashboard import show, uploads
from planner.dashboard.curves import choices, data, outlooks, sections
from planner.dashboard.curves.family import Family
from planner.dashboard.curves.kept import picture
from planner.dashboard.page import Opened, answered, opened
from planner.dashboard.state import own_pilot
from planner.dashboard.state.parsed import parsed
from planner.decision import Outlook
from planner.decision.label_costs import USD
from planner.report import words_curves as told
from planner.report.charts.curves import labels_finding
from planner.report.charts.learning import Learning
from planner.report.charts.pilot_beside import random_beside_chart
from planner.report.charts.saved import savings_beside_chart, savings_by_labels_chart
from simulations.errors import InputError


def for_the_task(page: Opened, outlook: Outlook, pricing: sections.Pricing) -> None:
    """Show the forecast of every plan's curve, and what each saves."""
    names = tuple(outlook.plans)
    picked = choices.some_of(names, "curves.plans")
    axes = choices.axes()
    lines = outlook.curves[outlook.curves["strategy"].isin(picked)]
    if lines.empty:
        st.info("Choose one strategy or more.")
        return
    if axes.money:
        lines = pricing.priced(lines, clean=page.plan.evidence.pilot is None, schedule=None)
    currency = outlook.currency if axes.money else None
    title = labels_finding(replace(outlook, plans={name: outlook.plans[name] for name in picked}))
    if axes.money or axes.error:
        end = values_where_all_end(lines, USD if axes.money else "labels")
        title = told.ends_finding(end, outlook.metric, error=axes.error, currency=currency, forecast=True)
        title = title if end is not None else told.apart_finding(lines, USD, outlook.currency)
    nothing = pd.DataFrame(columns=["strategy", "seed", "labels", "value"])
    about = "Forecast learning curves for the task with 80% bands, dashed where nothing was measured."
    sections.lines(
        Learning(
            lines,
            nothing,
            names,
            outlook.metric,
            outlook.target,
            axes.money,
            axes.error,
            outlook.currency,
            title,
            about,
        ),
        "forecast",
    )
    if axes.money:
        st.caption(show.text(told.money_note(None)))
    st.caption(show.text(told.evidence_sentence(outlook)))
    saved_on_the_task(outlook, picked)


def saved_on_the_task(outlook: Outlook, picked: tuple[str, ...]) -> None:
    """Draw the label savings that are forecast along the way."""
    chosen = [one for name, one in outlook.advantages.items() if name in picked]
    st.subheader("Labels saved", anchor=False)
    if not chosen:
        st.info("Only random is shown: savings need another strategy.")
        return
    curves = pd.concat([one.curve.assign(strategy=one.strategy) for one in chosen], ignore_index=True)
    goal = "what the budget reaches" if outlook.target is None else "the target"
    title = told.savings_forecast_finding(goal, {one.strategy: one.p_fewer_labels for one in chosen})
    show.figure(picture(savings_by_labels_chart, curves, tuple(outlook.plans), title, rows=curves), "forecast_savings")
    st.caption(show.text(told.FORECAST_SAVINGS_NOTE))


def measured(page: Opened, outlook: Outlook, pricing: sections.Pricing) -> None:
    """Show the curves that were measured on a data set."""
    found = data.sources(page)
    left, right = st.columns([3, 2])
    with left:
        name = choices.one_of("Data set", list(found), "curves.data", usual=told.heaviest(outlook, list(found)))
    stamp, rows = found[name]
    family = _family(rows, stamp, outlook, right, pilot=False)
    _of_family(family, outlook, pricing)


def of_pilot(page: Opened, outlook: Outlook, pricing: sections.Pricing) -> None:
    """Take a pilot, show its curves, and put it beside what was recorded."""
    plan = parsed(outlook.plan_toml)
    tested = plan.task.test_size
    st.markdown(show.text(told.PILOT_SENTENCE))
    template = pilot_template(outlook.metric, plan.strategy.names, tested)
    st.download_button(
        "Download a template", template, "pilot.csv", "text/csv", key="pilot_template", icon=":material/download:"
    )
    file = uploads.upload("Your pilot (CSV)", "curves_pilot", ["csv"], help_text=told.PILOT_HELP)
    if file is None:
        return
    name, content = file
    try:
        table = data.pilot_table(content, name, outlook.metric, tested)
    except InputError as error:
        st.error(show.text(f"{error}."))
        return
    if own_pilot.in_use(content):
        st.markdown("The answer of every page rests on this pilot; the side bar puts it away.")
    else:
        st.button(
            "Rest the answer on this pilot",
            on_click=own_pilot.use,
            args=(page.start, content),
            icon=":material/balance:",
            help="On all pages, in place of what the plan says of the labels needed. The file stays on this computer.",
        )
    # What the rows mean depends on the plan too, where the file does not say it.
    stamp = f"{hashlib.sha256(content).hexdigest()} {tested}"
    family = _family(table, stamp, outlook, st.container(), pilot=True)
    _of_family(family, outlook, pricing)
    _beside(page, family, outlook, pricing)


def _family(
    rows: pd.DataFrame, stamp: str, outlook: Outlook, place: st.delta_generator.DeltaGenerator, *, pilot: bool
) -> Family:
    """Choose metric, learner and schedule, where there is more than one."""
    metrics = sorted(map(str, rows["metric"].unique()))
    usual = outlook.metric if outlook.metric in metrics else "accuracy"
    with place:
        metric = choices.one_of("Metric", metrics, "curves.metric", usual=usual)
    if outlook.metric not in metrics:
        st.caption(show.text(told.not_recorded(outlook.metric, metric)))
    learner, plans = parsed(outlook.plan_toml).evidence.learner, tuple(outlook.plans)
    families = data.families_of(rows, stamp, metric=metric, plans=plans, pilot=pilot, learner=learner)
    title = next(iter(families))
    if len(families) > 1:
        title = choices.one_of("Learner and batches", list(families), "curves.learner")
    return families[title]


def _of_family(family: Family, outlook: Outlook, pricing: sections.Pricing) -> None:
    picked = choices.some_of(family.strategies, "curves.strategies")
    axes = choices.axes()
    if not picked:
        st.info("Choose one strategy or more.")
        return
    target = outlook.target if family.pilot and str(family.rows["metric"].iloc[0]) == outlook.metric else None
    sections.curves(family, picked, axes, pricing, target)
    sections.savings(family, picked)
    sections.fit(family, picked)
    sections.compared(family, picked)


def _beside(page: Opened, family: Family, outlook: Outlook, pricing: sections.Pricing) -> None:
    """Put the pilot beside what was recorded: its random curve, and what it saves."""
    st.subheader("Your pilot beside recorded data sets", anchor=False)
    recorded = data.evidence_table(pricing.simulated, parsed(outlook.plan_toml).evidence.learner)
    try:
        random, saved = data.beside_of(family.key, outlook.plan_toml, data.stamp(page), family.rows, recorded)
    except InputError as error:
        st.info(show.text(told.capital(f"{error}.")))
        return
    metric = str(family.rows["metric"].iloc[0])
    if random is None:
        st.info(show.text(told.nothing_beside(metric)))
    else:
        chart = random_beside_chart(random, metric, told.random_beside_finding(random))
        show.figure(chart, "pilot_beside_recorded", random.to_frame())
    if saved is None:
        st.info("The pilot holds no strategy beside random that is recorded too, so savings cannot be compared.")
        return
    chart = savings_beside_chart(saved.expected, saved.measured, family.hues, told.savings_beside_finding(saved))
    show.figure(chart, "pilot_savings", saved.to_frame())
    st.caption(show.text(told.BESIDE_NOTE))
    for note in saved.notes:
        st.caption(show.text(note))


page = opened()
outlook = answered(*outlooks.current(page))
st.caption(show.text(outlook.task_name))
st.title("Learning curves", anchor=False)
shown = choices.mode()
try:
    pricing = sections.Pricing(outlook, data.simulated_curves(page))
    {choices.TASK: for_the_task, choices.MEASURED: measured, choices.PILOT: of_pilot}[shown](page, outlook, pricing)
except InputError as error:
    st.error(show.text(f"{error}."))
