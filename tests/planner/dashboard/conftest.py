"""Recorded curves made by a formula, so that the page's tests run on the real planner and no shipped file."""

import numpy as np
import pandas as pd
import pytest
import streamlit as st

from planner.dashboard.session import freeze_memory
from planner.transfer.savings_fit import fit_settings, savings_table
from simulations.curve_table import validate_curves
from simulations.errors import InputError
from tests.planner.app.conftest import place  # noqa: F401

SCALES = {"random": 3.0, "margin": 2.1, "entropy": 2.6}


def curve_table() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    alike = {"kind": "tabular", "imbalance": 1.0, "learner": "linear", "metric": "accuracy"}
    sizes = {"batch_size": 200, "initial_size": 200, "test_size": 1_000, "pool_size": 5_000}
    rows = [
        (dataset, classes, strategy, seed, step, labels, top - scale * labels**-0.5 + rng.normal(0, 0.005))
        for dataset, classes, top in (("first", 10, 0.97), ("second", 20, 0.95))
        for strategy, scale in SCALES.items()
        for seed in range(4)
        for step, labels in enumerate((200, 400, 800, 1_600, 3_200))
    ]
    names = ["dataset", "classes", "strategy", "seed", "round", "labels", "value"]
    return pd.DataFrame(rows, columns=names).assign(**alike, **sizes)


@pytest.fixture(scope="session")
def formula_curves() -> pd.DataFrame:
    return validate_curves(curve_table(), where="test curves")


@pytest.fixture(scope="session")
def formula_savings(formula_curves: pd.DataFrame) -> pd.DataFrame:
    """What is saved on the formula's curves, fitted once."""
    names = sorted(set(formula_curves["strategy"]) - {"random"})
    return savings_table(finding for finding, _ in fit_settings(formula_curves, names, ["accuracy"])[0])


@pytest.fixture(scope="module", autouse=True)
def nothing_cached() -> None:
    """Begin each file with nothing cached; within it answers are kept by plan, files and draws, as on a server."""
    st.cache_data.clear()
    st.cache_resource.clear()
    freeze_memory.cache_clear()


@pytest.fixture
def unasked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask nothing beyond the verdict, which takes seconds."""

    def refuse(*_: object) -> None:
        raise InputError("questions: none today; allowed: tomorrow")

    monkeypatch.setattr("planner.dashboard.answers.analysis_of_verdict", refuse)


@pytest.fixture(autouse=True)
def recorded(monkeypatch: pytest.MonkeyPatch, formula_curves: pd.DataFrame, formula_savings: pd.DataFrame) -> None:
    """Put the formula's curves, and what is saved on them, in the place of those that ship."""
    monkeypatch.setattr("planner.decision.load_curves.recorded_curves", lambda *_: formula_curves)
    monkeypatch.setattr("planner.decision.load_curves.recorded_savings", lambda *_: formula_savings)
    monkeypatch.setattr("planner.dashboard.views.curves_data.recorded_table", lambda: formula_curves)
    monkeypatch.setattr("planner.dashboard.answers.DRAWS", 200)
    for name in ("LABELPLAN_PLAN", "LABELPLAN_STORE"):
        monkeypatch.delenv(name, raising=False)
