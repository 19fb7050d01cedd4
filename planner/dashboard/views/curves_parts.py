"""Parts of the Curves page: choices in the address, and sections on one family of measured curves."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from planner.curves.lines import default_counts, values_at_shared_end
from planner.curves.replicates import BASELINE
from planner.dashboard import components
from planner.dashboard.views import curves_data
from planner.dashboard.views.curves_data import CurveFamily, picture
from planner.decision import Summary
from planner.decision.label_costs import TOTAL_USD, priced_points
from planner.plan import parse_plan
from planner.render.curves import tables as comparisons
from planner.render.curves import words as curve_words
from planner.render.curves.charts import LearningPlot, learning_chart, learning_frame
from planner.render.curves.savings_charts import (
    difference_frame,
    paired_chart,
    residual_chart,
    savings_by_value_chart,
    tail_chart,
)
from planner.render.numbers import plain, plan_name
from simulations.errors import InputError

TASK, MEASURED, PILOT = "Forecast for my task", "Measured on data sets", "My own pilot"
MODES = (TASK, MEASURED, PILOT)
LABELS, MONEY = "Labels", "Money"
VALUE, ERROR = "Value", "Error, both axes log"
MOST_SHOWN = 6  # curves at first: more can be ticked


@dataclass(frozen=True)
class Axes:
    """How curves are drawn.

    Attributes:
        money: along money, in place of labels.
        error: the error on two log axes, in place of the value.
    """

    money: bool
    error: bool


def mode() -> str:
    """Choose whose curves are shown."""
    _warn_unknown("curves.of", MODES)
    chosen = st.segmented_control(
        "Curves", MODES, default=TASK, required=True, key="curves.of", label_visibility="collapsed", bind="query-params"
    )
    return str(chosen or TASK)


def axes() -> Axes:
    """Choose the axes."""
    _warn_unknown("curves.axis", (LABELS, MONEY))
    _warn_unknown("curves.view", (VALUE, ERROR))
    row = st.container(horizontal=True)
    with row:
        along = st.segmented_control(
            "Along", (LABELS, MONEY), default=LABELS, required=True, key="curves.axis", bind="query-params"
        )
        up = st.segmented_control(
            "Up", (VALUE, ERROR), default=VALUE, required=True, key="curves.view", bind="query-params"
        )
    return Axes(along == MONEY, up == ERROR)


def one_of(label: str, options: Sequence[str], key: str, *, usual: str | None = None, help: str | None = None) -> str:
    """Choose one; the first unless another is usual."""
    _warn_unknown(key, options)
    index = list(options).index(usual) if usual is not None and usual in options else 0
    if key in st.session_state and st.session_state[key] not in options:
        del st.session_state[key]  # left behind by another data set
    chosen = st.selectbox(
        label,
        options,
        index,
        key=key,
        format_func=plain,
        help=None if help is None else components.text(help),
        bind="query-params",
    )
    return str(chosen) if chosen in options else options[index]


def some_of(options: Sequence[str], key: str) -> tuple[str, ...]:
    """Choose strategies, in their order; the first few at first."""
    return _choose_several("Strategies", options, options[:MOST_SHOWN], key, format_func=plan_name)


def numbers_of(label: str, options: Sequence[int], usual: Sequence[int], key: str) -> tuple[int, ...]:
    """Choose label counts among those measured."""
    return tuple(
        map(int, _choose_several(label, [str(option) for option in options], [str(one) for one in usual], key))
    )


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


def _warn_unknown(key: str, options: Sequence[str]) -> None:
    """Tell what the address asks for that there is not; the fields themselves drop it in silence."""
    if key in st.session_state:
        return
    unknown = [text for text in st.query_params.get_all(key) if text and text not in options]
    if unknown:
        names = ", ".join(f"“{text[:40]}”" for text in unknown[:3])
        st.warning(components.text(f"The address asks under {key} for what is not there, and it is ignored: {names}."))


class PricedCurves:
    """What turns labels into money: the answered plan, and the store that its noise may have been measured in."""

    def __init__(self, summary: Summary, simulated: pd.DataFrame | None) -> None:
        self.summary, self.simulated = summary, simulated

    def priced(self, points: pd.DataFrame, *, clean: bool, schedule: tuple[float, float] | None) -> pd.DataFrame:
        """Price every point of some curves; see `priced_points`."""
        return priced_points(
            points,
            parse_plan(self.summary.plan_toml),
            self.summary.plans,
            clean=clean,
            simulated=self.simulated,
            schedule=schedule,
        )


def lines(found: LearningPlot, name: str, *, own: bool = False) -> None:
    """Show curves, with their data; `own` says whether they are of an upload."""
    if found.lines.empty:
        st.info("There is no curve to draw.")
        return
    # Only on log axes may no point be left.
    if found.error and learning_frame(found).empty:
        st.info("There is no error left to draw on a log axis: choose the value instead.")
        return
    columns = [
        name
        for name in ("strategy", "labels", TOTAL_USD, "q10", "q50", "q90", "extrapolated")
        if name in found.lines.columns
    ]
    components.figure(picture(learning_chart, found, rows=found.lines[columns], own=own), name)


def curves(
    family: CurveFamily, picked: tuple[str, ...], axes: Axes, pricing: PricedCurves, target: float | None
) -> None:
    """Draw the family's curves with seeds, bands and forecasts, and say where each ends."""
    found = curves_data.lines_of(family)
    means = found.lines[found.lines["strategy"].isin(picked)]
    seeds = found.seeds[found.seeds["strategy"].isin(picked)]
    metric, currency = str(family.rows["metric"].iloc[0]), pricing.summary.currency
    if axes.money:
        means, seeds = (
            pricing.priced(points, clean=not family.pilot, schedule=family.schedule) for points in (means, seeds)
        )
    axis, solid = TOTAL_USD if axes.money else "labels", means[~means["extrapolated"].astype(bool)]
    end = values_at_shared_end(solid, axis)
    title = curve_words.ends_finding(end, metric, error=axes.error, currency=currency if axes.money else None)
    title = title if end is not None else curve_words.apart_finding(solid, axis, currency if axes.money else None)
    about = (
        "Learning curves: the mean over seeds with its 80% interval, single seeds as thin lines, the forecast beyond "
        "what was measured dashed."
    )
    learning = LearningPlot(means, seeds, family.hues, metric, target, axes.money, axes.error, currency, title, about)
    lines(learning, "curves", own=family.pilot)
    for note in found.notes:
        st.caption(components.text(note))
    if axes.money:
        st.caption(components.text(curve_words.money_note(family.schedule)))
    with st.expander("Where each curve ends, as a table"):
        summary = curves_data.summary_of(family)
        rows = curve_words.end_rows(summary[summary["strategy"].isin(picked)])
        components.table(rows, "Seeds, labels, last value and label savings by strategy")


def savings(family: CurveFamily, picked: tuple[str, ...]) -> None:
    """Draw the labels saved at each value, or say why there is nothing to draw."""
    rows = curves_data.savings_of(family)
    rows = rows[rows["strategy"].isin(picked)]
    st.subheader("Labels saved", anchor=False)
    if BASELINE not in family.strategies:
        st.info("There is no random curve beside these, so that nothing can be saved against it.")
        return
    if rows.empty:
        st.info("Only random is shown: savings need another strategy.")
        return
    for reason in dict.fromkeys(str(reason) for reason in rows["reason"].dropna()):
        st.caption(components.text(curve_words.capital(reason) + "."))
    if not rows["factor"].notna().any():
        st.info("None of these strategies gets as far as random within the labels measured.")
        return
    metric = str(family.rows["metric"].iloc[0])
    of = (rows, family.hues, metric, curve_words.savings_finding(rows, metric))
    chart = picture(savings_by_value_chart, *of, rows=rows.drop(columns="reason"), own=family.pilot)
    components.figure(chart, "savings")
    st.caption(components.text(curve_words.SAVINGS_NOTE))


def fit(family: CurveFamily, picked: tuple[str, ...]) -> None:
    """Check the forecast of one of the curves."""
    st.subheader("Does the forecast fit?", anchor=False)
    strategy = one_of("Curve to check", picked, "curves.fit")
    try:
        found = curves_data.fit_of(family, strategy)
    except InputError as error:
        st.info(components.text(curve_words.capital(f"{error}.")))
        return
    st.markdown(components.text(f"The fit is {found.check.verdict}. {found.check.words}"))
    left, right = st.columns(2)
    with left:
        title = curve_words.residual_finding(strategy, found.check)
        components.figure(
            picture(residual_chart, found.points, title, rows=found.points, own=family.pilot), "residuals"
        )
    with right:
        if found.tail is None:
            st.info("The points are too few to hold some out and forecast them from the others.")
            return
        metric = str(family.rows["metric"].iloc[0])
        of = (found.measured, found.tail, metric, curve_words.tail_finding(found.check, found.tail))
        components.figure(picture(tail_chart, *of, rows=found.tail, own=family.pilot), "held_out_tail")


def compared(family: CurveFamily, picked: tuple[str, ...]) -> None:
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
    at = numbers_of("Compare at these numbers of labels", counts, default_counts(counts), "curves.at")
    if at:
        _compare_at_counts(family, picked, at)
    else:
        st.info("Choose one number of labels or more.")
    _show_seeds_needed(family, picked)


def _compare_at_counts(family: CurveFamily, picked: tuple[str, ...], at: tuple[int, ...]) -> None:
    everything = curves_data.counts_of(family, at)
    shown = [one for one in everything if {one.strategy, one.against} <= set(picked)]
    drawn = [one for one in shown if one.paired.difference is not None]
    metric = str(family.rows["metric"].iloc[0])
    if drawn:
        of = (drawn, metric, comparisons.paired_finding(drawn))
        chart = picture(paired_chart, *of, rows=difference_frame(drawn), own=family.pilot)
        components.figure(chart, "paired_differences")
    else:
        st.info("No seed is shared by two of these strategies, so that no pair can be compared.")
    st.caption(components.text(comparisons.testing_sentence(everything)))
    with st.expander("These comparisons as a table"):
        components.table(comparisons.count_rows(shown, metric), "Paired differences by pair and number of labels")


def _show_seeds_needed(family: CurveFamily, picked: tuple[str, ...]) -> None:
    st.subheader("How many seeds does a claim need?", anchor=False)
    points = st.number_input(
        "The claim: a difference of (points)", 0.1, 50.0, 1.0, 0.1, key="curves.claim", bind="query-params"
    )
    claim = float(points) / 100
    st.markdown(components.text(comparisons.seeds_sentence(claim)))
    rows = curves_data.area_rows_of(family, picked, claim)
    components.table(rows, "Differences in area under the curves, and seeds needed, by pair")
