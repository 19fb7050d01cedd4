"""A campaign under way: from a plan and its log to what to do now.

Notation: D draws.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from planner import __version__
from planner.arrays import Bools, Floats
from planner.costs import price_plan
from planner.costs.cautions import quote_warnings
from planner.curves.chance import chance_classes
from planner.curves.forecast import MIN_ANCHORS
from planner.decision.campaign.advice import (
    Case,
    advise,
    chances_best,
    cheapest,
    comparable_usd,
    expected_loss,
    expected_loss_se,
    reachable,
)
from planner.decision.campaign.forecasting import Outlook, forecast_campaign
from planner.decision.campaign.hindsight import PastForecast, past_forecasts, record_of
from planner.decision.campaign.log import CampaignLog
from planner.decision.campaign.moves import Move, Pricing, Standing, make_moves
from planner.decision.campaign.pilot import OCTAVES, SideArm, side_arm
from planner.decision.campaign.status import ActionOutcome, CampaignStatus, NextRound, Sunk
from planner.decision.stopping import Progress, rule_of_plan
from planner.decision.verdict import Interval
from planner.plan import Plan, paths
from simulations.errors import InputError

N_DRAWS = 2_000
CURVE_POINTS = 40
ENOUGH_COUNTS = 6  # with fewer a forecast leans on its prior, and says so


def track(
    plan: Plan,
    log: CampaignLog,
    *,
    n_draws: int = N_DRAWS,
    seed: int = 0,
    base: Path | None = None,
    simulated: pd.DataFrame | None = None,
) -> CampaignStatus:
    """Say where a campaign stands and what to do: go on, stop, switch, or measure another strategy first.

    Args:
        plan: the plan file.
        log: measured rounds.
        n_draws: joint draws behind every number.
        seed: the same plan, log and seed give the same answer.
        base: folder against which the plan's paths are read; the current one when not given.
        simulated: the curve table of the plan's store, when it names one.

    Raises:
        InputError: the plan asks for something that cannot be answered, or its rule for something not in the log.
    """
    if plan.task.target is None:
        raise InputError("plan, [task] target: not given; allowed: a fraction such as 0.90, which a campaign aims at")
    target = plan.task.target.median
    outlook = forecast_campaign(plan, log, target, n_draws=n_draws, seed=seed, base=base or Path(), simulated=simulated)
    sunk, standing = _standing(plan, log, outlook, target)
    moves = make_moves(plan, outlook, standing, target)
    pricing = Pricing(plan, outlook, standing, target)
    there, ahead = pricing.in_hand() >= target, _next_round(plan, pricing)
    worth = _worth(outlook, moves) if plan.task.value_per_point_usd is not None else None
    stops, why = _by_rule(plan, log, sunk, float(there.mean()), ahead)
    arm, no_arm = _side_arm(plan, log, outlook, standing, moves, target, seed)
    net = None if worth is None else _net_usd(moves, worth)
    case = Case(moves, there, net, ahead, _settled(log), bool(stops), arm is not None and arm.pays)
    action, reason = advise(case)
    past = _past(plan, log, seed)
    return CampaignStatus(
        action=action_key(action, log.strategy),
        reason=reason,
        why_rule=why,
        rule_stops=stops,
        strategy=log.strategy,
        labels=log.labels,
        value=log.value,
        rounds=log.counts(log.strategy),
        p_reached=float(there.mean()),
        actions=_outcomes(moves, log.strategy, there, worth, outlook),
        side_arm=arm,
        no_side_arm=no_arm,
        evpi_usd=expected_loss(moves, cheapest(moves)),
        evpi_se_usd=expected_loss_se(moves, cheapest(moves)),
        next_round=ahead,
        sunk=sunk,
        past=past,
        record=record_of(past),
        basis=outlook.basis,
        curves=outlook.curves.summary(_grid(plan, log)),
        evidence=outlook.curves.evidence,
        vendor=plan.vendors[standing.vendor].name,
        warnings=(*outlook.warnings, *_warnings(plan, log, standing)),
        task_name=plan.task.name,
        metric=plan.task.metric,
        target=target,
        currency=plan.task.currency,
        n_draws=n_draws,
        seed=seed,
        version=__version__,
    )


def action_key(action: str, current: str) -> str:
    """Name an action as the JSON contract does."""
    if action in ("stop", "pilot"):
        return action
    return "continue" if action == current else f"switch_to_{action}"


def _standing(plan: Plan, log: CampaignLog, outlook: Outlook, target: float) -> tuple[Sunk, Standing]:
    """Say what is in hand and what it has cost; the vendor is the log's, or the cheapest for going on as before."""
    candidates = plan.comparable_vendors if log.vendor is None else (plan.vendor_index(log.vendor),)

    def with_vendor(vendor: int) -> tuple[Sunk, Standing]:
        sunk, left = _sunk(plan, log, outlook, vendor)
        return sunk, Standing(log.strategy, log.labels, log.active, log.days or 0.0, left, vendor)

    def mean_usd(vendor: int) -> float:
        move = Pricing(plan, outlook, with_vendor(vendor)[1], target)
        return float(move.spent(log.strategy, move.more(log.strategy)[0]).mean())

    return with_vendor(candidates[0] if len(candidates) == 1 else min(candidates, key=mean_usd))


def _sunk(plan: Plan, log: CampaignLog, outlook: Outlook, vendor: int) -> tuple[Sunk, Floats | None]:
    """Give what is spent, and what is left of the budget in every draw."""
    first = np.minimum(outlook.values[paths.INITIAL_LABELS], log.labels)
    values = {**outlook.values, paths.INITIAL_LABELS: first}
    bill = price_plan(plan, values, vendor, np.array([log.paid]), active=log.active)
    spent = bill.total_usd if log.spent_usd is None else np.array([log.spent_usd])
    budget = plan.task.budget_usd
    left = None if budget is None else np.maximum(outlook.values[paths.BUDGET_USD] - spent, 0.0)
    return Sunk(float(spent.mean()), log.spent_usd is not None, log.active), left


def _next_round(plan: Plan, pricing: Pricing) -> NextRound | None:
    labels, usd, gain = pricing.one_round()
    if not labels.any():
        return None
    point = plan.task.value_per_point_usd
    worth = None if point is None else float((100.0 * pricing.outlook.values[paths.VALUE_PER_POINT_USD] * gain).mean())
    return NextRound(float(np.mean(labels)), float(gain.mean()), float(usd.mean()), worth)


def _worth(outlook: Outlook, moves: Mapping[str, Move]) -> dict[str, Floats]:
    """Give the worth of what each move adds to the value, in USD, (D,)."""
    point = outlook.values[paths.VALUE_PER_POINT_USD]
    return {name: np.asarray(100.0 * point * move.gain) for name, move in moves.items()}


def _net_usd(moves: Mapping[str, Move], worth: Mapping[str, Floats]) -> dict[str, float] | None:
    """Give the mean worth less cost of each move where some way gets there; None where none ever does."""
    somebody = reachable(moves)
    net = {name: _mean_where(worth[name] - move.usd, somebody) for name, move in moves.items()}
    return {name: usd for name, usd in net.items() if usd is not None} or None


def _by_rule(
    plan: Plan, log: CampaignLog, sunk: Sunk, p_reached: float, ahead: NextRound | None
) -> tuple[bool | None, str | None]:
    """Ask the plan's stopping rule, where it has one."""
    rule = rule_of_plan(plan)
    if rule is None:
        return None, None
    rows = log.of(log.strategy)
    seen = Progress(
        labels=rows["labels"].to_numpy(dtype=float),
        values=rows["value"].to_numpy(dtype=float),
        test_size=log.test_size,
        agreement=log.agreement,
        spent_usd=sunk.usd,
        next_usd=0.0 if ahead is None else ahead.price_usd,
        next_gain=0.0 if ahead is None else ahead.gain,
        p_reached=p_reached,
    )
    return bool(rule.stops(seen)), rule.why(seen)


def _side_arm(
    plan: Plan,
    log: CampaignLog,
    outlook: Outlook,
    standing: Standing,
    moves: Mapping[str, Move],
    target: float,
    seed: int,
) -> tuple[SideArm | None, str | None]:
    """Value measuring the cheapest strategy that the log does not tell of; or say why that is not valued."""
    if outlook.basis == "evidence alone":
        return None, "the log does not tell of its own strategy yet"
    unknown = {name: move for name, move in moves.items() if log.counts(name) < MIN_ANCHORS and name != log.strategy}
    measured = set(outlook.curves.evidence["why"].iloc[0].removeprefix("your own measurements: ").split(", "))
    unknown = {name: move for name, move in unknown.items() if name not in measured}
    if not unknown:
        return None, "every strategy is measured already"
    name = min(unknown, key=lambda name: float(unknown[name].usd.mean()))
    arm = side_arm(plan, log, outlook, standing, -comparable_usd(moves).T, name, target, seed=seed)
    return (arm, None) if arm is not None else (None, "the size of the test set is not known, or the log is too short")


def _outcomes(
    moves: Mapping[str, Move], current: str, there: Bools,
    worth: Mapping[str, Floats] | None, outlook: Outlook,
) -> dict[str, ActionOutcome]:  # fmt: skip
    best = chances_best(moves, there, worth)
    somebody = reachable(moves)
    found = {
        action_key(name, current): ActionOutcome(
            strategy=name,
            labels=Interval.of(move.more, reached=move.reached),
            mean_usd=float(move.usd.mean()),
            cost_usd=Interval.of(move.usd),
            reachable_usd=_mean_where(move.usd, somebody),
            lines_usd={line: float(usd.mean()) for line, usd in move.lines.items()},
            days=Interval.of(move.days, reached=move.reached),
            p_reaches=float(move.reached.mean()),
            p_best=best[name],
            net_usd=None if worth is None else _mean_where(worth[name] - move.usd, somebody),
        )
        for name, move in moves.items()
    }
    missed = np.where(there, 0.0, outlook.values[paths.FAILURE_USD])
    nothing = Interval(0.0, 0.0, 0.0)
    found["stop"] = ActionOutcome(
        strategy=None,
        labels=nothing if there.mean() > 0.5 else Interval(None, None, None),
        mean_usd=float(missed.mean()),
        cost_usd=Interval.of(missed),
        reachable_usd=_mean_where(np.broadcast_to(missed, there.shape), somebody),
        lines_usd={"failure_usd": float(missed.mean())},
        days=nothing,
        p_reaches=float(there.mean()),
        p_best=best["stop"],
        net_usd=None if worth is None else _mean_where(-np.broadcast_to(missed, there.shape), somebody),
    )
    return found


def _settled(log: CampaignLog) -> bool:
    """Say whether the log has what a forecast far ahead needs: enough label counts, over two octaves."""
    labels = log.of(log.strategy)["labels"]
    return labels.nunique() >= ENOUGH_COUNTS and bool(labels.max() >= OCTAVES * labels.min())


def _mean_where(usd: Floats, where: Bools) -> float | None:
    return float(usd[where].mean()) if where.any() else None


def _past(plan: Plan, log: CampaignLog, seed: int) -> tuple[PastForecast, ...]:
    """Look back on every strategy of the log that is long enough."""
    classes = chance_classes(plan.task.metric, round(plan.task.classes.median))
    names = dict.fromkeys(log.rows["strategy"])
    return tuple(one for name in names for one in past_forecasts(log.of(name), name, classes=classes, seed=seed))


def _grid(plan: Plan, log: CampaignLog) -> Floats:
    pool = max(plan.task.items_to_label, log.labels)
    return np.unique(np.rint(np.geomspace(float(log.rows["labels"].min()), pool, CURVE_POINTS)))


def _warnings(plan: Plan, log: CampaignLog, standing: Standing) -> list[str]:
    found = list(quote_warnings(plan))
    if log.vendor is None and len(plan.comparable_vendors) > 1:
        name = plan.vendors[standing.vendor].name
        found.append(
            f"Labels to come are priced by {name}, the cheapest for going on; a column 'vendor' in the log names the "
            "one in use."
        )
    if plan.calendar.deadline_days is not None and log.days is None:
        found.append("The deadline counts from today: a column 'days' in the log says how long the campaign has run.")
    if plan.task.target is not None and not plan.task.target.fixed:
        found.append(f"The target is a range; its middle, {plan.task.target.median:.3g}, is aimed at.")
    return found
