"""What can be named in a grid file, as rows for `labelplan list`; nothing heavy is imported or loaded."""

from collections.abc import Iterable

from simulations.datasets import DATASETS, DatasetEntry
from simulations.learners import LEARNERS, LearnerEntry
from simulations.strategies import STRATEGIES, Strategy
from simulations.strategies.view import NEEDS


def strategies() -> list[dict[str, str]]:
    """List the query strategies."""
    return _entry_rows(STRATEGIES.values())


def learners() -> list[dict[str, str]]:
    """List the learners."""
    return _entry_rows(LEARNERS.values())


def datasets() -> list[dict[str, str]]:
    """List the data sets, each with its licence."""
    return [{**row, "licence": DATASETS[row["name"]].licence} for row in _entry_rows(DATASETS.values())]


def _entry_rows(entries: Iterable[Strategy | LearnerEntry | DatasetEntry]) -> list[dict[str, str]]:
    return [
        {"name": e.name, "family": e.family, "paper": e.paper, "needs": _needs_in_words(e), "summary": e.summary}
        for e in entries
    ]


def _needs_in_words(entry: Strategy | LearnerEntry | DatasetEntry) -> str:
    if not isinstance(entry, Strategy):
        return entry.needs
    return ", ".join(need for need in NEEDS if need in entry.needs) or "nothing"
