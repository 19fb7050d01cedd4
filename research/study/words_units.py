"""How the study page writes its figures: shares, factors and break-evens with their intervals, and tables."""

from collections.abc import Callable, Iterable, Sequence

from planner.render import numbers as n
from research.evidence.words import savings_words
from research.study.break_even import CostRange
from research.study.measured import Saved
from research.study.overview import Middle, middle_factor
from research.study.scale import Share
from research.study.setups import SETUPS, Setup

BUILT = SETUPS[1]
"""The set-up that tables with room for one show."""


def setup_words(setup: Setup) -> str:
    """Name a set-up by its hours."""
    return f"{setup.one_off_hours:g} h, then {setup.hours_per_round:g} h a round"


def of_words(share: Share) -> str:
    """Write a share of data sets with its interval.

    >>> of_words(Share(14, 16, 0.733, 0.947))
    '14 of 16 (73% to 95%)'
    """
    return f"{share.count} of {share.of} ({n.share(share.low)} to {n.share(share.high)})"


def cost_words(cost: CostRange) -> str:
    """Write a break-even in USD with its interval, in two digits.

    >>> cost_words(CostRange(4.79, 5.19, 6.6)), cost_words(CostRange(31.0, None, None))
    ('$5.20 ($4.80 to $6.60)', 'never ($31 to never)')
    """
    return _ranged(cost.middle, cost.low, cost.high, lambda usd: n.money(n.significant(usd, 2)))


def factor_words(middle: float | None, low: float | None, high: float | None) -> str:
    """Write a savings factor with its interval.

    >>> factor_words(2.07, 1.72, 2.88), factor_words(None, None, 1.04), factor_words(None, None, None)
    ('2.1 (1.7 to 2.9)', 'never (never to 1.0)', 'never')
    """
    if middle is None and low is None and high is None:
        return n.NEVER
    return savings_words({"factor": middle, "q10": low, "q90": high, "pairs": 2})


def _ranged(middle: float | None, low: float | None, high: float | None, write: Callable[[float], str]) -> str:
    """Write a figure with its interval; None is never, and three of them are one word."""
    said = [n.NEVER if one is None else write(one) for one in (middle, low, high)]
    return said[0] if said == [n.NEVER] * 3 else f"{said[0]} ({said[1]} to {said[2]})"


def seeds_words(saved: Sequence[Saved]) -> str:
    """Say how many seeds stand behind a data set."""
    pairs = sorted({one.savings.pairs for one in saved})
    return str(pairs[0]) if len(pairs) == 1 else f"{pairs[0]} to {pairs[-1]}"


def saved_words(one: Saved) -> str:
    """Write the factor of one data set."""
    return factor_words(one.savings.factor, one.savings.q10, one.savings.q90)


def middle_words(one: Middle) -> str:
    """Write a median factor with its interval."""
    return factor_words(one.middle, one.low, one.high)


def share_words(one: Middle) -> str:
    """Write a share with its interval."""
    return f"{n.share(one.middle or 0)} ({n.share(one.low or 0)} to {n.share(one.high or 0)})"


def correlation_words(one: Middle) -> str:
    """Write a rank correlation with its interval."""
    if one.middle is None or one.low is None or one.high is None:
        return "not to be had"
    return "{} ({} to {})".format(*(f"{each:+.2f}".replace("-", n.MINUS) for each in (one.middle, one.low, one.high)))


def markdown_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Lay rows out as a Markdown table, names on the left and figures on the right."""
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def multiple_words(cost: CostRange) -> str:
    """Write a break-even multiple with its interval."""
    return _ranged(cost.middle, cost.low, cost.high, n.times)


def median_words(saved: Sequence[Saved]) -> str:
    """Write the median factor over data sets."""
    return middle_words(middle_factor(saved))


def cost_key(cost: CostRange) -> float:
    """Give what a break-even is sorted by: never comes last."""
    return float("inf") if cost.middle is None else cost.middle
