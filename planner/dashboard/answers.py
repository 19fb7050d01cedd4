"""Answers to the plan on screen, computed once for each plan and shared by all sessions; nothing in a cache is changed.

A forecast rests on neither prices nor vendors and has a cache of its own, so that a new price asks for none.
What lies beyond the verdict takes a second or two more, and is asked for once the verdict shows. Every answer raises
`InputError` where the plan or its evidence cannot be used.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import pandas as pd
import streamlit as st

from planner.app.answers import check_amounts, stored_coverage, stored_curves
from planner.dashboard import components
from planner.dashboard.plan_state import Start, parse_cached
from planner.decision import Verdict, analysis, load_curves, sensitivity
from planner.decision.buying import Buying, buy
from planner.decision.case import Case
from planner.decision.decide_plan import N_DRAWS, case_of, decide
from planner.decision.repricing import repricing_of
from planner.plan import Draws, Plan, paths
from planner.transfer.task_curves import TaskCurves
from simulations.errors import InputError

DRAWS = N_DRAWS
FORECAST_INPUTS = ("task.", "strategy.", "evidence.")
"""How the paths of the inputs begin on which the forecast of the curves may rest."""
LAST_PLAN = "last_answered_plan"
"""In the session state: the last plan that had an answer."""

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class PlanKey:
    """A plan, the files behind it and the number of draws, as caches tell them apart.

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
    n_draws: int

    @classmethod
    def of(cls, plan: Plan | str, start: Start) -> "PlanKey":
        """Give the key of a plan, or of its text."""
        toml = plan if isinstance(plan, str) else plan.to_toml()
        return cls(toml, str(start.base), str(start.store or ""), start.stamp(), DRAWS)

    @property
    def plan(self) -> Plan:
        """The plan."""
        return parse_cached(self.toml)

    @property
    def folder(self) -> Path | None:
        """The store that the plan rests on, if any."""
        return self.plan.store_folder(Path(self.base), Path(self.store) if self.store else None)

    def curves(self) -> tuple[pd.DataFrame | None, tuple[str, ...]]:
        """Give the curve table of that store, None where there is none, and warnings about its files."""
        return (None, ()) if self.folder is None else stored_table(str(self.folder), self.stamp)

    def forecast(self, plan: Plan, values: Draws, target: float, **options: Any) -> TaskCurves:
        """Forecast the curves of a task on these files, or give those forecast before; see `task_curves`."""
        texts = [f"{item.path}={item.text}" for item in plan.inputs() if item.path.startswith(FORECAST_INPUTS)]
        drawn = [values[path].tobytes() for path in (paths.RANDOM_LABELS, paths.LABEL_SAVINGS) if path in values]
        given = hashlib.sha256(b" ".join(drawn))
        told = (target, self.base, self.folder, self.stamp, options["n_draws"], options["seed"])
        return _forecast((*texts, given.hexdigest(), *map(str, told)), plan, values, target, options)


@st.cache_resource(max_entries=4, show_spinner="Reading the store…")
def stored_table(folder: str, stamp: float) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Read a store; `stamp` is there for the cache's key alone."""
    return stored_curves(Path(folder))


@st.cache_resource(max_entries=6, show_spinner="Forecasting the curves…")
def _forecast(
    key: tuple[str, ...], _plan: Plan, _values: Draws, _target: float, _options: dict[str, Any]
) -> TaskCurves:
    """Forecast the curves of a task; the arguments without a hash are what the key was made of."""
    return load_curves.task_curves(_plan, _values, _target, **_options)


# A case keeps functions of its plan, which a cache of copies cannot hold.
@st.cache_resource(max_entries=6, show_spinner="Pricing every plan…")
def plan_case(key: PlanKey) -> Case:
    """Compare a plan's options on their draws."""
    return case_of(key.plan, n_draws=key.n_draws, base=Path(key.base), simulated=key.curves()[0], forecast=key.forecast)


@st.cache_data(max_entries=64, show_spinner="Pricing every plan…")
def plan_verdict(key: PlanKey) -> Verdict:
    """Decide a plan, with nothing asked beyond the verdict."""
    case, (simulated, warnings) = plan_case(key), key.curves()
    coverage = stored_coverage(key.plan, key.folder)
    verdict = decide(key.plan, n_draws=key.n_draws, simulated=simulated, coverage=coverage, questions=None, case=case)
    check_amounts((verdict.p_al_cheaper, verdict.price_usd, *verdict.futures))
    return replace(verdict, warnings=(*verdict.warnings, *warnings))


@st.cache_data(max_entries=64, show_spinner="Comparing the quotes…")
def buying(key: PlanKey) -> Buying:
    """Compare a plan's quotes."""
    simulated, warnings = key.curves()
    found = buy(key.plan, n_draws=key.n_draws, seed=0, base=Path(key.base), simulated=simulated, forecast=key.forecast)
    check_amounts(usd or 0.0 for deal in found.deals for usd in vars(deal.total_usd).values())
    return replace(found, warnings=(*found.warnings, *warnings))


# The map keeps functions of its plan, which a cache of copies cannot hold.
@st.cache_resource(max_entries=6, show_spinner=False)
def _analysed(key: PlanKey) -> Verdict:
    verdict = plan_verdict(key)
    return replace(verdict, analysis=analysis.analyse(plan_case(key), verdict.sensitivity, analysis.Questions()))


@st.cache_resource(max_entries=6, show_spinner=False)
def _map(key: PlanKey, over: tuple[str, str]) -> sensitivity.TwoWay:
    return sensitivity.two_way(plan_case(key), *over)


def last_good(
    answer: Callable[[PlanKey], Answer], plan: Plan, start: Start, memory: str = LAST_PLAN
) -> tuple[Answer | None, Plan]:
    """Answer a plan, or else the last one that had an answer, kept under `memory`, or else the plan of the start.

    Where the plan on screen could not be answered, the page tells why.

    Returns:
        The answer, if any has one, and the plan it is of.
    """
    faults, found = list[str](), None
    first = start.plan.to_toml()
    for toml in dict.fromkeys((plan.to_toml(), st.session_state.get(memory, first), first)):
        try:
            found = answer(PlanKey.of(toml, start))
        except InputError as error:
            faults.append(str(error))
        else:
            st.session_state[memory] = toml
            plan = parse_cached(toml)
            break
    if faults:
        components.error(f"{faults[0]}.{'' if found is None else ' The last answer is kept.'}")
    return found, plan


def analysis_of_verdict(verdict: Verdict, start: Start) -> Verdict:
    """Give an answer with all that is asked beyond the verdict; the answer on screen stays the same.

    Raises:
        InputError: a question cannot be answered.
    """
    return _analysed(PlanKey.of(verdict.plan_toml, start))


def with_sliders(whole: Verdict, start: Start) -> Verdict:
    """Give an answer with what the sliders of its report price again."""
    return replace(whole, repricing=repricing_of(plan_case(PlanKey.of(whole.plan_toml, start))))


def with_map_over(whole: Verdict, start: Start, over: tuple[str, str]) -> Verdict:
    """Give an analysed answer with the map over two other inputs; nothing else is asked again.

    Raises:
        InputError: an input cannot be mapped.
    """
    assert whole.analysis is not None
    return replace(whole, analysis=replace(whole.analysis, map=_map(PlanKey.of(whole.plan_toml, start), over)))
