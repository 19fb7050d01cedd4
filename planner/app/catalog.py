"""Lists what there is to name: strategies, learners, data sets, presets of vendors, and recorded curves.

No learner, data set or table of curves is loaded.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from planner.plan import presets
from simulations.datasets import DATASETS, DatasetEntry
from simulations.errors import InputError, suggestion
from simulations.learners import LEARNERS, LearnerEntry
from simulations.strategies import STRATEGIES, Strategy
from simulations.strategies.view import NEEDS

if TYPE_CHECKING:
    from planner.evidence.library import Coverage

RECORDED = "recorded"


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


LISTINGS = {"strategies": strategies, "learners": learners, "datasets": datasets, "presets": presets.rows}


def listing(what: str) -> list[dict[str, str]]:
    """List one kind, a row each.

    Raises:
        InputError: there is no such kind.
    """
    if what not in LISTINGS:
        raise InputError(f"list: found '{what}'; allowed: {', '.join([*LISTINGS, RECORDED])}")
    return LISTINGS[what]()


def recorded_curves() -> "tuple[list[Coverage], list[dict[str, Any]], list[str]]":
    """Tell what the recorded library holds, how it was recorded, and warnings: it is listed without its origin too.

    Raises:
        InputError: the installation has none, or it cannot be read.
    """
    from planner.evidence import provenance, recorded_table  # names alone need no tables
    from planner.evidence.library import coverage

    table = recorded_table()
    try:
        origin = provenance()
    except InputError as error:
        return coverage(table, None), [], [str(error)]
    return coverage(table, origin), origin["recordings"], []


def check_options(names: Iterable[str], own: Iterable[str]) -> None:
    """Refuse an option that is neither random, nor in the plan file, nor a strategy that can be simulated.

    Args:
        names: of options, as given with `--labels`.
        own: the plan's strategies.

    Raises:
        InputError: a name is none of them; the nearest is suggested.
    """
    known = sorted({"random", *own, *(row["name"] for row in strategies())})
    for name in names:
        if name not in known:
            raise InputError(f"--labels: there is no plan '{name}'{suggestion(name, known)}")
