"""Open a plan file together with the quotes that are named beside it."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from planner.plan import Plan, load_plan
from planner.plan.presets import preset
from planner.plan.quote_files import read_quotes


def open_plan(path: Path, quotes: Sequence[Path] | None = None, presets: Sequence[str] | None = None) -> Plan:
    """Read a plan file and put more quotes beside its own: those of CSV or JSON files, and presets by name.

    Raises:
        InputError: a file cannot be read, or holds something that is not allowed; there is no price of a label.
    """
    plan = load_plan(path)
    for file in quotes or ():
        plan = plan.with_quotes(read_quotes(file), where=str(file))
    plan = with_presets(plan, presets or ())
    plan.check_prices(str(path))
    return plan


def with_presets(plan: Plan, names: Iterable[str]) -> Plan:
    """Put preset quotes beside a plan's own.

    Raises:
        InputError: there is no such preset.
    """
    for name in names:
        plan = plan.with_quotes([preset(name).table()], where=f"--preset {name}")
    return plan


def with_seconds(plan: Plan, *, base: Path, store: Path | None = None) -> tuple[Plan, str | None]:
    """Give a plan whose seconds are known: measured on its curves where it asks for that, and a sentence that says so.

    Its paths are read against the folder `base`; `store` takes the place of its `[evidence] store`.

    Raises:
        InputError: the curves carry no seconds.
    """
    if plan.compute.seconds_from == "plan":
        return plan, None
    # A bill at given label counts needs no curves, and answers before they are loaded.
    from planner.app.answers import plan_curves
    from planner.decision.load_curves import with_measured_seconds

    return with_measured_seconds(plan, plan_curves(plan, base=base, store=store)[0])
