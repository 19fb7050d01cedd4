"""`labelplan vendors`: quotes beside each other, and what each plan costs with each of them."""

from typing import TYPE_CHECKING, Annotated

import typer

from planner.cli.options import AsJson, OwnStore, PlanFile, Presets, Quotes, Seed, whole_numbers
from planner.cli.output import print_json
from planner.cli.plans import open_plan, with_seconds

if TYPE_CHECKING:
    from pathlib import Path

    from planner.decision.vendor_offers import VendorComparison
    from planner.plan import Plan


def vendors(
    path: PlanFile,
    labels: Annotated[
        list[str] | None,
        typer.Option(metavar="N,N,…", help="Numbers of labels to price; what the plans need, by forecast, if unset."),
    ] = None,
    quotes: Quotes = None,
    preset: Presets = None,
    store: OwnStore = None,
    draws: Annotated[int, typer.Option(min=100, max=200_000, help="Joint draws; more means less noise.")] = 5_000,
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """Compare vendors: price of a useful and of an effective label, days, totals, and who is cheapest from when on."""
    from planner.decision.vendors import compare_vendors

    plan = with_seconds(open_plan(path, quotes, preset), base=path.parent, store=store)
    counts = [count for text in labels or () for count in whole_numbers("--labels", text)]
    if counts:
        comparison = compare_vendors(plan, plan.draw(draws, seed), counts)
    else:
        comparison = _at_needs(plan, path, store, draws, seed)
    if as_json:
        print_json(comparison.to_dict())
        return
    from planner.report.terminal_vendors import print_vendors

    print_vendors(comparison, plan.task.currency)


def _at_needs(plan: "Plan", path: "Path", store: "Path | None", draws: int, seed: int) -> "VendorComparison":
    """Compare at the labels that the plans are forecast to need."""
    from planner.cli.output import print_warnings
    from planner.dashboard.answer import plan_curves
    from planner.decision.needs import forecast_needs
    from planner.decision.vendors import compare_vendors

    simulated, warnings = plan_curves(plan, base=path.parent, store=store)
    print_warnings(warnings)
    needs = forecast_needs(plan, n_draws=draws, seed=seed, base=path.parent, simulated=simulated)
    return compare_vendors(plan, needs.values, (), needs)
