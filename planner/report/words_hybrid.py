"""Hybrid labelling in words: the whole pool labelled, people the doubtful items and the model the rest."""

from functools import partial

from planner.decision.hybrid.outcome import HybridOutcome
from planner.decision.verdict import Interval, Verdict
from planner.report import numbers as n
from planner.report.names import plan_name


def hybrid_sentence(verdict: Verdict) -> str | None:
    """Say whether people and the model together label the whole pool for less than people alone; None if not asked."""
    if not verdict.hybrid:
        return None
    best = _best(verdict)
    goal = f"To have all {best.items:,} items labelled"
    alone = n.about(best.all_human_usd, verdict.currency)
    if best.use == "all_human":
        loss = n.about(None if best.saving_usd.q50 is None else -best.saving_usd.q50, verdict.currency)
        return f"{goal}, let people label everything, for {alone}: the best mix with the model costs {loss} more."
    return (
        f"{goal}, let people label {_count(best.people_labels)} of them and the model the rest, which "
        f"it is sure of: {n.about(best.total_usd.q50, verdict.currency)} against {alone} by people "
        f"alone, cheaper in {n.share(best.p_cheaper)} of {'seeds' if _measured(best) else 'futures'}. Its first "
        f"{best.labels:,} labels are picked by {plan_name(best.strategy)}."
    )


def hybrid_rows(verdict: Verdict) -> list[dict[str, str]]:
    """Give one row a strategy that picks people's items, and one for people alone."""
    if not verdict.hybrid:
        return []
    money = verdict.currency
    rows = [
        {
            "Picks by": plan_name(one.strategy),
            "First labels": f"{one.labels:,}",
            "Labels by people": _count(one.people_labels),
            "Model's share": _share(one.machine_share),
            "Errors, at most": n.percent(one.error_bound.q90) if one.error_bound.q90 is not None else "",
            "Cost": _range(one.total_usd, money),
            "Cheaper in": n.share(one.p_cheaper),
        }
        for one in verdict.hybrid.values()
    ]
    any_one = next(iter(verdict.hybrid.values()))
    alone = {"Picks by": "people alone", "Labels by people": f"{any_one.items:,}"}
    return [*rows, dict.fromkeys(rows[0], "") | alone | {"Cost": n.about(any_one.all_human_usd, money)}]


def _best(verdict: Verdict) -> HybridOutcome:
    return min(verdict.hybrid.values(), key=lambda one: float(one.runs["total_usd"].mean()))


def _measured(one: HybridOutcome) -> bool:
    return "seed" in one.runs


def _count(interval: Interval) -> str:
    low, middle, high = (f"{round(end or 0):,}" for end in (interval.q10, interval.q50, interval.q90))
    return middle if low == high else f"{middle} ({low} to {high})"


def _share(interval: Interval) -> str:
    low, middle, high = (n.share(end or 0) for end in (interval.q10, interval.q50, interval.q90))
    return middle if low == high else f"{middle} ({low} to {high})"


def _range(interval: Interval, currency: str) -> str:
    return n.spread(interval, partial(n.about, currency=currency))
