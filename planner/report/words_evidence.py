"""What the curves rest on, in words: the data sets of a verdict, and how well their forecasts held."""

from collections.abc import Callable, Mapping
from typing import Any

from planner.decision.verdict import Verdict
from planner.report import numbers as n
from planner.report.words_backtest import method_name, points


def evidence_rows(verdict: Verdict) -> list[dict[str, str]]:
    """Give one row a source of curves: its weight, and why it has it."""
    return [
        {
            "Data set": n.plain(str(row["dataset"])),
            "Weight": n.share(float(row["weight"])),
            "Why": n.plain(str(row["why"])),
        }
        for row in verdict.evidence.to_dict(orient="records")
    ]


def evidence_sentence(verdict: Verdict) -> str:
    """Say on how many data sets the curves rest, and how much they weigh."""
    frame = verdict.evidence
    # A data set has a row for each learner it was recorded with.
    used = frame[frame["weight"] > 0].groupby("dataset", sort=False)["weight"].sum()
    if used.empty:
        return "No data set stands behind the curves."
    ranked = used.sort_values(kind="stable")
    several = f"{len(used)} data sets" if len(used) > 1 else "1 data set"
    rest = f"The curves rest on {several} of {frame['dataset'].nunique()}"
    if len(used) > 1 and n.share(float(ranked.iloc[0])) == n.share(float(ranked.iloc[-1])):
        return f"{rest}, of which each has {n.share(float(ranked.iloc[0]))} of the weight."
    return f"{rest}; most weight has {n.plain(str(ranked.index[-1]))} with {n.share(float(ranked.iloc[-1]))}."


def score_rows(result: Mapping[str, Any]) -> list[dict[str, str]]:
    """Give one row a method of a backtest: its error and how often its intervals held, each with its own interval.

    Args:
        result: `Backtest.to_dict()`; the intervals are over data sets.
    """
    return [
        {
            "Method": method_name(str(record["method"])),
            "Off by (points)": _estimate(record["absolute_error"], points),
            "80% intervals held": _estimate(record["coverage80"], n.share),
            "90% intervals held": _estimate(record["coverage90"], n.share),
        }
        for record in result["overall"]["methods"]
    ]


def _estimate(found: Mapping[str, Any] | None, write: Callable[[float], str]) -> str:
    """Write a mean with its 80% interval over data sets."""
    if found is None:
        return "gives none"
    if found["q10"] is None:
        return f"{write(found['mean'])} (one data set: no interval)"
    low, high = (min(max(found[end], 0.0), 1.0) for end in ("q10", "q90"))
    return f"{write(found['mean'])} ({write(low)} to {write(high)})"
