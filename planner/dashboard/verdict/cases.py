"""What every answer is asked of, made once: the curves of a store, forecasts, and plans compared on their draws.

Neither prices nor vendors move a forecast, so that it is kept apart from them: a change of price asks for none anew.
What is kept here is shared by all sessions and never changed.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import streamlit as st

from planner.curves import TaskCurves
from planner.dashboard.answer import stored_curves
from planner.dashboard.state.parsed import parsed
from planner.dashboard.state.start import Start
from planner.decision.case import Case
from planner.decision.deciding import N_DRAWS, case_of
from planner.decision.sources import task_curves
from planner.plan import Draws, Plan, paths

DRAWS = N_DRAWS
MOVING = ("task.", "strategy.", "evidence.")
"""Inputs on which the forecast of the curves may rest; vendors, engineering, machines and days are none."""


@dataclass(frozen=True)
class Asked:
    """A plan and the files behind it, as caches tell them apart.

    Attributes:
        toml: the plan file.
        base: folder against which its paths are read.
        store: takes the place of the plan's own store; empty where there is none.
        stamp: changes when the files behind the curves do.
    """

    toml: str
    base: str
    store: str
    stamp: float

    @property
    def plan(self) -> Plan:
        """The plan."""
        return parsed(self.toml)

    @property
    def folder(self) -> Path | None:
        """The store that the plan rests on, if any."""
        return self.plan.store_folder(Path(self.base), Path(self.store) if self.store else None)


def asked(plan: Plan | str, start: Start) -> Asked:
    """Give what is asked of a plan, or of its text."""
    toml = plan if isinstance(plan, str) else plan.to_toml()
    return Asked(toml, str(start.base), str(start.store or ""), start.stamp())


def simulated_of(one: Asked) -> tuple[pd.DataFrame | None, tuple[str, ...]]:
    """Give the curve table of the store that a plan rests on, None where it has none, and warnings about its files.

    Raises:
        InputError: the store cannot be used.
    """
    return (None, ()) if one.folder is None else stored_table(str(one.folder), one.stamp)


@st.cache_resource(max_entries=4, show_spinner="Reading the store…")
def stored_table(folder: str, stamp: float) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Read a store; `stamp` is there for the cache's key alone."""
    return stored_curves(Path(folder))


def case_of_plan(one: Asked) -> Case:
    """Compare a plan's plans on their draws.

    Raises:
        InputError: the plan or its evidence cannot be used.
    """
    return _case(one.toml, one.base, one.store, one.stamp, DRAWS)


@dataclass(frozen=True)
class Remembering:
    """A forecaster with a memory, for the files behind one plan as they are now."""

    folder: str
    stamp: float

    def __call__(
        self,
        plan: Plan,
        values: Draws,
        target: float,
        *,
        base: Path,
        simulated: pd.DataFrame | None,
        n_draws: int,
        seed: int,
    ) -> TaskCurves:
        """Forecast, or remember; see `task_curves`."""
        texts = [f"{item.path}={item.text}" for item in plan.inputs() if item.path.startswith(MOVING)]
        need = hashlib.sha256(values[paths.RANDOM_LABELS].tobytes() if paths.RANDOM_LABELS in values else b"")
        key = (*texts, need.hexdigest(), str(target), str(base), self.folder, str(self.stamp))
        return _forecast(key, n_draws, seed, plan, values, target, base, simulated)


def remembering(one: Asked) -> Remembering:
    """Give the forecaster of a plan."""
    return Remembering(str(one.folder or ""), one.stamp)


# A case keeps functions of its plan, which a cache of copies cannot hold.
@st.cache_resource(max_entries=6, show_spinner="Pricing every plan…")
def _case(toml: str, base: str, store: str, stamp: float, n_draws: int) -> Case:
    one = Asked(toml, base, store, stamp)
    return case_of(
        one.plan, n_draws=n_draws, base=Path(base), simulated=simulated_of(one)[0], forecast=remembering(one)
    )


@st.cache_resource(max_entries=6, show_spinner="Forecasting the curves…")
def _forecast(
    key: tuple[str, ...],
    n_draws: int,
    seed: int,
    _plan: Plan,
    _values: Draws,
    _target: float,
    _base: Path,
    _simulated: pd.DataFrame | None,
) -> TaskCurves:
    """Forecast the curves of a task; the arguments without a hash are what the key was made of."""
    return task_curves(_plan, _values, _target, base=_base, simulated=_simulated, n_draws=n_draws, seed=seed)
