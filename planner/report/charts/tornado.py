"""What would change the answer: each input alone from low to high, widest swing first."""

from collections.abc import Sequence

import altair as alt
import pandas as pd

from planner.decision.verdict import SensitivityBar, Verdict
from planner.report import numbers as n
from planner.report import words
from planner.report.charts import style

BAR_PX = 42  # words above, bar below: long names need no margin, so a phone shows them whole
MOST_BARS = 10
KINDS = {True: "flips the verdict", False: "leaves it as it is"}


def bars(sensitivity: Sequence[SensitivityBar], currency: str = "USD") -> pd.DataFrame:
    """Lay the bars out, widest first.

    Returns:
        Columns `rank, words, low_usd, high_usd, kind, at_low, at_high`, one row a bar; `low_usd <= high_usd`.
    """
    widest = sorted(sensitivity, key=_width, reverse=True)
    # The title names every input that flips the verdict, so none of them may be missing, however narrow.
    shown = [bar for rank, bar in enumerate(widest) if rank < MOST_BARS or bar.flips]
    return pd.DataFrame(
        {
            "rank": [str(i) for i in range(len(shown))],
            "words": [words.bar_words(bar, currency) for bar in shown],
            "low_usd": [min(bar.saving_low_usd, bar.saving_high_usd) for bar in shown],
            "high_usd": [max(bar.saving_low_usd, bar.saving_high_usd) for bar in shown],
            "kind": [KINDS[bar.flips] for bar in shown],
            "at_low": [n.about(bar.saving_low_usd, currency) for bar in shown],
            "at_high": [n.about(bar.saving_high_usd, currency) for bar in shown],
        }
    )


def tornado_chart(verdict: Verdict) -> alt.LayerChart:
    """Draw the tornado.

    Args:
        verdict: read for `sensitivity`, `saving_usd`, `state` and `currency`.

    Returns:
        A chart whose title says which inputs could change the verdict.
    """
    frame = bars(verdict.sensitivity, verdict.currency)
    y = alt.Y("rank:N", sort=None, axis=None, scale=alt.Scale(paddingInner=0, paddingOuter=0))
    ends = [*frame["low_usd"], *frame["high_usd"]]
    x = alt.X(
        "low_usd:Q",
        scale=alt.Scale(domain=style.domain(ends), nice=False),
        axis=style.money_axis("Usual saving from active learning", verdict.currency),
    )
    swing = _swing(frame).encode(x=x, x2="high_usd:Q", y=y)
    names = style.words(frame, x=alt.value(4), y=y, text="words:N", dy=-9)
    # Short ticks rather than one rule: a rule would run through the words.
    zero = (
        alt.Chart(frame.assign(zero=0.0))
        .mark_tick(orient="vertical", color=style.QUIET, size=21, thickness=2, yOffset=9)
        .encode(x="zero:Q", y=y)
    )
    title = words.settle(verdict).removesuffix(".")
    description = f"Tornado of the usual saving. {title}. " + "; ".join(
        f"{row.words}: saving {row.at_low} to {row.at_high}" for row in frame.itertuples()
    )
    return style.finish([swing, zero, names], title, description, height=BAR_PX * max(1, len(frame)))


def _swing(frame: pd.DataFrame) -> alt.Chart:
    present = [kind for kind in KINDS.values() if (frame["kind"] == kind).any()]
    palette = {KINDS[True]: style.FLIP, KINDS[False]: style.QUIET}
    colours = alt.Scale(domain=present, range=[palette[kind] for kind in present])
    swing: alt.Chart = (
        alt.Chart(frame)
        .mark_bar(height=13, yOffset=9, cornerRadius=2)
        .encode(
            color=alt.Color("kind:N", scale=colours, legend=style.legend()),
            tooltip=[
                alt.Tooltip("words:N", title="Input"),
                alt.Tooltip("at_low:N", title="Saving at its low value"),
                alt.Tooltip("at_high:N", title="Saving at its high value"),
            ],
        )
    )
    return swing


def _width(bar: SensitivityBar) -> float:
    return abs(bar.saving_high_usd - bar.saving_low_usd)
