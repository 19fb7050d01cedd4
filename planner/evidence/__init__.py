"""The curves shipped with labelplan: recorded by simulation on proxy data, and curves that others published.

The library holds curves of several learners. What a task draws on are those of the linear heads, which were recorded on
every data set, and those of its own learner; curves of a third model say less of it than they would blur. Of published
curves it draws on what strategies saved.
"""

from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import pandas as pd

from planner.evidence.library import (
    CURVES_FILE,
    FINE_TUNED,
    NOTICES_FILE,
    PROVENANCE_FILE,
    PUBLISHED_COLUMNS,
    PUBLISHED_FILE,
    SAVINGS_FILE,
    SOURCES_FILE,
    Coverage,
    PublishedCoverage,
    coverage,
    published_coverage,
    read_account,
    read_columns,
    read_learners,
    read_library,
)
from simulations.errors import InputError

__all__ = [
    "BASE_LEARNER",
    "CURVES_FILE",
    "FINE_TUNED",
    "NOTICES_FILE",
    "PROVENANCE_FILE",
    "SAVINGS_FILE",
    "Coverage",
    "PublishedCoverage",
    "coverage",
    "provenance",
    "published_coverage",
    "published_curves",
    "published_sources",
    "recorded_curves",
    "recorded_savings",
    "recorded_savings_table",
    "recorded_table",
    "shipped",
]

BASE_LEARNER = "linear"
"""Recorded on every data set of the library; its curves speak for every task."""


def recorded_curves(learner: str | None = BASE_LEARNER, metric: str | None = None) -> pd.DataFrame:
    """Read the recorded curves that speak for tasks with a learner: the linear ones, and the learner's own.

    Args:
        learner: as `labelplan list recorded` names it; the linear curves alone where it is None or not recorded.
        metric: in which they were measured; all that there are where it is None or not recorded.

    Raises:
        InputError: the installation has none, they cannot be read, or none is linear.
    """
    held = _learners()
    if BASE_LEARNER not in set(held["learner"]):
        raise InputError(
            f"recorded curves: {CURVES_FILE} holds no curve of the learner {BASE_LEARNER} (found: "
            f"{', '.join(sorted(set(held['learner'])))}); 'make evidence' rebuilds it"
        )
    own = learner if learner is not None and learner in set(held["learner"]) else BASE_LEARNER
    return _curves_of(own, metric if metric in set(held["metric"]) else None)


def recorded_savings(learner: str | None = BASE_LEARNER) -> pd.DataFrame:
    """Read what strategies saved on recorded and published curves of the linear heads, and of a learner.

    Raises:
        InputError: the installation does not say it, or it cannot be read.
    """
    table = recorded_savings_table()
    return table[table["learner"].isin([BASE_LEARNER, learner])]


@cache
def recorded_savings_table() -> pd.DataFrame:
    """Read what strategies saved on all recorded and published curves.

    Raises:
        InputError: the installation does not say it, or it cannot be read.
    """
    return read_columns(shipped(SAVINGS_FILE))


@cache
def recorded_table() -> pd.DataFrame:
    """Read the whole recorded curve table, all learners of it.

    Raises:
        InputError: the installation has none, or it cannot be read.
    """
    return read_library(shipped(CURVES_FILE))


def provenance() -> dict[str, Any]:
    """Say how the recorded curves were made: versions, commands, seeds, machine, date, licences.

    Raises:
        InputError: the installation does not say it, or it cannot be read.
    """
    return read_account(shipped(PROVENANCE_FILE))


@cache
def published_curves() -> pd.DataFrame:
    """Read the curves that others published, of active learning and of random labelling beside it.

    Returns:
        A curve table without seconds, and with `source`; `imbalance` is NaN where it is not known.

    Raises:
        InputError: the installation has none, or they cannot be read.
    """
    return read_columns(shipped(PUBLISHED_FILE), PUBLISHED_COLUMNS)


def published_sources() -> dict[str, Any]:
    """Say where the published curves come from: papers, licences, and what was done to them.

    Raises:
        InputError: the installation does not say it, or it cannot be read.
    """
    return read_account(shipped(SOURCES_FILE))


def shipped(name: str) -> Path:
    """Give a file that is shipped beside this module."""
    return Path(__file__).parent / name


@cache
def _learners() -> pd.DataFrame:
    return read_learners(shipped(CURVES_FILE))


@lru_cache(maxsize=4)
def _curves_of(learner: str, metric: str | None) -> pd.DataFrame:
    return read_library(shipped(CURVES_FILE), learners=(BASE_LEARNER, learner), metric=metric)
