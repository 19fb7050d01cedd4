"""Runs of the simulator on behalf of the command line and the dashboard; imports no streamlit."""

from planner.dashboard.jobs.foreground import preview_dict, preview_grid, simulate_grid, summary_dict

__all__ = ["preview_dict", "preview_grid", "simulate_grid", "summary_dict"]
