"""The status of a campaign, and what to do now, from a plan and its log.

Notation: D draws; M actions, the current way of picking first; stopping stands after them.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from planner import __version__
from planner.campaign import status
from planner.campaign.actions import OCTAVES, Action, ActionPrices, SideArm, side_arm
from planner.campaign.forecasting import CampaignForecast, forecast_campaign
from planner.campaign.log import CampaignLog
from planner.costs import price_plan, quote_warnings
from planner.decision.decide_plan import warn_of_fine_tuning
from planner.decision.state import SURE, Interval
from planner.decision.stopping.rules import Progress, rule_of_plan
from planner.forecasting import MIN_ANCHORS, chance_classes
from planner.plan import Plan, paths
from simulations.arrays import Bools, Floats
from simulations.errors import InputError

N_DRAWS = 2_000
CURVE_POINTS = 40
ENOUGH_COUNTS = 6  # with fewer a forecast leans on its prior, and says so
OUT_OF_REACH = 0.10  # chance to reach the target at which even the lower end of the 80% range of labels is "never"
REACH_SLACK = 0.05  # a cheaper way may reach the target this much more rarely
ALIKE = 0.01  # of the money: below this difference nobody changes what is running


def advise(
    actions: Mapping[str, Action],
    there: Bools,
    net_usd: Mapping[str, float] | None,
    next_round: status.NextRound | None,
    *,
    settled: bool,
    pilot_pays: bool,
) -> tuple[str, status.Reason]:
    """Choose `stop`, `pilot` or the strategy to go on with, and say why.

    One stops where the target is reached with a chance of 80%, where nothing is left to buy, where even the best way
    reaches it with a chance of at most 10% by a log that is long enough, and where neither the way there nor the next
    round is worth its price. A pilot is bought where it pays. Else the way with the lowest expected cost is taken,
    among those that reach the target about as often as any; what is running goes on where that is as good.

    Args:
        actions: strategy -> way to go on, the current one first.
        there: (D,) whether the target is reached already.
        net_usd: see `_net_usd`; None without a value of a point.
        next_round: None where nothing is left to buy.
        settled: whether the log is long enough to be believed that a target is out of reach.
        pilot_pays: whether measuring another strategy first is worth more than it costs.
    """
    if float(there.mean()) >= SURE:
        return "stop", "reached"
    if next_round is None:
        return "stop", "nothing left"
    if settled and max(float(action.reached.mean()) for action in actions.values()) <= OUT_OF_REACH:
        return "stop", "unreachable"
    if net_usd is not None and max(net_usd.values()) < 0 and next_round.pays is False:
        return "stop", "not worth it"
    if pilot_pays:
        return "pilot", "pilot pays"
    return cheapest(actions), "cheapest"


def reachable(actions: Mapping[str, Action]) -> Bools:
    """Say in which draws some way reaches the target, (D,)."""
    return np.asarray(np.any([action.reached for action in actions.values()], axis=0))


def comparable_usd(actions: Mapping[str, Action]) -> Floats:
    """Give what each action costs where that tells actions apart, (M, D): nothing in draws in which no way gets there.

    Nobody labels a whole pool in vain; what is spent until that is noticed has little to do with the way of picking.
    """
    possible = reachable(actions)
    return np.stack([np.where(possible, action.usd, 0.0) for action in actions.values()])


def cheapest(actions: Mapping[str, Action]) -> str:
    """Choose the way with the lowest expected cost among those that reach the target about as often as any."""
    reach = {name: float(action.reached.mean()) for name, action in actions.items()}
    means = dict(zip(actions, comparable_usd(actions).mean(axis=1).tolist(), strict=True))
    usd = {name: mean for name, mean in means.items() if reach[name] >= max(reach.values()) - REACH_SLACK}
    current = next(iter(actions))
    best = min(usd, key=lambda name: usd[name])
    return current if current in usd and usd[current] <= usd[best] * (1.0 + ALIKE) else best


def chances_best(actions: Mapping[str, Action], there: Bools, worth: Mapping[str, Floats] | None) -> dict[str, float]:
    """Give the chance of each action, and of `stop`, to be the best thing to do; ties are split.

    An action that buys nothing is stopping. At a fixed target: stopping where it is reached, or out of every way's
    reach; else the cheapest way that reaches it. With a value of a point: what adds most worth less cost, stopping
    adding none.

    Of M actions `worth` is what each adds, in USD, (D,); `there` says whether the target is reached already, (D,).
    """
    names = [*actions, "stop"]
    if worth is None:
        score = [np.where(action.reached & (action.more > 0), -action.usd, -np.inf) for action in actions.values()]
        nobody = there | ~reachable(actions)
        score.append(np.where(nobody, 0.0, -np.inf))
    else:
        score = [np.where(action.more > 0, worth[name] - action.usd, -np.inf) for name, action in actions.items()]
        score.append(np.zeros(there.shape))
    table = np.stack(score)
    best = table == table.max(axis=0)
    return dict(zip(names, (best / best.sum(axis=0)).mean(axis=1).tolist(), strict=True))


def expected_loss(actions: Mapping[str, Action], chosen: str) -> tuple[float, float]:
    """Give what knowing every curve exactly would save beside one action, on average: its expected loss, the EVPI.

    Returns:
        USD, and the Monte Carlo standard error, had the draws been independent.
    """
    usd = comparable_usd(actions)
    losses = usd[list(actions).index(chosen)] - usd.min(axis=0)
    return float(losses.mean()), float(losses.std(ddof=1) / np.sqrt(losses.size)) if losses.size > 1 else 0.0


def track(
    plan: Plan,
    log: CampaignLog,
    *,
    n_draws: int = N_DRAWS,
    seed: int = 0,
    base: Path | None = None,
    simulated: pd.DataFrame | None = None,
) -> status.CampaignStatus:
    """Say where a campaign stands and what to do: go on, stop, switch, or measure another strategy first.

    The same plan, log and seed give the same answer. The plan's paths are read against `base`, the current folder when
    not given; `simulated` is the curve table of the plan's store, when it names one.

    Raises:
        InputError: the plan asks for something that cannot be answered, or its rule for something not in the log.
    """
    if plan.task.target is None:
        raise InputError("plan, [task] target: not given; allowed: a fraction such as 0.90, which a campaign aims at")
    target = plan.task.target.median
    forecast = forecast_campaign(
        plan, log, target, n_draws=n_draws, seed=seed, base=base or Path(), simulated=simulated
    )
    sunk, prices = _price_actions(plan, log, forecast, target)
    actions = prices.actions()
    there, ahead = prices.in_hand() >= target, _next_round(plan, prices)
    worth = None
    if plan.task.value_per_point_usd is not None:
        point_usd = forecast.values[paths.VALUE_PER_POINT_USD]
        worth = {name: np.asarray(100.0 * point_usd * action.gain) for name, action in actions.items()}
    stops, why = _ask_rule(plan, log, sunk, float(there.mean()), ahead)
    arm, no_arm = _side_arm(prices, actions, seed)
    net = None if worth is None else _net_usd(actions, worth)
    counts = log.of(log.strategy)["labels"]
    # A forecast far ahead needs enough label counts, over two octaves.
    settled = counts.nunique() >= ENOUGH_COUNTS and bool(counts.max() >= OCTAVES * counts.min())
    action, reason = "stop", "rule"
    if not stops:
        pilot_pays = arm is not None and arm.pays
        action, reason = advise(actions, there, net, ahead, settled=settled, pilot_pays=pilot_pays)
    evpi_usd, evpi_se_usd = expected_loss(actions, cheapest(actions))
    classes = chance_classes(plan.task.metric, round(plan.task.classes.median))
    past = tuple(
        earlier
        for name in dict.fromkeys(log.rows["strategy"])
        for earlier in status.past_forecasts(log.of(name), name, classes=classes, seed=seed)
    )
    pool = max(plan.task.items_to_label, log.labels)
    grid = np.unique(np.rint(np.geomspace(float(log.rows["labels"].min()), pool, CURVE_POINTS)))
    return status.CampaignStatus(
        action=action_key(action, log.strategy),
        reason=reason,
        why_rule=why,
        rule_stops=stops,
        strategy=log.strategy,
        labels=log.labels,
        value=log.value,
        rounds=log.counts(log.strategy),
        p_reached=float(there.mean()),
        actions=_outcomes(actions, log.strategy, there, worth, forecast),
        side_arm=arm,
        no_side_arm=no_arm,
        evpi_usd=evpi_usd,
        evpi_se_usd=evpi_se_usd,
        next_round=ahead,
        sunk=sunk,
        past=past,
        record=status.record_of(past),
        basis=forecast.basis,
        curves=forecast.curves.summary(grid),
        evidence=forecast.curves.evidence,
        vendor=plan.vendors[prices.vendor].name,
        warnings=(*forecast.warnings, *_warnings(prices)),
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


def _price_actions(
    plan: Plan, log: CampaignLog, forecast: CampaignForecast, target: float
) -> tuple[status.SunkCosts, ActionPrices]:
    """Say what is spent, and price going on; the vendor is the log's, or the cheapest for going on as before."""
    candidates = plan.comparable_vendors if log.vendor is None else (plan.vendor_index(log.vendor),)

    def with_vendor(vendor: int) -> tuple[status.SunkCosts, ActionPrices]:
        sunk, left = _sunk(plan, log, forecast, vendor)
        return sunk, ActionPrices(plan, forecast, log, target, left, vendor)

    def mean_usd(vendor: int) -> float:
        prices = with_vendor(vendor)[1]
        return float(prices.spent(log.strategy, prices.more(log.strategy)[0]).mean())

    return with_vendor(candidates[0] if len(candidates) == 1 else min(candidates, key=mean_usd))


def _sunk(
    plan: Plan, log: CampaignLog, forecast: CampaignForecast, vendor: int
) -> tuple[status.SunkCosts, Floats | None]:
    """Give what is spent, and what is left of the budget in every draw."""
    first = np.minimum(forecast.values[paths.INITIAL_LABELS], log.labels)
    values = {**forecast.values, paths.INITIAL_LABELS: first}
    bill = price_plan(plan, values, vendor, np.array([log.paid]), active=log.active)
    spent = bill.total_usd if log.spent_usd is None else np.array([log.spent_usd])
    budget = plan.task.budget_usd
    left = None if budget is None else np.maximum(forecast.values[paths.BUDGET_USD] - spent, 0.0)
    return status.SunkCosts(float(spent.mean()), log.spent_usd is not None, log.active), left


def _next_round(plan: Plan, prices: ActionPrices) -> status.NextRound | None:
    labels, usd, gain = prices.one_round()
    if not labels.any():
        return None
    point = plan.task.value_per_point_usd
    worth = None if point is None else float((100.0 * prices.forecast.values[paths.VALUE_PER_POINT_USD] * gain).mean())
    return status.NextRound(float(np.mean(labels)), float(gain.mean()), float(usd.mean()), worth)


def _net_usd(actions: Mapping[str, Action], worth: Mapping[str, Floats]) -> dict[str, float] | None:
    """Give the mean worth less cost of each action where some way gets there; None where none ever does."""
    possible = reachable(actions)
    net = {name: _mean_where(worth[name] - action.usd, possible) for name, action in actions.items()}
    return {name: usd for name, usd in net.items() if usd is not None} or None


def _ask_rule(
    plan: Plan, log: CampaignLog, sunk: status.SunkCosts, p_reached: float, ahead: status.NextRound | None
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


def _side_arm(prices: ActionPrices, actions: Mapping[str, Action], seed: int) -> tuple[SideArm | None, str | None]:
    """Value measuring the cheapest strategy that the log does not tell of; or say why that is not valued."""
    log = prices.log
    if prices.forecast.basis == "evidence alone":
        return None, "the log does not tell of its own strategy yet"
    measured = {
        log.strategy,
        *prices.curves.evidence["why"].iloc[0].removeprefix("your own measurements: ").split(", "),
    }
    unknown = [name for name in actions if log.counts(name) < MIN_ANCHORS and name not in measured]
    if not unknown:
        return None, "every strategy is measured already"
    name = min(unknown, key=lambda name: float(actions[name].usd.mean()))
    arm = side_arm(prices, -comparable_usd(actions).T, name, seed=seed)
    return (arm, None) if arm is not None else (None, "the size of the test set is not known, or the log is too short")


def _outcomes(
    actions: Mapping[str, Action], current: str, there: Bools,
    worth: Mapping[str, Floats] | None, forecast: CampaignForecast,
) -> dict[str, status.ActionOutcome]:  # fmt: skip
    best = chances_best(actions, there, worth)
    possible = reachable(actions)
    outcomes = {
        action_key(name, current): status.ActionOutcome(
            strategy=name,
            labels=Interval.of(action.more, reached=action.reached),
            mean_usd=float(action.usd.mean()),
            cost_usd=Interval.of(action.usd),
            reachable_usd=_mean_where(action.usd, possible),
            lines_usd={line: float(usd.mean()) for line, usd in action.lines.items()},
            days=Interval.of(action.days, reached=action.reached),
            p_reaches=float(action.reached.mean()),
            p_best=best[name],
            net_usd=None if worth is None else _mean_where(worth[name] - action.usd, possible),
        )
        for name, action in actions.items()
    }
    missed = np.where(there, 0.0, forecast.values[paths.FAILURE_USD])
    nothing = Interval(0.0, 0.0, 0.0)
    outcomes["stop"] = status.ActionOutcome(
        strategy=None,
        labels=nothing if there.mean() > 0.5 else Interval(None, None, None),
        mean_usd=float(missed.mean()),
        cost_usd=Interval.of(missed),
        reachable_usd=_mean_where(np.broadcast_to(missed, there.shape), possible),
        lines_usd={"failure_usd": float(missed.mean())},
        days=nothing,
        p_reaches=float(there.mean()),
        p_best=best["stop"],
        net_usd=None if worth is None else _mean_where(-np.broadcast_to(missed, there.shape), possible),
    )
    return outcomes


def _mean_where(usd: Floats, where: Bools) -> float | None:
    return float(usd[where].mean()) if where.any() else None


def _warnings(prices: ActionPrices) -> list[str]:
    plan, log = prices.plan, prices.log
    tuned = warn_of_fine_tuning(plan, prices.curves)
    warnings = [*([tuned] if tuned else []), *quote_warnings(plan)]
    if log.vendor is None and len(plan.comparable_vendors) > 1:
        name = plan.vendors[prices.vendor].name
        warnings.append(
            f"Labels to come are priced by {name}, the cheapest for going on; a column 'vendor' in the log names the "
            "one in use."
        )
    if plan.calendar.deadline_days is not None and log.days is None:
        warnings.append(
            "The deadline counts from today: a column 'days' in the log says how long the campaign has run."
        )
    if plan.task.target is not None and not plan.task.target.fixed:
        warnings.append(f"The target is a range; its middle, {plan.task.target.median:.3g}, is aimed at.")
    return warnings
