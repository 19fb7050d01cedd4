"""`labelplan track`: a campaign under way, and what to do now."""

from pathlib import Path
from typing import Annotated

import typer

from planner.cli.options import AsJson, OwnStore, PlanFile, Presets, Quotes, Seed
from planner.cli.output import print_json
from planner.cli.plans import open_plan


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

    from planner.dashboard.answer import plan_curves
    from planner.decision.campaign import read_log
    from planner.decision.campaign import track as track_campaign
    from planner.decision.sources import with_measured_seconds

    plan, base = open_plan(path, quotes, preset), path.parent
    simulated, unread = plan_curves(plan, base=base, store=store)
    plan, measured = with_measured_seconds(plan, simulated)
    status = track_campaign(plan, read_log(log, plan), n_draws=draws, seed=seed, base=base, simulated=simulated)
    status = replace(status, warnings=(*status.warnings, *([measured] if measured else []), *unread))
    if as_json:
        print_json(status.to_dict())
        return
    from planner.report.terminal_track import print_status

    print_status(status)
