"""Lists what there is to name: strategies, learners, data sets, presets of vendors, and recorded curves.

No learner, data set or table of curves is loaded; plug-ins of other packages are imported to be listed.
"""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from planner.plan import presets
from simulations.datasets import DATASETS, DatasetEntry
from simulations.errors import InputError, suggestion
from simulations.learners import LEARNERS, LearnerEntry
from simulations.plugins import OWN, Registry
from simulations.strategies import STRATEGIES, Strategy
from simulations.strategies.view import NEEDS

if TYPE_CHECKING:
    from planner.evidence import Coverage, PublishedCoverage

RECORDED = "recorded"


def _entry_row(entry: Strategy | LearnerEntry | DatasetEntry) -> dict[str, str]:
    if isinstance(entry, Strategy):
        needs = ", ".join(need for need in NEEDS if need in entry.needs) or "nothing"
    else:
        needs = entry.needs
    row = {"name": entry.name, "family": entry.family, "paper": entry.paper, "needs": needs, "summary": entry.summary}
    return row | ({"licence": entry.licence} if isinstance(entry, DatasetEntry) else {})


REGISTRIES: dict[str, Registry[Any]] = {"strategies": STRATEGIES, "learners": LEARNERS, "datasets": DATASETS}
LISTINGS = (*REGISTRIES, "presets")


def listing(what: str) -> list[dict[str, str]]:
    """List one kind, a row each.

    Raises:
        InputError: there is no such kind.
    """
    if what not in LISTINGS:
        raise InputError(f"list: found '{what}'; allowed: {', '.join([*LISTINGS, RECORDED])}")
    if what == "presets":
        return presets.rows()
    registry = REGISTRIES[what]
    return [_entry_row(entry) | {"package": registry.package_of(name)} for name, entry in registry.usable().items()]


def plugins_line(rows: Iterable[Mapping[str, str]]) -> str | None:
    """Say which rows of a listing are from other packages; None where none is."""
    plugins = [f"{row['name']} ({row['package']})" for row in rows if row.get("package", OWN) != OWN]
    return f"From other packages: {', '.join(plugins)}." if plugins else None


def plugin_faults(what: str) -> list[str]:
    """Say of every plug-in of a kind that cannot be used why."""
    return REGISTRIES[what].faults() if what in REGISTRIES else []


def recorded_curves() -> "tuple[list[Coverage], list[dict[str, Any]], list[str]]":
    """Tell what the recorded library holds, how it was recorded, and warnings: it is listed without its origin too.

    Raises:
        InputError: the installation has none, or it cannot be read.
    """
    from planner.evidence import coverage, provenance, recorded_table  # names alone need no tables

    table = recorded_table()
    try:
        origin = provenance()
    except InputError as error:
        return coverage(table, None), [], [str(error)]
    return coverage(table, origin), origin["recordings"], []


def published_curves() -> "tuple[list[PublishedCoverage], dict[str, Any], list[str]]":
    """Tell which curves of others ship, each source by name, and a warning where they cannot be read."""
    from planner.evidence import published_coverage, published_curves, published_sources

    try:
        origin = published_sources()
        return published_coverage(published_curves(), origin), origin["sources"], []
    except InputError as error:
        return [], {}, [str(error)]


def check_options(names: Iterable[str], own: Iterable[str]) -> None:
    """Refuse a name given with `--labels` that is neither random, nor the plan's `own`, nor a strategy to simulate.

    Raises:
        InputError: a name is none of them; the nearest is suggested.
    """
    own = {"random", *own, *STRATEGIES}
    for name in names:
        if name not in own and name not in STRATEGIES.names():
            known = sorted({*own, *STRATEGIES.names()})
            raise InputError(f"--labels: there is no plan '{name}'{suggestion(name, known)}")
