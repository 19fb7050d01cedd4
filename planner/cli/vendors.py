"""`labelplan vendors`: quotes beside each other, and what each plan costs with each of them."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from planner.app.open_plan import compare, open_plan, with_seconds
from planner.cli.output import AsJson, OwnStore, PlanFile, Presets, Quotes, Seed, print_json, whole_numbers

if TYPE_CHECKING:
    from collections.abc import Sequence

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
    """Compare vendors: price of a useful and of an effective label, days, totals, who is cheapest, and who would be."""
    plan = with_seconds(open_plan(path, quotes, preset), base=path.parent, store=store)
    counts = [count for text in labels or () for count in whole_numbers("--labels", text)]
    if counts:
        _at_counts(plan, counts, draws, seed, as_json=as_json)
        return
    found = compare(plan, base=path.parent, store=store, n_draws=draws, seed=seed)
    if as_json:
        from dataclasses import asdict

        print_json(found.comparison.to_dict() | _told(found.warnings, [asdict(one) for one in found.winning] or None))
        return
    from planner.render.quotes.terminal import print_buying

    print_buying(found)


def _at_counts(plan: "Plan", counts: "Sequence[int]", draws: int, seed: int, *, as_json: bool) -> None:
    """Compare at numbers of labels that are given: nothing is forecast, so that no plan is priced."""
    from planner.decision.quotes import compare_vendors

    comparison = compare_vendors(plan, plan.draw(draws, seed), counts)
    if as_json:
        print_json(comparison.to_dict() | _told(comparison.warnings, None))
        return
    from planner.render.quotes.terminal import print_vendors

    print_vendors(comparison, plan.task.currency)


def _told(warnings: "Sequence[str]", winning: list[dict[str, Any]] | None) -> dict[str, Any]:
    return {"winning_prices": winning, "warnings": list(warnings)}
