"""The parts of the Curves page on one family of measured curves, a data set's or the user's own pilot."""

import pandas as pd
import streamlit as st

from planner.curves.lines import usual_counts, values_where_all_end
from planner.curves.replicates import BASELINE
from planner.dashboard import show
from planner.dashboard.curves import choices, data
from planner.dashboard.curves.family import Family
from planner.dashboard.curves.kept import picture
from planner.decision import Outlook
from planner.decision.label_costs import USD, priced_points
from planner.plan import parse_plan
from planner.report import words_compared
from planner.report import words_curves as told
from planner.report.charts.fit import residual_chart, tail_chart
from planner.report.charts.learning import Learning, learning_chart, learning_frame
from planner.report.charts.paired import difference_frame, paired_chart
from planner.report.charts.saved import savings_by_value_chart
from simulations.errors import InputError


class Pricing:
    """What turns labels into money: the answered plan, and the store that its noise may have been measured in."""

    def __init__(self, outlook: Outlook, simulated: pd.DataFrame | None) -> None:
        self.outlook, self.simulated = outlook, simulated

    def priced(self, points: pd.DataFrame, *, clean: bool, schedule: tuple[float, float] | None) -> pd.DataFrame:
        """Price every point of some curves; see `priced_points`."""
        return priced_points(
            points,
            parse_plan(self.outlook.plan_toml),
            self.outlook.plans,
            clean=clean,
            simulated=self.simulated,
            schedule=schedule,
        )


def lines(found: Learning, name: str, *, own: bool = False) -> None:
    """Show curves, with their data; `own` says whether they are of an upload."""
    if found.lines.empty:
        st.info("There is no curve to draw.")
        return
    # Only on log axes may no point be left.
    if found.error and learning_frame(found).empty:
        st.info("There is no error left to draw on a log axis: choose the value instead.")
        return
    columns = [
        name for name in ("strategy", "labels", USD, "q10", "q50", "q90", "extrapolated") if name in found.lines.columns
    ]
    show.figure(picture(learning_chart, found, rows=found.lines[columns], own=own), name)


def curves(family: Family, picked: tuple[str, ...], axes: choices.Axes, pricing: Pricing, target: float | None) -> None:
    """Draw the family's curves with seeds, bands and forecasts, and say where each ends."""
    found = data.lines_of(family)
    means = found.lines[found.lines["strategy"].isin(picked)]
    seeds = found.seeds[found.seeds["strategy"].isin(picked)]
    metric, currency = str(family.rows["metric"].iloc[0]), pricing.outlook.currency
    if axes.money:
        means, seeds = (
            pricing.priced(points, clean=not family.pilot, schedule=family.schedule) for points in (means, seeds)
        )
    axis, solid = USD if axes.money else "labels", means[~means["extrapolated"].astype(bool)]
    end = values_where_all_end(solid, axis)
    title = told.ends_finding(end, metric, error=axes.error, currency=currency if axes.money else None)
    title = title if end is not None else told.apart_finding(solid, axis, currency if axes.money else None)
    about = (
        "Learning curves: the mean over seeds with its 80% interval, single seeds as thin lines, the forecast beyond "
        "what was measured dashed."
    )
    learning = Learning(means, seeds, family.hues, metric, target, axes.money, axes.error, currency, title, about)
    lines(learning, "curves", own=family.pilot)
    for note in found.notes:
        st.caption(show.text(note))
    if axes.money:
        st.caption(show.text(told.money_note(family.schedule)))
    with st.expander("Where each curve ends, as a table"):
        summary = data.summary_of(family)
        rows = told.end_rows(summary[summary["strategy"].isin(picked)])
        show.table(rows, "Seeds, labels, last value and label savings by strategy")


def savings(family: Family, picked: tuple[str, ...]) -> None:
    """Draw the labels saved at each value, or say why there is nothing to draw."""
    rows = data.savings_of(family)
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
    of = (rows, family.hues, metric, told.savings_finding(rows, metric))
    chart = picture(savings_by_value_chart, *of, rows=rows.drop(columns="reason"), own=family.pilot)
    show.figure(chart, "savings")
    st.caption(show.text(told.SAVINGS_NOTE))


def fit(family: Family, picked: tuple[str, ...]) -> None:
    """Check the forecast of one of the curves."""
    st.subheader("Does the forecast fit?", anchor=False)
    strategy = choices.one_of("Curve to check", picked, "curves.fit")
    try:
        found = data.fit_of(family, strategy)
    except InputError as error:
        st.info(show.text(told.capital(f"{error}.")))
        return
    st.markdown(show.text(f"The fit is {found.check.verdict}. {found.check.words}"))
    left, right = st.columns(2)
    with left:
        title = told.residual_finding(strategy, found.check)
        show.figure(picture(residual_chart, found.points, title, rows=found.points, own=family.pilot), "residuals")
    with right:
        if found.tail is None:
            st.info("The points are too few to hold some out and forecast them from the others.")
            return
        metric = str(family.rows["metric"].iloc[0])
        of = (found.measured, found.tail, metric, told.tail_finding(found.check, found.tail))
        show.figure(picture(tail_chart, *of, rows=found.tail, own=family.pilot), "held_out_tail")


def compared(family: Family, picked: tuple[str, ...]) -> None:
    """Test strategies against each other, and say how many seeds a claim needs."""
    st.subheader("Are the differences more than chance?", anchor=False)
    if len(family.strategies) < 2:
        st.info("One strategy alone: there is nothing to compare it with.")
        return
    if len(picked) < 2:
        st.info("Choose two strategies or more to compare them.")
        return
    counts = data.shared_counts_of(family)
    if not counts:
        st.info("The curves share no label count at which they could be compared.")
        return
    at = choices.numbers_of("Compare at these numbers of labels", counts, usual_counts(counts), "curves.at")
    if at:
        _at_counts(family, picked, at)
    else:
        st.info("Choose one number of labels or more.")
    _seeds(family, picked)


def _at_counts(family: Family, picked: tuple[str, ...], at: tuple[int, ...]) -> None:
    everything = data.counts_of(family, at)
    shown = [one for one in everything if {one.strategy, one.against} <= set(picked)]
    drawn = [one for one in shown if one.paired.difference is not None]
    metric = str(family.rows["metric"].iloc[0])
    if drawn:
        of = (drawn, metric, words_compared.paired_finding(drawn))
        chart = picture(paired_chart, *of, rows=difference_frame(drawn), own=family.pilot)
        show.figure(chart, "paired_differences")
    else:
        st.info("No seed is shared by two of these strategies, so that no pair can be compared.")
    st.caption(show.text(words_compared.testing_sentence(everything)))
    with st.expander("These comparisons as a table"):
        show.table(words_compared.count_rows(shown, metric), "Paired differences by pair and number of labels")


def _seeds(family: Family, picked: tuple[str, ...]) -> None:
    st.subheader("How many seeds does a claim need?", anchor=False)
    points = st.number_input(
        "The claim: a difference of (points)", 0.1, 50.0, 1.0, 0.1, key="curves.claim", bind="query-params"
    )
    claim = float(points) / 100
    st.markdown(show.text(words_compared.seeds_sentence(claim)))
    rows = data.area_rows_of(family, picked, claim)
    show.table(rows, "Differences in area under the curves, and seeds needed, by pair")
