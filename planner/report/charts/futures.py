"""Fifty equally likely futures as dots: the saving in each, stacked where they are alike.

Quantile dot plots gave people the best decisions among the displays compared by Fernandes et al. (2018),
"Uncertainty Displays Using Quantile Dotplots or CDFs Improve Transit Decision-Making".
"""

from collections.abc import Sequence

import altair as alt
import numpy as np
import numpy.typing as npt
import pandas as pd

from planner.decision.verdict import Verdict
from planner.report import numbers as n
from planner.report import words
from planner.report.charts import style

BINS = 24
STEP_PX = 15  # height of one dot in a stack
LEAST_ROWS = 7
OUTCOMES = {1: "AL costs less", -1: "AL costs more", 0: "no difference"}
SHAPES = {OUTCOMES[1]: "circle", OUTCOMES[-1]: "diamond", OUTCOMES[0]: "square"}


def dots(futures_usd: Sequence[float], currency: str = "USD") -> tuple[pd.DataFrame, pd.DataFrame]:
    """Place the dots.

    Far tails are gathered at the edge, so that two wild futures do not squeeze the other forty-eight into one stack;
    what was gathered is told in `tails`.

    Args:
        futures_usd: savings, ascending.
        currency: the label printed beside money.

    Returns:
        Columns `saving_usd, place_usd, height, outcome, words` (one row a future), and `tails` with columns
        `place_usd, words, align` (none, one or two rows).
    """
    savings = np.asarray(futures_usd, dtype=np.float64)
    low, high = _window(savings)
    width = max(high - low, 1e-9 + abs(high) * 1e-6) / BINS
    # Bins start at zero, and what is gathered stays on its side of it: no stack mixes savings with extra costs.
    bins = np.floor(np.clip(savings, low, high) / width)
    bins = np.where(savings < 0, np.minimum(bins, -1), np.maximum(bins, 0))
    place = (bins + 0.5) * width
    height = pd.Series(bins).groupby(bins).cumcount() + 1
    frame = pd.DataFrame(
        {
            "saving_usd": savings,
            "place_usd": place,
            "height": height.to_numpy(),
            "outcome": [OUTCOMES[sign] for sign in np.sign(np.round(savings, 2)).astype(int)],
            "words": [n.about(saving, currency) for saving in savings],
        }
    )
    return frame, _tails(frame, low, high, currency)


def futures_chart(verdict: Verdict) -> alt.LayerChart:
    """Draw the fifty futures.

    Args:
        verdict: read for `futures_usd`, `saving_usd` and `currency`.

    Returns:
        A chart whose title states the usual saving and its range.
    """
    frame, tails = dots(verdict.futures_usd, verdict.currency)
    # The two rows on top hold the words about the tails, where no stack reaches them.
    rows = max(LEAST_ROWS, int(frame["height"].max()) + 1 + len(tails))
    tails = tails.assign(height=[rows - row for row in range(len(tails))])
    x = alt.X(
        "place_usd:Q",
        axis=style.money_axis("Saving; each dot is one of 50 futures", verdict.currency, grid=False),
        scale=alt.Scale(zero=False, nice=False, padding=12),
    )
    y = alt.Y("height:Q", axis=None, scale=alt.Scale(domain=[0.4, rows + 0.4]))
    layers = [_circles(frame).encode(x=x, y=y)]
    layers += [
        style.words(part, x=x, y=y, text="words:N", align=str(align), dx=6 if align == "right" else -6)
        for align, part in tails.groupby("align")
    ]
    title = words.futures_finding(verdict)
    description = (
        f"Dot plot of fifty equally likely savings from active learning, from {frame['words'].iloc[0]} "
        f"to {frame['words'].iloc[-1]}. {title}."
    )
    return style.finish(layers, title, description, height=STEP_PX * rows)


def _circles(frame: pd.DataFrame) -> alt.Chart:
    """Colour the dots by outcome; shape says it once more, for readers who do not see the hues apart."""
    present = [word for word in OUTCOMES.values() if (frame["outcome"] == word).any()]
    palette = {OUTCOMES[1]: style.GAIN, OUTCOMES[-1]: style.LOSS, OUTCOMES[0]: style.QUIET}
    colours = alt.Scale(domain=present, range=[palette[word] for word in present])
    shapes = alt.Scale(domain=present, range=[SHAPES[word] for word in present])
    circles: alt.Chart = (
        alt.Chart(frame)
        .mark_point(filled=True, size=90, opacity=1)
        .encode(
            color=alt.Color("outcome:N", scale=colours, legend=style.legend()),
            shape=alt.Shape("outcome:N", scale=shapes, legend=style.legend()),
            tooltip=[alt.Tooltip("words:N", title="Saving"), alt.Tooltip("outcome:N", title="So")],
        )
    )
    return circles


def _window(savings: npt.NDArray[np.float64]) -> tuple[float, float]:
    """Give the stretch drawn to scale: the middle 80% and once its width on either side."""
    low, high = np.quantile(savings, [0.1, 0.9])
    reach = high - low
    return float(max(savings.min(), low - reach)), float(min(savings.max(), high + reach))


def _tails(frame: pd.DataFrame, low: float, high: float, currency: str) -> pd.DataFrame:
    rows = []
    below, above = frame[frame["saving_usd"] < low], frame[frame["saving_usd"] > high]
    if len(above):
        far = n.short_money(float(above["saving_usd"].max()), currency)
        rows.append((above["place_usd"].iloc[0], f"{len(above)} further out, up to {far} →", "right"))
    if len(below):
        far = n.short_money(float(below["saving_usd"].min()), currency)
        rows.append((below["place_usd"].iloc[0], f"← {len(below)} further out, down to {far}", "left"))
    return pd.DataFrame(rows, columns=["place_usd", "words", "align"])
