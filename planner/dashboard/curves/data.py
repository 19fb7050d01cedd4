"""What the Curves page shows, computed once: tables to choose from, and everything that is read off one family.

Measured data sets are the same for everybody; what a person uploads stays in their session.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from planner.curves import (
    CountComparison,
    StrategyComparison,
    compare_at,
    compare_strategies,
    fit_forecast,
    summarise_curves,
)
from planner.curves.beside_proxies import RandomBeside, SavingsBeside, random_beside, savings_beside
from planner.curves.fit_check import FitCheck, check_fit
from planner.curves.fit_points import fit_points
from planner.curves.lines import CurveLines, class_count, curve_lines, shared_counts
from planner.curves.replicates import FAMILY_KEYS
from planner.curves.savings_line import savings_by_value
from planner.curves.uploaded import read_pilot
from planner.dashboard import show
from planner.dashboard.curves.family import Family
from planner.dashboard.curves.kept import kept
from planner.dashboard.page import Opened
from planner.dashboard.verdict.cases import stored_table
from planner.decision.sources import describe
from planner.evidence import BASE_LEARNER, recorded_curves, recorded_table
from planner.plan import parse_plan
from planner.report import words_compared
from planner.report.columns import family_title
from simulations.errors import InputError

STORED = "simulated here"
RECORDED = "recorded"


@dataclass(frozen=True, eq=False)
class Fit:
    """One curve's fit: the check, the points fitted, all that were measured, and the tail's, where there is one."""

    check: FitCheck
    points: pd.DataFrame
    measured: pd.DataFrame
    tail: pd.DataFrame | None


def sources(page: Opened) -> dict[str, tuple[str, pd.DataFrame]]:
    """Give every measured data set that can be shown: label -> stamp of its source, rows.

    Those of the store that the verdict rests on come first; where a recorded one has the same name, both say whose.
    With a store, recorded ones that cannot be read are told, and left out.

    Raises:
        InputError: the store cannot be read.
    """
    found: dict[str, tuple[str, pd.DataFrame]] = {}
    tables = []
    if (folder := store_folder(page)) is not None:
        tables.append((STORED, stamp(page), stored_table(str(folder), page.start.stamp())[0]))
    try:
        tables.append((RECORDED, "recorded", recorded_table()))
    except InputError as error:
        if not tables:
            raise
        st.warning(show.text(f"{error}."))
    for whose, mark, table in tables:
        for name, rows in _data_sets(mark, table).items():
            found[name if len(tables) == 1 else f"{name} ({whose})"] = (mark, rows)
    return found


@st.cache_resource(max_entries=4, show_spinner=False)
def _data_sets(stamp: str, _table: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Part a table by data set, in the order of their names."""
    return {str(name): rows for name, rows in _table.groupby("dataset", sort=True)}


def stamp(page: Opened) -> str:
    """Give what tells the store behind the verdict, as it is now, from every other; caches have it in their keys."""
    return f"{store_folder(page)} {page.start.stamp()}"


def store_folder(page: Opened) -> Path | None:
    """Give the folder of the store behind the verdict; None where it rests on what is recorded."""
    return page.start.plan.store_folder(page.start.base, page.start.store)


def simulated_curves(page: Opened) -> pd.DataFrame | None:
    """Give the curve table of the store behind the verdict, if any.

    Raises:
        InputError: the store cannot be read.
    """
    folder = store_folder(page)
    return None if folder is None else stored_table(str(folder), page.start.stamp())[0]


def evidence_table(simulated: pd.DataFrame | None, learner: str | None) -> pd.DataFrame:
    """Give the table that the verdict's evidence is chosen from, for a plan's learner."""
    return recorded_curves(learner) if simulated is None else simulated


@st.cache_data(max_entries=4, show_spinner="Reading your pilot…", scope="session")
def pilot_table(data: bytes, name: str, metric: str, test_size: int | None) -> pd.DataFrame:
    """Read an uploaded pilot.

    Raises:
        InputError: it cannot be used.
    """
    return read_pilot(data, name=name, metric=metric, test_size=test_size)


def families_of(
    rows: pd.DataFrame,
    stamp: str,
    *,
    metric: str,
    plans: tuple[str, ...],
    pilot: bool = False,
    learner: str | None = None,
) -> dict[str, Family]:
    """Part the rows of one metric by everything but the strategy: title -> family, those of a plan's learner first."""
    found = {}
    chosen = rows[rows["metric"] == metric]
    keys = [key for key in FAMILY_KEYS if key in chosen.columns]
    parts = chosen.groupby(keys, sort=True)
    order = {BASE_LEARNER: 1, learner: 0}
    for values, part in sorted(parts, key=lambda one: order.get(str(one[1]["learner"].iloc[0]), 2)):
        identity: dict[str, Any] = {**dict.fromkeys(FAMILY_KEYS), **dict(zip(keys, values, strict=True))}
        first = identity["initial_size"]
        schedule = None if first is None else (float(first), float(identity["batch_size"]))
        named = {key: cell for key, cell in identity.items() if key != "dataset" or pilot}
        title = family_title(named)
        found[title] = Family((stamp, *map(str, identity.values())), title, part, schedule, plans, pilot)
    return found


@kept("Drawing the curves…")
def lines_of(family: Family) -> CurveLines:
    """Lay a family out; see `curve_lines`."""
    return curve_lines(family.rows)


@kept("Reading label savings…")
def savings_of(family: Family) -> pd.DataFrame:
    """Read the savings of a family; see `savings_by_value`."""
    return savings_by_value(family.rows)


@kept()
def summary_of(family: Family) -> pd.DataFrame:
    """Summarise a family; see `summarise_curves`."""
    return summarise_curves(family.rows)


@kept("Checking the fit…")
def fit_of(family: Family, strategy: str) -> Fit:
    """Check the fit of one curve.

    Raises:
        InputError: it has too few label counts to be forecast.
    """
    rows = family.rows[family.rows["strategy"] == strategy]
    classes = class_count(rows)
    check = check_fit(rows, fit_forecast(rows, classes=classes), classes=classes)
    found = fit_points(rows, classes=classes)
    tail = None if found.tail is None else found.tail.to_frame()
    return Fit(check, found.to_frame(), found.measured(), tail)


@kept("Comparing strategies…")
def areas_of(family: Family) -> tuple[StrategyComparison, ...]:
    """Compare all strategies of a family by area; see `compare_strategies`."""
    return compare_strategies(family.rows)


@kept("Comparing strategies…")
def counts_of(family: Family, at: tuple[int, ...]) -> tuple[CountComparison, ...]:
    """Compare all strategies of a family at label counts; see `compare_at`."""
    return compare_at(family.rows, at)


@kept()
def shared_counts_of(family: Family) -> tuple[int, ...]:
    """Give the label counts at which a family's strategies can be compared; see `shared_counts`."""
    return shared_counts(family.rows)


@kept()
def area_rows_of(family: Family, picked: tuple[str, ...], claim: float) -> list[dict[str, str]]:
    """Give the rows of areas, with the seeds that a claim needs; see `words_compared.area_rows`."""
    pairs = [one for one in areas_of(family) if {one.strategy, one.against} <= set(picked)]
    return words_compared.area_rows(pairs, claim)


@st.cache_data(max_entries=8, show_spinner="Comparing with recorded data sets…", scope="session")
def beside_of(
    key: tuple[str, ...], plan_toml: str, stamp: str, _pilot: pd.DataFrame, _recorded: pd.DataFrame
) -> tuple[RandomBeside | None, SavingsBeside | None]:
    """Put a pilot beside recorded curves; see `random_beside` and `savings_beside`."""
    plan = parse_plan(plan_toml)
    savings = savings_beside(_pilot, _recorded, describe(plan), savings_sd=plan.evidence.savings_sd.median)
    return random_beside(_pilot, _recorded), savings
