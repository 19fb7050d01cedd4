"""`labelplan track`: a campaign under way, and what to do now."""

from pathlib import Path
from typing import Annotated

import typer

from planner.app.open_plan import open_plan
from planner.cli.output import AsJson, OwnStore, PlanFile, Presets, Quotes, Seed, print_json


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
    from dataclasses import replace

    from planner.app.answers import plan_curves
    from planner.campaign.log import read_log
    from planner.campaign.tracking import track as track_campaign
    from planner.decision.load_curves import with_measured_seconds

    plan, base = open_plan(path, quotes, preset), path.parent
    simulated, unread = plan_curves(plan, base=base, store=store)
    plan, measured = with_measured_seconds(plan, simulated)
    status = track_campaign(plan, read_log(log, plan), n_draws=draws, seed=seed, base=base, simulated=simulated)
    status = replace(status, warnings=(*status.warnings, *([measured] if measured else []), *unread))
    if as_json:
        print_json(status.to_dict())
        return
    from planner.render.campaign_words import print_status

    print_status(status)
