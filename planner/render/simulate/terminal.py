"""Runs and previews of the simulator in lines for the terminal."""

from pathlib import Path
from typing import Any

from planner.render.simulate.words import duration_words, ended_words, low_budget_words
from planner.render.terminal import print_warnings


def print_run(summary: Any, store: Path) -> None:
    """Print what a run of the simulator did: `summary` is its `RunSummary`."""
    print(
        f"{summary.done} of {summary.total} trajectories simulated in {summary.seconds:,.0f} s, "
        f"{summary.stored} were in {store} already"
    )
    if summary.unconverged:
        print(f"Warning: {summary.unconverged} trajectories hold a training that did not converge")
    print_warnings(ended_words(summary.ended))
    print_warnings(low_budget_words(summary.low_budgets))
    print_warnings(summary.failed)
    if summary.remaining:
        first = "" if summary.interrupted or not summary.failed else "mend what the warnings tell of and "
        print(f"{summary.remaining} are still missing; {first}run the same command again to go on")


def print_preview(preview: Any) -> None:
    """Print what a run of the simulator would do: `preview` is its `Estimate`."""
    print(f"{preview.trajectories:,} trajectories, {preview.stored:,} stored, {preview.to_run:,} to run")
    how = "roughly, by the size of the data alone" if preview.rough else "judged by those that are stored"
    took = f"{duration_words(preview.seconds)} ({how})" if preview.to_run else "none"
    print(f"{preview.fits:,} trainings; processor time: {took}")
    print_warnings(low_budget_words(preview.low_budgets))
