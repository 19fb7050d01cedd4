"""Answers of the plan on screen, computed once for each plan and shared by all sessions.

Neither prices nor vendors move a forecast, so that it is kept apart from them: a change of price asks for none anew.
What is kept here is shared by all sessions and never changed.

What is asked beyond the verdict takes a second or two more, so it is a question of its own, put once the verdict shows.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import pandas as pd
import streamlit as st

from planner.app.answers import check_amounts, stored_coverage, stored_curves
from planner.dashboard.plan_link import Start, parsed
from planner.decision import Verdict
from planner.decision.analysis import Questions, analyse, points_of_map
from planner.decision.case import Case
from planner.decision.decide_plan import N_DRAWS, case_of, decide
from planner.decision.load_curves import task_curves
from planner.decision.two_way import TwoWay, two_way
from planner.plan import Draws, Plan, paths
from planner.transfer.task_curves import TaskCurves
from simulations.errors import InputError

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


LAST = "last_answered_plan"
Answer = TypeVar("Answer")


def current_verdict(plan: Plan, start: Start) -> tuple[Verdict | None, str | None]:
    """Answer a plan.

    Returns:
        The verdict, or the last good one (none at all where even the plan at the start has no answer), and a sentence
        where the plan on screen could not be answered.
    """
    verdict, _, sentence = last_good(_of, plan, start, LAST)
    return verdict, sentence


def last_good(
    answer: Callable[[Asked], Answer], plan: Plan, start: Start, memory: str
) -> tuple[Answer | None, Plan, str | None]:
    """Answer a plan, or else the last one that had an answer, or else the plan of the start.

    Args:
        answer: the question; raises `InputError`.
        plan: the plan on screen.
        start: what the dashboard was started with.
        memory: of the session, for the last plan that had an answer.

    Returns:
        The answer, None where none of them has one; the plan that it is of; and a sentence where the plan on screen
        could not be answered.
    """
    sentence: str | None = None
    first = start.plan.to_toml()
    for toml in dict.fromkeys((plan.to_toml(), st.session_state.get(memory, first), first)):
        try:
            found = answer(asked(toml, start))
        except InputError as error:
            sentence = sentence or str(error)
        else:
            st.session_state[memory] = toml
            return found, parsed(toml), sentence
    return None, plan, sentence


def verdict_of(plan: Plan, start: Start) -> Verdict:
    """Answer a plan other than the one on screen.

    Raises:
        InputError: it has no answer.
    """
    return _of(asked(plan, start))


def analysed(verdict: Verdict, start: Start) -> Verdict:
    """Ask of an answered plan what lies beyond its verdict.

    Args:
        verdict: the answer on screen, which stays the same.
        start: what the dashboard was started with.

    Raises:
        InputError: a question cannot be answered.
    """
    one = asked(verdict.plan_toml, start)
    return _analysed(one.toml, one.base, one.store, one.stamp, DRAWS)


def mapped(whole: Verdict, start: Start, over: tuple[str, str]) -> Verdict:
    """Give an analysed answer with the map over two other inputs; nothing else is asked again.

    Raises:
        InputError: an input cannot be mapped.
    """
    assert whole.analysis is not None
    one = asked(whole.plan_toml, start)
    found = _map(one.toml, one.base, one.store, one.stamp, DRAWS, over)
    return replace(whole, analysis=replace(whole.analysis, map=found))


def _of(one: Asked) -> Verdict:
    return _verdict(one.toml, one.base, one.store, one.stamp, DRAWS)


@st.cache_data(max_entries=64, show_spinner="Pricing every plan…")
def _verdict(toml: str, base: str, store: str, stamp: float, n_draws: int) -> Verdict:
    """Answer a plan file; `stamp` is there for the cache's key alone."""
    one = Asked(toml, base, store, stamp)
    case, (simulated, warnings) = case_of_plan(one), simulated_of(one)
    coverage = stored_coverage(one.plan, one.folder)
    verdict = decide(one.plan, n_draws=n_draws, simulated=simulated, coverage=coverage, questions=None, case=case)
    check_amounts((verdict.p_al_cheaper, verdict.price_usd, *verdict.futures_usd))
    return replace(verdict, warnings=(*verdict.warnings, *warnings))


# The map keeps functions of its plan, which a cache of copies cannot hold; a verdict is never changed, so it is shared.
@st.cache_resource(max_entries=16, show_spinner=False)
def _analysed(toml: str, base: str, store: str, stamp: float, n_draws: int) -> Verdict:
    one = Asked(toml, base, store, stamp)
    verdict = _of(one)
    return replace(verdict, analysis=analyse(case_of_plan(one), verdict.sensitivity, Questions()))


@st.cache_resource(max_entries=32, show_spinner=False)
def _map(toml: str, base: str, store: str, stamp: float, n_draws: int, over: tuple[str, str]) -> TwoWay:
    case = case_of_plan(Asked(toml, base, store, stamp))
    return two_way(case, *over, points=points_of_map(case))
