"""The Curves page: the forecast for the user's task, measured curves, and the user's own pilot beside them."""

import hashlib
from dataclasses import replace

import pandas as pd
import streamlit as st

from planner.app.pilot_upload import pilot_template
from planner.curves.forecasts import values_at_shared_end
from planner.dashboard import components, own_evidence, uploads
from planner.dashboard.plan_link import parse_cached
from planner.dashboard.session import Opened, answer_or_stop, current_page
from planner.dashboard.views import curves_data, curves_parts
from planner.dashboard.views.curves_data import CurveFamily, picture
from planner.decision import Summary
from planner.decision.label_costs import TOTAL_USD
from planner.render.curves import words as curve_words
from planner.render.curves.charts import LearningPlot, labels_finding
from planner.render.curves.savings_charts import random_beside_chart, savings_beside_chart, savings_by_labels_chart
from simulations.errors import InputError


def for_the_task(page: Opened, summary: Summary, pricing: curves_parts.PricedCurves) -> None:
    """Show the forecast of every plan's curve, and what each saves."""
    names = tuple(summary.plans)
    picked = curves_parts.some_of(names, "curves.plans")
    axes = curves_parts.axes()
    lines = summary.curves[summary.curves["strategy"].isin(picked)]
    if lines.empty:
        st.info("Choose one strategy or more.")
        return
    if axes.money:
        lines = pricing.priced(lines, clean=page.plan.evidence.pilot is None, schedule=None)
    currency = summary.currency if axes.money else None
    title = labels_finding(replace(summary, plans={name: summary.plans[name] for name in picked}))
    if axes.money or axes.error:
        end = values_at_shared_end(lines, TOTAL_USD if axes.money else "labels")
        title = curve_words.ends_finding(end, summary.metric, error=axes.error, currency=currency, forecast=True)
        title = title if end is not None else curve_words.apart_finding(lines, TOTAL_USD, summary.currency)
    nothing = pd.DataFrame(columns=["strategy", "seed", "labels", "value"])
    about = "Forecast learning curves for the task with 80% bands, dashed where nothing was measured."
    curves_parts.lines(
        LearningPlot(
            lines,
            nothing,
            names,
            summary.metric,
            summary.target,
            axes.money,
            axes.error,
            summary.currency,
            title,
            about,
        ),
        "forecast",
    )
    if axes.money:
        st.caption(components.text(curve_words.money_note(None)))
    st.caption(components.text(curve_words.evidence_sentence(summary)))
    saved_on_the_task(summary, picked)


def saved_on_the_task(summary: Summary, picked: tuple[str, ...]) -> None:
    """Draw the label savings that are forecast along the way."""
    chosen = [one for name, one in summary.advantages.items() if name in picked]
    st.subheader("Labels saved", anchor=False)
    if not chosen:
        st.info("Only random is shown: savings need another strategy.")
        return
    curves = pd.concat([one.curve.assign(strategy=one.strategy) for one in chosen], ignore_index=True)
    goal = "what the budget reaches" if summary.target is None else "the target"
    title = curve_words.savings_forecast_finding(goal, {one.strategy: one.p_fewer_labels for one in chosen})
    components.figure(
        picture(savings_by_labels_chart, curves, tuple(summary.plans), title, rows=curves), "forecast_savings"
    )
    st.caption(components.text(curve_words.FORECAST_SAVINGS_NOTE))


def measured(page: Opened, summary: Summary, pricing: curves_parts.PricedCurves) -> None:
    """Show the curves that were measured on a data set."""
    found = curves_data.sources(page)
    left, right = st.columns([3, 2])
    with left:
        name = curves_parts.one_of(
            "Data set", list(found), "curves.data", usual=curve_words.heaviest_dataset(summary, list(found))
        )
    stamp, rows = found[name]
    family = _choose_family(rows, stamp, summary, right, pilot=False)
    _show_family(family, summary, pricing)


def of_pilot(page: Opened, summary: Summary, pricing: curves_parts.PricedCurves) -> None:
    """Take a pilot, show its curves, and put it beside what was recorded."""
    plan = parse_cached(summary.plan_toml)
    tested = plan.task.test_size
    st.markdown(components.text(curve_words.PILOT_SENTENCE))
    template = pilot_template(summary.metric, plan.strategy.names, tested)
    st.download_button(
        "Download a template", template, "pilot.csv", "text/csv", key="pilot_template", icon=":material/download:"
    )
    file = uploads.upload("Your pilot (CSV)", "curves_pilot", ["csv"], help_text=curve_words.PILOT_HELP)
    if file is None:
        return
    name, content = file
    try:
        table = curves_data.pilot_table(content, name, summary.metric, tested)
    except InputError as error:
        st.error(components.text(f"{error}."))
        return
    if own_evidence.in_use(content):
        st.markdown("The answer of every page rests on this pilot; the side bar puts it away.")
    else:
        st.button(
            "Rest the answer on this pilot",
            on_click=own_evidence.use_pilot,
            args=(page.start, content),
            icon=":material/balance:",
            help="On all pages, in place of what the plan says of the labels needed. The file stays on this computer.",
        )
    # What the rows mean depends on the plan too, where the file does not say it.
    stamp = f"{hashlib.sha256(content).hexdigest()} {tested}"
    family = _choose_family(table, stamp, summary, st.container(), pilot=True)
    _show_family(family, summary, pricing)
    _show_beside_recorded(page, family, summary, pricing)


def _choose_family(
    rows: pd.DataFrame, stamp: str, summary: Summary, place: st.delta_generator.DeltaGenerator, *, pilot: bool
) -> CurveFamily:
    """Choose metric, learner and schedule, where there is more than one."""
    metrics = sorted(map(str, rows["metric"].unique()))
    usual = summary.metric if summary.metric in metrics else "accuracy"
    with place:
        metric = curves_parts.one_of("Metric", metrics, "curves.metric", usual=usual)
    if summary.metric not in metrics:
        st.caption(components.text(curve_words.not_recorded(summary.metric, metric)))
    learner, plans = parse_cached(summary.plan_toml).evidence.learner, tuple(summary.plans)
    families = curves_data.families_of(rows, stamp, metric=metric, plans=plans, pilot=pilot, learner=learner)
    title = next(iter(families))
    if len(families) > 1:
        title = curves_parts.one_of("Learner and batches", list(families), "curves.learner")
    return families[title]


def _show_family(family: CurveFamily, summary: Summary, pricing: curves_parts.PricedCurves) -> None:
    picked = curves_parts.some_of(family.strategies, "curves.strategies")
    axes = curves_parts.axes()
    if not picked:
        st.info("Choose one strategy or more.")
        return
    target = summary.target if family.pilot and str(family.rows["metric"].iloc[0]) == summary.metric else None
    curves_parts.curves(family, picked, axes, pricing, target)
    curves_parts.savings(family, picked)
    curves_parts.fit(family, picked)
    curves_parts.compared(family, picked)


def _show_beside_recorded(
    page: Opened, family: CurveFamily, summary: Summary, pricing: curves_parts.PricedCurves
) -> None:
    """Put the pilot beside what was recorded: its random curve, and what it saves."""
    st.subheader("Your pilot beside recorded data sets", anchor=False)
    recorded = curves_data.evidence_table(pricing.simulated, parse_cached(summary.plan_toml).evidence.learner)
    try:
        random, saved = curves_data.beside_of(
            family.key, summary.plan_toml, curves_data.stamp(page), family.rows, recorded
        )
    except InputError as error:
        st.info(components.text(curve_words.capital(f"{error}.")))
        return
    metric = str(family.rows["metric"].iloc[0])
    if random is None:
        st.info(components.text(curve_words.nothing_beside(metric)))
    else:
        chart = random_beside_chart(random, metric, curve_words.random_beside_finding(random))
        components.figure(chart, "pilot_beside_recorded", random.to_frame())
    if saved is None:
        st.info("The pilot holds no strategy beside random that is recorded too, so savings cannot be compared.")
        return
    chart = savings_beside_chart(saved.expected, saved.measured, family.hues, curve_words.savings_beside_finding(saved))
    components.figure(chart, "pilot_savings", saved.to_frame())
    st.caption(components.text(curve_words.BESIDE_NOTE))
    for note in saved.notes:
        st.caption(components.text(note))


page = current_page()
summary = answer_or_stop(*curves_data.current_summary(page))
st.caption(components.text(summary.task_name))
st.title("Learning curves", anchor=False)
shown = curves_parts.mode()
try:
    pricing = curves_parts.PricedCurves(summary, curves_data.simulated_curves(page))
    {curves_parts.TASK: for_the_task, curves_parts.MEASURED: measured, curves_parts.PILOT: of_pilot}[shown](
        page, summary, pricing
    )
except InputError as error:
    st.error(components.text(f"{error}."))
