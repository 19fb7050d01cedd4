"""Charts of label savings, paired differences, the pilot beside proxies, and the fit check.

`title` is the finding, `metric` what the values measure, and `names` are all strategies that could be shown, in order,
random among them.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import altair as alt
import pandas as pd

from planner.curves.comparisons import ALPHA, CountComparison
from planner.render import chart_style
from planner.render import numbers as n
from planner.transfer.pilot_beside_proxies import RandomBeside

_ROW_PX = 24
_MOST_ROWS = 24
_SIGNS = {  # hue and shape
    "above": (chart_style.GAIN, "triangle-up"),
    "below": (chart_style.LOSS, "triangle-down"),
    "unclear": (chart_style.QUIET, "circle"),
}
_OWN, _OTHERS = "your pilot", "recorded data sets"
_DOUBTFUL = 3.0  # standard deviations
_SIDES = {"inside": (chart_style.GAIN, "circle"), "outside": (chart_style.LOSS, "triangle-up")}
_LOWEST, _HIGHEST = 0.02, 50.0  # beyond, a factor is only said: "never" and "no end" have no place on an axis


def savings_by_value_chart(rows: pd.DataFrame, names: Sequence[str], metric: str, title: str) -> alt.LayerChart:
    """Draw the measured factor by the value to be reached, with its interval over seeds.

    `rows` are those of `savings_by_value`, with a factor in at least one.
    """
    frame = _factor_frame(rows.assign(x=rows["value"].astype(float), q50=rows["factor"]))
    frame = frame.assign(
        note=["or more: already there at its first labels" if bound else "" for bound in frame["at_least"]],
        labels=[f"{n.count(float(labels))} labels of random" for labels in frame["at"]],
    )
    name = n.metric_name(metric)
    x = alt.X("x:Q", scale=alt.Scale(zero=False, nice=False, padding=8), axis=chart_style.metric_axis(metric))
    tooltip = chart_style.tooltip(
        plan="Strategy", x=(n.capital(name), ".1%"), labels="Reached with", words="Factor (80% range)", note="Note"
    )
    about = f"Label savings factor by {name} to be reached, with 80% intervals over seeds."
    return _draw_factors(frame, names, x, tooltip, title, about)


def savings_by_labels_chart(curves: pd.DataFrame, names: Sequence[str], title: str) -> alt.LayerChart:
    """Draw the forecast factor by the labels that the strategy buys, with its interval over futures.

    `curves` has columns `strategy`, `labels`, `q10`, `q50`, `q90` (None where random never gets there).
    """
    frame = _factor_frame(curves.assign(x=curves["labels"].astype(float)))
    about = "Forecast label savings factor by labels bought, with 80% intervals."
    return _draw_factors(frame, names, _factor_labels_axis(frame["x"]), _labels_tooltip(), title, about)


def savings_beside_chart(
    expected: pd.DataFrame, measured: pd.DataFrame, names: Sequence[str], title: str
) -> alt.LayerChart:
    """Draw the pilot's factors as points with intervals over the band that recorded data sets let expect.

    `expected` and `measured` are those of a `SavingsBeside`.
    """
    band = _factor_frame(expected.assign(x=expected["labels"].astype(float)))
    own = _factor_frame(measured.assign(x=measured["labels"].astype(float), q50=measured["factor"]))
    both = pd.concat([band, own.dropna(axis="columns", how="all")]) if len(own) else band
    x, y, color = _factor_labels_axis(both["x"]), _factor_axis(both), chart_style.strategy_colours(names, both["plan"])
    area = chart_style.band(band, x, y, "low", "high", opacity=0.16, color=color)
    drawn: dict[str, Any] = {"x": x, "y": y, "color": color, "tooltip": _labels_tooltip()}
    line = chart_style.mark("line", band, strokeDash=[5, 4], **drawn)
    points = chart_style.point_mark(own, 60, **drawn)
    known = own[own["low"].notna() & own["high"].notna()]
    bars = chart_style.mark("rule", known, x=x, y=chart_style.another_field(y, "low:Q"), y2="high:Q", color=color)
    about = "Label savings of the pilot, points with 80% intervals, over what recorded data sets let expect, bands."
    layers = [chart_style.quiet_rule({"y": 1.0}, y=y), area, line, bars, points]
    return chart_style.finish(layers, title, f"{about} {title}.", height=300)


def _draw_factors(
    frame: pd.DataFrame, names: Sequence[str], x: alt.X, tooltip: list[alt.Tooltip], title: str, about: str
) -> alt.LayerChart:
    y, color = _factor_axis(frame), chart_style.strategy_colours(names, frame["plan"])
    even = chart_style.quiet_rule({"y": 1.0}, y=y)
    layers = [even, *chart_style.lines_with_intervals(frame, x, y, color, tooltip, size=45)]
    return chart_style.finish(layers, title, f"{about} {title}.", height=300)


def _factor_frame(rows: pd.DataFrame) -> pd.DataFrame:
    """Keep what has a factor; an end that is "never" or "no end" runs out of the picture."""
    rows = rows[rows["q50"].notna()]
    known = [rows[name].notna() for name in ("q10", "q90")]
    single = ~(known[0] | known[1])
    low = pd.to_numeric(rows["q10"]).where(known[0], _LOWEST).where(~single)
    high = pd.to_numeric(rows["q90"]).where(known[1], _HIGHEST).where(~single)
    return rows.assign(
        plan=[n.plan_name(str(name)) for name in rows["strategy"]],
        y=pd.to_numeric(rows["q50"]).clip(_LOWEST, _HIGHEST),
        low=low.clip(_LOWEST, _HIGHEST),
        high=high.clip(_LOWEST, _HIGHEST),
        words=[
            n.factor_spread(middle, low, high, no_end="no end")
            for low, middle, high in rows[["q10", "q50", "q90"]].itertuples(index=False)
        ],
    )


def _factor_axis(frame: pd.DataFrame) -> alt.Y:
    middles = [float(value) for value in frame["y"]]
    ends = [float(end) for column in ("low", "high") for end in frame[column].dropna()]
    low, high = min(middles, default=0.5), max(middles, default=2.0)
    # A band that runs out of the picture must not squeeze the lines: it is cut at five times their range.
    low, high = max(min([low, *ends]), low / 5), min(max([high, *ends]), 5 * high)
    low, high = min(low * 0.92, 0.8), max(high * 1.08, 1.25)
    axis = chart_style.count_axis("Labels random needs ÷ strategy needs", values=chart_style.log_ticks(low, high))
    return alt.Y("y:Q", scale=alt.Scale(type="log", domain=[low, high], nice=False, clamp=True), axis=axis)


def _factor_labels_axis(values: pd.Series) -> alt.X:
    low, high = float(values.min()), float(values.max())
    return chart_style.log_x("x", low, high, chart_style.count_axis, "Labels of the strategy")


def _labels_tooltip() -> list[alt.Tooltip]:
    return chart_style.tooltip(plan="Strategy", x=("Labels of the strategy", ",.0f"), words="Factor (80% range)")


def difference_frame(compared: Sequence[CountComparison]) -> pd.DataFrame:
    """Lay comparisons out as they are drawn, in points (hundredths); those without one are left to the table."""
    rows = []
    for one in compared:
        difference, low, high = one.paired.difference, one.paired.q10, one.paired.q90
        if difference is not None:
            sure = one.p_holm is not None and one.p_holm <= ALPHA and difference != 0
            row = {
                "name": f"{n.plan_name(one.strategy)} − {n.plan_name(one.against)}, {n.count(one.labels)}",
                "points": 100 * difference,
                "low": None if low is None else 100 * low,
                "high": None if high is None else 100 * high,
                "p_holm": one.p_holm,
                "sign": ("above" if difference > 0 else "below") if sure else "unclear",
                "words": _difference_words(one, difference),
            }
            rows.append(row)
    return pd.DataFrame(rows, columns=["name", "points", "low", "high", "p_holm", "sign", "words"])


def paired_chart(compared: Sequence[CountComparison], metric: str, title: str) -> alt.LayerChart:
    """Draw one row a pair and label count, from `compare_at`; at least one of them has a difference."""
    frame = difference_frame(compared).head(_MOST_ROWS)
    ends = [0.0, *(float(end) for column in ("points", "low", "high") for end in frame[column].dropna())]
    scale = alt.Scale(domain=chart_style.domain(ends), nice=False)
    # The rows' names may leave little room: what the points are of is said in the description.
    x = alt.X("points:Q", scale=scale, axis=chart_style.count_axis("Difference (points)"))
    axis = alt.Axis(title=None, labelLimit=190, grid=False)
    y = alt.Y("name:N", sort=list(frame["name"]), axis=axis)
    looks = chart_style.looks_by("sign", _SIGNS)
    zero = chart_style.quiet_rule({"points": 0.0}, x=x)
    known, low = frame[frame["low"].notna()], chart_style.another_field(x, "low:Q")
    bars = chart_style.mark("rule", known, strokeWidth=2, x=low, x2="high:Q", y=y, color=looks["color"])
    tooltip = chart_style.tooltip(name="Pair, labels", words="Difference")
    layers = [zero, bars, chart_style.point_mark(frame, 85, x=x, y=y, tooltip=tooltip, **looks)]
    about = (
        f"Differences in {n.metric_name(metric)} between strategies at label counts, seeds as pairs, with 80% "
        "intervals of the mean."
    )
    return chart_style.finish(layers, title, f"{about} {title}.", height=max(110, _ROW_PX * len(frame)))


def _difference_words(one: CountComparison, difference: float) -> str:
    said = f"{n.in_points(difference)} points"
    if one.paired.q10 is None or one.paired.q90 is None:
        return f"{said}, one pair of seeds: no interval"
    ends = f"{n.in_points(one.paired.q10)} to {n.in_points(one.paired.q90)}"
    p = "" if one.p_holm is None else f", Holm p {one.p_holm:.3f}"
    return f"{said} (80% interval {ends}){p}, {one.paired.pairs} pairs"


def random_beside_chart(found: RandomBeside, metric: str, title: str) -> alt.LayerChart:
    """Draw the pilot bold over the thin curves of recorded data sets, under the finding."""
    others = found.recorded.assign(who=_OTHERS)
    own = found.points.assign(
        who=_OWN,
        words=[
            f"above {below} of {of} recorded curves" if of else "no recorded curve was measured there"
            for below, of in zip(found.points["below"], found.points["of"], strict=True)
        ],
    )
    both = pd.concat([others[["labels", "value"]], own[["labels", "value"]]])
    low, high = float(both["labels"].min()), float(both["labels"].max())
    x = chart_style.log_x("labels", low, high, chart_style.count_axis, "Labels")
    y, name = _value_y(metric, both["value"].agg(["min", "max"])), n.metric_name(metric)
    color = chart_style.colour_by("who", {_OWN: chart_style.RANDOM, _OTHERS: chart_style.QUIET})
    drawn: dict[str, Any] = {"x": x, "y": y, "color": color}
    tooltip = chart_style.tooltip(dataset="Data set", value=(name, ".1%"))
    thin = chart_style.mark("line", others, strokeWidth=1, opacity=0.6, detail="line:N", tooltip=tooltip, **drawn)
    tooltip = chart_style.tooltip(labels=("Labels", ",.0f"), value=(name, ".1%"), words="Where it lies")
    line = chart_style.mark("line", own, strokeWidth=3, **drawn)
    dots = chart_style.point_mark(own, 60, tooltip=tooltip, **drawn)
    about = (
        f"Random labelling by labels: {name} of your pilot over {n.count(others['line'].nunique())} recorded curves."
    )
    return chart_style.finish([thin, line, dots], title, f"{about} {title}.", height=300)


def _value_y(metric: str, ends: Iterable[float]) -> alt.Y:
    scale = alt.Scale(domain=chart_style.fraction_domain(ends), nice=False)
    return alt.Y("value:Q", scale=scale, axis=chart_style.metric_axis(metric))


def residual_chart(points: pd.DataFrame, title: str) -> alt.LayerChart:
    """Draw measured minus fitted in standard deviations, a point for each row of `FitPoints.to_frame()`."""
    frame = points.assign(
        words=[
            f"{n.percent(value)} measured, {n.percent(fitted)} fitted"
            for value, fitted in zip(points["value"], points["fitted"], strict=True)
        ],
        far=["outside" if abs(z) >= _DOUBTFUL else "inside" for z in points["standardised"]],
    )
    most = max(_DOUBTFUL + 0.6, 1.1 * float(frame["standardised"].abs().max()))
    x = _labels_axis(frame)
    axis = chart_style.count_axis("Measured − fitted (standard deviations)")
    y = alt.Y("standardised:Q", scale=alt.Scale(domain=[-most, most], nice=False), axis=axis)
    ends = pd.DataFrame({"low": [-_DOUBTFUL], "high": [_DOUBTFUL], "words": [f"beyond ±{_DOUBTFUL:.0f}: doubtful"]})
    low, high = chart_style.another_field(y, "low:Q"), chart_style.another_field(y, "high:Q")
    band = chart_style.mark("rect", ends, color=chart_style.QUIET, opacity=0.12, y=low, y2="high:Q")
    zero = chart_style.mark("rule", pd.DataFrame({"standardised": [0.0]}), color=chart_style.QUIET, y=y)
    tooltip = chart_style.tooltip(labels=("Labels", ",.0f"), words="Value", standardised=("Standard deviations", ".1f"))
    dots = chart_style.point_mark(
        frame, 55, x=x, y=y, tooltip=tooltip, **chart_style.looks_by("far", _SIDES, columns=0)
    )
    said = chart_style.text_mark(ends, x=alt.value(6), y=high, text="words:N", dy=-9)
    about = "Residuals of the fitted curve at each label count fitted, in standard deviations of the noise."
    return chart_style.finish([band, zero, dots, said], title, f"{about} {title}.")


def tail_chart(measured: pd.DataFrame, tail: pd.DataFrame, metric: str, title: str) -> alt.LayerChart:
    """Draw the held-out tail (`Tail.to_frame()`) over the band that the points measured earlier forecast."""
    early = measured[measured["labels"] < float(tail["labels"].min())]
    y = _value_y(metric, (*measured["value"], *tail["q10"], *tail["q90"]))
    x = _labels_axis(measured)
    frame = tail.assign(
        where=["inside" if inside else "outside" for inside in tail["inside"]],
        words=[n.percent_spread(*row) for row in tail[["q10", "q50", "q90"]].itertuples(index=False)],
    )
    band = chart_style.band(frame, x, y, "q10", "q90", color=chart_style.FLIP, opacity=0.18)
    middle = chart_style.another_field(y, "q50:Q")
    line = chart_style.mark("line", frame, color=chart_style.FLIP, strokeDash=[5, 4], x=x, y=middle)
    tooltip = chart_style.tooltip(labels=("Labels", ",.0f"), value=("Measured", ".1%"), words="Forecast (80% range)")
    fitted = chart_style.mark(
        "point", early, size=45, color=chart_style.QUIET, opacity=1, x=x, y=y, tooltip=tooltip[:2]
    )
    held = chart_style.point_mark(frame, 55, x=x, y=y, tooltip=tooltip, **chart_style.looks_by("where", _SIDES))
    about = (
        f"{n.metric_name(metric)} by labels: hollow points came before, filled ones held out, over the 80% band "
        "forecast for them."
    )
    return chart_style.finish([band, line, fitted, held], title, f"{about} {title}.")


def _labels_axis(frame: pd.DataFrame) -> alt.X:
    low, high = float(frame["labels"].min()), float(frame["labels"].max())
    scale = alt.Scale(type="log", nice=False, padding=8)
    axis = chart_style.count_axis("Labels", values=chart_style.log_ticks(low, high, most=5))
    return alt.X("labels:Q", scale=scale, axis=axis)
