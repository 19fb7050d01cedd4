"""`labelplan list`: names that a grid file can hold, vendors' presets, and recorded curves."""

from dataclasses import asdict
from typing import Annotated

import typer

from planner.cli.output import AsJson, print_json, print_warnings
from simulations.errors import InputError

RECORDED = "recorded"


def list_(
    what: Annotated[str, typer.Argument(metavar="strategies|learners|datasets|presets|recorded", help="What to list.")],
    as_json: AsJson = False,
) -> None:
    """List what can be simulated, the vendors' quotes that can be taken as presets, and the curves recorded."""
    from planner.plan import presets
    from simulations import catalog

    listings = {
        "strategies": catalog.strategies,
        "learners": catalog.learners,
        "datasets": catalog.datasets,
        "presets": presets.rows,
    }
    if what == RECORDED:
        _recorded(as_json=as_json)
        return
    if what not in listings:
        raise InputError(f"list: found '{what}'; allowed: {', '.join([*listings, RECORDED])}")
    entries = listings[what]()
    if as_json:
        print_json(entries)
        return
    from planner.render.terminal import print_catalog

    print_catalog(entries)


def _recorded(*, as_json: bool) -> None:
    """Tell what the recorded library holds; it is listed without its origin where nothing tells it."""
    from planner.evidence import provenance, recorded_table
    from planner.evidence.coverage import coverage
    from planner.evidence.library import recordings

    table = recorded_table()
    try:
        said = provenance()
    except InputError as error:
        print_warnings([str(error)])
        said = None
    found, made = coverage(table, said), [] if said is None else recordings(said)
    if as_json:
        print_json({"curves": [asdict(one) for one in found], "recordings": made})
        return
    from planner.render.evidence.recorded import print_coverage

    print_coverage(found, made)
