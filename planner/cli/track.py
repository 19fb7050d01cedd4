"""`labelplan track`: a campaign under way, and what to do now."""

from pathlib import Path
from typing import Annotated

import typer

from planner.cli.output import AsJson, OwnStore, PlanFile, Presets, Quotes, Seed, print_answer


def track(
    path: PlanFile,
    log: Annotated[Path, typer.Argument(metavar="LOG.csv", help="Measured rounds: labels, value, strategy, …")],
    store: OwnStore = None,
    draws: Annotated[int, typer.Option(min=100, max=200_000, help="Joint draws; more means less noise.")] = 2_000,
    seed: Seed = 0,
    quotes: Quotes = None,
    preset: Presets = None,
    as_json: AsJson = False,
) -> None:
    """Say what a campaign under way should do now: go on, stop, switch, or measure another strategy first."""
    from planner.app.answers import campaign_status
    from planner.app.open_plan import open_plan
    from planner.campaign.log import read_log
    from planner.render.campaign_words import print_status

    plan = open_plan(path, quotes, preset)
    status = campaign_status(
        plan, lambda plan: read_log(log, plan), base=path.parent, store=store, n_draws=draws, seed=seed
    )
    print_answer(status.to_dict(), lambda: print_status(status), as_json=as_json)
