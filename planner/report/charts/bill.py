"""Where the money goes: the mean bill of each plan, line by line."""

import altair as alt
import pandas as pd

from planner.decision.verdict import Verdict
from planner.report import numbers as n
from planner.report import words
from planner.report.charts import style
from planner.report.names import line_name, plan_name

BAR_PX = 52


def bill_frame(verdict: Verdict) -> pd.DataFrame:
    """Lay out the mean bills.

    Returns:
        Columns `plan, line, order, amount_usd, words`, one row a plan and line that costs anything in any plan.
    """
    rows = [
        {
            "plan": plan_name(plan.name),
            "line": line_name(line),
            "order": order,
            "amount_usd": float(plan.lines_usd.get(line, 0.0)),
            "words": n.dollars(plan.lines_usd.get(line, 0.0), verdict.currency),
        }
        for plan in verdict.plans.values()
        for order, line in enumerate(words.bill_lines(verdict.plans))
    ]
    return pd.DataFrame(rows, columns=["plan", "line", "order", "amount_usd", "words"])


def bill_chart(verdict: Verdict) -> alt.LayerChart:
    """Draw the mean bills as stacked bars, one a plan.

    Args:
        verdict: read for `plans` and `currency`.

    Returns:
        A chart whose title states the mean total of each plan.
    """
    frame = bill_frame(verdict)
    lines = list(dict.fromkeys(frame["line"]))
    plans = list(dict.fromkeys(frame["plan"]))
    totals = {
        name: n.dollars(float(part["amount_usd"].sum()), verdict.currency) for name, part in frame.groupby("plan")
    }
    heads = pd.DataFrame({"plan": plans, "words": [f"{name}: {totals[name]}" for name in plans]})
    y = alt.Y("plan:N", sort=plans, axis=None, scale=alt.Scale(paddingInner=0, paddingOuter=0))
    palette = [style.BILL[i % len(style.BILL)] for i in range(len(lines))]
    stack = (
        alt.Chart(frame)
        .mark_bar(height=18, yOffset=11)
        .encode(
            x=alt.X("amount_usd:Q", stack="zero", axis=style.money_axis("Mean bill", verdict.currency)),
            y=y,
            order="order:Q",
            color=alt.Color("line:N", scale=alt.Scale(domain=lines, range=palette), legend=style.legend(3)),
            tooltip=[
                alt.Tooltip("plan:N", title="Plan"),
                alt.Tooltip("line:N", title="Line"),
                alt.Tooltip("words:N", title="Mean"),
            ],
        )
    )
    names = style.words(heads, x=alt.value(4), y=y, text="words:N", dy=-11)
    title = "The mean bill: " + ", ".join(f"{name} {totals[name]}" for name in plans)
    description = f"Stacked bars of the mean bill by line. {title}."
    return style.finish([stack, names], title, description, height=BAR_PX * len(plans))
