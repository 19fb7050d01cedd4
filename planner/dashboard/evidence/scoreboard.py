"""How forecasts did against what was measured: on the curves that ship with labelplan, and on a campaign's own log."""

from typing import Any

import streamlit as st

from planner.backtest.choose import choose_curves
from planner.backtest.own_curves import read_recorded
from planner.backtest.run import run_backtest
from planner.backtest.scoring import Settings
from planner.dashboard.state.start import Start
from planner.decision.campaign import CampaignStatus, parse_log, track
from planner.decision.sources import with_measured_seconds
from planner.plan import Plan, parse_plan

PEERS = ("last_value", "figueroa")
CURVES_A_SET = 2


@st.cache_data(max_entries=2, show_spinner="Cutting the recorded curves and forecasting them…")
def recorded_backtest() -> dict[str, Any]:
    """Forecast the recorded curves from their first parts; `Backtest.to_dict()`.

    Raises:
        InputError: the installation has no recorded curves.
    """
    curves = choose_curves(read_recorded(None), sample=CURVES_A_SET)
    return run_backtest(curves, Settings(peers=PEERS)).to_dict()


def tracked(data: bytes, name: str, plan: Plan, start: Start) -> CampaignStatus:
    """Answer what a campaign should do now, from its uploaded log.

    Args:
        data: the log's bytes.
        name: of its file.
        plan: the plan on screen.
        start: what the dashboard was started with.

    Raises:
        InputError: the log or the plan cannot be used.
    """
    return _tracked(data, name, plan.to_toml(), str(start.base), str(start.store or ""), start.stamp())


@st.cache_data(max_entries=8, show_spinner="Forecasting the campaign…")
def _tracked(data: bytes, name: str, toml: str, base: str, store: str, stamp: float) -> CampaignStatus:
    from pathlib import Path

    from planner.dashboard.answer import plan_curves

    plan, folder = parse_plan(toml), Path(base)
    simulated, _ = plan_curves(plan, base=folder, store=Path(store) if store else None)
    plan, _ = with_measured_seconds(plan, simulated)
    return track(plan, parse_log(data, plan, where=name), base=folder, simulated=simulated)
