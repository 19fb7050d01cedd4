"""What `labelplan cost` prints: bills side by side, or line by line with how each comes about."""

from planner.costs import LINES, CostComparison
from planner.report import numbers as n
from planner.report.names import line_name, plan_name
from planner.report.terminal import print_table, print_warnings
from planner.report.words_bill import ExplainedLine, explained_bill, worked_title


def print_costs(comparison: CostComparison, currency: str = "USD") -> None:
    """Print bills side by side, then the saving and the break-even prices."""
    bills = comparison.bills
    used = [line for line in LINES if any(float(bill.lines[line][0]) for bill in bills.values())]
    rows = [
        ["labels", *(n.count(float(bill.labels[0])) for bill in bills.values())],
        ["rounds", *(n.count(float(bill.rounds[0])) for bill in bills.values())],
        ["vendor", *(n.plain(comparison.vendors[name]) for name in bills)],
        *(
            [line_name(line), *(n.money(float(bill.lines[line][0]), currency) for bill in bills.values())]
            for line in used
        ),
        ["total", *(n.money(float(bill.total_usd[0]), currency) for bill in bills.values())],
        ["days", *(f"{float(bill.days[0]):,.1f}" for bill in bills.values())],
    ]
    print_table(["", *map(plan_name, bills)], rows)
    _print_saving(comparison, currency)


def print_explained(comparison: CostComparison, currency: str = "USD") -> None:
    """Print one bill after another, each line with its formula and its numbers."""
    for name, bill in comparison.bills.items():
        print(worked_title(name, bill, comparison.vendors[name]))
        _print_lines(explained_bill(bill, currency))
        print()
    _print_saving(comparison, currency)


def _print_lines(lines: tuple[ExplainedLine, ...]) -> None:
    wide = max(len(line.name) for line in lines)
    amounts = max(len(line.amount) for line in lines)
    for line in lines:
        print(f"  {line.name.ljust(wide)}  {line.amount.rjust(amounts)}")
        for part in line.parts:
            print(f"  {' ' * wide}    {n.plain(part)}")


def _print_saving(comparison: CostComparison, currency: str) -> None:
    if comparison.saving_usd is not None:
        print(f"Saving from active learning: {n.money(comparison.saving_usd, currency)}")
        prices = [n.price(price, currency) for price in comparison.break_even_prices_usd]
        print(f"Break-even price per vote: {', '.join(prices) or 'none: no price makes the two equal'}")
    print_warnings(comparison.warnings)
