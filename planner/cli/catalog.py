"""`labelplan list`: the names that a grid file can hold."""

from typing import Annotated

import typer

from planner.cli.options import AsJson
from planner.cli.output import print_json
from planner.errors import InputError


def list_(
    what: Annotated[str, typer.Argument(metavar="strategies|learners|datasets|presets", help="What to list.")],
    as_json: AsJson = False,
) -> None:
    """List what can be simulated, and the vendors' quotes that can be taken as presets."""
    from planner.plan.vendors import presets
    from simulations import catalog

    listings = {
        "strategies": catalog.strategies,
        "learners": catalog.learners,
        "datasets": catalog.datasets,
        "presets": presets.rows,
    }
    if what not in listings:
        raise InputError(f"list: found '{what}'; allowed: {', '.join(listings)}")
    entries = listings[what]()
    if as_json:
        print_json(entries)
        return
    from planner.report.terminal import print_catalog

    print_catalog(entries)
