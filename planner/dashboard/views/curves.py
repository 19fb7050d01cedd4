"""The Curves page: the forecast for the user's task, measured curves, and the user's own pilot beside them."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import pandas as pd
import streamlit as st

from planner.app.uploads import pilot_template
from planner.curves import forecasts, replicates
from planner.dashboard import components, own_evidence, plan_state, session
from planner.dashboard.views import curves_data
from planner.dashboard.views.curves_data import CurveFamily
from planner.decision import Summary, load_curves
from planner.decision.summary import TOTAL_USD, priced_points
from planner.plan import Plan
from planner.render.curves import charts, curve_tables, savings_charts, words
from planner.render.evidence.recorded import evidence_sentence
from planner.render.numbers import capital, plain, plan_name
from simulations.errors import InputError

TASK, MEASURED, PILOT = "Forecast for my task", "Measured on data sets", "My own pilot"
LABELS, MONEY = "Labels", "Money"
VALUE, ERROR = "Value", "Error, both axes log"
MOST_SHOWN = 6  # curves at first: more can be ticked


@dataclass(frozen=True, eq=False)
class Answered:
    """The answered plan whose curves are shown, and what turns labels into its money.

    Attributes:
        opened: what the page works on.
        summary: of the plan on screen, or of the last one that had an answer.
        simulated: curve table of the store behind the verdict, in which noise may have been measured; None without one.
    """

    opened: session.Opened
    summary: Summary
    simulated: pd.DataFrame | None

    @property
    def plan(self) -> Plan:
        """The plan of the summary."""
        return plan_state.parse_cached(self.summary.plan_toml)

    def priced(self, points: pd.DataFrame, *, clean: bool, schedule: tuple[float, float] | None) -> pd.DataFrame:
        """Price every point of some curves; see `priced_points`."""
        plans, simulated = self.summary.plans, self.simulated
        return priced_points(points, self.plan, plans, clean=clean, simulated=simulated, schedule=schedule)


def page() -> None:
    """Draw the page: one of its three views."""
    opened, summary = session.answered_page(curves_data.plan_summary)
    components.caption(summary.task_name)
    st.title("Learning curves", anchor=False)
    views = {TASK: _show_task, MEASURED: _show_measured, PILOT: _show_pilot}
    _warn_unknown("curves.of", list(views))
    shown = components.choose_part("Curves", list(views), "curves.of", named=False)
    try:
        views[shown](Answered(opened, summary, curves_data.simulated_curves(opened)))
    except InputError as error:
        components.error(f"{error}.")


def _show_task(answered: Answered) -> None:
    """Show the forecast of every plan's curve, and what each saves."""
    summary, names = answered.summary, tuple(answered.summary.plans)
    picked = _choose_several("Strategies", names, names[:MOST_SHOWN], "curves.plans", plan_name)
    money, error = _choose_axes()
    lines = summary.curves[summary.curves["strategy"].isin(picked)]
    if lines.empty:
        st.info("Choose one strategy or more.")
        return
    if money:
        lines = answered.priced(lines, clean=answered.opened.plan.evidence.pilot is None, schedule=None)
    currency = summary.currency if money else None
    title = charts.labels_finding(replace(summary, plans={name: summary.plans[name] for name in picked}))
    if money or error:
        title = words.ends_finding(lines, summary.metric, error=error, currency=currency, forecast=True)
    _show_lines(charts.task_plot(summary, lines, title, money=money, error=error), "forecast")
    if money:
        components.caption(words.money_note(None))
    components.caption(f"{evidence_sentence(summary)} Their curves are under “Measured on data sets”.")
    _show_task_savings(summary, picked)


def _show_task_savings(summary: Summary, picked: tuple[str, ...]) -> None:
    """Draw the label savings that are forecast along the way."""
    chosen = [one for name, one in summary.advantages.items() if name in picked]
    st.subheader("Labels saved", anchor=False)
    if not chosen:
        st.info("Only random is shown: savings need another strategy.")
        return
    curves = pd.concat([one.curve.assign(strategy=one.strategy) for one in chosen], ignore_index=True)
    goal = "what the budget reaches" if summary.target is None else "the target"
    title = words.savings_forecast_finding(goal, {one.strategy: one.p_fewer_labels for one in chosen})
    chart = savings_charts.savings_by_labels_chart(curves, tuple(summary.plans), title)
    components.figure(chart, "forecast_savings", curves)
    components.caption(words.FORECAST_SAVINGS_NOTE)


def _show_measured(answered: Answered) -> None:
    """Show the curves that were measured on a data set."""
    found = curves_data.sources(answered.opened)
    left, right = st.columns([3, 2])
    with left:
        usual = words.heaviest_dataset(answered.summary, list(found))
        name = _choose_one("Data set", list(found), "curves.data", usual=usual)
    stamp, rows = found[name]
    with right:
        metric = _choose_metric(rows, answered.summary.metric)
    family = _choose_family(rows, stamp, metric, answered, pilot=False)
    _show_family(family, answered)


def _show_pilot(answered: Answered) -> None:
    """Take a pilot, show its curves, and put it beside what was recorded."""
    metric, plan = answered.summary.metric, answered.plan
    tested = plan.task.test_size
    components.paragraph(words.PILOT_SENTENCE)
    template = pilot_template(metric, plan.strategy.names, tested)
    st.download_button(
        "Download a template", template, "pilot.csv", "text/csv", key="pilot_template", icon=":material/download:"
    )
    file = components.upload("Your pilot (CSV)", "curves_pilot", ["csv"], help_text=words.PILOT_HELP)
    if file is None:
        return
    name, content = file
    table = curves_data.pilot_table(content, name=name, metric=metric, test_size=tested)
    if own_evidence.in_use(content):
        st.markdown("The answer of every page rests on this pilot; the side bar puts it away.")
    else:
        st.button(
            "Rest the answer on this pilot",
            on_click=own_evidence.use_pilot,
            args=(answered.opened.start, content),
            icon=":material/balance:",
            help="On all pages, in place of what the plan says of the labels needed. The file stays on this computer.",
        )
    # What the rows mean depends on the plan too, where the file does not say it.
    stamp = f"{hashlib.sha256(content).hexdigest()} {tested}"
    family = _choose_family(table, stamp, _choose_metric(table, metric), answered, pilot=True)
    _show_family(family, answered)
    _show_beside_recorded(family, answered)


def _choose_metric(rows: pd.DataFrame, asked: str) -> str:
    """Choose the metric of the curves; at first the plan's, where it was recorded."""
    metrics = sorted(map(str, rows["metric"].unique()))
    return _choose_one("Metric", metrics, "curves.metric", usual=asked if asked in metrics else "accuracy")


def _choose_family(rows: pd.DataFrame, stamp: str, metric: str, answered: Answered, *, pilot: bool) -> CurveFamily:
    """Choose learner and schedule, where there is more than one."""
    summary, learner = answered.summary, answered.plan.evidence.learner
    if summary.metric not in set(rows["metric"]):
        components.caption(words.not_recorded(summary.metric, metric))
    plans = tuple(summary.plans)
    families = curves_data.families_of(rows, stamp, metric=metric, plans=plans, pilot=pilot, learner=learner)
    title = next(iter(families))
    if len(families) > 1:
        title = _choose_one("Learner and batches", list(families), "curves.learner")
    return families[title]


def _show_family(family: CurveFamily, answered: Answered) -> None:
    names = family.strategies
    picked = _choose_several("Strategies", names, names[:MOST_SHOWN], "curves.strategies", plan_name)
    axes = _choose_axes()
    if not picked:
        st.info("Choose one strategy or more.")
        return
    summary = answered.summary
    target = summary.target if family.pilot and family.metric == summary.metric else None
    _show_curves(family, picked, axes, answered, target)
    _show_savings(family, picked)
    _show_fit(family, picked)
    _show_comparisons(family, picked)


def _show_beside_recorded(family: CurveFamily, answered: Answered) -> None:
    """Put the pilot beside what was recorded: its random curve, and what it saves."""
    st.subheader("Your pilot beside recorded data sets", anchor=False)
    simulated, toml, stamp = answered.simulated, answered.summary.plan_toml, curves_data.stamp(answered.opened)
    try:
        recorded, _ = load_curves.proxy_evidence(answered.plan, simulated)
        random, saved = curves_data.beside_of(family.key, toml, stamp, family.rows, recorded)
    except InputError as error:
        components.info(capital(f"{error}."))
        return
    if random is None:
        components.info(words.nothing_beside(family.metric))
    else:
        chart = savings_charts.random_beside_chart(random, family.metric, words.random_beside_finding(random))
        components.figure(chart, "pilot_beside_recorded", random.to_frame())
    if saved is None:
        st.info("The pilot holds no strategy beside random that is recorded too, so savings cannot be compared.")
        return
    chart = savings_charts.savings_beside_chart(
        saved.expected, saved.measured, family.hues, words.savings_beside_finding(saved)
    )
    components.figure(chart, "pilot_savings", saved.to_frame())
    components.caption(words.BESIDE_NOTE)
    for note in saved.notes:
        components.caption(note)


def _choose_axes() -> tuple[bool, bool]:
    """Let the axes be chosen: whether money is along in place of labels, and the error up in place of the value."""
    _warn_unknown("curves.axis", (LABELS, MONEY))
    _warn_unknown("curves.view", (VALUE, ERROR))
    with st.container(horizontal=True):
        along = components.choose_part("Along", (LABELS, MONEY), "curves.axis")
        up = components.choose_part("Up", (VALUE, ERROR), "curves.view")
    return along == MONEY, up == ERROR


def _warn_unknown(key: str, options: Sequence[str]) -> None:
    components.warn_unknown(
        f"The address asks under {key} for what is not there, and it is ignored: {{}}.", {key: options}
    )


def _choose_one(label: str, options: Sequence[str], key: str, *, usual: str | None = None) -> str:
    """Choose one; the first unless another is usual."""
    _warn_unknown(key, options)
    index = list(options).index(usual) if usual is not None and usual in options else 0
    if key in st.session_state and st.session_state[key] not in options:
        del st.session_state[key]  # left behind by another data set
    chosen = st.selectbox(label, options, index, key=key, format_func=plain, bind="query-params")
    return str(chosen) if chosen in options else options[index]


def _choose_several(
    label: str, options: Sequence[str], usual: Sequence[str], key: str, format_func: Callable[[str], str] = plain
) -> tuple[str, ...]:
    """Choose several, in their order; what was usual for other curves gives way to what is usual for these."""
    _warn_unknown(key, options)
    held, before = st.session_state.get(key), st.session_state.get(f"usual {key}")
    st.session_state[f"usual {key}"] = list(usual)
    if held is not None and (not set(held) <= set(options) or (held == before and held != list(usual))):
        del st.session_state[key]
    chosen = st.multiselect(label, options, list(usual), key=key, format_func=format_func, bind="query-params")
    return tuple(option for option in options if option in chosen)


def _show_lines(found: charts.LearningPlot, name: str) -> None:
    if found.lines.empty:
        st.info("There is no curve to draw.")
        return
    # Only on log axes may no point be left.
    if found.error and charts.learning_frame(found).empty:
        st.info("There is no error left to draw on a log axis: choose the value instead.")
        return
    columns = found.lines.columns.intersection(["strategy", "labels", TOTAL_USD, "q10", "q50", "q90", "extrapolated"])
    components.figure(charts.learning_chart(found), name, found.lines[columns])


def _show_curves(
    family: CurveFamily, picked: tuple[str, ...], axes: tuple[bool, bool], answered: Answered, target: float | None
) -> None:
    """Draw the family's curves with seeds, bands and forecasts, and say where each ends."""
    (money, error), found = axes, curves_data.lines_of(family)
    means = found.lines[found.lines["strategy"].isin(picked)]
    seeds = found.seeds[found.seeds["strategy"].isin(picked)]
    metric, currency = family.metric, answered.summary.currency
    if money:
        means, seeds = (
            answered.priced(points, clean=not family.pilot, schedule=family.schedule) for points in (means, seeds)
        )
    solid = means[~means["extrapolated"].astype(bool)]
    title = words.ends_finding(solid, metric, error=error, currency=currency if money else None)
    about = (
        "Learning curves: the mean over seeds with its 80% interval, single seeds as thin lines, the forecast beyond "
        "what was measured dashed."
    )
    learning = charts.LearningPlot(means, seeds, family.hues, metric, target, money, error, currency, title, about)
    _show_lines(learning, "curves")
    for note in found.notes:
        components.caption(note)
    if money:
        components.caption(words.money_note(family.schedule))
    ends = curves_data.summary_of(family)
    rows = words.end_rows(ends[ends["strategy"].isin(picked)])
    components.details(
        "Where each curve ends, as a table", rows, "Seeds, labels, last value and label savings by strategy"
    )


def _show_savings(family: CurveFamily, picked: tuple[str, ...]) -> None:
    """Draw the labels saved at each value, or say why there is nothing to draw."""
    rows = curves_data.savings_of(family)
    rows = rows[rows["strategy"].isin(picked)]
    st.subheader("Labels saved", anchor=False)
    if replicates.BASELINE not in family.strategies:
        st.info("There is no random curve beside these, so that nothing can be saved against it.")
        return
    if rows.empty:
        st.info("Only random is shown: savings need another strategy.")
        return
    for reason in dict.fromkeys(str(reason) for reason in rows["reason"].dropna()):
        components.caption(capital(reason) + ".")
    if not rows["factor"].notna().any():
        st.info("None of these strategies gets as far as random within the labels measured.")
        return
    title = words.savings_finding(rows, family.metric)
    chart = savings_charts.savings_by_value_chart(rows, family.hues, family.metric, title)
    components.figure(chart, "savings", rows.drop(columns="reason"))
    components.caption(words.SAVINGS_NOTE)


def _show_fit(family: CurveFamily, picked: tuple[str, ...]) -> None:
    st.subheader("Does the forecast fit?", anchor=False)
    strategy = _choose_one("Curve to check", picked, "curves.fit")
    try:
        check, points, measured, tail = curves_data.fit_of(family, strategy)
    except InputError as error:
        components.info(capital(f"{error}."))
        return
    components.paragraph(f"The fit is {check.verdict}. {check.words}")
    left, right = st.columns(2)
    with left:
        title = words.residual_finding(strategy, check)
        components.figure(savings_charts.residual_chart(points, title), "residuals", points)
    with right:
        if tail is None:
            st.info("The points are too few to hold some out and forecast them from the others.")
            return
        title = words.tail_finding(check, tail)
        components.figure(savings_charts.tail_chart(measured, tail, family.metric, title), "held_out_tail", tail)


def _show_comparisons(family: CurveFamily, picked: tuple[str, ...]) -> None:
    """Test strategies against each other, and say how many seeds a claim needs."""
    st.subheader("Are the differences more than chance?", anchor=False)
    if len(family.strategies) < 2:
        st.info("One strategy alone: there is nothing to compare it with.")
        return
    if len(picked) < 2:
        st.info("Choose two strategies or more to compare them.")
        return
    counts = curves_data.shared_counts_of(family)
    if not counts:
        st.info("The curves share no label count at which they could be compared.")
        return
    usual = [str(count) for count in forecasts.default_counts(counts)]
    at = _choose_several("Compare at these numbers of labels", [str(count) for count in counts], usual, "curves.at")
    if at:
        _compare_at_counts(family, picked, tuple(map(int, at)))
    else:
        st.info("Choose one number of labels or more.")
    _show_seeds_needed(family, picked)


def _compare_at_counts(family: CurveFamily, picked: tuple[str, ...], at: tuple[int, ...]) -> None:
    everything = curves_data.counts_of(family, at)
    shown = [one for one in everything if {one.strategy, one.against} <= set(picked)]
    drawn = [one for one in shown if one.paired.difference is not None]
    if drawn:
        chart = savings_charts.paired_chart(drawn, family.metric, curve_tables.paired_finding(drawn))
        components.figure(chart, "paired_differences", savings_charts.difference_frame(drawn))
    else:
        st.info("No seed is shared by two of these strategies, so that no pair can be compared.")
    components.caption(curve_tables.testing_sentence(everything))
    rows = curve_tables.count_rows(shown, family.metric)
    components.details("These comparisons as a table", rows, "Paired differences by pair and number of labels")


def _show_seeds_needed(family: CurveFamily, picked: tuple[str, ...]) -> None:
    st.subheader("How many seeds does a claim need?", anchor=False)
    points = st.number_input(
        "The claim: a difference of (points)", 0.1, 50.0, 1.0, 0.1, key="curves.claim", bind="query-params"
    )
    claim = float(points) / 100
    components.paragraph(curve_tables.seeds_sentence(claim))
    pairs = [one for one in curves_data.areas_of(family) if {one.strategy, one.against} <= set(picked)]
    rows = curve_tables.area_rows(pairs, claim)
    components.table(rows, "Differences in area under the curves, and seeds needed, by pair")
