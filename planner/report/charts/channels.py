"""What charts of curves share: another field on the same axis, and hues that stay a strategy's own."""

import math
from collections.abc import Iterable, Sequence
from typing import TypeVar

import altair as alt

from planner.report.charts import style
from planner.report.names import plan_name

_LEADS = ((1, 2, 5), (1, 1.5, 2, 3, 5, 7), (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 7, 8, 9))
_ENOUGH = 3

Channel = TypeVar("Channel", alt.X, alt.Y)


def another_field(channel: Channel, shorthand: str) -> Channel:
    """Give a channel with the same scale and axis that reads another field."""
    moved = channel.copy()
    moved.shorthand = shorthand
    return moved


def close_ticks(low: float, high: float, most: int = 7) -> list[float]:
    """Choose round ticks on a log axis that may span less than a decade, where those of `log_ticks` are too few.

    >>> close_ticks(0.8, 1.25), close_ticks(0.21, 0.83)
    ([0.8, 0.9, 1.0, 1.2], [0.3, 0.5, 0.7])
    """
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for leads in _LEADS:
        ticks = [float(f"{lead}e{decade}") for decade in decades for lead in leads]
        ticks = [tick for tick in ticks if low * 0.999 <= tick <= high * 1.001]
        if len(ticks) > most:
            return style.log_ticks(low, high, most)
        if len(ticks) >= _ENOUGH:
            return ticks
    return ticks if ticks else [low, high]


def kept_colours(names: Sequence[str], shown: Iterable[str]) -> alt.Color:
    """Colour strategies by their place among all that could be shown, so that ticking one off recolours none.

    Args:
        names: all strategies, in order.
        shown: those drawn, as words.
    """
    domain = [plan_name(name) for name in names]
    hues = dict(zip(domain, style.colours(domain).to_dict()["range"], strict=True))
    drawn = set(shown)
    listed = [name for name in domain if name in drawn]
    scale = alt.Scale(domain=listed, range=[hues[name] for name in listed])
    return alt.Color("plan:N", scale=scale, legend=style.legend())
