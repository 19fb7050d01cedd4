"""Opening a plan file together with the quotes that are named beside it."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
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
        from planner.plan.vendors.files import read_quotes

        plan = plan.with_quotes(read_quotes(file), where=str(file))
    for name in presets or ():
        from planner.plan.vendors.presets import preset

        plan = plan.with_quotes([preset(name).table()], where=f"--preset {name}")
    return plan
