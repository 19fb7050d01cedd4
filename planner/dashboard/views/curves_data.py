"""Data of the Curves page, computed once: tables to choose from, and everything read off one family of curves.

Measured data sets are the same for everybody; what a person uploads stays in their session. What reads a plan, a store
or an upload raises `InputError` where it cannot be used.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from operator import attrgetter
from typing import Any, Concatenate, ParamSpec, TypeVar

import pandas as pd
import streamlit as st

from planner.app.answers import check_amounts
from planner.app.uploads import read_pilot
from planner.curves import comparisons, curve_summary, forecasts, replicates
from planner.dashboard import answers, components, session
from planner.decision import Summary, load_curves, summary
from planner.evidence import BASE_LEARNER, recorded_table
from planner.forecasting import fit_check, forecast
from planner.plan import parse_plan
from planner.render.numbers import family_title
from planner.transfer.pilot_beside_proxies import RandomBeside, SavingsBeside, random_beside, savings_beside
from planner.transfer.savings_fit import ProxyEvidence
from simulations.errors import InputError


@dataclass(frozen=True, eq=False)
class CurveFamily:
    """Curves that share everything but the strategy.

    Attributes:
        key: what tells it from all others, for caches.
        schedule: initial labels and batch size; None where the table does not say.
        plans: the verdict's plans, whose colours come first.
        pilot: whether it is the user's own, so that its labels are as delivered.
    """

    key: tuple[str, ...]
    rows: pd.DataFrame
    schedule: tuple[float, float] | None
    plans: tuple[str, ...]
    pilot: bool = False

    @property
    def metric(self) -> str:
        """What the values measure."""
        return str(self.rows["metric"].iloc[0])

    @property
    def strategies(self) -> tuple[str, ...]:
        """Names: random first, then the plan's, then the others."""
        held = set(map(str, self.rows["strategy"].unique()))
        return tuple(name for name in self.hues if name in held)

    @property
    def hues(self) -> tuple[str, ...]:
        """Names in the order of their colours, so that a strategy has the same here as for the task."""
        return tuple(dict.fromkeys(("random", *self.plans, *sorted(map(str, self.rows["strategy"].unique())))))


Arguments = ParamSpec("Arguments")
Read = TypeVar("Read")
Reading = Callable[Concatenate[CurveFamily, Arguments], Read]


def cached_by_family(
    read: Callable[Concatenate[pd.DataFrame, Arguments], Read], spinner: str | bool = False
) -> Reading[Arguments, Read]:
    """Keep what a function reads off a family's rows; families are told apart by their key. Nothing kept is changed.

    As many as 64 are kept, of all sessions together and of each session's uploads; `spinner` is said meanwhile.
    """
    options: dict[str, Any] = {
        "max_entries": 64,
        "show_spinner": spinner,
        "hash_funcs": {CurveFamily: attrgetter("key")},
    }

    @wraps(read)  # a cache tells functions apart by name and source
    def of_family(family: CurveFamily, /, *args: Arguments.args, **kwargs: Arguments.kwargs) -> Read:
        return read(family.rows, *args, **kwargs)

    shared, own = st.cache_resource(**options)(of_family), st.cache_resource(**options, scope="session")(of_family)

    def reading(family: CurveFamily, /, *args: Arguments.args, **kwargs: Arguments.kwargs) -> Read:
        return (own if family.pilot else shared)(family, *args, **kwargs)

    return reading


# What is kept is never changed, so that it is shared.
@st.cache_resource(max_entries=64, show_spinner="Pricing every plan…")
def plan_summary(key: answers.PlanKey) -> Summary:
    """Summarise a plan's comparison, for which no verdict is sought."""
    case = answers.plan_case(key)
    check_amounts((case.chosen.p_al_cheaper, float(case.chosen.saving_usd.min()), float(case.chosen.saving_usd.max())))
    return summary.summarise_case(case, key.toml)


STORED = "simulated here"
RECORDED = "recorded"


def sources(page: session.Opened) -> dict[str, tuple[str, pd.DataFrame]]:
    """Give every measured data set that can be shown: label -> stamp of its source, rows.

    Those of the store that the verdict rests on come first; where a recorded one has the same name, both say whose.
    With a store, recorded ones that cannot be read are told, and left out.
    """
    found: dict[str, tuple[str, pd.DataFrame]] = {}
    tables = []
    if (simulated := simulated_curves(page)) is not None:
        tables.append((STORED, stamp(page), simulated))
    try:
        tables.append((RECORDED, "recorded", recorded_table()))
    except InputError as error:
        if not tables:
            raise
        components.warning(f"{error}.")
    for whose, mark, table in tables:
        for name, rows in _data_sets(mark, table).items():
            found[name if len(tables) == 1 else f"{name} ({whose})"] = (mark, rows)
    return found


@st.cache_resource(max_entries=4, show_spinner=False)
def _data_sets(stamp: str, _table: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Part a table by data set, in the order of their names."""
    return {str(name): rows for name, rows in _table.groupby("dataset", sort=True)}


def stamp(page: session.Opened) -> str:
    """Give what tells the store behind the verdict, as it is now, from every other; caches have it in their keys."""
    return f"{page.start.folder} {page.start.stamp()}"


def simulated_curves(page: session.Opened) -> pd.DataFrame | None:
    """Give the curve table of the store behind the verdict, if any."""
    start = page.start
    return None if start.folder is None else answers.stored_table(str(start.folder), start.stamp())[0]


pilot_table = st.cache_data(max_entries=4, show_spinner="Reading your pilot…", scope="session")(read_pilot)


def families_of(
    rows: pd.DataFrame,
    stamp: str,
    *,
    metric: str,
    plans: tuple[str, ...],
    pilot: bool = False,
    learner: str | None = None,
) -> dict[str, CurveFamily]:
    """Part the rows of one metric by everything but the strategy: title -> family, those of a plan's learner first."""
    found = {}
    chosen = rows[rows["metric"] == metric]
    keys = [key for key in replicates.FAMILY_KEYS if key in chosen.columns]
    parts = chosen.groupby(keys, sort=True)
    order = {BASE_LEARNER: 1, learner: 0}
    for values, part in sorted(parts, key=lambda one: order.get(str(one[1]["learner"].iloc[0]), 2)):
        identity: dict[str, Any] = {**dict.fromkeys(replicates.FAMILY_KEYS), **dict(zip(keys, values, strict=True))}
        first = identity["initial_size"]
        schedule = None if first is None else (float(first), float(identity["batch_size"]))
        named = {key: cell for key, cell in identity.items() if key != "dataset" or pilot}
        key = (stamp, *map(str, identity.values()))
        found[family_title(named)] = CurveFamily(key, part, schedule, plans, pilot)
    return found


def _fit(
    rows: pd.DataFrame, strategy: str
) -> tuple[fit_check.FitCheck, pd.DataFrame, pd.DataFrame, pd.DataFrame | None]:
    """Give one curve's fit: the check, the points fitted, all that were measured, and the tail's, where there is one.

    Raises:
        InputError: it has too few label counts to be forecast.
    """
    rows = rows[rows["strategy"] == strategy]
    classes = forecasts.class_count(rows)
    check = fit_check.check_fit(rows, forecast.fit_forecast(rows, classes=classes), classes=classes)
    found = fit_check.fit_points(rows, classes=classes)
    tail = None if found.tail is None else found.tail.to_frame()
    return check, found.to_frame(), found.measured(), tail


lines_of = cached_by_family(forecasts.curve_lines, "Drawing the curves…")
savings_of = cached_by_family(forecasts.savings_by_value, "Reading label savings…")
summary_of = cached_by_family(curve_summary.summarise_curves)
fit_of = cached_by_family(_fit, "Checking the fit…")
areas_of = cached_by_family(comparisons.compare_strategies, "Comparing strategies…")
counts_of = cached_by_family(comparisons.compare_at, "Comparing strategies…")
shared_counts_of = cached_by_family(forecasts.shared_counts)


@st.cache_data(max_entries=8, show_spinner="Comparing with recorded data sets…", scope="session")
def beside_of(
    key: tuple[str, ...], plan_toml: str, stamp: str, _pilot: pd.DataFrame, _recorded: ProxyEvidence
) -> tuple[RandomBeside | None, SavingsBeside | None]:
    """Put a pilot beside recorded curves; see `random_beside` and `savings_beside`."""
    plan = parse_plan(plan_toml)
    savings = savings_beside(_pilot, _recorded, load_curves.describe(plan), savings_sd=plan.evidence.savings_sd.median)
    return random_beside(_pilot, _recorded.curves), savings
