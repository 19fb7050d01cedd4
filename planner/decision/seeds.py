"""Whether curves were repeated often enough for how much a repeat differs to be known."""

import pandas as pd

from planner.curves import TaskCurves

FEW_SEEDS = 5
MOST_NAMED = 4


def few_seeds(table: pd.DataFrame, curves: TaskCurves, *, pilot: bool) -> str | None:
    """Say where most of what the curves rest on was measured with fewer than five seeds.

    Args:
        table: the curve table behind the curves: the pilot, or the data sets whose weights `curves.evidence` tells.
        curves: what was made of it.
        pilot: whether it is the user's own pilot, of which one seed is told elsewhere.
    """
    rows = table[table["strategy"].isin(curves.strategies)]
    if "standard_error" in rows.columns and rows["standard_error"].notna().all():
        return None  # how far a repeat would be off is stated
    by = ["strategy"] if pilot else ["dataset", "strategy"]
    seeds = rows.groupby(by)["seed"].nunique()
    fewest = seeds.groupby(level=0).min()
    few = fewest[fewest < FEW_SEEDS]
    if pilot:
        few = few[few > 1]
        return _sentence("The pilot", few) if len(few) else None
    weights = curves.evidence.set_index("dataset")["weight"]
    used = weights[weights > 0]
    few = few[few.index.isin(used.index)]
    return _sentence("Simulation", few) if used[used.index.isin(few.index)].sum() >= 0.5 * used.sum() > 0 else None


def _sentence(who: str, few: pd.Series) -> str:
    named = [f"{count} of {str(name).replace('_', ' ')}" for name, count in few.items()]
    if len(named) > MOST_NAMED:
        named = [*named[: MOST_NAMED - 1], f"{len(named) - MOST_NAMED + 1} others with as few"]
    return (
        f"{who} has few seeds ({', '.join(named)}): how much a repeat would differ is known roughly. {FEW_SEEDS} or "
        "more make the ranges surer."
    )
