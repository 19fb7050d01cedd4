"""What the dashboard was started with; the only place from which a plan may name files."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from planner.dashboard.state.parsed import parsed
from planner.plan import Plan, load_plan, template


@dataclass(frozen=True)
class Start:
    """What the dashboard was started with: a plan, the folder its files are beside, and a store of simulations."""

    plan: Plan
    base: Path
    store: Path | None

    def stamp(self) -> float:
        """Give a number that changes when the files behind the curves do, so that no old answer is shown."""
        store = self.store or _beside(self.base, self.plan.evidence.store)
        pilot = _beside(self.base, self.plan.evidence.pilot)
        folders = [store, *store.iterdir()] if store is not None and store.is_dir() else []
        seen = [path for path in (*folders, pilot) if path is not None and path.exists()]
        return max((path.stat().st_mtime for path in seen), default=0.0)


def started(env: Mapping[str, str] = os.environ) -> Start:
    """Read what the dashboard was started with; without a plan, the one that `labelplan init` writes.

    Raises:
        InputError: the plan file cannot be used.
    """
    path = Path(env["LABELPLAN_PLAN"]) if env.get("LABELPLAN_PLAN") else None
    store = Path(env["LABELPLAN_STORE"]) if env.get("LABELPLAN_STORE") else None
    plan = load_plan(path) if path else parsed(template(), "the default plan")
    return Start(plan, path.parent if path else Path.cwd(), store)


def _beside(base: Path, name: str | None) -> Path | None:
    return base / name if name else None
