"""Lists what there is to name: strategies, learners, data sets, presets of vendors, and recorded curves."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from planner.plan import presets
from simulations import catalog
from simulations.errors import InputError, suggestion

if TYPE_CHECKING:
    from planner.evidence.library import Coverage

RECORDED = "recorded"
LISTINGS = {
    "strategies": catalog.strategies,
    "learners": catalog.learners,
    "datasets": catalog.datasets,
    "presets": presets.rows,
}


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
    from planner.evidence.library import coverage, recordings

    table = recorded_table()
    try:
        origin = provenance()
    except InputError as error:
        return coverage(table, None), [], [str(error)]
    return coverage(table, origin), recordings(origin), []


def check_options(names: Iterable[str], own: Iterable[str]) -> None:
    """Refuse an option that is neither random, nor in the plan file, nor a strategy that can be simulated.

    Args:
        names: of options, as given with `--labels`.
        own: the plan's strategies.

    Raises:
        InputError: a name is none of them; the nearest is suggested.
    """
    known = sorted({"random", *own, *(row["name"] for row in catalog.strategies())})
    for name in names:
        if name not in known:
            raise InputError(f"--labels: there is no plan '{name}'{suggestion(name, known)}")
