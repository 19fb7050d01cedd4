"""What the curves rest on, in words: the data sets of a verdict, and how the shipped curves were recorded."""

from collections.abc import Callable, Mapping
from typing import Any

from planner.decision.verdict import Verdict
from planner.report import numbers as n
from planner.report.words_backtest import method_name, points

__all__ = ["evidence_rows", "evidence_sentence", "provenance_rows", "provenance_sentence", "score_rows"]


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
    """Say on how many data sets the curves rest, and which weighs most."""
    frame = verdict.evidence
    used = frame[frame["weight"] > 0]
    if used.empty:
        return "No data set stands behind the curves."
    most = used.sort_values("weight", kind="stable").iloc[-1]
    several = f"{len(used)} data sets" if len(used) > 1 else "1 data set"
    return (
        f"The curves rest on {several} of {len(frame)}; most weight has {n.plain(str(most['dataset']))} with "
        f"{n.share(float(most['weight']))}."
    )


def provenance_sentence(found: Mapping[str, Any]) -> str:
    """Say when, with what, and on which machine the shipped curves were recorded."""
    versions = ", ".join(f"{name} {version}" for name, version in found["versions"].items())
    return (
        f"The curves that ship with labelplan were recorded on {found['made_on']} by labelplan {found['labelplan']} on "
        f"one machine ({found['machine']}; {versions}): {n.count(found['rows'])} measured points of "
        f"{len(found['datasets'])} data sets. The command was: {found['command']}"
    )


def provenance_rows(found: Mapping[str, Any]) -> list[dict[str, str]]:
    """Give one row a recorded data set: what was run on it, and the licence of its data."""
    return [
        {
            "Data set": name,
            "Learners": ", ".join(one["learners"]),
            "Strategies": ", ".join(one["strategies"]),
            "Seeds": n.count(one["seeds"]),
            "Trajectories": n.count(one["trajectories"]),
            "Most labels": n.count(one["most_labels"]),
            "Licence of the data": one["licence"],
        }
        for name, one in found["datasets"].items()
    ]


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
