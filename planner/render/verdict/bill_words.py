"""Bills in words, each line as the sums and products it is made of."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from planner.costs import LINES, MEDIAN_DIGITS, Bill, CostComparison, PriceRange
from planner.costs.terms import Factor, Line, Term
from planner.plan import DEFAULT_TARGET, PASSIVE, Plan
from planner.render import numbers as n
from planner.render.terminal import print_table, print_warnings

MIDDLES = {
    "lognormal": "√({0} × {1})",
    "logit_normal": "1 ÷ (1 + √((1 − {0}) ÷ {0} × (1 − {1}) ÷ {1}))",
    "normal": "({0} + {1}) ÷ 2",
}
"""How the middle of a range comes about, by the shape of its distribution."""
DIGITS = 8  # as many as a pocket calculator shows
LEAST_DAYS = "less than 0.01"


@dataclass(frozen=True)
class ExplainedLine:
    """One line of a bill: its name, its amount, and one text for each product in it."""

    name: str
    amount: str
    parts: tuple[str, ...]


def explained_bill(bill: Bill, currency: str = "USD") -> tuple[ExplainedLine, ...]:
    """Give the lines of a bill, arrays of shape (1,), its total and its days, each with how it comes about."""
    lines = [(name, bill.items[name]) for name in LINES if bill.lines[name][0] != 0]
    explained = [
        ExplainedLine(n.line_name(name), _cents(line.amount, currency), _parts(line, currency)) for name, line in lines
    ]
    total = ExplainedLine("total", _cents(bill.total_usd, currency), ())
    taken = float(bill.days[0])
    days = ExplainedLine("days", LEAST_DAYS if 0 < taken < 0.01 else exact(taken), _parts(bill.time, None))
    return (*explained, total, days)


def worked_title(name: str, bill: Bill, vendor: str) -> str:
    """Say whose bill it is: the plan, its labels, its orders and its vendor."""
    rounds = float(bill.rounds[0])
    thing = "more order" if name in PASSIVE else "round"
    orders = "one order" if rounds == 0 else f"{n.count_words(rounds, thing)} after the initial set"
    return f"{n.plan_name(name)}: {n.count(float(bill.labels[0]))} labels, {orders}, {n.plain(vendor)}"


def explained_rows(bills: Mapping[str, Bill], currency: str = "USD") -> dict[str, list[dict[str, object]]]:
    """Give all lines of bills with their terms as `labelplan cost --explain --json` prints them."""
    return {
        name: [
            {
                "line": line,
                "amount_usd": float(bill.lines[line][0]),
                "terms": [
                    {"words": term_words(term, currency), "amount_usd": float(np.ravel(term.amount)[0])}
                    for term in bill.items[line].terms
                ],
            }
            for line in LINES
            if bill.lines[line][0] != 0
        ]
        for name, bill in bills.items()
    }


def term_words(term: Term, currency: str | None) -> str:
    """Write a product with its result; `currency` None writes a plain number, such as days."""
    result = exact(_one(term.amount)) if currency is None else _cents(term.amount, currency)
    first, *others = term.factors
    if currency is not None and not others and first.made_of is None and first.origin is None:
        return f"{first.what}: {result}"
    product = factor_words(first, currency)
    for factor in others:
        product += f" {'÷' if factor.divides else '×'} {factor_words(factor, currency)}"
    return f"{product} = {result}"


def factor_words(factor: Factor, currency: str | None) -> str:
    """Write one factor: its number and what it counts."""
    value = _one(factor.value)
    if factor.money:
        number = ("−" if value < 0 else "") + n.symbol(currency or "USD") + exact(abs(value))
    elif factor.share:
        number = exact(100 * value) + "%"
    else:
        number = exact(value)
    one_of = re.sub(r"^(\w*(?:ch|ss)(?=es\b)|\w{2,}(?=s\b))e?s", r"\1", factor.what)
    words = f"{number} {one_of if number == '1' else factor.what}".rstrip()
    if factor.made_of is None and factor.origin is not None:
        numbers = (exact(_one(number)) for number in factor.origin.numbers)
        return f"{words} [{factor.origin.formula.format(*numbers)}]"
    if factor.made_of is None:
        return words
    products = (" × ".join(factor_words(part, None) for part in term.factors) for term in factor.made_of.terms)
    sums = " + ".join(products)
    return f"{words} ({sums})".replace("+ −", "− ")


def exact(value: float) -> str:
    """Write a number with up to eight significant digits, thousands apart, and no exponent.

    >>> exact(12000.0), exact(0.0118322), exact(-2.5)
    ('12,000', '0.0118322', '−2.5')
    """
    digits = np.format_float_positional(abs(value), precision=DIGITS, fractional=False, unique=True, trim="-")
    whole, point, rest = digits.partition(".")
    return ("−" if value < 0 else "") + f"{int(whole or 0):,}" + point + rest


def _parts(line: Line, currency: str | None) -> tuple[str, ...]:
    return tuple(term_words(term, currency) for term in line.terms if _one(term.amount) != 0)


def _cents(amount: object, currency: str) -> str:
    value = _one(amount)
    return ("−" if value < 0 else "") + n.symbol(currency) + f"{abs(value):,.2f}"


def _one(values: object) -> float:
    return float(np.ravel(np.asarray(values, dtype=float))[0])


def print_costs(comparison: CostComparison, currency: str = "USD") -> None:
    """Print bills side by side, then the saving and the break-even prices."""
    bills = comparison.bills
    used = [line for line in LINES if any(float(bill.lines[line][0]) for bill in bills.values())]
    head = ["", *(n.plan_name(name) for name in bills)]
    rows = [
        ["labels", *(n.count(float(bill.labels[0])) for bill in bills.values())],
        ["rounds", *(n.count(float(bill.rounds[0])) for bill in bills.values())],
        ["vendor", *(n.plain(comparison.vendors[name]) for name in bills)],
        *(
            [n.line_name(line), *(n.money(float(bill.lines[line][0]), currency) for bill in bills.values())]
            for line in used
        ),
        ["total", *(n.money(float(bill.total_usd[0]), currency) for bill in bills.values())],
        ["days", *(f"{float(bill.days[0]):,.1f}" for bill in bills.values())],
    ]
    print_table(head, rows)
    _print_saving(comparison, currency)


def print_explained(comparison: CostComparison, origins: Sequence[str], currency: str = "USD") -> None:
    """Print one bill after another, each line with its formula and its numbers, and where those are from."""
    for name, bill in comparison.bills.items():
        lines = explained_bill(bill, currency)
        wide, amounts = (max(map(len, column)) for column in zip(*((x.name, x.amount) for x in lines), strict=True))
        print(worked_title(name, bill, comparison.vendors[name]))
        for line in lines:
            print(f"  {line.name.ljust(wide)}  {line.amount.rjust(amounts)}")
            for part in line.parts:
                print(f"  {' ' * wide}    {n.plain(part)}")
        print()
    for origin in origins:
        print(origin)
    _print_saving(comparison, currency)


def _print_saving(comparison: CostComparison, currency: str) -> None:
    if comparison.saving_usd is not None:
        print(f"Saving from active learning: {n.money(comparison.saving_usd, currency)}")
        by = f" by {comparison.vendors['random']}" if len({*comparison.vendors.values()}) > 1 else ""
        print(f"Break-even price per vote{by}: {_break_even_words(comparison, comparison.saving_usd, currency)}")
    print_warnings(comparison.warnings)


def _break_even_words(comparison: CostComparison, saving_usd: float, currency: str) -> str:
    prices = [n.price(price, currency) for price in comparison.break_even_prices_usd]
    if prices:
        spans = (_range_words(span, currency) for span in comparison.price_ranges)
        return f"{n.join_names(prices)}; active learning is {', '.join(spans)}"
    if saving_usd == 0:
        return "none: both cost the same at every price"
    return f"none: active learning is {'cheaper' if saving_usd > 0 else 'dearer'} at every price"


def _range_words(span: PriceRange, currency: str) -> str:
    so = "as dear" if span.active_learning == "equal" else span.active_learning
    low, high = n.price(span.from_usd, currency), n.price(span.to_usd, currency)
    if span.to_usd is None:
        return f"{so} above {low}"
    return f"{so} below {high}" if span.from_usd == 0 else f"{so} between {low} and {high}"


def input_origins(plan: Plan, vendors: Collection[str]) -> list[str]:
    """Say where numbers of explained bills are from: the middle of each range, and the test items of a precision.

    Only the quotes of the vendors named count.
    """
    places = {f"vendors.{i}." for i, quote in enumerate(plan.vendors) if quote.name in {*vendors}}
    places.add(f"vendors.{plan.test_vendor}.")
    told = []
    for item in plan.inputs():
        of_vendor = item.path.startswith("vendors.")
        if item.quantity is None or item.quantity.fixed or not item.shown or item.path.startswith("evidence."):
            continue
        if of_vendor and not any(item.path.startswith(place) for place in places):
            continue
        middle = float(f"{item.quantity.median:.{MEDIAN_DIGITS}g}")
        low, high = exact(item.quantity.low), exact(item.quantity.high)
        how = MIDDLES[item.quantity.domain.shape].format(low, high)
        of = plan.vendors[int(item.path.split(".")[1])].name if of_vendor else ""
        name = f"{n.plain(of)}, {item.path.split('.', 2)[2]}" if of_vendor else item.path
        told.append(f"{name} {exact(middle)}: the middle of {item.quantity.text}, {how}")
    task = plan.task
    if task.test_half_width is not None:
        a, h = task.target.median if task.target else DEFAULT_TARGET, task.test_half_width.median
        z = float(ndtri((1 + task.test_confidence) / 2))
        told.append(
            f"task.test_labels {exact(task.test_labels.median)}: z² × a × (1 − a) ÷ h² = {exact(round(z, 6))}² × "
            f"{exact(a)} × {exact(1 - a)} ÷ {exact(h)}², rounded up; z of {task.test_confidence:.0%} confidence"
        )
    return told
