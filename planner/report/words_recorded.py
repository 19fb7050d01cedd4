"""What is said of the recorded library and of recorded results: what is there, and where it comes from."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from planner.evidence.coverage import Coverage
from planner.report import numbers as n

_UNTOLD = "not told"


def coverage_rows(found: Sequence[Coverage], *, licences: bool = False) -> list[dict[str, str]]:
    """Give one row a data set and learner; strategies are counted, see `strategy_sentences`.

    Args:
        found: what is recorded.
        licences: whether each row ends with the licence of the data, else see `licence_rows`.
    """
    return [
        {
            "Data set": n.plain(one.dataset),
            "Learner": n.plain(one.learner),
            "Strategies": n.count(len(one.strategies)),
            "Initial set": _counts(one.initial_sizes),
            "Batch": _counts(one.batch_sizes),
            "Last count": n.count(one.last_labels),
            "Pool": n.count(one.pool_size),
            "Seeds": n.count(one.seeds),
            "Campaigns": n.count(one.campaigns),
            "Recording": ", ".join(str(place + 1) for place in one.recorded) or _UNTOLD,
            **({"Licence of the data": _licence(one.licence)} if licences else {}),
        }
        for one in found
    ]


def strategy_sentences(found: Sequence[Coverage]) -> list[str]:
    """Name the strategies: those of most rows, and those of each row that has others."""
    if not found:
        return []
    usual = Counter(one.strategies for one in found).most_common(1)[0][0]
    told = [f"Strategies: {', '.join(usual)}."]
    return told + [
        f"Strategies of {n.plain(one.dataset)} with {n.plain(one.learner)}: {', '.join(one.strategies)}."
        for one in found
        if one.strategies != usual
    ]


def recording_sentences(made: Sequence[Mapping[str, Any]]) -> list[str]:
    """Say of each recording when, with what, on which machine and by which command it was made."""
    return [
        f"Recording {place}: recorded on {one['made_on']} by labelplan {one['labelplan']} on {one['machine']} "
        f"({', '.join(f'{name} {version}' for name, version in one['versions'].items())}), "
        f"{n.count(one['rows'])} measured points: {n.plain(one['command'])}"
        for place, one in enumerate(made, 1)
    ]


def results_source(found: Mapping[str, Any]) -> str:
    """Say when, with what and on how many points recorded results were computed."""
    versions = ", ".join(f"{name} {version}" for name, version in found["versions"].items())
    return n.plain(
        f"Recorded on {found['made_on']} by labelplan {found['labelplan']}: {n.count(found['rows'])} measured points "
        f"({found['machine']}; {versions}). The command was: {found['command']}"
    )


def licence_rows(found: Sequence[Coverage]) -> list[dict[str, str]]:
    """Give one row a data set: the licence of its data."""
    licences = {one.dataset: one.licence for one in found}
    return [{"Data set": n.plain(name), "Licence of the data": _licence(one)} for name, one in licences.items()]


def _licence(told: str | None) -> str:
    return _UNTOLD if told is None else n.plain(told)


def _counts(numbers: Sequence[int]) -> str:
    return ", ".join(map(n.count, numbers))
