"""`labelplan dashboard`: starts the dashboard's server on this machine."""

from pathlib import Path
from typing import Annotated

import typer

from planner.cli.output import OwnStore
from simulations.errors import InputError


def dashboard(
    port: Annotated[int, typer.Option(min=1, max=65_535, help="Port on localhost.")] = 8501,
    plan: Annotated[Path | None, typer.Option(help="Open with this plan file.")] = None,
    store: OwnStore = None,
) -> None:
    """Open the dashboard in a browser."""
    from planner.app.dashboard_server import launch

    if plan is not None:
        from planner.plan import load_plan

        load_plan(plan)  # a fault is told here, before a server starts
    if store is not None and not store.is_dir():
        raise InputError(f"--store {store}: there is no such folder; 'labelplan simulate' makes one")
    raise typer.Exit(launch(port, plan, store))
