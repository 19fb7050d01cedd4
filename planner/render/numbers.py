"""Numbers, names and units as people read them.

The same amount is rounded the same way everywhere: charts, cards, tables and sentences all come through here. What is
a mean or a quantile of draws has three digits (`about`), what simulation adds to it two, and only what is known to the
cent has all of them: a budget (`money`), a bill (`dollars`), a unit price (`price`).
"""

import math
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from planner.decision.state import Interval
from planner.plan import paths

NEVER = "never"
NONE = "–"  # in a table: there is no such figure
MINUS = "−"
SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "INR": "₹", "KRW": "₩", "BRL": "R$"}
SMALL_PRICE_USD = 0.1
MOST_SHOWN = 1e15  # larger amounts are faults of the plan, and their digits are noise
LINE_NAMES = {
    "review_usd": "review and gold",
    "after_miss_usd": "after a miss",
    "prompt_usd": "prompt work",
    "audit_usd": "audit of the language model",
    "production_usd": "answers in production",
    "machine_usd": "labels by the model",
    "lump_usd": "lump sum",
    "management_usd": "project management",
}
METRICS = {
    "f1_macro": "macro F1",
    "f1_micro": "micro F1",
    "f1_weighted": "weighted F1",
    "roc_auc": "ROC AUC",
    "r2": "R²",
}


def join_names(names: Sequence[str]) -> str:
    """Write names as a sentence does; at least one.

    >>> join_names(["a"]), join_names(["a", "b", "c"])
    ('a', 'a, b and c')
    """
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def first_few(names: Sequence[str], most: int) -> str:
    """Write the first names, and how many more there are.

    >>> first_few(["a", "b"], 2), first_few(["a", "b", "c", "d"], 2)
    ('a, b', 'a, b and 2 more')
    """
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def plain(text: str) -> str:
    """Keep text on one line and free of control characters, so that a name cannot draw on a terminal."""
    return "".join(" " if unicodedata.category(sign)[0] == "C" else sign for sign in text).strip()


def with_full_stop(sentence: str) -> str:
    """Give a sentence its full stop, where it has no end of its own.

    >>> with_full_stop("the price is odd; check it"), with_full_stop("Few points."), with_full_stop("Is it?")
    ('the price is odd; check it.', 'Few points.', 'Is it?')
    """
    text = sentence.rstrip()
    return text if not text or text[-1] in ".!?…" else f"{text}."


def capital(text: str) -> str:
    """Begin with a capital letter."""
    return text[:1].upper() + text[1:]


def symbol(currency: str) -> str:
    """Give what stands before an amount: `$` for USD, the code and a space where there is no single sign."""
    return SYMBOLS.get(currency.upper(), f"{plain(currency)}\N{NO-BREAK SPACE}" if currency else "")


def money(amount_usd: float | None, currency: str = "USD") -> str:
    """Write an amount, such as −$2,647, $9.50 or $0.237.

    >>> money(-2647.3), money(9.5), money(0.2371), money(0.0)
    ('−$2,647', '$9.50', '$0.237', '$0')
    """
    if amount_usd is None:
        return NEVER
    size = abs(amount_usd)
    digits = f"{size:,.0f}" if size >= 10 or size == 0 else _fine_digits(size)
    if size > MOST_SHOWN:
        digits = f"{MOST_SHOWN:,.0f}+"
    return _with_sign(amount_usd, digits, currency)


def about(amount_usd: float | None, currency: str = "USD", *, digits: int = 3) -> str:
    """Write an amount that is a mean or a quantile of draws, in no more digits than it is known to.

    `digits` are the significant ones: 3 of a quantile of thousands of draws, 2 of what a simulation adds to it.

    >>> about(-2647.3), about(1297.0, digits=2), about(5.16, digits=2)
    ('−$2,650', '$1,300', '$5.20')
    """
    return money(None if amount_usd is None else significant(amount_usd, digits), currency)


def about_range(interval: Interval, currency: str = "USD") -> str:
    """Write the two ends of an 80% interval of money as `about` does."""
    low, high = about(interval.q10, currency), about(interval.q90, currency)
    return low if low == high else f"{low} to {high}"


def about_count(number: float, digits: int = 2) -> str:
    """Write a count that is advice and no measurement.

    >>> about_count(74_349.0), about_count(7.0), about_count(1_984.0)
    ('74,000', '7', '2,000')
    """
    return count(significant(number, digits) if number >= 10**digits else number)


def significant(number: float, digits: int) -> float:
    """Round to significant digits."""
    return float(f"{number:.{digits}g}")


def dollars(amount_usd: float, currency: str = "USD") -> str:
    """Write an amount of a bill in whole units; what is less than one is called so.

    >>> dollars(71.61), dollars(0.0), dollars(0.049)
    ('$72', '$0', 'under $1')
    """
    if 0 < abs(amount_usd) < 0.5:
        return f"under {symbol(currency)}1"
    return _with_sign(amount_usd, f"{abs(amount_usd):,.0f}", currency)


def price(price_usd: float | None, currency: str = "USD") -> str:
    """Write a unit price with cents at least and three significant digits at most.

    >>> price(0.5), price(0.012), price(250.0)
    ('$0.50', '$0.012', '$250.00')
    """
    return NEVER if price_usd is None else _with_sign(price_usd, _fine_digits(abs(price_usd)), currency)


def price_per(price_usd: float, unit: str, currency: str = "USD") -> str:
    """Write a price with its unit; small prices are echoed per thousand, where a slip of a zero shows.

    >>> price_per(0.04, "label"), price_per(0.5, "vote")
    ('$0.04 per label ($40 per 1,000)', '$0.50 per vote')
    """
    text = f"{price(price_usd, currency)} per {unit}"
    if 0 < price_usd < SMALL_PRICE_USD:
        text += f" ({price(1_000 * price_usd, currency).removesuffix('.00')} per 1,000)"
    return text


def short_money(amount_usd: float, currency: str = "USD") -> str:
    """Write an amount as axes and labels in pictures do: $900, −$2.6k, $1.2M, $3B.

    >>> short_money(-2647.0), short_money(1_200_000.0), short_money(999_999.0)
    ('−$2.6k', '$1.2M', '$1M')
    """
    size = abs(amount_usd)
    for scale, letter in ((1e9, "B"), (1e6, "M"), (1e3, "k")):
        # 999,999 belongs to the next letter, not to "1,000k".
        if size >= scale * 0.9995:
            tenths = f"{size / scale:,.1f}" if size < 99.95 * scale else f"{size / scale:,.0f}"
            return _with_sign(amount_usd, tenths.removesuffix(".0"), currency) + letter
    return money(amount_usd, currency)


def share(fraction: float) -> str:
    """Write a chance or a share of futures as whole percent; only none and all of them read 0% and 100%.

    >>> share(0.0), share(0.004), share(0.12)
    ('0%', 'less than 1%', '12%')
    """
    whole = round(100 * fraction)
    if whole >= 100 and fraction < 1:
        return "more than 99%"
    return "less than 1%" if whole <= 0 and fraction > 0 else f"{whole}%"


def percent(fraction: float) -> str:
    """Write a metric's value or an error rate, a fraction, as percent with one decimal, more only near 0 and 100.

    >>> percent(0.9), percent(0.885), percent(0.9996), percent(0.0004)
    ('90%', '88.5%', '99.96%', '0.04%')
    """
    nearest = min(fraction, 1 - fraction)
    # 99.96% must not read 100%: the digits follow the distance to the nearer end.
    decimals = 1 if nearest <= 0 or nearest >= 0.001 else math.ceil(-math.log10(nearest)) - 2
    return f"{_without_zeros(100 * fraction, decimals)}%"


def times(factor: float) -> str:
    """Write how many times something is another, in two digits; once reads 1.0, which "times" goes with.

    >>> times(1.0), times(0.914), times(2.0), times(128.3)
    ('1.0', '0.91', '2', '128')
    """
    text = f"{factor:,.0f}" if factor >= 9.95 else f"{factor:.2g}"
    return "1.0" if text == "1" else text


def count(number: float) -> str:
    """Write a count with thousands separators."""
    return f"{number:,.0f}"


def labels(number: float | None) -> str:
    """Write labels needed; None is "never"."""
    return NEVER if number is None else count(number)


def days(number: float | None) -> str:
    """Write calendar days.

    >>> days(1.0), days(12.4), days(0.25)
    ('1 day', '12 days', '0.25 days')
    """
    text = day_count(number)
    return text if number is None else f"{text} day" if text == "1" else f"{text} days"


def day_count(number: float | None) -> str:
    """Write calendar days without their unit, as a column of days does; less than a hundredth of one is none.

    >>> day_count(142.4), day_count(3.25), day_count(0.000142)
    ('142', '3.2', '0')
    """
    if number is None:
        return NEVER
    return count(number) if number >= 10 else _without_zeros(number, 2 if number < 1 else 1)


def spread(interval: Interval, write: Callable[[float], str]) -> str:
    """Write a median with its 80% range, or the one number that all three are; without an upper end, from where it is.

    >>> spread(Interval(1.0, 2.0, None), count), spread(Interval(7.0, 7.0, 7.0), count)
    ('2 (1 or more)', '7')
    """
    low, middle, high = (NEVER if end is None else write(end) for end in (interval.q10, interval.q50, interval.q90))
    if interval.q90 is None and interval.q10 is not None:
        return f"{middle} ({low} or more)"
    return middle if low == high else f"{middle} ({low} to {high})"


def percent_range(low: float, high: float) -> str:
    """Write the two ends of an interval of fractions as percent."""
    return f"{percent(low)} to {percent(high)}"


def percent_spread(low: float | None, middle: float, high: float | None) -> str:
    """Write a fraction with its 80% range as percent; where an end is missing there is no range.

    >>> percent_spread(0.8, 0.85, 0.9), percent_spread(None, 0.85, None)
    ('85% (80% to 90%)', '85%')
    """
    if low is None or high is None or math.isnan(low):
        return percent(middle)
    return f"{percent(middle)} ({percent_range(low, high)})"


def or_none(value: float | None, write: Callable[[float], str]) -> str:
    """Write a figure of a table, or that there is none."""
    return NONE if value is None else write(value)


def days_range(interval: Interval) -> str:
    """Write the two ends of an 80% interval of days."""
    low, high = days(interval.q10), days(interval.q90)
    return high if low == high else f"{low.split(' ')[0]} to {high}"


def input_value(value: float, path: str = "") -> str:
    """Write an input's value in its own unit, to three digits; targets and error rates, by their path, as percent.

    >>> input_value(33.333), input_value(667.0), input_value(0.0005), input_value(0.9, "task.target")
    ('33.3', '667', '0.0005', '90%')
    """
    if path == paths.TARGET or path.endswith("_rate"):
        return percent(value)
    size = abs(value)
    decimals = 0 if size >= 100 or size == 0 else 2 - math.floor(math.log10(size))
    digits = _without_zeros(size, decimals)
    return (MINUS if value < 0 and digits.strip("0.") else "") + digits


def _with_sign(amount: float, digits: str, currency: str) -> str:
    # An amount that rounds to nothing has no sign: "−$0" reads like a fault.
    negative = amount < 0 and any(sign in "123456789" for sign in digits)
    return f"{MINUS if negative else ''}{symbol(currency)}{digits}"


def _fine_digits(size: float) -> str:
    if size == 0:
        return "0.00"
    decimals = max(2, 2 - math.floor(math.log10(size)))
    whole, _, fraction = f"{size:,.{decimals}f}".partition(".")
    return f"{whole}.{fraction.rstrip('0').ljust(2, '0')}"


def _without_zeros(number: float, decimals: int) -> str:
    text = f"{number:,.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def metric_name(metric: str) -> str:
    """Give a metric's name as people say it.

    >>> metric_name("f1_macro"), metric_name("balanced_accuracy")
    ('macro F1', 'balanced accuracy')
    """
    return METRICS.get(metric, plain(metric).replace("_", " "))


def plan_name(name: str) -> str:
    """Give a plan's name as people say it."""
    return plain(name).replace("_", " ")


def line_name(line: str) -> str:
    """Give a bill line's name as people say it."""
    return LINE_NAMES.get(line) or plan_name(line.removesuffix("_usd"))


def input_label(label: str, currency: str = "USD") -> str:
    """Tidy an input's label with its unit in brackets: a unit that the name already says is left out.

    >>> input_label("Epochs (epochs)"), input_label("Price per vote (USD)", "EUR")
    ('Epochs', 'Price per vote (EUR)')
    """
    text = in_currency(plain(label), currency)
    name, bracket, unit = text.removesuffix(")").rpartition(" (")
    return name if bracket and unit.lower() in name.lower() else text


def in_currency(text: str, currency: str) -> str:
    """Put the plan's currency label where an input's unit says USD."""
    return re.sub(r"\bUSD\b", lambda _: plain(currency), text)


def family_title(row: Any) -> str:
    """Name a family, data set, learner and schedule, by a row of a table or by a record with these attributes."""
    names = ("dataset", "learner", "batch_size", "initial_size")
    cells: Mapping[str, Any] = row if isinstance(row, Mapping) else {name: getattr(row, name, None) for name in names}
    start = "" if cells["initial_size"] is None else f"{count(cells['initial_size'])} labels, then "
    dataset = [plain(cells["dataset"])] if cells.get("dataset") is not None else []
    return " · ".join([*dataset, plain(cells["learner"]), f"{start}batches of {count(cells['batch_size'])}"])


def in_points(fraction: float, decimals: int = 2) -> str:
    """Write a difference in hundredths of the metric."""
    text = f"{100 * fraction:+.{decimals}f}"
    return text[1:] if float(text) == 0 else text.replace("-", MINUS)


def points(fraction: float) -> str:
    """Write an amount of the metric in points, a hundredth of it each.

    >>> points(0.0123), points(-0.01), points(-0.0001)
    ('1.2 points', '−1 point', '0 points')
    """
    number = _without_zeros(abs(100 * fraction), 1)
    return f"{MINUS if fraction < 0 and number != '0' else ''}{number} point{'s' * (number != '1')}"


def factor_words(factor: float | None, *, at_least: bool = False) -> str:
    """Write a savings factor; None is "never"."""
    return NEVER if factor is None else f"{'≥' if at_least else ''}×{factor:.2f}"


def factor_range(low: float | None, high: float | None) -> str:
    """Write the two ends of an interval of savings factors."""
    return NEVER if high is None else f"{NEVER if low is None else f'{low:.2f}'} to {high:.2f}"


def factor_spread(factor: float | None, low: float | None, high: float | None, no_end: str = NEVER) -> str:
    """Write a savings factor with its interval; `no_end` stands for an upper end that is missing."""
    if factor is None or math.isnan(factor):
        return NEVER
    known = [end is not None and not math.isnan(end) for end in (low, high)]
    if not any(known):
        return factor_words(factor)
    ends = (f"{low:.2f}" if known[0] else NEVER, f"{high:.2f}" if known[1] else no_end)
    return f"{factor_words(factor)} ({' to '.join(ends)})"


def count_words(number: float, thing: str) -> str:
    """Count things; means of few have two digits.

    >>> count_words(1, "round"), count_words(2.5, "round"), count_words(1_200.0, "label")
    ('1 round', '2.5 rounds', '1,200 labels')
    """
    text = count(number) if number >= 10 or number == round(number) else f"{number:.2g}"
    return f"{text} {thing}{'s' * (text != '1')}"
