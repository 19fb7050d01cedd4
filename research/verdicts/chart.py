"""What wrong verdicts cost beside rules of thumb, and whether chances held, by what was known."""

from collections.abc import Mapping
from typing import Any, cast

import altair as alt
import pandas as pd

from planner.render import chart_style
from planner.render import numbers as n
from planner.render.evidence.charts import method_colours
from research.backtest.words import method_name
from research.verdicts.words import regret_finding

_WIDTH = 560
_EVEN = 0.01  # of what random labelling costs, up to which a scale of losses is about even
_TICKS = (0.0, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0)


def verdict_chart(result: Mapping[str, Any]) -> alt.VConcatChart:
    """Draw regret and calibration, a pair of charts a kind of evidence, for a file.

    Args:
        result: `VerdictBacktest.to_dict()`.
    """
    parts = [draw(part) for part in result["by_evidence"] for draw in (_regret, _calibration)]
    whole = alt.vconcat(*parts, spacing=28).resolve_scale(color="independent", x="independent", y="independent")
    # Room for letters that are wider than those the picture was measured with.
    room = {"left": 40, "right": 40, "top": 5, "bottom": 5}
    told = ". ".join(part.description for part in parts)
    return cast(alt.VConcatChart, whole.properties(description=told, padding=room))


def _regret(part: Mapping[str, Any]) -> alt.LayerChart:
    rows = pd.DataFrame(
        [
            {
                "method": method_name(record["method"]),
                "regret": record["regret"]["mean"],
                "low": max(record["regret"]["q10"] or 0.0, 0.0),
                "high": record["regret"]["q90"],
            }
            for record in part["methods"]
        ]
    )
    names = list(rows["method"])
    y = alt.Y("method:N", sort=names, axis=alt.Axis(title=None, labelLimit=220))
    # One rule loses a hundred times what another does: even steps would lay all but one on each other.
    last = max(rows[["regret", "high"]].max())
    scale = alt.Scale(type="symlog", constant=_EVEN, domain=[0, max(last, _TICKS[1])])
    axis = chart_style.percent_axis(
        "Money lost, as a share of what random labelling costs (closer steps to the right)",
        values=[tick for tick in _TICKS if tick <= max(last, _TICKS[1])],
    )
    x = alt.X("regret:Q", axis=axis, scale=scale)
    color = alt.Color("method:N", scale=method_colours(names), legend=None)
    tooltip = [alt.Tooltip("method:N", title="Method"), alt.Tooltip("regret:Q", title="Lost", format=".1%")]
    dots = alt.Chart(rows).mark_point(filled=True, opacity=1, size=120).encode(x=x, y=y, color=color, tooltip=tooltip)
    ranges = alt.Chart(rows.dropna()).mark_rule(strokeWidth=2).encode(x=alt.X("low:Q"), x2="high:Q", y=y, color=color)
    said = ", ".join(f"{method_name(one['method'])} {n.percent(one['regret']['mean'])}" for one in part["methods"])
    told = f"Dots with 80% ranges over data sets: {said}"
    return _finished([ranges, dots], regret_finding(part), told, 34 * len(rows))


def _calibration(part: Mapping[str, Any]) -> alt.LayerChart:
    filled = [record for record in part["calibration"] if record["said"] is not None]
    rows = pd.DataFrame(filled).assign(words=[f"{n.count(record['questions'])} questions" for record in filled])
    unit = alt.Scale(domain=[0, 1])
    x = alt.X("said:Q", scale=unit, axis=chart_style.percent_axis("Chance that active learning is cheaper, as said"))
    y = alt.Y("happened:Q", scale=unit, axis=chart_style.percent_axis("How often it was"))
    diagonal = pd.DataFrame({"said": [0.0, 1.0], "happened": [0.0, 1.0]})
    tooltip = [
        alt.Tooltip("said:Q", title="Said", format=".0%"),
        alt.Tooltip("happened:Q", title="Came true", format=".0%"),
        alt.Tooltip("words:N", title="Of"),
    ]
    size = alt.Size("questions:Q", legend=None, scale=alt.Scale(range=[40, 400]))
    layers = [
        alt.Chart(diagonal).mark_line(color=chart_style.QUIET, strokeDash=[5, 4]).encode(x=x, y=y),
        alt.Chart(rows.dropna())
        .mark_rule(color=chart_style.GAIN, strokeWidth=2)
        .encode(x=x, y=alt.Y("q10:Q"), y2="q90:Q"),
        alt.Chart(rows)
        .mark_point(filled=True, opacity=1, color=chart_style.GAIN)
        .encode(x=x, y=y, size=size, tooltip=tooltip),
    ]
    said = ", ".join(f"{n.share(r['said'])} said, {n.share(r['happened'])} came true" for r in filled)
    return _finished(layers, _calibration_finding(part), f"Near the diagonal, chances mean what they say: {said}")


def _finished(
    layers: list[alt.Chart], title: str, description: str, height: int = chart_style.HEIGHT
) -> alt.LayerChart:
    lines = [title] if len(title) < 90 else _halved(title)
    whole = alt.layer(*layers).properties(
        title=alt.Title(lines, anchor="start"), description=f"{title}. {description}", width=_WIDTH, height=height
    )
    return cast(alt.LayerChart, whole)


def _halved(title: str) -> list[str]:
    """Break a long title into lines of some eighty characters."""
    import textwrap

    return textwrap.wrap(title, 84)


def _calibration_finding(part: Mapping[str, Any]) -> str:
    """State how far chances were from what came true, at most."""
    filled = [record for record in part["calibration"] if record["said"] is not None]
    worst = max(filled, key=lambda record: abs(record["said"] - record["happened"]))
    return (
        f"From a {part['evidence']}, chances are furthest off where {n.share(worst['said'])} was said: it came true in "
        f"{n.share(worst['happened'])} of {n.count(worst['questions'])} questions"
    )
