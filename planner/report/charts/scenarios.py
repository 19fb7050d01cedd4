"""Two scenarios beside each other: the usual saving of each, with its 80% range."""

import altair as alt
import pandas as pd

from planner.decision.verdict import Verdict
from planner.report import numbers as n
from planner.report import words
from planner.report.charts import style
from planner.report.words_scenarios import A, B

ROW_PX = 62


def scenarios_chart(first: Verdict, second: Verdict) -> alt.LayerChart:
    """Draw the savings of two verdicts as ranges, one below the other.

    Args:
        first: scenario A, read for `saving_usd`, `p_al_cheaper` and `currency`.
        second: scenario B.

    Returns:
        A chart whose title states both usual savings.
    """
    frame = pd.DataFrame([_row(name, verdict) for name, verdict in ((A, first), (B, second))])
    x_scale = alt.Scale(domain=style.domain([*frame["low"], *frame["high"]]), nice=False)
    axis = style.money_axis("Saving from active learning, 80% range", second.currency)
    y = alt.Y("scenario:N", sort=None, axis=None)
    x = alt.X("low:Q", scale=x_scale, axis=axis)
    ranges = (
        alt.Chart(frame).mark_rule(strokeWidth=7, color=style.FLIP, opacity=0.55, yOffset=8).encode(x, y, x2="high:Q")
    )
    middles = (
        alt.Chart(frame)
        .mark_point(filled=True, size=150, opacity=1, color=style.FLIP, yOffset=8)
        .encode(x=alt.X("middle:Q", scale=x_scale, axis=axis), y=y, tooltip=[alt.Tooltip("words:N", title="Saving")])
    )
    zero = alt.Chart(pd.DataFrame({"at": [0.0]})).mark_rule(color=style.QUIET, strokeDash=[4, 3])
    names = style.words(frame, x=alt.value(4), y=y, text="head:N", dy=-14)
    title = f"Usual saving {frame['usual'].iloc[0]} in A and {frame['usual'].iloc[1]} in B"
    description = f"Ranges of the saving in two scenarios. {title}; {'; '.join(frame['words'])}."
    layers = [zero.encode(x=alt.X("at:Q", scale=x_scale, axis=axis)), ranges, middles, names]
    return style.finish(layers, title, description, height=ROW_PX * len(frame))


def _row(name: str, verdict: Verdict) -> dict[str, object]:
    saving = verdict.saving_usd
    usual, span = n.about(saving.q50, verdict.currency), n.about_range(saving, verdict.currency)
    return {
        "scenario": name,
        "low": saving.q10,
        "middle": saving.q50,
        "high": saving.q90,
        "usual": usual,
        "words": f"{usual} ({span})",
        "head": f"{name}: {words.headline(verdict).lower()}, chance {n.chance(verdict.p_al_cheaper)}",
    }
