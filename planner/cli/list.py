"""`labelplan list`: names that a grid file can hold, vendors' presets, and recorded curves."""

from dataclasses import asdict
from typing import Annotated

import typer

from planner.cli.output import AsJson, print_answer, print_json, print_warnings


def list_(
    what: Annotated[str, typer.Argument(metavar="strategies|learners|datasets|presets|recorded", help="What to list.")],
    as_json: AsJson = False,
) -> None:
    """List what can be simulated, the vendors' quotes that can be taken as presets, and the curves recorded."""
    from planner.app import catalog

    if what != catalog.RECORDED:
        from planner.render.terminal import print_catalog

        rows = catalog.listing(what)
        print_answer(rows, lambda: print_catalog(rows), as_json=as_json)
        return
    curves, recordings, warnings = catalog.recorded_curves()
    print_warnings(warnings)
    if as_json:
        print_json({"curves": [asdict(row) for row in curves], "recordings": recordings})
        return
    from planner.render.evidence.recorded import print_coverage

    print_coverage(curves, recordings)
