"""Answers what a labelling campaign under way should do now."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from planner.app.answers import plan_curves
from planner.campaign.log import CampaignLog
from planner.campaign.status import CampaignStatus
from planner.campaign.tracking import N_DRAWS, track
from planner.decision.load_curves import with_measured_seconds
from planner.plan import Plan


def campaign_status(
    plan: Plan,
    read_log: Callable[[Plan], CampaignLog],
    *,
    base: Path,
    store: Path | None,
    n_draws: int = N_DRAWS,
    seed: int = 0,
) -> CampaignStatus:
    """Say where a campaign stands and what to do; the warnings tell of the store and the measured seconds too.

    Args:
        plan: the plan.
        read_log: reads the campaign's log, given the plan with its seconds.
        base: folder against which the plan's own paths are read.
        store: takes the place of the plan's `[evidence] store`.
        n_draws: joint draws.
        seed: seed of the draws.

    Raises:
        InputError: the plan, its evidence or the log cannot be used.
    """
    simulated, unread = plan_curves(plan, base=base, store=store)
    plan, measured = with_measured_seconds(plan, simulated)
    status = track(plan, read_log(plan), n_draws=n_draws, seed=seed, base=base, simulated=simulated)
    return replace(status, warnings=(*status.warnings, *([measured] if measured else []), *unread))
