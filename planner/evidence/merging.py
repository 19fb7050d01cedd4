"""Putting newly simulated curves beside those recorded before, and one account of the recordings beside another."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from simulations.errors import InputError

_CURVE = ["dataset", "learner", "strategy", "batch_size", "initial_size"]
_CAMPAIGN = [*_CURVE, "seed"]
_ORDER = [*_CAMPAIGN, "trajectory", "round", "metric"]


@dataclass(frozen=True, eq=False)
class Merged:
    """A table and what it was made of.

    Attributes:
        table: all rows, in the order in which a store gives them.
        kept: those recorded before; None where there was nothing.
        added: campaigns that were not there.
        replaced: campaigns that were, and were simulated again.
    """

    table: pd.DataFrame
    kept: pd.DataFrame | None
    added: int
    replaced: int


def merge_curves(recorded: pd.DataFrame | None, new: pd.DataFrame) -> Merged:
    """Add curves to those recorded; a campaign (a curve's seed) that is in both is taken from the new ones.

    Args:
        recorded: what is there; None for nothing.
        new: what is added.

    Raises:
        InputError: a curve's seeds would come from two versions of its data, model or settings.
    """
    mine = new[[*_CAMPAIGN, "trajectory"]].drop_duplicates()
    if recorded is None:
        return Merged(new.sort_values(_ORDER, ignore_index=True), None, len(mine), 0)
    again = pd.MultiIndex.from_frame(recorded[_CAMPAIGN]).isin(pd.MultiIndex.from_frame(mine[_CAMPAIGN]))
    kept = recorded.loc[~again, list(new.columns)]
    _check_versions(recorded.loc[again, [*_CAMPAIGN, "trajectory"]].drop_duplicates(), mine, kept)
    table = pd.concat([kept, new]).sort_values(_ORDER, ignore_index=True)
    replaced = len(recorded.loc[again, _CAMPAIGN].drop_duplicates())
    return Merged(table, kept, len(mine) - replaced, replaced)


def _check_versions(old: pd.DataFrame, new: pd.DataFrame, kept: pd.DataFrame) -> None:
    """Refuse to replace some seeds of a curve by campaigns of another content and to keep its others."""
    both = old.merge(new, on=_CAMPAIGN, suffixes=("_old", "_new"))
    changed = both[both["trajectory_old"] != both["trajectory_new"]]
    mixed = changed.merge(kept[_CURVE].drop_duplicates(), on=_CURVE)
    if len(mixed):
        one = mixed.iloc[0]
        raise InputError(
            f"--record: {one['dataset']}, {one['learner']}, {one['strategy']}, batch size {one['batch_size']}: data or "
            "settings are others than when it was recorded, and some of its recorded seeds are not simulated anew; "
            "simulate all of them, or record into another folder"
        )


def recordings(said: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Give every recording that a provenance tells of, oldest first.

    Args:
        said: from `planner.evidence.provenance`; one from before there were several tells of one.

    Returns:
        `labelplan, made_on, command, machine, versions, rows` and `curves`, data set -> learners.
    """
    if "recordings" in said:
        return list(said["recordings"])
    facts = {name: said.get(name) for name in ("labelplan", "made_on", "command", "machine", "versions", "rows")}
    return [{**facts, "curves": {name: list(one["learners"]) for name, one in said["datasets"].items()}}]


def merge_recordings(
    before: Mapping[str, Any] | None, kept: pd.DataFrame | None, last: Mapping[str, Any], new: pd.DataFrame
) -> list[dict[str, Any]]:
    """Put a recording beside those before it, of which only what is still in the table stays.

    Args:
        before: the provenance so far; None where there is none.
        kept: the rows of before that are still there.
        last: the new recording's origin.
        new: its rows.
    """
    still = {} if kept is None else _learners(kept)
    past = [] if before is None else recordings(before)
    held = [{**one, "curves": _within(one["curves"], still)} for one in past]
    return [*(one for one in held if one["curves"]), {**last, "curves": _learners(new)}]


def _learners(table: pd.DataFrame) -> dict[str, list[str]]:
    return {str(name): sorted(map(str, rows.unique())) for name, rows in table.groupby("dataset")["learner"]}


def _within(curves: Mapping[str, Sequence[str]], still: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """Take what is there still: data set -> learners."""
    found = {name: [one for one in learners if one in still.get(name, ())] for name, learners in curves.items()}
    return {name: learners for name, learners in found.items() if learners}
