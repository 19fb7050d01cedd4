"""The parts of the Curves page on one family of measured curves, a data set's or the user's own pilot."""

import pandas as pd
import streamlit as st

from planner.curves.lines import shared_counts, usual_counts, values_where_all_end
from planner.curves.replicates import BASELINE
from planner.dashboard import show
from planner.dashboard.curves import choices, data
from planner.decision import Verdict
from planner.decision.label_costs import USD, priced_points
from planner.errors import InputError
from planner.plan import parse_plan
from planner.report import words_compared
from planner.report import words_curves as told
from planner.report.charts.fit import residual_chart, tail_chart
from planner.report.charts.learning import Learning, learning_chart, learning_frame
from planner.report.charts.paired import difference_frame, paired_chart
from planner.report.charts.saved import savings_by_value_chart

__all__ = ["Pricing", "compared", "curves", "fit", "picture", "savings"]


class Pricing:
    """What turns labels into money: the answered plan, and the store that its noise may have been measured in."""

    def __init__(self, verdict: Verdict, simulated: pd.DataFrame | None) -> None:
        self.verdict, self.simulated = verdict, simulated

    def priced(self, points: pd.DataFrame, *, clean: bool, schedule: tuple[float, float] | None) -> pd.DataFrame:
        """Price every point of some curves; see `priced_points`."""
        return priced_points(
            points,
            parse_plan(self.verdict.plan_toml),
            self.verdict.plans,
            clean=clean,
            simulated=self.simulated,
            schedule=schedule,
        )


def picture(found: Learning, name: str) -> None:
    """Show curves, with their data."""
    if found.lines.empty:
        st.info("There is no curve to draw.")
        return
    frame = learning_frame(found)
    if frame.empty:
        st.info("There is no error left to draw on a log axis: choose the value instead.")
        return
    columns = [
        name for name in ("strategy", "labels", USD, "q10", "q50", "q90", "extrapolated") if name in frame.columns
    ]
    show.figure(learning_chart(found), name, found.lines[columns])


def curves(
    family: data.Family, picked: tuple[str, ...], axes: choices.Axes, pricing: Pricing, target: float | None
) -> None:
    """Draw the family's curves with seeds, bands and forecasts, and say where each ends."""
    found = data.lines_of(family.key, family.rows)
    lines = found.lines[found.lines["strategy"].isin(picked)]
    seeds = found.seeds[found.seeds["strategy"].isin(picked)]
    metric, currency = str(family.rows["metric"].iloc[0]), pricing.verdict.currency
    if axes.money:
        lines, seeds = (
            pricing.priced(points, clean=not family.pilot, schedule=family.schedule) for points in (lines, seeds)
        )
    axis, solid = USD if axes.money else "labels", lines[~lines["extrapolated"].astype(bool)]
    end = values_where_all_end(solid, axis)
    title = told.ends_finding(end, metric, error=axes.error, currency=currency if axes.money else None)
    title = title if end is not None else told.apart_finding(solid, axis, currency if axes.money else None)
    about = (
        "Learning curves: the mean over seeds with its 80% interval, single seeds as thin lines, the forecast beyond "
        "what was measured dashed."
    )
    learning = Learning(lines, seeds, family.hues, metric, target, axes.money, axes.error, currency, title, about)
    picture(learning, "curves")
    for note in found.notes:
        st.caption(show.text(note))
    if axes.money:
        st.caption(show.text(told.money_note(family.schedule)))
    with st.expander("Where each curve ends, as a table"):
        summary = data.summary_of(family.key, family.rows)
        rows = told.end_rows(summary[summary["strategy"].isin(picked)])
        show.table(rows, "Seeds, labels, last value and label savings by strategy")


def savings(family: data.Family, picked: tuple[str, ...]) -> None:
    """Draw the labels saved at each value, or say why there is nothing to draw."""
    rows = data.savings_of(family.key, family.rows)
    rows = rows[rows["strategy"].isin(picked)]
    st.subheader("Labels saved", anchor=False)
    if BASELINE not in family.strategies:
        st.info("There is no random curve beside these, so that nothing can be saved against it.")
        return
    if rows.empty:
        st.info("Only random is shown: savings need another strategy.")
        return
    for reason in dict.fromkeys(str(reason) for reason in rows["reason"].dropna()):
        st.caption(show.text(told.capital(reason) + "."))
    if not rows["factor"].notna().any():
        st.info("None of these strategies gets as far as random within the labels measured.")
        return
    metric = str(family.rows["metric"].iloc[0])
    chart = savings_by_value_chart(rows, family.hues, metric, told.savings_finding(rows, metric))
    show.figure(chart, "savings", rows.drop(columns="reason"))
    st.caption(show.text(told.SAVINGS_NOTE))


def fit(family: data.Family, picked: tuple[str, ...]) -> None:
    """Check the forecast of one of the curves."""
    st.subheader("Does the forecast fit?", anchor=False)
    strategy = choices.one_of("Curve to check", picked, "curves.fit")
    try:
        found = data.fit_of(family.key, strategy, family.rows)
    except InputError as error:
        st.info(show.text(told.capital(f"{error}.")))
        return
    st.markdown(show.text(f"The fit is {found.check.verdict}. {found.check.words}"))
    left, right = st.columns(2)
    with left:
        show.figure(
            residual_chart(found.points, told.residual_finding(strategy, found.check)), "residuals", found.points
        )
    with right:
        if found.tail is None:
            st.info("The points are too few to hold some out and forecast them from the others.")
            return
        metric = str(family.rows["metric"].iloc[0])
        chart = tail_chart(found.points, found.tail, metric, told.tail_finding(found.check, found.tail))
        show.figure(chart, "held_out_tail", found.tail)


def compared(family: data.Family, picked: tuple[str, ...]) -> None:
    """Test strategies against each other, and say how many seeds a claim needs."""
    st.subheader("Are the differences more than chance?", anchor=False)
    if len(family.strategies) < 2:
        st.info("One strategy alone: there is nothing to compare it with.")
        return
    if len(picked) < 2:
        st.info("Choose two strategies or more to compare them.")
        return
    counts = shared_counts(family.rows)
    if not counts:
        st.info("The curves share no label count at which they could be compared.")
        return
    at = choices.numbers_of("Compare at these numbers of labels", counts, usual_counts(counts), "curves.at")
    if at:
        _at_counts(family, picked, at)
    else:
        st.info("Choose one number of labels or more.")
    _seeds(family, picked)


def _at_counts(family: data.Family, picked: tuple[str, ...], at: tuple[int, ...]) -> None:
    everything = data.counts_of(family.key, at, family.rows)
    shown = [one for one in everything if {one.strategy, one.against} <= set(picked)]
    drawn = [one for one in shown if one.paired.difference is not None]
    metric = str(family.rows["metric"].iloc[0])
    if drawn:
        chart = paired_chart(drawn, metric, words_compared.paired_finding(drawn))
        show.figure(chart, "paired_differences", difference_frame(drawn))
    else:
        st.info("No seed is shared by two of these strategies, so that no pair can be compared.")
    st.caption(show.text(words_compared.testing_sentence(everything)))
    with st.expander("These comparisons as a table"):
        show.table(words_compared.count_rows(shown, metric), "Paired differences by pair and number of labels")


def _seeds(family: data.Family, picked: tuple[str, ...]) -> None:
    st.subheader("How many seeds does a claim need?", anchor=False)
    points = st.number_input(
        "The claim: a difference of (points)", 0.1, 50.0, 1.0, 0.1, key="curves.claim", bind="query-params"
    )
    claim = float(points) / 100
    st.markdown(show.text(words_compared.seeds_sentence(claim)))
    pairs = [one for one in data.areas_of(family.key, family.rows) if {one.strategy, one.against} <= set(picked)]
    show.table(
        words_compared.area_rows(pairs, claim), "Differences in area under the curves, and seeds needed, by pair"
    )
