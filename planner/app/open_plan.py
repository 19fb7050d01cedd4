"""Open a plan file together with the quotes that are named beside it."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from planner.decision.buying import Buying
    from planner.plan import Plan


def open_plan(path: Path, quotes: Sequence[Path] | None = None, presets: Sequence[str] | None = None) -> "Plan":
    """Read a plan file and put more quotes beside its own.

    Args:
        path: the plan file.
        quotes: CSV or JSON files of quotes.
        presets: names of presets.

    Raises:
        InputError: a file cannot be read, or holds something that is not allowed.
    """
    from planner.plan import load_plan

    plan = load_plan(path)
    for file in quotes or ():
        from planner.plan.quote_files import read_quotes

        plan = plan.with_quotes(read_quotes(file), where=str(file))
    for name in presets or ():
        from planner.plan.presets import preset

        plan = plan.with_quotes([preset(name).table()], where=f"--preset {name}")
    return plan


def preset_quote(name: str) -> str:
    """Give a preset as a `[[vendors]]` table with its comments.

    Raises:
        InputError: there is no such preset.
    """
    from planner.plan.presets import preset

    return preset(name).quote


def with_seconds(plan: "Plan", *, base: Path, store: Path | None = None) -> "Plan":
    """Give a plan whose seconds are known: measured on its curves where it asks for that, and said so.

    Args:
        plan: the plan.
        base: folder against which its paths are read.
        store: takes the place of the plan's `[evidence] store`.

    Raises:
        InputError: the curves carry no seconds.
    """
    if plan.compute.seconds_from == "plan":
        return plan
    from planner.app.answers import plan_curves
    from planner.cli.output import print_warnings
    from planner.decision.load_curves import with_measured_seconds

    measured, sentence = with_measured_seconds(plan, plan_curves(plan, base=base, store=store)[0])
    print_warnings([sentence] if sentence else [])
    return measured


def compare(plan: "Plan", *, base: Path, store: Path | None, n_draws: int, seed: int) -> "Buying":
    """Compare a plan's quotes at what its plans are forecast to need, as the verdict does.

    Args:
        plan: the plan.
        base: folder against which its paths are read.
        store: takes the place of the plan's `[evidence] store`.
        n_draws: joint draws.
        seed: seed of the draws.

    Raises:
        InputError: the plan or its evidence cannot be used.
    """
    from planner.app.answers import plan_curves
    from planner.decision.buying import buy

    simulated, warnings = plan_curves(plan, base=base, store=store)
    found = buy(plan, n_draws=n_draws, seed=seed, base=base, simulated=simulated)
    return found.with_warnings(warnings)
