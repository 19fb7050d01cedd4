"""`labelplan vendors`: quotes beside each other, and what each plan costs with each of them."""

from dataclasses import asdict
from typing import Annotated

import typer

from planner.cli.output import (
    AsJson,
    OwnStore,
    PlanFile,
    Presets,
    Quotes,
    Seed,
    print_answer,
    print_warnings,
    whole_numbers,
)


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
    from planner.app.open_plan import open_plan, with_seconds

    plan, warning = with_seconds(open_plan(path, quotes, preset), base=path.parent, store=store)
    print_warnings([warning] if warning else [])
    counts = [count for text in labels or () for count in whole_numbers("--labels", text)]
    if counts:
        # At numbers of labels that are given nothing is forecast, so that no plan is priced.
        from planner.decision.quotes import compare_vendors
        from planner.render.quotes.words import print_vendors

        comparison = compare_vendors(plan, plan.draw(draws, seed), counts)
        answer = comparison.to_dict() | {"winning_prices": None, "warnings": list(comparison.warnings)}
        print_answer(answer, lambda: print_vendors(comparison, plan.task.currency), as_json=as_json)
        return
    from planner.app.answers import compare_quotes
    from planner.render.quotes.words import print_buying

    found = compare_quotes(plan, base=path.parent, store=store, n_draws=draws, seed=seed)
    winning = [asdict(price) for price in found.winning] or None
    answer = found.comparison.to_dict() | {"winning_prices": winning, "warnings": list(found.warnings)}
    print_answer(answer, lambda: print_buying(found), as_json=as_json)
