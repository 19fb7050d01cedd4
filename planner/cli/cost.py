"""`labelplan cost`: the bill at label counts that are given, with nothing simulated."""

from typing import Annotated

import typer

from planner.cli.output import AsJson, OwnStore, PlanFile, Presets, Quotes, is_count, print_json, print_warnings
from simulations.errors import InputError


def cost(
    path: PlanFile,
    labels: Annotated[list[str], typer.Option(metavar="PLAN=COUNT", help="For example random=12000; give several.")],
    vendor: Annotated[str | None, typer.Option(help="Take this vendor; the cheapest for each plan if unset.")] = None,
    quotes: Quotes = None,
    preset: Presets = None,
    store: OwnStore = None,
    explain: Annotated[bool, typer.Option("--explain", help="Show how each line comes about.")] = False,
    as_json: AsJson = False,
) -> None:
    """Print the bill at label counts that you give; ranges count at their median, nothing is simulated."""
    from planner.app.open_plan import open_plan, with_seconds
    from planner.costs import compare_costs
    from planner.render.verdict.bill_words import explained_rows, print_costs, print_explained

    plan, warning = with_seconds(open_plan(path, quotes, preset), base=path.parent, store=store)
    print_warnings([warning] if warning else [])
    counts = _labels_by_option(labels)
    if not set(counts) <= {"random", *plan.strategy.names}:
        from planner.app.catalog import check_options  # knows the simulator, which takes a while to load

        check_options(counts, plan.strategy.names)
    index = None if vendor is None else plan.vendor_index(vendor)
    comparison = compare_costs(plan, counts, vendors={} if index is None else dict.fromkeys(counts, index))
    if as_json:
        more = {"explained": explained_rows(comparison.bills, plan.task.currency)} if explain else {}
        print_json(comparison.to_dict() | more)
        return
    (print_explained if explain else print_costs)(comparison, plan.task.currency)


def _labels_by_option(labels: list[str]) -> dict[str, int]:
    """Read labels by option."""
    counts: dict[str, int] = {}
    for item in labels:
        name, equals, count = item.partition("=")
        if not equals or not name or not is_count(count):
            raise InputError(f"--labels: found '{item}'; allowed: PLAN=COUNT, such as random=12000 or margin=6000")
        if name in counts:
            raise InputError(f"--labels: '{name}' is given twice; allowed: each plan once")
        counts[name] = int(count.replace("_", ""))
    return counts
