"""What it is worth to learn each input before choosing, beside what knowing everything would be worth."""

import altair as alt
import pandas as pd

from planner.decision.verdict import Verdict
from planner.report import numbers as n
from planner.report.charts import style
from planner.report.charts.analysed import SHORT_FROM_USD, analysed
from planner.report.words_information import NOTHING_USD, WORTH_TELLING, learnt_rows

BAR_PX = 42  # words above, bar below, as in the tornado
MOST_BARS = 8
KINDS = {True: "knowing everything", False: "learning one input"}


def learnt_frame(verdict: Verdict) -> pd.DataFrame:
    """Lay out the values of information: everything first, then the inputs, most worth learning first.

    Returns:
        Columns `rank, name, usd, low_usd, high_usd, kind, head, words`; inputs worth next to nothing are left out.
    """
    found = analysed(verdict).information
    least_usd = max(NOTHING_USD, WORTH_TELLING * found.losses.evpi_usd)
    rows = [("everything", found.losses.evpi_usd, found.losses.evpi_se_usd, KINDS[True])]
    worth_anything = [one for one in found.ranked if one.evppi_usd > 0]
    names = [row["Learning"] for row in learnt_rows(verdict)]
    for one, name in zip(worth_anything[:MOST_BARS], names[:MOST_BARS], strict=True):
        if one.evppi_usd >= least_usd:
            rows.append((name, one.evppi_usd, one.se_usd, KINDS[False]))
    return pd.DataFrame(
        [
            {
                "rank": f"{rank:02}",
                "name": name,
                "usd": usd,
                "low_usd": max(usd - se, 0.0),
                "high_usd": usd + se,
                "kind": kind,
                "head": f"{name}: {_amount(usd, verdict.currency)}",
                "words": f"{name}: {n.about(usd, verdict.currency, digits=2)} ± "
                + n.about(se, verdict.currency, digits=2),
            }
            for rank, (name, usd, se, kind) in enumerate(rows)
        ]
    )


def information_chart(verdict: Verdict) -> alt.LayerChart:
    """Draw the value of learning each input as bars, with a standard error to either side.

    Args:
        verdict: read for `analysis.information` and `currency`.

    Returns:
        A chart whose title states what is most worth learning, and what everything would be worth.

    Raises:
        ValueError: the verdict was asked for alone.
    """
    frame = learnt_frame(verdict)
    y = alt.Y("rank:N", sort=None, axis=None, scale=alt.Scale(paddingInner=0, paddingOuter=0))
    x_scale = alt.Scale(domain=[0, max(float(frame["high_usd"].max()), 1.0)], nice=False)
    axis = style.money_axis("Worth of knowing it before choosing", verdict.currency)
    present = list(dict.fromkeys(frame["kind"]))
    palette = {KINDS[True]: style.QUIET, KINDS[False]: style.FLIP}
    bars = (
        alt.Chart(frame)
        .mark_bar(height=13, yOffset=9, cornerRadius=2)
        .encode(
            x=alt.X("usd:Q", scale=x_scale, axis=axis),
            y=y,
            color=alt.Color(
                "kind:N",
                scale=alt.Scale(domain=present, range=[palette[kind] for kind in present]),
                legend=style.legend(),
            ),
            tooltip=[alt.Tooltip("words:N", title="Learning")],
        )
    )
    errors = (
        alt.Chart(frame)
        .mark_rule(color=style.LOSS, strokeWidth=2.5, yOffset=9)
        .encode(x=alt.X("low_usd:Q", scale=x_scale, axis=axis), x2="high_usd:Q", y=y)
    )
    names = style.words(frame, x=alt.value(4), y=y, text="head:N", dy=-9)
    title = information_finding(verdict)
    description = f"Bars of what it is worth to know before choosing, ± a standard error. {title}. " + "; ".join(
        frame["words"]
    )
    return style.finish([bars, errors, names], title, description, height=BAR_PX * len(frame))


def information_finding(verdict: Verdict) -> str:
    """Say what is most worth learning, or that nothing is."""
    whole, *inputs = learnt_frame(verdict).to_dict(orient="records")
    everything = n.about(float(whole["usd"]), verdict.currency, digits=2)
    if whole["usd"] < NOTHING_USD:
        return "Nothing is worth learning before choosing"
    if not inputs:
        return f"Knowing everything would be worth {everything}; no single input alone is worth learning"
    first = inputs[0]
    most = n.about(float(first["usd"]), verdict.currency, digits=2)
    return f"Most worth learning: {first['name']}, {most} of the {everything} that knowing everything would be worth"


def _amount(usd: float, currency: str) -> str:
    if usd < SHORT_FROM_USD:
        return n.about(usd, currency, digits=2)
    return n.short_money(n.significant(usd, 2), currency)
