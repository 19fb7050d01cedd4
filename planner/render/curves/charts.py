"""Learning curves with their bands, over labels or over another unit.

The axes are the reader's choice: labels or money, the value or, on two log axes, the error.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import altair as alt
import pandas as pd

from planner.decision.summary import TOTAL_USD
from planner.decision.verdict import Summary, Verdict
from planner.render import chart_style
from planner.render import numbers as n
from planner.render.curves.words import AXES, amount, spending_finding
from planner.render.simulation_words import simulation_finding
from planner.render.verdict import words

REACHES = ("measured", "forecast beyond it")
HEIGHT = 340
MANY_TIMES = 3.0  # an axis whose end is more than so many times its start is even in ratio


def measured_and_forecast_runs(curves: pd.DataFrame) -> pd.DataFrame:
    """Split each curve into runs that were measured and runs that are forecast, on either side of them.

    A forecast run takes the measured points next to it along, so that the line has no gap; one that begins at the last
    measured count itself is left as it is.

    Args:
        curves: columns `strategy, labels, q10, q50, q90, extrapolated`; quantiles are None where there is no interval.

    Returns:
        The same with `plan` (the strategy as words), `reach`, `piece` (the run's number, one line each) and `words`.
    """
    parts: list[pd.DataFrame] = []
    for _, line in curves.groupby("strategy", sort=False):
        line = line.sort_values("labels", kind="stable").reset_index(drop=True)
        beyond = line["extrapolated"].astype(bool)
        for _, run in line.groupby((beyond != beyond.shift()).cumsum()):
            first, last = int(run.index[0]), int(run.index[-1])
            far = bool(beyond[first])
            before = far and first > 0 and float(line["labels"][first - 1]) < float(line["labels"][first])
            part = line.iloc[slice(first - before, last + 1 + far)]
            parts.append(part.assign(reach=REACHES[far], piece=len(parts)))
    return _in_words(pd.concat(parts, ignore_index=True) if parts else curves.assign(reach=[], piece=[]))


def _in_words(curves: pd.DataFrame) -> pd.DataFrame:
    """Add the strategy as people say it, `plan`, and the value with its 80% range, `words`."""
    return curves.assign(
        plan=[n.plan_name(str(name)) for name in curves["strategy"]],
        words=[n.percent_spread(*row) for row in curves[["q10", "q50", "q90"]].itertuples(index=False)],
    )


def curves_chart(verdict: Verdict) -> alt.LayerChart:
    """Draw the forecast of random and of the chosen strategies, under the labels that each usually needs."""
    plot = task_plot(verdict, verdict.curves, labels_finding(verdict), money=False, error=False)
    return learning_chart(plot, height=300)


def task_plot(summary: Summary, lines: pd.DataFrame, title: str, *, money: bool, error: bool) -> "LearningPlot":
    """Say how the forecast for a task is drawn: the `lines` of its curves, under a finding."""
    seeds = pd.DataFrame(columns=["strategy", "seed", "labels", "value"])
    about = "Forecast learning curves for the task with 80% bands, dashed where nothing was measured."
    scales = (summary.metric, summary.target, money, error, summary.currency)
    return LearningPlot(lines, seeds, tuple(summary.plans), *scales, title, about)


def labels_finding(verdict: Summary) -> str:
    """Say how many labels each plan usually needs for the target, or what it usually reaches at the budget."""
    if verdict.target is None:
        reached = [f"{n.plan_name(plan.name)} {words.value_range(plan)}" for plan in verdict.plans.values()]
        return f"Usual {n.metric_name(verdict.metric)} for the budget: {', '.join(reached)}"
    needs = [f"{n.plan_name(plan.name)} {n.labels(plan.labels.q50)}" for plan in verdict.plans.values()]
    return f"Usual labels to {n.percent(verdict.target)} {n.metric_name(verdict.metric)}: {', '.join(needs)}"


@dataclass(frozen=True, eq=False)
class LearningPlot:
    """What is drawn, and along which axes.

    Attributes:
        lines: as `measured_and_forecast_runs` takes them; for money `total_usd` too.
        seeds: columns `strategy`, `seed`, `labels`, `value`, likewise; may be empty.
        names: every strategy that could be shown, in order, so that a strategy keeps its colour whatever is ticked.
        target: drawn as a line; None where there is none.
        money: whether the axis is money.
        error: whether the error is drawn, on two log axes.
        title: the finding.
        about: what the curves are, for the alternative text.
    """

    lines: pd.DataFrame
    seeds: pd.DataFrame
    names: tuple[str, ...]
    metric: str
    target: float | None
    money: bool
    error: bool
    currency: str
    title: str
    about: str

    @property
    def axis(self) -> str:
        """The column of the axis."""
        return TOTAL_USD if self.money else "labels"


def learning_frame(found: LearningPlot) -> pd.DataFrame:
    """Lay the lines out as they are drawn: `x`, `low`, `y`, `high`, `plan`, `reach`, `piece`, `words`.

    On log axes points without any error, or free of charge, cannot be drawn and are left out; a band that reaches down
    to no error ends at the lowest error drawn.
    """
    frame = measured_and_forecast_runs(found.lines)
    frame = frame.assign(x=frame[found.axis].astype(float), y=frame["q50"].astype(float))
    frame = frame.assign(low=pd.to_numeric(frame["q10"]), high=pd.to_numeric(frame["q90"]))
    if not found.error:
        return frame
    frame = frame.assign(y=1.0 - frame["y"], low=1.0 - frame["high"], high=1.0 - frame["low"])
    frame = frame[(frame["y"] > 0) & (frame["x"] > 0)]
    return frame.assign(low=frame["low"].clip(lower=frame["y"].min()) if len(frame) else frame["low"])


def learning_chart(found: LearningPlot, *, height: int = HEIGHT) -> alt.LayerChart:
    """Draw curves."""
    frame = learning_frame(found)
    x, y = _position_axis(found, frame), _value_axis(found, frame)
    color = chart_style.strategy_colours(found.names, frame["plan"])
    layers = [
        *_unmeasured_shade(found, frame, x),
        *_seed_lines(found, x, y, color),
        *_interval_bands(frame, x, y, color),
        _mean_line(found, frame, x, y, color),
    ]
    if found.target is not None and len(frame):
        level = 1.0 - found.target if found.error else found.target
        layers += chart_style.target_marks(found.target, "y", y, level=level)
    return chart_style.finish(layers, found.title, f"{found.about} {found.title}.", height=height)


def _position_axis(found: LearningPlot, frame: pd.DataFrame) -> alt.X:
    low, high = (float(frame["x"].min()), float(frame["x"].max())) if len(frame) else (1.0, 10.0)
    beyond = " (dashed: not measured)" if (frame["reach"] == REACHES[1]).any() else ""
    kind: Literal["log", "linear"] = "log" if low > 0 and (found.error or high > MANY_TIMES * low) else "linear"
    ticks = {"values": chart_style.log_ticks(low, high, most=5 if found.money else 6)} if kind == "log" else {}
    scale = alt.Scale(type=kind, domain=[low, high] if high > low else [0.5 * low, 2 * high], nice=False)
    money = chart_style.money_axis(f"Cost of the whole plan{beyond}", found.currency, **ticks)
    return alt.X("x:Q", scale=scale, axis=money if found.money else chart_style.count_axis(f"Labels{beyond}", **ticks))


def _value_axis(found: LearningPlot, frame: pd.DataFrame) -> alt.Y:
    seen = [float(end) for column in ("low", "y", "high") for end in frame[column].dropna()]
    aim = [] if found.target is None else [1.0 - found.target if found.error else found.target]
    if not found.error:
        scale = alt.Scale(domain=chart_style.fraction_domain([*seen, *aim] or [0.0, 1.0], above=0.03), nice=False)
        return alt.Y("y:Q", scale=scale, axis=chart_style.metric_axis(found.metric))
    ends = [end for end in (*seen, *aim) if end > 0] or [0.01, 1.0]
    low, high = 0.95 * min(ends), 1.05 * max(ends)
    axis = chart_style.percent_axis(
        f"Error (1 − {n.metric_name(found.metric)})", values=chart_style.log_ticks(low, high)
    )
    return alt.Y("y:Q", scale=chart_style.log_scale(low, high), axis=axis)


def _unmeasured_shade(found: LearningPlot, frame: pd.DataFrame, x: alt.X) -> list[alt.Chart]:
    """Shade what lies outside the measured points, where all curves begin and end at the same."""
    by_plan = frame[frame["reach"] == REACHES[0]].groupby("plan")["x"]
    firsts, lasts = by_plan.min(), by_plan.max()
    if found.money or firsts.nunique() != 1 or lasts.nunique() != 1:
        return []
    sides = [(float(frame["x"].min()), float(firsts.iloc[0])), (float(lasts.iloc[0]), float(frame["x"].max()))]
    data = pd.DataFrame([{"x": low, "x2": high, "words": "not measured"} for low, high in sides if low < high])
    if data.empty:
        return []
    shade = chart_style.mark("rect", data, color=chart_style.QUIET, opacity=0.1, x=x, x2="x2:Q")
    # Words begin at the picture's edge and run into it: on a phone the shaded part may be narrower than they are.
    last = data.tail(1)
    if float(last["x2"].iloc[0]) >= float(frame["x"].max()):
        last, align, shift = last.assign(x=last["x2"]), "right", -5
    else:
        align, shift = "left", 5
    # Values rise and errors fall: the far end has room at the other side.
    place = {"y": alt.value(0), "dy": 10} if found.error else {"y": alt.value("height"), "dy": -10}
    return [shade, chart_style.text_mark(last, x=x, **place, text="words:N", align=align, dx=shift)]


def _seed_lines(found: LearningPlot, x: alt.X, y: alt.Y, color: alt.Color) -> list[alt.Chart]:
    if found.seeds.empty:
        return []
    data = found.seeds.assign(
        plan=[n.plan_name(str(name)) for name in found.seeds["strategy"]],
        x=found.seeds[found.axis].astype(float),
        y=1.0 - found.seeds["value"] if found.error else found.seeds["value"],
        line=found.seeds["strategy"].astype(str) + " " + found.seeds["seed"].astype(str),
    )
    data = data[(data["y"] > 0) & (data["x"] > 0)] if found.error else data
    style: dict[str, Any] = {"strokeWidth": 0.8, "opacity": 0.35, "clip": True, "detail": "line:N"}
    return [chart_style.mark("line", data[["plan", "x", "y", "line"]], x=x, y=y, color=color, **style)]


def _interval_bands(frame: pd.DataFrame, x: alt.X, y: alt.Y, color: alt.Color) -> list[alt.Chart]:
    """Draw the intervals; the forecast's are paler still, since more of them is assumed."""
    layers = []
    for reach, opacity in zip(REACHES, (0.28, 0.16), strict=True):
        part = frame[(frame["reach"] == reach) & frame["low"].notna()][["plan", "x", "low", "high", "piece"]]
        if len(part):
            style: dict[str, Any] = {"opacity": opacity, "clip": True, "color": color, "detail": "piece:N"}
            layers.append(chart_style.band(part, x, y, "low", "high", **style))
    return layers


def _mean_line(found: LearningPlot, frame: pd.DataFrame, x: alt.X, y: alt.Y, color: alt.Color) -> alt.Chart:
    """Draw curves piece by piece, dashed where nothing was measured."""
    data = frame[["plan", "x", "y", "reach", "piece", "words", "labels"]].assign(labels=frame["labels"].astype(float))
    tooltip = chart_style.tooltip(
        plan="Strategy", labels=("Labels", ",.0f"), words=f"{n.metric_name(found.metric)} (80% range)", reach="Where"
    )
    if TOTAL_USD in frame.columns:
        data = data.assign(spent=[n.money(usd, found.currency) for usd in frame[TOTAL_USD]])
        tooltip[2:2] = chart_style.tooltip(spent="Cost")
    scale = alt.Scale(domain=list(REACHES), range=[[1, 0], [5, 4]])
    dash = alt.StrokeDash("reach:N", scale=scale, legend=None)
    channels: dict[str, Any] = {"x": x, "y": y, "color": color, "strokeDash": dash, "tooltip": tooltip}
    return chart_style.mark("line", data, strokeWidth=2.5, detail="piece:N", **channels)


def spent_chart(curves: pd.DataFrame, unit: str, metric: str) -> alt.LayerChart:
    """Draw the curves of one family over what they had cost, each with the 80% interval of its mean.

    The title says what each strategy has where all curves end. `curves` are from `spent_curves` in
    `planner.curves.spending`, and `unit` is a key of `UNITS` there.
    """
    low, high = (pd.to_numeric(curves[name]) for name in ("q10", "q90"))
    frame = pd.DataFrame(
        {
            "strategy": curves["strategy"],
            "plan": [n.plan_name(str(name)) for name in curves["strategy"]],
            "x": curves["spent"].astype(float),
            "y": curves["value"].astype(float),
            "low": low,
            "high": high,
            "spent_words": [amount(float(spent), unit) for spent in curves["spent"]],
            "value_words": [n.percent_spread(*row) for row in zip(low, curves["value"], high, strict=True)],
        }
    )
    axis = (chart_style.money_axis, AXES[unit], "USD") if unit == "usd" else (chart_style.count_axis, AXES[unit])
    x = chart_style.log_x("x", float(frame["x"].min()), float(frame["x"].max()), *axis)
    y = alt.Y("y:Q", scale=alt.Scale(zero=False), axis=chart_style.percent_axis(n.metric_name(metric)))
    names = sorted({str(name) for name in frame["strategy"]}, key=lambda name: (name != "random", name))
    color = chart_style.strategy_colours(names, frame["plan"])
    tooltip = chart_style.tooltip(plan="Strategy", spent_words=AXES[unit], value_words="Value (80% range)")
    layers = chart_style.lines_with_intervals(frame, x, y, color, tooltip)
    title = spending_finding(curves, unit, metric)
    about = f"Curves of {n.metric_name(metric)} over {AXES[unit].lower()}, with 80% intervals over seeds."
    return chart_style.finish(layers, title, f"{about} {title}.", height=300)


def spent_charts(families: Sequence[pd.DataFrame], unit: str, metric: str) -> alt.VConcatChart:
    """Draw families of curves, each as `spent_chart` does, one below the other; at least one."""
    charts = [spent_chart(family, unit, metric) for family in families]
    for chart, family in zip(charts, families, strict=True):
        row = {str(name): cell for name, cell in family.iloc[0].items()}
        chart.title = alt.Title(str(chart.title), subtitle=n.family_title(row))
    column: alt.VConcatChart = alt.vconcat(*map(chart_style.fix_width, charts)).resolve_scale(color="independent")
    return column


def simulated_chart(summary: pd.DataFrame, metric: str, seeds: int) -> alt.LayerChart:
    """Draw measured curves with 80% bands over seeds, under a title that states where the strategies stand.

    `summary` has columns `strategy, labels, q10, q50, q90, seeds`, from `planner.curves.replicates`, and at least one
    row; `seeds` are the replicates asked for.
    """
    data = _in_words(summary).rename(columns={"q10": "low", "q90": "high"})
    domain = chart_style.fraction_domain([data["low"].min(), data["high"].max()])
    x = alt.X("labels:Q", scale=alt.Scale(nice=False, zero=False), axis=chart_style.count_axis("Labels bought"))
    y = alt.Y("q50:Q", scale=alt.Scale(domain=domain), axis=chart_style.metric_axis(metric))
    # Random first whatever came first into the store, and the others by name, so that no colour moves while it runs.
    names = sorted(set(data["plan"]), key=lambda name: (name != "random", name))
    color = chart_style.colour_by("plan", chart_style.plan_hues(names))
    tooltip = [
        *chart_style.tooltip(plan="Strategy", labels=("Labels", ",.0f"), words="Middle (80% of seeds)"),
        alt.Tooltip("seeds:Q", title="Seeds"),
    ]
    layers = chart_style.lines_with_intervals(data, x, y, color, tooltip, size=18)
    title = simulation_finding(summary, metric, seeds)
    description = f"Simulated {n.metric_name(metric)} by labels bought, with 80% bands over seeds. {title}."
    return chart_style.finish(layers, title, description, height=300)
