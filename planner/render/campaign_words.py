"""A campaign under way in words."""

from itertools import groupby

import numpy as np

from planner.campaign.status import DATA_SETS, REACHED, REACHES, CampaignStatus, backtest_bin
from planner.decision.state import Interval
from planner.render import numbers as n
from planner.render.terminal import print_rows, print_warnings, print_wrapped

NO_PILOT_REASONS = ("rule", "reached", "nothing left", "unreachable")  # where no pilot would change what to do
REASONS = {  # where the advice is not the cheapest way to the target
    "rule": "The plan's stopping rule says stop: {rule}.",
    "reached": "Stop, as the target is likely to be reached already; more labels would be bought to be surer of it.",
    "nothing left": "Nothing is left to buy: the pool is labelled, or the budget has no room for another label.",
    "unreachable": "Even the best way reaches the target with a chance of {chance} within pool and budget: stop, or "
    "lower the target.",
    "not worth it": "Neither the way to the target nor the next round is worth its price: stop, or lower the target.",
    "pilot pays": "Which way is the cheaper one is open, and measuring it is worth more than it costs.",
}
FEW_FORECASTS = 10  # forecasts of the next round, below which their count says little


def headline(status: CampaignStatus) -> str:
    """Give the advice as a title."""
    if status.action == "pilot" and status.side_arm is not None:
        return f"Measure {n.plan_name(status.side_arm.strategy)} first"
    return action_name(status.action, status.strategy)


def action_name(action: str, strategy: str) -> str:
    """Name an action.

    >>> action_name("switch_to_random", "margin"), action_name("continue", "margin"), action_name("stop", "margin")
    ('Switch to random', 'Go on with margin', 'Stop')
    """
    if action == "continue":
        return f"Go on with {n.plan_name(strategy)}"
    return "Stop" if action == "stop" else f"Switch to {n.plan_name(action.removeprefix('switch_to_'))}"


def sentences(status: CampaignStatus) -> list[str]:
    """Say where the campaign stands, why the advice is what it is, what is sunk, and what a next round is worth."""
    parts = (
        _standing_sentence,
        _reason_sentence,
        _unreached_sentence,
        _backtest_sentence,
        _next_round_sentence,
        _pilot_sentence,
        _sunk_sentence,
    )
    return [sentence for part in parts if (sentence := part(status))]


def action_rows(status: CampaignStatus) -> list[dict[str, str]]:
    """Give one row an action: labels and money from now on, and its chances."""
    rows = []
    for name, one in status.actions.items():
        stop = name == "stop"
        row = {
            "From now on": action_name(name, status.strategy),
            "Labels still needed": "" if stop else _if_reached(one.labels, n.spread(one.labels, n.labels)),
            "Money still to pay": _money_words(one.mean_usd if stop else one.reachable_usd, status),
            "Days": "" if stop else _if_reached(one.days, n.days(one.days.q50)),
            "Reaches the target": n.share(one.p_reaches),
            "Best with a chance of": n.share(one.p_best),
        }
        if one.net_usd is not None:
            row["Worth less cost"] = _money_words(one.net_usd, status)
        rows.append(row)
    return rows


def past_sentence(status: CampaignStatus) -> str:
    """Say how past forecasts did, and how much that tells."""
    record = status.record
    if record is None:
        return "How past forecasts did: not to be said yet, as that takes five label counts of one strategy."
    few = "few, and" if record.next_forecasts < FEW_FORECASTS else "not independent:"
    return (
        f"How past forecasts did: {record.inside} of {record.forecasts} later measurements lay in their 80% range, "
        f"and the forecasts were off by {_point_words(record.mean_absolute_error)} on average; of the "
        f"{record.next_forecasts} forecasts of the very next round, {record.next_inside} held. These are {few} they "
        "overlap, since each stage forecasts the same later rounds again."
    )


def past_rows(status: CampaignStatus) -> list[dict[str, str]]:
    """Give one row a stage: what was known, what it forecast for the next round, and how all its forecasts did."""
    rows = []
    for _, stage in groupby(status.past, key=lambda one: (one.strategy, one.rounds)):
        forecasts = list(stage)
        first = forecasts[0]
        error = float(np.mean([abs(one.q50 - one.measured) for one in forecasts]))
        row = {
            "Known": f"{n.plan_name(first.strategy)}, {first.rounds} to {n.count(first.known_labels)} labels",
            "Next round": f"{n.count(first.labels)} labels",
            "Forecast (80% range)": n.percent_spread(first.q10, first.q50, first.q90),
            "Measured": n.percent(first.measured) + ("" if first.inside else " (outside)"),
            "Later rounds in range": f"{sum(one.inside for one in forecasts)} of {len(forecasts)}",
            "Off by": _point_words(error),
        }
        rows.append(row)
    return rows


def _standing_sentence(status: CampaignStatus) -> str:
    rounds = f"{status.rounds} label count{'s' if status.rounds != 1 else ''}"
    return (
        f"{n.capital(n.plan_name(status.strategy))}: {n.count(status.labels)} labels in hand, measured at {rounds}, "
        f"the last {n.percent(status.value)} {n.metric_name(status.metric)}; the target is {n.percent(status.target)}, "
        f"reached already with a chance of {n.share(status.p_reached)}."
    )


def _reason_sentence(status: CampaignStatus) -> str:
    if status.reason not in REASONS:
        return _comparison_sentence(status)
    return REASONS[status.reason].format(rule=status.why_rule, chance=n.share(status.p_reaches))


def _comparison_sentence(status: CampaignStatus) -> str:
    chosen = status.actions[status.action]
    others = [
        f"{_money_words(one.reachable_usd, status)} by {n.plan_name(one.strategy or '')}"
        for name, one in status.actions.items()
        if name not in (status.action, "stop")
    ]
    stop = status.actions["stop"]
    sooner = (
        f" To stop would be right with a chance of {n.share(stop.p_best)}, but that the target is reached already is "
        "not sure enough."
        if stop.p_best > chosen.p_best
        else ""
    )
    cost = _money_words(chosen.reachable_usd, status)
    return (
        f"To the target it costs {cost} more on average, against {n.join_names(others)}, in the futures in which some "
        f"way gets there; it is the best thing to do with a chance of {n.share(chosen.p_best)}.{sooner}"
    )


def _unreached_sentence(status: CampaignStatus) -> str | None:
    """Say in how many futures nothing reaches the target, which the comparison leaves out."""
    reach = max(one.p_reaches for one in status.actions.values())
    if reach == 1.0 or status.action == "stop":
        return None
    return (
        f"In {n.share(1.0 - reach)} of futures no way reaches it, as far as can be forecast; they are not in that "
        "average, as nobody labels all there is in vain. Stop when the chance to reach it has become too small."
    )


def _backtest_sentence(status: CampaignStatus) -> str:
    """Say how often chances like these came true, as a chance alone sounds surer than it is."""
    reached, reaches = backtest_bin(REACHED, status.p_reached), backtest_bin(REACHES, status.p_reaches)
    spans = [f"{round(100 * one.low)} to {round(100 * one.high)}%" for one in (reached, reaches)]
    return (
        f"How far to believe such chances: in a backtest on {DATA_SETS} recorded data sets the target was reached "
        f"already in {n.share(reached.happened)} of {reached.answers:,} answers that gave this {spans[0]}, "
        f"and was in reach of the pool in {n.share(reaches.happened)} of {reaches.answers:,} that gave that "
        f"{spans[1]}."
    )


def _next_round_sentence(status: CampaignStatus) -> str | None:
    ahead = status.next_round
    if ahead is None:
        return None
    text = (
        f"The next {n.count(ahead.labels)} labels are expected to add {_point_words(ahead.gain)} for "
        f"{_money_words(ahead.price_usd, status)}"
    )
    if ahead.worth_usd is None:
        return f"{text}."
    verb = "is worth it" if ahead.pays else "is not worth its price"
    return f"{text}, and are worth {_money_words(ahead.worth_usd, status)}: by itself the next round {verb}."


def _pilot_sentence(status: CampaignStatus) -> str | None:
    arm = status.side_arm
    if arm is None or status.reason in NO_PILOT_REASONS:
        return None
    worth, cost = (_money_words(usd[arm.best], status) for usd in (arm.evsi_usd, arm.cost_usd))
    size = n.count(arm.labels[arm.best])
    what = f"measuring {n.plan_name(arm.strategy)} on {size} labels of its own, from the first set on,"
    if arm.pays:
        return f"{n.capital(what)} is worth {worth} by the better choice after it, and costs about {cost}."
    return (
        f"No pilot pays: {what} is worth {worth} and costs about {cost}; even knowing every curve exactly would be "
        f"worth {_money_words(status.evpi_usd, status)} (± {_money_words(status.evpi_se_usd, status)})."
    )


def _sunk_sentence(status: CampaignStatus) -> str:
    source = "by the log" if status.sunk.from_log else "by the plan's prices"
    built = "; active learning is built, and nothing here pays for it again" if status.sunk.engineering_built else ""
    return f"Spent and not counted: {n.money(status.sunk.usd, status.currency)} {source}{built}."


def _if_reached(interval: Interval, words: str) -> str:
    return "rarely reached" if interval.q50 is None else words


def _money_words(usd: float | None, status: CampaignStatus) -> str:
    return "no future gets there" if usd is None else n.about(usd, status.currency)


def _point_words(fraction: float) -> str:
    text = f"{100 * fraction:.1f}" if fraction >= 0.0095 else f"{100 * fraction:.2f}"
    return f"{text} points"


def print_status(status: CampaignStatus) -> None:
    """Print what to do, why, what each way costs from now on, and how past forecasts did."""
    print(headline(status))
    for sentence in sentences(status):
        print_wrapped(sentence)
    print_rows(action_rows(status))
    print_wrapped(past_sentence(status))
    print_rows(past_rows(status))
    print_warnings(status.warnings)
